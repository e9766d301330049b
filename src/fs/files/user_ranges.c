/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where frames are pages of open *_user files: a search through the frames of
 * each such file's vma.
 */
#include <stdlib.h>

#include "fs/files/user_ranges.h"
#include "fs/inode/inode.h"
#include <vmallocfs/vmalloc.h>

static int by_pfn(const void *a, const void *b)
{
	const pfn_t *x = a;
	const pfn_t *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void add_page(GArray *ranges, fuse_ino_t id, uint64_t off)
{
	struct user_range range = { .id = id, .off = off, .len = PAGE_SIZE };
	struct user_range *last = NULL;

	if (ranges->len)
		last = &g_array_index(ranges, struct user_range, ranges->len - 1);
	if (last && last->id == id && last->off + last->len == off)
		last->len += PAGE_SIZE;
	else
		g_array_append_val(ranges, range);
}

/* pfn[] ascends; inode's lock held. */
static void inode_ranges(struct inode *inode, const pfn_t *pfn, size_t n, GArray *ranges)
{
	const struct vma *vma = inode->more->vma;

	for (uint64_t i = 0; i < vma->nr_frames; i++) {
		const pfn_t *frame = &vma->frames[i];

		if (*frame < pfn[0] || *frame > pfn[n - 1])
			continue;
		if (bsearch(frame, pfn, n, sizeof(*pfn), by_pfn))
			add_page(ranges, inode->id, i << PAGE_SHIFT);
	}
}

void user_ranges(struct fs *fs, pfn_t *pfn, size_t n, GArray *ranges)
{
	struct inode *inode;

	qsort(pfn, n, sizeof(*pfn), by_pfn);
	handover_lock(&fs->user_lock);
	LIST_FOREACH (inode, &fs->user, more->user) {
		inode_lock_shared(inode);
		if (inode->more->vma && n)
			inode_ranges(inode, pfn, n, ranges);
		inode_unlock_shared(inode);
	}
	pthread_mutex_unlock(&fs->user_lock);
}
