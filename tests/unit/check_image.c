/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images without a mount: what is restored is the machine that was saved, and a
 * damaged image is refused, or gives that machine.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <glib.h>
#include <unistd.h>

#include "input/image/image.h"
#include "kept_image.h"
#include "space.h"

#define P PAGE_SIZE

static char dir[] = "/tmp/check_image.XXXXXX";
static char *file;

/* --- restoring ------------------------------------------------------------------------------ */

static void write_file(const void *bytes, size_t n)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
	close(fd);
}

/* The machine in the file, or NULL and why there is none. */
static struct machine *restore(char **error)
{
	struct image *img = NULL;
	struct machine *m = NULL;

	*error = NULL;
	if (image_open(file, NULL, &img, error))
		return NULL;
	if (!image_boot(img, 0, &m, error) && image_finish(img, m, error)) {
		vmalloc_exit(m);
		machine_destroy(m);
		m = NULL;
	}
	image_close(img);
	return m;
}

static struct machine *restored(const GByteArray *image)
{
	g_autofree char *error = NULL;
	struct machine *m;

	write_file(image->data, image->len);
	m = restore(&error);
	ck_assert_msg(m, "%s", error);
	return m;
}

/* --- machines ------------------------------------------------------------------------------- */

static void fill(struct machine *m, vaddr_t addr, uint64_t n, unsigned char byte)
{
	unsigned char page[P];

	memset(page, byte, P);
	for (uint64_t i = 0; i < n; i++)
		ck_assert_int_eq(vwrite_area(m, page, addr + i * P, P), P);
}

struct scene {
	unsigned nodes, cpus;
	enum vm_policy policy;
	uint64_t lazy;
};

static const struct scene scenes[] = {
	{ 1, 1, VM_FIRST_FIT, 0 },    { 2, 1, VM_NEXT_FIT, 40 },   { 1, 1, VM_BEST_FIT, 0 },
	{ 1, 1, VM_WORST_FIT, 0 },    { 1, 2, VM_TOP_DOWN, 9 },	   { 1, 1, VM_LINUX_6_1, 60 },
	{ 1, 1, VM_LINUX_6_12, 100 }, { 1, 4, VM_LINUX_6_12, 50 },
};

static struct machine *make_machine(const struct scene *s)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	uint64_t state = 88172645463325252;
	vaddr_t area[40];
	struct page *page[3];
	struct machine *m;
	paddr_t phys;

	c.memory = MiB(8);
	c.nodes = s->nodes;
	c.cpus = s->cpus;
	c.vmalloc_size = MiB(64);
	m = space_boot_config(&c);
	ck_assert_int_eq(vmalloc_set_policy(m, s->policy), 0);
	vmalloc_set_lazy_max(m, s->lazy);
	for (unsigned i = 0; i < 40; i++) {
		uint64_t n = unit_random(&state) % 9 + 1;

		m->cpu = i % s->cpus;
		area[i] = vmalloc(m, n * P - i, "area");
		fill(m, area[i], n / 2, (unsigned char)i);
		if (i % 7 == 3)
			get_vm_area_range(m, 3 * P, 16 * P, 0, m->vmalloc_start, m->vmalloc_end,
					  NUMA_NO_NODE, "reserved");
	}
	for (unsigned i = 0; i < 40; i += 3)
		vfree(m, area[i]);
	fill(m, vmalloc(m, 700 * P, "large"), 600, 0x77);
	vmalloc_user(m, 2 * P, "user");
	ck_assert_int_eq(vm_area_pages(m, area[1], 0, 1, page), 0);
	vmap(m, page, 1, VM_MAP, PAGE_KERNEL, "twin");
	ck_assert_int_eq(io_reserve(m, 5 * P, &phys), 0);
	ioremap(m, phys, 5 * P, 0, "device");
	m->in_interrupt = false;
	fault_set_nth(m, &m->failslab, 100000);
	m->fail_page_alloc.times = -1;
	vfree(m, 0x123); /* a line in the log, and a warning */
	return m;
}

/* What the next operations give must be the same. */
static void same_next(struct machine *a, struct machine *b)
{
	uint64_t state = 362436069;
	vaddr_t at[60];

	for (unsigned i = 0; i < 60; i++) {
		uint64_t n = unit_random(&state) % 12 + 1;
		uint64_t align = P << unit_random(&state) % 4;

		a->cpu = b->cpu = i % a->nr_cpus;
		at[i] = __vmalloc_node_range(a, n * P, align, a->vmalloc_start, a->vmalloc_end,
					     GFP_KERNEL, PAGE_KERNEL, 0, NUMA_NO_NODE, "n");
		ck_assert_uint_eq(at[i], __vmalloc_node_range(b, n * P, align, b->vmalloc_start,
							      b->vmalloc_end, GFP_KERNEL,
							      PAGE_KERNEL, 0, NUMA_NO_NODE, "n"));
		for (uint64_t j = 0; at[i] && j < n; j++)
			ck_assert_uint_eq(page_to_pfn(a, vmalloc_to_page(a, at[i] + j * P)),
					  page_to_pfn(b, vmalloc_to_page(b, at[i] + j * P)));
		if (i % 3) {
			vfree(a, at[i / 2]);
			vfree(b, at[i / 2]);
			at[i / 2] = 0;
		}
	}
	purge_vmap_area_lazy(a);
	purge_vmap_area_lazy(b);
	ck_assert_uint_eq(vmalloc_nr_pooled(a), vmalloc_nr_pooled(b));
	ck_assert_uint_eq(vmalloc(a, 9 * P, "last"), vmalloc(b, 9 * P, "last"));
}

START_TEST(is_the_machine)
{
	struct machine *m = make_machine(&scenes[_i]);
	GByteArray *image = image_of(m, NULL);
	struct machine *a = restored(image), *b = restored(image);
	GByteArray *first, *second;

	space_check(a);
	ck_assert_uint_eq(space_warnings(a), space_warnings(m));
	ck_assert_uint_eq(a->nr_flush_tlb, m->nr_flush_tlb);
	ck_assert_uint_eq(a->nr_table_frames, m->nr_table_frames);
	ck_assert_uint_eq(nr_free_pages(a), nr_free_pages(m));
	ck_assert_uint_eq(nr_page_events(a), nr_page_events(m));
	ck_assert_uint_eq(vmlist_count(a), vmlist_count(m));
	ck_assert_uint_eq(vmalloc_nr_lazy(a), vmalloc_nr_lazy(m));
	ck_assert_uint_eq(fault_nth(&a->failslab), fault_nth(&m->failslab));
	ck_assert_uint_eq(space_logged(a, "restored from an image"), 1);

	/* Two restores are alike but for the time of the log's last line. */
	first = image_of(a, NULL);
	second = image_of(b, NULL);
	ck_assert_uint_eq(first->len, second->len);
	for (guint i = 0, differ = 0; i < first->len; i++)
		ck_assert_uint_le(differ += first->data[i] != second->data[i], 2 * 8 + 4);
	fault_set_nth(m, &m->failslab, 0);
	fault_set_nth(a, &a->failslab, 0);
	same_next(m, a);
	space_check(a);

	g_byte_array_unref(first);
	g_byte_array_unref(second);
	g_byte_array_unref(image);
	vmalloc_exit(m);
	machine_destroy(m);
	vmalloc_exit(a);
	machine_destroy(a);
	vmalloc_exit(b);
	machine_destroy(b);
}
END_TEST

/* --- damage -------------------------------------------------------------------------------- */

static struct machine *make_tiny(void)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct machine *m;

	c.memory = MiB(1);
	m = space_boot_config(&c);
	ck_assert_int_eq(vmalloc_set_policy(m, VM_LINUX_6_1), 0);
	vmalloc_set_lazy_max(m, 10);
	fill(m, vmalloc(m, P, "a"), 1, 1);
	vfree(m, vmalloc(m, P, "b"));
	vmalloc(m, 2 * P, "c");
	return m;
}

/*
 * Refused, or the same machine: bytes of a frame that was never written mean nothing.
 * `whole` is an image of the machine that is restored without damage.
 */
static void refused_or_same(const GByteArray *whole, uint64_t at)
{
	g_autofree char *error = NULL;
	struct machine *m = restore(&error);
	GByteArray *again;
	guint differ = 0;

	if (!m) {
		ck_assert_msg(error && *error && !strchr(error, '\n'), "byte %" PRIu64, at);
		return;
	}
	again = image_of(m, NULL);
	vmalloc_exit(m);
	machine_destroy(m);
	ck_assert_uint_eq(again->len, whole->len);
	for (guint i = 0; i < whole->len; i++)
		differ += again->data[i] != whole->data[i];
	ck_assert_msg(differ <= 20, "byte %" PRIu64 ": another machine is restored", at);
	g_byte_array_unref(again);
}

/* Refused, with a line that says why. */
static void must_be_refused(const char *what, uint64_t at)
{
	g_autofree char *error = NULL;
	struct machine *m = restore(&error);

	ck_assert_msg(!m, "%s %" PRIu64 ": it is restored", what, at);
	ck_assert_msg(error && *error && !strchr(error, '\n'), "%s %" PRIu64 ": no reason", what,
		      at);
}

static GByteArray *image_of_restored(const GByteArray *image)
{
	struct machine *m = restored(image);
	GByteArray *whole = image_of(m, NULL);

	vmalloc_exit(m);
	machine_destroy(m);
	return whole;
}

/* Of the note each byte, of the rest one now and then, all of them if CHECK_LONG is set. */
START_TEST(each_byte)
{
	struct machine *m = make_tiny();
	GByteArray *image = image_of(m, NULL);
	GByteArray *whole = image_of_restored(image);
	uint64_t note = 0;
	uint64_t step = getenv("CHECK_LONG") ? 1 : 127;
	int fd;

	for (guint i = 0; i + 8 < image->len; i++)
		if (!memcmp(image->data + i, "VMFS-IMG", 8))
			note = i - 24;
	ck_assert_uint_gt(note, 0);
	write_file(image->data, image->len);
	fd = open(file, O_WRONLY);
	for (uint64_t i = 0; i < image->len; i += i < note || i % 5 == 0 ? step : 1) {
		unsigned char wrong = image->data[i] ^ (unsigned char)(1u << i % 8);

		ck_assert_int_eq(pwrite(fd, &wrong, 1, (off_t)i), 1);
		refused_or_same(whole, i);
		ck_assert_int_eq(pwrite(fd, image->data + i, 1, (off_t)i), 1);
	}
	close(fd);
	g_byte_array_unref(whole);
	g_byte_array_unref(image);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* Cut off at some lengths, at each one if CHECK_LONG is set. */
START_TEST(each_length)
{
	struct machine *m = make_tiny();
	GByteArray *image = image_of(m, NULL);
	uint64_t step = getenv("CHECK_LONG") ? 1 : 255;

	write_file(image->data, image->len);
	for (uint64_t cut = 1; cut <= image->len; cut += step) {
		ck_assert_int_eq(truncate(file, (off_t)(image->len - cut)), 0);
		must_be_refused("length", image->len - cut);
	}
	g_byte_array_unref(image);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* With sums that are right, too, an image is untrusted: no crash, whatever it says. */
START_TEST(with_right_sums)
{
	struct machine *m = make_tiny();
	GByteArray *image = image_of(m, NULL);
	struct part_place part[8];
	unsigned n = find_parts(image, part);
	unsigned restored_ones = 0;

	ck_assert_uint_eq(n, 7);
	for (unsigned i = 0; i < n - 1; i++) {
		for (guint at = part[i].start + 16; at < part[i].end; at++) {
			g_autofree char *error = NULL;
			guint8 was = image->data[at];
			struct machine *got;

			image->data[at] = (guint8)(was + (at % 3 ? 1 : 0x80));
			sum_again(image, &part[i]);
			write_file(image->data, image->len);
			got = restore(&error);
			if (got) {
				restored_ones++;
				vfree(got, vmalloc(got, 3 * P, "x"));
				vmalloc_exit(got);
				machine_destroy(got);
			} else {
				ck_assert(error && *error);
			}
			image->data[at] = was;
		}
		sum_again(image, &part[i]);
	}
	ck_assert_uint_gt(restored_ones, 0);
	g_byte_array_unref(image);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* Parts of another machine, a part that is not known, one that is missing. */
START_TEST(exchanged_parts)
{
	struct machine *m = make_tiny(), *other = make_tiny();
	struct part_place part[8], theirs[8];
	GByteArray *image, *second;
	unsigned n, exchanged = 0;

	fill(other, vmalloc(other, 2 * P, "d"), 2, 9);
	image = image_of(m, NULL);
	second = image_of(other, NULL);
	n = find_parts(image, part);
	ck_assert_uint_eq(find_parts(second, theirs), n);
	for (unsigned i = 0; i < n; i++) {
		const guint len = part[i].end + 4 - part[i].start;
		g_autofree char *error = NULL;
		g_autofree guint8 *was = g_malloc(len);
		struct machine *got;

		memcpy(was, image->data + part[i].start, len);
		if (len != theirs[i].end + 4 - theirs[i].start)
			continue;
		exchanged++;
		memcpy(image->data + part[i].start, second->data + theirs[i].start, len);
		write_file(image->data, image->len);
		got = restore(&error);
		if (got) {
			vmalloc_exit(got);
			machine_destroy(got);
		}
		ck_assert(got || (error && *error));
		memcpy(image->data + part[i].start, was, len);
	}
	ck_assert_uint_ge(exchanged, 2);
	g_byte_array_unref(second);

	second = g_byte_array_new();
	g_byte_array_append(second, image->data, image->len);
	memcpy(second->data + part[4].start, "NEWS", 4);
	sum_again(second, &part[4]);
	write_file(second->data, second->len);
	{
		g_autofree char *error = NULL;

		ck_assert_ptr_null(restore(&error));
		ck_assert_ptr_nonnull(strstr(error, "'NEWS'"));
	}
	memcpy(second->data + part[4].start, "LOGS", 4);
	sum_again(second, &part[4]);
	write_file(second->data, second->len);
	must_be_refused("two logs", 0);
	g_byte_array_unref(second);
	g_byte_array_unref(image);
	vmalloc_exit(m);
	machine_destroy(m);
	vmalloc_exit(other);
	machine_destroy(other);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("image");
	TCase *tc = tcase_create("image");
	int status;

	if (!mkdtemp(dir))
		return EXIT_FAILURE;
	file = g_build_filename(dir, "m.core", NULL);
	tcase_set_timeout(tc, getenv("CHECK_LONG") ? 0 : SPACE_TIMEOUT);
	tcase_add_loop_test(tc, is_the_machine, 0, G_N_ELEMENTS(scenes));
	tcase_add_test(tc, each_byte);
	tcase_add_test(tc, each_length);
	tcase_add_test(tc, with_right_sums);
	tcase_add_test(tc, exchanged_parts);
	suite_add_tcase(s, tc);
	status = unit_main(s);
	unlink(file);
	rmdir(dir);
	g_free(file);
	return status;
}
