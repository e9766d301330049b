/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of listings share: reading a text, or a file of
 * tests/data/cases.
 */
#ifndef LISTINGS_H
#define LISTINGS_H

#include <sys/mman.h>
#include <unistd.h>

#include "input/listing.h"
#include "unit.h"

static inline char *case_path(const char *name)
{
	const char *srcdir = g_getenv("srcdir");

	return g_build_filename(srcdir ? srcdir : ".", "tests", "data", "cases", name, NULL);
}

/* The bytes of a case; the caller frees them. */
static inline char *case_bytes(const char *name, gsize *len)
{
	g_autofree char *path = case_path(name);
	char *bytes;

	ck_assert_msg(g_file_get_contents(path, &bytes, len, NULL), "%s", path);
	return bytes;
}

/* Reads bytes: a listing, or NULL, and then *error is set. */
static inline struct listing *listing_of_bytes(const char *bytes, size_t len,
					       const struct listing_options *o, char **error)
{
	int fd = memfd_create("listing", MFD_CLOEXEC);
	g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
	struct listing *l = NULL;
	int err;

	ck_assert_int_eq(pwrite(fd, bytes, len, 0), (ssize_t)len);
	err = listing_read(path, o, &l, error);
	ck_assert_int_eq(!err, l != NULL);
	close(fd);
	return l;
}

/* Reads a text that is a listing. */
static inline struct listing *listing_of(const char *text)
{
	const struct listing_options o = { 0 };
	char *error = NULL;
	struct listing *l = listing_of_bytes(text, strlen(text), &o, &error);

	ck_assert_msg(l != NULL, "%s", error);
	return l;
}

static inline struct listing *listing_of_case(const char *name)
{
	g_autofree char *path = case_path(name);
	const struct listing_options o = { 0 };
	struct listing *l = NULL;
	char *error = NULL;

	ck_assert_msg(!listing_read(path, &o, &l, &error), "%s", error);
	return l;
}

#endif
