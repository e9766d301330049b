/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of tracefs, in the format that Linux 6.1 has for any event:
 *
 *	        truncate-4711    [000] .....   123.456789: EVENT: TEXT
 *
 * A row of `events` is an event: its name, its fields as they lie in a record
 * of Linux, and how the text is made of them.  The three are those that Linux
 * has had since 6.2.
 */
#include <string.h>

#include "show/digits.h"
#include "show/show.h"
#include "show/words.h"

struct format_field {
	const char *type;
	const char *name;
	bool is_signed;
};

#define FIELDS_MAX 6
#define FIRST_ID 20 /* in Linux the numbers below are those of ftrace itself */

static const struct event_format {
	const char *name;
	const char *print; /* of the text, in ftrace's words: %lu is 64 bits */
	struct format_field fields[FIELDS_MAX + 1];
} events[NR_TRACE_TYPES] = {
	[TRACE_ALLOC_VMAP_AREA] = {
		"alloc_vmap_area",
		"va_start: %lu size=%lu align=%lu vstart=0x%lx vend=0x%lx failed=%d",
		{ { "unsigned long", "addr", false }, { "unsigned long", "size", false },
		  { "unsigned long", "align", false }, { "unsigned long", "vstart", false },
		  { "unsigned long", "vend", false }, { "int", "failed", true } },
	},
	[TRACE_PURGE_VMAP_AREA_LAZY] = {
		"purge_vmap_area_lazy",
		"start=0x%lx end=0x%lx num_purged=%u",
		{ { "unsigned long", "start", false }, { "unsigned long", "end", false },
		  { "unsigned int", "npurged", false } },
	},
	[TRACE_FREE_VMAP_AREA_NOFLUSH] = {
		"free_vmap_area_noflush",
		"va_start=0x%lx nr_lazy=%lu nr_lazy_max=%lu",
		{ { "unsigned long", "va_start", false }, { "unsigned long", "nr_lazy", false },
		  { "unsigned long", "nr_lazy_max", false } },
	},
};

/* What an event's text says; print has a conversion for each argument. */
static void append_text(GString *out, const struct trace_event *e)
{
	const uint64_t *a = e->arg;

	switch (e->type) {
	case TRACE_ALLOC_VMAP_AREA:
		g_string_append_printf(
			out, "va_start: %lu size=%lu align=%lu vstart=0x%lx vend=0x%lx failed=%d",
			(unsigned long)a[0], (unsigned long)a[1], (unsigned long)a[2],
			(unsigned long)a[3], (unsigned long)a[4], (int)a[5]);
		break;
	case TRACE_PURGE_VMAP_AREA_LAZY:
		g_string_append_printf(out, "start=0x%lx end=0x%lx num_purged=%u",
				       (unsigned long)a[0], (unsigned long)a[1], (unsigned)a[2]);
		break;
	case TRACE_FREE_VMAP_AREA_NOFLUSH:
		g_string_append_printf(out, "va_start=0x%lx nr_lazy=%lu nr_lazy_max=%lu",
				       (unsigned long)a[0], (unsigned long)a[1],
				       (unsigned long)a[2]);
		break;
	}
}

void show_trace_event(GString *out, const struct trace_event *e)
{
	char comm[TRACE_COMM + 1];

	*put_clean(comm, e->comm, strnlen(e->comm, TRACE_COMM)) = '\0';
	g_string_append_printf(out, "%16s-%-7d [%03u] ..... %5lu.%06lu: %s: ", comm, e->pid, e->cpu,
			       (unsigned long)(e->us / 1000000), (unsigned long)(e->us % 1000000),
			       events[e->type].name);
	append_text(out, e);
	g_string_append_c(out, '\n');
}

void show_trace_lost(GString *out, uint64_t lost)
{
	g_string_append_printf(out, "CPU:0 [LOST %lu EVENTS]\n", (unsigned long)lost);
}

static void append_header(GString *out, const struct machine *m, size_t n, uint64_t written)
{
	g_string_append_printf(out,
			       "# tracer: nop\n"
			       "#\n"
			       "# entries-in-buffer/entries-written: %lu/%lu   #P:%u\n"
			       "#\n",
			       (unsigned long)n, (unsigned long)written, m->nr_cpus);
	g_string_append(out, "#                                _-----=> irqs-off/BH-disabled\n"
			     "#                               / _----=> need-resched\n"
			     "#                              | / _---=> hardirq/softirq\n"
			     "#                              || / _--=> preempt-depth\n"
			     "#                              ||| / _-=> migrate-disable\n"
			     "#                              |||| /     delay\n"
			     "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
			     "#              | |         |   |||||     |         |\n");
}

static GBytes *show_ring(struct machine *m, int cpu)
{
	struct trace_event *ring;
	GString *out;
	uint64_t written;
	size_t n;

	if (trace_read_of(m, cpu, &ring, &n, &written))
		return NULL;
	out = g_string_sized_new(2048 + n * 160);
	append_header(out, m, n, written);
	for (size_t i = 0; i < n; i++)
		show_trace_event(out, &ring[i]);
	free(ring);
	return g_string_free_to_bytes(out);
}

GBytes *show_trace(struct machine *m)
{
	return show_ring(m, TRACE_ANY_CPU);
}

GBytes *show_cpu_trace(struct machine *m, unsigned cpu)
{
	return show_ring(m, (int)cpu);
}

/* --- lists of events --------------------------------------------------------- */

const char *show_trace_event_name(enum trace_type type)
{
	return events[type].name;
}

static void append_event(GString *out, enum trace_type type)
{
	g_string_append_printf(out, TRACE_SYSTEM ":%s\n", events[type].name);
}

GBytes *show_available_events(struct machine *m)
{
	GString *out = g_string_new(NULL);

	(void)m;
	for (unsigned i = 0; i < NR_TRACE_TYPES; i++)
		append_event(out, (enum trace_type)i);
	return g_string_free_to_bytes(out);
}

GBytes *show_set_event(struct machine *m)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < NR_TRACE_TYPES; i++)
		if (trace_enabled(m, (enum trace_type)i))
			append_event(out, (enum trace_type)i);
	return g_string_free_to_bytes(out);
}

/* --- format files ----------------------------------------------------------- */

static void append_field(GString *out, const struct format_field *f, unsigned offset, unsigned size)
{
	g_string_append_printf(out, "\tfield:%s %s;\toffset:%u;\tsize:%u;\tsigned:%d;\n", f->type,
			       f->name, offset, size, f->is_signed);
}

static unsigned size_of(const struct format_field *f)
{
	static const struct {
		const char *word;
		unsigned size;
	} sizes[] = { { "long", 8 }, { "int", 4 }, { "short", 2 }, { "char", 1 } };

	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
		if (g_str_has_suffix(f->type, sizes[i].word))
			return sizes[i].size;
	return 0;
}

static unsigned append_fields(GString *out, const struct format_field *f, unsigned offset)
{
	for (; f->name; f++) {
		append_field(out, f, offset, size_of(f));
		offset += size_of(f);
	}
	return offset;
}

static GBytes *format_of(enum trace_type type)
{
	static const struct format_field common[] = { { "unsigned short", "common_type", false },
						      { "unsigned char", "common_flags", false },
						      { "unsigned char", "common_preempt_count",
							false },
						      { "int", "common_pid", true },
						      { NULL, NULL, false } };
	const struct event_format *e = &events[type];
	GString *out = g_string_new(NULL);
	unsigned offset;

	g_string_append_printf(out, "name: %s\nID: %d\nformat:\n", e->name, FIRST_ID + (int)type);
	offset = append_fields(out, common, 0);
	g_string_append_c(out, '\n');
	append_fields(out, e->fields, offset);
	g_string_append_printf(out, "\nprint fmt: \"%s\"", e->print);
	for (const struct format_field *f = e->fields; f->name; f++)
		g_string_append_printf(out, ", REC->%s", f->name);
	g_string_append_c(out, '\n');
	return g_string_free_to_bytes(out);
}

GBytes *show_format_alloc_vmap_area(struct machine *m)
{
	(void)m;
	return format_of(TRACE_ALLOC_VMAP_AREA);
}

GBytes *show_format_purge_vmap_area_lazy(struct machine *m)
{
	(void)m;
	return format_of(TRACE_PURGE_VMAP_AREA_LAZY);
}

GBytes *show_format_free_vmap_area_noflush(struct machine *m)
{
	(void)m;
	return format_of(TRACE_FREE_VMAP_AREA_NOFLUSH);
}
