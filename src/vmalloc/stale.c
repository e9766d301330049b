/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of TLBs that are stale, named for machine_check().
 *
 * An entry that outlives its page is allowed while the core has not promised a flush: in
 * a range that waits to be purged, or where a table was changed through
 * dev/mem.  In a hole, or in a range that was purged and is kept in a pool, it is damage:
 * another area may get the address, and the processor would still see the old frame.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vmallocfs/cpu.h>

#include "vmalloc/noroom.h"
#include "vmalloc/stale.h"

/* Whose the page of an entry is, and whether the core has promised that no entry is left. */
static bool promised(struct machine *m, vaddr_t addr, char *whose)
{
	struct vmlist *v = m->vmlist;
	struct gap_cursor c;
	const struct vm_struct *area = gaptree_seek(&v->tree, addr, &c);
	bool window = (addr >= m->vmalloc_start && addr < vmalloc_window_end(m)) ||
		      (addr >= m->modules_start && addr < m->modules_end);

	if (!area || gaptree_extent(&c).start > addr) {
		strcpy(whose, window ? "a hole" : "no area");
		return window;
	}
	if (is_freed(v, area)) {
		strcpy(whose, is_lazy(v, area) ? "a freed range that waits to be purged"
					       : "a freed range in a pool");
		return !is_lazy(v, area);
	}
	name_range(whose, area, area->addr);
	return false;
}

unsigned report_stale(struct machine *m, page_report_fn *report, void *arg)
{
	unsigned errors = 0;

	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++) {
		struct cpu_tlb_entry *e;
		size_t n = cpu_tlb_entries(m, cpu, &e);

		for (size_t i = 0; i < n; i++) {
			char whose[NO_ROOM_NAME], line[NO_ROOM_NAME + 200];
			bool damage;

			if (!e[i].stale)
				continue;
			damage = promised(m, e[i].page, whose);
			snprintf(line, sizeof(line),
				 "processor %u has a stale entry for %0*" PRIx64 ", frame %" PRIx64
				 ", in %s%s",
				 cpu, address_digits(m), e[i].page, e[i].frame >> PAGE_SHIFT, whose,
				 damage ? ", which was flushed" : "");
			errors += damage;
			if (report)
				report(arg, line);
		}
		free(e);
	}
	return errors;
}
