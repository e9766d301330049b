/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host can spare.  See hostlimit.h.
 *
 * A cgroup's file pages that were not used lately do not count: the kernel drops
 * them before it kills a process.
 */
#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "fs/start/hostlimit.h"

/* The two generations of cgroups, and what they call the same things. */
struct cgroup_version {
	const char *mark; /* the line of PROC/self/cgroup */
	const char *below;
	const char *limit, *usage;
	const char *inactive; /* in memory.stat */
};

static const struct cgroup_version versions[] = {
	{ "0::", "", "memory.max", "memory.current", "inactive_file " },
	{ ":memory:", "memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
	  "total_inactive_file " },
};

/* A number after `key` at the start of a line, or at the start of the file. False: no such. */
static bool read_number(const char *dir, const char *file, const char *key, uint64_t *ret)
{
	g_autofree char *path = g_build_filename(dir, file, NULL);
	g_autofree char *text = NULL;
	const char *at;
	char *end;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return false;
	at = text;
	while (key && !g_str_has_prefix(at, key)) {
		at = strchr(at, '\n');
		if (!at)
			return false;
		at++;
	}
	*ret = g_ascii_strtoull(at + (key ? strlen(key) : 0), &end, 10);
	return end > at && g_ascii_isdigit(end[-1]);
}

/* Lowers *left to what a cgroup has left, if it has a limit. */
static void heed_cgroup(const struct cgroup_version *v, const char *dir, uint64_t *left)
{
	uint64_t limit, usage, inactive;

	if (!read_number(dir, v->limit, NULL, &limit) || !read_number(dir, v->usage, NULL, &usage))
		return;
	if (read_number(dir, "memory.stat", v->inactive, &inactive))
		usage -= MIN(usage, inactive);
	*left = MIN(*left, limit - MIN(limit, usage));
}

/* The cgroup that a line of PROC/self/cgroup names, and all around it. */
static void heed_line(const char *line, const char *cgroup, uint64_t *left)
{
	for (size_t i = 0; i < G_N_ELEMENTS(versions); i++) {
		const struct cgroup_version *v = &versions[i];
		const char *name = strstr(line, v->mark);
		g_autofree char *root = g_build_filename(cgroup, v->below, NULL);
		g_autofree char *dir = NULL;

		if (!name || (i == 0 && name != line))
			continue;
		dir = g_build_filename(root, name + strlen(v->mark), NULL);
		heed_cgroup(v, dir, left);
		while (strlen(dir) > strlen(root)) {
			*strrchr(dir, '/') = '\0';
			heed_cgroup(v, dir, left);
		}
	}
}

uint64_t host_limit_default(const char *proc, const char *cgroup)
{
	g_autofree char *path = g_build_filename(proc, "self", "cgroup", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	uint64_t left;

	if (!read_number(proc, "meminfo", "MemAvailable:", &left))
		return 0;
	left *= 1024;
	if (g_file_get_contents(path, &text, NULL, NULL)) {
		lines = g_strsplit(text, "\n", -1);
		for (unsigned i = 0; lines[i]; i++)
			heed_line(lines[i], cgroup, &left);
	}
	return left - left / 8;
}
