/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of loading share: text goes into a machine as a file would.
 */
#ifndef LOADS_H
#define LOADS_H

#include <unistd.h>

#include <glib/gstdio.h>

#include "input/load.h"
#include "texts.h"

#define RANGE "0xffffc90000000000-0xffffc90000005000   20480"

static inline void shut_down(struct machine *m)
{
	space_check(m);
	space_end(m);
}

static inline int load_bytes(struct machine *m, const char *data, size_t len, char **error)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("check_load.XXXXXX", &path, NULL);
	int err;

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert(g_file_set_contents(path, data, (gssize)len, NULL));
	*error = NULL;
	err = load_file(m, path, error);
	ck_assert_int_eq(err != 0, *error != NULL);
	if (*error) {
		ck_assert_msg(g_str_has_prefix(*error, path), "%s", *error);
		ck_assert_ptr_null(strchr(*error, '\n'));
	}
	g_unlink(path);
	return err;
}

static inline void load_good(struct machine *m, const char *text)
{
	g_autofree char *error = NULL;
	int err = load_bytes(m, text, strlen(text), &error);

	ck_assert_msg(!err, "%s", error);
}

#endif
