/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is written to a knob, as a number or as a truth value.
 */
#include <errno.h>
#include <glib.h>

#include "fs/files/knob_number.h"
#include "input/size.h"

int parse_number(const char *text, uint64_t max, uint64_t *ret)
{
	char *end;

	if (*text == '+')
		text++;
	if (!g_ascii_isdigit(*text))
		return -EINVAL;
	errno = 0;
	*ret = g_ascii_strtoull(text, &end, 0);
	return errno || *end || *ret > max ? -EINVAL : 0;
}

int parse_knob_address(const char *text, uint64_t *ret)
{
	const char *end = negative_address(text, ret);

	return end && !*end ? 0 : parse_number(text, UINT64_MAX, ret);
}

int parse_bool(const char *text, bool *ret)
{
	static const char *const yes[] = { "1", "y", "yes", "on" };
	static const char *const no[] = { "0", "n", "no", "off" };

	for (size_t i = 0; i < G_N_ELEMENTS(yes); i++) {
		*ret = !g_ascii_strcasecmp(text, yes[i]);
		if (*ret || !g_ascii_strcasecmp(text, no[i]))
			return 0;
	}
	return -EINVAL;
}
