/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dumps of real kernels, each with the /proc/vmallocinfo of the same moment,
 * and what becomes of them when they are cut, torn or overwritten.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "dumps.h"

static char *recorded_list(const char *kernel)
{
	g_autofree char *name = g_strdup_printf("%s.vmallocinfo.txt", kernel);
	g_autofree char *path = data_path(name);
	char *s;

	ck_assert_msg(g_file_get_contents(path, &s, NULL, NULL), "%s", path);
	return s;
}

static char *list_of(struct dump *d)
{
	GString *out = g_string_new(NULL);
	char *error = NULL;

	ck_assert_msg(!dump_vmallocinfo(d, out, &error), "%s", error);
	return g_string_free(out, FALSE);
}

/* --- whole dumps ------------------------------------------------------------------ */

static const char *const exact[] = { "6.1-kaslr", "6.1-no-note" };

START_TEST(test_list)
{
	g_autofree char *want = recorded_list(exact[_i]);
	struct dump *d = open_dump(exact[_i]);
	g_autofree char *have = list_of(d);

	ck_assert_str_eq(have, want);
	dump_close(d);
}
END_TEST

/* The first line that a has and b has not, and how many of them there are. */
static unsigned only_in(const char *a, const char *b, char **first)
{
	g_auto(GStrv) lines = g_strsplit(a, "\n", -1);
	g_auto(GStrv) others = g_strsplit(b, "\n", -1);
	unsigned n = 0;

	for (char **line = lines; *line; line++)
		if (!g_strv_contains((const char *const *)others, *line) && !n++)
			*first = g_strdup(*line);
	return n;
}

/* Four processors went on between list and dump: one kernel stack was freed meanwhile. */
START_TEST(test_list_of_nodes)
{
	g_autofree char *want = recorded_list("6.12-smp4");
	struct dump *d = open_dump("6.12-smp4");
	g_autofree char *have = list_of(d), *gone = NULL, *came = NULL;

	ck_assert_uint_eq(only_in(want, have, &gone), 1);
	ck_assert_uint_eq(only_in(have, want, &came), 1);
	ck_assert(g_str_has_suffix(gone, "kernel_clone+0xc2/0x430 pages=4 vmalloc N0=4"));
	ck_assert(g_str_has_suffix(came, "unpurged vm_area"));
	ck_assert_int_eq(strncmp(gone, came, strlen("0xffffd379403b8000-0xffffd379403bd000")), 0);
	dump_close(d);
}
END_TEST

START_TEST(test_windows)
{
	struct dump *d = open_dump("6.1-kaslr");

	ck_assert_uint_eq(d->vmalloc.start, UINT64_C(0xffffd4a400000000));
	ck_assert_uint_eq(d->vmalloc.end, UINT64_C(0xfffff4a400000000));
	ck_assert_uint_eq(d->module_space.start, UINT64_C(0xffffffffc0000000));
	ck_assert_uint_eq(d->module_space.end, UINT64_C(0xffffffffff000000));
	ck_assert_uint_eq(d->levels, 4);
	dump_close(d);
}
END_TEST

/* --- dumps that are not whole ------------------------------------------------------ */

/* The dump opens and lists, or says why not.  True if it opened. */
static bool opens_or_says_why(const char *path)
{
	struct dump *d = NULL;
	char *error = NULL;
	GString *out;

	if (dump_open(path, NULL, &d, &error)) {
		unit_assert(error && *error && !strchr(error, '\n'));
		g_free(error);
		return false;
	}
	out = g_string_new(NULL);
	if (dump_vmallocinfo(d, out, &error)) {
		unit_assert(error != NULL);
		g_free(error);
	}
	g_string_free(out, TRUE);
	dump_close(d);
	return true;
}

/* Cut anywhere, it never opens as if it were whole. */
START_TEST(test_cut)
{
	g_autofree char *want = recorded_list("6.1-kaslr");
	struct copy c = copy_of("6.1-kaslr");

	for (unsigned i = 40; i--;) {
		struct dump *d = NULL;
		char *error = NULL;

		ck_assert_int_eq(ftruncate(c.fd, (off_t)(c.size * i / 40)), 0);
		if (dump_open(c.path, NULL, &d, &error)) {
			unit_assert(error != NULL);
			g_free(error);
			continue;
		}
		/* The list needs nothing of what was cut off. */
		g_autofree char *have = list_of(d);
		ck_assert_str_eq(have, want);
		dump_close(d);
	}
	close(c.fd);
}
END_TEST

/* The list is bent so that its tenth area leads back to the fifth, or to nowhere. */
static void bend(struct copy *c, bool ring)
{
	struct dump *d = open_dump("6.1-kaslr");
	const struct dump_area *a = dump_area(d, 10), *b = dump_area(d, 5);
	uint64_t range[2] = { a->start, a->start + a->size }, next = 8, at;

	/* struct vmap_area: va_start, va_end, the tree's node of 24 bytes, the list. */
	at = find_bytes(c, range, sizeof(range)) + d->types.va_list;
	if (ring) {
		uint64_t other[2] = { b->start, b->start + b->size };

		/* The entry before b leads to b. */
		ck_assert_int_eq(
			pread(c->fd, &next, sizeof(next),
			      (off_t)(find_bytes(c, other, sizeof(other)) + d->types.va_list)),
			sizeof(next));
	}
	ck_assert_int_eq(pwrite(c->fd, &next, sizeof(next), (off_t)at), sizeof(next));
	dump_close(d);
}

START_TEST(test_bent)
{
	struct copy c = copy_of("6.1-kaslr");
	struct dump *d = NULL;
	char *error = NULL;

	bend(&c, _i);
	ck_assert_int_eq(dump_open(c.path, NULL, &d, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error, "list of areas"));
	g_free(error);
	close(c.fd);
}
END_TEST

/* One percent of the dump becomes random bytes: an error or a list, never a crash. */
START_TEST(test_random_bytes)
{
	struct copy c = copy_of("6.1-kaslr");
	uint64_t state = 88172645463325252u + (unsigned)_i;
	g_autofree unsigned char *all = g_malloc(c.size);

	ck_assert_int_eq(pread(c.fd, all, c.size, 0), (ssize_t)c.size);
	for (uint64_t i = 0; i < c.size / 100; i++)
		all[unit_random(&state) % c.size] = (unsigned char)unit_random(&state);
	ck_assert_int_eq(pwrite(c.fd, all, c.size, 0), (ssize_t)c.size);
	opens_or_says_why(c.path);
	close(c.fd);
}
END_TEST

/* The same within the pages that the lists, the types and the symbols are in. */
START_TEST(test_few_random_bytes)
{
	struct copy c = copy_of("6.1-kaslr");
	uint64_t state = 2463534242u + (unsigned)_i;

	for (unsigned i = 0; i < 20; i++) {
		unsigned char byte = (unsigned char)unit_random(&state);

		ck_assert_int_eq(pwrite(c.fd, &byte, 1, (off_t)(unit_random(&state) % c.size)), 1);
	}
	opens_or_says_why(c.path);
	close(c.fd);
}
END_TEST

static void assert_refused(const char *content, size_t len, const char *word)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("check_dump-XXXXXX", &path, NULL);
	struct dump *d = NULL;
	char *error = NULL;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, len), (ssize_t)len);
	close(fd);
	ck_assert_int_lt(dump_open(path, NULL, &d, &error), 0);
	ck_assert_msg(strstr(error, word) != NULL, "%s", error);
	g_free(error);
	g_unlink(path);
}

START_TEST(test_not_a_dump)
{
	struct dump *d = NULL;
	char *error = NULL;

	ck_assert_int_eq(dump_open("/nonexistent", NULL, &d, &error), -ENOENT);
	g_free(error);
	assert_refused("", 0, "not a dump");
	assert_refused("makedumpfile\0\0\0\0", 16, "makedumpfile -R");
	assert_refused("\177ELF\2\1\1", 7, "not a dump");
	assert_refused("\x1f\x8b\x08 not gzip at all", 19, "unpack");
	assert_refused("\x28\xb5\x2f\xfd not zstd at all", 20, "unpack");
}
END_TEST

START_TEST(test_magic)
{
	ck_assert(dump_file_looks_like("\177ELF\2", 5));
	ck_assert(dump_file_looks_like("KDUMP   ", 8));
	ck_assert(dump_file_looks_like("makedumpfile", 12));
	ck_assert(!dump_file_looks_like("\177EL", 3));
	ck_assert(!dump_file_looks_like("0xffffc90000000000-", 19));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dump");
	TCase *tc = tcase_create("dump");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_list, 0, G_N_ELEMENTS(exact));
	tcase_add_test(tc, test_list_of_nodes);
	tcase_add_test(tc, test_windows);
	tcase_add_test(tc, test_cut);
	tcase_add_loop_test(tc, test_bent, 0, 2);
	tcase_add_test(tc, test_not_a_dump);
	tcase_add_test(tc, test_magic);
	suite_add_tcase(suite, tc);
	tc = unit_long_case(suite);
	tcase_add_loop_test(tc, test_random_bytes, 0, 4);
	tcase_add_loop_test(tc, test_few_random_bytes, 0, 10);
	return unit_main(suite);
}
