/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel space as the offsets of a file: what dev/kmem and proc/kcore share.
 *
 * A file offset cannot be negative, so the upper bits of an address, which are all
 * set in the kernel's half, are left out: 17 of them with four levels of page
 * tables, where the offsets are these:
 *
 *	0x088000000000	DIRECT_MAP	straight to RAM
 *	0x490000000000	VMALLOC_SPACE	vread, vwrite
 *	0x6a0000000000	VMEMMAP		made up on reading
 *	elsewhere	OTHER_AREA	areas of restored layouts, else NOTHING
 *
 * With 32 bits the offset is the address, and VMEMMAP is mem_map, at 0x20000000.
 *
 * What lies where is remembered in the inode that is asked, until an area comes
 * or goes.  A crashed machine is the caller's to find.
 */
#ifndef FS_REGION_H
#define FS_REGION_H

#include "fs/inode/inode.h"

enum region_kind { DIRECT_MAP, VMALLOC_SPACE, VMEMMAP, OTHER_AREA, NOTHING };

struct region {
	enum region_kind kind;
	vaddr_t addr;  /* the address asked for, */
	uint64_t left; /* and bytes of the region from there on */
};

/* How many offsets there are: the bytes of the kernel's half, or of all 32 bits. */
static inline uint64_t region_space(const struct machine *m)
{
	return m->gap_start;
}

/* What is at off, which is below region_space(). */
struct region region_at(struct fs *fs, struct inode *inode, uint64_t off);

/*
 * Copies up to count bytes from the region's address on, none of them past
 * its end.  Fewer when no area lies after that.  0 of NOTHING.
 */
size_t region_read(struct machine *m, const struct region *region, void *buf, size_t count);

/*
 * The same without the copy: at most *n entries of iov[], IO_FRAMES are enough
 * for IO_MAX bytes.  Of DIRECT_MAP, VMALLOC_SPACE and OTHER_AREA only.
 */
size_t region_iov(struct machine *m, const struct region *region, size_t count, struct iovec *iov,
		  int *n);

/* The frames under such a range, as struct file_ops.frames. */
size_t region_frames(struct machine *m, const struct region *region, size_t count, pfn_t *ret);

/* Frames of a range of RAM; at most IO_FRAMES go to ret. */
size_t ram_frames(paddr_t addr, size_t count, pfn_t *ret);

/* SEEK_DATA and SEEK_HOLE among the offsets, as struct file_ops.seek. */
int region_seek(struct fs *fs, struct inode *inode, uint64_t off, int whence, uint64_t *ret);

static inline size_t region_clip(size_t count, uint64_t left)
{
	return count < left ? count : (size_t)left;
}

#endif
