/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's table of symbols and its linked lists, made by hand in a small
 * memory of the test's own, whole and damaged.
 */
#include "unit.h"

#include "input/dump/kallsyms.h"
#include "input/dump/kernel_list.h"

#define BASE UINT64_C(0xffffffff81000000)
#define MEMORY 65536

static unsigned char memory[MEMORY];

static bool read_memory(void *arg, uint64_t addr, void *buf, size_t len)
{
	(void)arg;
	if (addr < BASE || addr - BASE > MEMORY || len > MEMORY - (addr - BASE))
		return false;
	memcpy(buf, memory + (addr - BASE), len);
	return true;
}

static const struct dump_memory mem = { read_memory, NULL };

/*
 * Three symbols.  Token 'T' is "T", token 1 is "_ste", token 2 is "xt", and
 * each letter is its own token.
 *
 *	T _stext	BASE + 0x1000
 *	t ab		BASE + 0x1000	an alias
 *	T end		BASE + 0x1400
 */
static const struct kallsyms_place place = {
	.names = BASE,
	.num_syms = BASE + 0x400,
	.token_table = BASE + 0x800,
	.token_index = BASE + 0x2000,
	.offsets = BASE + 0x3000,
	.relative_base = BASE + 0x3100,
	.known = "_stext",
	.known_addr = BASE + 0x1000,
};

static void put32(uint64_t at, uint32_t v)
{
	memcpy(memory + at, &v, sizeof(v));
}

static void put64(uint64_t at, uint64_t v)
{
	memcpy(memory + at, &v, sizeof(v));
}

static void put_tokens(void)
{
	uint16_t at = 0;

	for (unsigned i = 0; i < 256; i++) {
		char letter[2] = { (char)i, '\0' };
		const char *s = i == 1 ? "_ste" : i == 2 ? "xt" : letter;

		memcpy(memory + 0x2000 + 2 * i, &at, sizeof(at));
		strcpy((char *)memory + 0x800 + at, s);
		at = (uint16_t)(at + strlen(s) + 1);
	}
}

static void build(void)
{
	static const unsigned char names[] = {
		3, 'T', 1, 2, 3, 't', 'a', 'b', 4, 'T', 'e', 'n', 'd'
	};

	memset(memory, 0, sizeof(memory));
	memcpy(memory, names, sizeof(names));
	put32(0x400, 3);
	put_tokens();
	put32(0x3000, 0x1000);
	put32(0x3004, 0x1000);
	put32(0x3008, 0x1400);
	put64(0x3100, BASE);
}

static void assert_refused(const struct kallsyms_place *p)
{
	struct kallsyms k;
	char *error = NULL;

	ck_assert_int_lt(kallsyms_init(&k, &mem, p, &error), 0);
	ck_assert_ptr_nonnull(error);
	g_free(error);
}

START_TEST(test_relative)
{
	struct kallsyms_hit hit;
	struct kallsyms k;
	char *error = NULL;
	uint64_t addr;

	build();
	ck_assert_msg(!kallsyms_init(&k, &mem, &place, &error), "%s", error);
	ck_assert(kallsyms_find(&k, "end", &addr));
	ck_assert_uint_eq(addr, BASE + 0x1400);
	ck_assert(!kallsyms_find(&k, "T_stext", &addr));
	/* The first of two at one address; its length reaches to the next address. */
	ck_assert(kallsyms_lookup(&k, BASE + 0x1234, &hit));
	ck_assert_str_eq(hit.name, "_stext");
	ck_assert_uint_eq(hit.offset, 0x234);
	ck_assert_uint_eq(hit.length, 0x400);
	/* What precedes the first symbol and what follows the last belongs to none. */
	ck_assert(!kallsyms_lookup(&k, BASE + 0xfff, &hit));
	ck_assert(!kallsyms_lookup(&k, BASE + 0x1400, &hit));
	kallsyms_deinit(&k);
}
END_TEST

/* Per-CPU symbols are absolute, all others lie below the base. */
START_TEST(test_absolute)
{
	struct kallsyms k;
	char *error = NULL;
	uint64_t addr;

	build();
	put32(0x3000, (uint32_t)(-1 - 0x1000));
	put32(0x3004, 0x20);
	put32(0x3008, (uint32_t)(-1 - 0x1400));
	ck_assert_msg(!kallsyms_init(&k, &mem, &place, &error), "%s", error);
	ck_assert(kallsyms_find(&k, "ab", &addr));
	ck_assert_uint_eq(addr, 0x20);
	ck_assert(kallsyms_find(&k, "end", &addr));
	ck_assert_uint_eq(addr, BASE + 0x1400);
	kallsyms_deinit(&k);
}
END_TEST

/* A name of 130 tokens has a length of two bytes. */
START_TEST(test_long_name)
{
	struct kallsyms k;
	char *error = NULL;
	uint64_t addr;
	char name[130];

	build();
	memory[8] = 0x80 | 2;
	memory[9] = 1;
	memory[10] = 'T';
	memset(memory + 11, 'x', 129);
	memset(name, 'x', 129);
	name[129] = '\0';
	ck_assert_msg(!kallsyms_init(&k, &mem, &place, &error), "%s", error);
	ck_assert(kallsyms_find(&k, name, &addr));
	kallsyms_deinit(&k);
}
END_TEST

START_TEST(test_damaged)
{
	struct kallsyms_place p;

	build(); /* a count that cannot be */
	put32(0x400, UINT32_MAX);
	assert_refused(&place);
	build(); /* more symbols than there are names */
	put32(0x400, 4000);
	assert_refused(&place);
	build(); /* a token outside of the table */
	memory[0x2000 + 2 * 'a' + 1] = 0xff;
	assert_refused(&place);
	build(); /* another address than VMCOREINFO has */
	put32(0x3000, 0x1010);
	assert_refused(&place);
	build(); /* tables outside of memory */
	p = place;
	p.offsets = BASE + MEMORY - 4;
	assert_refused(&p);
	p = place;
	p.names = UINT64_MAX - 2;
	assert_refused(&p);
	p = place;
	p.known = "nobody";
	assert_refused(&p);
}
END_TEST

/* Each byte of the tables changed in turn: an error, or symbols that can be looked up. */
START_TEST(test_each_byte)
{
	for (unsigned i = 0; i < 0x3108; i++) {
		struct kallsyms_hit hit;
		struct kallsyms k;
		char *error = NULL;

		if (i == 16)
			i = 0x400;
		build();
		memory[i] ^= 0xff;
		if (kallsyms_init(&k, &mem, &place, &error)) {
			unit_assert(error != NULL);
			g_free(error);
			continue;
		}
		kallsyms_lookup(&k, BASE + 0x1234, &hit);
		kallsyms_deinit(&k);
	}
}
END_TEST

/* A list of n entries from BASE on, the last of which leads to entry `to`, or to the head. */
static void build_list(unsigned n, int to)
{
	memset(memory, 0, sizeof(memory));
	for (unsigned i = 0; i <= n; i++)
		put64(16 * i, BASE + 16 * (i + 1));
	put64(16 * n, to < 0 ? BASE : BASE + 16 * (unsigned)to);
}

START_TEST(test_list)
{
	for (unsigned n = 0; n < 40; n++) {
		struct kernel_list l;
		unsigned seen = 0;

		build_list(n, -1);
		kernel_list_init(&l, &mem, BASE);
		while (kernel_list_next(&l))
			unit_assert(l.node == BASE + 16 * ++seen);
		unit_assert(!l.problem && seen == n);
	}
}
END_TEST

/* A list that leads back into itself ends with a problem, wherever it does so. */
START_TEST(test_list_in_a_ring)
{
	for (unsigned n = 1; n < 40; n++)
		for (unsigned to = 1; to <= n; to++) {
			struct kernel_list l;
			unsigned steps = 0;

			build_list(n, (int)to);
			kernel_list_init(&l, &mem, BASE);
			while (kernel_list_next(&l))
				unit_assert(++steps < 8 * n + 8);
			unit_assert(l.problem != NULL);
		}
}
END_TEST

START_TEST(test_list_torn)
{
	struct kernel_list l;

	build_list(5, -1);
	put64(16 * 3, UINT64_C(0xdead000000000100));
	kernel_list_init(&l, &mem, BASE);
	while (kernel_list_next(&l))
		;
	ck_assert_ptr_nonnull(l.problem);
	ck_assert_uint_eq(l.node, UINT64_C(0xdead000000000100));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kallsyms");
	TCase *tc = tcase_create("kallsyms");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_relative);
	tcase_add_test(tc, test_absolute);
	tcase_add_test(tc, test_long_name);
	tcase_add_test(tc, test_damaged);
	tcase_add_test(tc, test_each_byte);
	tcase_add_test(tc, test_list);
	tcase_add_test(tc, test_list_in_a_ring);
	tcase_add_test(tc, test_list_torn);
	suite_add_tcase(suite, tc);
	return unit_main(suite);
}
