/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev/cpu/N/mem and dev/cpu/N/user: memory as processor N sees it, through its TLB.
 *
 *	mem	offset = kernel address & 0x7fffffffffff, as in dev/kmem
 *	user	offset = address in the lower half, in the tables of its CR3
 *
 * What the processor faults on ends a request: the bytes before it count, and if there
 * are none it is EFAULT.  The log has the fault in either case.
 */
#include <errno.h>

#include "fs/files/cpu_mem.h"
#include "fs/files/files.h"
#include "fs/files/region.h"
#include "fs/inode/inode.h"
#include <vmallocfs/vmalloc.h>

ssize_t cpu_access_result(struct machine *m, size_t done, const struct cpu_fault *f)
{
	if (fault_is_cpus(f->fault))
		vm_oops(m, f);
	if (done || f->fault == FAULT_NONE)
		return (ssize_t)done;
	if (fault_is_cpus(f->fault))
		return -EFAULT;
	return f->fault == FAULT_NO_HOST ? -ENOMEM : -EIO;
}

/* The address at an offset. */
static vaddr_t address_at(const struct fs *fs, const struct inode *inode, uint64_t off)
{
	return inode->fixed->ops == &cpu_user_ops ? off : offset_to_address(fs->m, off);
}

static ssize_t cpu_mem_read(struct fs *fs, struct inode *inode, void *buf, size_t count,
			    uint64_t off)
{
	struct cpu_fault f;
	size_t done;

	if (fs->m->crashed)
		return -EIO;
	if (off >= region_space(fs->m))
		return 0;
	count = region_clip(count, region_space(fs->m) - off);
	done = cpu_read(fs->m, (unsigned)inode->nid, address_at(fs, inode, off), buf, count, &f);
	return cpu_access_result(fs->m, done, &f);
}

static ssize_t cpu_mem_write(struct fs *fs, struct inode *inode, const void *buf, size_t count,
			     uint64_t off, const struct fuse_file_info *fi)
{
	struct cpu_fault f;
	size_t done;

	if (fs->m->crashed)
		return -EIO;
	if (off >= region_space(fs->m))
		return fi->flags & O_APPEND ? -EFBIG : -ENXIO;
	count = region_clip(count, region_space(fs->m) - off);
	done = cpu_write(fs->m, (unsigned)inode->nid, address_at(fs, inode, off), buf, count, &f);
	return cpu_access_result(fs->m, done, &f);
}

/* Those that the processor would reach now, stale ones as well. */
static size_t cpu_mem_frames(struct fs *fs, struct inode *inode, uint64_t off, size_t count,
			     pfn_t *ret)
{
	size_t n = 0;

	if (off >= region_space(fs->m))
		return 0;
	count = region_clip(count, region_space(fs->m) - off);
	for (uint64_t at = off & PAGE_MASK; at < off + count && n < IO_FRAMES; at += PAGE_SIZE) {
		paddr_t phys;

		if (cpu_peek(fs->m, (unsigned)inode->nid, address_at(fs, inode, at), &phys) &&
		    pfn_valid(fs->m, phys >> PAGE_SHIFT))
			ret[n++] = phys >> PAGE_SHIFT;
	}
	return n;
}

static void cpu_mem_size(struct fs *fs, struct inode *inode, struct stat *st)
{
	(void)inode;
	st->st_size = (off_t)region_space(fs->m);
}

const struct file_ops cpu_mem_ops = {
	.direct_io = true,
	.read = cpu_mem_read,
	.write = cpu_mem_write,
	.frames = cpu_mem_frames,
	.size = cpu_mem_size,
};

const struct file_ops cpu_user_ops = {
	.direct_io = true,
	.read = cpu_mem_read,
	.write = cpu_mem_write,
	.frames = cpu_mem_frames,
	.size = cpu_mem_size,
};
