/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What would be enough for a request, in words: of a machine's own areas, or of any
 * list of ranges.
 *
 *	It does not fit, whatever the policy: 1048576 bytes in vmalloc (with its guard ...)
 *	  largest hole   65536 bytes (16 pages) at 0xffffc90000010000
 *	  wider window   ...
 *	  a removal      of one of 3 areas makes room:
 *	    0xffffc90000000000      65536 a
 *	  packing        all areas together makes room
 */
#ifndef SHOW_ENOUGH_TEXT_H
#define SHOW_ENOUGH_TEXT_H

#include <glib.h>
#include <vmallocfs/vmalloc.h>

struct enough_text {
	uint64_t size;	/* as vmalloc() gets it */
	uint64_t align; /* 0: none was asked for */
	uint64_t full;	/* bytes of address space: whole pages, and the guard */
	const char *space;
	vaddr_t start; /* its window is [start, end) */
	vaddr_t end;
	unsigned page_shift;
	bool wide;    /* addresses have 64 bits */
	bool waiting; /* there are ranges that wait for a purge */
	struct vm_answer a;
	struct {
		vaddr_t addr;
		uint64_t size;
		const char *name;
	} removal[VM_ENOUGH_REMOVALS]; /* as a.removal has them */
};

/* Appends lines: where it fits under each policy, or what would help. */
void put_enough(GString *out, const struct enough_text *t);

/* The same for the next request, which is no question of what would help. */
void put_enough_next(GString *out, const struct enough_text *t);

#endif
