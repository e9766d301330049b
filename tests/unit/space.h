/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the unit tests of the address space share: a machine with one, what its
 * books say, and a hand on its page tables.
 */
#ifndef SPACE_H
#define SPACE_H

#include <errno.h>
#include <vmallocfs/vmalloc.h>
#include "unit.h"

/*
 * libcheck notes the line of each assertion in a file, also of those that hold:
 * a system call each.  Here bytes and pages are compared one by one.
 */
#undef ck_assert_msg
#define ck_assert_msg(cond, ...)                                                                   \
	do {                                                                                       \
		if (!(cond))                                                                       \
			ck_abort_msg(__VA_ARGS__);                                                 \
	} while (0)
#undef ck_assert
#define ck_assert(cond) ck_assert_msg(cond, "%s", #cond)

/* Two that touch the same bytes of guest memory at once are the guest's own business. */
#if defined(__SANITIZE_THREAD__)
#define SPACE_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SPACE_TSAN
#endif
#endif
#ifdef SPACE_TSAN
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "race:copy_page_bytes\n";
}
#endif

/* Seconds a test may take; valgrind and the sanitizers are slow. */
#define SPACE_TIMEOUT 600

static inline struct machine *space_boot_config(const struct machine_config *config)
{
	struct machine *m = NULL;

	ck_assert_int_eq(machine_boot(config, &m), 0);
	ck_assert_int_eq(vmalloc_init(m), 0);
	return m;
}

static inline struct machine *space_boot(uint64_t memory, unsigned nodes)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	c.memory = memory;
	c.nodes = nodes;
	return space_boot_config(&c);
}

/* A machine whose vmalloc window has `pages` pages; the last one is never used. */
static inline struct machine *space_boot_window(uint64_t memory, uint64_t pages)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	c.memory = memory;
	c.vmalloc_size = pages << PAGE_SHIFT;
	return space_boot_config(&c);
}

#define space_check(m) ck_assert_uint_eq(machine_check((m), unit_report, NULL), 0)

/* Frames in use that are no page tables. */
static inline uint64_t space_used(struct machine *m)
{
	return nr_managed_pages(m) - nr_free_pages(m) - atomic_load(&m->nr_table_frames);
}

/* Ends a machine; every frame and every block of host memory must come back. */
static inline void space_end(struct machine *m)
{
	vmalloc_exit(m);
	ck_assert_uint_eq(space_used(m), 0);
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), 0);
	unit_check_pages(m);
	machine_destroy(m);
}

/* How often the log has this text. */
static inline unsigned space_logged(struct machine *m, const char *text)
{
	char *log = NULL;
	size_t len;
	unsigned n = 0;

	ck_assert_int_eq(log_read(m, &log, &len), 0);
	for (const char *p = log; (p = strstr(p, text)); p += strlen(text))
		n++;
	free(log);
	return n;
}

static inline uint64_t space_warnings(struct machine *m)
{
	return atomic_load(&m->nr_warn);
}

static inline uint64_t space_bad_pages(struct machine *m)
{
	return atomic_load(&m->nr_bad_page);
}

static inline void space_count_one(void *arg, const struct vm_struct *area)
{
	(void)area;
	++*(uint64_t *)arg;
}

/* Areas that a listing shows. */
static inline uint64_t space_areas(struct machine *m)
{
	uint64_t n = 0;

	vmlist_for_each(m, space_count_one, &n);
	return n;
}

/* The descriptor of an area; it must be there. */
static inline struct vm_struct *space_area(struct machine *m, vaddr_t addr)
{
	struct vm_struct *area;

	vmlist_read_lock(m);
	area = __find_vm_area(m, addr);
	vmlist_read_unlock(m);
	ck_assert_ptr_nonnull(area);
	return area;
}

static inline bool space_exists(struct machine *m, vaddr_t addr)
{
	bool found;

	vmlist_read_lock(m);
	found = __find_vm_area(m, addr);
	vmlist_read_unlock(m);
	return found;
}

/* Where the PTE for addr stands; all tables above it must be there. */
static inline paddr_t space_pte_addr(struct machine *m, vaddr_t addr)
{
	struct translation t;

	pgtable_walk(m, m->cr3, addr, ACCESS_READ, &t);
	ck_assert_int_eq(t.level, PG_LEVEL_PTE);
	return t.entry_addr;
}

/* The PTE for addr, 0 also where there is no table for it. */
static inline pte_t space_pte(struct machine *m, vaddr_t addr)
{
	struct translation t;

	pgtable_walk(m, m->cr3, addr, ACCESS_READ, &t);
	return t.level == PG_LEVEL_PTE ? t.entry : 0;
}

/* Where the entry of an upper level stands that leads to addr. */
static inline paddr_t space_entry_addr(struct machine *m, enum pg_level level, vaddr_t addr)
{
	paddr_t table = m->cr3;

	for (enum pg_level l = PG_LEVEL_PGD; l > level; l--) {
		pte_t entry;

		ck_assert_uint_eq(
			phys_read(m, &entry, table + level_index(l, addr) * sizeof(entry), 8), 8);
		ck_assert(entry & _PAGE_PRESENT);
		table = entry & PTE_PFN_MASK;
	}
	return table + level_index(level, addr) * sizeof(pte_t);
}

static inline uint64_t space_peek(struct machine *m, paddr_t at)
{
	uint64_t value;

	ck_assert_uint_eq(phys_read(m, &value, at, sizeof(value)), sizeof(value));
	return value;
}

static inline void space_poke(struct machine *m, paddr_t at, uint64_t value)
{
	ck_assert_uint_eq(phys_write(m, &value, at, sizeof(value)), sizeof(value));
}

static inline pfn_t space_pfn(struct machine *m, vaddr_t addr)
{
	struct page *page = vmalloc_to_page(m, addr);

	ck_assert_ptr_nonnull(page);
	return page_to_pfn(m, page);
}

/* Fills [addr, addr + count) with bytes that depend on seed and offset; and compares. */
static inline unsigned char space_byte(unsigned seed, size_t i)
{
	return (unsigned char)((i * 31 + (i >> 12) * 7 + seed * 101) % 251 + 1);
}

static inline void space_fill(struct machine *m, vaddr_t addr, size_t count, unsigned seed)
{
	unsigned char *buf = malloc(count);

	for (size_t i = 0; i < count; i++)
		buf[i] = space_byte(seed, i);
	ck_assert_int_eq(vwrite_area(m, buf, addr, count), (ssize_t)count);
	free(buf);
}

static inline void space_expect(struct machine *m, vaddr_t addr, size_t count, unsigned seed)
{
	unsigned char *buf = malloc(count);

	ck_assert_int_eq(vread_area(m, buf, addr, count), (ssize_t)count);
	for (size_t i = 0; i < count; i++)
		if (buf[i] != space_byte(seed, i)) /* an assertion a byte would take minutes */
			ck_abort_msg("byte %zu is %u", i, buf[i]);
	free(buf);
}

/* True if all of [addr, addr + count) reads as zeros, and is there to be read. */
static inline bool space_zero(struct machine *m, vaddr_t addr, size_t count)
{
	unsigned char *buf = malloc(count);
	bool zero = true;

	memset(buf, 0xff, count);
	ck_assert_int_eq(vread_area(m, buf, addr, count), (ssize_t)count);
	for (size_t i = 0; i < count; i++)
		zero &= buf[i] == 0;
	free(buf);
	return zero;
}

#endif
