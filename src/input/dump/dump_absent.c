/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In place of all that reads dumps, where configure found no libkdumpfile or
 * was told not to use it.
 */
#include <errno.h>

#include "input/dump/dump.h"

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

void dump_put_symbol(struct dump *d, uint64_t addr, GString *out)
{
	(void)d;
	g_string_append_printf(out, "0x%llx", (unsigned long long)addr);
}

int dump_vmallocinfo(struct dump *d, GString *out, char **error)
{
	(void)d;
	(void)out;
	*error = g_strdup("built without libkdumpfile");
	return -ENOTSUP;
}

int dump_area_frames(struct dump *d, const struct dump_area *a, uint64_t *pfn, char **error)
{
	(void)d;
	(void)a;
	(void)pfn;
	*error = g_strdup("built without libkdumpfile");
	return -ENOTSUP;
}
