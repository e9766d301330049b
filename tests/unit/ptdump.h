/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listing of page tables taken apart: each line becomes a record, and must be
 * what Linux would have printed of it.
 */
#ifndef PTDUMP_H
#define PTDUMP_H

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

/* True if a column has one of its words or blanks. */
static inline bool column(const char *at, const char *word)
{
	return !strncmp(at, word, 4) || !strncmp(at, "    ", 4);
}

static inline void check_words(const char *words, enum pg_level level)
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
static inline void parse_range(const char *text, struct line *ret)
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

static inline struct line parse_line(const char *text)
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
static inline GArray *parse(const char *text)
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

static inline GArray *dump(struct machine *m)
{
	g_autofree char *text = text_of(show_ptdump, m);
	GArray *lines = parse(text);
	const struct line *first = &g_array_index(lines, struct line, 0);

	ck_assert_str_eq(first->name, "User Space");
	return lines;
}

/* All of the address space is there, nothing was skipped. */
static inline GArray *dump_all(struct machine *m)
{
	GArray *lines = dump(m);

	for (guint i = 0; i < lines->len; i++)
		ck_assert_int_ne(g_array_index(lines, struct line, i).kind, SKIPPED);
	ck_assert_uint_eq(g_array_index(lines, struct line, 1).start, 0);
	ck_assert_uint_eq(g_array_index(lines, struct line, lines->len - 1).end, 0);
	return lines;
}

/* The range that has an address. */
static inline struct line range_at(GArray *lines, vaddr_t addr)
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

static inline uint64_t skipped(GArray *lines)
{
	uint64_t n = 0;

	for (guint i = 0; i < lines->len; i++)
		n += g_array_index(lines, struct line, i).skipped;
	return n;
}

/* What translation says of a page is what its line says. */
static inline void check_page(struct machine *m, GArray *lines, vaddr_t addr)
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

#endif
