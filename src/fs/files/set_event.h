/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/kernel/tracing/set_event: events of tracing switched by name.
 */
#ifndef FS_SET_EVENT_H
#define FS_SET_EVENT_H

#include <stddef.h>
#include <sys/types.h>

struct machine;

/*
 * Words between white space, each of which switches events on: vmalloc:EVENT,
 * EVENT, vmalloc, vmalloc:* or *:*; off with ! before it.  How many bytes that is,
 * or -EINVAL at the first word that means no event; those before it count.
 */
ssize_t set_event_write(struct machine *m, const char *text, size_t len);

/* Switches all of them off, as opening the file with O_TRUNC does. */
void set_event_clear(struct machine *m);

#endif
