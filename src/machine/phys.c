/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical memory as a device sees it: plain bytes, without page tables.
 *
 * A frame that was never written reads as zeros without touching the host's
 * memory, so that going through all of a large machine stays cheap.
 */
#include <string.h>
#include <vmallocfs/page.h>

/* How much of [addr, addr + count) is RAM. */
static size_t clip_to_ram(const struct machine *m, paddr_t addr, size_t count)
{
	if (addr >= m->ram_size)
		return 0;
	return count < m->ram_size - addr ? count : m->ram_size - addr;
}

/* The part of what is left that lies in addr's frame. */
static size_t in_frame(paddr_t addr, size_t left)
{
	size_t n = PAGE_SIZE - (addr & ~PAGE_MASK);

	return n < left ? n : left;
}

size_t phys_read(struct machine *m, void *buf, paddr_t addr, size_t count)
{
	unsigned char *to = buf;
	size_t left = count = phys_want(m, addr, clip_to_ram(m, addr, count));

	while (left) {
		const struct page *page = pfn_to_page(m, addr >> PAGE_SHIFT);
		size_t n = in_frame(addr, left);

		if (atomic_load_explicit(&page->flags, memory_order_acquire) & PG_dirty)
			memcpy(to, m->ram + addr, n);
		else
			memset(to, 0, n);
		to += n;
		addr += n;
		left -= n;
	}
	return count;
}

size_t phys_write(struct machine *m, const void *buf, paddr_t addr, size_t count)
{
	const unsigned char *from = buf;
	size_t left = count = phys_want(m, addr, clip_to_ram(m, addr, count));

	while (left) {
		pfn_t pfn = addr >> PAGE_SHIFT;
		size_t n = in_frame(addr, left);

		if (!page_touch(m, pfn))
			break;
		memcpy(m->ram + addr, from, n);
		/* Again, in case the frame is being zeroed for a new owner right now. */
		atomic_thread_fence(memory_order_seq_cst);
		page_mark_dirty(m, pfn);
		from += n;
		addr += n;
		left -= n;
	}
	return count - left;
}
