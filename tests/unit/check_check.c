/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checker itself: it says nothing of a healthy machine, and finds each
 * kind of damage.
 */
#include "machine/log.h"
#include "vmalloc/vmlist.h"
#include "space.h"

#define P PAGE_SIZE

/* A machine with something of everything. */
struct world {
	struct machine *m;
	vaddr_t small, big, user, twin, io, io_cached, array;
	struct vm_struct *bare;
	struct vma *vma;
	paddr_t dev;
};

static void world_init(struct world *w)
{
	struct machine *m = space_boot(MiB(64) + 3 * P, 2);
	struct vm_restore r = {
		.addr = MODULES_VADDR, .size = 4 * P, .nr_pages = 4, .flags = VM_ALLOC
	};
	struct page *page[3];

	w->m = m;
	w->small = vmalloc(m, 3 * P, "small");
	w->big = vmalloc(m, 700 * P, "big");
	w->array = space_area(m, w->big)->pages.addr;
	w->user = vmalloc_user(m, 4 * P, "user");
	ck_assert_int_eq(vm_area_pages(m, w->small, 0, 3, page), 0);
	w->twin = vmap(m, page, 3, VM_MAP, PAGE_KERNEL, "twin");
	ck_assert_int_eq(io_reserve(m, 3 * P, &w->dev), 0);
	w->io = ioremap(m, w->dev, 3 * P, _PAGE_PCD, "io");
	w->io_cached = ioremap(m, w->dev, 3 * P, 0, "io");
	w->bare = get_vm_area(m, 2 * P, VM_ALLOC, NULL);
	ck_assert_int_eq(vma_create(m, 2 * P, &w->vma), 0);
	ck_assert_int_eq(remap_vmalloc_range(m, w->vma, w->user, 1), 0);
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
}

struct lines {
	unsigned n;
	char last[256];
};

static void count_line(void *arg, const char *line)
{
	struct lines *l = arg;

	l->n++;
	snprintf(l->last, sizeof(l->last), "%s", line);
	ck_assert_ptr_null(strchr(line, '\n'));
}

static unsigned errors(struct machine *m)
{
	struct lines l = { 0 };
	unsigned n = machine_check(m, count_line, &l);

	/* One line for each, and the same number without a report function. */
	ck_assert_uint_eq(n, l.n);
	ck_assert_uint_eq(machine_check(m, NULL, NULL), n);
	return n;
}

START_TEST(test_healthy)
{
	struct machine *m = space_boot(MiB(1), 1);
	struct world w;
	uint64_t seq, live, events;
	vaddr_t ret;

	ck_assert_uint_eq(errors(m), 0);
	space_end(m);

	world_init(&w);
	seq = log_seq(w.m);
	live = atomic_load(&w.m->kmalloc_live);
	events = nr_page_events(w.m);
	ck_assert_uint_eq(errors(w.m), 0);
	/* Looking changes nothing. */
	ck_assert_uint_eq(log_seq(w.m), seq);
	ck_assert_uint_eq(atomic_load(&w.m->kmalloc_live), live);
	ck_assert_uint_eq(nr_page_events(w.m), events);

	ck_assert_int_eq(vresize(w.m, w.small, 9 * P, &ret), 0);
	ck_assert_uint_eq(errors(w.m), 0);
	vfree(w.m, ret);
	vfree(w.m, w.big);
	vfree(w.m, w.user);
	ck_assert_uint_eq(errors(w.m), 0);
	vunmap(w.m, w.twin);
	iounmap(w.m, w.io);
	vma_destroy(w.m, w.vma);
	ck_assert_uint_eq(errors(w.m), 0);
	/* Content is no concern of the checker's, nor is a crash. */
	space_poke(w.m, 0, 0x123456789);
	atomic_store(&w.m->crashed, true);
	ck_assert_uint_eq(errors(w.m), 0);
	space_end(w.m);
}
END_TEST

/* --- damage that a user can do, through physical memory ----------------------- */

struct poke {
	paddr_t at;
	uint64_t value;
};

typedef struct poke poke_fn(const struct world *w);

static struct poke at_pte(const struct world *w, vaddr_t addr, pte_t clear, pte_t set)
{
	paddr_t at = space_pte_addr(w->m, addr);

	return (struct poke){ at, (space_peek(w->m, at) & ~clear) | set };
}

static struct poke pte_zero(const struct world *w)
{
	return at_pte(w, w->small + P, ~0ull, 0);
}
static struct poke pte_absent(const struct world *w)
{
	return at_pte(w, w->small, 1, 0);
}
static struct poke pte_reserved(const struct world *w)
{
	return at_pte(w, w->small, 0, UINT64_C(1) << 50);
}
static struct poke pte_other_frame(const struct world *w)
{
	return at_pte(w, w->small, PTE_PFN_MASK, space_pfn(w->m, w->user) << PAGE_SHIFT);
}
static struct poke pte_next_frame(const struct world *w)
{
	pte_t pte = space_pte(w->m, w->small);

	return at_pte(w, w->small, PTE_PFN_MASK, (pte ^ P) & PTE_PFN_MASK);
}
static struct poke pte_outside(const struct world *w)
{
	return at_pte(w, w->small, 0, UINT64_C(1) << 44);
}
static struct poke pte_of_array(const struct world *w)
{
	return at_pte(w, w->array, ~0ull, 0);
}
static struct poke pte_of_twin(const struct world *w)
{
	return at_pte(w, w->twin + P, ~0ull, 0);
}
static struct poke pte_of_module(const struct world *w)
{
	return at_pte(w, MODULES_VADDR + 3 * P, ~0ull, 0);
}
static struct poke pte_of_io(const struct world *w)
{
	return at_pte(w, w->io, ~0ull, 0);
}
static struct poke pte_of_io_moved(const struct world *w)
{
	return at_pte(w, w->io + P, 0x2000, 0x5000);
}
static struct poke pte_of_cached_io(const struct world *w)
{
	return at_pte(w, w->io_cached + 2 * P, ~0ull, 0);
}
static struct poke guard_mapped(const struct world *w)
{
	return at_pte(w, w->small + 3 * P, 0, 0x5000 | PAGE_KERNEL);
}
static struct poke guard_not_present(const struct world *w)
{
	return at_pte(w, w->small + 3 * P, 0, 0x5000);
}
static struct poke hole_mapped(const struct world *w)
{
	return at_pte(w, w->bare->addr + 40 * P, 0, 0x5000 | PAGE_KERNEL);
}
static struct poke array_zero(const struct world *w)
{
	return (struct poke){ (space_pfn(w->m, w->array) << PAGE_SHIFT) + 8 * 100, 0 };
}
static struct poke array_changed(const struct world *w, uint64_t x)
{
	paddr_t at = (space_pfn(w->m, w->array + P) << PAGE_SHIFT) + 8 * 50;

	return (struct poke){ at, space_peek(w->m, at) ^ x };
}
static struct poke array_next(const struct world *w)
{
	return array_changed(w, 64);
}
static struct poke array_odd(const struct world *w)
{
	return array_changed(w, 1);
}
static struct poke array_high(const struct world *w)
{
	return array_changed(w, UINT64_C(1) << 63);
}
static struct poke array_higher(const struct world *w)
{
	return array_changed(w, UINT64_C(1) << 52);
}
static struct poke array_duplicate(const struct world *w)
{
	paddr_t at = (space_pfn(w->m, w->array) << PAGE_SHIFT) + 8 * 5;

	return (struct poke){ at, space_peek(w->m, at + 8) };
}
static struct poke upper(const struct world *w, enum pg_level level, vaddr_t addr, uint64_t x)
{
	paddr_t at = space_entry_addr(w->m, level, addr);

	return (struct poke){ at, space_peek(w->m, at) ^ x };
}
static struct poke pmd_bad(const struct world *w)
{
	return upper(w, PG_LEVEL_PMD, w->small, 2);
}
static struct poke pud_bad(const struct world *w)
{
	return upper(w, PG_LEVEL_PUD, w->small, 1);
}
static struct poke pgd_bad(const struct world *w)
{
	return upper(w, PG_LEVEL_PGD, w->small, 8);
}
static struct poke pgd_outside(const struct world *w)
{
	return upper(w, PG_LEVEL_PGD, w->small, UINT64_C(1) << 40);
}
static struct poke pmd_large(const struct world *w)
{
	return upper(w, PG_LEVEL_PMD, w->small, _PAGE_PSE);
}
static struct poke pmd_zero(const struct world *w)
{
	return (struct poke){ space_entry_addr(w->m, PG_LEVEL_PMD, w->small), 0 };
}
static struct poke pgd_elsewhere(const struct world *w)
{
	/* The vmalloc space's PGD entry into an unused slot: one table twice. */
	return (struct poke){ w->m->cr3 + 8 * 300,
			      space_peek(w->m, space_entry_addr(w->m, PG_LEVEL_PGD, w->small)) };
}
static struct poke pgd_to_data(const struct world *w)
{
	return (struct poke){ w->m->cr3 + 8 * 300,
			      space_pfn(w->m, w->small) << PAGE_SHIFT | _KERNPG_TABLE };
}
static struct poke pgd_loop(const struct world *w)
{
	return (struct poke){ w->m->cr3 + 8 * 300, w->m->cr3 | _KERNPG_TABLE };
}
static struct poke direct_gone(const struct world *w)
{
	return (struct poke){ space_entry_addr(w->m, PG_LEVEL_PMD, PAGE_OFFSET + MiB(4)), 0 };
}
static struct poke direct_moved(const struct world *w)
{
	return upper(w, PG_LEVEL_PMD, PAGE_OFFSET + MiB(4), MiB(2));
}
static struct poke direct_small_gone(const struct world *w)
{
	return (struct poke){ space_pte_addr(w->m, PAGE_OFFSET + MiB(64) + P), 0 };
}
static struct poke direct_beyond(const struct world *w)
{
	return at_pte(w, PAGE_OFFSET + MiB(64) + 3 * P, 0, (MiB(64) + 3 * P) | PAGE_KERNEL);
}

#define POKE(x)                                                                                    \
	{                                                                                          \
#x, x                                                                              \
	}
static const struct {
	const char *name;
	poke_fn *fn;
} pokes[] = {
	POKE(pte_zero),	       POKE(pte_absent),	POKE(pte_reserved),
	POKE(pte_other_frame), POKE(pte_next_frame),	POKE(pte_outside),
	POKE(pte_of_array),    POKE(pte_of_twin),	POKE(pte_of_module),
	POKE(pte_of_io),       POKE(pte_of_io_moved),	POKE(pte_of_cached_io),
	POKE(guard_mapped),    POKE(guard_not_present), POKE(hole_mapped),
	POKE(array_zero),      POKE(array_next),	POKE(array_odd),
	POKE(array_high),      POKE(array_higher),	POKE(array_duplicate),
	POKE(pmd_bad),	       POKE(pud_bad),		POKE(pgd_bad),
	POKE(pgd_outside),     POKE(pmd_large),		POKE(pmd_zero),
	POKE(pgd_elsewhere),   POKE(pgd_to_data),	POKE(pgd_loop),
	POKE(direct_gone),     POKE(direct_moved),	POKE(direct_small_gone),
	POKE(direct_beyond),
};

START_TEST(test_poke)
{
	struct world w;
	struct poke p;
	uint64_t before;

	world_init(&w);
	p = pokes[_i].fn(&w);
	before = space_peek(w.m, p.at);
	ck_assert_uint_ne(before, p.value);
	space_poke(w.m, p.at, p.value);
	ck_assert_msg(errors(w.m) > 0, "%s goes unnoticed", pokes[_i].name);
	space_poke(w.m, p.at, before);
	ck_assert_msg(errors(w.m) == 0, "%s is still there", pokes[_i].name);
	space_end(w.m);
}
END_TEST

/* --- damage that only a bug can do --------------------------------------------- */

START_TEST(test_books)
{
	struct world w;
	struct page *page;
	struct vm_struct *area;
	pfn_t pfn;

	world_init(&w);
	/* references and owners */
	page = vmalloc_to_page(w.m, w.small);
	atomic_fetch_add(&page->_refcount, 1);
	ck_assert_uint_gt(errors(w.m), 0);
	atomic_fetch_sub(&page->_refcount, 2);
	ck_assert_uint_gt(errors(w.m), 0);
	atomic_fetch_add(&page->_refcount, 1);
	ck_assert_uint_eq(errors(w.m), 0);
	page->owner ^= 1;
	ck_assert_uint_gt(errors(w.m), 0);
	page->owner ^= 1;
	/* a frame without a reference, and a table */
	ck_assert_uint_eq(alloc_pages_bulk(w.m, GFP_KERNEL, 0, 1, &pfn), 1);
	ck_assert_uint_gt(errors(w.m), 0);
	put_page(w.m, pfn_to_page(w.m, pfn));
	ck_assert_int_eq(alloc_table(w.m, &pfn), 0);
	ck_assert_uint_gt(errors(w.m), 0);
	free_table(w.m, pfn);
	atomic_fetch_add(&w.m->nr_table_frames, 1);
	ck_assert_uint_gt(errors(w.m), 0);
	atomic_fetch_sub(&w.m->nr_table_frames, 1);
	ck_assert_uint_eq(errors(w.m), 0);
	/* a frame that is free and held */
	page = pfn_to_page(w.m, w.m->nr_frames - 2);
	ck_assert_uint_eq(atomic_load(&page->_refcount), 0);
	atomic_store(&page->_refcount, 1);
	ck_assert_uint_gt(errors(w.m), 0);
	atomic_store(&page->_refcount, 0);
	/* areas and the index */
	area = space_area(w.m, w.small);
	area->size += P;
	ck_assert_uint_gt(errors(w.m), 0);
	area->size -= 2 * P;
	ck_assert_uint_gt(errors(w.m), 0);
	area->size += P;
	area->addr += P;
	ck_assert_uint_gt(errors(w.m), 0);
	area->addr -= P;
	area->nr_pages--;
	ck_assert_uint_gt(errors(w.m), 0);
	area->nr_pages++;
	area->node_pages[0]++;
	ck_assert_uint_gt(errors(w.m), 0);
	area->node_pages[0]--;
	/* what a vma holds */
	w.vma->frames[0]++;
	ck_assert_uint_gt(errors(w.m), 0);
	w.vma->frames[0]--;
	ck_assert_uint_eq(errors(w.m), 0);
	space_end(w.m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("check");
	TCase *tc = tcase_create("check");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, test_healthy);
	tcase_add_loop_test(tc, test_poke, 0, (int)(sizeof(pokes) / sizeof(pokes[0])));
	tcase_add_test(tc, test_books);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
