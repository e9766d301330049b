/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a machine may take of the host by default: files of a made-up host.
 */
#include <glib.h>
#include <glib/gstdio.h>

#include "fs/start/hostlimit.h"
#include "unit.h"

static char *host; /* a directory with proc/ and cgroup/ */

static void put(const char *path, const char *text)
{
	g_autofree char *full = g_build_filename(host, path, NULL);
	g_autofree char *dir = g_path_get_dirname(full);

	ck_assert_int_eq(g_mkdir_with_parents(dir, 0700), 0);
	ck_assert(g_file_set_contents(full, text, -1, NULL));
}

static uint64_t limit(void)
{
	g_autofree char *proc = g_build_filename(host, "proc", NULL);
	g_autofree char *cgroup = g_build_filename(host, "cgroup", NULL);

	return host_limit_default(proc, cgroup);
}

static void make_host(void)
{
	host = g_dir_make_tmp("vmallocfs-host-XXXXXX", NULL);
	ck_assert_ptr_nonnull(host);
	put("proc/meminfo", "MemTotal:        8000000 kB\nMemFree:           80000 kB\n"
			    "MemAvailable:    4000000 kB\n");
}

static void remove_host(void)
{
	const char *argv[] = { "rm", "-rf", host, NULL };

	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
		     NULL);
	g_free(host);
}

#define OF(bytes) ((uint64_t)(bytes) - (uint64_t)(bytes) / 8)

START_TEST(available)
{
	ck_assert_uint_eq(limit(), OF(UINT64_C(4096000000)));
	put("proc/self/cgroup", "0::/\n");
	ck_assert_uint_eq(limit(), OF(UINT64_C(4096000000)));
	put("proc/meminfo", "MemTotal:        8000000 kB\n"); /* a host that does not say */
	ck_assert_uint_eq(limit(), 0);
}
END_TEST

START_TEST(second_generation)
{
	put("proc/self/cgroup", "0::/user/me\n");
	put("cgroup/user/me/memory.max", "max\n");
	put("cgroup/user/me/memory.current", "1000000\n");
	ck_assert_uint_eq(limit(), OF(UINT64_C(4096000000)));
	put("cgroup/user/memory.max", "500000000\n");
	put("cgroup/user/memory.current", "300000000\n");
	ck_assert_uint_eq(limit(), OF(200000000));
	put("cgroup/user/memory.stat", "anon 5\ninactive_file 50000000\nactive_file 9\n");
	ck_assert_uint_eq(limit(), OF(250000000));
	put("cgroup/user/me/memory.max", "100000000\n");
	ck_assert_uint_eq(limit(), OF(99000000));
	put("cgroup/user/me/memory.current", "100000001\n");
	ck_assert_uint_eq(limit(), 0);
}
END_TEST

START_TEST(first_generation)
{
	put("proc/self/cgroup", "5:cpu:/x\n4:memory:/box\n0::/\n");
	put("cgroup/memory/box/memory.limit_in_bytes", "400000000\n");
	put("cgroup/memory/box/memory.usage_in_bytes", "100000000\n");
	ck_assert_uint_eq(limit(), OF(300000000));
	put("cgroup/memory/box/memory.stat", "inactive_file 1\ntotal_inactive_file 10000000\n");
	ck_assert_uint_eq(limit(), OF(310000000));
	put("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	put("cgroup/memory/memory.usage_in_bytes", "100000000\n");
	ck_assert_uint_eq(limit(), OF(310000000));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hostlimit");
	TCase *tc = tcase_create("hostlimit");

	tcase_add_checked_fixture(tc, make_host, remove_host);
	tcase_add_test(tc, available);
	tcase_add_test(tc, second_generation);
	tcase_add_test(tc, first_generation);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
