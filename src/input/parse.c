/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a line of a saved vmallocinfo: a cursor that moves over it.  Each
 * take_ function moves past what it recognises, or stays and returns false.
 */
#include "input/parse.h"

#include <inttypes.h>
#include <vmallocfs/vmalloc.h>

#define HASHED                                                                                     \
	"its addresses are hashed or hidden; record it again as root with kernel.kptr_restrict=1 " \
	"(needs CAP_SYSLOG), or on a kernel booted with no_hash_pointers"

struct cursor {
	const char *p;
	const char *end;
};

static bool take(struct cursor *c, const char *s, size_t len)
{
	if ((size_t)(c->end - c->p) < len || memcmp(c->p, s, len))
		return false;
	c->p += len;
	return true;
}

#define TAKE(c, literal) take((c), (literal), sizeof(literal) - 1)

static bool take_blanks(struct cursor *c)
{
	const char *from = c->p;

	while (c->p < c->end && *c->p == ' ')
		c->p++;
	return c->p > from;
}

/* At most 64 bits; the cursor stays when there is no digit or too many. */
static bool take_number(struct cursor *c, unsigned base, uint64_t *ret)
{
	const char *p = c->p;
	uint64_t v = 0;

	for (; p < c->end; p++) {
		int digit = g_ascii_xdigit_value(*p);

		if (digit < 0 || (unsigned)digit >= base)
			break;
		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)digit, &v))
			return false;
	}
	if (p == c->p)
		return false;
	c->p = p;
	*ret = v;
	return true;
}

static bool take_addr(struct cursor *c, uint64_t *ret)
{
	struct cursor start = *c;

	TAKE(c, "0x");
	if (take_number(c, 16, ret))
		return true;
	*c = start;
	return false;
}

/* The next word, without the blanks around it. Empty at the end of the line. */
static struct cursor take_word(struct cursor *c)
{
	struct cursor word;

	take_blanks(c);
	word.p = c->p;
	while (c->p < c->end && *c->p != ' ')
		c->p++;
	word.end = c->p;
	return word;
}

static bool word_is(struct cursor word, const char *s)
{
	return (size_t)(word.end - word.p) == strlen(s) && !memcmp(word.p, s, strlen(s));
}

/* A word of the line for a message: short, and safe to print. */
static char *quoted(struct cursor word)
{
	size_t len = (size_t)(word.end - word.p);
	g_autofree char *copy = g_strndup(word.p, MIN(len, 40));
	g_autofree char *printable = g_strescape(copy, NULL);

	return g_strdup_printf("'%s%s'", printable, len > 40 ? "..." : "");
}

/* Nothing but a text has come out of a kernel. */
static char *check_text(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c < ' ' || c == 0x7f)
			return g_strdup_printf("byte 0x%02x in column %zu: this is no text", c,
					       i + 1);
	}
	return NULL;
}

/*
 * "(____ptrval____)" and "(ptrval)" stood for an address before the kernel had
 * random numbers to hash with, "(null)" for one that it would not tell.
 */
static bool has_placeholder(struct cursor c)
{
	TAKE(&c, "0x");
	take_blanks(&c);
	return TAKE(&c, "(____ptrval____)") || TAKE(&c, "(ptrval)") || TAKE(&c, "(null)");
}

/*
 * True if a range looks like two hash values: those have 32 bits, end anywhere
 * in a page, and have nothing to do with the size.  A kernel that hides its
 * addresses altogether prints zeros.
 */
static bool looks_hashed(vaddr_t start, vaddr_t end, uint64_t size)
{
	if (start >> 32 || end >> 32)
		return false;
	return (!start && !end) || (start | end) & ~PAGE_MASK || end - start != size;
}

/* START-END SIZE. */
static char *parse_range(struct cursor *c, struct saved_line *ret)
{
	vaddr_t start, end;

	if (has_placeholder(*c))
		return g_strdup(HASHED);
	if (!take_addr(c, &start) || !TAKE(c, "-") || !take_addr(c, &end) || !take_blanks(c))
		return g_strdup("does not begin with START-END SIZE; is it cut off, or no "
				"vmallocinfo?");
	if (!take_number(c, 10, &ret->size) || (c->p < c->end && *c->p != ' '))
		return g_strdup("no size after the addresses; is the line cut off?");

	if (looks_hashed(start, end, ret->size))
		return g_strdup(HASHED);
	if ((start | end) & ~PAGE_MASK)
		return g_strdup("the addresses are not page-aligned");
	if (end <= start && end) /* an area may end at 2^64 */
		return g_strdup("the range is empty or reversed: its end is not above its start");
	if (end - start != ret->size)
		return g_strdup_printf("the size is %" PRIu64 ", but the addresses are %" PRIu64
				       " apart",
				       ret->size, end - start);
	if (start >> 47 != 0x1ffff)
		return g_strdup("not a kernel address of x86-64 with four-level page tables; "
				"record on such a kernel (boot with no5lvl)");
	ret->addr = start;
	return NULL;
}

/* symbol+0xoffset/0xlength, or an address where the kernel knew no symbol. */
static bool is_caller(struct cursor word)
{
	struct cursor c = word;
	uint64_t v;

	if (take_addr(&c, &v) && c.p == c.end)
		return c.p - word.p >= 8; /* else it could be a word of hex digits */
	for (c.p = word.end; c.p > word.p; c.p--) {
		struct cursor offset = { c.p - 1, word.end };

		if (*offset.p != '+')
			continue;
		return offset.p > word.p && TAKE(&offset, "+0x") && take_number(&offset, 16, &v) &&
		       TAKE(&offset, "/0x") && take_number(&offset, 16, &v) &&
		       offset.p == offset.end;
	}
	return false;
}

static void take_caller(struct cursor *c, struct saved_line *ret)
{
	struct cursor next = *c;
	struct cursor word = take_word(&next);

	if (!is_caller(word))
		return;
	ret->caller = word.p;
	ret->caller_len = (size_t)(word.end - word.p);
	*c = next;

	word = take_word(&next);
	if (word.end - word.p > 2 && *word.p == '[' && word.end[-1] == ']') {
		ret->caller_len = (size_t)(word.end - ret->caller);
		*c = next;
	}
}

static char *bad_word(struct cursor word, const char *what)
{
	g_autofree char *q = quoted(word);

	return g_strdup_printf("%s %s", what, q);
}

/* Which fields a line had so far. */
struct seen {
	bool pages;
	bool phys;
	uint64_t node_sum;
};

static char *parse_node(struct cursor word, unsigned nr_nodes, struct saved_line *ret,
			struct seen *seen)
{
	struct cursor c = word;
	uint64_t node, n;

	c.p++;
	if (!take_number(&c, 10, &node) || !TAKE(&c, "=") || !take_number(&c, 10, &n) ||
	    c.p != c.end || node >= UINT16_MAX)
		return bad_word(word, "cannot read");
	if (node < ret->nodes)
		return bad_word(word, "out of order or twice:");
	if (__builtin_add_overflow(seen->node_sum, n, &seen->node_sum))
		return bad_word(word, "too large:");
	ret->nodes = (unsigned)node + 1;
	ret->node_pages[node % nr_nodes] += n;
	return NULL;
}

static char *parse_field(struct cursor word, unsigned nr_nodes, struct saved_line *ret,
			 struct seen *seen)
{
	struct cursor c = word;

	for (const struct vm_flag_word *w = vm_flag_words; w < vm_flag_words + NR_VM_FLAG_WORDS;
	     w++) {
		if (!word_is(word, w->word))
			continue;
		if (ret->flags & w->flag)
			return bad_word(word, "twice:");
		ret->flags |= w->flag;
		return NULL;
	}
	if (TAKE(&c, "pages=")) {
		if (seen->pages)
			return bad_word(word, "twice:");
		seen->pages = true;
		if (take_number(&c, 10, &ret->nr_pages) && c.p == c.end)
			return NULL;
	} else if (TAKE(&c, "phys=")) {
		if (seen->phys)
			return bad_word(word, "twice:");
		seen->phys = true;
		if (take_addr(&c, &ret->phys_addr) && c.p == c.end)
			return NULL;
	} else if (c.end - c.p >= 2 && *c.p == 'N' && g_ascii_isdigit(c.p[1])) {
		return parse_node(word, nr_nodes, ret, seen);
	} else {
		return bad_word(word, "does not belong in a vmallocinfo:");
	}
	return bad_word(word, "cannot read");
}

/* What the fields say together. */
static char *check_fields(struct saved_line *ret, const struct seen *seen)
{
	if (ret->nr_pages > ret->size >> PAGE_SHIFT)
		return g_strdup_printf("%" PRIu64 " pages do not fit into %" PRIu64 " bytes",
				       ret->nr_pages, ret->size);
	if (ret->nodes && seen->node_sum != ret->nr_pages)
		return g_strdup_printf("its nodes have %" PRIu64 " pages, but pages= says %" PRIu64,
				       seen->node_sum, ret->nr_pages);
	if (ret->nr_pages && ret->flags & VM_IOREMAP)
		return g_strdup("an ioremap has no pages of its own");
	if (ret->nr_pages == ret->size >> PAGE_SHIFT)
		ret->flags |= VM_NO_GUARD;
	return NULL;
}

/* The two short forms, which say what is no area. */
static bool take_no_area(struct cursor *c, struct saved_line *ret)
{
	struct cursor next = *c;
	struct cursor word = take_word(&next);

	if (word_is(word, "vm_map_ram")) {
		ret->kind = SAVED_VM_MAP_RAM;
	} else if (word_is(word, "unpurged") && word_is(take_word(&next), "vm_area")) {
		ret->kind = SAVED_UNPURGED;
	} else {
		return false;
	}
	*c = next;
	return true;
}

char *saved_line_parse(const char *line, size_t len, unsigned nr_nodes, struct saved_line *ret)
{
	struct cursor c = { line, line + len };
	struct seen seen = { 0 };
	struct cursor word;
	char *error;

	*ret = (struct saved_line){ .kind = SAVED_AREA };
	if ((error = check_text(line, len)) || (error = parse_range(&c, ret)))
		return error;

	if (take_no_area(&c, ret)) {
		word = take_word(&c);
		return word.p == word.end ? NULL
					  : bad_word(word, "does not belong in a vmallocinfo:");
	}
	take_caller(&c, ret);
	for (word = take_word(&c); word.p < word.end; word = take_word(&c)) {
		error = parse_field(word, nr_nodes, ret, &seen);
		if (error)
			return error;
	}
	return check_fields(ret, &seen);
}
