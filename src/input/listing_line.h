/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a listing's line: ranges, and the words after them.
 */
#ifndef INPUT_LISTING_LINE_H
#define INPUT_LISTING_LINE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum range_state {
	RANGE_NONE,
	RANGE_OPEN,   /* START- or START-END ends the text: the rest may be on the next line */
	RANGE_HIDDEN, /* START-END SIZE, but the addresses are placeholders */
	RANGE_GOOD,
};

struct listing_range {
	enum range_state state;
	uint64_t start; /* RANGE_GOOD alone */
	uint64_t size;
	const char *begin; /* where it stands in the text */
	const char *tail;  /* what follows the size */
};

/* The words after a range. The strings are parts of the text. */
struct listing_tail {
	const char *caller, *module; /* NULL: none */
	size_t caller_len, module_len;
	uint64_t pages, phys;
	unsigned flags; /* VM_ flags of known words */
	bool has_pages, has_phys;
	bool map_ram, unpurged;
};

/*
 * Makes a line plain, in place.  Tabs, no-break spaces and control characters
 * become blanks, and dashes become '-'.  Sequences that colour a terminal are
 * removed, and so are NUL bytes, which leaves the ASCII of a text in UTF-16.
 * Returns the new length.
 */
size_t listing_clean(char *text, size_t len);

/*
 * Undoes, in place, what web pages and JSON do to a text: "&gt;" becomes '>', tags such
 * as <span> go, and where they or "\n" end a line there is a carriage return.  The
 * symbols that gdb prints in <> are kept.  Returns the new length.
 */
size_t listing_unmark(char *text, size_t len);

/* Skips blanks and the prefixes of mail programs and logs. */
const char *listing_skip_prefix(const char *text, const char *end);

/* The first good range, else the first hidden one, else an open one. */
void listing_find_range(const char *text, const char *end, struct listing_range *ret);

/*
 * Parses the words after a range.  `words` is set to those that are not fields,
 * joined by blanks; counts of nodes are appended to `nodes`.
 */
void listing_parse_tail(const char *tail, const char *end, struct listing_tail *ret, GString *words,
			GArray *nodes);

/*
 * True if a line, without its prefix, continues a record that was wrapped: each of
 * its words may follow `record`, which is a range and the first part of its tail.
 */
bool listing_continues(const struct listing_range *record, const char *record_end, const char *line,
		       const char *end);

/* Reads a number in base 10 or 16 of at most 64 bits: the place after it, or NULL. */
const char *listing_number(const char *p, const char *end, unsigned base, uint64_t *ret);

/* An address with or without 0x. */
const char *listing_address(const char *p, const char *end, uint64_t *ret);

#endif
