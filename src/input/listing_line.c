/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges in a line of text, and the words after them.
 *
 * A range is looked for around each '-', so the text before it does not matter:
 * quotes, time stamps, a file name of grep, crash's columns.  The size shows that
 * it really is a range: END - START = SIZE.
 */
#include "input/listing_line.h"

#include <string.h>
#include <vmallocfs/vmalloc.h>

#include "input/listing.h"

#define MIN_DIGITS 8 /* of an address without 0x */

/* One more than the value of a digit, 0 for other bytes. A table, for speed. */
static const uint8_t digits[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* At least 16 if the byte is not a digit. */
static unsigned digit_value(char c)
{
	return digits[(unsigned char)c] - 1u;
}

static const char *take_hex(const char *p, const char *end, uint64_t *ret)
{
	const char *from = p;
	uint64_t v = 0;

	for (; p < end && digit_value(*p) < 16; p++) {
		if (v >> 60)
			return NULL;
		v = v << 4 | digit_value(*p);
	}
	*ret = v;
	return p > from ? p : NULL;
}

static const char *take_decimal(const char *p, const char *end, uint64_t *ret)
{
	const char *from = p;
	uint64_t v = 0;

	for (; p < end && digit_value(*p) < 10; p++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)digit_value(*p), &v))
			return NULL;
	*ret = v;
	return p > from ? p : NULL;
}

const char *listing_number(const char *p, const char *end, unsigned base, uint64_t *ret)
{
	return base == 16 ? take_hex(p, end, ret) : take_decimal(p, end, ret);
}

const char *listing_address(const char *p, const char *end, uint64_t *ret)
{
	if (end - p > 2 && p[0] == '0' && p[1] == 'x')
		p += 2;
	return listing_number(p, end, 16, ret);
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

/* What kernels print instead of a hidden address. */
static const char *const placeholders[] = { "(____ptrval____)", "(ptrval)", "(null)", "pK-error" };

/* One end of a range. */
struct address {
	uint64_t value;
	const char *begin, *end;
	unsigned digits; /* 0: a placeholder */
	bool has_0x;
};

static bool is_word_char(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* The address that ends before `at`. */
static bool address_before(const char *text, const char *at, struct address *ret)
{
	const char *p = at;

	while (p > text && p[-1] == ' ')
		p--;
	*ret = (struct address){ .end = p };
	for (size_t i = 0;
	     p > text && (p[-1] == ')' || p[-1] == 'r') && i < G_N_ELEMENTS(placeholders); i++) {
		size_t n = strlen(placeholders[i]);

		if ((size_t)(p - text) >= n && !memcmp(p - n, placeholders[i], n)) {
			ret->begin = p - n;
			return true;
		}
	}
	while (p > text && digit_value(p[-1]) < 16)
		p--;
	ret->digits = (unsigned)MIN(ret->end - p, 64);
	ret->has_0x = p - text >= 2 && p[-1] == 'x' && p[-2] == '0';
	if (!listing_number(p, ret->end, 16, &ret->value))
		return false;
	if (ret->has_0x)
		p -= 2;
	ret->begin = p;
	return (ret->has_0x || ret->digits >= MIN_DIGITS) && (p == text || !is_word_char(p[-1]));
}

/* The address that begins after `at`, with as many digits as the first one. */
static bool address_after(const char *at, const char *end, const struct address *first,
			  struct address *ret)
{
	const char *p = skip_blanks(at, end);

	*ret = (struct address){ .begin = p };
	ret->has_0x = end - p > 2 && p[0] == '0' && p[1] == 'x';
	if (ret->has_0x)
		p = skip_blanks(p + 2, end);
	for (size_t i = 0; p < end && (*p == '(' || *p == 'p') && i < G_N_ELEMENTS(placeholders);
	     i++) {
		size_t n = strlen(placeholders[i]);

		if ((size_t)(end - p) >= n && !memcmp(p, placeholders[i], n)) {
			ret->end = p + n;
			return true;
		}
	}
	/* Where the blank was lost, the digits of the size follow at once. */
	ret->end = p;
	while (ret->end < end && digit_value(*ret->end) < 16 &&
	       ((first->digits != 8 && first->digits != 16) || ret->digits < first->digits)) {
		ret->end++;
		ret->digits++;
	}
	return ret->digits && listing_number(p, ret->end, 16, &ret->value) &&
	       (ret->has_0x || ret->digits >= MIN_DIGITS);
}

/* True if the two addresses are `size` apart, and an area could be there. */
static bool is_range(const struct address *a, const struct address *b, uint64_t size)
{
	uint64_t start = a->value, end = b->value;

	if (!a->digits || !b->digits || start < PAGE_SIZE)
		return false;
	if (!end && !(start >> 32) && a->digits <= 8)
		end = UINT64_C(1) << 32; /* 32 bits do not show whether it is one */
	if ((start | size) & ~PAGE_MASK || !size || end - start != size)
		return false;
	/* No area has the last page of the address space. */
	return end > start && end <= -PAGE_SIZE;
}

/* A range around the '-' at `at`. */
static void range_at(const char *text, const char *end, const char *at, struct listing_range *ret)
{
	struct address a, b;
	const char *p, *tail;
	uint64_t size;

	ret->state = RANGE_NONE;
	if (!address_before(text, at, &a))
		return;
	ret->begin = a.begin;
	ret->tail = end;
	if (a.digits && skip_blanks(at + 1, end) == end) {
		ret->state = RANGE_OPEN;
		return;
	}
	if (!address_after(at + 1, end, &a, &b))
		return;
	p = skip_blanks(b.end, end);
	if (p == end && a.digits && b.digits) {
		ret->state = RANGE_OPEN;
		ret->tail = p;
		return;
	}
	tail = listing_number(p, end, 10, &size);
	if (!tail || (tail < end && is_word_char(*tail)))
		return;
	ret->tail = tail;
	ret->start = a.value;
	ret->size = size;
	if (is_range(&a, &b, size))
		ret->state = RANGE_GOOD;
	else if (((at == a.end && b.begin == at + 1) || !(a.value | b.value)) && p > b.end &&
		 !((a.value | b.value) >> 32))
		ret->state = RANGE_HIDDEN; /* a hash has 32 bits; anything longer is damaged */
}

void listing_find_range(const char *text, const char *end, struct listing_range *ret)
{
	struct listing_range r;

	ret->state = RANGE_NONE;
	for (const char *at = text; (at = memchr(at, '-', (size_t)(end - at))); at++) {
		range_at(text, end, at, &r);
		if (r.state > ret->state)
			*ret = r;
		if (r.state == RANGE_GOOD)
			return;
	}
}

struct word {
	const char *p;
	const char *end;
};

static const char *find(struct word w, const char *s)
{
	return memmem(w.p, (size_t)(w.end - w.p), s, strlen(s));
}

/* True if people begin a remark like this. A caller may begin with # as well. */
static bool is_remark(struct word w)
{
	static const char *const marks[] = { "//", "/*", "<-", "<=", "--" };

	if (*w.p == '#')
		return !find(w, "+0x");
	for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
		if (w.end - w.p >= 2 && !memcmp(w.p, marks[i], 2))
			return true;
	return false;
}

/* The next word. Empty at the end, and where a remark begins. */
static struct word next_word(const char **at, const char *end)
{
	struct word w = { skip_blanks(*at, end), NULL };

	for (w.end = w.p; w.end < end && *w.end != ' ';)
		w.end++;
	if (w.p < end && is_remark(w))
		w.p = w.end = end;
	*at = w.end;
	return w;
}

static bool word_is(struct word w, const char *s, size_t len)
{
	return (size_t)(w.end - w.p) == len && !memcmp(w.p, s, len);
}

#define WORD_IS(w, literal) word_is((w), (literal), sizeof(literal) - 1)

/* KEY=VALUE: where the value begins. Mail that is encoded for seven bits has =3D for =. */
static const char *value_of(struct word w, const char *key)
{
	size_t len = strlen(key);

	if ((size_t)(w.end - w.p) <= len || memcmp(w.p, key, len))
		return NULL;
	if (w.end - w.p > (ptrdiff_t)len + 2 && w.p[len] == '3' && w.p[len + 1] == 'D')
		len += 2;
	return w.p + len;
}

static bool take_pages(struct word w, struct listing_tail *ret)
{
	const char *value = value_of(w, "pages=");
	uint64_t pages = 0;

	if (!value || listing_number(value, w.end, 10, &pages) != w.end)
		return false;
	ret->pages = pages;
	ret->has_pages = true;
	return true;
}

static bool take_phys(struct word w, struct listing_tail *ret)
{
	const char *value = value_of(w, "phys=");
	uint64_t phys = 0;

	if (!value || listing_address(value, w.end, &phys) != w.end)
		return false;
	ret->phys = phys;
	ret->has_phys = true;
	return true;
}

/* N0=4; `nodes` may be NULL. */
static bool read_node_count(struct word w, GArray *nodes)
{
	struct listed_node n;
	const char *p, *value;
	uint64_t node;

	if (w.end - w.p < 4 || *w.p != 'N')
		return false;
	p = listing_number(w.p + 1, w.end, 10, &node);
	if (!p || node > UINT16_MAX)
		return false;
	value = value_of((struct word){ p, w.end }, "=");
	if (!value || listing_number(value, w.end, 10, &n.pages) != w.end)
		return false;
	n.node = (uint32_t)node;
	if (nodes)
		g_array_append_val(nodes, n);
	return true;
}

static bool take_field(struct word w, struct listing_tail *ret, GArray *nodes)
{
	switch (*w.p) {
	case 'p':
		return take_pages(w, ret) || take_phys(w, ret);
	case 'N':
		return read_node_count(w, nodes);
	default:
		return false;
	}
}

/* A flag's word. For one of a vendor's kernel or of another list *flag is 0. */
static bool is_known_word(struct word w, unsigned *flag)
{
	*flag = 0;
	for (unsigned i = 0; i < NR_VM_FLAG_WORDS; i++) {
		if (!word_is(w, vm_flag_words[i].word, vm_flag_words[i].len))
			continue;
		*flag = vm_flag_words[i].flag;
		return true;
	}
	return WORD_IS(w, "lowmem") || WORD_IS(w, "vm_map_ram") || WORD_IS(w, "unpurged") ||
	       WORD_IS(w, "vm_area");
}

/* symbol+0xoffset/0xlength, <symbol+offset>, or an address where the kernel knew no symbol. */
static bool is_caller(struct word w)
{
	uint64_t v;

	if (w.end - w.p > 2 && *w.p == '<' && w.end[-1] == '>')
		return find(w, "+");
	if (w.end - w.p >= MIN_DIGITS && listing_address(w.p, w.end, &v) == w.end)
		return true;
	/* A file's name may begin like an offset. */
	return w.end - w.p > 1 && find((struct word){ w.p + 1, w.end }, "+0x") && find(w, "/0x");
}

/* The first word after the size may also be a caller without an offset. */
static bool is_first_caller(struct word w)
{
	unsigned flag;

	return is_caller(w) || ((g_ascii_isalpha(*w.p) || strchr("_.$", *w.p)) &&
				!is_known_word(w, &flag) && !find(w, "="));
}

static bool is_module(struct word w)
{
	return w.end - w.p > 2 && *w.p == '[' && w.end[-1] == ']';
}

static void set_caller(struct listing_tail *ret, struct word w)
{
	if (*w.p == '<' && w.end - w.p > 2 && w.end[-1] == '>') {
		w.p++;
		w.end--;
	}
	ret->caller = w.p;
	ret->caller_len = (size_t)(w.end - w.p);
}

static void set_module(struct listing_tail *ret, struct word w)
{
	ret->module = w.p + 1;
	ret->module_len = (size_t)(w.end - w.p) - 2;
}

static void add_word(struct listing_tail *ret, struct word w, GString *words)
{
	unsigned flag;

	is_known_word(w, &flag);
	ret->flags |= flag;
	if (words->len)
		g_string_append_c(words, ' ');
	g_string_append_len(words, w.p, w.end - w.p);
}

void listing_parse_tail(const char *tail, const char *end, struct listing_tail *ret, GString *words,
			GArray *nodes)
{
	const char *at = tail;
	struct word w = next_word(&at, end);

	*ret = (struct listing_tail){ 0 };
	g_string_truncate(words, 0);
	if (w.p < w.end && !take_field(w, ret, nodes) && is_first_caller(w)) {
		const char *next = at;
		struct word module = next_word(&next, end);

		set_caller(ret, w);
		if (is_module(module)) {
			set_module(ret, module);
			at = next;
		}
	} else {
		at = tail;
	}
	for (w = next_word(&at, end); w.p < w.end; w = next_word(&at, end))
		if (!take_field(w, ret, nodes))
			add_word(ret, w, words);
	ret->map_ram = !ret->caller && !strncmp(words->str, "vm_map_ram", 10);
	ret->unpurged = !ret->caller && !strncmp(words->str, "unpurged", 8);
}

/* True if all of these words may follow a caller. */
static bool all_known(const char *at, const char *end)
{
	struct listing_tail ignored;
	unsigned flag;
	struct word w;

	for (w = next_word(&at, end); w.p < w.end; w = next_word(&at, end))
		if (!take_field(w, &ignored, NULL) && !is_known_word(w, &flag))
			return false;
	return true;
}

bool listing_continues(const struct listing_range *record, const char *record_end, const char *line,
		       const char *end)
{
	const char *at = line, *had = record->tail;
	struct word last = next_word(&had, record_end);
	bool bare = last.p == last.end; /* the record has nothing after its size */
	bool has_caller = !bare && is_first_caller(last);
	struct word w = next_word(&at, end);
	uint64_t size;

	if (w.p == w.end)
		return false;
	if (record->state == RANGE_OPEN) {
		if (listing_number(w.p, w.end, 10, &size) != w.end)
			return false;
		bare = true;
		w = next_word(&at, end);
	}
	if (bare && w.p < w.end && is_caller(w)) {
		has_caller = true;
		w = next_word(&at, end);
	}
	if (w.p < w.end && has_caller && is_module(w))
		return all_known(at, end);
	return all_known(w.p, end);
}
