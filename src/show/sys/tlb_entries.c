/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in the TLB of a processor, a line for each entry:
 *
 *	0xffffc90000000000 0x000000000100d000 4K RW -- D G NX
 *	0xffff888000200000 0x0000000000200000 2M RW -- D G NX stale
 */
#include <stdlib.h>
#include <vmallocfs/cpu.h>

#include "show/growth.h"
#include "show/show.h"

static const struct {
	pte_t flag;
	const char *word;
} columns[] = {
	{ _PAGE_RW, "RW" },    { _PAGE_USER, "US" }, { _PAGE_DIRTY, "D" },
	{ _PAGE_GLOBAL, "G" }, { _PAGE_NX, "NX" },
};

#define LINE_ROOM 80

static void add_entry_line(GString *out, const struct machine *m, const struct cpu_tlb_entry *e)
{
	static const char *const sizes[] = { [TLB_4K] = "4K", [TLB_2M] = "2M", [TLB_1G] = "1G" };

	g_string_append_printf(out, "0x%0*lx 0x%016lx %s", address_digits(m),
			       (unsigned long)e->page, (unsigned long)e->frame, sizes[e->size]);
	for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
		g_string_append_printf(out, " %s",
				       e->flags & columns[i].flag   ? columns[i].word
				       : columns[i].word[1] != '\0' ? "--"
								    : "-");
	g_string_append(out, e->stale ? " stale\n" : "\n");
}

GBytes *show_tlb(struct machine *m, unsigned cpu)
{
	g_autoptr(GString) out = g_string_new(NULL);
	struct cpu_tlb_entry *e;
	size_t n = cpu_tlb_entries(m, cpu, &e);
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++) {
		ok = text_reserve(out, LINE_ROOM);
		if (ok)
			add_entry_line(out, m, &e[i]);
	}
	free(e);
	return text_finish(g_steal_pointer(&out), ok);
}
