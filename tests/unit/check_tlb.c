/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The TLB against a plain list, whose rules are those of tlb.h, word by word.
 */
#include "machine/tlb.h"
#include "unit.h"

#define ENTRIES_MAX 4096

/* The most recently used entry comes first. */
struct model {
	struct tlb_shape shape[NR_TLB_SIZES];
	struct remembered {
		uint64_t page; /* the address, shifted */
		unsigned size;
		paddr_t frame;
		pte_t flags;
	} list[ENTRIES_MAX];
	unsigned n;
};

static uint64_t chance = 2463534242;

static uint64_t below(uint64_t n)
{
	return unit_random(&chance) % n;
}

static unsigned shift_of(unsigned size)
{
	return 12 + 9 * size;
}

static unsigned place_in_list(const struct model *t, unsigned size, vaddr_t addr)
{
	unsigned i = 0;

	while (i < t->n && (t->list[i].size != size || t->list[i].page != addr >> shift_of(size)))
		i++;
	return i;
}

static struct remembered take(struct model *t, unsigned i)
{
	struct remembered r = t->list[i];

	memmove(&t->list[i], &t->list[i + 1], (--t->n - i) * sizeof(r));
	return r;
}

static void put_first(struct model *t, struct remembered r)
{
	memmove(&t->list[1], &t->list[0], t->n++ * sizeof(r));
	t->list[0] = r;
}

static unsigned model_find(struct model *t, vaddr_t addr)
{
	for (unsigned size = 0; size < NR_TLB_SIZES; size++) {
		unsigned i = place_in_list(t, size, addr);

		if (i < t->n)
			return i;
	}
	return ENTRIES_MAX;
}

static void model_fill(struct model *t, unsigned size, vaddr_t addr, paddr_t frame, pte_t flags)
{
	struct remembered r = { addr >> shift_of(size), size, frame, flags };
	unsigned in_set = 0;
	unsigned last = 0;

	for (unsigned i = 0; i < t->n; i++) {
		if (t->list[i].size == size &&
		    t->list[i].page % t->shape[size].sets == r.page % t->shape[size].sets) {
			in_set++;
			last = i;
		}
	}
	if (in_set == t->shape[size].ways)
		take(t, last);
	put_first(t, r);
}

static void same_contents(const struct tlb *tlb, const struct model *t)
{
	unit_assert(tlb_count(tlb) == t->n);
	for (unsigned i = 0; i < t->n; i++) {
		vaddr_t addr = t->list[i].page << shift_of(t->list[i].size);
		const struct tlb_array *a = &tlb->array[t->list[i].size];
		const struct tlb_entry *e = tlb_set(a, addr), *end = e + a->shape.ways;

		while (e < end && e->tag != tlb_tag(a, addr))
			e++;
		unit_assert(e < end);
		unit_assert(e->frame == t->list[i].frame && e->flags == t->list[i].flags);
	}
}

static void look_up(struct tlb *tlb, struct model *t, vaddr_t addr)
{
	struct tlb_array *a;
	bool use = below(4);
	struct tlb_entry *e = tlb_find(tlb, addr, use, &a);
	unsigned i = model_find(t, addr);

	unit_assert((e != NULL) == (i < t->n));
	if (e) {
		struct remembered r = t->list[i];

		unit_assert(a == &tlb->array[r.size] && e->flags == r.flags);
		unit_assert(tlb_phys(a, e, addr) ==
			    r.frame + (addr & ((UINT64_C(1) << shift_of(r.size)) - 1)));
		if (use)
			put_first(t, take(t, i));
		if (!below(10)) {
			tlb_drop(a, e);
			take(t, place_in_list(t, r.size, addr));
		}
	} else {
		unsigned size = below(3) ? 0 : (unsigned)below(3);
		paddr_t phys = below(UINT64_C(1) << 46);
		pte_t flags = below(2) ? _PAGE_GLOBAL : 0;

		tlb_fill(tlb, size, addr, phys, flags);
		model_fill(t, size, addr, phys & -(UINT64_C(1) << shift_of(size)), flags);
	}
}

static void drop_page(struct tlb *tlb, struct model *t, vaddr_t addr)
{
	unsigned n = 0, i;

	while ((i = model_find(t, addr)) < t->n) {
		take(t, i);
		n++;
	}
	unit_assert(tlb_drop_page(tlb, addr) == n);
}

static void drop_all(struct tlb *tlb, struct model *t, bool globals)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->n;) {
		if (globals || !(t->list[i].flags & _PAGE_GLOBAL)) {
			take(t, i);
			n++;
		} else {
			i++;
		}
	}
	unit_assert(tlb_drop_all(tlb, globals) == n);
}

static void run_shape(int operations)
{
	static struct model t;
	struct tlb *tlb;

	t.n = 0;
	for (unsigned size = 0; size < NR_TLB_SIZES; size++)
		t.shape[size] = (struct tlb_shape){ 1u << below(6), 1 + (unsigned)below(9) };
	tlb = tlb_new(t.shape);
	ck_assert_ptr_nonnull(tlb);
	for (int i = 0; i < operations; i++) {
		/* Few pages, so that they meet; all over the address space. */
		vaddr_t addr = (below(300) << 12) | (below(20) << 21) | (below(3) << 30) |
			       (below(2) ? UINT64_C(0xffff) << 48 : 0) | below(4096);

		switch (below(200)) {
		case 0:
			drop_all(tlb, &t, below(2));
			break;
		case 1 ... 10:
			drop_page(tlb, &t, addr);
			break;
		default:
			look_up(tlb, &t, addr);
		}
		if (i % 64 == 0)
			same_contents(tlb, &t);
	}
	same_contents(tlb, &t);
	tlb_free(tlb);
}

START_TEST(test_model)
{
	int operations = unit_operations(1000000);

	for (int i = 0; i < 20; i++)
		run_shape(operations / 20);
}
END_TEST

/* Of a full set, the one used longest ago goes. */
START_TEST(test_lru)
{
	const struct tlb_shape shape[NR_TLB_SIZES] = { { 2, 2 }, { 1, 1 }, { 1, 1 } };
	struct tlb *tlb = tlb_new(shape);
	struct tlb_array *a;

	/* Pages 0, 2 and 4 share a set, page 1 is in the other one. */
	tlb_fill(tlb, TLB_4K, 0x0000, 0x10000, 0);
	tlb_fill(tlb, TLB_4K, 0x2000, 0x12000, 0);
	tlb_fill(tlb, TLB_4K, 0x1000, 0x11000, 0);
	ck_assert_ptr_nonnull(tlb_find(tlb, 0x0fff, true, &a));
	tlb_fill(tlb, TLB_4K, 0x4000, 0x14000, 0);
	ck_assert_ptr_null(tlb_find(tlb, 0x2000, false, &a));
	ck_assert_ptr_nonnull(tlb_find(tlb, 0x0000, false, &a));
	ck_assert_ptr_nonnull(tlb_find(tlb, 0x1000, false, &a));
	ck_assert_ptr_nonnull(tlb_find(tlb, 0x4000, false, &a));
	ck_assert_uint_eq(tlb_count(tlb), 3);

	/* Looking at an entry is no use of it. */
	tlb_find(tlb, 0x0000, false, &a);
	tlb_fill(tlb, TLB_4K, 0x6000, 0x16000, 0);
	ck_assert_ptr_null(tlb_find(tlb, 0x0000, false, &a));
	tlb_free(tlb);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tlb");
	TCase *t = tcase_create("tlb");

	tcase_set_timeout(t, 600);
	tcase_add_test(t, test_model);
	tcase_add_test(t, test_lru);
	suite_add_tcase(s, t);
	return unit_main(s);
}
