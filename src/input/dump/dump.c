/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps from a file to a list of areas; each needs what the one before it found.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <libkdumpfile/kdumpfile.h>

#include "input/dump/dump.h"
#include "input/dump/dump_runs.h"
#include "input/dump/kernel_areas.h"

#define BTF_MAX (64u << 20)
/* An area's two descriptors take five times this, which no packing makes less than this. */
#define AREA_BYTES 32
#define AREAS_MAX (UINT64_C(64) << 20)
#define TIB (UINT64_C(1) << 40)
#define MODULES_END_X86 UINT64_C(0xffffffffff000000)
#define KERNEL_MAP_X86 UINT64_C(0xffffffff80000000)

const bool dump_supported = true;

static bool read_dump(void *arg, uint64_t addr, void *buf, size_t len)
{
	return dump_file_read(arg, addr, buf, len);
}

static bool read_dump_physical(void *arg, uint64_t addr, void *buf, size_t len)
{
	return dump_file_read_physical(arg, addr, buf, len);
}

/* --- symbols and types ---------------------------------------------------------- */

static int read_kallsyms(struct dump *d, char **error)
{
	const struct dump_file *f = d->file;
	struct kallsyms_place p = { .known = "_stext" };

	if (!dump_file_symbol(f, "kallsyms_names", &p.names) ||
	    !dump_file_symbol(f, "kallsyms_num_syms", &p.num_syms) ||
	    !dump_file_symbol(f, "kallsyms_token_table", &p.token_table) ||
	    !dump_file_symbol(f, "kallsyms_token_index", &p.token_index) ||
	    !dump_file_symbol(f, "kallsyms_offsets", &p.offsets) ||
	    !dump_file_symbol(f, "kallsyms_relative_base", &p.relative_base) ||
	    !dump_file_symbol(f, p.known, &p.known_addr)) {
		*error = g_strdup_printf("Linux %s does not say where its symbols are; kernels do "
					 "since 6.0. Bring its /proc/vmallocinfo instead",
					 dump_file_release(f));
		return -EINVAL;
	}
	return kallsyms_init(&d->symbols, &d->memory, &p, error);
}

/* BTF says how long it is: a header, then two sections at offsets from its end. */
struct btf_head {
	uint16_t magic;
	uint8_t version;
	uint8_t flags;
	uint32_t head_len;
	uint32_t type_off;
	uint32_t type_len;
	uint32_t str_off;
	uint32_t str_len;
};
#define BTF_MAGIC_NUMBER 0xeb9f

static bool btf_at(const struct dump_memory *mem, uint64_t addr, uint64_t *len)
{
	struct btf_head h;

	if (!memory_read(mem, addr, &h, sizeof(h)) || h.magic != BTF_MAGIC_NUMBER ||
	    h.version != 1 || h.head_len != sizeof(h))
		return false;
	*len = (uint64_t)h.head_len + h.str_off + h.str_len;
	return *len <= BTF_MAX;
}

/*
 * Without CONFIG_KALLSYMS_ALL no symbol says where BTF begins.  It lies somewhere after the
 * kernel's text.
 */
static bool search_btf(struct dump *d, uint64_t *addr, uint64_t *len)
{
	uint64_t at, end;

	if (!kallsyms_find(&d->symbols, "_etext", &at))
		return false;
	at = (at + 4095) & ~UINT64_C(4095);
	for (end = at + BTF_MAX; at < end; at += 4096) {
		unsigned char page[4096];
		const unsigned char *p = page;

		if (!memory_read(&d->memory, at, page, sizeof(page)))
			continue;
		while ((p = memmem(p, (size_t)(page + sizeof(page) - p), "\x9f\xeb\x01\x00", 4))) {
			*addr = at + (uint64_t)(p - page);
			if (btf_at(&d->memory, *addr, len))
				return true;
			p++;
		}
	}
	return false;
}

static int read_types(struct dump *d, char **error)
{
	g_autofree void *btf = NULL;
	uint64_t addr, len;

	if (!(kallsyms_find(&d->symbols, "__start_BTF", &addr) && btf_at(&d->memory, addr, &len)) &&
	    !search_btf(d, &addr, &len)) {
		*error = g_strdup_printf(
			"Linux %s has no BTF (CONFIG_DEBUG_INFO_BTF), which describes its types, "
			"or the dump left it out. Bring its /proc/vmallocinfo instead",
			dump_file_release(d->file));
		return -EINVAL;
	}
	btf = g_try_malloc(len);
	if (!btf) {
		*error = g_strdup("the host has no memory for its BTF");
		return -ENOMEM;
	}
	if (!memory_read(&d->memory, addr, btf, len)) {
		*error = g_strdup("its BTF, which describes its types, cannot be read");
		return -EINVAL;
	}
	return kernel_types_read(&d->types, btf, (uint32_t)len, error);
}

static int read_modules(struct dump *d, char **error)
{
	uint64_t head;

	if (!kallsyms_find(&d->symbols, "modules", &head))
		return 0;
	return kernel_modules_read(&d->modules, &d->memory, &d->types, head, error);
}

/* --- where things lie ------------------------------------------------------------ */

static bool variable(struct dump *d, const char *name, uint64_t *ret)
{
	uint64_t addr;

	return kallsyms_find(&d->symbols, name, &addr) && memory_u64(&d->memory, addr, ret);
}

static void place_x86_64(struct dump *d)
{
	uint64_t five = 0, image = 0;

	dump_file_number(d->file, "pgtable_l5_enabled", &five);
	d->levels = five ? 5 : 4;
	if (!variable(d, "vmalloc_base", &d->vmalloc.start))
		dump_file_number(d->file, "VMALLOC_START", &d->vmalloc.start);
	if (d->vmalloc.start)
		d->vmalloc.end = d->vmalloc.start + (five ? 12800 : 32) * TIB;
	if (dump_file_number(d->file, "KERNEL_IMAGE_SIZE", &image) && image <= UINT64_C(1) << 30)
		d->module_space =
			(struct dump_window){ KERNEL_MAP_X86 + image, MODULES_END_X86, false };
	variable(d, "vmemmap_base", &d->vmemmap);
	if (!dump_file_symbol(d->file, "swapper_pg_dir", &d->top_table))
		kallsyms_find(&d->symbols, "swapper_pg_dir", &d->top_table);
}

/* Its page tables have three levels with PAE, and are not walked without. */
static void place_x86_32(struct dump *d)
{
	dump_file_number(d->file, "VMALLOC_START", &d->vmalloc.start);
	dump_file_number(d->file, "VMALLOC_END", &d->vmalloc.end);
	if (dump_file_config(d->file, "CONFIG_X86_PAE"))
		d->levels = DUMP_PAE_LEVELS;
	if (!dump_file_symbol(d->file, "swapper_pg_dir", &d->top_table))
		kallsyms_find(&d->symbols, "swapper_pg_dir", &d->top_table);
}

static void place_other(struct dump *d)
{
	dump_file_number(d->file, "VMALLOC_START", &d->vmalloc.start);
	dump_file_number(d->file, "VMALLOC_END", &d->vmalloc.end);
	dump_file_number(d->file, "MODULES_VADDR", &d->module_space.start);
	dump_file_number(d->file, "MODULES_END", &d->module_space.end);
	dump_file_number(d->file, "VMEMMAP_START", &d->vmemmap);
}

static void find_places(struct dump *d)
{
	const char *arch = dump_file_arch(d->file);

	if (arch && !strcmp(arch, "x86_64"))
		place_x86_64(d);
	else if (arch && !strcmp(arch, "ia32"))
		place_x86_32(d);
	else
		place_other(d);
}

/* --- opening ---------------------------------------------------------------------- */

/* Of a kernel without symbols and lists. */
static int read_runs(struct dump *d, char **error)
{
	d->runs = true;
	find_places(d);
	dump_runs_place(d);
	return dump_runs_read(d, error);
}

static int read_all(struct dump *d, char **error)
{
	int err;

	if (dump_names_no_list(d->file))
		return read_runs(d, error);
	err = read_kallsyms(d, error);
	if (!err)
		err = read_types(d, error);
	if (!err)
		err = read_modules(d, error);
	if (!err) {
		find_places(d);
		err = kernel_areas_read(d, error);
	}
	return err;
}

/* Live memory has a file without end; a device does not say how long it is. */
static uint64_t areas_max(uint64_t file_size)
{
	return file_size ? MIN(file_size / AREA_BYTES, AREAS_MAX) : AREAS_MAX;
}

int dump_open(const char *path, const struct dump_progress *progress, struct dump **ret,
	      char **error)
{
	struct dump *d = g_new0(struct dump, 1);
	g_autofree char *what = NULL;
	int err;

	d->areas = g_array_new(FALSE, FALSE, sizeof(struct dump_area));
	err = dump_file_open(path, progress, &d->file, &what);
	if (!err) {
		d->areas_max = areas_max(dump_file_size(d->file));
		d->memory = (struct dump_memory){ read_dump, d->file };
		d->physical = (struct dump_memory){ read_dump_physical, d->file };
		err = read_all(d, &what);
	}
	if (err) {
		g_autofree char *name = g_strescape(path, NULL);

		*error = g_strdup_printf("%s: %s", name, what);
		dump_close(d);
		return err;
	}
	*ret = d;
	return 0;
}

void dump_close(struct dump *d)
{
	if (!d)
		return;
	kernel_modules_free(&d->modules);
	kallsyms_deinit(&d->symbols);
	dump_file_close(d->file);
	g_array_unref(d->areas);
	g_free(d->node);
	g_free(d->tables);
	g_free(d);
}

const char *dump_release(const struct dump *d)
{
	return dump_file_release(d->file);
}

char *dump_version(void)
{
	const char *bpf = libbpf_version_string();

	return g_strdup_printf("crash dumps: read, with libkdumpfile %s and libbpf %s",
			       KDUMPFILE_VERSION_STRING, bpf + (*bpf == 'v'));
}

void dump_put_symbol(struct dump *d, uint64_t addr, GString *out)
{
	struct kallsyms_hit hit;
	const char *module = NULL;

	if (kernel_modules_lookup(&d->modules, &d->memory, addr, &hit, &module) ||
	    (!module && kallsyms_lookup(&d->symbols, addr, &hit)))
		g_string_append_printf(out, "%s+0x%" PRIx64 "/0x%" PRIx64, hit.name, hit.offset,
				       hit.length);
	else
		g_string_append_printf(out, "0x%" PRIx64, addr);
	if (module)
		g_string_append_printf(out, " [%s]", module);
}
