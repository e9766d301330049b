/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening a dump: unpack it if need be, hand it to libkdumpfile, find its
 * VMCOREINFO.
 *
 * VMCOREINFO is a page of text in which a kernel says where its symbols are.
 * kexec and QEMU put it into the dump as a note.  A hypervisor that did not
 * know of it leaves no note, but the text is still where the kernel wrote it,
 * somewhere in its memory, with a note header before it; so all pages are
 * searched for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <libkdumpfile/kdumpfile.h>

#include "input/dump/dump_file.h"
#include "input/dump/dump_segments.h"
#include "input/dump/unpack.h"

struct dump_file {
	gint refs;
	int fd;
	kdump_ctx_t *ctx;
	kdump_bmp_t *pages; /* which of them the dump has; NULL until it is asked for */
	GHashTable *info;   /* VMCOREINFO: key -> value, both in text */
	char *text;
};

#define FLAT_MAGIC "makedumpfile"

/* --- VMCOREINFO -------------------------------------------------------------- */

/* Each line is KEY=VALUE.  The first one with a key counts. */
static void split_info(struct dump_file *f)
{
	char *line, *rest = f->text;

	while ((line = strsep(&rest, "\n"))) {
		char *value = strchr(line, '=');

		if (!value)
			continue;
		*value++ = '\0';
		if (!g_hash_table_contains(f->info, line))
			g_hash_table_insert(f->info, line, value);
	}
}

static bool info_value(const struct dump_file *f, const char *kind, const char *name,
		       const char **ret)
{
	g_autofree char *key = g_strdup_printf("%s(%s)", kind, name);

	*ret = g_hash_table_lookup(f->info, key);
	return *ret != NULL;
}

bool dump_file_symbol(const struct dump_file *f, const char *name, uint64_t *ret)
{
	const char *value;

	return info_value(f, "SYMBOL", name, &value) &&
	       g_ascii_string_to_unsigned(value, 16, 0, UINT64_MAX, ret, NULL);
}

bool dump_file_config(const struct dump_file *f, const char *name)
{
	const char *value = g_hash_table_lookup(f->info, name);

	return value && !strcmp(value, "y");
}

/* A number in decimal, which may be negative, or with 0x. */
static bool info_number(const struct dump_file *f, const char *kind, const char *name,
			uint64_t *ret)
{
	const char *value;
	gint64 number;

	if (!info_value(f, kind, name, &value))
		return false;
	if (g_str_has_prefix(value, "0x"))
		return g_ascii_string_to_unsigned(value + 2, 16, 0, UINT64_MAX, ret, NULL);
	if (!g_ascii_string_to_signed(value, 10, INT64_MIN, INT64_MAX, &number, NULL))
		return false;
	*ret = (uint64_t)number;
	return true;
}

bool dump_file_number(const struct dump_file *f, const char *name, uint64_t *ret)
{
	return info_number(f, "NUMBER", name, ret);
}

bool dump_file_length(const struct dump_file *f, const char *name, uint64_t *ret)
{
	return info_number(f, "LENGTH", name, ret);
}

bool dump_file_offset(const struct dump_file *f, const char *name, uint64_t *ret)
{
	return info_number(f, "OFFSET", name, ret);
}

const char *dump_file_release(const struct dump_file *f)
{
	const char *release = g_hash_table_lookup(f->info, "OSRELEASE");

	return release ? release : "?";
}

/* The note's header: lengths of name and content, type, and the name in twelve bytes. */
#define NOTE_NAME "VMCOREINFO"
#define NOTE_HEADER 24
#define INFO_START "OSRELEASE="
#define INFO_MAX 65536

static uint32_t le32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The length of the text after a name that was found at p, if a note's header is around it. */
static uint32_t note_length(const unsigned char *page, const unsigned char *p)
{
	uint32_t len;

	if (p - page < NOTE_HEADER - 12 || le32(p - 12) != sizeof(NOTE_NAME))
		return 0;
	len = le32(p - 8);
	return len > sizeof(INFO_START) && len <= INFO_MAX ? len : 0;
}

bool dump_file_read_physical(struct dump_file *f, uint64_t addr, void *buf, size_t len)
{
	size_t done = len;

	if (kdump_read(f->ctx, KDUMP_MACHPHYSADDR, addr, buf, &done) == KDUMP_OK && done == len)
		return true;
	kdump_clear_err(f->ctx);
	return false;
}

/* True if a note begins in the page at addr; its text then goes to *ret. */
static bool note_in_page(struct dump_file *f, const unsigned char *page, size_t size, uint64_t addr,
			 char **ret)
{
	static const char pattern[] = NOTE_NAME "\0\0" INFO_START;
	const unsigned char *p = memmem(page, size, pattern, sizeof(pattern) - 1);
	g_autofree char *text = NULL;
	uint32_t len;

	if (!p || !(len = note_length(page, p)))
		return false;
	text = g_malloc(len + 1);
	if (!dump_file_read_physical(f, addr + (uint64_t)(p + 12 - page), text, len))
		return false;
	text[len] = '\0';
	*ret = g_steal_pointer(&text);
	return true;
}

static bool is_elf(struct dump_file *f)
{
	const char *format;

	return kdump_get_string_attr(f->ctx, KDUMP_ATTR_FILE_FORMAT, &format) == KDUMP_OK &&
	       !strcmp(format, "elf");
}

static bool is_open(struct dump_file *f)
{
	const char *format;

	return kdump_get_string_attr(f->ctx, KDUMP_ATTR_FILE_FORMAT, &format) == KDUMP_OK;
}

uint64_t dump_file_size(const struct dump_file *f)
{
	struct stat st;

	return fstat(f->fd, &st) ? 0 : (uint64_t)st.st_size;
}

/*
 * A page takes this much of a file at least: itself, or in the compressed forms a
 * descriptor of 24 bytes.
 */
static uint64_t pages_in_file(struct dump_file *f, size_t size)
{
	return dump_file_size(f) / (is_elf(f) ? size : 24) + 1;
}

uint64_t dump_file_pages(struct dump_file *f)
{
	return pages_in_file(f, 4096);
}

GArray *dump_file_segments(const struct dump_file *f)
{
	return dump_segments(f->fd);
}

/*
 * Searches the pages that the dump has.  Those that it lacks cost nothing, and a
 * damaged header that names more than the file can hold is not believed.
 */
static bool search_pages(struct dump_file *f, kdump_bmp_t *pages, size_t size, char **ret)
{
	g_autofree unsigned char *page = g_malloc(size);
	uint64_t left = pages_in_file(f, size);
	kdump_addr_t pfn = 0;

	for (; left-- && kdump_bmp_find_set(pages, &pfn) == KDUMP_OK; pfn++)
		if (dump_file_read_physical(f, pfn * size, page, size) &&
		    note_in_page(f, page, size, pfn * size, ret))
			return true;
	return false;
}

/* A reference on the map of its pages, or NULL. */
static kdump_bmp_t *page_map(struct dump_file *f)
{
	kdump_attr_t pages = { .type = KDUMP_BITMAP };

	if (kdump_get_attr(f->ctx, KDUMP_ATTR_FILE_PAGEMAP, &pages) != KDUMP_OK) {
		kdump_clear_err(f->ctx);
		return NULL;
	}
	/* Without a reference the bitmap would be gone at the next call, and reading a page is one. */
	kdump_bmp_incref(pages.val.bitmap);
	return pages.val.bitmap;
}

static bool search_note(struct dump_file *f, char **ret)
{
	kdump_bmp_t *pages;
	kdump_num_t size;
	bool found;

	if (kdump_get_number_attr(f->ctx, KDUMP_ATTR_PAGE_SIZE, &size) != KDUMP_OK || size < 1024 ||
	    size > 1 << 20)
		size = 4096;
	pages = page_map(f);
	if (!pages)
		return false;
	found = search_pages(f, pages, size, ret);
	kdump_bmp_decref(pages);
	return found;
}

/* libkdumpfile takes the addresses of the page tables from the text. */
static kdump_status give_info(struct dump_file *f, const char *text)
{
	kdump_attr_t attr = { .type = KDUMP_BLOB };

	attr.val.blob = kdump_blob_new_dup(text, strlen(text));
	if (!attr.val.blob)
		return KDUMP_ERR_SYSTEM;
	/* The attribute takes over our reference. */
	return kdump_set_attr(f->ctx, "linux.vmcoreinfo.raw", &attr);
}

static bool find_info(struct dump_file *f)
{
	char *text;

	if (kdump_vmcoreinfo_raw(f->ctx, &text) == KDUMP_OK) {
		f->text = g_strdup(text);
		free(text);
		return true;
	}
	kdump_clear_err(f->ctx);
	return search_note(f, &f->text) && give_info(f, f->text) == KDUMP_OK;
}

/* --- opening ------------------------------------------------------------------ */

static int refuse_format(struct dump_file *f, char **error)
{
	char head[sizeof(FLAT_MAGIC)] = "";

	if (pread(f->fd, head, sizeof(head), 0) > 0 &&
	    !strncmp(head, FLAT_MAGIC, strlen(FLAT_MAGIC)))
		*error = g_strdup("a flattened dump: rearrange it with makedumpfile -R first");
	else
		*error = g_strdup_printf("not a dump that can be read: %s", kdump_get_err(f->ctx));
	return -ENOTSUP;
}

static int attach(struct dump_file *f, char **error)
{
	const char *arch;

	f->ctx = kdump_new();
	if (!f->ctx) {
		*error = g_strdup("the host has no memory for it");
		return -ENOMEM;
	}
	/* Where a file that was cut off is mapped beyond its end, an access is a SIGBUS. */
	kdump_set_number_attr(f->ctx, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER);
	if (kdump_open_fd(f->ctx, f->fd) != KDUMP_OK)
		return refuse_format(f, error);
	/* QEMU's compressed form does not say which processor it is from. */
	if (kdump_get_string_attr(f->ctx, KDUMP_ATTR_ARCH_NAME, &arch) != KDUMP_OK) {
		kdump_clear_err(f->ctx);
		kdump_set_string_attr(f->ctx, KDUMP_ATTR_ARCH_NAME, KDUMP_ARCH_X86_64);
	}
	/* Only then does libkdumpfile look at the note; what it lacks without one comes below. */
	if (kdump_set_string_attr(f->ctx, KDUMP_ATTR_OSTYPE, "linux") != KDUMP_OK)
		kdump_clear_err(f->ctx);
	if (!find_info(f)) {
		*error = g_strdup("no VMCOREINFO in it, neither as a note nor in its memory: "
				  "is it the dump of a Linux kernel, and whole?");
		return -EINVAL;
	}
	split_info(f);
	if (kdump_set_string_attr(f->ctx, KDUMP_ATTR_OSTYPE, "linux") != KDUMP_OK) {
		*error = g_strdup_printf("its page tables cannot be found: %s",
					 kdump_get_err(f->ctx));
		return -EINVAL;
	}
	return 0;
}

int dump_file_open(const char *path, const struct dump_progress *progress, struct dump_file **ret,
		   char **error)
{
	struct dump_file *f = g_new0(struct dump_file, 1);
	int err;

	f->refs = 1;
	f->info = g_hash_table_new(g_str_hash, g_str_equal);
	f->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0) {
		err = -errno;
		*error = g_strdup(g_strerror(-err));
	} else {
		err = unpack_file(&f->fd, progress, error);
	}
	if (!err)
		err = attach(f, error);
	if (err)
		dump_file_close(f);
	else
		*ret = f;
	return err;
}

struct dump_file *dump_file_ref(struct dump_file *f)
{
	g_atomic_int_inc(&f->refs);
	return f;
}

bool dump_file_has(struct dump_file *f, uint64_t pfn)
{
	unsigned char bits = 0;

	if (!f->pages)
		f->pages = page_map(f);
	return !f->pages || kdump_bmp_get_bits(f->pages, pfn, pfn, &bits) != KDUMP_OK || bits & 1;
}

void dump_file_close(struct dump_file *f)
{
	if (!f || !g_atomic_int_dec_and_test(&f->refs))
		return;
	if (f->pages)
		kdump_bmp_decref(f->pages);
	/*
	 * libkdumpfile 0.5 writes to freed memory when it frees what it keeps of a
	 * makedumpfile dump.  A program reads one or two dumps and ends: a
	 * few kilobytes are left to the process rather than a damaged heap.
	 */
	if (f->ctx && (is_elf(f) || !is_open(f)))
		kdump_free(f->ctx);
	if (f->fd >= 0)
		close(f->fd);
	g_hash_table_unref(f->info);
	g_free(f->text);
	g_free(f);
}

bool dump_file_read(struct dump_file *f, uint64_t addr, void *buf, size_t len)
{
	size_t done = len;

	if (kdump_read(f->ctx, KDUMP_KVADDR, addr, buf, &done) == KDUMP_OK && done == len)
		return true;
	kdump_clear_err(f->ctx);
	return false;
}

const char *dump_file_arch(const struct dump_file *f)
{
	const char *arch;

	return kdump_get_string_attr(f->ctx, KDUMP_ATTR_ARCH_NAME, &arch) == KDUMP_OK ? arch : NULL;
}
