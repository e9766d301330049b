/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing events.  There are two for each area of a trace, so they are written by
 * hand, as show/digits.h has it.
 */
#include <errno.h>

#include "replay/chrome.h"
#include "show/json.h"

/* Counters of all events up to here, and from then on of one in so many. */
#define COUNTED_ALL 1000
#define COUNTED_ONE_IN 64

/* The most bytes of an event beside its name. */
#define EVENT_ROOM 400

struct chrome_run *chrome_run_create(unsigned pid)
{
	struct chrome_run *c = g_new0(struct chrome_run, 1);

	c->text = g_string_new(NULL);
	c->pid = pid;
	return c;
}

void chrome_run_destroy(struct chrome_run *c)
{
	if (!c)
		return;
	g_string_free(c->text, TRUE);
	g_free(c);
}

/* Every event follows a comma, since the first in the file is none of these. */
static char *put_event(char *p, const struct chrome_run *c, char ph, uint64_t event, uint64_t now)
{
	p = put_str(p, ",\n{\"ph\":\"");
	*p++ = ph;
	p = put_dec(put_str(p, "\",\"pid\":"), c->pid);
	p = put_str(p, ",\"tid\":0,\"ts\":");
	if (!c->timed)
		return put_dec(p, event);
	p = put_dec(p, now / 1000);
	*p++ = '.';
	*p++ = (char)('0' + now / 100 % 10);
	*p++ = (char)('0' + now / 10 % 10);
	*p++ = (char)('0' + now % 10);
	return p;
}

static char *put_name(char *p, const char *name, vaddr_t addr)
{
	p = put_str(p, ",\"name\":\"");
	p = name ? put_json_name(p, name, strlen(name)) : put_vaddr(p, addr);
	*p++ = '"';
	return p;
}

/* Kernel addresses have ones in their highest byte, or zeros if they have 32 bits. */
static char *put_id(char *p, const struct chrome_run *c, vaddr_t addr)
{
	uint64_t id = (addr & (UINT64_MAX >> 8)) | (uint64_t)(c->pid + 1) << 56;

	p = put_hex(put_str(p, ",\"cat\":\"area\",\"id\":\"0x"), id);
	*p++ = '"';
	return p;
}

static char *room_for(struct chrome_run *c, const char *name)
{
	return text_room(c->text, EVENT_ROOM + JSON_NAME_FACTOR * (name ? strlen(name) : 0));
}

void chrome_area_begins(struct chrome_run *c, const struct step *s, vaddr_t addr, uint64_t size,
			const char *name)
{
	char *p;

	if (!c->began)
		return;
	p = put_event(room_for(c, name), c, 'b', s->event, s->now);
	p = put_name(put_id(p, c, addr), name, addr);
	p = put_dec(put_str(p, ",\"args\":{\"size\":"), size);
	text_end(c->text, put_str(p, "}}"));
}

void chrome_area_ends(struct chrome_run *c, const struct step *s, vaddr_t addr, const char *name)
{
	char *p;

	if (!c->began)
		return;
	p = put_event(room_for(c, name), c, 'e', s->event, s->now);
	p = put_name(put_id(p, c, addr), name, addr);
	text_end(c->text, put_str(p, "}"));
}

void chrome_failure(struct chrome_run *c, const struct step *s)
{
	char *p;

	if (!c->began)
		return;
	p = put_event(room_for(c, s->name), c, 'i', s->event, s->now);
	p = put_str(p, ",\"s\":\"p\",\"cat\":\"failure\",\"name\":\"failed");
	if (s->name)
		p = put_json_name(put_str(p, ": "), s->name, strlen(s->name));
	p = put_dec(put_str(p, "\",\"args\":{\"size\":"), s->size);
	text_end(c->text, put_str(p, "}}"));
}

void chrome_purge(struct chrome_run *c, const struct step *s)
{
	char *p;

	if (!c->began)
		return;
	p = put_event(room_for(c, NULL), c, 'i', s->event, s->now);
	text_end(c->text, put_str(p, ",\"s\":\"p\",\"cat\":\"purge\",\"name\":\"purge\"}"));
}

static void add_counter(struct chrome_run *c, const struct step *s, const char *name,
			uint64_t value)
{
	char *p = put_event(room_for(c, NULL), c, 'C', s->event, s->now);

	p = put_str(put_str(p, ",\"name\":\""), name);
	p = put_dec(put_str(p, "\",\"args\":{\"value\":"), value);
	text_end(c->text, put_str(p, "}}"));
}

void chrome_count(struct run *r, const struct step *s)
{
	struct chrome_run *c = r->chrome;
	const struct vm_span *span = &r->figures.span;
	uint64_t lost = span->free - span->largest;

	if (!c->began || (c->counts++ >= COUNTED_ALL && c->counts % COUNTED_ONE_IN))
		return;
	add_counter(c, s, "areas", r->areas);
	add_counter(c, s, "bytes of areas", r->bytes);
	add_counter(c, s, "holes", span->holes);
	add_counter(c, s, "largest hole", span->largest);
	add_counter(c, s, "span_fragmentation, percent", span->free ? 100 * lost / span->free : 0);
	add_counter(c, s, "failures", r->figures.failed);
	add_counter(c, s, "waiting pages", vmalloc_nr_lazy(r->m));
	add_counter(c, s, "pooled pages", vmalloc_nr_pooled(r->m));
}

/* --- the areas at the begin and at the end ----------------------------------- */

struct all_areas {
	const struct run *run;
	struct chrome_run *c;
	struct step at;
	void (*fn)(const struct all_areas *all, const struct vm_struct *area);
};

static void begin_area(const struct all_areas *all, const struct vm_struct *area)
{
	chrome_area_begins(all->c, &all->at, area->addr, area->size, area->caller);
}

static void end_area(const struct all_areas *all, const struct vm_struct *area)
{
	chrome_area_ends(all->c, &all->at, area->addr, area->caller);
}

static void visit_area(void *arg, const struct vm_struct *area)
{
	const struct all_areas *all = arg;

	/* The one that the per-CPU allocator is taken to have is none of the trace's. */
	if (!all->run->held || area->addr != all->run->top)
		all->fn(all, area);
}

static void each_area(struct run *r, struct all_areas *all)
{
	struct machine *machines[] = { r->m, r->aside };

	for (unsigned i = 0; i < G_N_ELEMENTS(machines) && machines[i]; i++)
		vmlist_for_each(machines[i], visit_area, all);
}

void chrome_begin(struct run *r, const char *name, bool timed, uint64_t event, uint64_t now)
{
	struct all_areas all = {
		.run = r,
		.c = r->chrome,
		.at = { .event = event, .now = now },
		.fn = begin_area,
	};
	char *p = text_room(r->chrome->text, EVENT_ROOM);

	r->chrome->began = true;
	r->chrome->timed = timed;
	r->chrome->counts = 0;
	p = put_event(p, r->chrome, 'M', event, now);
	p = put_str(p, ",\"name\":\"process_name\",\"args\":{\"name\":\"");
	text_end(r->chrome->text, put_str(put_str(p, name), "\"}}"));
	each_area(r, &all);
}

void chrome_end(struct run *r, uint64_t event, uint64_t now)
{
	struct all_areas all = {
		.run = r,
		.c = r->chrome,
		.at = { .event = event, .now = now },
		.fn = end_area,
	};

	each_area(r, &all);
}

/* --- the file ------------------------------------------------------------------ */

static int write_text(struct chrome_file *file, const char *text, size_t len)
{
	if (file->bytes + len > file->max)
		return -EFBIG;
	file->bytes += len;
	errno = EIO;
	return fwrite(text, 1, len, file->f) == len ? 0 : -errno;
}

int chrome_file_begin(struct chrome_file *file, FILE *f, uint64_t max)
{
	static const char head[] = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
				   "{\"ph\":\"M\",\"pid\":0,\"tid\":0,\"ts\":0,"
				   "\"name\":\"thread_name\",\"args\":{\"name\":\"vmalloc\"}}";

	*file = (struct chrome_file){ .f = f, .max = max };
	return write_text(file, head, sizeof(head) - 1);
}

int chrome_write(struct chrome_file *file, const struct run *run, unsigned nr_runs)
{
	for (unsigned i = 0; i < nr_runs; i++) {
		GString *text = run[i].chrome->text;
		int err = write_text(file, text->str, text->len);

		if (err)
			return err;
		g_string_truncate(text, 0);
	}
	return 0;
}

int chrome_file_end(struct chrome_file *file)
{
	int err = write_text(file, "\n]}\n", 4);

	if (!err && fflush(file->f))
		err = -errno;
	return err;
}
