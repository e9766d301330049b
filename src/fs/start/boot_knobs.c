/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs that the command line sets.  See boot_knobs.h.
 *
 * Names are looked up while the command line is read.  Values are what the knob's
 * own function takes, so they wait until there is a machine.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/files/knob.h"
#include "fs/start/boot_knobs.h"

struct boot_knob {
	const struct knob_row *row;
	char *name;
	char *value;
};

static void boot_knob_free(gpointer p)
{
	struct boot_knob *k = p;

	g_free(k->name);
	g_free(k->value);
	g_free(k);
}

GPtrArray *boot_knobs_new(void)
{
	return g_ptr_array_new_with_free_func(boot_knob_free);
}

static bool is_settable(const struct fixed_file *file)
{
	return (file->mode & 0600) == 0600;
}

/* Options of their own, which a machine has to know before it boots, are listed with those. */
static bool is_option(const char *name)
{
	return !strcmp(name, "init_on_alloc") || !strcmp(name, "history_events");
}

static bool print_name(struct fs *fs, const struct fixed_file *file)
{
	const char *name = knob_name(file->path);

	(void)fs;
	if (is_settable(file) && !is_option(name))
		printf("%s=\n", name);
	return true;
}

void boot_knobs_list(void)
{
	puts("fail_page_alloc=\nfailslab=");
	knobs_for_each(print_name, NULL);
}

static bool add_setting(GPtrArray *knobs, const char *name, const char *value)
{
	const struct knob_row *row = knob_by_name(name);
	struct boot_knob *k;

	if (!row || !is_settable(&row->file))
		return false;
	k = g_new(struct boot_knob, 1);
	*k = (struct boot_knob){ row, g_strdup(name), g_strdup(value) };
	g_ptr_array_add(knobs, k);
	return true;
}

/* NAME=INTERVAL:PROBABILITY:SPACE:TIMES, and NAME is the directory of these four. */
static bool add_four(GPtrArray *knobs, const char *name, const char *value)
{
	static const char *const files[] = { "interval", "probability", "space", "times" };
	g_auto(GStrv) parts = g_strsplit_set(value, ":,", -1);

	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_strdup_printf("%s/%s", name, files[i]);

		/* A part that is missing is an empty value, which no knob takes. */
		if (!add_setting(knobs, path, i < g_strv_length(parts) ? parts[i] : ""))
			return false;
	}
	return true;
}

bool boot_knobs_add(GPtrArray *knobs, const char *option, bool *needs_value)
{
	const char *equals = strchr(option, '=');
	g_autofree char *name =
		equals ? g_strndup(option, (gsize)(equals - option)) : g_strdup(option);
	guint before = knobs->len;
	bool known = add_setting(knobs, name, equals ? equals + 1 : "") ||
		     add_four(knobs, name, equals ? equals + 1 : "");

	*needs_value = known && !equals;
	if (*needs_value)
		g_ptr_array_set_size(knobs, (gint)before);
	return known && equals;
}

int boot_knobs_set(struct fs *fs, const GPtrArray *knobs, char **why)
{
	for (guint i = 0; i < knobs->len; i++) {
		const struct boot_knob *k = g_ptr_array_index(knobs, i);
		g_autoptr(GString) now = g_string_new(NULL);
		int err = k->row->kind->set(fs, k->row, k->value);

		if (!err)
			continue;
		k->row->kind->get(fs, k->row, now);
		g_strchomp(now->str);
		*why = g_strdup_printf("%s=%s is not possible (%s); without it: %s", k->name,
				       k->value, g_strerror(-err), now->str);
		return err;
	}
	return 0;
}
