/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listings as people have them: what must come of each file of
 * tests/data/cases.
 */
#include "listings.h"

#include <vmallocfs/vmalloc.h>

/* What a case holds.  A window of 0: the rules cannot know it, or it does not exist. */
static const struct {
	const char *name;
	uint64_t areas, map_ram, unpurged, no_guard, overlaps, passed;
	uint64_t start, end;
	uint64_t modules_start, modules_end;
	bool hidden;
} cases[] = {
	{ "vmallocinfo-ppc32-6.14-kasan-outline.txt", 428, 0, 24, 1, 0, 0, 0xf1000000, 0xf5110000,
	  0xbea00000, 0xc0000000, false },
	{ "vmallocinfo-arm32-3.4-mt6589.txt", 374, 0, 0, 12, 0, 0, 0xde000000, 0xff000000,
	  0xbf000000, 0xc0000000, false },
	{ "vmallocinfo-arm32-4.4-zynq.txt", 54, 0, 0, 4, 0, 0, 0xd0800000, 0xff800000, 0, 0,
	  false },
	{ "vmallocinfo-arm32-3.18-msm-lowmem.txt", 117, 0, 0, 2, 0, 0, 0xd0800000, 0xff000000, 0, 0,
	  false },
	{ "vmallocinfo-arm32-4.1-overlap.txt", 7, 0, 0, 3, 1, 0, 0, 0, 0, 0, false },
	{ "vmallocinfo-arm32-4.x-unpurged-vm_map_ram.txt", 4, 2, 1, 0, 0, 0, 0xec000000, 0xff000000,
	  0, 0, false },
	{ "vmallocinfo-armmp-6.1.txt", 65, 0, 0, 2, 0, 0, 0xf0800000, 0xff800000, 0xbf000000,
	  0xc0000000, false },
	{ "vmallocinfo-i386-6.1.txt", 89, 0, 0, 1, 0, 0, 0xf77fe000, 0xfeffe000, 0, 0, false },
	{ "vmallocinfo-i386-6.1-full.txt", 137, 0, 16, 1, 0, 0, 0xf77fe000, 0xfeffe000, 0, 0,
	  false },
	{ "vmallocinfo-x86_64-5.4-jc.txt", 991, 0, 371, 3, 0, 0, 0xffffb3c1c0000000,
	  0xffffd3c1c0000000, 0xffffffffc0000000, 0xffffffffff000000, false },
	{ "vmallocinfo-x86_64-6.12-unsorted.txt", 268, 0, 0, 1, 0, 0, 0xffffd37940000000,
	  0xfffff37940000000, 0xffffffffc0000000, 0xffffffffff000000, false },
	{ "vmallocinfo-x86_64-2.6.25-mm.txt", 24, 0, 0, 0, 0, 0, 0xffffc20000000000,
	  0xffffe20000000000, 0xffffffff88000000, 0xfffffffffff00000, false },
	{ "vmallocinfo-x86_64-4.14-pcpu-32M.txt", 17, 0, 0, 17, 0, 0, 0xffffb68dc0000000,
	  0xffffd68dc0000000, 0, 0, false },
	{ "vmallocinfo-arm64-6.5-gdb-lx.txt", 10, 0, 0, 5, 0, 0, 0xffff800008000000,
	  0xfffffbfff0000000, 0xffff800000000000, 0xffff800008000000, false },
	{ "vmallocinfo-arm64-6.x-drgn.txt", 4, 0, 0, 0, 0, 0, 0xffff800080000000,
	  0xfffffbfff0000000, 0xffff800000000000, 0xffff800080000000, false },
	{ "crash-kmem-v-x86_64.txt", 6, 0, 0, 0, 0, 2, 0xffffab3ec0000000, 0xffffcb3ec0000000, 0, 0,
	  false },
	{ "vmallocinfo-arm64-va39-mail-quoted.txt", 9, 0, 0, 0, 0, 1, 0xffffff8008000000, 0,
	  0xffffff8000000000, 0xffffff8008000000, false },
	{ "vmallocinfo-x86_64-5.10-ghes-grep.txt", 2, 0, 0, 0, 0, 1, 0xffffb3eb00000000,
	  0xffffd3eb00000000, 0, 0, false },
	{ "vmallocinfo-ppc32-ptrval.txt", 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, true },
	{ "vmallocinfo-arm64-zeros.txt", 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, true },
	{ "vmallocinfo-x86_64-5.x-hashed-numa.txt", 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, true },
	{ "vmallocinfo-s390-ppc64-mips64-synthetic.txt", 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, false },
	{ "vmallocinfo-x86_64-5level-synthetic.txt", 5, 0, 0, 1, 0, 0, 0xffa0000000000000,
	  0xffd2000000000000, 0xffffffffc0000000, 0xffffffffff000000, false },
	{ "synthetic-x86_64-5.10-bpf_jit-full.txt", 1902, 0, 0, 0, 0, 0, 0xffffc90000000000,
	  0xffffe90000000000, 0xffffffffc0000000, 0xffffffffff000000, false },
};

START_TEST(test_case)
{
	struct listing *l = listing_of_case(cases[_i].name);
	guint guards = 0;

	ck_assert_uint_eq(l->nr_areas, cases[_i].areas);
	ck_assert_uint_eq(l->nr_map_ram, cases[_i].map_ram);
	ck_assert_uint_eq(l->nr_unpurged, cases[_i].unpurged);
	ck_assert_uint_eq(l->areas->len, cases[_i].areas + cases[_i].unpurged);
	ck_assert_uint_eq(l->no_guard, cases[_i].no_guard);
	ck_assert_uint_eq(l->nr_overlaps, cases[_i].overlaps);
	ck_assert_uint_eq(l->passed_over, cases[_i].passed);
	ck_assert_uint_eq(l->elsewhere, 0);
	ck_assert_int_eq(l->hidden, cases[_i].hidden);
	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);

		guards += a->kind == LISTED_AREA && !a->guard;
		unit_assert(l->hidden || !i || listing_area(l, i - 1)->start <= a->start);
		unit_assert(listed_mapped(l, a) <= a->size);
	}
	ck_assert_uint_eq(guards, l->no_guard);
	if (cases[_i].start)
		ck_assert_uint_eq(l->vmalloc.start, cases[_i].start);
	if (cases[_i].end)
		ck_assert_uint_eq(l->vmalloc.end, cases[_i].end);
	if (cases[_i].modules_end) {
		ck_assert_uint_eq(l->modules.start, cases[_i].modules_start);
		ck_assert_uint_eq(l->modules.end, cases[_i].modules_end);
	}
	ck_assert_int_eq(l->vmalloc.end != 0, !l->hidden);
	listing_free(l);
}
END_TEST

static uint64_t count_in(const struct listing *l, const struct listing_window *w)
{
	uint64_t n = 0;

	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);

		n += a->kind != LISTED_UNPURGED && listing_window_of(l, a) == w;
	}
	return n;
}

/* Bytes of the areas whose caller begins with a name. */
static uint64_t bytes_of(const struct listing *l, const struct listing_window *w,
			 const char *caller, guint *areas)
{
	uint64_t bytes = 0;

	*areas = 0;
	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);
		const char *name = listing_name(l, a->caller);

		if (!name || !g_str_has_prefix(name, caller) || (w && listing_window_of(l, a) != w))
			continue;
		bytes += a->size;
		++*areas;
	}
	return bytes;
}

START_TEST(test_ppc32)
{
	struct listing *l = listing_of_case("vmallocinfo-ppc32-6.14-kasan-outline.txt");
	guint areas;

	ck_assert_uint_eq(count_in(l, &l->vmalloc), 387);
	ck_assert_uint_eq(count_in(l, &l->modules), 41);
	ck_assert_uint_eq(bytes_of(l, &l->vmalloc, "__ioremap_caller+", &areas), 35938304);
	ck_assert_uint_eq(areas, 38);
	ck_assert_uint_eq(bytes_of(l, &l->vmalloc, "load_module+", &areas), 3133440);
	ck_assert_uint_eq(areas, 110);
	ck_assert_uint_eq(bytes_of(l, NULL, "load_module+", &areas), 7200768);
	ck_assert_uint_eq(areas, 150);
	ck_assert_uint_eq(bytes_of(l, &l->vmalloc, "kernel_clone+", &areas), 3891200);
	ck_assert_uint_eq(areas, 190);
	listing_free(l);
}
END_TEST

START_TEST(test_full_modules)
{
	g_autofree char *path = case_path("synthetic-x86_64-5.10-bpf_jit-full.txt");
	struct listing_options o = { 0 };
	struct listing *l;
	char *error;
	guint areas;

	ck_assert(listing_parse_window("0xffffffffc003e000-0xffffffffff000000", &o.modules, NULL));
	ck_assert_int_eq(listing_read(path, &o, &l, &error), 0);
	ck_assert_uint_eq(count_in(l, &l->modules), 1901);
	ck_assert_uint_eq(bytes_of(l, NULL, "bpf_jit_binary_alloc+", &areas), 18296832);
	ck_assert_uint_eq(l->modules.start, UINT64_C(0xffffffffc003e000));
	ck_assert_str_eq(l->modules.from, "modules=");
	ck_assert(!l->modules.last_unused && l->vmalloc.last_unused);
	listing_free(l);
}
END_TEST

/* Of two areas that overlap, the one that comes first in the file stays, and both are named. */
START_TEST(test_overlap)
{
	struct listing *l = listing_of_case("vmallocinfo-arm32-4.1-overlap.txt");
	const struct listing_quote *q = &g_array_index(l->overlaps, struct listing_quote, 0);

	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);

		ck_assert_int_eq(a->overlaps, a->start == 0xf5000000);
	}
	ck_assert_uint_eq(l->overlaps->len, 1);
	ck_assert_uint_eq(q->other, 3);
	ck_assert_uint_eq(q->line, 4);
	ck_assert_ptr_nonnull(strstr(q->text, "0xf528e000-0xf5292000"));
	ck_assert_ptr_nonnull(strstr(q->text, "0xf5000000-0xf9001000"));
	listing_free(l);
}
END_TEST

static const struct listed *area_at(const struct listing *l, uint64_t start)
{
	for (guint i = 0; i < l->areas->len; i++)
		if (listing_area(l, i)->start == start)
			return listing_area(l, i);
	ck_abort_msg("no area at 0x%llx", (unsigned long long)start);
	return NULL;
}

/* Mail programs quote lines and wrap them. */
START_TEST(test_mail)
{
	struct listing *l = listing_of_case("vmallocinfo-arm64-va39-mail-quoted.txt");
	const struct listed *a = area_at(l, UINT64_C(0xffffff800c5fe000));

	ck_assert_str_eq(listing_name(l, a->caller),
			 "kbasep_js_policy_ctx_has_priority+0x254/0xdb0");
	ck_assert_str_eq(listing_name(l, a->module), "mali_kbase");
	ck_assert_str_eq(listing_name(l, a->words), "vmalloc");
	ck_assert_uint_eq(a->pages, 1);
	ck_assert_uint_eq(a->line, 14);
	a = area_at(l, UINT64_C(0xffffff8000a5f000));
	ck_assert_uint_eq(a->pages, 91);
	a = area_at(l, UINT64_C(0xffffff8008000000));
	ck_assert(a->has_phys && a->flags & VM_IOREMAP);
	ck_assert_uint_eq(a->phys, 0x12001000);
	ck_assert_uint_eq(l->elided, 2);
	listing_free(l);
}
END_TEST

START_TEST(test_forms)
{
	struct listing *l = listing_of_case("vmallocinfo-arm64-6.5-gdb-lx.txt");

	ck_assert_str_eq(listing_name(l, listing_area(l, 0)->caller), "start_kernel+372");
	listing_free(l);
	l = listing_of_case("vmallocinfo-arm64-6.x-drgn.txt");
	ck_assert_str_eq(listing_name(l, listing_area(l, 1)->caller), "ioremap_prot");
	ck_assert_uint_eq(listing_area(l, 1)->phys, 0x8020000);
	listing_free(l);
	l = listing_of_case("vmallocinfo-arm32-3.18-msm-lowmem.txt");
	ck_assert_str_eq(listing_name(l, listing_area(l, 0)->words), "lowmem");
	ck_assert_str_eq(listed_kind_name(l, listing_area(l, 0)), "lowmem");
	listing_free(l);
	l = listing_of_case("vmallocinfo-x86_64-5.x-hashed-numa.txt");
	ck_assert_str_eq(listing_name(l, listing_area(l, 2)->caller), "0xffffffffc04a113d");
	ck_assert_uint_eq(listing_area(l, 1)->nr_nodes, 6);
	ck_assert_uint_eq(listing_area(l, 1)->pages, 16);
	listing_free(l);
}
END_TEST

/* Files without an area say so, and what they are. */
START_TEST(test_no_listing)
{
	static const struct {
		const char *name, *says;
	} others[] = {
		{ "failure-messages.txt", "839680" },
		{ "trace-kretprobe-alloc_vmap_area-5.10.txt", "vmallocfs-replay" },
		{ "trace-perf-trace.txt", "vmallocfs-replay" },
		{ "meminfo-arm32-3.4-mt6589.txt", "no area" },
	};
	const struct listing_options o = { 0 };

	for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autofree char *path = case_path(others[i].name);
		g_autofree char *error = NULL;
		struct listing *l;

		ck_assert_int_eq(listing_read(path, &o, &l, &error), -EINVAL);
		ck_assert_ptr_nonnull(strstr(error, others[i].says));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("listing");
	TCase *tc = tcase_create("cases");

	tcase_add_loop_test(tc, test_case, 0, G_N_ELEMENTS(cases));
	tcase_add_test(tc, test_ppc32);
	tcase_add_test(tc, test_full_modules);
	tcase_add_test(tc, test_overlap);
	tcase_add_test(tc, test_mail);
	tcase_add_test(tc, test_forms);
	tcase_add_test(tc, test_no_listing);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
