/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of a terminal: text that never gets wider than it may, whatever is put
 * on it.  What does not fit is left out.
 *
 * A glyph is one column wide.  Each has two forms, for a terminal that knows
 * UTF-8 and for one that knows ASCII alone.
 */
#ifndef SHOW_CANVAS_H
#define SHOW_CANVAS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct canvas {
	GString *out;
	unsigned width;
	bool ascii;
	unsigned column; /* columns that the line has so far */
};

struct glyph {
	gunichar utf8;
	char ascii;
};

/* One of its two forms. */
static inline gunichar canvas_glyph(const struct canvas *c, struct glyph g)
{
	return c->ascii ? (gunichar)g.ascii : g.utf8;
}

/* A character as the line can hold it: "?" for one without a width of its own. */
gunichar canvas_char(const struct canvas *c, gunichar ch);

/* The next character at *p, before `end`; moves *p past it. '?' for a byte of invalid UTF-8. */
gunichar canvas_next(const struct canvas *c, const char **p, const char *end);

void canvas_put(struct canvas *c, gunichar ch);			/* any character, once */
void canvas_fill(struct canvas *c, struct glyph g, unsigned n); /* a glyph, n times */
void canvas_text(struct canvas *c, const char *s, size_t len);	/* bytes of any kind */
void canvas_printf(struct canvas *c, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* Blanks up to a column. */
void canvas_tab(struct canvas *c, unsigned column);

/* Ends the line.  Blanks at its end go. */
void canvas_newline(struct canvas *c);

/*
 * A piece of a sentence: goes to the next line, `indent` columns in, where the
 * rest of this one is too short for it and the two blanks before it.
 */
void canvas_item(struct canvas *c, unsigned indent, const char *fmt, ...) G_GNUC_PRINTF(3, 4);

/* Words with a blank between each two, on as many lines as they need; ends the last one. */
void canvas_words(struct canvas *c, const char *s);

/* A bar of n cells, `part` of `whole` of it full, and at least a bit if part is not 0. */
void canvas_bar(struct canvas *c, unsigned n, uint64_t part, uint64_t whole);

/* A step of a column that is filled from below: 0 is empty, CANVAS_STEPS full. */
#define CANVAS_STEPS 8
gunichar canvas_step(const struct canvas *c, unsigned step);

#endif
