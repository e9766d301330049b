/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moments while they last: looking up their frames, copying them before they change,
 * reading them.
 */
#include <errno.h>
#include <string.h>

#include "machine/lock.h"
#include "machine/moment.h"

/* --- looking at it ------------------------------------------------------------------ */

const struct moment_run *moment_runs(const struct moment *mo, size_t *n)
{
	*n = mo->n;
	return mo->run;
}

uint64_t moment_frames(const struct moment *mo)
{
	return mo->frames;
}

const struct moment_run *moment_run_at(const struct moment *mo, uint64_t slot)
{
	size_t low = 0, high = mo->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (mo->run[mid].slot <= slot)
			low = mid;
		else
			high = mid;
	}
	return &mo->run[low];
}

const struct moment_run *moment_run_of(const struct moment *mo, pfn_t pfn)
{
	size_t low = 0, high = mo->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (mo->run[mid].pfn + mo->run[mid].n <= pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low < mo->n && mo->run[low].pfn <= pfn ? &mo->run[low] : NULL;
}

/* --- copies -------------------------------------------------------------------------- */

/* One frame for one moment, if it needs a copy. moment_lock held. False: it fails now. */
static bool copy_frame(struct moment *mo, pfn_t pfn)
{
	const struct moment_run *r = moment_run_of(mo, pfn);
	uint64_t slot = r ? r->slot + (pfn - r->pfn) : 0;
	uint64_t bit = UINT64_C(1) << slot % 64;

	if (mo->failed || !r || (r->flags & (PG_dirty | PG_unread)) != PG_dirty ||
	    *copied_word(mo, slot) & bit)
		return true;
	/* hostmem.c calls this file, so this file does not call it. */
	if (mo->m->host_limit && mo->m->host_used + PAGE_SIZE > mo->m->host_limit) {
		mo->failed = true;
		return false;
	}
	counter_add(&mo->m->host_used, PAGE_SIZE);
	mo->nr_copies++;
	memcpy(mo->copies + (slot << PAGE_SHIFT), pfn_to_ram(mo->m, pfn), PAGE_SIZE);
	*copied_word(mo, slot) |= bit;
	return true;
}

void moment_keep(struct machine *m, pfn_t pfn)
{
	struct page *page = pfn_to_page(m, pfn);
	unsigned lost = 0;

	lock_mutex(&m->moment_lock);
	if (atomic_load_explicit(&page->flags, memory_order_relaxed) & PG_moment) {
		for (unsigned i = 0; i < MOMENTS_MAX; i++)
			lost += m->moment[i] && !copy_frame(m->moment[i], pfn);
		atomic_fetch_and_explicit(&page->flags, (uint8_t)~PG_moment, memory_order_release);
	}
	unlock_mutex(&m->moment_lock);
	while (lost--)
		printk(m, KERN_WARNING,
		       "vmcore: a save ends: the host's memory for copies of what is written "
		       "meanwhile would pass the limit (hostmem=)");
}

static int read_frame(struct moment *mo, pfn_t pfn, uint64_t slot, void *buf)
{
	struct machine *m = mo->m;
	int err = 0;

	lock_mutex(&m->moment_lock);
	if (mo->failed)
		err = -EIO;
	else if (*copied_word(mo, slot) >> slot % 64 & 1)
		memcpy(buf, mo->copies + (slot << PAGE_SHIFT), PAGE_SIZE);
	else
		memcpy(buf, pfn_to_ram(m, pfn), PAGE_SIZE);
	unlock_mutex(&m->moment_lock);
	return err;
}

/* Fetching the frame would do, but it may be free by now, and the moment needs no frame. */
static int read_unread(struct machine *m, pfn_t pfn, void *buf)
{
	int err;

	pthread_mutex_lock(&m->source_lock);
	err = m->source.read(m->source.arg, pfn, buf);
	pthread_mutex_unlock(&m->source_lock);
	return err;
}

int moment_read(struct moment *mo, uint64_t slot, size_t n, void *buf)
{
	const struct moment_run *r = n ? moment_run_at(mo, slot) : NULL;
	unsigned char *to = buf;
	int err = 0;
	pfn_t pfn;

	for (; n && !err; n--, slot++, to += PAGE_SIZE) {
		if (slot == r->slot + r->n)
			r++;
		pfn = r->pfn + (slot - r->slot);
		if (r->flags & PG_unread)
			err = read_unread(mo->m, pfn, to);
		else if (r->flags & PG_dirty)
			err = read_frame(mo, pfn, slot, to);
		else
			memset(to, 0, PAGE_SIZE);
	}
	return err;
}
