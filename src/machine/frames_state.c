/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames as bytes: which are in use and what their descriptors say, and of the free
 * ones in which order they will be handed out.
 *
 * The buddy lists need not be written down: which blocks there are follows from which
 * frames are free, for free buddies are always merged, and blocks are handed out by
 * address.  The stack of single frames in front of them has an order of its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <vmallocfs/state.h>

#include "machine/hostmem.h"
#include "machine/lock.h"
#include "machine/zone.h"

#define NR_ZONES(m) ((m)->nr_nodes * MAX_NR_ZONES)
#define KEPT_FLAGS (PG_reserved | PG_dirty | PG_table | PG_array | PG_user)

static struct zone *zone_at(const struct machine *m, unsigned i)
{
	return &m->node[i / MAX_NR_ZONES].zone[i % MAX_NR_ZONES];
}

static void save_zone(struct zone *z, struct state_out *o)
{
	lock_mutex(&z->lock);
	state_put(o, z->events);
	state_put(o, z->nr_pcp);
	for (unsigned i = 0; i < z->nr_pcp; i++)
		state_put(o, z->pcp[i]);
	unlock_mutex(&z->lock);
}

void machine_save_frames(struct machine *m, const struct moment *mo, struct state_out *o)
{
	size_t n;
	const struct moment_run *r = moment_runs(mo, &n);
	pfn_t end = 0;

	state_put(o, m->cr3 >> PAGE_SHIFT);
	state_put(o, n);
	for (size_t i = 0; i < n; i++) {
		state_put(o, r[i].pfn - end);
		state_put(o, r[i].n);
		state_put(o, r[i].refcount);
		state_put(o, r[i].owner);
		state_put(o, r[i].flags & KEPT_FLAGS);
		end = r[i].pfn + r[i].n;
	}
	for (unsigned i = 0; i < NR_ZONES(m); i++)
		save_zone(zone_at(m, i), o);
}

/* --- loading ---------------------------------------------------------------------------- */

/* All frames are free and on no list, and the host has none of their bytes. */
static int forget_frames(struct machine *m)
{
	uint64_t words = (m->nr_frames >> REGION_ORDER) / 64 + 1;

	madvise(m->ram, m->ram_size, MADV_DONTNEED);
	madvise(m->mem_map, m->nr_frames * sizeof(struct page), MADV_DONTNEED);
	for (uint64_t i = 0; i < words; i++) {
		if (m->backed[i])
			m->backed[i] = 0;
		if (m->described[i])
			m->described[i] = 0;
	}
	m->host_used = 0;
	m->nr_table_frames = 0;
	for (unsigned i = 0; i < NR_ZONES(m); i++) {
		struct zone *z = zone_at(m, i);
		const struct zone was = *z;
		int err;

		if (was.start == was.end)
			continue;
		zone_deinit(z);
		memset(z, 0, sizeof(*z));
		err = zone_init(z, was.start, was.end);
		if (err)
			return err;
		z->managed = was.managed;
	}
	return 0;
}

/* One run, of which the frames before `end` are done. */
static void get_run(uint64_t nr_frames, struct state_in *in, pfn_t end, struct moment_run *r)
{
	r->pfn = end + state_get_max(in, nr_frames - end, "a frame beyond RAM");
	r->n = state_get_max(in, nr_frames - r->pfn, "a frame beyond RAM");
	r->refcount = (uint32_t)state_get_max(in, UINT32_MAX, "too many references");
	r->owner = (uint32_t)state_get_max(in, 0xffffff, "an owner that cannot be");
	r->flags = (uint8_t)state_get_max(in, KEPT_FLAGS, "a flag that is not known");
	if (!in->wrong && !r->n)
		state_wrong(in, "a run of no frames");
	if (!in->wrong && (r->pfn == 0) != !!(r->flags & PG_reserved))
		state_wrong(in, "a frame that is reserved, or is not, and should not be so");
	if (!in->wrong && !r->refcount && r->pfn)
		state_wrong(in, "a frame in use without a reference");
	if (!in->wrong && r->pfn == 0 && r->n != 1)
		state_wrong(in, "more than one reserved frame");
}

/* The descriptors of a run.  -ENOMEM: the host may not give memory for them. */
static int set_descriptors(struct machine *m, const struct moment_run *r)
{
	uint8_t flags = r->flags & (uint8_t)~PG_dirty; /* until it is written */

	if (m->host_limit && host_left(m) < r->n * sizeof(struct page))
		return -ENOMEM;
	for (pfn_t pfn = r->pfn; pfn < r->pfn + r->n; pfn++) {
		struct page *page = pfn_to_page(m, pfn);

		describe_frame(m, pfn);
		page->_refcount = r->refcount;
		page->owner = r->owner;
		page->flags = flags;
		if (flags & PG_table) {
			counter_add(&pfn_to_zone(m, pfn)->tables, 1);
			counter_add(&m->nr_table_frames, 1);
		}
	}
	return 0;
}

int machine_list_frames(struct state_in *in, uint64_t nr_frames, paddr_t *cr3,
			struct moment_run **ret, size_t *n)
{
	struct moment_run *run;
	uint64_t slot = 0;
	pfn_t end = 0;

	*cr3 = state_get_max(in, nr_frames - 1, "a PGD beyond RAM") << PAGE_SHIFT;
	*n = state_get_count(in, "more runs of frames than the part has room for");
	if (in->wrong)
		return -EINVAL;
	run = malloc((*n + 1) * sizeof(*run));
	if (!run)
		return -ENOMEM;
	for (size_t i = 0; i < *n && !in->wrong; i++) {
		get_run(nr_frames, in, end, &run[i]);
		run[i].slot = slot;
		slot += run[i].n;
		end = run[i].pfn + run[i].n;
	}
	if (in->wrong) {
		free(run);
		return -EINVAL;
	}
	*ret = run;
	return 0;
}

/* True if a frame is free, is the zone's and is on no list yet. */
static bool may_be_stacked(const struct machine *m, const struct zone *z, pfn_t pfn)
{
	if (pfn < z->start || pfn >= z->end || pfn_to_page(m, pfn)->_refcount || !pfn)
		return false;
	for (unsigned i = 0; i < z->nr_pcp; i++)
		if (z->pcp[i] == pfn)
			return false;
	return true;
}

static void get_zone(const struct machine *m, struct zone *z, struct state_in *in)
{
	unsigned n;

	z->events = state_get(in);
	n = (unsigned)state_get_max(in, PCP_MAX, "a stack that is too high");
	for (unsigned i = 0; i < n; i++) {
		pfn_t pfn = state_get(in);

		if (!may_be_stacked(m, z, pfn)) {
			state_wrong(in, "a frame on a stack that is not free");
			return;
		}
		z->pcp[z->nr_pcp++] = pfn;
	}
}

static int by_number(const void *a, const void *b)
{
	const pfn_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Frames start..end-1 of a zone are free: all of them but those on its stack go to the lists. */
static void free_gap(struct zone *z, const pfn_t *stacked, pfn_t start, pfn_t end)
{
	for (unsigned i = 0; i < z->nr_pcp; i++) {
		if (stacked[i] < start || stacked[i] >= end)
			continue;
		if (stacked[i] > start)
			zone_free_run(z, start, stacked[i]);
		start = stacked[i] + 1;
	}
	if (start < end)
		zone_free_run(z, start, end);
}

/* What no run has is free. */
static void fill_zone(struct zone *z, const struct moment_run *run, size_t n)
{
	pfn_t stacked[PCP_MAX];
	pfn_t at = z->start ? z->start : 1;
	uint64_t used = 0;

	memcpy(stacked, z->pcp, sizeof(stacked));
	qsort(stacked, z->nr_pcp, sizeof(*stacked), by_number);
	lock_mutex(&z->lock);
	for (size_t i = 0; i < n && run[i].pfn < z->end; i++) {
		pfn_t end = run[i].pfn + run[i].n < z->end ? run[i].pfn + run[i].n : z->end;

		if (end <= at)
			continue;
		if (run[i].pfn > at)
			free_gap(z, stacked, at, run[i].pfn);
		used += end - (run[i].pfn > at ? run[i].pfn : at);
		at = end;
	}
	if (at < z->end)
		free_gap(z, stacked, at, z->end);
	z->free = z->managed - used;
	z->least_free = z->free;
	unlock_mutex(&z->lock);
}

int machine_load_frames(struct machine *m, struct state_in *in, struct moment_run **ret, size_t *n)
{
	struct moment_run *run;
	int err = forget_frames(m);

	if (!err)
		err = machine_list_frames(in, m->nr_frames, &m->cr3, &run, n);
	if (err)
		return err;
	for (size_t i = 0; i < *n && !err; i++)
		err = set_descriptors(m, &run[i]);
	for (unsigned i = 0; i < NR_ZONES(m) && !err; i++) {
		get_zone(m, zone_at(m, i), in);
		if (!in->wrong && zone_at(m, i)->managed)
			fill_zone(zone_at(m, i), run, *n);
	}
	if (!err)
		err = state_get_end(in);
	if (!err && !(pfn_to_page(m, m->cr3 >> PAGE_SHIFT)->flags & PG_table)) {
		in->wrong = "a PGD that is no page table";
		err = -EINVAL;
	}
	if (err)
		free(run);
	else
		*ret = run;
	return err;
}
