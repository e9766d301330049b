/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Booting with a saved layout: the recording of a real kernel comes out as it
 * went in, lines of all kernel versions are understood, and whatever is wrong
 * with a file is told by its line and leaves the machine as it was.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "input/load.h"
#include "input/parse.h"
#include "texts.h"

static void shut_down(struct machine *m)
{
	space_check(m);
	space_end(m);
}

static int load_bytes(struct machine *m, const char *data, size_t len, char **error)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("check_load.XXXXXX", &path, NULL);
	int err;

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert(g_file_set_contents(path, data, (gssize)len, NULL));
	*error = NULL;
	err = load_file(m, path, error);
	ck_assert_int_eq(err != 0, *error != NULL);
	if (*error) {
		ck_assert_msg(g_str_has_prefix(*error, path), "%s", *error);
		ck_assert_ptr_null(strchr(*error, '\n'));
	}
	g_unlink(path);
	return err;
}

static void load_good(struct machine *m, const char *text)
{
	g_autofree char *error = NULL;
	int err = load_bytes(m, text, strlen(text), &error);

	ck_assert_msg(!err, "%s", error);
}

/*
 * Loads something bad into a machine of its own.  The message has every word
 * of `words` (separated by '|'), and nothing of the file has stayed.
 */
static void load_bad_bytes(uint64_t memory, const char *data, size_t len, int want,
			   const char *words)
{
	struct machine *m = space_boot(memory, 1);
	g_autofree char *error = NULL, *info = NULL;
	g_auto(GStrv) word = g_strsplit(words, "|", -1);
	uint64_t free = nr_free_pages(m);
	uint64_t seen = show_generation(m);

	ck_assert_int_eq(load_bytes(m, data, len, &error), want);
	for (char **w = word; *w; w++)
		ck_assert_msg(strstr(error, *w), "no '%s' in: %s", *w, error);
	info = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(info, "");
	ck_assert_uint_eq(nr_free_pages(m), free);
	ck_assert_uint_eq(show_generation(m), seen); /* nor was anything tried */
	shut_down(m);
}

static void load_bad(const char *text, int want, const char *words)
{
	load_bad_bytes(MiB(16), text, strlen(text), want, words);
}

/* --- the recording --------------------------------------------------------- */

START_TEST(recording_comes_out_as_it_went_in)
{
	struct machine *m = space_boot(MiB(256), 1);
	g_autofree char *path = data_path("vmallocinfo-linux-6.1.txt");
	g_autofree char *want = NULL, *got = NULL, *error = NULL, *log = NULL;

	ck_assert(g_file_get_contents(path, &want, NULL, NULL));
	ck_assert_msg(!load_file(m, path, &error), "%s", error);
	got = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(got, want);
	log = text_of(show_kmsg, m);
	ck_assert_msg(strstr(log, "72 areas"), "%s", log);
	ck_assert_msg(strstr(log, "3 areas outside"), "%s", log);
	shut_down(m);
}
END_TEST

/* The lowest hole of the recording that takes it, worked out from its text. */
START_TEST(next_goes_to_the_lowest_hole)
{
	static const uint64_t sizes[] = { 1, 4096, 8192, 16384, 65536, 1 << 20 };
	g_autofree char *path = data_path("vmallocinfo-linux-6.1.txt");
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	ck_assert(g_file_get_contents(path, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		struct machine *m = space_boot(MiB(256), 1);
		g_autofree char *error = NULL;
		vaddr_t want = VMALLOC_START;

		ck_assert_msg(!load_file(m, path, &error), "%s", error);
		for (char **line = lines; **line; line++) {
			vaddr_t start = g_ascii_strtoull(*line, NULL, 16);

			if (start >= want + PAGE_ALIGN(sizes[i]) + PAGE_SIZE)
				break;
			want = g_ascii_strtoull(*line + 19, NULL, 16);
		}
		ck_assert_uint_eq(vmalloc(m, sizes[i], "next"), want);
		shut_down(m);
	}
}
END_TEST

/* Newer kernels print their lists node by node; the last line may come first. */
START_TEST(any_order_of_lines)
{
	struct machine *m = space_boot(MiB(256), 1);
	g_autofree char *path = data_path("vmallocinfo-linux-6.1.txt");
	g_autofree char *want = NULL, *got = NULL;
	g_autoptr(GString) shuffled = g_string_new(NULL);
	g_auto(GStrv) lines = NULL;
	guint n;

	ck_assert(g_file_get_contents(path, &want, NULL, NULL));
	lines = g_strsplit(g_strchomp(want), "\n", -1);
	n = g_strv_length(lines);
	for (guint i = 0; i < n; i++)
		g_string_append_printf(shuffled, "%s\n", lines[(i * 31 + 17) % n]);
	ck_assert_uint_eq(n % 31 != 0, 1);
	load_good(m, shuffled->str);
	got = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(g_strchomp(got), want);
	shut_down(m);
}
END_TEST

/* Our own vmallocinfo, with names of all sorts, is one more version. */
START_TEST(own_text_comes_back)
{
	struct machine *m = space_boot(MiB(64), 1), *n = space_boot(MiB(64), 1);
	g_autofree char *first = NULL, *second = NULL;

	ck_assert(vmalloc(m, 5000, "vmalloc"));
	ck_assert(vmalloc_user(m, 5000, "vmalloc_user/pages=1"));
	ck_assert(vmalloc(m, 5000, "two words\nand [a] line (deleted)"));
	ck_assert(vmalloc(m, 5000, "0x1000"));
	ck_assert(vmalloc(m, 5000, "N0=1"));
	ck_assert(vmalloc(m, 5000, "+0x0/0x1"));
	ck_assert(vmalloc(m, 600 * PAGE_SIZE, "gro\xc3\x9f"));
	ck_assert(ioremap(m, m->io_start, 4096, PAGE_KERNEL_NOCACHE, "ioremap/unpurged"));
	first = text_of(show_vmallocinfo, m);
	load_good(n, first);
	second = text_of(show_vmallocinfo, n);
	ck_assert_str_eq(first, second);
	shut_down(m);
	shut_down(n);
}
END_TEST

/* --- one line -------------------------------------------------------------- */

#define RANGE "0xffffc90000000000-0xffffc90000005000   20480"
#define RANGE_2 "0xffffc90000008000-0xffffc9000000a000    8192"

START_TEST(lines_of_all_versions)
{
	static const struct {
		const char *line;
		unsigned flags;
		uint64_t nr_pages;
		paddr_t phys;
		const char *caller;
	} cases[] = {
		{ RANGE " a+0x1/0x2 pages=4 vmalloc N0=4", VM_ALLOC, 4, 0, "a+0x1/0x2" },
		{ RANGE " a+0x1/0x2 pages=4 vmalloc", VM_ALLOC, 4, 0, "a+0x1/0x2" },
		{ RANGE " a+0x1/0x2 [mod] pages=4 vmalloc user vpages N0=1 N1=3",
		  VM_ALLOC | VM_USERMAP | VM_VPAGES, 4, 0, "a+0x1/0x2 [mod]" },
		{ RANGE " a.isra.0+0xab/0xcd phys=fed00000 ioremap", VM_IOREMAP, 0, 0xfed00000,
		  "a.isra.0+0xab/0xcd" },
		{ RANGE " a+0x1/0x2 phys=0x00000000fed00000 ioremap", VM_IOREMAP, 0, 0xfed00000,
		  "a+0x1/0x2" },
		{ RANGE " a+0x1/0x2 sparse", VM_SPARSE, 0, 0, "a+0x1/0x2" },
		{ RANGE " a+0x1/0x2 vmap", VM_MAP, 0, 0, "a+0x1/0x2" },
		{ RANGE " a+0x1/0x2 pages=4 vmap dma-coherent", VM_MAP | VM_DMA_COHERENT, 4, 0,
		  "a+0x1/0x2" },
		{ RANGE " pages=4 vmalloc N0=4", VM_ALLOC, 4, 0, NULL },
		{ RANGE " vmalloc", VM_ALLOC, 0, 0, NULL },
		{ RANGE, 0, 0, 0, NULL },
		{ RANGE " 0xffffffffc0123456 pages=4 vmalloc", VM_ALLOC, 4, 0,
		  "0xffffffffc0123456" },
		{ RANGE " ffffffffc0123456 pages=4 vmalloc", VM_ALLOC, 4, 0, "ffffffffc0123456" },
		{ "ffffc90000000000-ffffc90000005000 20480 a+0x1/0x2 pages=4 vmalloc", VM_ALLOC, 4,
		  0, "a+0x1/0x2" },
		{ "0xFFFFC90000000000-0xFFFFC90000005000 20480 a+0x1/0x2 pages=4 vmalloc", VM_ALLOC,
		  4, 0, "a+0x1/0x2" },
		{ RANGE " a+0x1/0x2 pages=5 vmalloc N0=5", VM_ALLOC | VM_NO_GUARD, 5, 0,
		  "a+0x1/0x2" },
		{ RANGE "   a+0x1/0x2  pages=1   vmalloc ", VM_ALLOC, 1, 0, "a+0x1/0x2" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *text = cases[i].line;
		struct saved_line line;
		g_autofree char *error = saved_line_parse(text, strlen(text), 2, &line);
		g_autofree char *caller = NULL;

		ck_assert_msg(!error, "%s: %s", text, error);
		ck_assert_int_eq(line.kind, SAVED_AREA);
		ck_assert_uint_eq(line.addr, VMALLOC_START);
		ck_assert_uint_eq(line.size, 5 * PAGE_SIZE);
		ck_assert_uint_eq(line.flags, cases[i].flags);
		ck_assert_uint_eq(line.nr_pages, cases[i].nr_pages);
		ck_assert_uint_eq(line.phys_addr, cases[i].phys);
		caller = line.caller ? g_strndup(line.caller, line.caller_len) : NULL;
		ck_assert_pstr_eq(caller, cases[i].caller);
	}
}
END_TEST

START_TEST(lines_of_nodes)
{
	static const char text[] = RANGE " a+0x1/0x2 pages=4 vmalloc N1=1 N2=2 N5=1";
	struct saved_line line;

	ck_assert_ptr_null(saved_line_parse(text, sizeof(text) - 1, 8, &line));
	ck_assert_uint_eq(line.nodes, 6);
	ck_assert_uint_eq(line.node_pages[0], 0);
	ck_assert_uint_eq(line.node_pages[1], 1);
	ck_assert_uint_eq(line.node_pages[2], 2);
	ck_assert_uint_eq(line.node_pages[5], 1);
	/* More nodes than here: they share. */
	ck_assert_ptr_null(saved_line_parse(text, sizeof(text) - 1, 2, &line));
	ck_assert_uint_eq(line.nodes, 6);
	ck_assert_uint_eq(line.node_pages[0], 2);
	ck_assert_uint_eq(line.node_pages[1], 2);
}
END_TEST

/* Every beginning of a good line, and every byte of it replaced: no crash, and ASan watches. */
START_TEST(lines_cut_and_broken)
{
	static const char text[] = RANGE " a+0x1/0x2 [mod] pages=4 phys=0x1000 vmalloc user N0=4";
	struct saved_line line;

	for (size_t len = 0; len < sizeof(text); len++) {
		char *copy = g_memdup2(text, len);

		g_free(saved_line_parse(copy, len, 1, &line));
		for (size_t i = 0; i < len; i++) {
			static const char bytes[] = "\0 0f-+/=[]xN9\xff(";

			for (size_t b = 0; b < sizeof(bytes) - 1; b++) {
				copy[i] = bytes[b];
				g_free(saved_line_parse(copy, len, 1, &line));
			}
			copy[i] = text[i];
		}
		g_free(copy);
	}
}
END_TEST

/* --- what a layout becomes ------------------------------------------------- */

static void get_area(void *arg, const struct vm_struct *area)
{
	*(struct vm_struct *)arg = *area;
}

START_TEST(areas_as_they_stand)
{
	struct machine *m = space_boot(MiB(64), 1);
	uint64_t free = nr_free_pages(m);
	g_autofree char *log = NULL;
	struct vm_struct a;

	load_good(m, "0xffffc90000000000-0xffffc90000005000 20480 a+0x1/0x2 pages=4 vmalloc\n"
		     "0xffffc90000005000-0xffffc90000009000 16384 full+0x1/0x2 pages=4 vmalloc\n"
		     "0xffffc90000009000-0xffffc9000000b000 8192 reserved+0x1/0x2 vmap\n"
		     "0xffffc9000000c000-0xffffc9000000e000 8192 ram+0x1/0x2 phys=0x1000 ioremap\n"
		     "0xffffc9000000e000-0xffffc90000010000 8192 dev+0x1/0x2 "
		     "phys=0x0000000fed00000 ioremap\n"
		     "0xffffc90000010000-0xffffc90000020000 65536 unpurged vm_area\n"
		     "0xffffc90000020000-0xffffc90000030000 65536 vm_map_ram\n"
		     "0xffffc90000010000-0xffffc90000012000 8192 unpurged vm_area\n"
		     "0xffffffffc0000000-0xffffffffc0002000 8192 mod+0x1/0x2 [m] pages=1 vmalloc\n"
		     "\n");
	ck_assert_uint_eq(free - nr_free_pages(m) - 4 - 4 - 1 < 16, 1); /* page tables */

	ck_assert(vmlist_with(m, VMALLOC_START, get_area, &a));
	ck_assert_uint_eq(a.nr_pages, 4);
	ck_assert_uint_eq(a.flags & (VM_ALLOC | VM_SYMBOL | VM_NO_GUARD), VM_ALLOC | VM_SYMBOL);
	ck_assert_ptr_nonnull(vmalloc_to_page(m, VMALLOC_START + 3 * PAGE_SIZE));
	ck_assert_ptr_null(vmalloc_to_page(m, VMALLOC_START + 4 * PAGE_SIZE));

	ck_assert(vmlist_with(m, VMALLOC_START + 0x5000, get_area, &a));
	ck_assert_uint_eq(a.flags & VM_NO_GUARD, VM_NO_GUARD);
	ck_assert_ptr_nonnull(vmalloc_to_page(m, VMALLOC_START + 0x8000));

	ck_assert_ptr_null(vmalloc_to_page(m, VMALLOC_START + 0x9000));
	for (int i = 0; i < 2; i++) {
		vaddr_t addr = VMALLOC_START + (i ? 0xe000 : 0xc000);
		struct translation t;

		pgtable_walk(m, m->cr3, addr, ACCESS_READ, &t);
		ck_assert_int_eq(t.fault, i ? FAULT_OUTSIDE : FAULT_ABSENT);
		if (i)
			ck_assert_uint_eq(t.phys, 0xfed00000);
	}
	ck_assert(vmlist_with(m, UINT64_C(0xffffffffc0000000), get_area, &a));

	/* Lines that are no areas take no place. */
	ck_assert_uint_eq(vmalloc(m, 0x10000, "x"), VMALLOC_START + 0x10000);

	log = text_of(show_kmsg, m);
	ck_assert_msg(strstr(log, "6 areas with 9 pages"), "%s", log);
	ck_assert_msg(strstr(log, "3 lines that are no areas: 1 vm_map_ram, 2 unpurged"), "%s",
		      log);
	ck_assert_msg(strstr(log, "1 ioremap areas are not mapped"), "%s", log);
	shut_down(m);
}
END_TEST

START_TEST(frames_on_their_nodes)
{
	struct machine *m = space_boot(MiB(64), 2);
	g_autofree char *got = NULL, *log = NULL;
	static const char text[] =
		"0xffffc90000000000-0xffffc90000005000   20480 a+0x1/0x2 pages=4 vmalloc N0=1 N1=3\n"
		"0xffffc90000008000-0xffffc9000000a000    8192 b+0x1/0x2 pages=1 vmalloc N1=1\n";

	load_good(m, text);
	got = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(got, text);
	shut_down(m);

	m = space_boot(MiB(64), 2);
	load_good(m,
		  "0xffffc90000000000-0xffffc90000005000 20480 a+0x1/0x2 pages=4 vmalloc N3=4\n");
	g_free(got);
	got = text_of(show_vmallocinfo, m);
	ck_assert_ptr_nonnull(strstr(got, " N1=4\n"));
	log = text_of(show_kmsg, m);
	ck_assert_ptr_nonnull(strstr(log, "nodes=4"));
	shut_down(m);
}
END_TEST

/* A caller is made up where the line had none. */
START_TEST(missing_caller)
{
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *got = NULL, *status = NULL;

	load_good(m, "0xffffc90000000000-0xffffc90000005000 20480 pages=4 vmalloc\n");
	got = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(got, "0xffffc90000000000-0xffffc90000005000   20480 0xffffc90000000000 "
			      "pages=4 vmalloc N0=4\n");
	status = text_of(show_status, m);
	ck_assert(g_str_has_suffix(status, " [0xffffc90000000000]\n"));
	shut_down(m);
}
END_TEST

/* Layouts of kernels with KASLR, of the time before 2.6.31, and at the ends of the window. */
START_TEST(areas_anywhere)
{
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *got = NULL;
	static const char text[] =
		"0xffffa3c580000000-0xffffa3c580002000    8192 kaslr+0x1/0x2 pages=1 vmalloc N0=1\n"
		"0xffffc20000000000-0xffffc20000002000    8192 old+0x1/0x2 pages=1 vmalloc N0=1\n"
		"0xffffc8fffffff000-0xffffc90000001000    8192 across+0x1/0x2 pages=1 vmalloc N0=1\n"
		"0xffffe8ffffffe000-0xffffe90000000000    8192 last+0x1/0x2 pages=1 vmalloc N0=1\n"
		"0xffffffffffffd000-0xfffffffffffff000    8192 top+0x1/0x2 pages=1 vmalloc N0=1\n";

	load_good(m, text);
	got = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(got, text);
	ck_assert_uint_eq(vmalloc(m, 1, "x"), VMALLOC_START + PAGE_SIZE);
	shut_down(m);
}
END_TEST

START_TEST(windows_line_ends)
{
	struct machine *m = space_boot(MiB(16), 1);

	load_good(m, RANGE " a+0x1/0x2 pages=4 vmalloc\r\n\r\n");
	ck_assert(vmlist_with(m, VMALLOC_START, get_area, &(struct vm_struct){ 0 }));
	shut_down(m);
}
END_TEST

/* --- bad input ------------------------------------------------------------- */

static const struct bad {
	const char *text;
	const char *words;
} bad[] = {
	/* hashed or hidden addresses */
	{ "0x00000000d3b1f6d2-0x00000000f2b6a7a0   20480 a+0x1/0x2 pages=4 vmalloc\n",
	  "line 1:|hashed|no_hash_pointers|kptr_restrict" },
	{ "0x00000000d3b1f000-0x00000000f2b6a000   20480 a+0x1/0x2 pages=4 vmalloc\n", "hashed" },
	{ "0x0000000000000000-0x0000000000000000   20480 a+0x1/0x2 pages=4 vmalloc\n", "hashed" },
	{ "0x(____ptrval____)-0x(____ptrval____)   20480 a+0x1/0x2 pages=4 vmalloc\n", "hashed" },
	{ "0x        (ptrval)-0x        (ptrval)   20480 a+0x1/0x2 pages=4 vmalloc\n", "hashed" },
	{ "(ptrval)-(ptrval) 20480 a+0x1/0x2 pages=4 vmalloc\n", "hashed" },
	{ "0x          (null)-0x          (null)   20480 a+0x1/0x2 pages=4 vmalloc\n", "hashed" },
	/* ranges */
	{ RANGE_2 "\n" RANGE "\n0xffffc90000004000-0xffffc90000006000 8192\n",
	  "lines 2 and 3|overlap" },
	{ RANGE "\n" RANGE_2 "\n" RANGE "\n", "lines 1 and 3|overlap" },
	{ RANGE_2 "\n0xffffc90000000000-0xffffc90000100000 1048576\n", "lines 1 and 2|overlap" },
	{ RANGE "\n0xffffc90000008100-0xffffc9000000a100 8192\n", "line 2:|aligned" },
	{ "0xffffc90000008000-0xffffc9000000a100 8448\n", "line 1:|aligned" },
	{ "0xffffc90000008100-0xffffc9000000a000 8192\n", "line 1:|aligned" },
	{ "0xffffc9000000a000-0xffffc90000008000 8192\n", "line 1:|reversed" },
	{ "0xffffc9000000a000-0xffffc90000008000 18446744073709543424\n", "line 1:|reversed" },
	{ "0xffffc90000008000-0xffffc90000008000 0\n", "line 1:|empty" },
	{ RANGE "\n\n0xffffc90000008000-0xffffc9000000a000 8193\n", "line 3:|8193|8192" },
	{ "0xffffc90000008000-0xffffc9000000a000 99999999999999999999\n", "line 1:|size" },
	{ "0x1ffffc90000008000-0x1ffffc9000000a000 8192\n", "line 1:|START-END" },
	{ "0xf0800000-0xf0802000 8192 a+0x1/0x2 phys=a0000 ioremap\n", "line 1:|x86-64" },
	{ "0xffa0000000000000-0xffa0000000002000 8192 a+0x1/0x2\n", "line 1:|no5lvl" },
	{ "0x00007f0000000000-0x00007f0000002000 8192 a+0x1/0x2\n", "line 1:|x86-64" },
	{ "0xffff888000000000-0xffff888000002000 8192 a+0x1/0x2\n", "line 1:|direct map" },
	{ "0xffff887ffffff000-0xffffc90000000000 70918499995648 a+0x1/0x2\n", "direct map" },
	{ "0xffffea0000000000-0xffffea0000002000 8192 a+0x1/0x2\n", "line 1:|vmemmap" },
	{ "0xffffffffffffe000-0x0000000000000000 8192 a+0x1/0x2\n", "line 1:|last page" },
	/* fields */
	{ RANGE " a+0x1/0x2 pages=6 vmalloc\n", "line 1:|6 pages" },
	{ RANGE " a+0x1/0x2 pages=18446744073709551616 vmalloc\n", "line 1:|pages=" },
	{ RANGE " a+0x1/0x2 pages=-1 vmalloc\n", "line 1:|pages=-1" },
	{ RANGE " a+0x1/0x2 pages=4x vmalloc\n", "line 1:|pages=4x" },
	{ RANGE " a+0x1/0x2 pages= vmalloc\n", "line 1:|pages=" },
	{ RANGE " a+0x1/0x2 pages=4 pages=4 vmalloc\n", "line 1:|twice" },
	{ RANGE " a+0x1/0x2 pages=4 vmalloc vmalloc\n", "line 1:|twice" },
	{ RANGE " a+0x1/0x2 pages=4 vmalloc N0=3\n", "line 1:|pages= says 4" },
	{ RANGE " a+0x1/0x2 pages=4 vmalloc N0=2 N0=2\n", "line 1:|N0=2" },
	{ RANGE " a+0x1/0x2 pages=4 vmalloc N0=\n", "line 1:|N0=" },
	{ RANGE " a+0x1/0x2 pages=4 vmalloc N0=18446744073709551615 N1=5\n", "line 1:|N1=5" },
	{ RANGE " a+0x1/0x2 pages=4 vmalloc N99999=4\n", "line 1:|N99999" },
	{ RANGE " a+0x1/0x2 pages=4 vmalloc N9\n", "line 1:|N9" },
	{ RANGE " a+0x1/0x2 phys=xyz ioremap\n", "line 1:|phys=xyz" },
	{ RANGE " a+0x1/0x2 phys=0x ioremap\n", "line 1:|phys=0x" },
	{ RANGE " a+0x1/0x2 pages=4 ioremap\n", "line 1:|ioremap" },
	{ RANGE " a+0x1/0x2 pages=4 vmal\n", "line 1:|'vmal'" },
	{ RANGE " a+0x1/0x2 b+0x1/0x2 pages=4 vmalloc\n", "line 1:|'b+0x1/0x2'" },
	{ RANGE " a+0x1/ pages=4 vmalloc\n", "line 1:|'a+0x1/'" },
	{ RANGE " +0x1/0x2 pages=4 vmalloc\n", "line 1:|'+0x1/0x2'" },
	{ RANGE " vm_map_ram vmalloc\n", "line 1:|'vmalloc'" },
	{ RANGE " unpurged\n", "line 1:|'unpurged'" },
	{ RANGE " unpurged vm_area x\n", "line 1:|'x'" },
	/* truncated lines */
	{ RANGE "\n0xffffc90000008000-0xffffc9000000a0\n", "line 2:" },
	{ RANGE "\n0xffffc90000008000-0xffffc9000000a000\n", "line 2:|cut off" },
	{ RANGE "\n0xffffc90000008000-\n", "line 2:|cut off" },
	{ RANGE "\n0xffffc90000008000\n", "line 2:|cut off" },
	{ RANGE "\n0x\n", "line 2:|cut off" },
	{ RANGE "\n" RANGE_2 " a+0x1/0x2 pages=1 vmalloc N0=1", "line 2:|newline" },
	{ RANGE "\n0xffffc90000008000-0xff", "line 2:|cut off" },
	/* not a vmallocinfo at all */
	{ "", "no area" },
	{ "\n\n", "no area" },
	{ RANGE " unpurged vm_area\n", "no area" },
	{ "hello\n", "line 1:|no vmallocinfo" },
	{ "MemTotal:         983744 kB\n", "line 1:|no vmallocinfo" },
	{ "START-END SIZE PAGES FLAGS NAME\n", "line 1:" },
	{ RANGE "\ta+0x1/0x2\n", "line 1:|0x09" },
	{ "\x7f"
	  "ELF\x02\x01\x01\n",
	  "line 1:|0x7f" },
};

START_TEST(bad_input)
{
	load_bad(bad[_i].text, -EINVAL, bad[_i].words);
}
END_TEST

START_TEST(binary_junk)
{
	GRand *r = g_rand_new_with_seed(7);
	char junk[65536];

	load_bad_bytes(MiB(16), RANGE "\n\0\n", sizeof(RANGE "\n\0\n") - 1, -EINVAL,
		       "line 2:|0x00");
	for (int i = 0; i < 8; i++) {
		for (size_t j = 0; j < sizeof(junk); j++)
			junk[j] = (char)g_rand_int(r);
		load_bad_bytes(MiB(16), junk, sizeof(junk), -EINVAL, "line ");
	}
	memset(junk, 0, sizeof(junk));
	load_bad_bytes(MiB(16), junk, sizeof(junk), -EINVAL, "line 1:");
	g_rand_free(r);
}
END_TEST

START_TEST(line_of_a_megabyte)
{
	g_autofree char *blanks = g_strnfill(1 << 20, ' ');
	g_autofree char *letters = g_strnfill(1 << 20, 'a');
	g_autofree char *first = g_strconcat(letters, "\n" RANGE "\n", NULL);
	g_autofree char *second = g_strconcat(RANGE "\n" RANGE_2, blanks, "\n", NULL);
	g_autofree char *most = g_strnfill(SAVED_LINE_MAX - strlen(RANGE), ' ');
	g_autofree char *fits = g_strconcat(RANGE, most, "\n", NULL);
	g_autofree char *over = g_strconcat(RANGE " ", most, "\n", NULL);
	struct machine *m = space_boot(MiB(16), 1);

	load_bad(first, -EINVAL, "line 1:|longer");
	load_bad(second, -EINVAL, "line 2:|longer");
	load_bad(over, -EINVAL, "line 1:|longer");
	load_good(m, fits);
	shut_down(m);
}
END_TEST

/* Too many frames: told with the memory= that is enough, and it is. */
START_TEST(too_many_pages)
{
	static const char *const layouts[] = {
		/* 32 MiB in one area */
		"0xffffc90000000000-0xffffc90002001000 33558528 a+0x1/0x2 pages=8192 vmalloc\n",
		/* a page in each of three far places: tables count as well */
		"0xffffc90000000000-0xffffc90000e01000 14684160 a+0x1/0x2 pages=3584 vmalloc\n"
		"0xffffca0000000000-0xffffca0000e01000 14684160 b+0x1/0x2 pages=3584 vmalloc\n"
		"0xffffffffc0000000-0xffffffffc0002000 8192 c+0x1/0x2 pages=1 vmalloc\n",
		/* 8 GiB of device memory: two thousand page tables and more */
		"0xffffc90000000000-0xffffc90200001000 8589938688 phys=0x10000000000 ioremap\n",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(layouts); i++) {
		struct machine *m = space_boot(MiB(4), 1);
		g_autofree char *error = NULL;
		uint64_t memory, free = nr_free_pages(m);
		char *p;

		ck_assert_int_eq(load_bytes(m, layouts[i], strlen(layouts[i]), &error), -ENOMEM);
		ck_assert_uint_eq(nr_free_pages(m), free);
		p = strstr(error, "memory=");
		ck_assert_msg(p, "%s", error);
		memory = g_ascii_strtoull(p + 7, &p, 10);
		ck_assert_str_eq(p, "M");
		shut_down(m);

		m = space_boot(MiB(memory), 1);
		load_good(m, layouts[i]);
		shut_down(m);
	}
}
END_TEST

START_TEST(more_pages_than_any_machine)
{
	load_bad("0xffffc90000000000-0xffffd10000000000 8796093022208 a+0x1/0x2 pages=2147483647\n"
		 "0xffffd10000000000-0xffffe10000000000 17592186044416 a+0x1/0x2 pages=4294967295\n"
		 "0xffff880000000000-0xffff888000000000 549755813888 a+0x1/0x2 pages=134217727\n"
		 "0xffffa00000000000-0xffffb80000000000 26388279066624 a+0x1/0x2 "
		 "pages=6442450943\n",
		 -ENOMEM, "more than any");
}
END_TEST

/* A failure at any step of making the areas takes back those that were made. */
START_TEST(failure_takes_all_back)
{
	g_autofree char *path = data_path("vmallocinfo-linux-6.1.txt");
	struct {
		const char *name;
		size_t offset;
	} points[] = {
		{ "frame", offsetof(struct machine, fail_page_alloc) },
		{ "table", offsetof(struct machine, fail_table) },
		{ "descriptor", offsetof(struct machine, failslab) },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(points); i++) {
		for (uint64_t nth = 1;; nth += 1 + nth / 8) {
			struct machine *m = space_boot(MiB(64), 1);
			struct fault_attr *point = (void *)((char *)m + points[i].offset);
			g_autofree char *error = NULL, *info = NULL;
			uint64_t free = nr_free_pages(m);
			uint64_t tables = m->nr_table_frames;
			uint64_t live = m->kmalloc_live;
			int err;

			point->nth = nth;
			err = load_file(m, path, &error);
			if (!err) {
				ck_assert_msg(nth > 3, "no %s was asked for", points[i].name);
				shut_down(m);
				break;
			}
			ck_assert_int_eq(err, -ENOMEM);
			ck_assert_msg(strstr(error, "line "), "%s", error);
			info = text_of(show_vmallocinfo, m);
			ck_assert_str_eq(info, "");
			/* Page tables stay once they are there. */
			ck_assert_uint_eq(nr_free_pages(m) + m->nr_table_frames, free + tables);
			ck_assert_msg(m->kmalloc_live <= live + 4, "%lu descriptors lost",
				      m->kmalloc_live - live);
			shut_down(m);
		}
	}
}
END_TEST

/* The machine has an area already: that one stays. */
START_TEST(place_taken)
{
	struct machine *m = space_boot(MiB(64), 1);
	g_autofree char *path = data_path("vmallocinfo-linux-6.1.txt");
	g_autofree char *error = NULL, *before = NULL, *after = NULL;

	ck_assert(get_vm_area(m, 0x100000, VM_ALLOC, "mine"));
	before = text_of(show_vmallocinfo, m);
	ck_assert_int_eq(load_file(m, path, &error), -EEXIST);
	ck_assert_msg(strstr(error, "line 1:"), "%s", error);
	after = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(before, after);
	shut_down(m);
}
END_TEST

START_TEST(files_that_are_none)
{
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *dir = g_dir_make_tmp("check_load.XXXXXX", NULL);
	g_autofree char *missing = g_build_filename(dir, "no such\nfile", NULL);
	g_autofree char *error = NULL;

	ck_assert_int_eq(load_file(m, missing, &error), -ENOENT);
	ck_assert_ptr_null(strchr(error, '\n'));
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(load_file(m, dir, &error), -EISDIR);
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(load_file(m, "/dev/zero", &error), -EINVAL);
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(load_file(m, "/dev/null", &error), -EINVAL);
	g_rmdir(dir);
	shut_down(m);
}
END_TEST

START_TEST(from_a_pipe)
{
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *error = NULL, *path = NULL;
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_gt(write(fd[1], RANGE "\n", sizeof(RANGE)), 0);
	close(fd[1]);
	path = g_strdup_printf("/dev/fd/%d", fd[0]);
	ck_assert_msg(!load_file(m, path, &error), "%s", error);
	close(fd[0]);
	shut_down(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("load");
	TCase *t = tcase_create("recording");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, recording_comes_out_as_it_went_in);
	tcase_add_test(t, next_goes_to_the_lowest_hole);
	tcase_add_test(t, any_order_of_lines);
	tcase_add_test(t, own_text_comes_back);
	suite_add_tcase(s, t);

	t = tcase_create("line");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, lines_of_all_versions);
	tcase_add_test(t, lines_of_nodes);
	tcase_add_test(t, lines_cut_and_broken);
	suite_add_tcase(s, t);

	t = tcase_create("layout");
	tcase_add_test(t, areas_as_they_stand);
	tcase_add_test(t, frames_on_their_nodes);
	tcase_add_test(t, missing_caller);
	tcase_add_test(t, areas_anywhere);
	tcase_add_test(t, windows_line_ends);
	suite_add_tcase(s, t);

	t = tcase_create("bad");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, bad_input, 0, G_N_ELEMENTS(bad));
	tcase_add_test(t, binary_junk);
	tcase_add_test(t, line_of_a_megabyte);
	tcase_add_test(t, too_many_pages);
	tcase_add_test(t, more_pages_than_any_machine);
	tcase_add_test(t, failure_takes_all_back);
	tcase_add_test(t, place_taken);
	tcase_add_test(t, files_that_are_none);
	tcase_add_test(t, from_a_pipe);
	suite_add_tcase(s, t);

	return unit_main(s);
}
