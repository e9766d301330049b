/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The endings of all formats that this program can write.
 */
#include <glib.h>
#include <string.h>

#include "replay/output_name.h"

const char *output_name_other(const char *name, const char *format)
{
	static const char *const endings[] = { "svg", "csv", "json", "html" };
	const char *dot = strrchr(name, '.');

	for (unsigned i = 0; dot && i < G_N_ELEMENTS(endings); i++)
		if (!g_ascii_strcasecmp(dot + 1, endings[i]) && strcmp(endings[i], format) != 0)
			return endings[i];
	return NULL;
}
