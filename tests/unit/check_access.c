/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vread, vwrite and the ways files use: gaps, guards, absent pages, device
 * memory, faults, and where it all ends.
 */
#include "space.h"

#define P PAGE_SIZE

/*
 * The space that most tests look at, by page:
 *
 *	0	4	8	   12	      16	 20	   24
 *	[aaaa G]...[bbb G]........ [io io G]..[bare G]... [cc G] nothing
 *	0   3 4    6 8 9           12 13 14   16  17      20 21 22
 */
struct space {
	struct machine *m;
	vaddr_t start;
	vaddr_t a, b, c;
};

static vaddr_t put(struct machine *m, vaddr_t addr, uint64_t pages)
{
	vaddr_t got = __vmalloc_node_range(m, pages * P, 0, addr, m->vmalloc_end, GFP_KERNEL,
					   PAGE_KERNEL, 0, NUMA_NO_NODE, NULL);

	ck_assert_uint_eq(got, addr);
	return got;
}

static void space_init(struct space *s)
{
	struct vm_restore io = { .size = 3 * P, .flags = VM_IOREMAP };
	struct machine *m;

	s->m = m = space_boot(MiB(64), 1);
	s->start = m->vmalloc_start;
	s->a = put(m, s->start, 4);
	s->b = put(m, s->start + 6 * P, 3);
	io.addr = s->start + 12 * P;
	io.phys_addr = m->io_start;
	ck_assert_int_eq(vm_restore_area(m, &io), 0);
	ck_assert_ptr_nonnull(
		__get_vm_area(m, P, VM_ALLOC, s->start + 16 * P, m->vmalloc_end, NULL));
	s->c = put(m, s->start + 20 * P, 2);
	space_fill(m, s->a, 4 * P, 1);
	space_fill(m, s->b, 3 * P, 2);
	space_fill(m, s->c, 2 * P, 3);
}

/* The byte that vread should give at an offset from the start. */
static unsigned char expected(size_t at)
{
	if (at < 4 * P)
		return space_byte(1, at);
	if (at >= 6 * P && at < 9 * P)
		return space_byte(2, at - 6 * P);
	if (at >= 20 * P && at < 22 * P)
		return space_byte(3, at - 20 * P);
	return 0;
}

static size_t expected_count(size_t at, size_t count)
{
	size_t end = 22 * P;

	if (at >= end)
		return 0;
	return count < end - at ? count : end - at;
}

static void expect_range(const struct space *s, size_t at, size_t count)
{
	unsigned char *buf = malloc(count + 1);
	size_t want = expected_count(at, count);

	memset(buf, 0xaa, count + 1);
	ck_assert_uint_eq(vread(s->m, buf, s->start + at, count), want);
	for (size_t i = 0; i < want; i++)
		ck_assert_msg(buf[i] == expected(at + i), "%zu+%zu: byte %zu is %u", at, count, i,
			      buf[i]);
	/* Nothing beyond is touched. */
	for (size_t i = want; i <= count; i++)
		ck_assert_uint_eq(buf[i], 0xaa);
	free(buf);
}

START_TEST(test_vread)
{
	static const size_t edges[] = { 0, 1, 4095, 4097 };
	struct space s;
	uint64_t seed = 88172645463325252u;

	space_init(&s);
	expect_range(&s, 0, 22 * P);
	expect_range(&s, 0, 25 * P);
	for (size_t page = 0; page < 25; page++)
		for (unsigned e = 0; e < 4; e++) {
			expect_range(&s, page * P + edges[e], 0);
			expect_range(&s, page * P + edges[e], 1);
			expect_range(&s, page * P + edges[e], P);
			expect_range(&s, page * P + edges[e], 5 * P + 3);
		}
	for (unsigned i = 0; i < 5000; i++)
		expect_range(&s, unit_random(&seed) % (25 * P), unit_random(&seed) % (10 * P));
	ck_assert_uint_eq(space_logged(s.m, "page fault"), 0);
	space_check(s.m);
	space_end(s.m);
}
END_TEST

START_TEST(test_below_and_above)
{
	struct space s;
	static unsigned char buf[32 * P];

	space_init(&s);
	/* A hole below the first area is a gap below a later one. */
	memset(buf, 0xaa, sizeof(buf));
	ck_assert_uint_eq(vread(s.m, buf, s.start - 2 * P, 3 * P), 3 * P);
	for (size_t i = 0; i < 2 * P; i++)
		ck_assert_uint_eq(buf[i], 0);
	ck_assert_uint_eq(buf[2 * P + 5], space_byte(1, 5));
	ck_assert_uint_eq(vread(s.m, buf, 0x1000, 100), 100);
	/* The guard of the last area, and what comes then: nothing at all. */
	ck_assert_uint_eq(vread(s.m, buf, s.c + 2 * P, 1), 0);
	ck_assert_uint_eq(vread(s.m, buf, s.c + 2 * P, 10 * P), 0);
	ck_assert_uint_eq(vread(s.m, buf, s.c + 3 * P, 1), 0);
	ck_assert_uint_eq(vread(s.m, buf, UINT64_MAX, 1), 0);
	ck_assert_uint_eq(vread(s.m, buf, s.c + 2 * P - 1, 10), 1);
	ck_assert_uint_eq(vwrite(s.m, buf, s.c + 2 * P, 10), 0);
	ck_assert_uint_eq(vwrite(s.m, buf, s.c + 10 * P, 10), 0);
	ck_assert_uint_eq(vwrite(s.m, "z", s.c + 2 * P - 1, 1), 1);
	space_end(s.m);
}
END_TEST

START_TEST(test_empty_space)
{
	struct machine *m = space_boot(MiB(16), 1);
	char buf[100];

	ck_assert_uint_eq(vread(m, buf, m->vmalloc_start, 100), 0);
	ck_assert_uint_eq(vread(m, buf, 0, 100), 0);
	ck_assert_uint_eq(vwrite(m, buf, m->vmalloc_start, 100), 0);
	ck_assert_uint_eq(vread(m, buf, -UINT64_C(16), 64), 0);
	ck_assert_int_eq(vread_area(m, buf, m->vmalloc_start, 1), -EFAULT);
	space_end(m);
}
END_TEST

START_TEST(test_vwrite)
{
	struct space s;
	static unsigned char model[22 * P], buf[22 * P], src[12 * P];
	uint64_t seed = 362436069;

	space_init(&s);
	for (size_t i = 0; i < sizeof(model); i++)
		model[i] = expected(i);
	for (unsigned k = 0; k < 3000; k++) {
		size_t at = unit_random(&seed) % (23 * P), count = unit_random(&seed) % sizeof(src);
		size_t want = expected_count(at, count);

		for (size_t i = 0; i < count; i++)
			src[i] = (unsigned char)(unit_random(&seed) | 1);
		ck_assert_uint_eq(vwrite(s.m, src, s.start + at, count), want);
		for (size_t i = 0; i < want; i++)
			if (expected(at + i))
				model[at + i] = src[i];
		if (k % 50 == 0) {
			ck_assert_uint_eq(vread(s.m, buf, s.start, sizeof(buf)), sizeof(buf));
			ck_assert_mem_eq(buf, model, sizeof(buf));
		}
	}
	ck_assert_uint_eq(space_logged(s.m, "page fault"), 0);
	ck_assert_uint_eq(space_used(s.m), 9);
	space_check(s.m);
	space_end(s.m);
}
END_TEST

/* A page whose PTE is zero reads as zeros and swallows; no fault for vread or files. */
START_TEST(test_absent)
{
	struct space s;
	static unsigned char buf[4 * P];

	space_init(&s);
	space_poke(s.m, space_pte_addr(s.m, s.a + P), 0);
	memset(buf, 0xaa, sizeof(buf));
	ck_assert_uint_eq(vread(s.m, buf, s.a, 4 * P), 4 * P);
	for (size_t i = 0; i < 4 * P; i++)
		ck_assert_uint_eq(buf[i], i / P == 1 ? 0 : space_byte(1, i));
	ck_assert_int_eq(vread_area(s.m, buf, s.a + P, P), P);
	ck_assert_uint_eq(vwrite(s.m, buf, s.a + P, 2 * P), 2 * P);
	ck_assert_int_eq(vwrite_area(s.m, buf, s.a + P, P), P);
	ck_assert_uint_eq(space_logged(s.m, "page fault"), 0);
	/* An entry further up. */
	space_poke(s.m, space_entry_addr(s.m, PG_LEVEL_PMD, s.a), 0);
	ck_assert_uint_eq(vread(s.m, buf, s.a, 4 * P), 4 * P);
	for (size_t i = 0; i < 4 * P; i++)
		ck_assert_uint_eq(buf[i], 0);
	ck_assert_uint_eq(space_logged(s.m, "page fault"), 0);
	vmalloc_exit(s.m);
	machine_destroy(s.m);
}
END_TEST

/*
 * The second page of four faults.  vread has zeros there and goes on, a file
 * stops; and both say so.
 */
static const struct {
	const char *name;
	pte_t clear, set;
	bool read, write; /* faults */
	const char *text;
} faults[] = {
	{ "not present", _PAGE_PRESENT, 0, true, true, "not-present page" },
	{ "reserved bit", 0, UINT64_C(1) << 51, true, true, "reserved bit violation" },
	{ "no such frame", 0, UINT64_C(1) << 45, true, true, "#PF: error_code(" },
	{ "read-only", _PAGE_RW, 0, false, true, "permissions violation" },
	{ "nothing wrong", _PAGE_DIRTY | _PAGE_NX, _PAGE_PWT, false, false, NULL },
};

START_TEST(test_fault)
{
	struct space s;
	static unsigned char buf[4 * P], src[4 * P];
	paddr_t at;
	pte_t pte;
	unsigned logged = 0;
	bool rd = faults[_i].read, wr = faults[_i].write;
	char line[100];

	space_init(&s);
	at = space_pte_addr(s.m, s.a + P);
	pte = space_peek(s.m, at);
	space_poke(s.m, at, (pte & ~faults[_i].clear) | faults[_i].set);

	memset(buf, 0xaa, sizeof(buf));
	ck_assert_uint_eq(vread(s.m, buf, s.a + 10, 3 * P), 3 * P);
	for (size_t i = 0; i < 3 * P; i++)
		ck_assert_uint_eq(buf[i], rd && (i + 10) / P == 1 ? 0 : space_byte(1, i + 10));
	logged += rd;
	ck_assert_uint_eq(space_logged(s.m, "unable to handle page fault"), logged);

	/* Files: the bytes before it, or EIO. */
	ck_assert_int_eq(vread_area(s.m, buf, s.a + 10, 3 * P), rd ? P - 10 : 3 * P);
	ck_assert_int_eq(vread_area(s.m, buf, s.a + P, P), rd ? -EIO : (ssize_t)P);
	ck_assert_int_eq(vread_area(s.m, buf, s.a + P + 77, 1), rd ? -EIO : 1);
	logged += rd * 3;
	ck_assert_int_eq(vread_area(s.m, buf, s.a, P), P);
	ck_assert_int_eq(vread_area(s.m, buf, s.a + 2 * P, 2 * P), 2 * P);
	ck_assert_uint_eq(space_logged(s.m, "unable to handle page fault"), logged);
	if (rd) {
		snprintf(line, sizeof(line), "fault for address: %016lx",
			 (unsigned long)(s.a + P + 77));
		ck_assert(unit_logged(s.m, line));
		ck_assert(unit_logged(s.m, "supervisor read access"));
	}

	memset(src, 0x55, sizeof(src));
	ck_assert_uint_eq(vwrite(s.m, src, s.a + 10, 3 * P), 3 * P);
	logged += wr;
	ck_assert_uint_eq(space_logged(s.m, "unable to handle page fault"), logged);
	space_poke(s.m, at, pte);
	ck_assert_uint_eq(vread(s.m, buf, s.a, 4 * P), 4 * P);
	for (size_t i = 0; i < 4 * P; i++)
		ck_assert_uint_eq(buf[i], i < 10 || i >= 3 * P + 10 || (wr && i / P == 1)
						  ? space_byte(1, i)
						  : 0x55);

	space_poke(s.m, at, (pte & ~faults[_i].clear) | faults[_i].set);
	memset(src, 0x66, sizeof(src));
	ck_assert_int_eq(vwrite_area(s.m, src, s.a + 10, 3 * P), wr ? P - 10 : 3 * P);
	ck_assert_int_eq(vwrite_area(s.m, src, s.a + P, 1), wr ? -EIO : 1);
	logged += wr * 2;
	ck_assert_uint_eq(space_logged(s.m, "unable to handle page fault"), logged);
	if (wr)
		ck_assert(unit_logged(s.m, "supervisor write access"));
	if (faults[_i].text)
		ck_assert_uint_eq(space_logged(s.m, faults[_i].text), logged);
	space_poke(s.m, at, pte);
	ck_assert(!atomic_load(&s.m->crashed));
	space_check(s.m);
	space_end(s.m);
}
END_TEST

START_TEST(test_area_bounds)
{
	struct space s;
	unsigned char buf[4 * P + 1];

	space_init(&s);
	ck_assert_int_eq(vread_area(s.m, buf, s.a, 4 * P), 4 * P);
	ck_assert_int_eq(vread_area(s.m, buf, s.a, 0), 0);
	ck_assert_int_eq(vread_area(s.m, buf, s.a + 4 * P - 1, 1), 1);
	ck_assert_int_eq(vread_area(s.m, buf, s.a, 4 * P + 1), -EFAULT);
	ck_assert_int_eq(vread_area(s.m, buf, s.a + 4 * P, 1), -EFAULT);
	ck_assert_int_eq(vread_area(s.m, buf, s.a + 5 * P, 1), -EFAULT);
	ck_assert_int_eq(vread_area(s.m, buf, s.a - 1, 1), -EFAULT);
	ck_assert_int_eq(vread_area(s.m, buf, s.a - 1, 2), -EFAULT);
	ck_assert_int_eq(vread_area(s.m, buf, s.a + 1, SIZE_MAX), -EFAULT);
	ck_assert_int_eq(vread_area(s.m, buf, s.a + 1, -(size_t)s.a - 1), -EFAULT);
	ck_assert_int_eq(vread_area(s.m, buf, 0, 1), -EFAULT);
	ck_assert_int_eq(vread_area(s.m, buf, UINT64_MAX, 1), -EFAULT);
	ck_assert_int_eq(vwrite_area(s.m, buf, s.a, 4 * P + 1), -EFAULT);
	ck_assert_int_eq(vwrite_area(s.m, buf, s.b + 3 * P, 1), -EFAULT);
	/* device memory and a bare reservation: zeros, and writes go nowhere */
	memset(buf, 0xaa, sizeof(buf));
	ck_assert_int_eq(vread_area(s.m, buf, s.start + 12 * P, 2 * P), 2 * P);
	for (size_t i = 0; i < 2 * P; i++)
		ck_assert_uint_eq(buf[i], 0);
	ck_assert_int_eq(vwrite_area(s.m, buf, s.start + 12 * P, 2 * P), 2 * P);
	ck_assert_int_eq(vwrite_area(s.m, buf, s.start + 16 * P, P), P);
	ck_assert_int_eq(vread_area(s.m, buf, s.start + 16 * P, P), P);
	space_end(s.m);
}
END_TEST

START_TEST(test_crossing_tables)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t edge = align_up(m->vmalloc_start + 1, GiB(1));
	vaddr_t addr = put(m, edge - 700 * P, 1400);
	static unsigned char a[1400 * P];

	space_fill(m, addr, 1400 * P, 4);
	space_expect(m, addr, 1400 * P, 4);
	ck_assert_uint_eq(vread(m, a, edge - 5, 10), 10);
	for (unsigned i = 0; i < 10; i++)
		ck_assert_uint_eq(a[i], space_byte(4, 700 * P - 5 + i));
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_iov)
{
	struct space s;
	struct iovec iov[16];
	static unsigned char buf[4 * P];
	int n;

	space_init(&s);
	for (int max = 1; max <= 16; max++) {
		ssize_t got;
		size_t sum = 0;

		n = max;
		got = vread_area_iov(s.m, s.a + 100, 4 * P - 200, iov, &n);
		ck_assert_int_gt(got, 0);
		ck_assert_int_le(n, max);
		ck_assert_int_gt(n, 0);
		for (int i = 0; i < n; i++) {
			memcpy(buf + sum, iov[i].iov_base, iov[i].iov_len);
			sum += iov[i].iov_len;
		}
		ck_assert_int_eq(got, (ssize_t)sum);
		if (max >= 4)
			ck_assert_int_eq(got, 4 * P - 200);
		for (size_t i = 0; i < sum; i++)
			ck_assert_uint_eq(buf[i], space_byte(1, 100 + i));
	}
	/* zeros for what is not there */
	space_poke(s.m, space_pte_addr(s.m, s.a + P), 0);
	n = 16;
	ck_assert_int_eq(vread_area_iov(s.m, s.a, 4 * P, iov, &n), 4 * P);
	ck_assert_uint_eq(((unsigned char *)iov[1].iov_base)[7], 0);
	n = 16;
	ck_assert_int_eq(vread_area_iov(s.m, s.start + 12 * P, 2 * P, iov, &n), 2 * P);
	for (int i = 0; i < n; i++)
		for (size_t k = 0; k < iov[i].iov_len; k++)
			ck_assert_uint_eq(((unsigned char *)iov[i].iov_base)[k], 0);
	/* a fault, and no area */
	space_poke(s.m, space_pte_addr(s.m, s.b + P), 0x1000);
	n = 16;
	ck_assert_int_eq(vread_area_iov(s.m, s.b + 5, 3 * P - 5, iov, &n), P - 5);
	ck_assert_int_eq(n, 1);
	ck_assert_uint_eq(iov[0].iov_len, P - 5);
	n = 16;
	ck_assert_int_eq(vread_area_iov(s.m, s.b + P, P, iov, &n), -EIO);
	ck_assert_int_eq(n, 0);
	n = 16;
	ck_assert_int_eq(vread_area_iov(s.m, s.b + 3 * P, P, iov, &n), -EFAULT);
	ck_assert_int_eq(n, 0);
	vmalloc_exit(s.m);
	machine_destroy(s.m);
}
END_TEST

/* Gathers with room for `max` entries, puts the bytes into buf and says how many. */
static size_t gathered(struct machine *m, vaddr_t addr, size_t count, int max, unsigned char *buf)
{
	struct iovec iov[64];
	int n = max;
	size_t got = vread_iov(m, addr, count, iov, &n);
	size_t sum = 0;

	ck_assert_int_ge(n, 0);
	ck_assert_int_le(n, max);
	for (int i = 0; i < n; i++) {
		memcpy(buf + sum, iov[i].iov_base, iov[i].iov_len);
		sum += iov[i].iov_len;
	}
	ck_assert_uint_eq(sum, got);
	return got;
}

/* vread_iov gives what vread gives; with too few entries, the beginning of it. */
START_TEST(test_vread_iov)
{
	static const int from[] = { -(int)P - 7, -1,	    0,		1,	   100,
				    P,		 4 * P - 1, 4 * P,	5 * P + 9, 9 * P,
				    13 * P + 1,	 20 * P,    22 * P - 1, 22 * P,	   23 * P };
	static const int counts[] = { 1, 10, P - 1, P, P + 1, 2 * P, 7 * P + 3, 14 * P, 30 * P };
	static unsigned char want[32 * P];
	static unsigned char got[32 * P];
	struct space s;

	space_init(&s);
	/* an absent page, and two that fault one after the other */
	space_poke(s.m, space_pte_addr(s.m, s.a + P), 0);
	space_poke(s.m, space_pte_addr(s.m, s.b), 0x1000);
	space_poke(s.m, space_pte_addr(s.m, s.b + P), 0x1000);
	for (size_t f = 0; f < sizeof(from) / sizeof(*from); f++) {
		for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
			vaddr_t addr = s.start + (vaddr_t)from[f];
			size_t count = (size_t)counts[c];
			int pages = (int)(((addr & ~PAGE_MASK) + count + P - 1) / P);
			size_t n = vread(s.m, want, addr, count);

			ck_assert_uint_eq(gathered(s.m, addr, count, pages, got), n);
			ck_assert_mem_eq(got, want, n);
			for (int max = 0; max < pages; max++) {
				size_t part = gathered(s.m, addr, count, max, got);

				ck_assert_uint_le(part, n);
				ck_assert_mem_eq(got, want, part);
				ck_assert(part || !max || !n);
			}
		}
	}
	vmalloc_exit(s.m);
	machine_destroy(s.m);
}
END_TEST

/* The end of the 64-bit space: addr + count never wraps. */
START_TEST(test_clipped)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = -4 * P;
	unsigned char buf[64];

	ck_assert_uint_eq(__vmalloc_node_range(m, 2 * P, 0, addr, UINT64_MAX, GFP_KERNEL,
					       PAGE_KERNEL, 0, NUMA_NO_NODE, NULL),
			  addr);
	space_fill(m, addr, 2 * P, 1);
	ck_assert_uint_eq(vread(m, buf, -UINT64_C(16), 64), 0);
	ck_assert_uint_eq(vread(m, buf, addr + 2 * P - 16, 64), 16);
	/* More than the rest of the address space was asked for. */
	ck_assert_uint_eq(vread(m, buf, addr + 2 * P - 16, SIZE_MAX), 16);
	ck_assert_uint_eq(buf[15], space_byte(1, 2 * P - 1));
	ck_assert_uint_eq(vwrite(m, buf, addr + 2 * P - 8, SIZE_MAX), 8);
	ck_assert_uint_eq(vwrite(m, buf, addr + 2 * P - 8, 4 * P), 8);
	space_check(m);
	space_end(m);
}
END_TEST

/* An area still being built is a hole, and not there when it is the last. */
START_TEST(test_half_built)
{
	struct space s;
	struct vm_struct *b, *c;
	unsigned char buf[100];
	uint64_t n = 0;

	space_init(&s);
	b = space_area(s.m, s.b);
	c = space_area(s.m, s.c);
	b->flags |= VM_UNINITIALIZED;
	ck_assert_uint_eq(vread(s.m, buf, s.b, 100), 100);
	for (unsigned i = 0; i < 100; i++)
		ck_assert_uint_eq(buf[i], 0);
	memset(buf, 0x77, 100);
	ck_assert_uint_eq(vwrite(s.m, buf, s.b, 100), 100);
	ck_assert_int_eq(vread_area(s.m, buf, s.b, 1), -EFAULT);
	ck_assert(!vmlist_with(s.m, s.b, space_count_one, &n));
	ck_assert_uint_eq(space_areas(s.m), 4);
	vfree(s.m, s.b);
	ck_assert_uint_eq(space_warnings(s.m), 1);
	b->flags &= ~VM_UNINITIALIZED;
	space_expect(s.m, s.b, 3 * P, 2);

	c->flags |= VM_UNINITIALIZED;
	ck_assert_uint_eq(vread(s.m, buf, s.c, 100), 0);
	/* The last payload is that of the bare area before it. */
	ck_assert_uint_eq(vread(s.m, buf, s.start + 16 * P, 10), 10);
	ck_assert_uint_eq(vread(s.m, buf, s.start + 17 * P, 10), 0);
	c->flags &= ~VM_UNINITIALIZED;
	space_check(s.m);
	space_end(s.m);
}
END_TEST

/* Two views of a frame, and the machine's own: they always agree. */
START_TEST(test_same_frame)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = vmalloc(m, 3 * P, NULL);
	unsigned char a[200], b[200];
	paddr_t phys = space_pfn(m, addr + P) << PAGE_SHIFT;

	space_fill(m, addr, 3 * P, 1);
	vread(m, a, addr + P + 100, 200);
	ck_assert_uint_eq(phys_read(m, b, phys + 100, 200), 200);
	ck_assert_mem_eq(a, b, 200);
	memset(b, 0x5a, 200);
	ck_assert_uint_eq(phys_write(m, b, phys + 100, 200), 200);
	vread(m, a, addr + P + 100, 200);
	ck_assert_mem_eq(a, b, 200);
	/* Two PTEs swapped are two pages swapped. */
	{
		paddr_t p = space_pte_addr(m, addr), q = space_pte_addr(m, addr + 2 * P);
		pte_t x = space_peek(m, p), y = space_peek(m, q);

		space_poke(m, p, y);
		space_poke(m, q, x);
	}
	vread(m, a, addr, 1);
	vread(m, b, addr + 2 * P, 1);
	ck_assert_uint_eq(a[0], space_byte(1, 2 * P));
	ck_assert_uint_eq(b[0], space_byte(1, 0));
	vfree(m, addr);
	ck_assert_uint_eq(space_bad_pages(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("access");
	TCase *tc = tcase_create("access");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, test_vread);
	tcase_add_test(tc, test_below_and_above);
	tcase_add_test(tc, test_empty_space);
	tcase_add_test(tc, test_vwrite);
	tcase_add_test(tc, test_absent);
	tcase_add_loop_test(tc, test_fault, 0, (int)(sizeof(faults) / sizeof(faults[0])));
	tcase_add_test(tc, test_area_bounds);
	tcase_add_test(tc, test_crossing_tables);
	tcase_add_test(tc, test_iov);
	tcase_add_test(tc, test_vread_iov);
	tcase_add_test(tc, test_clipped);
	tcase_add_test(tc, test_half_built);
	tcase_add_test(tc, test_same_frame);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
