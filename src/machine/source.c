/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames whose bytes are elsewhere until they are touched first.
 *
 *	page_set_unread()	PG_unread: the source has the bytes
 *	page_fetch()		source.read() fills the frame; PG_unread goes
 *	the frame is freed	PG_unread goes, and only a moment may still read the bytes
 *
 * One thread at a time reads, under source_lock.  A thread that finds the flag waits there
 * for the one that is reading; a thread that does not find it sees all the bytes.
 */
#include <errno.h>
#include <string.h>
#include <vmallocfs/page.h>

void page_set_unread(struct machine *m, pfn_t pfn)
{
	atomic_fetch_or_explicit(&pfn_to_page(m, pfn)->flags, PG_unread, memory_order_relaxed);
}

static bool is_unread(const struct page *page)
{
	return atomic_load_explicit(&page->flags, memory_order_acquire) & PG_unread;
}

/* A reference, unless the frame is free: then it may be another's by the time it is filled. */
static bool try_get_page(struct page *page)
{
	uint32_t count = atomic_load(&page->_refcount);

	while (count && !atomic_compare_exchange_weak(&page->_refcount, &count, count + 1))
		;
	return count != 0;
}

static bool all_zero(const unsigned char *bytes)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, PAGE_SIZE - 1);
}

/* Lock held, and a reference. */
static int fill_frame(struct machine *m, pfn_t pfn)
{
	unsigned char bytes[PAGE_SIZE];
	struct page *page = pfn_to_page(m, pfn);
	int err;

	if (!is_unread(page))
		return 0;
	err = m->source.read(m->source.arg, pfn, bytes);
	if (err)
		return -EIO;
	/* A frame that was never written reads as zeros. */
	if (!all_zero(bytes)) {
		if (!page_touch(m, pfn))
			return -ENOMEM;
		memcpy(pfn_to_ram(m, pfn), bytes, PAGE_SIZE);
	}
	atomic_fetch_and_explicit(&page->flags, (uint8_t)~PG_unread, memory_order_release);
	return 0;
}

int page_fetch(struct machine *m, pfn_t pfn)
{
	struct page *page = pfn_to_page(m, pfn);
	int err;

	if (!is_unread(page) || !try_get_page(page))
		return 0;
	pthread_mutex_lock(&m->source_lock);
	err = fill_frame(m, pfn);
	pthread_mutex_unlock(&m->source_lock);
	put_page(m, page);
	return err;
}

size_t phys_want(struct machine *m, paddr_t addr, size_t count)
{
	paddr_t end = addr + count;

	if (!m->source.read)
		return count;
	for (paddr_t at = addr; at < addr + count; at = (at & PAGE_MASK) + PAGE_SIZE)
		if (page_fetch(m, at >> PAGE_SHIFT) && end > at)
			end = at;
	return end - addr;
}
