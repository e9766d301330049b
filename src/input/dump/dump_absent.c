/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In place of all that reads dumps, where configure found no libkdumpfile or
 * was told not to use it.
 */
#include <errno.h>

#include "input/dump/dump.h"
#include "input/dump/dump_listing.h"

const bool dump_supported = false;

int dump_open(const char *path, const struct dump_progress *progress, struct dump **ret,
	      char **error)
{
	g_autofree char *name = g_strescape(path, NULL);

	(void)progress;
	(void)ret;
	*error = g_strdup_printf("%s: a crash dump, and this program was built without "
				 "libkdumpfile; bring the kernel's /proc/vmallocinfo, or build it "
				 "with libkdumpfile and libbpf",
				 name);
	return -ENOTSUP;
}

void dump_close(struct dump *d)
{
	(void)d;
}

char *dump_version(void)
{
	return g_strdup("crash dumps: not read (built without libkdumpfile)");
}

unsigned dump_node_of(struct dump *d, uint64_t pfn)
{
	(void)d;
	(void)pfn;
	return 0;
}

/* No dump was ever opened; the rest is never reached. */
struct dump_file *dump_file_ref(struct dump_file *f)
{
	return f;
}

void dump_file_close(struct dump_file *f)
{
	(void)f;
}

uint64_t dump_file_pages(struct dump_file *f)
{
	(void)f;
	return 0;
}

bool dump_file_has(struct dump_file *f, uint64_t pfn)
{
	(void)f;
	(void)pfn;
	return false;
}

bool dump_file_read_physical(struct dump_file *f, uint64_t addr, void *buf, size_t len)
{
	(void)f;
	(void)addr;
	(void)buf;
	(void)len;
	return false;
}

int dump_listing_read(const char *path, const struct listing_options *o, struct listing **ret,
		      char **error)
{
	struct dump *d;

	(void)ret;
	return dump_open(path, o->progress, &d, error);
}
