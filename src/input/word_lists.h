/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words that an option may have for a value, for the completion of shells:
 * programs print them for --list=policies and --list=arch.
 */
#ifndef VMALLOCFS_INPUT_WORD_LISTS_H
#define VMALLOCFS_INPUT_WORD_LISTS_H

#include <glib.h>
#include <stdbool.h>

/*
 * Appends the list of that name, one word a line, to out.  False, with nothing
 * appended, for a name that is not known here.
 */
bool word_list_append(const char *name, GString *out);

#endif
