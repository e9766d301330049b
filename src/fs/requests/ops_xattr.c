/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extended attributes: what the core knows of a file's area, user.vmalloc.*.
 *
 * They are there while the area is, and cannot be set.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "fs/inode/inode.h"
#include "fs/requests/ops.h"
#include "fs/requests/reply.h"
#include "show/show.h"
#include <vmallocfs/vmalloc.h>

/* What the attributes are made from. */
struct area_facts {
	vaddr_t addr;
	uint64_t size;
	uint64_t nr_pages;
	unsigned flags;
	paddr_t phys; /* of the first frame, or of the device range */
	int nid;      /* of the first frame; NUMA_NO_NODE if there is none */
};

static void copy_facts(void *arg, const struct vm_struct *area)
{
	struct area_facts *facts = arg;

	facts->addr = area->addr;
	facts->size = area->size;
	facts->nr_pages = area->nr_pages;
	facts->flags = area->flags;
	facts->phys = area->phys_addr;
	facts->nid = NUMA_NO_NODE;
}

/* False if the inode has no area. */
static bool facts_of(struct fs *fs, struct inode *inode, struct area_facts *ret)
{
	struct page *page;
	bool found;

	inode_lock_shared(inode);
	found = inode->addr && vmlist_with(fs->m, inode->addr, copy_facts, ret);
	if (found && !(ret->flags & VM_IOREMAP) &&
	    !vm_area_pages(fs->m, inode->addr, 0, 1, &page)) {
		pfn_t pfn = page_to_pfn(fs->m, page);

		ret->phys = pfn << PAGE_SHIFT;
		ret->nid = (int)pfn_to_nid(fs->m, pfn);
	}
	inode_unlock_shared(inode);
	return found;
}

static char *print_addr(const struct area_facts *f)
{
	return g_strdup_printf("0x%0*" PRIx64, kernel_address_digits(f->addr), f->addr);
}

static char *print_size(const struct area_facts *f)
{
	return g_strdup_printf("%" PRIu64, f->size);
}

static char *print_pages(const struct area_facts *f)
{
	return g_strdup_printf("%" PRIu64, f->nr_pages);
}

static char *print_flags(const struct area_facts *f)
{
	GString *words = g_string_new(NULL);

	show_flags(words, f->flags);
	return g_string_free(words, FALSE);
}

static char *print_phys(const struct area_facts *f)
{
	return g_strdup_printf("0x%016" PRIx64, f->phys);
}

static char *print_node(const struct area_facts *f)
{
	return g_strdup_printf("%d", f->nid);
}

static const struct attribute {
	const char *name;
	char *(*print)(const struct area_facts *f);
} attributes[] = {
	{ "user.vmalloc.addr", print_addr },   { "user.vmalloc.size", print_size },
	{ "user.vmalloc.pages", print_pages }, { "user.vmalloc.flags", print_flags },
	{ "user.vmalloc.phys", print_phys },   { "user.vmalloc.node", print_node },
};

/* The protocol of both calls: size 0 asks how much there is. */
static void reply_value(fuse_req_t req, const char *data, size_t len, size_t size)
{
	if (!size)
		reply_xattr_size(req, len);
	else if (size < len)
		reply_err(req, ERANGE);
	else
		reply_buf(req, data, len);
}

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct fs *fs = op_fs(req);
	const struct attribute *attribute = NULL;
	g_autofree char *value = NULL;
	struct area_facts facts;

	for (size_t i = 0; i < G_N_ELEMENTS(attributes) && !attribute; i++)
		if (!strcmp(name, attributes[i].name))
			attribute = &attributes[i];
	if (!attribute || !facts_of(fs, inode_of(fs, ino), &facts)) {
		reply_err(req, ENODATA);
		return;
	}
	value = attribute->print(&facts);
	reply_value(req, value, strlen(value), size);
}

void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct fs *fs = op_fs(req);
	g_autoptr(GString) names = g_string_new(NULL);
	struct area_facts facts;

	if (facts_of(fs, inode_of(fs, ino), &facts))
		for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++)
			g_string_append_len(names, attributes[i].name,
					    (gssize)strlen(attributes[i].name) + 1);
	reply_value(req, names->str, names->len, size);
}

void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size,
		 int flags)
{
	(void)ino;
	(void)name;
	(void)value;
	(void)size;
	(void)flags;
	reply_err(req, EOPNOTSUPP);
}

void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	(void)ino;
	(void)name;
	reply_err(req, EOPNOTSUPP);
}
