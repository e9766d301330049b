/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists of --list=.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/files/knob.h"
#include "fs/start/lists.h"
#include "fs/start/options.h"
#include "input/word_lists.h"

/* A knob that is read and written has a value to choose; the others are counters and commands. */
static bool print_knob(struct fs *fs, const struct fixed_file *file)
{
	static const char *const roots[] = { "sys/kernel/mm/vmalloc/", "sys/kernel/" };

	(void)fs;
	if (!(file->mode & 0444) || !(file->mode & 0222))
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(roots); i++)
		if (g_str_has_prefix(file->path, roots[i])) {
			puts(file->path + strlen(roots[i]));
			break;
		}
	return true;
}

int lists_print(const char *name)
{
	g_autoptr(GString) words = g_string_new(NULL);

	if (!strcmp(name, "knobs"))
		knobs_for_each(print_knob, NULL);
	else if (!strcmp(name, "options"))
		options_list();
	else if (word_list_append(name, words))
		fputs(words->str, stdout);
	else {
		fprintf(stderr,
			"vmallocfs: --list=%s is not known; there are policies, knobs, arch, options\n",
			name);
		return -EINVAL;
	}
	return fflush(stdout) || ferror(stdout) ? -EIO : 0;
}
