/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is written to set_event.
 */
#include <errno.h>
#include <string.h>

#include "fs/files/set_event.h"
#include "show/show.h"

/* "" and "*" stand for any name. */
static bool names(const char *pattern, const char *name)
{
	return !*pattern || !strcmp(pattern, "*") || !strcmp(pattern, name);
}

static bool means(const char *word, const char *event)
{
	g_auto(GStrv) parts = g_strsplit(word, ":", 2);

	if (parts[0] && parts[1])
		return names(parts[0], TRACE_SYSTEM) && names(parts[1], event);
	return !strcmp(word, TRACE_SYSTEM) || !strcmp(word, event);
}

static int switch_events(struct machine *m, const char *word)
{
	bool on = word[0] != '!';
	int err = -EINVAL;

	for (unsigned i = 0; i < NR_TRACE_TYPES; i++) {
		enum trace_type type = (enum trace_type)i;

		if (!means(on ? word : word + 1, show_trace_event_name(type)))
			continue;
		trace_enable(m, type, on);
		err = 0;
	}
	return err;
}

ssize_t set_event_write(struct machine *m, const char *text, size_t len)
{
	g_autofree char *copy = g_strndup(text, len);
	g_auto(GStrv) words = g_strsplit_set(copy, " \t\n", -1);

	if (strlen(copy) != len)
		return -EINVAL;
	for (char **word = words; *word; word++)
		if (**word && switch_events(m, *word))
			return -EINVAL;
	return (ssize_t)len;
}

void set_event_clear(struct machine *m)
{
	for (unsigned i = 0; i < NR_TRACE_TYPES; i++)
		trace_enable(m, (enum trace_type)i, false);
}
