/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for what grows with the number of files: it counts against hostmem=, and a
 * request for more than there is gets NULL, where GLib would end the process.
 */
#ifndef FS_COUNTED_H
#define FS_COUNTED_H

#include <stddef.h>

struct machine;

/* Zeroed. NULL: it would pass the limit, or the host has none. */
void *counted_alloc(struct machine *m, size_t bytes);

/* A copy of a string, or NULL. */
char *counted_strdup(struct machine *m, const char *s);

/*
 * Makes room for n elements of `size` bytes where there is room for *room of them: the
 * same memory or another one, with what was in it.  NULL, and the old one stays.
 */
void *counted_grow(struct machine *m, void *p, size_t n, size_t size, size_t *room);

/* NULL will do. */
void counted_free(struct machine *m, void *p);

#endif
