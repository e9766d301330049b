/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and comparing moments.
 */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "replay/trace_moment.h"

#define NS 1e9

/* Digits, of which there is at least one, and no sign; seconds may have a fraction. */
static bool parse_seconds(const char *word, uint64_t *ret)
{
	char *end;
	double seconds;

	if (strspn(word, "0123456789.") != strlen(word) - 1 || !strpbrk(word, "0123456789"))
		return false;
	seconds = g_ascii_strtod(word, &end);
	if (strcmp(end, "s") || seconds * NS >= (double)UINT64_MAX)
		return false;
	*ret = (uint64_t)llround(fmin(seconds * NS, (double)INT64_MAX));
	return true;
}

bool trace_moment_parse(const char *word, struct trace_moment *ret)
{
	guint64 n = 0;
	size_t len = strlen(word);

	*ret = (struct trace_moment){ .given = true };
	if (len && word[len - 1] == 's') {
		ret->timed = true;
		return parse_seconds(word, &ret->value);
	}
	if (!g_ascii_string_to_unsigned(word, 10, 0, G_MAXUINT64, &n, NULL))
		return false;
	ret->value = n;
	return true;
}

static uint64_t on_scale_of(const struct trace_moment *m, const struct trace_now *now)
{
	return m->timed ? now->ns : now->event;
}

bool trace_moment_is_ahead(const struct trace_moment *m, const struct trace_now *now)
{
	return m->given && on_scale_of(m, now) < m->value;
}

bool trace_moment_is_past(const struct trace_moment *m, const struct trace_now *now)
{
	return m->given && on_scale_of(m, now) > m->value;
}
