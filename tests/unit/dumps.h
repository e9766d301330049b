/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorded dumps, for tests: opened, or copied so that a test may change them.
 */
#ifndef TESTS_UNIT_DUMPS_H
#define TESTS_UNIT_DUMPS_H

#include <fcntl.h>
#include <glib.h>
#include <unistd.h>

#include "input/dump/dump.h"
#include "input/dump/unpack.h"

static inline char *data_path(const char *name)
{
	const char *srcdir = g_getenv("srcdir");

	return g_build_filename(srcdir ? srcdir : ".", "tests", "data", "dump", name, NULL);
}

static inline struct dump *open_dump(const char *kernel)
{
	g_autofree char *name = g_strdup_printf("%s.elf.zst", kernel);
	g_autofree char *path = data_path(name);
	struct dump *d = NULL;
	char *error = NULL;

	ck_assert_msg(!dump_open(path, NULL, &d, &error), "%s", error);
	return d;
}

/* A copy without a name of an unpacked dump, which the test may change. */
struct copy {
	int fd;
	char path[64];
	uint64_t size;
};

static inline struct copy copy_of(const char *kernel)
{
	g_autofree char *name = g_strdup_printf("%s.elf.zst", kernel);
	g_autofree char *path = data_path(name);
	struct copy c = { .fd = open(path, O_RDONLY | O_CLOEXEC) };
	char *error = NULL;

	ck_assert_int_ge(c.fd, 0);
	ck_assert_msg(!unpack_file(&c.fd, NULL, &error), "%s", error);
	c.size = (uint64_t)lseek(c.fd, 0, SEEK_END);
	snprintf(c.path, sizeof(c.path), "/proc/self/fd/%d", c.fd);
	return c;
}

/* Where in the file a piece of memory is that begins with these bytes. */
static inline uint64_t find_bytes(const struct copy *c, const void *bytes, size_t len)
{
	g_autofree char *all = g_malloc(c->size);
	char *p;

	ck_assert_int_eq(pread(c->fd, all, c->size, 0), (ssize_t)c->size);
	p = memmem(all, c->size, bytes, len);
	ck_assert_ptr_nonnull(p);
	return (uint64_t)(p - all);
}

#endif
