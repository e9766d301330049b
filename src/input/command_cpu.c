/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the commands cpu, remap and unmap, taken apart: what processors do, and the
 * maps of users that they do it in.
 */
#include <string.h>

#include "input/command_words.h"

static int next_address(struct line_cursor *cur, uint64_t *ret)
{
	return must_have(cur, next_number(cur, ADDRESS, ret), "an address is missing");
}

/* "00ff41": bytes in the order in which they are in memory, put where the word was. */
static int parse_hex(struct line_cursor *cur, struct command *c)
{
	struct line_word w;
	int err = must_have(cur, split_word(cur, &w), "bytes in hexadecimal are missing");

	if (err)
		return err;
	if (w.len % 2 || w.len / 2 > CPU_BYTES_MAX)
		return fail(cur, "not two digits for each of up to 4096 bytes");
	for (size_t i = 0; i < w.len; i++)
		if (hex_digit(w.start[i]) > 15)
			return fail(cur, "not bytes in hexadecimal");
	for (size_t i = 0; i < w.len; i += 2)
		w.start[i / 2] = (char)(hex_digit(w.start[i]) << 4 | hex_digit(w.start[i + 1]));
	c->bytes = (unsigned char *)w.start;
	c->size = w.len / 2;
	return 0;
}

static int parse_load(struct line_cursor *cur, struct command *c)
{
	int found;

	c->size = 8;
	found = next_number(cur, SIZE, &c->size);
	if (found < 0)
		return found;
	return c->size && c->size <= CPU_BYTES_MAX ? 0 : fail(cur, "not from 1 to 4096 bytes");
}

static int parse_cr3(struct line_cursor *cur, struct command *c)
{
	struct line_word w;
	int err = must_have(cur, split_word(cur, &w), "the ID of a map or kernel is missing");

	if (err || !strcmp(w.start, "kernel"))
		return err;
	err = word_number(cur, &w, COUNT, &c->size);
	return !err && !c->size ? fail(cur, "no map has the ID 0") : err;
}

/* What comes after the word, and after the address if it has one. */
static int parse_verb(struct line_cursor *cur, struct command *c, const char *word)
{
	int found;

	if (!strcmp(word, "cr3")) {
		c->verb = CPU_CR3;
		return parse_cr3(cur, c);
	}
	if (!strcmp(word, "flush")) {
		found = next_number(cur, ADDRESS, &c->addr);
		c->verb = found > 0 ? CPU_FLUSH_PAGE : CPU_FLUSH;
		return found < 0 ? found : 0;
	}
	if (!strcmp(word, "load")) {
		c->verb = CPU_LOAD;
		found = next_address(cur, &c->addr);
		return found ? found : parse_load(cur, c);
	}
	if (!strcmp(word, "store")) {
		c->verb = CPU_STORE;
		found = next_address(cur, &c->addr);
		return found ? found : parse_hex(cur, c);
	}
	if (!strcmp(word, "exec")) {
		c->verb = CPU_EXEC;
		return next_address(cur, &c->addr);
	}
	if (!strcmp(word, "age")) {
		c->verb = CPU_AGE;
		found = next_address(cur, &c->addr);
		return found ? found
			     : must_have(cur, next_number(cur, SIZE, &c->size),
					 "a length is missing");
	}
	return fail(cur, "not load, store, exec, flush, age or cr3");
}

int command_parse_cpu(struct line_cursor *cur, struct command *c)
{
	struct line_word w;
	int err = must_have(cur, next_number(cur, COUNT, &c->cpu),
			    "the number of a processor is missing");

	if (!err)
		err = must_have(cur, split_word(cur, &w), "what it shall do is missing");
	if (!err)
		err = parse_verb(cur, c, w.start);
	return err ? err : no_more(cur);
}

int command_parse_remap(struct line_cursor *cur, struct command *c)
{
	struct line_word w;
	int err = must_have(cur, split_word(cur, &w), "a name or an address is missing");

	if (err)
		return err;
	err = is_address(w.start) ? word_number(cur, &w, ADDRESS, &c->addr)
				  : to_name(cur, &w, &c->name);
	if (!err)
		err = must_have(cur, next_number(cur, COUNT, &c->pgoff), "a page is missing");
	if (!err)
		err = must_have(cur, next_number(cur, COUNT, &c->size),
				"the number of pages is missing");
	return err ? err : no_more(cur);
}

int command_parse_unmap(struct line_cursor *cur, struct command *c)
{
	int err = must_have(cur, next_number(cur, COUNT, &c->size), "the ID of a map is missing");

	return err ? err : no_more(cur);
}
