/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <malloc.h>
#include <string.h>

#include "fs/inode/counted.h"
#include <vmallocfs/machine.h>

void *counted_alloc(struct machine *m, size_t bytes)
{
	void *p = g_try_malloc0(bytes);

	if (p && !host_charge(m, malloc_usable_size(p))) {
		g_free(p);
		return NULL;
	}
	return p;
}

char *counted_strdup(struct machine *m, const char *s)
{
	size_t len = strlen(s) + 1;
	char *p = counted_alloc(m, len);

	return p ? memcpy(p, s, len) : NULL;
}

void *counted_grow(struct machine *m, void *p, size_t n, size_t size, size_t *room)
{
	size_t more = MAX(n, *room + *room / 2);
	void *grown;

	if (n <= *room)
		return p;
	grown = counted_alloc(m, more * size);
	if (!grown)
		return NULL;
	if (p)
		memcpy(grown, p, *room * size);
	counted_free(m, p);
	*room = more;
	return grown;
}

void counted_free(struct machine *m, void *p)
{
	if (!p)
		return;
	host_uncharge(m, malloc_usable_size(p));
	g_free(p);
}
