/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmallocfs-info's figures of layouts that people published, and its answers,
 * each tried in a machine of the core that has the same ranges.
 */
#include "info/info.h"
#include "listings.h"
#include "space.h"

static void read_case(struct info *info, const char *name, enum info_by by,
		      const struct listing_options *o)
{
	const struct listing_options none = { 0 };
	g_autofree char *path = case_path(name);
	struct listing *l;
	char *error = NULL;

	ck_assert_msg(!listing_read(path, o ? o : &none, &l, &error), "%s", error);
	info_init(info, l, by);
}

static const struct info_group *group(const struct info *info, const char *name)
{
	for (guint i = 0; i < info->groups->len; i++) {
		const struct info_group *g = &g_array_index(info->groups, struct info_group, i);

		if (!strcmp(g->name, name))
			return g;
	}
	ck_abort_msg("no group %s", name);
	return NULL;
}

/* --- figures that the kernels themselves gave ------------------------------------------ */

START_TEST(test_ppc32)
{
	struct info info;
	const struct info_space *s = &info.space[0];
	struct info_answer answer;

	read_case(&info, "vmallocinfo-ppc32-6.14-kasan-outline.txt", BY_CALLER, NULL);
	ck_assert_uint_eq(s->areas, 387);
	ck_assert_uint_eq(info.space[1].areas, 41);
	ck_assert_uint_eq(s->waiting, 24);
	ck_assert_uint_eq(s->holes.free, 7069696);
	ck_assert_uint_eq(s->purged.free, 7561216);
	ck_assert_uint_eq(s->purged.hole->len, 201);
	ck_assert_uint_eq(s->holes.largest.size, 831488);
	ck_assert_uint_eq(s->holes.largest.start, 0xf3b3d000);
	ck_assert_uint_eq(group(&info, "__ioremap_caller")->bytes, 35938304);
	ck_assert_uint_eq(group(&info, "__ioremap_caller")->areas, 38);
	ck_assert_uint_eq(group(&info, "swap_cgroup_swapon")->bytes, 4198400);
	ck_assert_uint_eq(group(&info, "kernel_clone")->areas, 190);
	ck_assert_uint_eq(group(&info, "load_module")->bytes, 7200768);
	ck_assert_uint_eq(group(&info, "load_module")->areas, 150);
	ck_assert_uint_eq(group(&info, "load_module")->vmalloc_bytes, 3133440);
	ck_assert_uint_eq(group(&info, "load_module")->vmalloc_areas, 110);
	ck_assert_uint_eq(group(&info, "[unpurged]")->areas, 24);

	/* It failed as the kernel said, and 67 MiB would have been enough. */
	ck_assert_int_eq(info_ask(&info, &(struct info_request){ .size = 832096 }, &answer), 0);
	ck_assert(!info_fits(&answer));
	ck_assert_uint_eq(answer.full, 839680);
	ck_assert_uint_gt(answer.a.lower, 0);
	ck_assert_uint_le(s->window->end - s->window->start + answer.a.lower, MiB(67));
	info_deinit(&info);
}
END_TEST

/* VmallocChunk and VmallocUsed as that kernel's meminfo had them. */
START_TEST(test_mt6589)
{
	struct info info;

	read_case(&info, "vmallocinfo-arm32-3.4-mt6589.txt", BY_CALLER, NULL);
	ck_assert_uint_eq(info.space[0].holes.largest.size, KiB(141316));
	ck_assert_uint_eq(info.space[0].bytes, KiB(148132));
	info_deinit(&info);
}
END_TEST

/* Where real kernels placed what was asked for next. */
START_TEST(test_next)
{
	struct info info;
	struct info_answer a;

	read_case(&info, "vmallocinfo-x86_64-5.4-jc.txt", BY_CALLER, NULL);
	ck_assert_int_eq(info_ask(&info, &(struct info_request){ .size = 8192 }, &a), 0);
	ck_assert_uint_eq(a.a.now[VM_FIRST_FIT].addr, UINT64_C(0xffffb3c1c0065000));
	ck_assert_uint_eq(info.space[0].waiting_bytes, 7585792);
	info_deinit(&info);

	read_case(&info, "vmallocinfo-arm32-4.x-unpurged-vm_map_ram.txt", BY_CALLER, NULL);
	ck_assert_int_eq(info_ask(&info,
				  &(struct info_request){ .size = MiB(64), .align = MiB(16) }, &a),
			 0);
	ck_assert_uint_eq(a.a.now[VM_FIRST_FIT].addr, 0xf1000000);
	info_deinit(&info);
}
END_TEST

START_TEST(test_full_modules)
{
	struct listing_options o = { 0 };
	struct info info;
	struct info_answer a;

	ck_assert(listing_parse_window("0xffffffffc003e000-0xffffffffff000000", &o.modules, NULL));
	read_case(&info, "synthetic-x86_64-5.10-bpf_jit-full.txt", BY_CALLER, &o);
	ck_assert_uint_eq(group(&info, "bpf_jit_binary_alloc")->bytes, 18296832);
	ck_assert_int_eq(
		info_ask(&info, &(struct info_request){ .size = 8192, .modules = true }, &a), 0);
	ck_assert(!info_fits(&a));
	ck_assert_str_eq(a.space->name, "modules");
	ck_assert_int_eq(info_ask(&info, &(struct info_request){ .size = 8192 }, &a), 0);
	ck_assert(info_fits(&a));
	info_deinit(&info);
}
END_TEST

/* Without addresses, who uses it is told all the same. */
START_TEST(test_hidden)
{
	struct info info;
	struct info_answer a;

	read_case(&info, "vmallocinfo-x86_64-5.x-hashed-numa.txt", BY_CALLER, NULL);
	ck_assert_uint_eq(info.nr_spaces, 0);
	ck_assert_uint_eq(group(&info, "inet_ehash_locks_alloc")->bytes, 8192 + 69632);
	ck_assert_uint_eq(group(&info, "inet_ehash_locks_alloc")->pages, 17);
	ck_assert_int_eq(info_ask(&info, &(struct info_request){ .size = 8192 }, &a), -ENOENT);
	info_deinit(&info);
}
END_TEST

/* --- groups and changes ----------------------------------------------------------------- */

static struct info info_of(const char *text, enum info_by by)
{
	struct info info;

	info_init(&info, listing_of(text), by);
	return info;
}

static const char some[] = "0xf1000000-0xf1002000 8192 a+0x1/0x9 [m] pages=1 vmalloc\n"
			   "0xf1002000-0xf1004000 8192 a+0x2/0x9 [m] pages=1 vmalloc\n"
			   "0xf1004000-0xf1007000 12288 b+0x1/0x2 vmap\n"
			   "0xf1007000-0xf1009000 8192 c+0x1/0x2 phys=1000 ioremap\n"
			   "0xf1009000-0xf100b000 8192 unpurged vm_area\n";

START_TEST(test_groups)
{
	struct info info = info_of(some, BY_CALLER);

	ck_assert_uint_eq(info.groups->len, 4);
	ck_assert_uint_eq(group(&info, "a")->areas, 2);
	ck_assert_uint_eq(group(&info, "a")->bytes, 16384);
	ck_assert_str_eq(g_array_index(info.groups, struct info_group, 0).name, "a");
	ck_assert_str_eq(g_array_index(info.groups, struct info_group, 1).name, "b");
	info_deinit(&info);
	info = info_of(some, BY_MODULE);
	ck_assert_uint_eq(info.groups->len, 3);
	ck_assert_uint_eq(group(&info, "m")->areas, 2);
	ck_assert_uint_eq(group(&info, "[kernel]")->areas, 2);
	info_deinit(&info);
	info = info_of(some, BY_KIND);
	ck_assert_uint_eq(group(&info, "vmalloc")->pages, 2);
	ck_assert_uint_eq(group(&info, "unpurged")->bytes, 8192);
	info_deinit(&info);
	info = info_of(some, BY_SIZE);
	ck_assert_uint_eq(info.groups->len, 2);
	ck_assert_uint_eq(group(&info, "8192")->areas, 4);
	info_deinit(&info);
}
END_TEST

/* A leak is the first line; then what is new, what shrank, what is gone. */
START_TEST(test_changes)
{
	struct info from = info_of(some, BY_CALLER);
	struct info to = info_of("0xf1000000-0xf1002000 8192 a+0x1/0x9 [m] pages=1 vmalloc\n"
				 "0xf1004000-0xf1007000 12288 b+0x1/0x2 vmap\n"
				 "0xf1100000-0xf1200000 1048576 c+0x1/0x2 phys=2000 ioremap\n"
				 "0xf1200000-0xf1202000 8192 d+0x1/0x2 vmap\n",
				 BY_CALLER);
	GArray *changes = info_changes(&from, &to);
	const struct info_change *c = (const struct info_change *)(const void *)changes->data;

	ck_assert_uint_eq(changes->len, 4);
	ck_assert_str_eq(c[0].name, "c");
	ck_assert_str_eq(info_change_word(&c[0]), "grown");
	ck_assert_str_eq(c[1].name, "d");
	ck_assert_str_eq(info_change_word(&c[1]), "new");
	ck_assert_str_eq(info_change_word(&c[2]), "gone");
	ck_assert_str_eq(c[2].name, "[unpurged]");
	ck_assert_str_eq(info_change_word(&c[3]), "shrunk");
	g_array_unref(changes);
	changes = info_changes(&from, &from);
	ck_assert_uint_eq(changes->len, 0);
	g_array_unref(changes);
	info_deinit(&from);
	info_deinit(&to);
}
END_TEST

/* --- the answers, tried in the core ----------------------------------------------------- */

/*
 * A machine of the core with the ranges of a listing that are in or near the
 * vmalloc window, moved so that the window begins 1 to 2 GiB above the machine's,
 * at an address with the same alignment.
 */
struct twin {
	struct machine *m;
	uint64_t moved; /* added to addresses */
};

#define ROOM GiB(1)
#define NOBODY LISTING_UNNAMED

static bool is_near(const struct info *info, const struct listed *a)
{
	const struct listing_window *w = info->space[0].window;
	uint64_t low = w->start > ROOM ? w->start - ROOM : 0;

	return !a->overlaps && a->start >= low && listed_end(a) <= w->end + ROOM &&
	       listed_end(a) > a->start;
}

static struct twin twin_of(const struct info *info, guint gone)
{
	struct machine_config config = MACHINE_CONFIG_DEFAULT;
	struct twin t;

	config.memory = MiB(16);
	config.vmalloc_size = UINT64_C(32) << 40;
	t.m = space_boot_config(&config);
	t.moved = VMALLOC_START + ROOM - (info->space[0].window->start & -ROOM);
	vmalloc_set_lazy_max(t.m, UINT64_MAX >> PAGE_SHIFT);
	for (guint i = 0; i < info->l->areas->len; i++) {
		const struct listed *a = listing_area(info->l, i);
		const struct vm_restore r = {
			.addr = a->start + t.moved,
			.size = a->size,
			.flags = VM_MAP | VM_NO_GUARD,
		};

		if (i == gone || !is_near(info, a))
			continue;
		ck_assert_int_eq(vm_restore_area(t.m, &r), 0);
		if (a->kind == LISTED_UNPURGED)
			vunmap(t.m, r.addr);
	}
	return t;
}

static void twin_end(struct twin *t)
{
	vmalloc_exit(t->m);
	machine_destroy(t->m);
}

/* Where the core puts vmalloc(size) in [start, end) of the listing; 0: nowhere. */
static uint64_t place(struct twin *t, const struct info_answer *a, uint64_t start, uint64_t end)
{
	const struct listing_window *w = a->space->window;
	uint64_t align = MAX(a->request.align, PAGE_SIZE);
	struct vm_struct *area =
		get_vm_area_range(t->m, a->full - PAGE_SIZE, align, VM_MAP, start + t->moved,
				  end + t->moved - w->last_unused, NUMA_NO_NODE, NULL);

	return area ? area->addr - t->moved : 0;
}

static void try_policies(const struct info *info, const struct info_answer *a)
{
	const struct listing_window *w = a->space->window;

	for (unsigned p = 0; p < NR_VM_POLICIES; p++) {
		const struct vm_place *want = a->a.now[p].fits ? &a->a.now[p] : &a->a.purged[p];
		struct twin t = twin_of(info, NOBODY);

		ck_assert_int_eq(vmalloc_set_policy(t.m, (enum vm_policy)p), 0);
		ck_assert_uint_eq(place(&t, a, w->start, w->end), want->fits ? want->addr : 0);
		twin_end(&t);
	}
}

static void try_help(const struct info *info, const struct info_answer *a)
{
	const struct listing_window *w = a->space->window;
	struct twin t = twin_of(info, NOBODY);

	if (a->a.lower && a->a.lower < ROOM) {
		ck_assert_uint_eq(place(&t, a, w->start - a->a.lower + PAGE_SIZE, w->end), 0);
		ck_assert_uint_eq(place(&t, a, w->start - a->a.lower, w->end),
				  w->start - a->a.lower);
	}
	twin_end(&t);
	for (unsigned i = 0; i < a->nr_removal; i++) {
		t = twin_of(info, a->removal[i]);
		ck_assert_uint_ne(place(&t, a, w->start, w->end), 0);
		twin_end(&t);
	}
	t = twin_of(info, NOBODY);
	ck_assert_uint_eq(place(&t, a, w->start, w->end), 0);
	twin_end(&t);
}

static const char *const tried[] = {
	"vmallocinfo-ppc32-6.14-kasan-outline.txt",
	"vmallocinfo-arm32-3.4-mt6589.txt",
	"vmallocinfo-arm32-4.4-zynq.txt",
	"vmallocinfo-armmp-6.1.txt",
	"vmallocinfo-i386-6.1-full.txt",
	"vmallocinfo-arm32-4.x-unpurged-vm_map_ram.txt",
	"vmallocinfo-arm32-4.1-overlap.txt",
};

START_TEST(test_tried)
{
	struct info info;
	uint64_t largest;
	unsigned failed = 0;

	read_case(&info, tried[_i], BY_CALLER, NULL);
	largest = info.space[0].purged.largest.size;
	for (unsigned k = 0; k < 10; k++) {
		const struct info_request requests[] = {
			{ .size = 1 },
			{ .size = 8192 },
			{ .size = 65536, .align = 65536 },
			{ .size = MiB(1), .align = MiB(1) },
			{ .size = info.space[0].holes.largest.size - PAGE_SIZE },
			{ .size = largest - PAGE_SIZE },
			{ .size = largest - PAGE_SIZE + 1 },
			{ .size = largest, .align = KiB(64) },
			{ .size = largest + MiB(1) },
			{ .size = MiB(700) },
		};
		struct info_answer a;

		ck_assert_int_eq(info_ask(&info, &requests[k], &a), 0);
		try_policies(&info, &a);
		ck_assert_int_eq(info_fits(&a), a.a.purged[VM_FIRST_FIT].fits);
		if (info_fits(&a))
			continue;
		failed++;
		try_help(&info, &a);
	}
	ck_assert_uint_ge(failed, 3);
	info_deinit(&info);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("info");
	TCase *tc = tcase_create("figures");

	tcase_add_test(tc, test_ppc32);
	tcase_add_test(tc, test_mt6589);
	tcase_add_test(tc, test_next);
	tcase_add_test(tc, test_full_modules);
	tcase_add_test(tc, test_hidden);
	tcase_add_test(tc, test_groups);
	tcase_add_test(tc, test_changes);
	suite_add_tcase(s, tc);
	tc = tcase_create("answers");
	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_loop_test(tc, test_tried, 0, G_N_ELEMENTS(tried));
	suite_add_tcase(s, tc);
	return unit_main(s);
}
