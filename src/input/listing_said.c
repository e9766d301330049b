/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels name their windows in several places:
 *
 *	    vmalloc : 0xf7bfe000 - 0xffbfe000   ( 128 MB)		at boot
 *	vmalloc_node_range for size 839680 failed: Address range restricted to 0xf1000000 - 0xf5110000
 *	VmallocTotal:     540672 kB				meminfo
 *	NUMBER(VMALLOC_START)=0xffffc90000000000		a dump
 *	... size=20480 align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff
 *
 * An end in ...fff is inclusive, and then the last page is never used.  A
 * page-aligned end is exclusive.
 */
#include <string.h>

#include <vmallocfs/types.h>

#include "input/lines.h"
#include "input/listing_line.h"
#include "input/listing_said.h"

static const char *after(const char *p, const char *end, const char *word)
{
	const char *at = p < end ? memmem(p, (size_t)(end - p), word, strlen(word)) : NULL;

	return at ? at + strlen(word) : NULL;
}

static const char *skip_any(const char *p, const char *end, const char *chars)
{
	while (p < end && strchr(chars, *p))
		p++;
	return p;
}

static void set_end(struct said_range *r, uint64_t end)
{
	if ((end & ~PAGE_MASK) == PAGE_SIZE - 1) {
		r->end = end + 1;
		r->last_unused = true;
	} else if (!(end & ~PAGE_MASK)) {
		r->end = end;
	}
}

/* Keeps a range with both ends if it can be a window, and if none was named before. */
static bool keep(struct said_range *r, uint64_t start, uint64_t end)
{
	struct said_range new = { .start = start };

	set_end(&new, end);
	if (start & ~PAGE_MASK || new.end <= start)
		return false;
	if (!r->end)
		*r = new;
	return true;
}

/* "0xA - 0xB". */
static bool take_range(const char *p, const char *end, struct said_range *r)
{
	uint64_t a, b;

	p = skip_any(p, end, " ");
	if (end - p < 3 || p[0] != '0' || p[1] != 'x' || !(p = listing_address(p, end, &a)))
		return false;
	p = skip_any(p, end, " ");
	if (p == end || *p != '-')
		return false;
	p = listing_address(skip_any(p + 1, end, " "), end, &b);
	return p && keep(r, a, b);
}

/*
 * The range of a request that failed may be that of either window.  The first one
 * is kept, and the first one that does not touch it.
 */
static bool take_restricted(struct listing_said *said, const char *p, const char *end)
{
	struct said_range *first = &said->vmalloc[SAID_FAILED], new = { 0 };

	if (!take_range(p, end, &new))
		return false;
	if (!first->end)
		*first = new;
	else if (new.end <= first->start || new.start >= first->end)
		keep(&said->modules[SAID_FAILED], new.start, new.end - new.last_unused);
	return true;
}

/* NAME, and after it blanks and a colon. */
static bool take_boot(const char *p, const char *end, const char *name, struct said_range *r)
{
	const char *at = after(p, end, name);

	if (!at || (at - strlen(name) > p && at[-(ptrdiff_t)strlen(name) - 1] != ' '))
		return false;
	at = skip_any(at, end, " ");
	return at < end && *at == ':' && take_range(at + 1, end, r);
}

/* A number in hex with 0x, or in decimal, also as a negative one. */
static bool take_value(const char *p, const char *end, uint64_t *ret)
{
	bool negative;

	p = skip_any(p, end, ") =:'\"");
	negative = p < end && *p == '-';
	p += negative;
	if (end - p > 2 && p[0] == '0' && p[1] == 'x')
		return listing_address(p, end, ret);
	if (!listing_number(p, end, 10, ret))
		return false;
	if (negative)
		*ret = -*ret;
	return true;
}

/* One end of a window by its name. */
static bool take_numbers(struct listing_said *said, const char *p, const char *end)
{
	struct said_range *v = &said->vmalloc[SAID_NUMBER], *m = &said->modules[SAID_NUMBER];
	const char *at;
	uint64_t value;

	if ((at = after(p, end, "VMALLOC_START")) && take_value(at, end, &value))
		v->start = v->start ? v->start : value & PAGE_MASK;
	else if ((at = after(p, end, "VMALLOC_END")) && take_value(at, end, &value))
		set_end(v, v->end ? v->end : value);
	else if ((at = after(p, end, "MODULES_VADDR")) && take_value(at, end, &value))
		m->start = m->start ? m->start : value & PAGE_MASK;
	else if ((at = after(p, end, "MODULES_END")) && take_value(at, end, &value))
		set_end(m, m->end ? m->end : value);
	else
		return false;
	return true;
}

static bool take_trace(struct listing_said *said, const char *p, const char *end)
{
	const char *start = after(p, end, "vstart"), *last = after(p, end, "vend");
	struct said_range *r = &said->vmalloc[SAID_TRACE];
	uint64_t a, b;

	if (!start || !last || !take_value(start, end, &a) || !take_value(last, end, &b))
		return false;
	/* Requests for modules and for aligned areas name smaller windows, so the largest one counts. */
	if (r->end && b > a && b - a > r->end - r->start)
		r->end = 0;
	return keep(r, a, b);
}

static bool take_total(struct listing_said *said, const char *p, const char *end)
{
	const char *at = after(p, end, "VmallocTotal");
	uint64_t kb;

	if (!at || !listing_number(skip_any(at, end, ": "), end, 10, &kb))
		return false;
	/* Some kernels do not count the window's last byte. */
	if (!said->total && kb && kb < UINT64_MAX >> 11)
		said->total = ((kb << 10) + PAGE_SIZE - 1) & PAGE_MASK;
	return true;
}

/* "... allocation for size N failed", "... allocation failure: N bytes". */
static bool take_failure(struct listing_said *said, const char *p, const char *end)
{
	struct listing_failure *f = &said->failure;
	const char *size = after(p, end, "for size "), *error = after(p, end, "error: size ");
	const char *bytes = after(p, end, "allocation failure: ");
	const char *at;

	f->size = 0;
	at = size && after(size, end, " failed")    ? size
	     : error && after(error, end, "failed") ? error
						    : bytes;
	if (!at || !listing_number(at, end, 10, &f->size))
		return false;
	f->with_guard = at == size;
	return f->size;
}

bool listing_said_line(struct listing_said *said, const char *line, const char *end)
{
	bool failure = take_failure(said, line, end);
	const char *at;

	if ((at = after(line, end, "restricted to")) && take_restricted(said, at, end))
		return true;
	if (take_boot(line, end, "vmalloc", &said->vmalloc[SAID_BOOT]) ||
	    take_boot(line, end, "modules", &said->modules[SAID_BOOT]))
		return true;
	return failure || take_total(said, line, end) || take_numbers(said, line, end) ||
	       take_trace(said, line, end);
}

static void read_beside(struct listing_said *said, const char *path)
{
	g_autofree char *error = NULL;
	struct input *in;
	char *line;
	size_t len;
	enum input_status status;
	bool had_total = said->total;

	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR) || input_open(path, &in, &error))
		return;
	while ((status = input_line(in, &line, &len)) != INPUT_END) {
		if (status != INPUT_LINE)
			continue;
		len = listing_clean(line, len);
		listing_said_line(said, line, line + len);
	}
	if (!had_total && said->total)
		said->total_in = g_path_get_basename(path);
	input_close(in);
}

void listing_said_beside(struct listing_said *said, const char *path)
{
	static const char *const kinds[] = { "meminfo", "vmcoreinfo", "dmesg" };
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *base = g_path_get_basename(path);
	const char *at = strstr(base, "vmallocinfo");

	if (!at || !strcmp(path, "-"))
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autofree char *other = g_strdup_printf("%s/%.*s%s%s", dir, (int)(at - base), base,
							 kinds[i], at + strlen("vmallocinfo"));
		read_beside(said, other);
	}
}

void listing_said_deinit(struct listing_said *said)
{
	g_free(said->total_in);
}
