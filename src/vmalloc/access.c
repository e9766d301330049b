/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and writing areas: vread, vwrite, and what files use.
 *
 *	     addr                                                    addr + count
 *	      |  . . hole . . [ A  A  A  G ][ io io G ] . . hole . . |   last area
 *	read:	 0 0 0 0 0 0 0  a  a  a  0    0  0  0   0 0 0 0 0 0
 *
 * The bytes go through the page tables, a PTE table at a time (pgtable_run),
 * so they are what a CPU would see there, whatever has been done to the tables.
 *
 * One walk serves all callers: it yields pieces, each a run of host memory or
 * nothing at all, and `transfer` reads, writes or notes a piece.
 */
#include <errno.h>
#include <string.h>

#include "vmalloc/vmlist.h"

/* Pages translated at a time. */
#define RUN 256

static const unsigned char zeros[PAGE_SIZE];

struct transfer {
	struct machine *m;
	enum { COPY_OUT, COPY_IN, GATHER } how;
	bool strict; /* a fault ends it */
	union {
		unsigned char *to;
		const unsigned char *from;
		struct {
			struct iovec *iov;
			int n;
			int max;
		};
	};
};

/*
 * The bytes of pages, in the frames they lie in.  Any thread may write guest memory
 * at any time, as any CPU may on hardware: race checkers leave out this function,
 * by its name.
 */
static void __attribute__((noinline)) copy_page_bytes(void *to, const void *from, size_t len)
{
	memcpy(to, from, len);
}

static size_t at_most(size_t len, size_t max)
{
	return len < max ? len : max;
}

/* False if there is no iovec left. */
static bool add_iovec(struct transfer *t, const unsigned char *host, size_t len)
{
	struct iovec *last = t->n ? &t->iov[t->n - 1] : NULL;

	if (last && host != zeros && (unsigned char *)last->iov_base + last->iov_len == host) {
		last->iov_len += len;
		return true;
	}
	if (t->n == t->max)
		return false;
	t->iov[t->n++] = (struct iovec){ .iov_base = (void *)(uintptr_t)host, .iov_len = len };
	return true;
}

/* One piece; host is NULL where nothing lies. */
static bool piece(struct transfer *t, unsigned char *host, size_t len)
{
	switch (t->how) {
	case COPY_OUT:
		if (host)
			copy_page_bytes(t->to, host, len);
		else
			memset(t->to, 0, len);
		t->to += len;
		return true;
	case COPY_IN:
		if (host)
			copy_page_bytes(host, t->from, len);
		t->from += len;
		return true;
	case GATHER:
		return add_iovec(t, host ? host : zeros, len);
	}
	return false;
}

/* Where nothing is mapped, page by page: a piece of a gather is no longer than `zeros`. */
static size_t nothing(struct transfer *t, size_t count)
{
	size_t done = 0;

	while (done < count) {
		size_t len = at_most(PAGE_SIZE, count - done);

		if (!piece(t, NULL, len))
			break;
		done += len;
	}
	return done;
}

/* How many of the n pages from host[0] on lie in a row: long copies are faster than many. */
static size_t in_a_row(unsigned char *const *host, size_t n)
{
	size_t i = 1;

	while (host[0] && i < n && host[i] == host[0] + i * PAGE_SIZE)
		i++;
	return i;
}

/*
 * How many of n pages have their bytes here: those of a machine's source come now.  Less
 * than n: *fault says why the next one has not.
 */
static size_t fetched(struct machine *m, unsigned char *const *host, size_t n, enum fault *fault)
{
	if (!m->source.read)
		return n;
	for (size_t i = 0; i < n; i++) {
		int err = host[i] ? page_fetch(m, (pfn_t)(host[i] - m->ram) >> PAGE_SHIFT) : 0;

		if (!err)
			continue;
		*fault = err == -EIO ? FAULT_NO_BYTES : FAULT_NO_HOST;
		return i;
	}
	return n;
}

/* Pages that [addr, addr + count) touches, at most RUN. */
static size_t pages_touched(vaddr_t addr, size_t count)
{
	uint64_t pages = PAGE_ALIGN((addr & ~PAGE_MASK) + count) >> PAGE_SHIFT;

	return pages < RUN ? (size_t)pages : RUN;
}

/*
 * [addr, addr + count) through the tables at root.  Returns the bytes done:
 * fewer than count when a fault ended it (*fault) or the iovecs did.
 */
static size_t mapped(struct transfer *t, paddr_t root, vaddr_t addr, size_t count, unsigned access,
		     enum fault *fault)
{
	unsigned char *host[RUN];
	size_t done = 0;

	*fault = FAULT_NONE;
	while (done < count) {
		vaddr_t at = addr + done;
		size_t offset = at & ~PAGE_MASK;
		size_t n = pgtable_run(t->m, root, at & PAGE_MASK, pages_touched(at, count - done),
				       access, host, fault);
		size_t step;

		n = fetched(t->m, host, n, fault);
		for (size_t i = 0; i < n; i += step) {
			size_t len;

			step = in_a_row(&host[i], n - i);
			len = at_most((step << PAGE_SHIFT) - offset, count - done);
			if (!piece(t, host[i] ? host[i] + offset : NULL, len))
				return done;
			done += len;
			offset = 0;
		}
		if (*fault == FAULT_NONE)
			continue;

		if (*fault == FAULT_NO_HOST) /* the log has it */
			return done;
		if (*fault != FAULT_NO_BYTES) /* so it has that */
			log_page_fault(t->m, addr + done, access, *fault);
		if (t->strict)
			return done;
		/* The rest of that page reads as nothing. */
		step = at_most(PAGE_SIZE - offset, count - done);
		n = nothing(t, step);
		done += n;
		if (n < step)
			return done;
		*fault = FAULT_NONE;
	}
	return done;
}

static size_t area_bytes(struct transfer *t, const struct vm_struct *area, vaddr_t addr,
			 size_t count, enum fault *fault)
{
	unsigned access = t->how == COPY_IN ? ACCESS_WRITE : ACCESS_READ;

	if (area->flags & VM_IOREMAP) {
		*fault = FAULT_NONE;
		return nothing(t, count);
	}
	return mapped(t, t->m->cr3, addr, count, access, fault);
}

/*
 * One area of a walk over many, and the gap before it.  Moves *at to stop, or
 * less far when the iovecs end.
 */
static void gap_and_area(struct transfer *t, const struct vm_struct *area, vaddr_t *at,
			 vaddr_t stop)
{
	enum fault fault;

	if (*at < area->addr)
		*at += nothing(t, area->addr - *at);
	if (*at >= area->addr && *at < stop)
		*at += area_bytes(t, area, *at, stop - *at, &fault);
}

/* All that lies in [addr, addr + count), see vread. */
static size_t walk_areas(struct transfer *t, vaddr_t addr, size_t count)
{
	struct vmlist *v = t->m->vmlist;
	struct gap_cursor c;
	vaddr_t at = addr;
	vaddr_t end;

	if (count > -addr && addr) /* the address space ends before that */
		count = (size_t)-addr;
	end = addr + count;

	vmlist_read_lock(t->m);
	for (const struct vm_struct *area = gaptree_seek(&v->tree, addr, &c); area && at != end;
	     area = gaptree_next(&c)) {
		vaddr_t stop = area_payload_end(area);

		if (area->flags & VM_UNINITIALIZED)
			continue;
		if (area->addr >= end && end) {
			at += nothing(t, end - at);
			break;
		}
		if (end && stop > end)
			stop = end;
		gap_and_area(t, area, &at, stop);
		if (at < stop)
			break;
	}
	vmlist_read_unlock(t->m);
	return at - addr;
}

size_t vread(struct machine *m, void *buf, vaddr_t addr, size_t count)
{
	struct transfer t = { .m = m, .how = COPY_OUT, .to = buf };

	return walk_areas(&t, addr, count);
}

size_t vwrite(struct machine *m, const void *buf, vaddr_t addr, size_t count)
{
	struct transfer t = { .m = m, .how = COPY_IN, .from = buf };

	return walk_areas(&t, addr, count);
}

size_t vread_iov(struct machine *m, vaddr_t addr, size_t count, struct iovec *iov, int *n)
{
	struct transfer t = { .m = m, .how = GATHER, .iov = iov, .max = *n };
	size_t done = walk_areas(&t, addr, count);

	*n = t.n;
	return done;
}

/* The area that [addr, addr + count) lies in, guard excepted. Lock held. */
static const struct vm_struct *area_around(struct vmlist *v, vaddr_t addr, size_t count)
{
	struct gap_cursor c;
	const struct vm_struct *area = gaptree_seek(&v->tree, addr, &c);

	if (!area || area->flags & VM_UNINITIALIZED || addr < area->addr ||
	    addr >= area_payload_end(area) || count > area_payload_end(area) - addr)
		return NULL;
	return area;
}

static ssize_t within_area(struct transfer *t, vaddr_t addr, size_t count)
{
	const struct vm_struct *area;
	enum fault fault = FAULT_NONE;
	ssize_t ret = -EFAULT;

	if (atomic_load_explicit(&t->m->crashed, memory_order_relaxed))
		return -EIO;
	t->strict = true;
	vmlist_read_lock(t->m);
	area = area_around(t->m->vmlist, addr, count);
	if (area) {
		ret = (ssize_t)area_bytes(t, area, addr, count, &fault);
		if (!ret && fault != FAULT_NONE)
			ret = fault == FAULT_NO_HOST ? -ENOMEM : -EIO;
	}
	vmlist_read_unlock(t->m);
	return ret;
}

ssize_t vread_area(struct machine *m, void *buf, vaddr_t addr, size_t count)
{
	struct transfer t = { .m = m, .how = COPY_OUT, .to = buf };

	return within_area(&t, addr, count);
}

ssize_t vwrite_area(struct machine *m, const void *buf, vaddr_t addr, size_t count)
{
	struct transfer t = { .m = m, .how = COPY_IN, .from = buf };

	return within_area(&t, addr, count);
}

ssize_t vread_area_iov(struct machine *m, vaddr_t addr, size_t count, struct iovec *iov, int *n)
{
	struct transfer t = { .m = m, .how = GATHER, .iov = iov, .max = *n };
	ssize_t ret = within_area(&t, addr, count);

	*n = t.n;
	return ret;
}

ssize_t vma_read(struct machine *m, const struct vma *vma, void *buf, uint64_t offset, size_t count)
{
	struct transfer t = { .m = m, .how = COPY_OUT, .strict = true, .to = buf };
	uint64_t size = vma->vm_end - vma->vm_start;
	enum fault fault;
	size_t done;

	if (atomic_load_explicit(&m->crashed, memory_order_relaxed))
		return -EIO;
	if (offset > size || count > size - offset)
		return -EFAULT;
	done = mapped(&t, vma->pgd, vma->vm_start + offset, count, ACCESS_READ | ACCESS_USER,
		      &fault);
	return !done && fault != FAULT_NONE ? -EIO : (ssize_t)done;
}
