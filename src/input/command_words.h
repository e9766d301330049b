/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a command line, for command.c and command_cpu.c.
 *
 *	"vmalloc my\040file 64K"	what came
 *	 vmalloc0my file00064K0		NULs after words, names unescaped in place
 *	         ^name    size = 65536
 *
 * A cursor goes over the line once.  A table gives the class of each byte; the
 * classes of a word's bytes, or'ed, tell whether the word has escapes and needs a
 * second pass.
 *
 * Functions return 0, or -EINVAL after fail(); next_ functions of what may be missing
 * return 1 if it is there.  All are defined here, so that the compiler can inline them:
 * programs read recordings of millions of lines.
 */
#ifndef INPUT_COMMAND_WORDS_H
#define INPUT_COMMAND_WORDS_H

#include <errno.h>
#include <string.h>

#include "input/command.h"
#include "input/size.h"

enum {
	PLAIN = 0,
	BLANK = 1,  /* ends a word */
	NUL = 2,    /* ends a word: the line's end, or junk */
	ESCAPE = 4, /* a backslash */
	CONTROL = 8,
};

static const unsigned char class[256] = {
	[0] = NUL,     [1 ... 8] = CONTROL, ['\t'] = BLANK,  [10 ... 31] = CONTROL,
	[' '] = BLANK, ['\\'] = ESCAPE,	    [127] = CONTROL,
};

/* The rest of the line. */
struct line_cursor {
	char *at;
	char *end; /* a NUL */
	const char **why;
	const char *wrong; /* the word looked at last; NULL: the line has ended */
	size_t wrong_len;
};

/* What a number stands for: only a size has a suffix, only an address a sign. */
enum number_kind {
	COUNT,
	SIZE,
	ADDRESS,
};

struct line_word {
	char *start; /* NUL-terminated */
	size_t len;
	unsigned classes;
};

static inline int fail(struct line_cursor *cur, const char *why)
{
	*cur->why = why;
	return -EINVAL;
}

/* If something is wrong it is this word. */
static inline void blame(struct line_cursor *cur, const struct line_word *w)
{
	cur->wrong = w->start;
	cur->wrong_len = w->len;
}

/* 1 and the next word; 0 at the end of the line; -EINVAL. */
static inline int split_word(struct line_cursor *cur, struct line_word *ret)
{
	char *p = cur->at;
	unsigned seen = 0;

	while (class[(unsigned char)*p] == BLANK)
		p++;
	cur->wrong = NULL;
	if (p == cur->end) {
		cur->at = p;
		return 0;
	}
	ret->start = p;
	for (;; p++) {
		unsigned cl = class[(unsigned char)*p];

		if (cl & (BLANK | NUL))
			break;
		seen |= cl;
	}
	ret->len = (size_t)(p - ret->start);
	ret->classes = seen;
	blame(cur, ret);
	if (!*p && p != cur->end)
		return fail(cur, "a NUL byte in the line");
	if (seen & CONTROL)
		return fail(cur, "a control character; write it as \\ooo");
	if (p != cur->end)
		*p++ = '\0';
	cur->at = p;
	return 1;
}

static inline int no_more(struct line_cursor *cur)
{
	struct line_word w;
	int err = split_word(cur, &w);

	return err > 0 ? fail(cur, "more words than the command takes") : err;
}

static inline bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* An escape takes more room than the byte that it stands for. */
static inline int unescape_word(struct line_cursor *cur, char *s)
{
	char *out = strchr(s, '\\');

	for (char *in = out; *in; in++) {
		unsigned byte;

		if (*in != '\\') {
			*out++ = *in;
			continue;
		}
		if (!is_octal(in[1]) || !is_octal(in[2]) || !is_octal(in[3]))
			return fail(cur, "a backslash without three octal digits");
		byte = (unsigned)(in[1] - '0') << 6 | (unsigned)(in[2] - '0') << 3 |
		       (unsigned)(in[3] - '0');
		if (!byte || byte > 255)
			return fail(cur, "an escape that is not a byte of a name");
		*out++ = (char)byte;
		in += 3;
	}
	*out = '\0';
	return 0;
}

static inline int to_name(struct line_cursor *cur, const struct line_word *w, char **ret)
{
	*ret = w->start;
	return w->classes & ESCAPE ? unescape_word(cur, w->start) : 0;
}

static inline int next_name(struct line_cursor *cur, char **ret)
{
	struct line_word w;
	int err = split_word(cur, &w);

	if (err <= 0)
		return err ? err : fail(cur, "a name is missing");
	return to_name(cur, &w, ret);
}

/* Powers of 1024; 0 is no suffix. */
static const unsigned char suffix[256] = { ['K'] = 1, ['M'] = 2, ['G'] = 3, ['T'] = 4 };

static inline unsigned hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* Reads a number of at least one digit at *s, and moves *s past it. */
static inline int to_number(struct line_cursor *cur, const char **s, uint64_t *ret)
{
	const char *p = *s;
	const char *start = p;
	uint64_t value = 0;
	unsigned base = 10;

	if (*p == '0') {
		base = 8;
		if (p[1] == 'x' || p[1] == 'X') {
			base = 16;
			start = p += 2;
		}
	}
	for (; hex_digit(*p) < base; p++) {
		unsigned d = hex_digit(*p);

		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, d, &value))
			return fail(cur, "a number of more than 64 bits");
	}
	if (p == start)
		return fail(cur, "not a number");
	*s = p;
	*ret = value;
	return 0;
}

/* A whole word that is a number, with a suffix if it may have one. */
static inline int word_number(struct line_cursor *cur, const struct line_word *w,
			      enum number_kind kind, uint64_t *ret)
{
	const char *p = w->start;
	int err;

	blame(cur, w);
	if (kind == ADDRESS && *p == '-') {
		p = negative_address(p, ret);
		return p && !*p ? 0 : fail(cur, "not a number");
	}
	err = to_number(cur, &p, ret);
	if (err)
		return err;
	if (kind == SIZE && suffix[(unsigned char)*p]) {
		unsigned shift = 10 * suffix[(unsigned char)*p++];

		if (*ret > UINT64_MAX >> shift)
			return fail(cur, "a number of more than 64 bits");
		*ret <<= shift;
	}
	return *p ? fail(cur, "not a number") : 0;
}

/* 1 and the next number; 0 at the end of the line; -EINVAL. */
static inline int next_number(struct line_cursor *cur, enum number_kind kind, uint64_t *ret)
{
	struct line_word w;
	int err = split_word(cur, &w);

	if (err <= 0)
		return err;
	err = word_number(cur, &w, kind, ret);
	return err ? err : 1;
}

static inline bool is_address(const char *word)
{
	const char *end;
	uint64_t addr;

	if (word[0] == '0')
		return word[1] == 'x' || word[1] == 'X';
	end = negative_address(word, &addr);
	return end && !*end;
}

static inline int must_have(struct line_cursor *cur, int found, const char *why)
{
	return found > 0 ? 0 : found ? found : fail(cur, why);
}

/* command_cpu.c: the commands of processors and of user maps. */
int command_parse_cpu(struct line_cursor *cur, struct command *c);
int command_parse_remap(struct line_cursor *cur, struct command *c);
int command_parse_unmap(struct line_cursor *cur, struct command *c);

#endif
