/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of ctl and of recordings, taken apart.
 *
 *	"vmalloc my\040file 64K"	what came
 *	 vmalloc0my file00064K0		NULs after words, names unescaped in place
 *	         ^name    size = 65536
 *
 * A cursor goes over the line once.  A table gives the class of each byte; the
 * classes of a word's bytes, or'ed, tell whether the word has escapes and needs a
 * second pass.
 */
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

typedef int parse_fn(struct line_cursor *cur, struct command *c);

struct command_row {
	const char *word;
	size_t len;
	enum command_type type;
	parse_fn *parse;
	const char *usage; /* the whole line */
	const char *does;
};

static int fail(struct line_cursor *cur, const char *why)
{
	*cur->why = why;
	return -EINVAL;
}

/* If something is wrong it is this word. */
static void blame(struct line_cursor *cur, const struct line_word *w)
{
	cur->wrong = w->start;
	cur->wrong_len = w->len;
}

/* 1 and the next word; 0 at the end of the line; -EINVAL. */
static int split_word(struct line_cursor *cur, struct line_word *ret)
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

static int no_more(struct line_cursor *cur)
{
	struct line_word w;
	int err = split_word(cur, &w);

	return err > 0 ? fail(cur, "more words than the command takes") : err;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* An escape takes more room than the byte that it stands for. */
static int unescape_word(struct line_cursor *cur, char *s)
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

static int to_name(struct line_cursor *cur, const struct line_word *w, char **ret)
{
	*ret = w->start;
	return w->classes & ESCAPE ? unescape_word(cur, w->start) : 0;
}

static int next_name(struct line_cursor *cur, char **ret)
{
	struct line_word w;
	int err = split_word(cur, &w);

	if (err <= 0)
		return err ? err : fail(cur, "a name is missing");
	return to_name(cur, &w, ret);
}

/* Powers of 1024; 0 is no suffix. */
static const unsigned char suffix[256] = { ['K'] = 1, ['M'] = 2, ['G'] = 3, ['T'] = 4 };

static unsigned hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* Reads a number of at least one digit at *s, and moves *s past it. */
static int to_number(struct line_cursor *cur, const char **s, uint64_t *ret)
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
static int word_number(struct line_cursor *cur, const struct line_word *w, enum number_kind kind,
		       uint64_t *ret)
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

/* 1, 0 if there is none, -EINVAL. */
static int next_number(struct line_cursor *cur, enum number_kind kind, uint64_t *ret)
{
	struct line_word w;
	int err = split_word(cur, &w);

	if (err <= 0)
		return err;
	err = word_number(cur, &w, kind, ret);
	return err ? err : 1;
}

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

static bool is_address(const char *word)
{
	const char *end;
	uint64_t addr;

	if (word[0] == '0')
		return word[1] == 'x' || word[1] == 'X';
	end = negative_address(word, &addr);
	return end && !*end;
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

static int must_have(struct line_cursor *cur, int found, const char *why)
{
	return found > 0 ? 0 : found ? found : fail(cur, why);
}

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

static int parse_cpu(struct line_cursor *cur, struct command *c)
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

static int parse_remap(struct line_cursor *cur, struct command *c)
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

static int parse_unmap(struct line_cursor *cur, struct command *c)
{
	int err = must_have(cur, next_number(cur, COUNT, &c->size), "the ID of a map is missing");

	return err ? err : no_more(cur);
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
	COMMAND("cpu", " CPU load|store|exec|flush|age|cr3 ...", COMMAND_CPU, parse_cpu,
		"let a processor access memory: see vmallocfs(1)"),
	COMMAND("remap", " NAME|ADDR PGOFF PAGES", COMMAND_REMAP, parse_remap,
		"map pages of an area for a user"),
	COMMAND("unmap", " ID", COMMAND_UNMAP, parse_unmap, "end such a map"),
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
