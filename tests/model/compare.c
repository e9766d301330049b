/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the machine and its model agree. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "history.h"
#include "model.h"

#define LINES_SIZE 800

static void page_bytes(const struct frame *f, unsigned char *page)
{
	uint64_t word[P / 8];

	for (unsigned i = 0; f->stamp && i < P / 8; i++)
		word[i] = f->stamp * (2 * i + 1);
	if (f->stamp)
		memcpy(page, word, f->valid);
	memset(page + (f->stamp ? f->valid : 0), 0, P - (f->stamp ? f->valid : 0));
}

void write_page(struct area *a, uint64_t i)
{
	struct frame *f = a->frame[i];
	unsigned char page[P];

	f->stamp = ++w.stamp * UINT64_C(0x9e3779b97f4a7c15);
	f->valid = P;
	page_bytes(f, page);
	if (vwrite_area(w.m, page, a->addr + i * P, P) != (ssize_t)P)
		fail("cannot write page %llu", (unsigned long long)i);
}

void check_page(const struct frame *f, const unsigned char *got, const char *where, uint64_t i)
{
	unsigned char want[P];

	page_bytes(f, want);
	if (memcmp(got, want, P))
		fail("page %llu of %s has other bytes", (unsigned long long)i, where);
}

void check_content(const struct area *a)
{
	static unsigned char buf[16 * P];

	for (uint64_t i = 0; a->frame && i < a->n; i++) {
		if (i % 16 == 0) {
			size_t count = (a->n - i < 16 ? a->n - i : 16) * P;

			if (vread_area(w.m, buf, a->addr + i * P, count) != (ssize_t)count)
				fail("cannot read from page %llu", (unsigned long long)i);
		}
		check_page(a->frame[i], buf + i % 16 * P, "an area", i);
	}
	for (uint64_t i = 0; a->array && i < a->n; i += 1 + any(40)) {
		uint64_t entry = 0;

		vread(w.m, &entry, a->array->addr + 8 * i, 8);
		if (entry !=
		    pfn_to_vmemmap(w.m, page_to_pfn(w.m, vmalloc_to_page(w.m, a->addr + i * P))))
			fail("entry %llu of a page array is wrong", (unsigned long long)i);
	}
}

void write_all(struct area *a)
{
	check_content(a); /* new frames are zero, old ones kept */
	for (uint64_t i = 0; i < a->n; i++)
		if (!a->frame[i]->stamp || any(8) == 0)
			write_page(a, i);
}

void expect(vaddr_t got, int got_errno, int err, vaddr_t want, const char *what)
{
	note_answer(got, got ? 0 : got_errno);
	if (err)
		w.failed[-err]++;
	if (err ? got || got_errno != -err : got != want)
		fail("%s gave %llx (errno %d), and %llx (errno %d) was expected", what,
		     (unsigned long long)got, got ? 0 : got_errno,
		     err ? 0 : (unsigned long long)want, -err);
}

void check_counts(void)
{
	if (nr_free_pages(w.m) != w.free)
		fail("%llu frames are free, not %llu", (unsigned long long)nr_free_pages(w.m),
		     (unsigned long long)w.free);
	if (vmalloc_nr_lazy(w.m) != w.nr_lazy[0] + w.nr_lazy[1])
		fail("%llu pages wait, not %llu and %llu", (unsigned long long)vmalloc_nr_lazy(w.m),
		     (unsigned long long)w.nr_lazy[0], (unsigned long long)w.nr_lazy[1]);
}

static void compare_area(void *arg, const struct vm_struct *area)
{
	unsigned *i = arg;
	const struct area *a = *i < w.nr_areas ? w.area[*i] : NULL;

	++*i;
	if (!a || a->kind == LAZY || a->addr != area->addr || a->size != area->size ||
	    a->requested != area->requested_size ||
	    area->nr_pages != (a->kind == IO || a->kind == VMAP ? 0 : a->n) ||
	    !a->array != !(area->flags & VM_VPAGES))
		fail("area %u, at %llx, is not what it should be", *i - 1,
		     (unsigned long long)area->addr);
}

static void compare_lazy(void *arg, vaddr_t addr, uint64_t size, bool pooled)
{
	unsigned *i = arg;
	const struct area *a = *i < w.nr_areas ? w.area[*i] : NULL;

	++*i;
	if (pooled || !a || a->kind != LAZY || a->addr != addr || a->size != size)
		fail("range %u, at %llx, is not what it should be", *i - 1,
		     (unsigned long long)addr);
}

/* Collects the lines of machine_check. */
static void report(void *arg, const char *line)
{
	char *lines = arg;
	size_t length = strlen(lines);

	snprintf(lines + length, LINES_SIZE - length, "; %s", line);
}

void compare_all(void)
{
	char lines[LINES_SIZE] = "";
	unsigned i = 0;

	vmlist_for_each_range(w.m, compare_area, compare_lazy, &i);
	if (i != w.nr_areas)
		fail("%u areas, not %u", i, w.nr_areas);
	if (machine_check(w.m, report, lines))
		fail("the machine's books are wrong%s", lines);
	if (atomic_load(&w.m->nr_warn) || atomic_load(&w.m->nr_bad_page) ||
	    atomic_load(&w.m->crashed))
		fail("the machine complained");
}

void compare_content(void)
{
	for (unsigned i = 0; i < w.nr_areas; i++)
		check_content(w.area[i]);
}
