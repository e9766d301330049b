/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel space as the offsets of a file.
 *
 * Two tables say what is at an offset: the regions that every machine has, and
 * the extents, which are all that can hold data, areas one by one:
 *
 *	offset	    0x088...		 0x490...			 0x6a0...
 *	regions	.....[ direct map ]........[ vmalloc space             ].[ vmemmap ]...
 *	extents	.....[            ]........[ a ] [ b ]......[ c ]........[         ]..[m].
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/files/frames.h"
#include "fs/files/region.h"
#include "fs/inode/inode.h"
#include "show/growth.h"
#include "show/show.h"
#include <vmallocfs/vmalloc.h>

/* It takes long to list so many. */
#define MANY_AREAS 256

/* Where data lies, in offsets, ascending. */
struct extent {
	uint64_t start;
	uint64_t end;
};

static struct extent extent_at(const struct machine *m, vaddr_t addr, uint64_t size)
{
	uint64_t start = address_to_offset(m, addr);

	return (struct extent){ .start = start, .end = start + size };
}

static struct extent extent_of(const struct machine *m, const struct vm_struct *area)
{
	return extent_at(m, area->addr, area->size - (area->flags & VM_NO_GUARD ? 0 : PAGE_SIZE));
}

struct extents_walk {
	const struct machine *m;
	struct records extents[1];
	bool failed; /* the host has no memory for all of them */
};

static void add_extent(struct extents_walk *w, struct extent e)
{
	w->failed |= !records_add(w->extents, &e, sizeof(e));
}

static void add_area_extent(void *arg, const struct vm_struct *area)
{
	struct extents_walk *w = arg;

	add_extent(w, extent_of(w->m, area));
}

static int by_extent_start(const void *a, const void *b)
{
	const struct extent *x = a;
	const struct extent *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* All of them. NULL: the host has no memory. */
static GBytes *make_extents(struct fs *fs)
{
	const struct machine *m = fs->m;
	struct extents_walk w = { .m = m };

	add_extent(&w, extent_at(m, m->page_offset_base, m->direct_map_size));
	add_extent(&w, extent_at(m, shown_page(m, 0), m->nr_frames * page_form_of(m).size));
	vmlist_for_each(fs->m, add_area_extent, &w);
	if (w.failed) {
		records_free(w.extents);
		return NULL;
	}
	qsort(w.extents->data, w.extents->len, sizeof(struct extent), by_extent_start);
	return g_bytes_new_take(w.extents->data, w.extents->len * sizeof(struct extent));
}

/*
 * The extents as they are now; kept until an area comes or goes.  For extents_put().
 * NULL: the host has no memory.
 */
static GBytes *extents_now(struct fs *fs, struct inode *inode)
{
	uint64_t generation;
	GBytes *ret;

	inode_lock(inode);
	generation = vmlist_seq(fs->m);
	if (!inode->more->made || inode->more->made_at != generation) {
		if (vmlist_count(fs->m) > MANY_AREAS)
			loop_may_take_long();
		g_clear_pointer(&inode->more->made, g_bytes_unref);
		inode->more->made = make_extents(fs);
		inode->more->made_at = generation;
	}
	ret = inode->more->made ? g_bytes_ref(inode->more->made) : NULL;
	inode_unlock(inode);
	return ret;
}

/* Under the lock, so that the last thread out sees what all others did. */
static void extents_put(struct inode *inode, GBytes *extents)
{
	inode_lock(inode);
	g_bytes_unref(extents);
	inode_unlock(inode);
}

/* The index of the first of n extents that ends after off; n if none does. */
static gsize first_after(const struct extent *extents, gsize n, uint64_t off)
{
	gsize low = 0;
	gsize high = n;

	while (low < high) {
		gsize mid = low + (high - low) / 2;

		if (extents[mid].end <= off)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* What a look at all areas finds of one offset. */
struct extent_search {
	const struct machine *m;
	uint64_t off;
	uint64_t left; /* of the extent that it lies in */
	uint64_t next; /* where the first one after it begins */
};

static void search_extent(void *arg, const struct vm_struct *area)
{
	struct extent_search *s = arg;
	struct extent e = extent_of(s->m, area);

	if (e.start <= s->off && e.end > s->off)
		s->left = e.end - s->off;
	else if (e.start > s->off)
		s->next = MIN(s->next, e.start);
}

/*
 * left_of_extent() where there is no memory for a list.  It looks at areas alone: the caller
 * knows where the direct map and vmemmap are.
 */
static uint64_t search_extents(struct fs *fs, uint64_t off, uint64_t *gap)
{
	struct extent_search s = { .m = fs->m, .off = off, .next = region_space(fs->m) };

	vmlist_for_each(fs->m, search_extent, &s);
	*gap = s.next - off;
	return s.left;
}

/*
 * Bytes of the extent that off lies in, from there on; or 0, and then *gap is
 * how far it is to the next one.
 */
static uint64_t left_of_extent(struct fs *fs, struct inode *inode, uint64_t off, uint64_t *gap)
{
	GBytes *bytes = extents_now(fs, inode);
	const struct extent *extents;
	uint64_t left = 0;
	gsize i;
	gsize n;

	if (!bytes)
		return search_extents(fs, off, gap);
	extents = g_bytes_get_data(bytes, &n);
	n /= sizeof(*extents);
	i = first_after(extents, n, off);
	if (i < n && extents[i].start <= off)
		left = extents[i].end - off;
	else
		*gap = (i < n ? extents[i].start : region_space(fs->m)) - off;
	extents_put(inode, bytes);
	return left;
}

struct region region_at(struct fs *fs, struct inode *inode, uint64_t off)
{
	const struct machine *m = fs->m;
	const vaddr_t addr = offset_to_address(m, off);
	const struct {
		enum region_kind kind;
		vaddr_t start;
		uint64_t size;
	} known[] = {
		{ DIRECT_MAP, m->page_offset_base, m->direct_map_size },
		{ VMALLOC_SPACE, m->vmalloc_start, vmalloc_window_size(m) },
		{ VMEMMAP, shown_page(m, 0), m->nr_frames * page_form_of(m).size },
	};
	struct region region = { .addr = addr };
	uint64_t gap;

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		if (addr >= known[i].start && addr - known[i].start < known[i].size) {
			region.kind = known[i].kind;
			region.left = known[i].size - (addr - known[i].start);
			return region;
		}
	}
	region.left = left_of_extent(fs, inode, off, &gap);
	region.kind = region.left ? OTHER_AREA : NOTHING;
	if (!region.left)
		region.left = gap;
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (known[i].start > addr)
			region.left = MIN(region.left, known[i].start - addr);
	return region;
}

/* Bytes of the array of struct page, from its byte `off` on. */
static void read_vmemmap(struct machine *m, unsigned char *buf, size_t count, uint64_t off)
{
	const struct page_form form = page_form_of(m);

	while (count) {
		struct page *page = pfn_to_page(m, off / form.size);
		uint64_t flags = page->flags & ~PG_moment;
		uint32_t refcount = page->_refcount;
		unsigned char bytes[STRUCT_PAGE_SIZE] = { 0 };
		size_t at = off % form.size;
		size_t len = region_clip(count, form.size - at);

		memcpy(bytes, &flags, form.flags);
		memcpy(bytes + form.refcount, &refcount, sizeof(refcount));
		memcpy(buf, bytes + at, len);
		buf += len;
		off += len;
		count -= len;
	}
}

size_t region_read(struct machine *m, const struct region *region, void *buf, size_t count)
{
	count = region_clip(count, region->left);
	switch (region->kind) {
	case DIRECT_MAP:
		return phys_read(m, buf, region->addr - m->page_offset_base, count);
	case VMALLOC_SPACE:
	case OTHER_AREA:
		return vread(m, buf, region->addr, count);
	case VMEMMAP:
		read_vmemmap(m, buf, count, region->addr - shown_page(m, 0));
		return count;
	case NOTHING:
		break;
	}
	return 0;
}

size_t region_iov(struct machine *m, const struct region *region, size_t count, struct iovec *iov,
		  int *n)
{
	count = region_clip(count, region->left);
	if (region->kind != DIRECT_MAP)
		return vread_iov(m, region->addr, count, iov, n);
	/* A page of a source that cannot be had is zeros here, as is what is not mapped. */
	phys_want(m, region->addr - m->page_offset_base, count);
	iov[0].iov_base = m->ram + (region->addr - m->page_offset_base);
	iov[0].iov_len = count;
	*n = 1;
	return count;
}

size_t region_frames(struct machine *m, const struct region *region, size_t count, pfn_t *ret)
{
	count = region_clip(count, region->left);
	if (!count || region->kind == VMEMMAP || region->kind == NOTHING)
		return 0;
	return region->kind == DIRECT_MAP
		       ? ram_frames(region->addr - m->page_offset_base, count, ret)
		       : mapped_frames(m, region->addr, count, ret);
}

/* Pages of areas that one search looks at; beyond, all is taken for data, which is never wrong. */
#define SEEK_PAGES 65536

struct seek {
	struct machine *m;
	bool data; /* what is looked for: bytes that were written, or a hole */
	unsigned left;
};

/* The first page of an area from addr on that is what is looked for; or its end. */
static vaddr_t seek_area(struct seek *s, vaddr_t addr, vaddr_t end)
{
	for (; addr < end; addr = (addr & PAGE_MASK) + PAGE_SIZE) {
		const struct page *page = vmalloc_to_page(s->m, addr);
		pfn_t pfn = page ? page_to_pfn(s->m, page) : 0;

		if (!s->left)
			return s->data ? addr : end;
		s->left--;
		if ((page && frames_seek(s->m, pfn, pfn + 1, true) == pfn) == s->data)
			return addr;
	}
	return end;
}

/* The same for any extent, in offsets. */
static uint64_t seek_extent(struct seek *s, const struct extent *e, uint64_t off)
{
	const struct machine *m = s->m;
	uint64_t base = address_to_offset(m, m->page_offset_base);
	pfn_t pfn;

	if (e->start == address_to_offset(m, shown_page(m, 0)))
		return s->data ? off : e->end;
	if (e->start != base)
		return address_to_offset(m, seek_area(s, offset_to_address(m, off),
						      offset_to_address(m, e->end)));
	pfn = frames_seek(m, (off - base) >> PAGE_SHIFT, m->nr_frames, s->data);
	return MAX(off, MIN(e->end, base + (pfn << PAGE_SHIFT)));
}

/* *ret is where data begins, from off on. 0 or -ENXIO. */
static int seek_data(struct seek *s, const struct extent *e, const struct extent *end, uint64_t off,
		     uint64_t *ret)
{
	for (; e < end; e++) {
		*ret = seek_extent(s, e, MAX(off, e->start));
		if (*ret < e->end)
			return 0;
	}
	return -ENXIO;
}

static uint64_t seek_hole(struct seek *s, const struct extent *e, const struct extent *end,
			  uint64_t off)
{
	for (; e < end && e->start <= off; e++) {
		off = seek_extent(s, e, off);
		if (off < e->end)
			break;
	}
	return off;
}

int region_seek(struct fs *fs, struct inode *inode, uint64_t off, int whence, uint64_t *ret)
{
	struct seek s = { .m = fs->m, .data = whence == SEEK_DATA, .left = SEEK_PAGES };
	GBytes *bytes = extents_now(fs, inode);
	const struct extent *extents;
	gsize i, n;
	int err = 0;

	if (!bytes)
		return -ENOMEM;
	loop_may_take_long();
	extents = g_bytes_get_data(bytes, &n);
	n /= sizeof(*extents);
	i = first_after(extents, n, off);
	if (s.data)
		err = seek_data(&s, extents + i, extents + n, off, ret);
	else
		*ret = seek_hole(&s, extents + i, extents + n, off);
	extents_put(inode, bytes);
	return err;
}
