/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A processor has faulted: what Linux logs of it, and a line that Linux cannot have,
 * because it says whose the address is.
 *
 *	[ a  a  a  G ]  hole  [ b  b  G ][ freed ]
 *	  |        |      |			`- a freed range that waits for a purge
 *	  |        |	  `- a hole of so many pages, after whose guard
 *	  |	   `- a's guard page, and how far past a's end
 *	  `- page 0 of a: read-only, not executable, not mapped
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include <vmallocfs/cpu.h>

#include "vmalloc/history.h"
#include "vmalloc/noroom.h"
#include "vmalloc/vmlist.h"

struct line {
	char *text;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void say(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->text + l->len, VM_FAULT_TEXT - l->len, fmt, ap);
	va_end(ap);
	l->len += (size_t)n;
	if (l->len >= VM_FAULT_TEXT)
		l->len = VM_FAULT_TEXT - 1;
}

static const char *bytes_word(uint64_t n)
{
	return n == 1 ? "byte" : "bytes";
}

/* One past the last byte that was asked for. */
static vaddr_t asked_end(const struct vm_struct *area)
{
	vaddr_t payload = area_payload_end(area);
	vaddr_t asked = area->addr + area->requested_size;

	return area->requested_size && asked < payload ? asked : payload;
}

/* What keeps the processor from a page that an area has. */
static const char *obstacle(enum fault fault)
{
	switch (fault) {
	case FAULT_READ_ONLY:
		return "is read-only";
	case FAULT_NX:
		return "is not executable";
	case FAULT_RESERVED:
		return "has reserved bits set in its entries";
	default:
		return "is not mapped";
	}
}

/* Which freed range addr was in, if the history still has that: false if it has not. */
static bool say_freed(struct machine *m, struct line *l, vaddr_t addr)
{
	struct vm_freed freed;
	char name[NO_ROOM_NAME];

	if (!history_last_freed(m, addr, &freed))
		return false;
	name_range(name, &(struct vm_struct){ .addr = freed.addr, .caller = freed.name },
		   freed.addr);
	say(l, "a freed range, 0x%0*" PRIx64 "-0x%0*" PRIx64 ", which was %s until event %" PRIu64,
	    address_digits(m), freed.addr, address_digits(m), freed.addr + freed.size, name,
	    freed.seq);
	return true;
}

static void say_area(struct line *l, const struct vm_struct *area, const struct cpu_fault *f)
{
	char name[NO_ROOM_NAME];

	name_range(name, area, area->addr);
	if (area->flags & VM_UNINITIALIZED)
		say(l, "page %" PRIu64 " of an area that is still being made",
		    (f->addr - area->addr) >> PAGE_SHIFT);
	else if (f->addr >= area_payload_end(area))
		say(l, "%" PRIu64 " %s past the end of %s, in its guard page",
		    f->addr - asked_end(area), bytes_word(f->addr - asked_end(area)), name);
	else
		say(l, "page %" PRIu64 " of %s %s", (f->addr - area->addr) >> PAGE_SHIFT, name,
		    obstacle(f->fault));
}

static void say_hole(struct machine *m, struct line *l, vaddr_t addr)
{
	struct vmlist *v = m->vmlist;
	const struct vm_struct *area;
	struct gap_cursor c;
	char name[NO_ROOM_NAME];
	vaddr_t low, high;

	if (say_freed(m, l, addr))
		return;
	if (!gaptree_hole(&v->tree, addr, &low, &high)) {
		say(l, "no area is there");
		return;
	}
	say(l, "a hole, 0x%0*" PRIx64 "-0x%0*" PRIx64, address_digits(m), low, address_digits(m),
	    high);
	area = low ? gaptree_seek(&v->tree, low - 1, &c) : NULL;
	if (!area || gaptree_extent(&c).end != low)
		return;
	name_range(name, area, gaptree_extent(&c).start);
	say(l, ", %" PRIu64 " %s after %s and its guard page", addr - low, bytes_word(addr - low),
	    name);
}

/* A range that waits for a purge, or is kept in a pool. */
static void say_waiting(struct machine *m, struct line *l, vaddr_t addr, struct gap_extent e,
			bool waits)
{
	if (!say_freed(m, l, addr))
		say(l, "a freed range, 0x%0*" PRIx64 "-0x%0*" PRIx64, address_digits(m), e.start,
		    address_digits(m), e.end);
	say(l, ", that %s", waits ? "waits to be purged" : "is kept in a pool");
}

/* Address space where areas are: the windows, and any range of an area. Lock held. */
static void say_whose(struct machine *m, struct line *l, const struct cpu_fault *f)
{
	struct vmlist *v = m->vmlist;
	struct gap_cursor c;
	const struct vm_struct *area = gaptree_seek(&v->tree, f->addr, &c);

	if (!area || gaptree_extent(&c).start > f->addr)
		say_hole(m, l, f->addr);
	else if (!is_freed(v, area))
		say_area(l, area, f);
	else
		say_waiting(m, l, f->addr, gaptree_extent(&c), is_lazy(v, area));
}

static bool within(vaddr_t addr, vaddr_t start, uint64_t size)
{
	return addr >= start && addr - start < size;
}

void vm_explain_fault(struct machine *m, const struct cpu_fault *f, char *text)
{
	struct line l = { text, 0 };
	vaddr_t addr = f->addr;

	text[0] = '\0';
	if (f->fault == FAULT_NONCANONICAL && machine_is_32bit(m)) {
		say(&l, "no such address: addresses of this machine have 32 bits");
	} else if (f->fault == FAULT_NONCANONICAL) {
		say(&l, "no such address: the unused upper bits are no copies of bit %u",
		    m->arch->address_bits - 1);
	} else if (addr < PAGE_SIZE) {
		say(&l, "%" PRIu64 " %s past the NULL pointer", addr, bytes_word(addr));
	} else if (addr < m->kernel_start) {
		say(&l, "%s",
		    f->cr3 == m->cr3 ? "user space, of which the kernel's tables have nothing"
				     : "user space, and no page of the present user is there");
	} else if (within(addr, m->page_offset_base, m->direct_map_size)) {
		say(&l, "the direct map of physical 0x%" PRIx64 ", which %s",
		    addr - m->page_offset_base, obstacle(f->fault));
	} else if (within(addr, m->vmemmap_base, m->nr_frames * STRUCT_PAGE_SIZE)) {
		say(&l, "the vmemmap, which is made up on reading and not in the page tables");
	} else {
		vmlist_read_lock(m);
		say_whose(m, &l, f);
		vmlist_read_unlock(m);
	}
}

void vm_oops(struct machine *m, const struct cpu_fault *f)
{
	char text[VM_FAULT_TEXT];

	vm_explain_fault(m, f, text);
	log_cpu_fault(m, f);
	printk(m, KERN_ALERT, "vmallocfs: 0x%0*" PRIx64 ": %s", address_digits(m), f->addr, text);
	if (atomic_load_explicit(&m->panic_on_oops, memory_order_relaxed)) {
		printk(m, KERN_EMERG, "Kernel panic - not syncing: Fatal exception");
		m->crashed = true;
	}
}
