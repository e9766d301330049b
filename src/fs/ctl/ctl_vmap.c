/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmap of ctl: the frames of several files, or of parts of them, one after the
 * other, become one new area with a file of its own.
 *
 *	vmap t a:2-3 b		a: [0][1][2][3]   b: [0][1]
 *				t:       [2][3]      [0][1]
 *
 * First all frames are gathered, with a reference on each, so that files may
 * go meanwhile; then they are mapped.
 */
#include <errno.h>

#include "fs/ctl/ctl.h"
#include "fs/files/area_file.h"
#include "fs/inode/dir.h"
#include "fs/inode/inode.h"
#include "fs/inode/names.h"
#include "show/show.h"
#include <vmallocfs/vmalloc.h>

/* Frames of several files, each with a reference. */
struct gathered {
	struct page **pages;
	uint64_t n;
	uint64_t room;
	struct vmap_file file; /* the first one's attributes */
};

static void gathered_deinit(struct fs *fs, struct gathered *g)
{
	while (g->n)
		put_page(fs->m, g->pages[--g->n]);
	g_free(g->pages);
}

static int gathered_grow(struct gathered *g, uint64_t n)
{
	struct page **pages;

	if (n <= g->room - g->n)
		return 0;
	n = MAX(g->n + n, g->room * 2);
	pages = g_try_renew(struct page *, g->pages, n);
	if (!pages)
		return -ENOMEM;
	g->pages = pages;
	g->room = n;
	return 0;
}

/* "my\040file: no frames": a name is a word here as well. */
static int fail_source(struct ctl_run *run, int err, const struct command_source *source,
		       const char *why)
{
	g_autoptr(GString) name = g_string_new(NULL);

	show_escape(name, source->name);
	return ctl_fail(run, err, "%.60s: %s", name->str, why);
}

/* Inode's lock held: it keeps the frames until they have references of ours. */
static int gather_pages(struct ctl_run *run, struct inode *inode,
			const struct command_source *source, struct gathered *g)
{
	struct machine *m = run->fs->m;
	uint64_t count = PAGE_ALIGN(inode->size) >> PAGE_SHIFT;
	uint64_t last = source->last == UINT64_MAX ? count - 1 : source->last;
	uint64_t n;
	int err;

	if (inode->gone)
		return -ESTALE;
	if (!inode->addr || inode_phys(inode))
		return fail_source(run, -EINVAL, source, "no frames");
	if (last >= count || source->first > last)
		return fail_source(run, -EINVAL, source, "not so many pages");
	n = last - source->first + 1;
	if (n > m->nr_frames - g->n)
		return -ENOMEM;
	err = gathered_grow(g, n);
	if (!err)
		err = vm_area_pages(m, inode->addr, source->first, n, g->pages + g->n);
	if (err)
		return err;
	for (uint64_t i = 0; i < n; i++)
		get_page(g->pages[g->n + i]);
	if (!g->n)
		g->file = (struct vmap_file){ .mode = inode->mode,
					      .uid = inode->uid,
					      .gid = inode->gid };
	g->n += n;
	/* Bytes past the end of the last file are not the new one's either. */
	g->file.size = g->n << PAGE_SHIFT;
	if (last == count - 1)
		g->file.size -= PAGE_ALIGN(inode->size) - inode->size;
	return 0;
}

static int gather_sources(struct ctl_run *run, struct command *c, struct gathered *g)
{
	struct command_source source;
	const char *why;
	struct inode *inode;
	int more;

	while ((more = command_next_source(c, &source, &why)) > 0) {
		int err = ctl_find_file(run, source.name, &inode);

		if (err)
			return run->why[0] ? err : fail_source(run, err, &source, g_strerror(-err));
		inode_lock_shared(inode);
		err = gather_pages(run, inode, &source, g);
		inode_unlock_shared(inode);
		inode_drop(run->fs, inode);
		if (err)
			return err;
	}
	return more < 0 ? ctl_fail(run, more, "%s", why) : 0;
}

int ctl_run_vmap(struct ctl_run *run, struct command *c)
{
	struct fs *fs = run->fs;
	struct gathered g = { .n = 0 };
	g_autofree char *caller = NULL;
	const char *name;
	struct inode *inode;
	struct inode *dir;
	int err = ctl_find_dir(run, c->name, "vmap", &dir, &name);

	if (err)
		return err;
	if (!dir->kind->link_only)
		return -EPERM;
	handover_lock(&fs->tree_lock);
	if (dir_find(dir, name))
		err = -EEXIST;
	pthread_mutex_unlock(&fs->tree_lock);
	fs_gather_lock_shared(fs);
	if (!err)
		err = gather_sources(run, c, &g);
	if (!err) {
		caller = g_strconcat(dir->kind->path, "/", name, NULL);
		err = vmap_pages(fs, g.pages, &g.file, dir->kind, caller, &inode);
	}
	gathered_deinit(fs, &g);
	fs_gather_unlock_shared(fs);
	if (err)
		return err;
	err = name_add(fs, dir, name, inode);
	if (err) {
		inode_drop(fs, inode);
		return err;
	}
	ctl_dir_changed(run, dir);
	inode_drop(fs, inode);
	return 0;
}
