/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a listing: lines become records, records become areas.
 *
 * A record may be wrapped over several lines, as mail programs do it.  So it
 * is kept as text until a line comes that does not go on with it:
 *
 *	> 0xffffff8000ac6000-0xffffff8000ad2000   49152		begins a record
 *	> load_module+0x1004/0x1e98 pages=11 vmalloc		goes on with it
 *	> ...							ends it
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "input/dump/dump_file.h"
#include "input/dump/dump_listing.h"
#include "input/image/image_listing.h"
#include "input/lines.h"
#include "input/listing_line.h"
#include "input/listing_said.h"

struct reader {
	struct listing *l;
	GString *record; /* begins with a range; empty: no record is open */
	uint64_t record_line;
	struct listing_range range; /* its first range, whose pointers are into another text */
	size_t tail;		    /* where the range ends in `record` */
	bool soft_break;	    /* its last line ended in a '=' that joins lines */
	GString *words;
	GArray *hidden; /* struct listing_quote */
	struct listing_said said;
};

static uint32_t intern(struct reader *r, const char *s, size_t len)
{
	return s && len ? listing_names_add(&r->l->names, s, len) : LISTING_UNNAMED;
}

static void pass_over(struct reader *r, uint64_t line, const char *text, size_t len)
{
	r->l->passed_over++;
	listing_quote(r->l->passed, line, 0, text, len);
}

/* Makes an area of the record's text from a range to `end`. */
static void add_area(struct reader *r, const struct listing_range *range, const char *end)
{
	struct listing *l = r->l;
	struct listing_tail tail;
	struct listed a = {
		.start = range->start,
		.size = range->size,
		.line = r->record_line,
		.first_node = l->nodes->len,
		.hidden = range->state == RANGE_HIDDEN,
	};

	listing_parse_tail(range->tail, end, &tail, r->words, l->nodes);
	a.nr_nodes = l->nodes->len - a.first_node;
	a.pages = tail.pages;
	a.phys = tail.phys;
	a.has_pages = tail.has_pages;
	a.has_phys = tail.has_phys;
	a.flags = (uint16_t)tail.flags;
	a.kind = tail.unpurged ? LISTED_UNPURGED : tail.map_ram ? LISTED_MAP_RAM : LISTED_AREA;
	a.caller = intern(r, tail.caller, tail.caller_len);
	a.module = intern(r, tail.module, tail.module_len);
	a.words = intern(r, r->words->str, r->words->len);
	if (a.hidden)
		listing_quote(r->hidden, a.line, 0, range->begin, (size_t)(end - range->begin));
	g_array_append_val(l->areas, a);
}

/* The first range of the record. Its text may have moved since it was found. */
static struct listing_range first_range(const struct reader *r)
{
	struct listing_range range = r->range;

	range.begin = r->record->str;
	range.tail = r->record->str + r->tail;
	return range;
}

/* The record is complete. Where line ends were lost, it holds several areas. */
static void end_record(struct reader *r)
{
	const char *end = r->record->str + r->record->len;
	struct listing_range range, next;

	if (!r->record->len)
		return;
	range = first_range(r);
	if (range.state == RANGE_OPEN)
		listing_find_range(range.begin, end, &range);
	if (range.state < RANGE_HIDDEN)
		pass_over(r, r->record_line, r->record->str, r->record->len);
	while (range.state >= RANGE_HIDDEN) {
		listing_find_range(range.tail, end, &next);
		if (next.state != RANGE_GOOD)
			next.state = RANGE_NONE;
		add_area(r, &range, next.state == RANGE_GOOD ? next.begin : end);
		range = next;
	}
	g_string_truncate(r->record, 0);
}

/*
 * Text that continues the record.  Mail for seven bits ends a line that it broke
 * with '=', and a line that ends in a blank with "=20".
 */
static void append_to_record(struct reader *r, const char *text, const char *end)
{
	while (end > text && strchr(" \"',;|`", end[-1]))
		end--; /* of a quoted string, a list, a table */
	while (end - text >= 3 && !memcmp(end - 3, "=20", 3))
		end -= 3;
	if (r->record->len && !r->soft_break)
		g_string_append_c(r->record, ' ');
	r->soft_break = end > text && end[-1] == '=';
	g_string_append_len(r->record, text, end - text - r->soft_break);
}

static void begin_record(struct reader *r, const struct listing_range *range, const char *end)
{
	r->record_line = r->l->lines;
	r->range = *range;
	r->tail = (size_t)(range->tail - range->begin);
	append_to_record(r, range->begin, end);
}

/* If the range of the record was cut by a line end, looks for it in what is there by now. */
static void find_range_again(struct reader *r)
{
	struct listing_range range = first_range(r);

	if (range.state != RANGE_OPEN)
		return;
	listing_find_range(range.begin, r->record->str + r->record->len, &range);
	if (range.state == RANGE_NONE)
		return;
	r->range = range;
	r->tail = (size_t)(range.tail - r->record->str);
}

/* True if the range that was cut by a line end has both its addresses. */
static bool is_whole(const struct reader *r)
{
	const char *p = r->record->str + r->record->len;

	return p > r->record->str && p[-1] != '-';
}

/* True if the line has the rest of the range that the record begins with, or a part of it. */
static bool completes_range(const struct reader *r, const char *line, const char *end)
{
	g_autoptr(GString) both = g_string_new_len(r->record->str, (gssize)r->record->len);
	struct listing_range range;

	g_string_append_c(both, ' ');
	g_string_append_len(both, line, end - line);
	listing_find_range(both->str, both->str + both->len, &range);
	if (range.state != RANGE_GOOD && (range.state != RANGE_OPEN || is_whole(r)))
		return false;
	return range.begin == both->str;
}

static bool goes_on(const struct reader *r, const char *line, const char *end)
{
	const char *record_end = r->record->str + r->record->len;
	struct listing_range range;

	if (!r->record->len)
		return false;
	if (r->soft_break)
		return true;
	range = first_range(r);
	if (range.state == RANGE_OPEN && completes_range(r, line, end))
		return true;
	return listing_continues(&range, record_end, line, end);
}

static bool is_elision(const char *line, const char *end)
{
	while (end > line && end[-1] == ' ')
		end--;
	if (end - line > 5 && *line == '[' && end[-1] == ']') {
		line++;
		end--;
	}
	while (line < end && *line == '.')
		line++;
	return line == end;
}

/* What is left of a line of JSON or of a table after its text. */
static bool is_punctuation(const char *line, const char *end)
{
	while (line < end && strchr(" \"',;|`{}", *line))
		line++;
	return line == end;
}

static bool is_fence(const char *line, const char *end)
{
	return end - line >= 3 && (!memcmp(line, "```", 3) || !memcmp(line, "~~~", 3));
}

/* True if the line is about something other than an area. */
static bool take_statement(struct reader *r, const char *line, const char *end)
{
	struct listing *l = r->l;

	if (!listing_said_line(&r->said, line, end))
		return false;
	if (!r->said.failure.size)
		return true;
	r->said.failure.line = l->lines;
	if (l->failures->len < LISTING_FAILURES)
		g_array_append_val(l->failures, r->said.failure);
	l->nr_failures++;
	return true;
}

static void take_text(struct reader *r, char *text, size_t len)
{
	const char *end, *line;
	struct listing_range range;

	len = listing_clean(text, len);
	end = text + len;
	listing_find_range(text, end, &range);
	if (range.state >= RANGE_HIDDEN) {
		end_record(r);
		begin_record(r, &range, end);
		return;
	}
	line = listing_skip_prefix(text, end);
	if (is_punctuation(line, end))
		return; /* a record may go on after it: some programs double each line end */
	if (goes_on(r, line, end)) {
		append_to_record(r, line, end);
		find_range_again(r);
		return;
	}
	end_record(r);
	if (is_fence(line, end) || take_statement(r, text, end))
		return;
	if (range.state == RANGE_OPEN)
		begin_record(r, &range, end);
	else if (is_elision(line, end))
		r->l->elided++;
	else
		pass_over(r, r->l->lines, line, (size_t)(end - line));
}

/* A line of the file, which may hold lines of the kernel's text that were joined. */
static void take_line(struct reader *r, char *text, size_t len)
{
	char *end, *at;

	end = text + listing_unmark(text, len);
	while ((at = memchr(text, '\r', (size_t)(end - text)))) {
		take_text(r, text, (size_t)(at - text));
		text = at + 1;
	}
	take_text(r, text, (size_t)(end - text));
}

static void take_input(struct reader *r, struct input *in)
{
	enum input_status status;
	char *line;
	size_t len;

	while ((status = input_line(in, &line, &len)) != INPUT_END) {
		r->l->lines++;
		if (status == INPUT_LINE) {
			take_line(r, line, len);
			continue;
		}
		end_record(r);
		pass_over(r, r->l->lines, "(too long)", strlen("(too long)"));
	}
	end_record(r);
	r->l->problem = input_problem(in);
}

static void reader_init(struct reader *r, const char *path)
{
	*r = (struct reader){
		.l = listing_new(path),
		.record = g_string_new(NULL),
		.words = g_string_new(NULL),
		.hidden = listing_quotes_new(),
	};
}

static void reader_deinit(struct reader *r)
{
	g_string_free(r->record, TRUE);
	g_string_free(r->words, TRUE);
	g_array_unref(r->hidden);
	listing_said_deinit(&r->said);
}

/* Why the listing has no area to work with, or NULL. */
static char *nothing_in_it(const struct reader *r)
{
	const struct listing *l = r->l;

	if (l->areas->len)
		return NULL;
	if (l->problem)
		return g_strdup(l->problem);
	if (l->nr_failures)
		return g_strdup_printf("there is no area in it, but %" PRIu64
				       " failed allocations, the first of %" PRIu64
				       " bytes; save /proc/vmallocinfo of that machine as well",
				       l->nr_failures,
				       g_array_index(l->failures, struct listing_failure, 0).size);
	if (r->said.vmalloc[SAID_TRACE].end)
		return g_strdup("this is a trace, which vmallocfs-replay reads");
	return g_strdup_printf("there is no area in its %" PRIu64
			       " lines; a line of /proc/vmallocinfo begins with START-END SIZE",
			       l->lines);
}

/* Refuses a device, since reading one such as /dev/zero would never end. */
static bool is_endless(const char *path)
{
	struct stat st;
	int err = strcmp(path, "-") ? stat(path, &st) : fstat(STDIN_FILENO, &st);
	bool device = !err && S_ISCHR(st.st_mode);

	if (!device || st.st_rdev == makedev(1, 3)) /* /dev/null */
		return false;
	return strcmp(path, "-") || !isatty(STDIN_FILENO);
}

static int read_core(const char *path, const struct listing_options *o, struct listing **ret,
		     char **error)
{
	int err = o->as_dump ? -ENOEXEC : image_listing_read(path, o, ret, error);

	return err == -ENOEXEC ? dump_listing_read(path, o, ret, error) : err;
}

int listing_read(const char *path, const struct listing_options *o, struct listing **ret,
		 char **error)
{
	g_autofree char *name = listing_title(path);
	g_autofree char *wrong = NULL;
	struct input *in;
	struct reader r;
	int err;

	/* What was opened for standard input can be opened once more, unless it is a pipe. */
	if (dump_file_is_one(strcmp(path, "-") ? path : "/dev/stdin"))
		return read_core(strcmp(path, "-") ? path : "/dev/stdin", o, ret, error);
	if (is_endless(path)) {
		*error = g_strdup_printf("%s: this is a device, not a listing", name);
		return -EINVAL;
	}
	err = input_open(path, &in, error);
	if (err) {
		g_strdelimit(*error, "\n\r", '?');
		return err;
	}
	reader_init(&r, path);
	take_input(&r, in);
	input_close(in);
	wrong = nothing_in_it(&r);
	if (!wrong) {
		listing_sort(r.l, r.hidden);
		listing_said_beside(&r.said, path);
		listing_choose_windows(r.l, o, &r.said);
		wrong = r.l->areas->len ? NULL : g_strdup("no area in it has sound addresses");
	}
	if (!wrong && o->strict)
		wrong = listing_not_strict(r.l);
	reader_deinit(&r);
	if (!wrong) {
		*ret = r.l;
		return 0;
	}
	listing_free(r.l);
	*error = g_strdup_printf("%s: %s", name, wrong);
	return -EINVAL;
}
