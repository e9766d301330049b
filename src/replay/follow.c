/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking, comparing, learning.  See follow.h.
 */
#include <errno.h>

#include "replay/follow.h"

/* Holes that may have been in use at the start, for one placement. */
#define HOLDS_MAX 64

static const char *const kind_names[NR_MISS_KINDS] = {
	[MISS_ALIGNED] = "aligned",
	[MISS_POOLED] = "pooled",
	[MISS_UNSEEN] = "unseen at start",
	[MISS_BUSY] = "thought busy",
	[MISS_WINDOW] = "other window",
	[MISS_FAILED] = "failed in one",
	[MISS_OTHER] = "other",
};

const char *miss_kind_name(enum miss_kind kind)
{
	return kind_names[kind];
}

struct follow *follow_create(uint64_t max_misses)
{
	struct follow *f = g_new0(struct follow, 1);

	f->max_misses = max_misses;
	f->misses = g_array_new(FALSE, FALSE, sizeof(struct miss));
	seen_init(&f->seen);
	return f;
}

void follow_destroy(struct follow *f)
{
	if (!f)
		return;
	seen_deinit(&f->seen);
	g_array_unref(f->misses);
	g_free(f);
}

void follow_begin(struct follow *f)
{
	f->figures = (struct follow_figures){ 0 };
	g_array_set_size(f->misses, 0);
}

uint64_t follow_learned(const struct follow_figures *f)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < NR_MISS_KINDS; i++)
		n += f->learned[i];
	return n;
}

static struct hole_bounds hole_around(struct run *r, vaddr_t addr)
{
	struct hole_bounds b = { 0, 0 };

	if (!addr || !vm_follow_hole(r->m, addr, &b.start, &b.end))
		return (struct hole_bounds){ 0, 0 };
	return b;
}

/* --- learning ------------------------------------------------------------------ */

/* What was marked as busy for this placement, to take it back. */
struct holds {
	struct hole_bounds at[HOLDS_MAX];
	unsigned n;
};

static void release_holds(struct run *r, const struct holds *h)
{
	for (unsigned i = 0; i < h->n; i++)
		vm_follow_clear(r->m, h->at[i].start, h->at[i].end - h->at[i].start);
}

/*
 * The policy says a place below the one that the kernel took.  If nothing was ever
 * seen there, it may have been busy: the hole, up to where the area went.
 */
static bool hold_hole(struct run *r, const struct vm_follow *f, struct holds *h)
{
	struct hole_bounds b = hole_around(r, f->said);
	struct hole_bounds *hold = &h->at[h->n];

	*hold = (struct hole_bounds){ f->said, MIN(b.end, f->addr) };
	if (!f->said || f->said > f->addr || f->from_pool || h->n == HOLDS_MAX || !b.end ||
	    seen_has(&r->follow->seen, f->said, f->said + f->size))
		return false;
	if (vm_follow_hold(r->m, hold->start, hold->end - hold->start))
		return false;
	h->n++;
	return true;
}

/*
 * True if the policy says the right place, now that some holes are busy.  With pools the
 * kernel may have taken its own place out of one that it had from the start, unless
 * something was seen there.  Then the holes below say little: one is tried.
 */
static bool learn_unseen(struct run *r, struct vm_follow *f, bool pools)
{
	bool from_pool = pools && !seen_has(&r->follow->seen, f->addr, f->addr + f->size);
	struct holds h = { .n = 0 };

	while (f->said != f->addr && hold_hole(r, f, &h)) {
		vm_follow_ask(r->m, f);
		if (from_pool)
			break;
	}
	if (f->said == f->addr)
		return true;
	release_holds(r, &h);
	return from_pool;
}

/* Takes away what seems to be at the recorded place.  True if that makes the policy right. */
static bool learn_busy(struct run *r, struct vm_follow *f)
{
	vm_follow_clear(r->m, f->addr, f->size);
	vm_follow_ask(r->m, f);
	return f->said == f->addr;
}

static enum miss_kind plain_kind(const struct run *r, const struct vm_follow *f)
{
	const struct follow *follow = r->follow;

	if (follow->window_end &&
	    (f->start != follow->window_start || f->end != follow->window_end))
		return MISS_WINDOW;
	if (!f->said)
		return MISS_FAILED;
	return f->align > PAGE_SIZE ? MISS_ALIGNED : MISS_OTHER;
}

/*
 * The policies of the 2006 core align by another rule than any kernel that can be
 * traced.  Where they differ for that reason, there is nothing to learn.
 */
static bool aligns_otherwise(const struct run *r, const struct vm_follow *f)
{
	return f->align > PAGE_SIZE && !vm_policy_is_linux(r->policy);
}

static bool may_be_pooled(const struct run *r, const struct vm_follow *f)
{
	return r->policy == VM_LINUX_6_12 && r->m->nr_cpus > 1 &&
	       f->start == r->follow->window_start && f->end == r->follow->window_end;
}

/* Why the policy says something else, and whether it can know better now. */
static enum miss_kind find_reason(struct run *r, struct vm_follow *f, bool *learned)
{
	bool from_pool = f->from_pool;

	*learned = false;
	switch (vm_follow_look(r->m, f->addr, f->size)) {
	case VM_FOLLOW_WAITS:
	case VM_FOLLOW_BUSY:
		*learned = learn_busy(r, f) || learn_unseen(r, f, may_be_pooled(r, f));
		return MISS_BUSY;
	case VM_FOLLOW_UNKNOWN:
		*learned = true;
		return MISS_UNSEEN;
	case VM_FOLLOW_POOLED:
		return MISS_POOLED;
	case VM_FOLLOW_FREE:
		break;
	}
	if (from_pool)
		return MISS_POOLED;
	if (aligns_otherwise(r, f))
		return plain_kind(r, f);
	*learned = learn_unseen(r, f, may_be_pooled(r, f));
	return *learned ? MISS_UNSEEN : plain_kind(r, f);
}

/* --- following ------------------------------------------------------------------ */

static struct vm_follow recorded_request(const struct step *s)
{
	return (struct vm_follow){
		.size = PAGE_ALIGN(s->size) + (s->flags & VM_NO_GUARD ? 0 : PAGE_SIZE),
		.align = s->align,
		.start = s->start,
		.end = s->end,
		.flags = s->flags,
		.addr = s->failed ? 0 : s->addr,
	};
}

static void note_miss(struct run *r, struct miss *miss, enum miss_kind kind, bool learned)
{
	struct follow *follow = r->follow;

	follow->figures.missed[kind]++;
	follow->figures.learned[kind] += learned;
	miss->kind = kind;
	miss->learned = learned;
	if (follow->misses->len < follow->max_misses)
		g_array_append_val(follow->misses, *miss);
}

static struct miss describe_miss(struct run *r, const struct step *s, const struct vm_follow *f)
{
	return (struct miss){
		.line = s->line,
		.cpu = s->cpu,
		.size = f->size,
		.align = f->align,
		.start = f->start,
		.end = f->end,
		.addr = f->addr,
		.said = f->said,
		.addr_hole = hole_around(r, f->addr),
		.said_hole = hole_around(r, f->said),
	};
}

static void note_vote(struct run *r, const struct step *s, const struct vm_follow *f)
{
	r->follow->vote.event = s->event;
	r->follow->vote.addr = f->addr;
	r->follow->vote.said = f->said;
}

/* The kernel found no place, and neither should the policy. */
static void follow_failed(struct run *r, const struct step *s, struct vm_follow *f)
{
	struct miss miss;

	r->follow->purges_for_room = true;
	r->figures.failed++;
	if (r->story)
		failures_add(r->story->failed, r->m, s);
	vm_follow_ask(r->m, f);
	note_vote(r, s, f);
	if (!f->said) {
		r->follow->figures.same++;
		return;
	}
	miss = describe_miss(r, s, f);
	note_miss(r, &miss, MISS_FAILED, false);
}

/* 0 or -errno. */
static int put_there(struct run *r, const struct vm_follow *f)
{
	int err = vm_follow_put(r->m, f);

	if (err != -EEXIST)
		return err;
	vm_follow_clear(r->m, f->addr, f->size);
	return vm_follow_put(r->m, f);
}

static int follow_placed(struct run *r, const struct step *s, struct vm_follow *f)
{
	struct follow *follow = r->follow;
	int err = vm_follow(r->m, f);
	enum miss_kind kind;
	struct miss miss;
	bool learned;

	/* Then the policy would have purged, and searched once more. */
	if (err == -EAGAIN && !f->said) {
		vm_follow_purge_for_room(r->m);
		err = vm_follow(r->m, f);
	}
	note_vote(r, s, f);
	if (err != -EAGAIN) {
		follow->figures.same += !err;
		return err;
	}
	miss = describe_miss(r, s, f);
	kind = find_reason(r, f, &learned);
	note_miss(r, &miss, kind, learned);
	return put_there(r, f);
}

int follow_place(struct run *r, const struct step *s, vaddr_t *addr)
{
	struct follow *follow = r->follow;
	struct vm_follow f = recorded_request(s);
	int err;

	*addr = 0;
	follow->figures.compared++;
	follow->purges_for_room = false;
	if (s->failed) {
		follow_failed(r, s, &f);
		return 0;
	}
	err = follow_placed(r, s, &f);
	if (err == -ENOMEM)
		return err;
	/* No area can lie there: at the end of the space, or below its first page. */
	if (err)
		return 0;
	seen_add(&follow->seen, f.addr, f.addr + f.size);
	*addr = f.addr;
	return 0;
}

void follow_loaded(struct run *r, const struct step *s)
{
	seen_add(&r->follow->seen, s->addr, s->addr + s->size);
	r->follow->loaded = true;
	if (!s->aside)
		vm_follow_adopt(r->m, s->addr);
}

struct unknown_pools {
	unsigned node;
	GArray *ranges; /* struct hole_bounds */
};

static void note_unknown(void *arg, unsigned node, uint64_t pages, vaddr_t addr)
{
	struct unknown_pools *u = arg;
	struct hole_bounds b = { addr, addr + (pages << PAGE_SHIFT) };

	if (node == u->node)
		g_array_append_val(u->ranges, b);
}

/*
 * Of ranges whose node is not known it is not known either when they decay.  What
 * is free here then may be in a pool there for some time more, as if it had been there
 * from the start.
 */
static void purge_unknown(struct run *r)
{
	struct unknown_pools u = {
		.node = r->m->nr_cpus,
		.ranges = g_array_new(FALSE, FALSE, sizeof(struct hole_bounds)),
	};

	vmlist_for_each_pooled(r->m, note_unknown, &u);
	purge_vmap_area_lazy(r->m);
	for (guint i = 0; i < u.ranges->len; i++) {
		const struct hole_bounds *b = &g_array_index(u.ranges, struct hole_bounds, i);

		if (vm_follow_look(r->m, b->start, b->end - b->start) == VM_FOLLOW_FREE)
			seen_forget(&r->follow->seen, b->start, b->end);
	}
	g_array_unref(u.ranges);
}

void follow_purge(struct run *r)
{
	if (r->follow->purges_for_room)
		vm_follow_purge_for_room(r->m);
	else if (r->follow->loaded && vmalloc_nr_pooled(r->m))
		purge_unknown(r);
	else
		purge_vmap_area_lazy(r->m);
	r->follow->purges_for_room = false;
}
