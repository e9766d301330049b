/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the windows onto frames share: a number out of a text, and a
 * machine whose free frames are in pieces.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include "texts.h"

/* The first number after `key` in a text. */
static inline uint64_t number(const char *text, const char *key)
{
	const char *at = strstr(text, key);
	char *end;
	uint64_t v;

	ck_assert_msg(at, "no %s in:\n%s", key, text);
	at += strlen(key);
	v = g_ascii_strtoull(at, &end, 10);
	ck_assert_msg(end > at, "no number after %s", key);
	return v;
}

/* A machine with nodes and zones of several kinds whose free frames are in pieces. */
static inline struct machine *scattered(unsigned nodes, uint64_t memory)
{
	struct machine *m = space_boot(memory, nodes);
	uint64_t random = 88172645463325252;
	vaddr_t areas[200];

	for (int i = 0; i < 200; i++) {
		areas[i] = vmalloc_node(m, (1 + unit_random(&random) % 20) * PAGE_SIZE,
					(int)(unit_random(&random) % nodes), "piece");
		ck_assert(areas[i]);
	}
	for (int i = 0; i < 200; i += 2)
		vfree(m, areas[i]);
	return m;
}

#endif
