/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of ctl and of recordings, taken apart: a table of the commands, and a function
 * for the words of each.
 */
#include <string.h>

#include "input/command_words.h"

typedef int parse_fn(struct line_cursor *cur, struct command *c);

struct command_row {
	const char *word;
	size_t len;
	enum command_type type;
	parse_fn *parse;
	const char *usage; /* the whole line */
	const char *does;
};

static int name_and_size(struct line_cursor *cur, struct command *c)
{
	int err = next_name(cur, &c->name);

	if (!err)
		err = next_number(cur, SIZE, &c->size);
	if (err <= 0)
		return err ? err : fail(cur, "a size is missing");
	return 0;
}

static int parse_name_size(struct line_cursor *cur, struct command *c)
{
	int err = name_and_size(cur, c);

	return err ? err : no_more(cur);
}

static int parse_name(struct line_cursor *cur, struct command *c)
{
	int err = next_name(cur, &c->name);

	return err ? err : no_more(cur);
}

static int parse_vfree(struct line_cursor *cur, struct command *c)
{
	struct line_word w;
	int err = split_word(cur, &w);

	if (err <= 0)
		return err ? err : fail(cur, "a name or an address is missing");
	if (is_address(w.start))
		err = word_number(cur, &w, ADDRESS, &c->addr);
	else
		err = to_name(cur, &w, &c->name);
	return err ? err : no_more(cur);
}

/* One more number is ALIGN, two are START and END, three are all of them. */
static int parse_get_vm_area(struct line_cursor *cur, struct command *c)
{
	struct line_word w[3];
	int n = 0;
	int err = name_and_size(cur, c);

	while (!err && n < 3) {
		err = split_word(cur, &w[n]);
		if (err <= 0)
			break;
		n++;
		err = 0;
	}
	if (!err && n == 3)
		err = no_more(cur);
	if (!err && (n & 1))
		err = word_number(cur, &w[0], SIZE, &c->align);
	if (!err && (c->align & (c->align - 1)))
		err = fail(cur, "an alignment that is not a power of two");
	if (!err && n >= 2) {
		c->has_window = true;
		err = word_number(cur, &w[n - 2], ADDRESS, &c->start);
		if (!err)
			err = word_number(cur, &w[n - 1], ADDRESS, &c->end);
	}
	if (err)
		return err;
	return c->start > c->end ? fail(cur, "a window that ends before its start") : 0;
}

static int parse_vmap(struct line_cursor *cur, struct command *c)
{
	int err = next_name(cur, &c->name);
	char *p;

	if (err)
		return err;
	p = cur->at;
	while (class[(unsigned char)*p] == BLANK)
		p++;
	/* The sources are read later, up to the first NUL. */
	if (memchr(p, '\0', (size_t)(cur->end - p)))
		return fail(cur, "a NUL byte in the line");
	if (p == cur->end)
		return fail(cur, "a file to map is missing");
	c->rest = p;
	c->rest_end = cur->end;
	return 0;
}

static int parse_alloc(struct line_cursor *cur, struct command *c)
{
	int err = name_and_size(cur, c);

	if (!err)
		err = next_number(cur, COUNT, &c->addr);
	if (err < 0)
		return err;
	c->has_offset = err;
	return no_more(cur);
}

static int parse_on(struct line_cursor *cur, struct command *c)
{
	int err = next_number(cur, COUNT, &c->size);

	if (err <= 0)
		return err ? err : fail(cur, "the number of a processor is missing");
	return no_more(cur);
}

/* "2" or "0.25": decimal digits, and perhaps a fraction, which counts to the nanosecond. */
static int parse_sleep(struct line_cursor *cur, struct command *c)
{
	struct line_word w;
	int err = must_have(cur, split_word(cur, &w), "a number of seconds is missing");
	uint64_t unit = COMMAND_SECOND;
	bool fraction = false;
	size_t digits = 0;

	if (err)
		return err;
	for (const char *p = w.start; *p; p++) {
		if (*p == '.' && !fraction) {
			fraction = true;
			continue;
		}
		if (*p < '0' || *p > '9')
			return fail(cur, "not a number of seconds");
		digits++;
		unit /= fraction ? 10 : 1;
		if (fraction)
			c->size += unit * (uint64_t)(*p - '0');
		else
			c->size = 10 * c->size + COMMAND_SECOND * (uint64_t)(*p - '0');
		if (c->size > COMMAND_SLEEP_MAX)
			return fail(cur, "more than 60 seconds");
	}
	return digits ? no_more(cur) : fail(cur, "not a number of seconds");
}

/* The rest of the line as it is, without the blanks around it. */
static int parse_say(struct line_cursor *cur, struct command *c)
{
	char *p = cur->at;
	char *end = cur->end;

	while (class[(unsigned char)*p] == BLANK)
		p++;
	while (end > p && class[(unsigned char)end[-1]] == BLANK)
		end--;
	*end = '\0';
	if (memchr(p, '\0', (size_t)(end - p)))
		return fail(cur, "a NUL byte in the line");
	if (p == end)
		return fail(cur, "what to say is missing");
	if (end - p > COMMAND_SAY_MAX)
		return fail(cur, "a text of more than 200 bytes");
	c->text = p;
	return 0;
}

static int parse_nothing(struct line_cursor *cur, struct command *c)
{
	(void)c;
	return no_more(cur);
}

#define COMMAND(word, args, type, parse, does)                                                     \
	{                                                                                          \
		word, sizeof(word) - 1, type, parse, word args, does                               \
	}

static const struct command_row commands[] = {
	COMMAND("vmalloc", " NAME SIZE", COMMAND_VMALLOC, parse_name_size,
		"allocate an area, as a new file"),
	COMMAND("vfree", " NAME|ADDR", COMMAND_VFREE, parse_vfree,
		"remove a file, or free the area at an address"),
	COMMAND("alloc", " NAME SIZE [OFFSET]", COMMAND_ALLOC, parse_alloc,
		"get_vm_area, and where a recording says that it went"),
	COMMAND("free", " NAME", COMMAND_FREE, parse_name, "vfree, in recordings"),
	COMMAND("resize", " NAME SIZE", COMMAND_RESIZE, parse_name_size,
		"change the size of a file"),
	COMMAND("get_vm_area", " NAME SIZE [ALIGN] [START END]", COMMAND_GET_VM_AREA,
		parse_get_vm_area, "reserve addresses without mapping them"),
	COMMAND("ioremap", " NAME SIZE", COMMAND_IOREMAP, parse_name_size, "map device memory"),
	COMMAND("vmap", " NAME FROM[:PAGE-PAGE] ...", COMMAND_VMAP, parse_vmap,
		"map frames of other files a second time"),
	COMMAND("purge", "", COMMAND_PURGE, parse_nothing, "purge lazily freed ranges"),
	COMMAND("reset", "", COMMAND_RESET, parse_nothing, "remove all files"),
	COMMAND("policy", " NAME", COMMAND_POLICY, parse_name, "choose how places are found"),
	COMMAND("on", " CPU", COMMAND_ON, parse_on, "run the lines after it on a processor"),
	COMMAND("cpu", " CPU load|store|exec|flush|age|cr3 ...", COMMAND_CPU, command_parse_cpu,
		"let a processor access memory: see vmallocfs(1)"),
	COMMAND("remap", " NAME|ADDR PGOFF PAGES", COMMAND_REMAP, command_parse_remap,
		"map pages of an area for a user"),
	COMMAND("unmap", " ID", COMMAND_UNMAP, command_parse_unmap, "end such a map"),
	COMMAND("sleep", " SECONDS", COMMAND_SLEEP, parse_sleep,
		"wait before the next line: up to 60, or 0.5"),
	COMMAND("say", " TEXT", COMMAND_SAY, parse_say, "remember a text in the history"),
	COMMAND("help", "", COMMAND_HELP, parse_nothing, "list the commands: read ctl"),
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* NULL: there is no such command. */
static const struct command_row *find_command(const struct line_word *w)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (commands[i].len == w->len && !memcmp(commands[i].word, w->start, w->len))
			return &commands[i];
	return NULL;
}

/* Parses what comes after blanks; cur->wrong is the word that is wrong. */
static int parse_line(struct line_cursor *cur, struct command *ret)
{
	const struct command_row *row;
	struct line_word w;
	int err = split_word(cur, &w);

	if (err <= 0)
		return err;
	row = find_command(&w);
	if (!row)
		return fail(cur, "not a command");
	ret->type = row->type;
	return row->parse(cur, ret);
}

int command_parse(char *line, size_t len, struct command *ret, const char **why)
{
	struct line_cursor cur = { .at = line, .end = line + len, .why = why };
	int err;

	*ret = (struct command){ .type = COMMAND_NONE };
	line[len] = '\0';
	while (class[(unsigned char)*cur.at] == BLANK)
		cur.at++;
	if (*cur.at == '#')
		return 0;
	err = parse_line(&cur, ret);
	if (err) {
		ret->wrong = cur.wrong;
		ret->wrong_len = cur.wrong ? cur.wrong_len : 0;
	}
	return err;
}

int command_next_source(struct command *c, struct command_source *ret, const char **why)
{
	struct line_cursor cur = { .at = c->rest, .end = c->rest_end, .why = why };
	const char *p;
	char *colon;
	struct line_word w;
	int err = split_word(&cur, &w);

	if (err <= 0)
		return err;
	c->rest = cur.at;
	ret->first = 0;
	ret->last = UINT64_MAX;
	colon = strrchr(w.start, ':');
	if (colon && colon[1] >= '0' && colon[1] <= '9') {
		*colon = '\0';
		p = colon + 1;
		err = to_number(&cur, &p, &ret->first);
		if (!err && *p++ != '-')
			err = fail(&cur, "pages are not given as FIRST-LAST");
		if (!err)
			err = to_number(&cur, &p, &ret->last);
		if (!err && *p)
			err = fail(&cur, "pages are not given as FIRST-LAST");
		if (!err && ret->first > ret->last)
			err = fail(&cur, "pages whose last comes before the first");
		if (!err && colon == w.start)
			err = fail(&cur, "a name is missing");
		if (err)
			return err;
	}
	err = to_name(&cur, &w, &ret->name);
	return err ? err : 1;
}

const char *command_list(size_t n, const char **does)
{
	if (n >= NR_COMMANDS)
		return NULL;
	*does = commands[n].does;
	return commands[n].usage;
}

static const struct command_row *command_row_of(enum command_type type)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (commands[i].type == type)
			return &commands[i];
	return NULL;
}

const char *command_usage(enum command_type type)
{
	const struct command_row *row = command_row_of(type);

	return row ? row->usage : NULL;
}

const char *command_word(enum command_type type)
{
	const struct command_row *row = command_row_of(type);

	return row ? row->word : "";
}
