/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of a listing, each kept once: callers, modules, words.
 *
 * A million areas have perhaps a hundred different callers, so an area has a
 * number instead of a name.
 */
#ifndef INPUT_LISTING_NAMES_H
#define INPUT_LISTING_NAMES_H

#include <glib.h>
#include <stdint.h>

/* What is known about a caller's areas. */
enum name_role {
	NAME_CODE = 1,	 /* code: lies where modules do */
	NAME_STATIC = 2, /* a mapping made at boot, at an address of its own */
	NAME_PERCPU = 4, /* per-CPU areas, which are placed from the top down */
	NAME_I386 = 8,	 /* only x86 has it */
};

struct listing_names {
	GArray *names;	     /* struct listing_named */
	GStringChunk *bytes; /* the strings */
	uint32_t *slots;     /* an open hash table: index + 1, or 0 */
	uint32_t nr_slots;   /* a power of two */
};

struct listing_named {
	const char *s; /* terminated */
	uint32_t len;
	uint32_t hash;
	unsigned roles;
};

void listing_names_init(struct listing_names *n);
void listing_names_deinit(struct listing_names *n);

/* The number of a name, which is added if it is new. */
uint32_t listing_names_add(struct listing_names *n, const char *s, size_t len);

static inline const struct listing_named *listing_named(const struct listing_names *n,
							uint32_t name)
{
	return &g_array_index(n->names, struct listing_named, name);
}

#endif
