/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The areas that are left are added up by callers as the mount does it.
 */
#include <inttypes.h>
#include <string.h>

#include "replay/report_callers.h"
#include "show/caller_sums.h"
#include "show/json.h"
#include "show/show.h"

#define CALLERS_MAX 12 /* in the table */

struct counting {
	const struct run *run;
	struct caller_sums sums;
	bool named; /* there is an area with a caller */
};

/* Adds the area at addr, whose caller the live area's name says, or a saved layout. */
static void count_live_area(struct counting *c, vaddr_t addr, const char *name)
{
	struct machine *m = run_machine_at(c->run, addr);
	g_autofree char *caller = NULL;
	const struct vm_struct *area;

	vmlist_read_lock(m);
	area = __find_vm_area(m, addr);
	if (area && !name && area->caller)
		caller = caller_of_name(area->caller, strlen(area->caller), true);
	else if (name)
		caller = caller_of_name(name, strlen(name), false);
	if (area)
		caller_sums_add(&c->sums, caller ? caller : NO_CALLER, area->size, 0);
	vmlist_read_unlock(m);
	c->named |= caller != NULL;
}

/* A live area, and its page arrays, as far as they found places. */
static void count_live(void *arg, const struct live *l)
{
	struct counting *c = arg;

	for (const struct live *a = l; a; a = a->array) {
		vaddr_t addr = a->slot < c->run->places->len
				       ? g_array_index(c->run->places, vaddr_t, a->slot)
				       : 0;

		if (addr)
			count_live_area(c, addr, l->name);
	}
}

/* False if there is nothing to say; the caller ends the sums in any case. */
static bool count_callers(const struct replay *r, struct counting *c)
{
	*c = (struct counting){ .run = &r->run[0] };
	caller_sums_begin(&c->sums);
	live_each(&r->live, count_live, c);
	caller_sums_sort(&c->sums);
	return c->named;
}

static void table_row(GString *out, const struct caller_sum *sum)
{
	g_string_append_printf(out, "%14" PRIu64 "%8" PRIu64 "%14" PRIu64 "  ", sum->bytes,
			       sum->areas, sum->largest);
	show_escape(out, sum->name);
	g_string_append_c(out, '\n');
}

void report_callers_table(const struct replay *r, GString *out)
{
	struct counting c;

	if (count_callers(r, &c)) {
		guint n = MIN(c.sums.sum->len, CALLERS_MAX);

		g_string_append_printf(out, "\nBy caller, at the end, %s:\n%14s%8s%14s  caller\n",
				       run_name(&r->run[0]), "bytes", "areas", "largest");
		for (guint i = 0; i < n; i++)
			table_row(out, caller_sum_at(&c.sums, i));
		if (n < c.sums.sum->len)
			g_string_append_printf(out, "and %u more\n", c.sums.sum->len - n);
	}
	caller_sums_deinit(&c.sums);
}

void report_callers_json(const struct replay *r, GString *out)
{
	struct counting c;

	if (count_callers(r, &c)) {
		g_string_append(out, ",\n\t\"callers\": [");
		for (guint i = 0; i < c.sums.sum->len; i++) {
			g_string_append(out, i ? ",\n\t\t{" : "\n\t\t{");
			json_caller(out, caller_sum_at(&c.sums, i), SIZE_MAX);
			g_string_append_c(out, '}');
		}
		g_string_append(out, "\n\t]");
	}
	caller_sums_deinit(&c.sums);
}
