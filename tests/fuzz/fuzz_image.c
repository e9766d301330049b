/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images: the first byte says which part of a sound one gets the other bytes as its
 * content, with sums that are right; with 0 they are the whole file.
 *
 * An image is refused with one line, or there is a machine with files that one can work
 * with; its page tables and books may be as wrong as it says.  As a listing, and compared
 * with itself, it is refused or has no more areas than bytes.
 */
#include <elf.h>
#include <errno.h>
#include <glib.h>
#include <vmallocfs/vmalloc.h>

#include "../unit/kept_image.h"
#include "fs/files/files_state.h"
#include "fs/start/fs.h"
#include "fuzz_file.h"
#include "info/image_changes.h"
#include "info/info_report.h"
#include "input/listing.h"

#define HOST_LIMIT (UINT64_C(64) << 20)
#define NR_PARTS 7
#define TWIN_PAGES 600 /* so many that their page array is an area */

/* --- the sound image ----------------------------------------------------------------- */

struct made_file {
	unsigned kind;
	const char *name;
	uint64_t size, addr, phys;
};

static void put_made_dir(struct state_out *o, const char *path, const struct made_file *f,
			 unsigned n)
{
	state_put_string(o, path);
	for (unsigned i = 0; i < 9; i++) /* mode, uid, gid, three times */
		state_put(o, i ? 0 : 0755);
	state_put(o, n);
	for (; n; n--, f++) {
		state_put(o, f->kind);
		state_put_string(o, f->name);
		for (unsigned i = 0; i < 9; i++)
			state_put(o, i ? 0 : 0644);
		state_put(o, f->size);
		state_put(o, f->addr);
		state_put(o, f->phys);
	}
	state_put(o, 0);
}

static vaddr_t filled(struct machine *m, vaddr_t addr)
{
	static const unsigned char bytes[PAGE_SIZE] = { 1, 2, 3 };

	FUZZ_ASSERT(addr && vwrite_area(m, bytes, addr, PAGE_SIZE) == PAGE_SIZE);
	return addr;
}

/* Its files and areas: of each kind one. */
static GByteArray *make_base(void)
{
	struct machine_config config = MACHINE_CONFIG_DEFAULT;
	struct state_out files = { 0 };
	struct page *page[TWIN_PAGES];
	struct machine *m;
	GByteArray *image;
	paddr_t phys;
	vaddr_t a, twin, io;

	config.memory = UINT64_C(4) << 20;
	config.cpus = 2;
	FUZZ_ASSERT(!machine_boot(&config, &m) && !vmalloc_init(m));
	FUZZ_ASSERT(!vmalloc_set_policy(m, VM_LINUX_6_12));
	a = filled(m, vmalloc(m, 10000, "a"));
	FUZZ_ASSERT(!vm_area_pages(m, a, 0, 2, page));
	for (unsigned i = 2; i < TWIN_PAGES; i++)
		page[i] = page[i % 2];
	twin = vmap(m, page, TWIN_PAGES, VM_MAP, PAGE_KERNEL, "vmap/twin");
	FUZZ_ASSERT(twin);
	FUZZ_ASSERT(!io_reserve(m, 3 * PAGE_SIZE, &phys));
	io = ioremap(m, phys, 3 * PAGE_SIZE, 0, "ioremap/io");
	vfree(m, vmalloc(m, 5000, "freed"));
	vmalloc_set_lazy_max(m, 1000);
	vfree(m, vmalloc(m, 100 * PAGE_SIZE, "waits"));

	state_put(&files, 80);
	state_put(&files, 0);
	state_put(&files, 3);
	put_made_dir(&files, "",
		     (struct made_file[]){ { 0, "a", 10000, a, 0 }, { 0, "empty", 0, 0, 0 } }, 2);
	put_made_dir(&files, "vmap",
		     (struct made_file[]){ { 3, "twin", TWIN_PAGES * PAGE_SIZE, twin, 0 } }, 1);
	put_made_dir(&files, "ioremap",
		     (struct made_file[]){ { 2, "io", 3 * PAGE_SIZE, io, phys } }, 1);
	state_put(&files, 0);
	image = image_of(m, &files);
	state_out_deinit(&files);
	vmalloc_exit(m);
	machine_destroy(m);
	return image;
}

/* The segment of the note gets its new length, and the head another sum for that. */
static void set_note_size(GByteArray *image, guint note, bool sums_are_sound)
{
	struct part_place place[NR_PARTS];
	uint64_t head;
	uint32_t sum;

	memcpy(&head, image->data + note + 24 + 16, sizeof(head));
	for (guint i = 0; i < 4; i++) {
		guint at = (guint)(sizeof(Elf64_Ehdr) + i * sizeof(Elf64_Phdr));
		Elf64_Phdr p;

		memcpy(&p, image->data + at, sizeof(p));
		if (p.p_type != PT_NOTE || p.p_offset != note)
			continue;
		p.p_filesz = image->len - note;
		memcpy(image->data + at, &p, sizeof(p));
	}
	if (!sums_are_sound)
		return;
	FUZZ_ASSERT(find_parts(image, place) == NR_PARTS);
	sum = image_sum(0, image->data, head);
	memcpy(image->data + place[NR_PARTS - 1].start + 16, &sum, sizeof(sum));
	sum_again(image, &place[NR_PARTS - 1]);
}

/* The sound image with another content of one part. */
static GByteArray *with_part(const GByteArray *base, unsigned part, const uint8_t *data,
			     size_t size)
{
	static const uint8_t zeros[4];
	struct part_place place[NR_PARTS], now;
	GByteArray *image = g_byte_array_new();
	uint64_t length = size, whole;
	guint header, note;
	uint32_t sum;

	FUZZ_ASSERT(find_parts(base, place) == NR_PARTS);
	header = place[0].start - 56;
	note = header - 24;
	g_byte_array_append(image, base->data, place[part].start + 8);
	g_byte_array_append(image, (const guint8 *)&length, sizeof(length));
	g_byte_array_append(image, data, (guint)size);
	g_byte_array_append(image, zeros, (guint)(-size & 3));
	now = (struct part_place){ place[part].start, image->len };
	g_byte_array_append(image, zeros, 4);
	sum_again(image, &now);
	g_byte_array_append(image, base->data + place[part].end + 4,
			    base->len - place[part].end - 4);

	/* The header of the note, and then its ELF note, which say how long all is. */
	whole = image->len;
	memcpy(image->data + header + 48, &whole, sizeof(whole));
	memset(image->data + header + 12, 0, sizeof(sum));
	sum = image_sum(0, image->data + header, 56);
	memcpy(image->data + header + 12, &sum, sizeof(sum));
	set_note_size(image, note, part != NR_PARTS - 1);
	return image;
}

/* --- what is made of it ---------------------------------------------------------------- */

static void fuzz_refused(int err, char *error)
{
	FUZZ_ASSERT(err < 0 && error && *error && !strchr(error, '\n'));
}

static void look_at(void *arg, const struct vm_struct *area)
{
	unsigned char bytes[64];

	vread(arg, (char *)bytes, area->addr, sizeof(bytes));
}

/* Whatever its tables say, it can be worked with. */
static void use(struct machine *m)
{
	vaddr_t addr = vmalloc(m, 3 * PAGE_SIZE, "x");
	g_autoptr(GBytes) list = NULL;

	if (addr)
		vwrite_area(m, "x", addr, 1);
	list = show_vmallocinfo(m);
	FUZZ_ASSERT(g_bytes_get_size(list));
	vmlist_for_each(m, look_at, m);
	machine_check(m, NULL, NULL);
	if (addr)
		vfree(m, addr);
	purge_vmap_area_lazy(m);
}

static void restore_it(struct image *img)
{
	const struct fs_config config = { .nr_inodes = 100 };
	char *error = NULL;
	struct machine *m;
	struct state_in in;
	struct fs *fs;
	int err = image_boot(img, HOST_LIMIT, &m, &error);

	if (err) {
		fuzz_refused(err, error);
		g_free(error);
		return;
	}
	err = fs_create(m, &config, &fs);
	if (!err) {
		image_files(img, &in);
		err = files_load(fs, &in);
		FUZZ_ASSERT(!err == !in.wrong);
		if (!err && image_finish(img, m, &error)) {
			fuzz_refused(-EINVAL, error);
			g_free(error);
		} else if (!err) {
			use(m);
		}
		fs_destroy(fs);
	}
	vmalloc_exit(m);
	machine_destroy(m);
}

static void list_it(const char *path, size_t size)
{
	struct info_options o = { .by_word = "caller", .holes = true };
	struct info info[2];
	struct info_report r = { .o = &o, .info = info, .n = 2 };
	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree char *error = NULL;
	struct listing *l;
	int err = listing_read(path, &o.listing, &l, &error);

	if (err) {
		fuzz_refused(err, error);
		return;
	}
	FUZZ_ASSERT(l->areas->len <= size);
	info_init(&info[0], l, o.by);
	FUZZ_ASSERT(!listing_read(path, &o.listing, &l, &error));
	info_init(&info[1], l, o.by);
	err = info_image_changes(info[0].l, info[1].l, &r.image_changes, &error);
	if (err)
		fuzz_refused(err, error);
	info_text(&r, false, out);
	info_json(&r, out);
	FUZZ_ASSERT(g_utf8_validate(out->str, (gssize)out->len, NULL));
	if (!err)
		g_array_unref(r.image_changes);
	info_deinit(&info[0]);
	info_deinit(&info[1]);
}

/* What the parts of a sound image have, as inputs: the corpus began with it. */
static void write_seeds(const GByteArray *base, const char *dir)
{
	struct part_place place[NR_PARTS];
	unsigned n = find_parts(base, place);

	for (unsigned i = 0; i < n; i++) {
		g_autofree char *path =
			g_strdup_printf("%s/%.4s", dir, base->data + place[i].start);
		g_autoptr(GString) seed = g_string_new(NULL);
		uint64_t length;

		memcpy(&length, base->data + place[i].start + 8, sizeof(length));
		g_string_append_c(seed, (char)(i + 1));
		g_string_append_len(seed, (const char *)base->data + place[i].start + 16,
				    (gssize)length);
		FUZZ_ASSERT(g_file_set_contents(path, seed->str, (gssize)seed->len, NULL));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static GByteArray *base;
	GByteArray *image = NULL;
	const char *path;
	struct image *img;
	char *error = NULL;
	int err;

	if (!base) {
		base = make_base();
		if (getenv("FUZZ_IMAGE_SEEDS"))
			write_seeds(base, getenv("FUZZ_IMAGE_SEEDS"));
	}
	if (!size)
		return 0;
	if (*data % (NR_PARTS + 1))
		image = with_part(base, *data % (NR_PARTS + 1) - 1, data + 1, size - 1);
	path = image ? fuzz_file(image->data, image->len) : fuzz_file(data + 1, size - 1);
	err = image_open(path, NULL, &img, &error);
	if (err) {
		fuzz_refused(err, error);
		g_free(error);
	} else {
		restore_it(img);
		image_close(img);
		list_it(path, image ? image->len : size);
	}
	if (image)
		g_byte_array_unref(image);
	return 0;
}
