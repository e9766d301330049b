/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A decimal number and a letter; an address with a sign.
 */
#include <errno.h>
#include <string.h>

#include <glib.h>

#include "input/size.h"

bool size_parse(const char *word, uint64_t *ret)
{
	static const char suffixes[] = "kmgt";
	const char *suffix;
	guint64 value;
	unsigned shift = 0;
	char *end;

	errno = 0;
	value = g_ascii_strtoull(word, &end, 10);
	if (errno || !g_ascii_isdigit(word[0]))
		return false;
	if (*end) {
		suffix = strchr(suffixes, g_ascii_tolower(*end));
		if (!suffix || end[1])
			return false;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	if (value > UINT64_MAX >> shift)
		return false;
	*ret = value << shift;
	return true;
}

const char *negative_address(const char *word, uint64_t *ret)
{
	uint64_t value = 0;

	if (*word != '-' || !g_ascii_isdigit(word[1]))
		return NULL;
	for (word++; g_ascii_isdigit(*word); word++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*word - '0'), &value))
			return NULL;
	if (!value || value > (uint64_t)1 << 63)
		return NULL;
	*ret = -value;
	return word;
}
