/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listing of page tables: its form, held against a recording; that it is
 * true, held against translation; and that it comes to an end, whatever the
 * tables say.
 */
#include <pthread.h>
#include <stdio.h>

#include "texts.h"

#define KERNEL_HALF UINT64_C(0xffff800000000000)
#define CANONICAL_HOLE UINT64_C(0x0000800000000000)

#define ABSENT "                              "
#define PLAIN_RW "    RW                 GLB NX " /* PAGE_KERNEL in a PTE */
#define LARGE_RW "    RW         PSE     GLB NX " /* and above */

enum line_kind { MARKER, RANGE, SKIPPED };

struct line {
	enum line_kind kind;
	vaddr_t start; /* RANGE */
	vaddr_t end;   /* 0: the end of the address space */
	char words[31];
	enum pg_level level;
	uint64_t skipped; /* SKIPPED */
	char name[32];	  /* MARKER */
};

/* --- reading the form ------------------------------------------------------ */

/* True if a column has one of its words or blanks. */
static bool column(const char *at, const char *word)
{
	return !strncmp(at, word, 4) || !strncmp(at, "    ", 4);
}

static void check_words(const char *words, enum pg_level level)
{
	static const char *const names[] = { "USR ", NULL, "PWT ", "PCD ", "PSE ", "PAT ", "GLB " };

	if (!strcmp(words, ABSENT))
		return;
	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *at = words + 4 * i - (i > 1);

		if (names[i])
			ck_assert_msg(column(at, names[i]), "'%s' in '%s'", names[i], words);
		else
			ck_assert(!strncmp(at, "RW ", 3) || !strncmp(at, "ro ", 3));
	}
	ck_assert(!strcmp(words + 27, "NX ") || !strcmp(words + 27, "x  "));
	ck_assert_int_eq(words[15] == 'P', level > PG_LEVEL_PTE); /* a leaf above has PSE */
}

/* Takes a range apart, by its columns, and puts it together as Linux does. */
static void parse_range(const char *text, struct line *ret)
{
	static const char *const levels[] = { "pte", "pmd", "pud", "pgd" };
	g_autofree char *again = NULL;
	const char *unit = "BKMGTPE";
	uint64_t size;

	ck_assert_msg(strlen(text) == 37 + 3 + 11 + 30 + 3, "%s", text);
	ck_assert_int_eq(sscanf(text, "0x%16lx-0x%16lx", &ret->start, &ret->end), 2);
	memcpy(ret->words, text + 51, 30);
	ret->words[30] = '\0';
	for (ret->level = 0; strcmp(text + 81, levels[ret->level]); ret->level++)
		ck_assert_uint_lt(ret->level, PG_LEVEL_PGD);
	check_words(ret->words, ret->level);

	size = ret->end - ret->start;
	ck_assert_uint_gt(size, 0);
	for (; size % 1024 == 0 && unit[1]; unit++)
		size /= 1024;
	again = g_strdup_printf("0x%016lx-0x%016lx   %9lu%c %s%s", ret->start, ret->end, size,
				*unit, ret->words, levels[ret->level]);
	ck_assert_str_eq(text, again);
}

static struct line parse_line(const char *text)
{
	struct line line = { .kind = RANGE };
	g_autofree char *again = NULL;

	if (g_str_has_prefix(text, "---")) {
		line.kind = MARKER;
		ck_assert_int_eq(sscanf(text, "---[ %31[^]]", line.name), 1);
		again = g_strdup_printf("---[ %s]---", line.name);
		g_strchomp(line.name);
	} else if (g_str_has_prefix(text, "...")) {
		line.kind = SKIPPED;
		ck_assert_int_eq(sscanf(text, "... %lu", &line.skipped), 1);
		again = g_strdup_printf("... %lu entr%s skipped ... ", line.skipped,
					line.skipped == 1 ? "y" : "ies");
	} else {
		parse_range(text, &line);
		again = g_strdup(text);
	}
	ck_assert_str_eq(text, again);
	return line;
}

/*
 * The lines of a listing.  Ranges ascend and touch each other, but for what was
 * skipped, and the gap between the halves of the address space.
 */
static GArray *parse(const char *text)
{
	g_auto(GStrv) lines = lines_of(text);
	GArray *parsed = g_array_new(FALSE, FALSE, sizeof(struct line));
	bool gap = true; /* true: something may be missing before the next range */
	vaddr_t end = 0;

	for (char **p = lines; *p; p++) {
		struct line line = parse_line(*p);

		g_array_append_val(parsed, line);
		gap |= line.kind == SKIPPED;
		if (line.kind != RANGE)
			continue;
		if (gap)
			ck_assert_uint_ge(line.start, end);
		else if (line.start != KERNEL_HALF || end != CANONICAL_HOLE)
			ck_assert_msg(line.start == end, "%s", *p);
		end = line.end;
		gap = false;
	}
	return parsed;
}

static GArray *dump(struct machine *m)
{
	g_autofree char *text = text_of(show_ptdump, m);
	GArray *lines = parse(text);
	const struct line *first = &g_array_index(lines, struct line, 0);

	ck_assert_str_eq(first->name, "User Space");
	return lines;
}

/* All of the address space is there, nothing was skipped. */
static GArray *dump_all(struct machine *m)
{
	GArray *lines = dump(m);

	for (guint i = 0; i < lines->len; i++)
		ck_assert_int_ne(g_array_index(lines, struct line, i).kind, SKIPPED);
	ck_assert_uint_eq(g_array_index(lines, struct line, 1).start, 0);
	ck_assert_uint_eq(g_array_index(lines, struct line, lines->len - 1).end, 0);
	return lines;
}

/* The range that has an address. */
static struct line range_at(GArray *lines, vaddr_t addr)
{
	for (guint i = 0; i < lines->len; i++) {
		struct line line = g_array_index(lines, struct line, i);

		if (line.kind == RANGE && addr >= line.start && addr <= line.end - 1)
			return line;
	}
	ck_abort_msg("no line has %lx", addr);
}

#define ck_assert_range(lines, addr, start_, size_, words_, level_)                                \
	do {                                                                                       \
		struct line line_ = range_at(lines, addr);                                         \
                                                                                                   \
		ck_assert_uint_eq(line_.start, start_);                                            \
		ck_assert_uint_eq(line_.end - line_.start, size_);                                 \
		ck_assert_str_eq(line_.words, words_);                                             \
		ck_assert_int_eq(line_.level, level_);                                             \
	} while (0)

static uint64_t skipped(GArray *lines)
{
	uint64_t n = 0;

	for (guint i = 0; i < lines->len; i++)
		n += g_array_index(lines, struct line, i).skipped;
	return n;
}

/* --- form ------------------------------------------------------------------ */

START_TEST(recording_has_this_form)
{
	g_autofree char *recorded = data_file("page_tables-linux-6.1.txt");
	g_autoptr(GArray) lines = parse(recorded);

	ck_assert_uint_gt(lines->len, 200);
	ck_assert_uint_eq(skipped(lines), 131059);
}
END_TEST

/* Where the section of a marker begins; false if it has no range, or no such marker is there. */
static bool section_start(GArray *lines, const char *name, vaddr_t *ret)
{
	for (guint i = 0; i + 1 < lines->len; i++) {
		struct line line = g_array_index(lines, struct line, i);

		if (line.kind == MARKER && !strcmp(line.name, name)) {
			*ret = g_array_index(lines, struct line, i + 1).start;
			return g_array_index(lines, struct line, i + 1).kind == RANGE;
		}
	}
	return false;
}

/* The same markers in the same order, at the same places but for the modules (KASLR). */
START_TEST(markers_are_linux)
{
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *recorded = data_file("page_tables-linux-6.1.txt");
	g_autoptr(GArray) theirs = parse(recorded);
	g_autoptr(GArray) ours = dump_all(m);
	vaddr_t last = VMALLOC_START - 1;
	unsigned n = 0;

	for (guint i = 0; i < theirs->len; i++) {
		struct line line = g_array_index(theirs, struct line, i);
		vaddr_t at, here;

		if (line.kind != MARKER)
			continue;
		ck_assert_msg(section_start(ours, line.name, &here), "%s", line.name);
		ck_assert(section_start(theirs, line.name, &at));
		if (!strcmp(line.name, "Modules"))
			ck_assert_uint_eq(here, MODULES_VADDR);
		else
			ck_assert_msg(here == at, "%s: %lx, not %lx", line.name, here, at);
		ck_assert_uint_gt(here, last);
		last = here;
		n++;
	}
	ck_assert_uint_eq(n, 9);
	space_end(m);
}
END_TEST

START_TEST(golden)
{
	static const char want[] =
		"---[ User Space ]---\n"
		"0x0000000000000000-0x0000800000000000         128T " ABSENT "pgd\n"
		"---[ Kernel Space ]---\n"
		"0xffff800000000000-0xffff880000000000           8T " ABSENT "pgd\n"
		"---[ LDT remap ]---\n"
		"0xffff880000000000-0xffff888000000000         512G " ABSENT "pgd\n"
		"---[ Low Kernel Mapping ]---\n"
		"0xffff888000000000-0xffff888001000000          16M " LARGE_RW "pmd\n"
		"0xffff888001000000-0xffff888001003000          12K " PLAIN_RW "pte\n"
		"0xffff888001003000-0xffff888001200000        2036K " ABSENT "pte\n"
		"0xffff888001200000-0xffff888040000000        1006M " ABSENT "pmd\n"
		"0xffff888040000000-0xffff890000000000         511G " ABSENT "pud\n"
		"0xffff890000000000-0xffffc90000000000          64T " ABSENT "pgd\n"
		"---[ vmalloc() Area ]---\n"
		"0xffffc90000000000-0xffffc90000010000          64K " PLAIN_RW "pte\n"
		"0xffffc90000010000-0xffffc90000011000           4K " ABSENT "pte\n"
		"0xffffc90000011000-0xffffc90000012000           4K "
		"    RW                 GLB x  pte\n"
		"0xffffc90000012000-0xffffc90000014000           8K " ABSENT "pte\n"
		"0xffffc90000014000-0xffffc90000016000           8K "
		"    RW     PCD         GLB NX pte\n"
		"0xffffc90000016000-0xffffc90000200000        1960K " ABSENT "pte\n"
		"0xffffc90000200000-0xffffc90040000000        1022M " ABSENT "pmd\n"
		"0xffffc90040000000-0xffffc98000000000         511G " ABSENT "pud\n"
		"0xffffc98000000000-0xffffea0000000000       33280G " ABSENT "pgd\n"
		"---[ Vmemmap ]---\n"
		"0xffffea0000000000-0xfffffe0000000000          20T " ABSENT "pgd\n"
		"---[ CPU entry Area ]---\n"
		"0xfffffe0000000000-0xffffff0000000000           1T " ABSENT "pgd\n"
		"---[ ESPfix Area ]---\n"
		"0xffffff0000000000-0xffffffef00000000         956G " ABSENT "pgd\n"
		"---[ EFI Runtime Services ]---\n"
		"0xffffffef00000000-0xffffffff80000000          66G " ABSENT "pgd\n"
		"---[ High Kernel Mapping ]---\n"
		"0xffffffff80000000-0xffffffffa0000000         512M " ABSENT "pgd\n"
		"---[ Modules ]---\n"
		"0xffffffffa0000000-0xffffffffff000000        1520M " ABSENT "pgd\n"
		"---[ End Modules ]---\n"
		"0xffffffffff000000-0xffffffffff579000        5604K " ABSENT "pgd\n"
		"---[ Fixmap Area ]---\n"
		"0xffffffffff579000-0x0000000000000000       10780K " ABSENT "pgd\n";
	struct machine *m = space_boot(MiB(16) + KiB(12), 1);
	g_autofree char *text = NULL;

	ck_assert(vmalloc(m, 65536, "a"));
	ck_assert(vmalloc_exec(m, 1, "b"));
	ck_assert(ioremap(m, m->io_start, 8192, PAGE_KERNEL_NOCACHE, "io"));
	text = text_of(show_ptdump, m);
	ck_assert_str_eq(text, want);
	space_end(m);
}
END_TEST

/* Every flag has its column, in a PTE and in a large leaf. */
START_TEST(flags_and_columns)
{
	static const struct {
		pte_t flags;
		const char *small;
		const char *large;
	} cases[] = {
		{ _PAGE_PRESENT, "    ro                     x  ",
		  "    ro         PSE         x  " },
		{ PAGE_KERNEL, PLAIN_RW, LARGE_RW },
		{ _PAGE_PRESENT | _PAGE_USER, "USR ro                     x  ",
		  "USR ro         PSE         x  " },
		{ _PAGE_PRESENT | _PAGE_PWT | _PAGE_PCD, "    ro PWT PCD             x  ",
		  "    ro PWT PCD PSE         x  " },
		{ PAGE_KERNEL | _PAGE_USER | _PAGE_PWT | _PAGE_PCD,
		  "USR RW PWT PCD         GLB NX ", "USR RW PWT PCD PSE     GLB NX " },
		{ _PAGE_NX, ABSENT, ABSENT },
	};
	struct machine *m = space_boot(MiB(16), 1);
	const vaddr_t large = PAGE_OFFSET + MiB(8);
	vaddr_t a = vmalloc(m, 3 * PAGE_SIZE, "a") + PAGE_SIZE;
	paddr_t pte = space_entry_addr(m, PG_LEVEL_PTE, a);
	paddr_t pmd = space_entry_addr(m, PG_LEVEL_PMD, large);
	uint64_t old_pte = space_peek(m, pte);
	uint64_t old_pmd = space_peek(m, pmd);

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		bool same = cases[i].flags == PAGE_KERNEL;
		g_autoptr(GArray) lines = NULL;

		space_poke(m, pte, (old_pte & PTE_PFN_MASK) | cases[i].flags);
		space_poke(m, pmd, (old_pmd & PTE_PFN_MASK) | cases[i].flags | _PAGE_PSE);
		lines = dump_all(m);
		ck_assert_range(lines, a, same ? a - PAGE_SIZE : a, (same ? 3 : 1) * PAGE_SIZE,
				cases[i].small, PG_LEVEL_PTE);
		ck_assert_range(lines, large, same ? PAGE_OFFSET : large, same ? MiB(16) : MiB(2),
				cases[i].large, PG_LEVEL_PMD);
	}
	space_poke(m, pte, old_pte);
	space_poke(m, pmd, old_pmd);
	space_end(m);
}
END_TEST

/* Bit 7 of a PTE is PAT; of a large leaf bit 12 is. */
START_TEST(pat_column)
{
	struct machine *m = space_boot(MiB(16), 1);
	const vaddr_t large = PAGE_OFFSET + MiB(8);
	vaddr_t a = vmalloc(m, PAGE_SIZE, "a");
	paddr_t pte = space_entry_addr(m, PG_LEVEL_PTE, a);
	paddr_t pmd = space_entry_addr(m, PG_LEVEL_PMD, large);
	g_autoptr(GArray) lines = NULL;

	space_poke(m, pte, space_peek(m, pte) | _PAGE_PSE);
	space_poke(m, pmd, space_peek(m, pmd) | PAGE_SIZE);
	lines = dump_all(m);
	ck_assert_range(lines, a, a, PAGE_SIZE, "    RW             PAT GLB NX ", PG_LEVEL_PTE);
	ck_assert_range(lines, large, large, MiB(2), "    RW         PSE PAT GLB NX ",
			PG_LEVEL_PMD);
	space_poke(m, pte, space_peek(m, pte) & ~_PAGE_PSE);
	space_end(m);
}
END_TEST

/* --- runs ------------------------------------------------------------------ */

/* Flags that have no column end a run too, and so do those of the entries above. */
START_TEST(what_ends_a_run)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t a = vmalloc(m, MiB(6), "a");
	paddr_t pte = space_entry_addr(m, PG_LEVEL_PTE, a + 3 * PAGE_SIZE);
	paddr_t pmd = space_entry_addr(m, PG_LEVEL_PMD, a + MiB(2));
	g_autoptr(GArray) lines = dump_all(m);

	ck_assert_range(lines, a, a, MiB(6), PLAIN_RW, PG_LEVEL_PTE);
	g_clear_pointer(&lines, g_array_unref);

	space_poke(m, pte, space_peek(m, pte) & ~_PAGE_DIRTY);
	space_poke(m, pmd, space_peek(m, pmd) & ~_PAGE_RW);
	lines = dump_all(m);
	ck_assert_range(lines, a, a, 3 * PAGE_SIZE, PLAIN_RW, PG_LEVEL_PTE);
	ck_assert_range(lines, a + 3 * PAGE_SIZE, a + 3 * PAGE_SIZE, PAGE_SIZE, PLAIN_RW,
			PG_LEVEL_PTE);
	ck_assert_range(lines, a + 4 * PAGE_SIZE, a + 4 * PAGE_SIZE, MiB(2) - 4 * PAGE_SIZE,
			PLAIN_RW, PG_LEVEL_PTE);
	ck_assert_range(lines, a + MiB(2), a + MiB(2), MiB(2), PLAIN_RW, PG_LEVEL_PTE);
	ck_assert_range(lines, a + MiB(4), a + MiB(4), MiB(2), PLAIN_RW, PG_LEVEL_PTE);
	g_clear_pointer(&lines, g_array_unref);

	/* Not zero and not present: nothing is there, but it is another nothing. */
	space_poke(m, pte, _PAGE_DIRTY);
	lines = dump_all(m);
	ck_assert_range(lines, a + 3 * PAGE_SIZE, a + 3 * PAGE_SIZE, PAGE_SIZE, ABSENT,
			PG_LEVEL_PTE);
	space_poke(m, pmd, space_peek(m, pmd) | _PAGE_RW);
	space_end(m);
}
END_TEST

static void frame_one(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	(void)arg;
	(void)first;
	for (size_t i = 0; i < n; i++)
		ret[i] = 1;
}

static void map_one(struct machine *m, vaddr_t addr, uint64_t n)
{
	ck_assert_int_eq(pgtable_map(m, m->cr3, addr, n, PAGE_KERNEL, frame_one, NULL), 0);
}

/* Up to the last byte there is; and across a marker in the middle of a run. */
START_TEST(ends_of_the_space)
{
	struct machine *m = space_boot(MiB(16), 1);
	const vaddr_t fixmap = UINT64_C(0xffffffffff579000);
	g_autoptr(GArray) lines = NULL;

	map_one(m, 0, 1);
	map_one(m, CANONICAL_HOLE - PAGE_SIZE, 1);
	map_one(m, KERNEL_HALF, 1);
	map_one(m, fixmap - 2 * PAGE_SIZE, 4);
	map_one(m, -PAGE_SIZE, 1);
	lines = dump_all(m);
	ck_assert_range(lines, 0, 0, PAGE_SIZE, PLAIN_RW, PG_LEVEL_PTE);
	ck_assert_range(lines, CANONICAL_HOLE - 1, CANONICAL_HOLE - PAGE_SIZE, PAGE_SIZE, PLAIN_RW,
			PG_LEVEL_PTE);
	ck_assert_range(lines, KERNEL_HALF, KERNEL_HALF, PAGE_SIZE, PLAIN_RW, PG_LEVEL_PTE);
	ck_assert_range(lines, fixmap - 1, fixmap - 2 * PAGE_SIZE, 2 * PAGE_SIZE, PLAIN_RW,
			PG_LEVEL_PTE);
	ck_assert_range(lines, fixmap, fixmap, 2 * PAGE_SIZE, PLAIN_RW, PG_LEVEL_PTE);
	ck_assert_range(lines, UINT64_MAX, -PAGE_SIZE, PAGE_SIZE, PLAIN_RW, PG_LEVEL_PTE);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* A large leaf that markers lie in is cut there; the level is its own. */
START_TEST(marker_in_a_large_leaf)
{
	struct machine *m = space_boot(MiB(16), 1);
	const vaddr_t top = UINT64_C(0xffffffff80000000);
	g_autoptr(GArray) lines = NULL;

	map_one(m, top, 1); /* for the tables above */
	space_poke(m, space_entry_addr(m, PG_LEVEL_PUD, top), PAGE_KERNEL | _PAGE_PSE);
	lines = dump_all(m);
	ck_assert_range(lines, top, top, MODULES_VADDR - top, LARGE_RW, PG_LEVEL_PUD);
	ck_assert_range(lines, MODULES_VADDR, MODULES_VADDR, top + GiB(1) - MODULES_VADDR, LARGE_RW,
			PG_LEVEL_PUD);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* Sixteen lines of the ESPfix area, the rest is counted; the count is per section. */
START_TEST(espfix_is_cut)
{
	struct machine *m = space_boot(MiB(16), 1);
	const vaddr_t espfix = UINT64_C(0xffffff0000000000);
	g_autoptr(GArray) lines = dump_all(m);
	unsigned ranges = 0, before = lines->len;

	g_clear_pointer(&lines, g_array_unref);
	for (unsigned i = 0; i < 20; i++)
		map_one(m, espfix + 2 * i * PAGE_SIZE, 1);
	lines = dump(m);
	/* 20 pages and 20 gaps, and what is left above: of the PMD, the PUD, and the area. */
	ck_assert_uint_eq(skipped(lines), 40 + 3 - 16);
	for (guint i = 0; i < lines->len; i++) {
		struct line line = g_array_index(lines, struct line, i);

		ranges += line.kind == RANGE && line.start >= espfix &&
			  line.start < espfix + 40 * PAGE_SIZE;
	}
	ck_assert_uint_eq(ranges, 16);
	ck_assert_uint_eq(lines->len, before + 16);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* --- truth ----------------------------------------------------------------- */

/* What translation says of a page is what its line says. */
static void check_page(struct machine *m, GArray *lines, vaddr_t addr)
{
	struct line line = range_at(lines, addr);
	struct translation t;

	pgtable_walk(m, m->cr3, addr, ACCESS_READ, &t);
	ck_assert_msg(line.level == t.level, "%lx", addr);
	if (!(t.entry & _PAGE_PRESENT)) {
		ck_assert_str_eq(line.words, ABSENT);
		return;
	}
	ck_assert_int_eq(line.words[0] == 'U', !!(t.entry & _PAGE_USER));
	ck_assert_int_eq(line.words[4] == 'R', !!(t.entry & _PAGE_RW));
	ck_assert_int_eq(line.words[7] == 'P', !!(t.entry & _PAGE_PWT));
	ck_assert_int_eq(line.words[11] == 'P', !!(t.entry & _PAGE_PCD));
	ck_assert_int_eq(line.words[23] == 'G', !!(t.entry & _PAGE_GLOBAL));
	ck_assert_int_eq(line.words[27] == 'N', !!(t.entry & _PAGE_NX));
}

START_TEST(true_of_every_page)
{
	struct machine *m = space_boot(MiB(64) + KiB(20), 1);
	uint64_t random = 2463534242;
	g_autoptr(GArray) lines = NULL;
	vaddr_t areas[300];
	vaddr_t end;

	for (int i = 0; i < 300; i++) {
		uint64_t size = (1 + unit_random(&random) % 30) * PAGE_SIZE;

		areas[i] = i % 7 == 0	? vmalloc_exec(m, size, "x")
			   : i % 5 == 0 ? ioremap(m, m->io_start, size, PAGE_KERNEL_NOCACHE, "io")
					: vmalloc(m, size, "a");
		ck_assert(areas[i]);
	}
	end = areas[299] + MiB(4);
	for (int i = 0; i < 300; i += 3)
		vunmap(m, areas[i]);
	/* A user's hand in the tables: every eleventh PTE of the first areas changes. */
	for (vaddr_t at = VMALLOC_START; at < VMALLOC_START + MiB(1); at += 11 * PAGE_SIZE) {
		paddr_t pte = space_entry_addr(m, PG_LEVEL_PTE, at);

		space_poke(m, pte, space_peek(m, pte) ^ (unit_random(&random) & 0x7e));
	}
	lines = dump_all(m);
	for (vaddr_t at = VMALLOC_START; at < end; at += PAGE_SIZE)
		check_page(m, lines, at);
	for (vaddr_t at = PAGE_OFFSET; at < PAGE_OFFSET + MiB(72); at += PAGE_SIZE)
		check_page(m, lines, at);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* --- tables that say anything ---------------------------------------------- */

/* Upper entries that lead nowhere are a line of their own, of their own level. */
START_TEST(bad_upper_entries)
{
	struct machine *m = space_boot(MiB(64), 1);
	const pte_t beyond = m->ram_size | _KERNPG_TABLE;
	const pte_t cases[] = {
		beyond,				/* right after RAM */
		PTE_PFN_MASK | _KERNPG_TABLE,	/* the last frame there could be */
		_KERNPG_TABLE & ~_PAGE_PRESENT, /* not present */
		UINT64_C(0x7ffffffffffffffe),	/* not present, every other bit but NX */
	};
	vaddr_t a = vmalloc(m, MiB(3), "a");

	for (enum pg_level level = PG_LEVEL_PMD; level <= PG_LEVEL_PGD; level++) {
		paddr_t at = space_entry_addr(m, level, a);
		uint64_t size = UINT64_C(1) << level_shift(level);
		uint64_t entry = space_peek(m, at);

		for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
			g_autoptr(GArray) lines = NULL;

			space_poke(m, at, cases[i]);
			lines = dump_all(m);
			ck_assert_range(lines, a, a, size, ABSENT, level);
		}
		space_poke(m, at, entry);
	}
	space_end(m);
}
END_TEST

/* PSE is no leaf in the PGD: a CPU faults. */
START_TEST(large_pgd_entry)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t a = vmalloc(m, MiB(3), "a");
	paddr_t at = space_entry_addr(m, PG_LEVEL_PGD, a);
	uint64_t entry = space_peek(m, at);
	g_autoptr(GArray) lines = NULL;

	space_poke(m, at, entry | _PAGE_PSE);
	lines = dump_all(m);
	ck_assert_range(lines, a, a, GiB(512), ABSENT, PG_LEVEL_PGD);
	space_poke(m, at, entry);
	space_end(m);
}
END_TEST

/* A slot of the PGD that holds the PGD: all tables appear as pages, none is left out. */
START_TEST(recursive_slot)
{
	struct machine *m = space_boot(MiB(64), 1);
	const vaddr_t slot = UINT64_C(0xffff808000000000); /* 257 */
	g_autoptr(GArray) lines = NULL;
	vaddr_t a = vmalloc(m, MiB(5), "a");
	vaddr_t table;

	space_poke(m, m->cr3 + 257 * 8, m->cr3 | _KERNPG_TABLE);
	lines = dump_all(m);
	/* The PTE table of an address is the page at slot + (address >> 12) * 8. */
	table = slot | ((a & UINT64_C(0x0000ffffffffffff)) >> 9 & ~UINT64_C(0xfff));
	check_page(m, lines, table);
	check_page(m, lines, table + PAGE_SIZE);
	ck_assert_range(lines, table, table, 3 * PAGE_SIZE, "    RW                     x  ",
			PG_LEVEL_PTE);
	space_poke(m, m->cr3 + 257 * 8, 0);
	space_end(m);
}
END_TEST

/* Every slot holds the PGD: 512^4 pages.  What is shown is bounded, and the rest is told. */
START_TEST(all_slots_recursive)
{
	struct machine *m = space_boot(MiB(64), 1);
	g_autofree char *text = NULL;
	g_autofree char *meminfo = NULL;
	g_autoptr(GArray) lines = NULL;
	gint64 start = g_get_monotonic_time();

	for (unsigned i = 0; i < PTRS_PER_TABLE; i++)
		space_poke(m, m->cr3 + i * 8, m->cr3 | _KERNPG_TABLE);
	text = text_of(show_ptdump, m);
	lines = parse(text);
	ck_assert_uint_gt(skipped(lines), 100);
	/* Each slot is told in its section. */
	ck_assert_ptr_nonnull(strstr(text, "---[ LDT remap ]---\n"
					   "... 1 entry skipped ... \n"
					   "---[ Low Kernel Mapping ]---\n"));
	ck_assert(g_str_has_suffix(text, "---[ ESPfix Area ]---\n... 2 entries skipped ... \n"));
	meminfo = text_of(show_meminfo, m); /* it counts in the same tables */
	ck_assert_int_lt(g_get_monotonic_time() - start, 20 * G_USEC_PER_SEC);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* The same with a PTE table that differs from entry to entry. */
START_TEST(all_slots_one_ragged_table)
{
	struct machine *m = space_boot(MiB(64), 1);
	g_autoptr(GArray) lines = NULL;
	g_autofree char *text = NULL;
	vaddr_t a = vmalloc(m, MiB(2), "a");
	paddr_t ptes = space_entry_addr(m, PG_LEVEL_PTE, a);
	paddr_t pmds = space_entry_addr(m, PG_LEVEL_PMD, a);
	paddr_t puds = space_entry_addr(m, PG_LEVEL_PUD, a);

	for (unsigned i = 0; i < PTRS_PER_TABLE; i++) {
		if (i % 2)
			space_poke(m, ptes + i * 8, 0);
		space_poke(m, pmds + i * 8, ptes | _KERNPG_TABLE);
		space_poke(m, puds + i * 8, pmds | _KERNPG_TABLE);
	}
	text = text_of(show_ptdump, m);
	ck_assert_uint_lt(strlen(text), MiB(64));
	ck_assert_ptr_nonnull(strstr(text, " entries skipped ... \n"));
	strchr(text + MiB(1), '\n')[1] = '\0'; /* the rest is more of the same */
	lines = parse(text);
	ck_assert_uint_gt(lines->len, 10000);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* Twins: two upper entries that name one table are both shown. */
START_TEST(twin_tables)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t a = vmalloc(m, MiB(2) - PAGE_SIZE, "a");
	paddr_t pmd = space_entry_addr(m, PG_LEVEL_PMD, a);
	g_autoptr(GArray) lines = NULL;

	for (unsigned i = 1; i < 8; i++)
		space_poke(m, pmd + i * 8, space_peek(m, pmd));
	lines = dump_all(m);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_range(lines, a + i * MiB(2), a + i * MiB(2), MiB(2) - PAGE_SIZE, PLAIN_RW,
				PG_LEVEL_PTE);
	for (unsigned i = 1; i < 8; i++)
		space_poke(m, pmd + i * 8, 0);
	space_end(m);
}
END_TEST

/* Noise in every frame that is a table, round after round: each listing is well-formed. */
START_TEST(noise)
{
	uint64_t random = 521288629;

	for (unsigned round = 0; round < 60; round++) {
		struct machine *m = space_boot(MiB(32), 1);
		g_autoptr(GArray) lines = NULL;
		g_autofree char *meminfo = NULL;

		for (int i = 0; i < 40; i++)
			ck_assert(vmalloc(m, (1 + unit_random(&random) % 100) * PAGE_SIZE, "a"));
		for (pfn_t pfn = 0; pfn < m->nr_frames; pfn++) {
			if (!(pfn_to_page(m, pfn)->flags & PG_table))
				continue;
			for (unsigned i = 0; i < 40; i++) {
				/* Pure noise, and frames that are there with good flags or any. */
				uint64_t v = unit_random(&random);
				pfn_t to = unit_random(&random) % m->nr_frames;

				if (round % 3)
					v = to << PAGE_SHIFT |
					    (round % 3 == 1 ? _KERNPG_TABLE : v & 0xfff);
				space_poke(m, (pfn << PAGE_SHIFT) + v % 512 * 8, v);
			}
		}
		lines = dump(m);
		meminfo = text_of(show_meminfo, m);
		ck_assert_uint_eq(g_array_index(lines, struct line, 0).kind, MARKER);
		vmalloc_exit(m);
		machine_destroy(m);
	}
}
END_TEST

/* --- while areas come and go ----------------------------------------------- */

struct churn {
	struct machine *m;
	_Atomic bool stop;
};

static void *churn(void *arg)
{
	struct churn *c = arg;
	uint64_t random = 362436069;
	vaddr_t areas[64] = { 0 };

	while (!c->stop) {
		vaddr_t *a = &areas[unit_random(&random) % 64];

		vfree(c->m, *a);
		*a = vmalloc(c->m, (1 + unit_random(&random) % 600) * PAGE_SIZE, "churn");
	}
	for (unsigned i = 0; i < 64; i++)
		vfree(c->m, areas[i]);
	return NULL;
}

START_TEST(while_areas_change)
{
	static show_fn *const others[] = { show_meminfo, show_zoneinfo, show_pagetypeinfo,
					   show_iomem, show_extfrag_index };
	struct churn c = { .m = space_boot(MiB(256), 2) };
	pthread_t thread;

	ck_assert(vmalloc(c.m, PAGE_SIZE, "stays"));
	ck_assert_int_eq(pthread_create(&thread, NULL, churn, &c), 0);
	for (unsigned i = 0; i < 100; i++) {
		g_autoptr(GArray) lines = dump_all(c.m);

		g_bytes_unref(others[i % G_N_ELEMENTS(others)](c.m));
		ck_assert_range(lines, VMALLOC_START, VMALLOC_START, PAGE_SIZE, PLAIN_RW,
				PG_LEVEL_PTE);
	}
	c.stop = true;
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	space_check(c.m);
	space_end(c.m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ptdump");
	TCase *t = tcase_create("form");

	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_test(t, recording_has_this_form);
	tcase_add_test(t, markers_are_linux);
	tcase_add_test(t, golden);
	tcase_add_test(t, flags_and_columns);
	tcase_add_test(t, pat_column);
	suite_add_tcase(s, t);

	t = tcase_create("runs");
	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_test(t, what_ends_a_run);
	tcase_add_test(t, ends_of_the_space);
	tcase_add_test(t, marker_in_a_large_leaf);
	tcase_add_test(t, espfix_is_cut);
	tcase_add_test(t, true_of_every_page);
	suite_add_tcase(s, t);

	t = tcase_create("anything");
	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_test(t, bad_upper_entries);
	tcase_add_test(t, large_pgd_entry);
	tcase_add_test(t, recursive_slot);
	tcase_add_test(t, all_slots_recursive);
	tcase_add_test(t, all_slots_one_ragged_table);
	tcase_add_test(t, twin_tables);
	tcase_add_test(t, noise);
	tcase_add_test(t, while_areas_change);
	suite_add_tcase(s, t);

	return unit_main(s);
}
