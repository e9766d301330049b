/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and sizes of events.  An event tells of a machine that may have changed since, so
 * it is never looked up there.
 */
#include "show/event_words.h"

#include "show/digits.h"

void event_area_name(GString *ret, const struct vm_event *e, const char *name)
{
	bool named = name && *name;
	char addr[2 + HEX_MAX + 1];
	unsigned brackets = e->depth ? e->depth : !named || e->flags & VM_SYMBOL;

	g_string_truncate(ret, 0);
	for (unsigned i = 0; i < e->depth; i++)
		g_string_append(ret, "[pages:");
	if (brackets && !e->depth)
		g_string_append_c(ret, '[');
	if (!named) {
		*put_vaddr(addr, e->addr) = '\0';
		name = addr;
	}
	g_string_append(ret, name);
	for (unsigned i = 0; i < brackets; i++)
		g_string_append_c(ret, ']');
}

uint64_t event_bytes(const struct vm_event *e)
{
	uint64_t bytes = 0;

	if (!event_has_ranges(e))
		return e->size;
	for (size_t i = 0; i < e->nr_ranges; i++)
		bytes += e->range[i].size;
	return bytes;
}
