/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine that was booted with a dump has the dump's leaves, each with its size and its
 * flags; one frame of the dump is one frame here, in whatever areas it is; and the bytes
 * behind are the dump's.
 */
#include "unit.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "dumps.h"
#include "input/dump/dump_tables.h"
#include "input/load.h"
#include "show/show.h"
#include "space.h"

static const char *const fixtures[] = { "6.1-kaslr", "6.1-no-note", "6.12-smp4" };

struct loaded {
	struct machine *m;
	struct listing *l;
};

static struct loaded load_path(const char *path, bool strict)
{
	const struct listing_options o = { .strict = strict };
	struct machine_config config = MACHINE_CONFIG_DEFAULT;
	const struct load_decided decided = { 0 };
	struct loaded have = { 0 };
	char *error = NULL;

	ck_assert_msg(!listing_read(path, &o, &have.l, &error), "%s", error);
	ck_assert_msg(!load_configure(have.l, &decided, &config, &error), "%s", error);
	ck_assert_int_eq(machine_boot(&config, &have.m), 0);
	ck_assert_int_eq(vmalloc_init(have.m), 0);
	ck_assert_msg(!load_listing(have.m, have.l, &error), "%s", error);
	return have;
}

static struct loaded load_fixture(const char *kernel, bool strict)
{
	g_autofree char *name = g_strdup_printf("%s.elf.zst", kernel);
	g_autofree char *path = data_path(name);

	return load_path(path, strict);
}

static void unload(struct loaded *have)
{
	space_check(have->m);
	vmalloc_exit(have->m);
	machine_destroy(have->m);
	listing_free(have->l);
}

/* --- leaves ------------------------------------------------------------------------ */

/* A line of ptdump: a range with what is said of it after its size, "RW ... pte". */
struct said {
	uint64_t start, end;
	const char *flags;
};

static GArray *ranges_said(char *text)
{
	GArray *ranges = g_array_new(FALSE, FALSE, sizeof(struct said));
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		struct said s;
		int at = 0;

		/* Two addresses and a size, which is followed by one blank. */
		if (sscanf(line, "0x%" SCNx64 "-0x%" SCNx64 " %*s%n", &s.start, &s.end, &at) == 2 &&
		    at) {
			s.flags = line + at + 1;
			g_array_append_val(ranges, s);
		}
	}
	return ranges;
}

/* The same words of an entry of the dump, as Linux's own ptdump has them. */
static void flags_wanted(const struct dump_leaf *leaf, char *text, size_t len)
{
	bool large = leaf->shift > 12;
	uint64_t e = leaf->entry;

	snprintf(text, len, "%s%s%s%s%s%s%s%s%s", e & 4 ? "USR " : "    ", e & 2 ? "RW " : "ro ",
		 e & 8 ? "PWT " : "    ", e & 16 ? "PCD " : "    ",
		 large && e & 128 ? "PSE " : "    ", (large ? e & 4096 : e & 128) ? "PAT " : "    ",
		 e & 256 ? "GLB " : "    ", e >> 63 ? "NX " : "x  ", large ? "pmd" : "pte");
}

struct comparing {
	struct loaded *have;
	GArray *said;
	guint at;
	uint64_t bytes; /* that the dump maps */
	unsigned large, read_only, devices;
	GHashTable *ours; /* the dump's frame -> ours */
	GHashTable *theirs;
	unsigned read;
};

static void compare_leaf(void *arg, const struct dump_leaf *leaf)
{
	struct comparing *c = arg;
	uint64_t size = UINT64_C(1) << leaf->shift;
	const struct said *s = NULL;
	char want[64];

	for (; c->at < c->said->len; c->at++) {
		s = &g_array_index(c->said, struct said, c->at);
		if (s->end > leaf->addr)
			break;
	}
	flags_wanted(leaf, want, sizeof(want));
	ck_assert_ptr_nonnull(s);
	ck_assert_msg(s->start <= leaf->addr && leaf->addr + size <= s->end,
		      "0x%" PRIx64 " is not mapped as one", leaf->addr);
	ck_assert_msg(!strcmp(s->flags, want), "0x%" PRIx64 ": '%s', not '%s'", leaf->addr,
		      s->flags, want);
	c->bytes += size;
	c->large += leaf->shift == 21;
	c->read_only += !(leaf->entry & 2);
}

static uint64_t bytes_said(const GArray *said, uint64_t start, uint64_t end)
{
	uint64_t bytes = 0;

	for (guint i = 0; i < said->len; i++) {
		const struct said *s = &g_array_index(said, struct said, i);

		if (s->start >= start && s->end <= end && !g_str_has_prefix(s->flags, "         "))
			bytes += s->end - s->start;
	}
	return bytes;
}

START_TEST(test_leaves)
{
	struct loaded have = load_fixture(fixtures[_i], false);
	const struct dump_window *const windows[] = { &have.l->dump->vmalloc,
						      &have.l->dump->module_space };
	GBytes *dumped = show_ptdump(have.m);
	g_autofree char *text = g_strndup(g_bytes_get_data(dumped, NULL), g_bytes_get_size(dumped));
	struct comparing c = { .have = &have, .said = ranges_said(text) };
	uint64_t missing = 0;

	for (unsigned i = 0; i < G_N_ELEMENTS(windows); i++) {
		const struct dump_window *w = windows[i];

		c.bytes = 0;
		ck_assert_int_eq(dump_leaves(have.l->dump, w->start, w->end - 1, 1 << 20,
					     compare_leaf, &c, &missing),
				 0);
		ck_assert_uint_eq(missing, 0);
		ck_assert_uint_gt(c.bytes, 1 << 17);
		ck_assert_uint_eq(bytes_said(c.said, w->start, w->end), c.bytes);
	}
	ck_assert(_i == 2 || c.large > 0);
	ck_assert_uint_gt(c.read_only, 0);
	g_bytes_unref(dumped);
	g_array_unref(c.said);
	unload(&have);
}
END_TEST

/* --- frames and bytes --------------------------------------------------------------- */

static void compare_page(struct comparing *c, uint64_t addr, uint64_t phys)
{
	struct translation t;
	unsigned char want[4096] = { 0 }, got[4096];
	gpointer known, ours;

	/* Device memory has no frame. */
	if (pgtable_walk(c->have->m, c->have->m->cr3, addr, ACCESS_READ, &t) == FAULT_OUTSIDE) {
		c->devices++;
		return;
	}
	ck_assert_int_eq(t.fault, FAULT_NONE);
	ours = GSIZE_TO_POINTER((t.phys >> 12) + 1);
	known = g_hash_table_lookup(c->ours, GSIZE_TO_POINTER(phys >> 12));
	if (known)
		ck_assert_ptr_eq(known, ours);
	else
		ck_assert_ptr_null(g_hash_table_lookup(c->theirs, ours));
	g_hash_table_insert(c->ours, GSIZE_TO_POINTER(phys >> 12), ours);
	g_hash_table_insert(c->theirs, ours, GSIZE_TO_POINTER(phys >> 12));

	c->read += dump_file_read_physical(c->have->l->dump->file, phys, want, sizeof(want));
	ck_assert_uint_eq(vread(c->have->m, got, addr, sizeof(got)), sizeof(got));
	ck_assert_mem_eq(got, want, sizeof(got));
}

static void compare_pages_of(void *arg, const struct dump_leaf *leaf)
{
	for (uint64_t at = 0; at < UINT64_C(1) << leaf->shift; at += 4096)
		compare_page(arg, leaf->addr + at, leaf->phys + at);
}

START_TEST(test_frames)
{
	struct loaded have = load_fixture(fixtures[_i], false);
	struct comparing c = {
		.have = &have,
		.ours = g_hash_table_new(NULL, NULL),
		.theirs = g_hash_table_new(NULL, NULL),
	};
	uint64_t missing = 0;

	for (guint i = 0; i < have.l->areas->len; i++) {
		const struct listed *a = listing_area(have.l, i);

		if (a->kind != LISTED_UNPURGED)
			dump_leaves(have.l->dump, a->start, listed_end(a) - 1, 1000,
				    compare_pages_of, &c, &missing);
	}
	ck_assert_uint_gt(c.read, 6);
	ck_assert_uint_gt(c.devices, 0);
	g_hash_table_unref(c.ours);
	g_hash_table_unref(c.theirs);
	unload(&have);
}
END_TEST

/* The frame under an address, in the dump or in the machine. */
static uint64_t frame_there(struct dump *d, uint64_t addr)
{
	struct dump_walk w;

	dump_walk(d, addr, &w);
	ck_assert_ptr_null(w.problem);
	return w.phys >> 12;
}

static uint64_t frame_here(struct machine *m, uint64_t addr)
{
	struct page *page = vmalloc_to_page(m, addr);

	ck_assert_ptr_nonnull(page);
	return page_to_pfn(m, page);
}

/* The page table entry of an address leads to the frame of another address from now on. */
static void lead_to(const struct copy *c, struct dump *d, uint64_t addr, uint64_t other)
{
	struct dump_walk w;
	uint64_t entry;

	dump_walk(d, addr, &w);
	entry = (w.entry[w.nr - 1] & ~UINT64_C(0xffffffffff000)) | frame_there(d, other) << 12;
	ck_assert_int_eq(pwrite(c->fd, &entry, sizeof(entry),
				(off_t)find_bytes(c, &w.entry[w.nr - 1], sizeof(entry))),
			 sizeof(entry));
}

/* The n-th area that owns pages, or of vmap() with frames, and is mapped. */
static uint64_t nth_area(struct dump *d, uint64_t flag, unsigned n)
{
	for (guint i = 0; i < d->areas->len; i++) {
		const struct dump_area *a = dump_area(d, i);
		struct dump_walk w;

		dump_walk(d, a->start, &w);
		if (a->flags & flag && (flag == 4 || a->nr_pages) && !w.problem && w.shift == 12 &&
		    !n--)
			return a->start;
	}
	ck_abort_msg("there is no such area");
	return 0;
}

/* A frame in a vmap() and in its owner is one; two owners of one frame get one each. */
START_TEST(test_shared)
{
	struct copy c = copy_of("6.1-kaslr");
	struct dump *d = NULL;
	char *error = NULL;
	uint64_t owner, second, twin;
	struct loaded have;

	ck_assert(!dump_open(c.path, NULL, &d, &error));
	owner = nth_area(d, 2, 0);
	second = nth_area(d, 2, 1);
	twin = nth_area(d, 4, 0);
	lead_to(&c, d, twin, owner);
	lead_to(&c, d, second, owner);
	dump_close(d);

	have = load_path(c.path, false);
	ck_assert_uint_eq(frame_here(have.m, twin), frame_here(have.m, owner));
	ck_assert_uint_ne(frame_here(have.m, second), frame_here(have.m, owner));
	space_check(have.m);
	/* What is written by one name is there by the other, also after the owner went. */
	ck_assert_uint_eq(vwrite(have.m, "here", owner, 4), 4);
	vfree(have.m, owner);
	{
		char text[4];

		ck_assert_int_eq(vread_area(have.m, text, twin, 4), 4);
		ck_assert_mem_eq(text, "here", 4);
	}
	close(c.fd);
	unload(&have);
}
END_TEST

/* A page that the dump left out: an error with strict, and then no other page is. */
START_TEST(test_strict)
{
	struct loaded have = load_fixture("6.1-kaslr", true);
	unsigned errors = 0, read = 0;

	for (guint i = 0; i < have.l->areas->len; i++) {
		const struct listed *a = listing_area(have.l, i);

		for (uint64_t page = 0; page < a->pages; page++) {
			uint64_t addr = a->start + page * 4096;
			bool there =
				dump_file_has(have.l->dump->file, frame_there(have.l->dump, addr));
			unsigned char byte;

			ck_assert_int_eq(vread_area(have.m, &byte, addr, 1), there ? 1 : -EIO);
			errors += !there;
			read += there;
		}
	}
	ck_assert_uint_gt(errors, 0);
	ck_assert_uint_gt(read, 0);
	unload(&have);
}
END_TEST

/* When all areas are gone, all frames are free, whatever shared them. */
START_TEST(test_freed)
{
	struct loaded have = load_fixture(fixtures[_i], false);

	for (guint i = 0; i < have.l->areas->len; i++) {
		const struct listed *a = listing_area(have.l, i);

		if (a->kind == LISTED_UNPURGED)
			continue;
		if (a->pages)
			vfree(have.m, a->start);
		else
			vunmap(have.m, a->start);
	}
	purge_vmap_area_lazy(have.m);
	ck_assert_uint_eq(nr_managed_pages(have.m) - nr_free_pages(have.m),
			  have.m->nr_table_frames);
	unload(&have);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("load_dump");
	TCase *tc = tcase_create("load_dump");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_leaves, 0, G_N_ELEMENTS(fixtures));
	tcase_add_loop_test(tc, test_frames, 0, G_N_ELEMENTS(fixtures));
	tcase_add_test(tc, test_shared);
	tcase_add_test(tc, test_strict);
	tcase_add_loop_test(tc, test_freed, 0, G_N_ELEMENTS(fixtures));
	suite_add_tcase(suite, tc);
	return unit_main(suite);
}
