/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/kmsg: the log as it stands.  Unlike Linux's file it is not used up by
 * reading, and a reader does not wait for news.
 */
#include <stdlib.h>

#include "show/show.h"

GBytes *show_kmsg(struct machine *m)
{
	char *text;
	size_t len;

	if (log_read(m, &text, &len))
		return NULL;
	return g_bytes_new_with_free_func(text, len, free, text);
}
