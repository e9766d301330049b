/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev/mem and dev/kmem: the machine's memory by physical and by kernel address.
 *
 *	dev/mem		offset = physical address, up to the end of RAM
 *	dev/kmem	offset = kernel address & 0x7fffffffffff
 *
 *	0x088000000000	direct map	straight to RAM
 *	0x490000000000	vmalloc space	vread, vwrite; 0 bytes is end of file
 *	0x6a0000000000	vmemmap		made up on reading
 *	elsewhere			in areas of restored layouts the same, else ENXIO
 *
 * A request stays within one region; a reader gets the next one with its next
 * request.  A crashed machine gives EIO.
 */
#include <errno.h>
#include <string.h>

#include "fs/files.h"

#define KMEM_SIZE (UINT64_C(1) << 47)
#define KMEM_SIGN UINT64_C(0xffff800000000000) /* what an offset lacks to be an address */

/* A struct page as a debugger sees it. */
#define STRUCT_PAGE_SIZE 64
#define STRUCT_PAGE_REFCOUNT 52

static uint64_t blocks(uint64_t bytes)
{
	return (bytes + 511) / 512;
}

static size_t clip(size_t count, uint64_t left)
{
	return count < left ? count : (size_t)left;
}

static size_t ram_frames(paddr_t addr, size_t count, pfn_t *ret)
{
	size_t n = 0;

	for (pfn_t pfn = addr >> PAGE_SHIFT; pfn <= (addr + count - 1) >> PAGE_SHIFT; pfn++)
		if (n < IO_FRAMES)
			ret[n++] = pfn;
	return n;
}

static void mem_read(struct fs *fs, fuse_req_t req, struct node *node, size_t count, uint64_t off,
		     struct fuse_file_info *fi)
{
	struct machine *m = fs->m;

	(void)node;
	(void)fi;
	if (m->crashed)
		fuse_reply_err(req, EIO);
	else if (off >= m->ram_size)
		fuse_reply_buf(req, NULL, 0);
	else /* no copy on our side: the kernel takes the bytes from where they are */
		fuse_reply_buf(req, (const char *)m->ram + off, clip(count, m->ram_size - off));
}

static ssize_t mem_pread(struct fs *fs, struct node *node, void *buf, size_t count, uint64_t off)
{
	(void)node;
	if (fs->m->crashed)
		return -EIO;
	return (ssize_t)phys_read(fs->m, buf, off, count);
}

/* An append would be a write past the end, wherever that is. */
static bool appends(const struct fuse_file_info *fi, uint64_t off, uint64_t size)
{
	return fi->flags & O_APPEND && off >= size;
}

static ssize_t mem_pwrite(struct fs *fs, struct node *node, const void *buf, size_t count,
			  uint64_t off, const struct fuse_file_info *fi)
{
	struct machine *m = fs->m;
	size_t done;

	(void)node;
	if (m->crashed)
		return -EIO;
	if (appends(fi, off, m->ram_size))
		return -EFBIG;
	done = phys_write(m, buf, off, count);
	return done ? (ssize_t)done : -EFAULT;
}

static size_t mem_frames(struct fs *fs, struct node *node, uint64_t off, size_t count, pfn_t *ret)
{
	uint64_t size = fs->m->ram_size;

	(void)node;
	return off < size ? ram_frames(off, clip(count, size - off), ret) : 0;
}

static void mem_size(struct fs *fs, struct node *node, struct stat *st)
{
	(void)node;
	st->st_size = (off_t)fs->m->ram_size;
	st->st_blocks = (blkcnt_t)blocks(fs->m->ram_size);
}

const struct file_ops mem_ops = {
	.direct_io = true,
	.read = mem_read,
	.pread = mem_pread,
	.pwrite = mem_pwrite,
	.frames = mem_frames,
	.size = mem_size,
};

/* Where data lies, in offsets, ascending. */
struct extent {
	uint64_t start;
	uint64_t end;
};

static void add_extent(GArray *extents, vaddr_t addr, uint64_t size)
{
	uint64_t start = addr & ~KMEM_SIGN;
	struct extent extent = { .start = start, .end = start + size };

	g_array_append_val(extents, extent);
}

static void add_area(void *arg, const struct vm_struct *area)
{
	add_extent(arg, area->addr, area->size - (area->flags & VM_NO_GUARD ? 0 : PAGE_SIZE));
}

static gint by_start(gconstpointer a, gconstpointer b)
{
	const struct extent *x = a;
	const struct extent *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The extents as they are now; kept until an area comes or goes. For g_bytes_unref. */
static GBytes *kmem_extents(struct fs *fs, struct node *node)
{
	const struct machine *m = fs->m;
	uint64_t generation;
	GArray *extents;
	GBytes *ret;
	gsize n;

	pthread_rwlock_wrlock(&node->lock);
	generation = vmlist_seq(m);
	if (!node->made || node->made_at != generation) {
		g_clear_pointer(&node->made, g_bytes_unref);
		extents = g_array_new(FALSE, FALSE, sizeof(struct extent));
		add_extent(extents, PAGE_OFFSET, m->ram_size);
		add_extent(extents, VMEMMAP_START, m->nr_frames * STRUCT_PAGE_SIZE);
		vmlist_for_each(fs->m, add_area, extents);
		g_array_sort(extents, by_start);
		n = extents->len * sizeof(struct extent);
		node->made = g_bytes_new_take(g_array_free(extents, FALSE), n);
		node->made_at = generation;
	}
	ret = g_bytes_ref(node->made);
	pthread_rwlock_unlock(&node->lock);
	return ret;
}

/* The index of the first of n extents that ends behind off; n if none does. */
static gsize first_behind(const struct extent *extents, gsize n, uint64_t off)
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

enum region_kind { DIRECT_MAP, VMALLOC_SPACE, VMEMMAP, OTHER_AREA, NOTHING };

struct region {
	enum region_kind kind;
	uint64_t left; /* bytes of it from the address on; not of NOTHING */
};

/* Bytes of the extent that off lies in, from there on; 0 if there is none. */
static uint64_t left_of_extent(struct fs *fs, struct node *node, uint64_t off)
{
	g_autoptr(GBytes) bytes = kmem_extents(fs, node);
	const struct extent *extents;
	gsize i;
	gsize n;

	extents = g_bytes_get_data(bytes, &n);
	n /= sizeof(*extents);
	i = first_behind(extents, n, off);
	return i < n && extents[i].start <= off ? extents[i].end - off : 0;
}

static struct region region_at(struct fs *fs, struct node *node, uint64_t off)
{
	const struct machine *m = fs->m;
	const vaddr_t addr = off | KMEM_SIGN;
	const struct {
		enum region_kind kind;
		vaddr_t start;
		uint64_t size;
	} known[] = {
		{ DIRECT_MAP, PAGE_OFFSET, m->ram_size },
		{ VMALLOC_SPACE, m->vmalloc_start, m->vmalloc_end + 1 - m->vmalloc_start },
		{ VMEMMAP, VMEMMAP_START, m->nr_frames * STRUCT_PAGE_SIZE },
	};
	uint64_t left;

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (addr >= known[i].start && addr - known[i].start < known[i].size)
			return (struct region){ known[i].kind,
						known[i].size - (addr - known[i].start) };
	left = left_of_extent(fs, node, off);
	return (struct region){ left ? OTHER_AREA : NOTHING, left };
}

/* Bytes of the array of struct page, from its byte `off` on. */
static void read_vmemmap(struct machine *m, unsigned char *buf, size_t count, uint64_t off)
{
	while (count) {
		struct page *page = pfn_to_page(m, off / STRUCT_PAGE_SIZE);
		uint64_t flags = page->flags;
		uint32_t refcount = page->_refcount;
		unsigned char bytes[STRUCT_PAGE_SIZE] = { 0 };
		size_t at = off % STRUCT_PAGE_SIZE;
		size_t len = clip(count, STRUCT_PAGE_SIZE - at);

		memcpy(bytes, &flags, sizeof(flags));
		memcpy(bytes + STRUCT_PAGE_REFCOUNT, &refcount, sizeof(refcount));
		memcpy(buf, bytes + at, len);
		buf += len;
		off += len;
		count -= len;
	}
}

static ssize_t kmem_pread(struct fs *fs, struct node *node, void *buf, size_t count, uint64_t off)
{
	struct machine *m = fs->m;
	vaddr_t addr = off | KMEM_SIGN;
	struct region region;

	if (m->crashed)
		return -EIO;
	if (off >= KMEM_SIZE)
		return 0;
	region = region_at(fs, node, off);
	count = clip(count, region.left);
	switch (region.kind) {
	case DIRECT_MAP:
		return (ssize_t)phys_read(m, buf, addr - PAGE_OFFSET, count);
	case VMALLOC_SPACE:
	case OTHER_AREA:
		return (ssize_t)vread(m, buf, addr, count);
	case VMEMMAP:
		read_vmemmap(m, buf, count, addr - VMEMMAP_START);
		return (ssize_t)count;
	case NOTHING:
		break;
	}
	return -ENXIO;
}

static void kmem_read(struct fs *fs, fuse_req_t req, struct node *node, size_t count, uint64_t off,
		      struct fuse_file_info *fi)
{
	vaddr_t addr = off | KMEM_SIGN;
	void *buf;
	ssize_t done;

	if (off < KMEM_SIZE && region_at(fs, node, off).kind == DIRECT_MAP) {
		mem_read(fs, req, node, count, addr - PAGE_OFFSET, fi);
		return;
	}
	buf = buffer_get(fs);
	done = kmem_pread(fs, node, buf, count, off);
	if (done < 0)
		fuse_reply_err(req, (int)-done);
	else
		fuse_reply_buf(req, buf, (size_t)done);
	buffer_put(fs, buf);
}

static ssize_t kmem_pwrite(struct fs *fs, struct node *node, const void *buf, size_t count,
			   uint64_t off, const struct fuse_file_info *fi)
{
	struct machine *m = fs->m;
	vaddr_t addr = off | KMEM_SIGN;
	struct region region;
	size_t done = 0;

	if (m->crashed)
		return -EIO;
	if (appends(fi, off, KMEM_SIZE))
		return -EFBIG;
	if (off >= KMEM_SIZE)
		return -ENXIO;
	region = region_at(fs, node, off);
	count = clip(count, region.left);
	if (region.kind == DIRECT_MAP)
		done = phys_write(m, buf, addr - PAGE_OFFSET, count);
	else if (region.kind == VMALLOC_SPACE || region.kind == OTHER_AREA)
		done = vwrite(m, buf, addr, count);
	/* A write that writes nothing would be tried again for ever. */
	return done ? (ssize_t)done : -ENXIO;
}

static size_t kmem_frames(struct fs *fs, struct node *node, uint64_t off, size_t count, pfn_t *ret)
{
	vaddr_t addr = off | KMEM_SIGN;
	struct region region;

	if (off >= KMEM_SIZE)
		return 0;
	region = region_at(fs, node, off);
	count = clip(count, region.left);
	if (region.kind == VMEMMAP || region.kind == NOTHING)
		return 0;
	return region.kind == DIRECT_MAP ? ram_frames(addr - PAGE_OFFSET, count, ret)
					 : mapped_frames(fs->m, addr, count, ret);
}

static int kmem_seek(struct fs *fs, struct node *node, uint64_t off, int whence, uint64_t *ret)
{
	g_autoptr(GBytes) bytes = NULL;
	const struct extent *extents;
	gsize i;
	gsize n;

	if (off >= KMEM_SIZE)
		return -ENXIO;
	bytes = kmem_extents(fs, node);
	extents = g_bytes_get_data(bytes, &n);
	n /= sizeof(*extents);
	i = first_behind(extents, n, off);
	if (whence == SEEK_DATA) {
		if (i == n)
			return -ENXIO;
		*ret = off > extents[i].start ? off : extents[i].start;
		return 0;
	}
	*ret = off;
	for (; i < n && extents[i].start <= *ret; i++)
		*ret = extents[i].end;
	return 0;
}

static void kmem_size(struct fs *fs, struct node *node, struct stat *st)
{
	(void)node;
	st->st_size = (off_t)KMEM_SIZE;
	st->st_blocks = (blkcnt_t)blocks(fs->m->ram_size);
}

const struct file_ops kmem_ops = {
	.direct_io = true,
	.read = kmem_read,
	.pread = kmem_pread,
	.pwrite = kmem_pwrite,
	.frames = kmem_frames,
	.seek = kmem_seek,
	.size = kmem_size,
};
