/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How names, flags and numbers are written.
 */
#include "listings.h"
#include "show/digits.h"
#include "texts.h"

START_TEST(escape_every_byte)
{
	for (int c = 1; c < 256; c++) {
		char name[] = { 'a', (char)c, 'b', '\0' };
		g_autoptr(GString) out = g_string_new("x");
		g_autofree char *octal = g_strdup_printf("xa\\%03ob", c);
		g_autofree char *plain = g_strdup_printf("xa%cb", c);
		bool special = c <= ' ' || c == '\\' || c >= 0x7f; /* alone no UTF-8 */

		show_escape(out, name);
		ck_assert_str_eq(out->str, special ? octal : plain);
		ck_assert_uint_eq(out->len, strlen(out->str));
	}
}
END_TEST

/* Characters that steer a terminal are escaped byte by byte, all others stay. */
START_TEST(escape_utf8)
{
	static const struct {
		const char *name;
		const char *want;
	} cases[] = {
		{ "\303\251t\303\251", "\303\251t\303\251" },
		{ "\342\202\254", "\342\202\254" },		/* a euro sign */
		{ "\360\237\220\247", "\360\237\220\247" },	/* a penguin */
		{ "a\302\2332J", "a\\302\\2332J" },		/* U+009B */
		{ "a\2332J", "a\\2332J" },			/* its byte */
		{ "\302\240", "\302\240" },			/* after the last of C1 */
		{ "a\342\200\256gpj", "a\\342\\200\\256gpj" },	/* U+202E */
		{ "\342\201\247x", "\\342\\201\\247x" },	/* U+2067 */
		{ "\342\200\250", "\\342\\200\\250" },		/* a line separator */
		{ "\300\212", "\\300\\212" },			/* a newline, too long */
		{ "\355\240\200", "\\355\\240\\200" },		/* half a pair */
		{ "\364\220\200\200", "\\364\\220\\200\\200" }, /* after the last one */
		{ "\342\202", "\\342\\202" },			/* cut off */
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		show_escape(out, cases[i].name);
		ck_assert_str_eq(out->str, cases[i].want);
	}
}
END_TEST

START_TEST(escape_long)
{
	g_autofree char *name = g_strnfill(255, '\n');
	g_autoptr(GString) out = g_string_new(NULL);

	show_escape(out, name);
	ck_assert_uint_eq(out->len, 4 * 255);
	show_escape(out, "");
	ck_assert_uint_eq(out->len, 4 * 255);
	for (gsize i = 0; i < out->len; i += 4)
		ck_assert_int_eq(memcmp(out->str + i, "\\012", 4), 0);
}
END_TEST

START_TEST(flags_as_words)
{
	static const struct {
		unsigned flags;
		const char *words;
	} cases[] = {
		{ 0, "-" },
		{ VM_ALLOC, "vmalloc" },
		{ VM_ALLOC | VM_USERMAP | VM_VPAGES, "vmalloc,user,vpages" },
		{ VM_IOREMAP, "ioremap" },
		{ VM_MAP, "vmap" },
		{ VM_MAP | VM_DMA_COHERENT, "vmap,dma-coherent" },
		{ VM_SPARSE, "sparse" },
		{ VM_NO_GUARD | VM_SYMBOL | VM_UNINITIALIZED, "-" },
		{ ~0u, "ioremap,sparse,vmalloc,vmap,user,dma-coherent,vpages,vm_map_ram" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		show_flags(out, cases[i].flags);
		ck_assert_str_eq(out->str, cases[i].words);
	}
}
END_TEST

START_TEST(digits_like_printf)
{
	GRand *r = g_rand_new_with_seed(1);

	for (int i = 0; i < 20000; i++) {
		uint64_t v = (uint64_t)g_rand_int(r) << 32 | g_rand_int(r);
		char got[128], want[128], *p = got;

		v >>= g_rand_int_range(r, 0, 64);
		if (i == 0)
			v = 0;
		if (i == 1)
			v = UINT64_MAX;
		p = put_dec(p, v);
		*p++ = ' ';
		p = put_dec_wide(p, v, 7);
		*p++ = ' ';
		p = put_hex(p, v);
		*p++ = ' ';
		p = put_addr(p, v);
		*p = '\0';
		snprintf(want, sizeof(want), "%lu %7lu %lx 0x%016lx", v, v, v, v);
		ck_assert_str_eq(got, want);
	}
	g_rand_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("words");
	TCase *t = tcase_create("words");

	tcase_add_test(t, escape_every_byte);
	tcase_add_test(t, escape_utf8);
	tcase_add_test(t, escape_long);
	tcase_add_test(t, flags_as_words);
	tcase_add_test(t, digits_like_printf);
	suite_add_tcase(s, t);

	return unit_main(s);
}
