/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dumps that lack what the list needs: each is refused with one line, which says what is
 * missing and what to do.
 */
#include "unit.h"

#include <elf.h>
#include <errno.h>

#include "dumps.h"

/* Opening it fails, and the one line has each of these words. */
static void refused(struct copy *c, const char *word, const char *advice)
{
	struct dump *d = NULL;
	char *error = NULL;

	ck_assert_int_eq(dump_open(c->path, NULL, &d, &error), -EINVAL);
	ck_assert_ptr_null(d);
	ck_assert_ptr_null(strchr(error, '\n'));
	ck_assert_msg(strstr(error, word) && strstr(error, advice), "%s", error);
	g_free(error);
	close(c->fd);
}

/* Puts other bytes wherever the dump has these. */
static void replace(struct copy *c, const char *bytes, const char *with, size_t len)
{
	g_autofree char *all = g_malloc(c->size);
	unsigned n = 0;

	ck_assert_int_eq(pread(c->fd, all, c->size, 0), (ssize_t)c->size);
	for (char *p = all; (p = memmem(p, c->size - (size_t)(p - all), bytes, len)); p += len, n++)
		ck_assert_int_eq(pwrite(c->fd, with, len, p - all), (ssize_t)len);
	ck_assert_uint_gt(n, 0);
}

/* Kernels before 6.0, and those without symbols, do not say where these are. */
START_TEST(test_symbols)
{
	struct copy c = copy_of("6.1-kaslr");

	replace(&c, "SYMBOL(kallsyms_names)", "SYMBOL(something_more)", 22);
	refused(&c, "since 6.0", "/proc/vmallocinfo");
}
END_TEST

START_TEST(test_types)
{
	struct copy c = copy_of("6.1-kaslr");

	replace(&c, "\x9f\xeb\x01\x00\x18\x00\x00\x00", "\0\0\0\0\0\0\0\0", 8);
	refused(&c, "CONFIG_DEBUG_INFO_BTF", "/proc/vmallocinfo");
}
END_TEST

/* Where in the file the tenth area is. */
static uint64_t tenth_area(const struct copy *c)
{
	struct dump *d = open_dump("6.1-kaslr");
	const struct dump_area *a = dump_area(d, 10);
	uint64_t range[2] = { a->start, a->start + a->size };

	dump_close(d);
	return find_bytes(c, range, sizeof(range));
}

/* The dump leaves out the page with the tenth area: its segment ends before it. */
START_TEST(test_page_of_list)
{
	struct copy c = copy_of("6.1-kaslr");
	uint64_t at = tenth_area(&c), page = 4096;
	Elf64_Ehdr head;
	unsigned n = 0;

	ck_assert_int_eq(pread(c.fd, &head, sizeof(head), 0), sizeof(head));
	for (unsigned i = 0; i < head.e_phnum; i++) {
		off_t place = (off_t)(head.e_phoff + (uint64_t)i * head.e_phentsize);
		Elf64_Phdr p;

		ck_assert_int_eq(pread(c.fd, &p, sizeof(p), place), sizeof(p));
		if (p.p_type != PT_LOAD || at < p.p_offset || at >= p.p_offset + p.p_filesz)
			continue;
		p.p_filesz = p.p_memsz = (at - p.p_offset) / page * page;
		ck_assert_int_eq(pwrite(c.fd, &p, sizeof(p), place), sizeof(p));
		n++;
	}
	ck_assert_uint_eq(n, 1);
	refused(&c, "list of areas cannot be read", "makedumpfile -d 1");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dump_lacks");
	TCase *tc = tcase_create("dump_lacks");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_symbols);
	tcase_add_test(tc, test_types);
	tcase_add_test(tc, test_page_of_list);
	suite_add_tcase(suite, tc);
	return unit_main(suite);
}
