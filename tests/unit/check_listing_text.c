/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a listing's text may look like after it has been through terminals,
 * mail programs and logs; and where its windows come from.
 */
#include "listings.h"

#define LINE "0xf1008000-0xf100d000   20480 init_IRQ+0x74/0x1ac pages=4 vmalloc N0=4"

/* The same area, whatever stands around it. */
static const char *const same_area[] = {
	LINE,
	LINE "\r\n",
	LINE "\n\n",
	"f1008000-f100d000 20480 init_IRQ+0x74/0x1ac pages=4 vmalloc N0=4\n",
	"0xF1008000-0xF100D000 20480 init_IRQ+0x74/0x1ac pages=4 vmalloc N0=4\n",
	"  > > > " LINE "\n",
	"> >" LINE "\n",
	"[   12.345678] " LINE "\n",
	"[Mon Nov 27 00:20:00 2026] " LINE "\n",
	"[   12.345678][    T1] " LINE "\n",
	"<6>[   12.345678] " LINE "\n",
	"Nov 27 00:20:00 host kernel: [   12.345678] " LINE "\n",
	"vmallocinfo.txt:17:" LINE "\n",
	"```\n" LINE "\n```\n",
	"+" LINE "\n",
	"\xef\xbb\xbf" LINE "\n",
	"0xf1008000-0xf100d000\t20480\tinit_IRQ+0x74/0x1ac\tpages=4\tvmalloc\tN0=4\n",
	"0xf1008000-0xf100d00020480 init_IRQ+0x74/0x1ac pages=4 vmalloc N0=4\n",
	"0xf1008000 - 0xf100d000 20480 init_IRQ+0x74/0x1ac pages=4 vmalloc N0=4\n",
	"0xf1008000\xe2\x80\x93"
	"0xf100d000\xc2\xa0 20480 init_IRQ+0x74/0x1ac\xc2\xa0pages=4 vmalloc N0=4\n",
	"\x1b[01;31m\x1b[K0xf1008000\x1b[m\x1b[K-0xf100d000 20480 init_IRQ+0x74/0x1ac pages=4 vmalloc N0=4\n",
	LINE " # the one in question\n",
	"0xf1008000-0xf100d000   20480\ninit_IRQ+0x74/0x1ac pages=4 vmalloc N0=4\n",
	"0xf1008000-0xf100d000\n20480 init_IRQ+0x74/0x1ac pages=4 vmalloc N0=4\n",
	"> 0xf1008000-0xf100d000   20480 init_IRQ+0x74/0x1ac\n> pages=4\n> vmalloc N0=4\n",
	"[ 1.25] 0xf1008000-0xf100d000 20480 init_IRQ+0x74/0x1ac pages=4\n[ 1.25] vmalloc N0=4\n",
	"0xf1008000-0xf100d000   20480 init_IRQ+0x7=\n4/0x1ac pages=3D4 vmalloc N0=3D4\n",
	"0xf1008000-0xf100d000   20480 <init_IRQ+0x74/0x1ac> pages=4 vmalloc N0=4\n",
	/* Narrow columns, and programs that double each line end. */
	"0xf1008000-\n0xf100d000\n20480 init_IRQ+0x74/0x1ac pages=4\nvmalloc\nN0=4\n",
	"0xf1008000-0xf100d000\n20480 init_IRQ+0x74/0x1ac\npages=4 vmalloc\nN0=4\n",
	"0xf1008000-0xf100d000   20480\n\ninit_IRQ+0x74/0x1ac pages=4\n\nvmalloc N0=4\n\n",
	"\r" LINE "\r",
	/* Web pages. */
	"<pre>" LINE "</pre>\n",
	"<p><b>" LINE "</b></p>\n",
	"<tr><td>0xf1008000-0xf100d000</td><td>20480</td><td>init_IRQ+0x74/0x1ac</td>"
	"<td>pages=4</td><td>vmalloc</td><td>N0=4</td></tr>\n",
	"<span class=\"n\">0xf1008000</span>-<a href=\"#1\">0xf100d000</a> 20480 "
	"init_IRQ+0x74/0x1ac pages=4 vmalloc N0=4<br/>\n",
	"<span class=\"ln\">17</span><span class=\"cl\">" LINE "</span>\n",
	"&gt; 0xf1008000-0xf100d000&nbsp;20480 &lt;init_IRQ+0x74/0x1ac&gt;<br>pages=4 vmalloc N0=4<br>",
	"0xf1008000&#45;0xf100d000&#xA0;20480 init_IRQ&#43;0x74&#x2F;0x1ac pages&#61;4 vmalloc N0=4\n",
	/* JSON, and lists of strings in a program. */
	"\"0xf1008000-0xf100d000   20480 init_IRQ+0x74/0x1ac pages=4\\tvmalloc N0=4\\n\",\n",
	"\"" LINE "\",\n",
	"| " LINE " |\n",
	/* Remarks. */
	LINE " // the one in question\n",
	LINE " <-- the one in question\n",
	/* Bytes of Latin-1. */
	"0xf1008000\x96"
	"0xf100d000\xa0 20480 init_IRQ+0x74/0x1ac\xa0pages=4 vmalloc N0=4\n",
	"\xc3\xa0 " LINE "\n",
};

START_TEST(test_same_area)
{
	struct listing *l = listing_of(same_area[_i]);
	const struct listed *a = listing_area(l, 0);

	ck_assert_uint_eq(l->areas->len, 1);
	ck_assert_uint_eq(l->passed_over, 0);
	ck_assert_uint_eq(a->start, 0xf1008000);
	ck_assert_uint_eq(a->size, 20480);
	ck_assert_uint_eq(a->pages, 4);
	ck_assert_uint_eq(a->nr_nodes, 1);
	ck_assert_str_eq(listing_name(l, a->caller), "init_IRQ+0x74/0x1ac");
	ck_assert_str_eq(listing_name(l, a->words), "vmalloc");
	ck_assert(a->guard);
	listing_free(l);
}
END_TEST

/* PowerShell and others save text in UTF-16. */
START_TEST(test_utf16)
{
	const struct listing_options o = { 0 };
	g_autoptr(GString) text = g_string_new_len("\xff\xfe", 2);
	g_autofree char *error = NULL;
	struct listing *l;

	for (const char *p = LINE "\r\n" LINE "\r\n"; *p; p++) {
		g_string_append_c(text, *p);
		g_string_append_c(text, '\0');
	}
	l = listing_of_bytes(text->str, text->len, &o, &error);
	ck_assert_ptr_nonnull(l);
	ck_assert_uint_eq(l->areas->len, 2);
	ck_assert_uint_eq(l->nr_overlaps, 1);
	listing_free(l);
}
END_TEST

/* A whole file in one line: old line ends, a web page, a string of JSON. */
static const char *const one_line[] = { "\r",	  "<br>",    "<br />\r",   "\\n",
					"\\r\\n", "</p><p>", "</div><div>" };

START_TEST(test_one_line)
{
	/* The third one, whose address is hidden, begins a line. */
	g_autofree char *text =
		g_strconcat(LINE, one_line[_i], "0xf1010000-0xf1012000 8192 vmap", one_line[_i],
			    "(ptrval)-(ptrval) 8192 a&lt;b pages=1", one_line[_i], NULL);
	struct listing *l = listing_of(text);

	ck_assert_uint_eq(l->areas->len, 2);
	ck_assert_uint_eq(l->passed_over, 1);
	ck_assert_str_eq(listing_name(l, listing_area(l, 1)->words), "vmap");
	listing_free(l);
}
END_TEST

/* Symbols in <> that look like tags are symbols. */
START_TEST(test_no_tags)
{
	struct listing *l = listing_of("0xf1000000-0xf1002000 8192 <p+1> vmap\n"
				       "0xf1002000-0xf1004000 8192 <br+0x1/0x2> vmap\n"
				       "0xf1004000-0xf1006000 8192 a&b+0x1/0x2 vmap\n");

	ck_assert_str_eq(listing_name(l, listing_area(l, 0)->caller), "p+1");
	ck_assert_str_eq(listing_name(l, listing_area(l, 1)->caller), "br+0x1/0x2");
	ck_assert_str_eq(listing_name(l, listing_area(l, 2)->caller), "a&b+0x1/0x2");
	listing_free(l);
}
END_TEST

/* A line that is not an area costs only itself, and is counted. */
START_TEST(test_passed_over)
{
	struct listing *l = listing_of("Dear all,\n"
				       "here is what you asked for:\n"
				       "\n" LINE "\n"
				       "0xf1000000-0xf1002000 8191 odd+0x1/0x2 vmalloc\n"
				       "0xf1010000-0xf1012000    8192 a+0x1/0x2 vmap\n"
				       "...\n"
				       "Address 0xf1020000-0xf1022000 is what I mean\n"
				       "Best wishes\n");
	const struct listing_quote *q = &g_array_index(l->passed, struct listing_quote, 0);

	ck_assert_uint_eq(l->areas->len, 2);
	ck_assert_uint_eq(l->passed_over, 5);
	ck_assert_uint_eq(l->elided, 1);
	ck_assert_uint_eq(l->passed->len, LISTING_QUOTES);
	ck_assert_uint_eq(q[0].line, 1);
	ck_assert_str_eq(q[0].text, "Dear all,");
	ck_assert_uint_eq(q[1].line, 2);
	ck_assert_uint_eq(q[2].line, 5);
	ck_assert_ptr_nonnull(strstr(q[2].text, "8191"));
	listing_free(l);
}
END_TEST

START_TEST(test_words)
{
	struct listing *l = listing_of(
		"0xf1000000-0xf1002000    8192 vmap\n"
		"0xf1002000-0xf1004000    8192 somebody+0x1/0x2 [mod] pages=1 new-word vmalloc\n"
		"0xf1004000-0xf1006000    8192\n"
		"0xf1006000-0xf1008000    8192 0xbf00113d phys=fee00000 ioremap\n"
		"0xf1008000-0xf1018000   65536 vm_map_ram\n"
		"0xf1018000-0xf101a000    8192 unpurged vm_area\n");
	const struct listed *a = listing_area(l, 0);

	ck_assert_uint_eq(l->areas->len, 6);
	ck_assert_uint_eq(a[0].caller, LISTING_UNNAMED);
	ck_assert_str_eq(listing_name(l, a[0].words), "vmap");
	ck_assert_str_eq(listing_name(l, a[1].module), "mod");
	ck_assert_str_eq(listing_name(l, a[1].words), "new-word vmalloc");
	ck_assert_uint_eq(a[2].words, LISTING_UNNAMED);
	ck_assert_str_eq(listed_kind_name(l, &a[2]), "other");
	ck_assert_str_eq(listing_name(l, a[3].caller), "0xbf00113d");
	ck_assert_uint_eq(a[3].phys, 0xfee00000);
	ck_assert_uint_eq(a[4].kind, LISTED_MAP_RAM);
	ck_assert(!a[4].guard);
	ck_assert_uint_eq(a[4].caller, LISTING_UNNAMED);
	ck_assert_uint_eq(a[5].kind, LISTED_UNPURGED);
	ck_assert_uint_eq(listed_mapped(l, &a[5]), 0);
	listing_free(l);
}
END_TEST

/* Pages of 64 KiB: the guard is one of those. */
START_TEST(test_large_pages)
{
	struct listing *l = listing_of(
		"0xc008000000000000-0xc008000000020000  131072 a+0x1/0x2 pages=1 vmalloc\n"
		"0xc008000000020000-0xc008000000060000  262144 b+0x1/0x2 pages=3 vmalloc\n"
		"0xc008000000080000-0xc0080000000a0000  131072 c+0x1/0x2 vmap\n"
		"0xc0080000000a0000-0xc0080000000b0000   65536 d+0x1/0x2 vmap\n");

	ck_assert_uint_eq(l->page_shift, 16);
	ck_assert_uint_eq(listed_mapped(l, listing_area(l, 2)), 65536);
	ck_assert_uint_eq(l->no_guard, 1);
	listing_free(l);
}
END_TEST

#define X86 "0xffffc90000000000-0xffffc90000005000   20480 map_irq_stack+0x42/0xc0 vmap\n"

/* The window comes from what the text says, if it says something. */
static const struct {
	const char *text;
	uint64_t start, end;
	bool last_unused;
	const char *from;
} windows[] = {
	{ "    vmalloc : 0xf1000000 - 0xfb000000   ( 160 MB)\n" LINE "\n", 0xf1000000, 0xfb000000,
	  false, "boot" },
	{ "[    0.000000]     vmalloc : 0xf0800000 - 0xff800000   ( 240 MB)\n" LINE "\n",
	  0xf0800000, 0xff800000, false, "boot" },
	{ LINE
	  "\nvmalloc_node_range for size 839680 failed: Address range restricted to 0xf1000000 - 0xf5110000\n",
	  0xf1000000, 0xf5110000, false, "failure" },
	{ LINE "\nAddress range restricted to 0xf1000000 - 0xf510ffff\n", 0xf1000000, 0xf5110000,
	  true, "failure" },
	{ "VMALLOC_START 0xf0ffe000\nVMALLOC_END 0xfeffe000\n" LINE "\n", 0xf0ffe000, 0xfeffe000,
	  false, "VMALLOC_START" },
	{ "NUMBER(VMALLOC_START)=0xf0ffe000\nNUMBER(VMALLOC_END)=0xfeffe000\n" LINE "\n",
	  0xf0ffe000, 0xfeffe000, false, "VMALLOC_START" },
	{ LINE "\nVmallocTotal:     122880 kB\n0xf100d000-0xf100f000 8192 hpet_enable+0x1/0x2\n",
	  0xf1008000, 0xf8808000, false, "VmallocTotal" },
	{ X86
	  "x: va_in: (f+0x0/0x5b0) size=20480 align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff\n",
	  UINT64_C(0xffffc90000000000), UINT64_C(0xffffe90000000000), true, "trace" },
	/* Nor does half a line about a window. */
	{ "VMALLOC_END 0xfeffe000\n" LINE "\n", 0xf1000000, 0xff000000, false, "rule" },
	/* A line about the window of another machine does not count. */
	{ "    vmalloc : 0x80000000 - 0x90000000   ( 256 MB)\n" LINE "\n", 0xf1000000, 0xff000000,
	  false, "rule" },
};

START_TEST(test_window)
{
	struct listing *l = listing_of(windows[_i].text);

	ck_assert_uint_eq(l->vmalloc.start, windows[_i].start);
	ck_assert_uint_eq(l->vmalloc.end, windows[_i].end);
	ck_assert_int_eq(l->vmalloc.last_unused, windows[_i].last_unused);
	ck_assert_ptr_nonnull(strstr(l->vmalloc.from, windows[_i].from));
	ck_assert_uint_eq(l->passed_over, 0);
	listing_free(l);
}
END_TEST

/* A failure in the module space names that space. */
START_TEST(test_modules_said)
{
	struct listing *l = listing_of(
		X86
		"0xffffffffc0040000-0xffffffffc0042000 8192 move_module+0x1/0x2 pages=1 vmalloc\n"
		"vmap allocation for size 12288 failed: Address range restricted to 0xffffffffc0008000 - 0xffffffffff000000\n");
	const struct listing_failure *f = &g_array_index(l->failures, struct listing_failure, 0);

	ck_assert_uint_eq(l->vmalloc.start, UINT64_C(0xffffc90000000000));
	ck_assert_uint_eq(l->modules.start, UINT64_C(0xffffffffc0008000));
	ck_assert_uint_eq(l->modules.end, UINT64_C(0xffffffffff000000));
	ck_assert_uint_eq(l->nr_failures, 1);
	ck_assert_uint_eq(f->size, 12288);
	ck_assert(f->with_guard);
	listing_free(l);
}
END_TEST

START_TEST(test_parse_window)
{
	static const char *const wrong[] = {
		"",
		"x",
		"0xf1000000",
		"0xf1000000-",
		"0xf1000000-x",
		"0xf1000000-0xf0000000",
		"0xf1000001-0xf5110000",
		"0xf1000000-0xf5110001",
		"0-0x1000",
		"0xf1000000-0xffffffffffffffff",
		"64K1",
	};
	struct listing_window w;
	uint64_t size = 0;

	ck_assert(listing_parse_window("0xf1000000-0xf5110000", &w, &size));
	ck_assert(w.start == 0xf1000000 && w.end == 0xf5110000 && !w.last_unused && !size);
	/* As $((0xffffc90000000000))-$((0xffffc90003ffffff)) prints it. */
	ck_assert(listing_parse_window("-60473139527680--60473072418817", &w, &size));
	ck_assert_uint_eq(w.start, UINT64_C(0xffffc90000000000));
	ck_assert_uint_eq(w.end, UINT64_C(0xffffc90004000000));
	ck_assert(!listing_parse_window("-60473139527680-", &w, &size));
	ck_assert(!listing_parse_window("--60473072418817", &w, &size));
	ck_assert(listing_parse_window("f1000000-f510ffff", &w, &size));
	ck_assert(w.end == 0xf5110000 && w.last_unused);
	ck_assert(listing_parse_window("64M", &w, &size));
	ck_assert_uint_eq(size, MiB(64));
	ck_assert(!listing_parse_window("64M", &w, NULL));
	ck_assert(!listing_parse_window("100", &w, &size));
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
		ck_assert_msg(!listing_parse_window(wrong[i], &w, &size), "%s", wrong[i]);
}
END_TEST

/* vmalloc=SIZE keeps the end of a 32-bit window and the start of another, as kernels do. */
START_TEST(test_window_of_a_size)
{
	const struct listing_options o = { .vmalloc_size = MiB(256) };
	g_autofree char *error = NULL;
	struct listing *l = listing_of_bytes(LINE, strlen(LINE), &o, &error);

	ck_assert_uint_eq(l->vmalloc.start, 0xff000000 - MiB(256));
	ck_assert_uint_eq(l->vmalloc.end, 0xff000000);
	listing_free(l);
	l = listing_of_bytes(X86, strlen(X86), &o, &error);
	ck_assert_uint_eq(l->vmalloc.start, UINT64_C(0xffffc90000000000));
	ck_assert_uint_eq(l->vmalloc.end, UINT64_C(0xffffc90010000000));
	listing_free(l);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("listing_text");
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, test_same_area, 0, G_N_ELEMENTS(same_area));
	tcase_add_test(tc, test_utf16);
	tcase_add_loop_test(tc, test_one_line, 0, G_N_ELEMENTS(one_line));
	tcase_add_test(tc, test_no_tags);
	tcase_add_test(tc, test_passed_over);
	tcase_add_test(tc, test_words);
	tcase_add_test(tc, test_large_pages);
	suite_add_tcase(s, tc);
	tc = tcase_create("windows");
	tcase_add_loop_test(tc, test_window, 0, G_N_ELEMENTS(windows));
	tcase_add_test(tc, test_modules_said);
	tcase_add_test(tc, test_parse_window);
	tcase_add_test(tc, test_window_of_a_size);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
