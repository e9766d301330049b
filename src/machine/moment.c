/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moments: what state.h says of them.
 *
 * Here they begin and end; moment_copy.c has what happens in between.
 *
 * The copies have a place each in one sparse host mapping, by slot, and a bit each that
 * says whether there is one; without it the bytes of the moment are in the frame itself.
 * All moments share the mark on a frame: it says that some moment may need a copy.  The
 * bits, the mark and the frame's bytes change under moment_lock, which a reader holds
 * while it copies a frame.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "machine/hostmem.h"
#include "machine/lock.h"
#include "machine/moment.h"
#include "machine/zone.h"

#define RUNS_FIRST 1024

/* --- beginning --------------------------------------------------------------------- */

/* Joins a frame to the last run, or begins another one with it.  False: no memory. */
static bool add_frame(struct moment *mo, const struct moment_run *frame)
{
	struct moment_run *last = mo->n ? &mo->run[mo->n - 1] : NULL;

	if (last && last->pfn + last->n == frame->pfn && last->owner == frame->owner &&
	    last->refcount == frame->refcount && last->flags == frame->flags) {
		last->n++;
		mo->frames++;
		return true;
	}
	if (mo->n == mo->room) {
		size_t room = mo->room ? 2 * mo->room : RUNS_FIRST;
		struct moment_run *run = realloc(mo->run, room * sizeof(*run));

		if (!run)
			return false;
		mo->run = run;
		mo->room = room;
	}
	mo->run[mo->n] = *frame;
	mo->run[mo->n].slot = mo->frames++;
	mo->n++;
	return true;
}

/* Takes a frame in, if it is in use. */
static bool take_frame(struct moment *mo, pfn_t pfn)
{
	struct page *page = pfn_to_page(mo->m, pfn);
	struct moment_run frame = { .pfn = pfn, .n = 1, .owner = page->owner };
	uint8_t flags = atomic_load_explicit(&page->flags, memory_order_relaxed);

	frame.refcount = atomic_load_explicit(&page->_refcount, memory_order_relaxed);
	frame.flags = flags & (uint8_t) ~(PG_moment | PG_backed);
	if (!frame.refcount && !(flags & PG_reserved))
		return true;
	/* A table of a vma's. */
	if ((flags & (PG_table | PG_user)) == (PG_table | PG_user))
		return true;
	/* The source keeps the bytes that it has, so no copy of them will be needed. */
	if (flags & PG_unread)
		frame.flags |= PG_dirty;
	else if (flags & PG_dirty)
		atomic_fetch_or_explicit(&page->flags, PG_moment, memory_order_relaxed);
	return add_frame(mo, &frame);
}

/* Of regions that were never described no frame is in use, but for the first frame. */
static bool take_frames_in_use(struct moment *mo)
{
	struct machine *m = mo->m;

	for (pfn_t pfn = 0; pfn < m->nr_frames; pfn += REGION_FRAMES) {
		pfn_t end = pfn + REGION_FRAMES < m->nr_frames ? pfn + REGION_FRAMES : m->nr_frames;

		if (pfn && pfn % (64 * REGION_FRAMES) == 0 &&
		    !atomic_load_explicit(&m->described[pfn / (64 * REGION_FRAMES)],
					  memory_order_relaxed)) {
			pfn += 63 * REGION_FRAMES;
			continue;
		}
		if (pfn && !region_test(m->described, pfn))
			continue;
		for (pfn_t p = pfn; p < end; p++)
			if (!take_frame(mo, p))
				return false;
	}
	return true;
}

/* Bytes of the host that it takes before anything is copied. */
static uint64_t own_bytes(const struct moment *mo)
{
	return mo->room * sizeof(*mo->run) + mo->frames / 64 * sizeof(uint64_t);
}

static bool make_room_for_copies(struct moment *mo)
{
	uint64_t bytes = mo->frames << PAGE_SHIFT;
	void *p;

	if (!host_charge(mo->m, own_bytes(mo)))
		return false;
	mo->copied = calloc(mo->frames / 64 + 1, sizeof(uint64_t));
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		 -1, 0);
	if (!mo->copied || p == MAP_FAILED) {
		if (p != MAP_FAILED)
			munmap(p, bytes);
		host_uncharge(mo->m, own_bytes(mo));
		return false;
	}
	/* The host would give 2 MiB for a frame, which nothing here would count. */
	madvise(p, bytes, MADV_NOHUGEPAGE);
	mo->copies = p;
	return true;
}

/* A place among the machine's moments.  0 or -EBUSY. */
static int register_moment(struct moment *mo)
{
	struct machine *m = mo->m;
	int err = -EBUSY;

	lock_mutex(&m->moment_lock);
	for (unsigned i = 0; i < MOMENTS_MAX && err; i++) {
		if (m->moment[i])
			continue;
		m->moment[i] = mo;
		mo->i = i;
		err = 0;
	}
	unlock_mutex(&m->moment_lock);
	return err;
}

/* Takes the marks off its frames, but for those that the other moment has. moment_lock held. */
static void take_marks_off(struct moment *mo)
{
	struct machine *m = mo->m;
	const struct moment *other = m->moment[!mo->i];

	for (size_t i = 0; i < mo->n; i++) {
		const struct moment_run *r = &mo->run[i];

		for (pfn_t pfn = r->pfn; r->flags & PG_dirty && pfn < r->pfn + r->n; pfn++) {
			struct page *page = pfn_to_page(m, pfn);

			if (other && moment_run_of(other, pfn))
				continue;
			if (atomic_load_explicit(&page->flags, memory_order_relaxed) & PG_moment)
				atomic_fetch_and_explicit(&page->flags, (uint8_t)~PG_moment,
							  memory_order_relaxed);
		}
	}
}

static void leave_machine(struct moment *mo)
{
	struct machine *m = mo->m;

	lock_mutex(&m->moment_lock);
	m->moment[mo->i] = NULL;
	take_marks_off(mo);
	unlock_mutex(&m->moment_lock);
}

int moment_begin(struct machine *m, struct moment **ret)
{
	struct moment *mo = calloc(1, sizeof(*mo));
	int err;

	if (!mo)
		return -ENOMEM;
	mo->m = m;
	err = register_moment(mo);
	if (err)
		goto free_moment;
	if (!take_frames_in_use(mo) || !make_room_for_copies(mo)) {
		err = -ENOMEM;
		goto leave;
	}
	*ret = mo;
	return 0;

leave:
	leave_machine(mo);
free_moment:
	free(mo->copied);
	free(mo->run);
	free(mo);
	return err;
}

void moment_end(struct moment *mo)
{
	if (!mo)
		return;
	leave_machine(mo);
	munmap(mo->copies, mo->frames << PAGE_SHIFT);
	host_uncharge(mo->m, mo->nr_copies * PAGE_SIZE + own_bytes(mo));
	free(mo->copied);
	free(mo->run);
	free(mo);
}
