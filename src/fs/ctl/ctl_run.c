/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands of ctl do: the same as the operations on files.
 *
 *	vmalloc ioremap	create, truncate	resize		truncate
 *	vmap		ln			vfree free	rm
 *	get_vm_area alloc	no other way to make such a file
 *	on			the knob cpu, for the lines of one open alone
 *
 * A command that fails changes nothing.
 *
 * A request of the kernel keeps the inodes it names.  A line of ctl names files
 * that the kernel may not know, so each inode is held while a command works on it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fs/ctl/ctl.h"
#include "fs/ctl/vfree.h"
#include "fs/files/area_file.h"
#include "fs/files/files.h"
#include "fs/inode/dir.h"
#include "fs/inode/inode.h"
#include "fs/inode/names.h"
#include "fs/threads/forget.h"
#include <vmallocfs/history.h>

/* As touch makes them below the umask that most people have. */
#define FILE_MODE 0644

/* --- what the kernel has to be told -------------------------------------------- */

static void add_stale(struct ctl_run *run, fuse_ino_t dir, fuse_ino_t id, const char *name)
{
	struct stale stale = { .dir = dir, .id = id, .name = g_strdup(name) };

	if (!run->stale)
		run->stale = stale_new();
	g_array_append_val(run->stale, stale);
}

/* A write may have so many lines that the list of what the kernel has to forget is long. */
#define STALE_STEP 4096

static bool has_room_for_stale(const struct ctl_run *run)
{
	return !run->stale || run->stale->len % STALE_STEP || host_has(0);
}

/* Attributes alone: this waits for no page and no lock. */
static void forget_attributes(struct fs *fs, struct inode *inode)
{
	bool known;

	handover_lock(&fs->tree_lock);
	known = inode == fs->root || inode->nlookup;
	pthread_mutex_unlock(&fs->tree_lock);
	if (known)
		fuse_lowlevel_notify_inval_inode(fs->se, inode->id, -1, 0);
}

static void flush_dirs(struct ctl_run *run)
{
	while (run->nr_dirs)
		forget_attributes(run->fs, run->dirs[--run->nr_dirs]);
}

void ctl_dir_changed(struct ctl_run *run, struct inode *dir)
{
	for (unsigned i = 0; i < run->nr_dirs; i++)
		if (run->dirs[i] == dir)
			return;
	if (run->nr_dirs == CTL_DIRS)
		flush_dirs(run);
	run->dirs[run->nr_dirs++] = dir;
}

/* Size and times of a file changed. */
static void file_changed(struct ctl_run *run, struct inode *inode)
{
	struct fs *fs = run->fs;
	bool known;

	handover_lock(&fs->tree_lock);
	known = inode->nlookup;
	pthread_mutex_unlock(&fs->tree_lock);
	if (!known)
		return;
	if (inode->ops->direct_io)
		fuse_lowlevel_notify_inval_inode(fs->se, inode->id, -1, 0);
	else /* its pages as well */
		add_stale(run, 0, inode->id, NULL);
}

void ctl_run_init(struct ctl_run *run, struct fs *fs, uid_t uid, gid_t gid, int cpu)
{
	*run = (struct ctl_run){ .fs = fs, .uid = uid, .gid = gid, .cpu = cpu };
}

GArray *ctl_run_deinit(struct ctl_run *run)
{
	flush_dirs(run);
	if (run->answer)
		g_string_free(run->answer, TRUE);
	/* This thread serves other requests next, which run where the knob says. */
	if (run->cpu >= 0)
		machine_run_on(run->fs->m, -1);
	return run->stale;
}

/* --- files ------------------------------------------------------------------- */

static void name_went(struct ctl_run *run, struct inode *dir, const char *name,
		      const struct name_gone *gone)
{
	ctl_dir_changed(run, dir);
	if (gone->known)
		add_stale(run, dir->id, gone->id, name);
	if (gone->open) /* link count and ctime */
		add_stale(run, 0, gone->id, NULL);
}

static int unlink_file(struct ctl_run *run, struct inode *dir, const char *name)
{
	struct name_gone gone;
	int err = name_remove(run->fs, dir, name, &gone);

	if (!err)
		name_went(run, dir, name, &gone);
	return err;
}

/* The same for a file that is held, by whatever name. */
static void unlink_held(struct ctl_run *run, struct inode *inode)
{
	struct name_gone gone;

	/* Once it has none, name and directory stay as they were. */
	if (!inode_remove(run->fs, inode, &gone))
		name_went(run, inode->parent, inode->name, &gone);
}

/* --- commands ------------------------------------------------------------------ */

typedef int place_fn(struct ctl_run *run, struct command *c, struct inode *inode);

/*
 * Makes a file and has `place` give it its area, the inode's lock held for
 * writing.  ops and home: see name_make_locked() and ctl_find_dir().
 */
static int make_area_file(struct ctl_run *run, struct command *c, const char *home,
			  const struct file_ops *ops, place_fn *place)
{
	const struct name_owner owner = { .mode = FILE_MODE, .uid = run->uid, .gid = run->gid };
	struct fs *fs = run->fs;
	const char *name;
	struct inode *inode;
	struct inode *dir;
	int err;

	if (!c->size)
		return ctl_fail(run, -EINVAL, "a size of 0 makes no area");
	err = ctl_find_dir(run, c->name, home, &dir, &name);
	if (!err && home && strcmp(dir->kind->path ? dir->kind->path : "", home))
		err = -EPERM;
	if (!err)
		err = name_make_locked(fs, dir, name, &owner, ops, &inode);
	if (err)
		return err;
	err = place(run, c, inode);
	inode_unlock(inode);
	inode_dir_modified(dir);
	ctl_dir_changed(run, dir);
	if (err)
		unlink_held(run, inode);
	inode_drop(fs, inode);
	return err;
}

static int place_size(struct ctl_run *run, struct command *c, struct inode *inode)
{
	return inode->ops->resize(run->fs, inode, c->size);
}

static int run_vmalloc(struct ctl_run *run, struct command *c)
{
	return make_area_file(run, c, NULL, NULL, place_size);
}

static int run_ioremap(struct ctl_run *run, struct command *c)
{
	return make_area_file(run, c, "ioremap", NULL, place_size);
}

/*
 * A window anywhere in kernel space, but where the direct map and the vmemmap
 * are: those are no area's, though no area says so.
 */
static bool window_is_taken(const struct machine *m, vaddr_t start, vaddr_t end)
{
	return start < m->kernel_start || end > m->address_last ||
	       (start < m->page_offset_base + PAGE_ALIGN(m->direct_map_size) &&
		end >= m->page_offset_base) ||
	       (start < pfn_to_vmemmap(m, m->nr_frames) && end >= m->vmemmap_base);
}

static int place_reserved(struct ctl_run *run, struct command *c, struct inode *inode)
{
	const struct machine *m = run->fs->m;
	const struct area_place place = {
		.size = c->size,
		.align = c->align,
		.start = c->has_window ? c->start : m->vmalloc_start,
		.end = c->has_window ? c->end : m->vmalloc_end,
	};
	int err;

	if (window_is_taken(m, place.start, place.end))
		return ctl_fail(run, -EINVAL, "a window that is not free for areas");
	err = area_reserve(run->fs, inode, &place);
	if (err || !c->has_offset || inode->addr - m->vmalloc_start == c->addr)
		return err;
	return ctl_fail(run, -EADDRNOTAVAIL,
			"it goes to 0x%" PRIx64 ", and the recording says 0x%" PRIx64,
			inode->addr - m->vmalloc_start, c->addr);
}

static int run_get_vm_area(struct ctl_run *run, struct command *c)
{
	return make_area_file(run, c, NULL, &reserved_ops, place_reserved);
}

static int run_vfree(struct ctl_run *run, struct command *c)
{
	const char *name;
	struct inode *inode;
	struct inode *dir;
	int err;

	if (c->name) {
		err = ctl_find_dir(run, c->name, NULL, &dir, &name);
		return err ? err : unlink_file(run, dir, name);
	}
	err = vfree_by_address(run->fs, c->addr, &inode);
	if (inode) {
		file_changed(run, inode);
		inode_drop(run->fs, inode);
	}
	return err;
}

static int run_resize(struct ctl_run *run, struct command *c)
{
	struct inode *inode;
	int err;

	if (c->size > INT64_MAX)
		return -EFBIG;
	err = ctl_find_file(run, c->name, &inode);
	if (err)
		return err;
	inode_lock(inode);
	err = inode_set_size(run->fs, inode, (off_t)c->size, !run->uid);
	inode_unlock(inode);
	file_changed(run, inode);
	inode_drop(run->fs, inode);
	return err;
}

static int run_purge(struct ctl_run *run, struct command *c)
{
	(void)c;
	loop_may_take_long();
	purge_vmap_area_lazy(run->fs->m);
	pages_give_back(run->fs->m, true);
	return 0;
}

/* Removes all files below a directory, oldest name first. */
static void empty_dir(struct ctl_run *run, struct inode *dir)
{
	struct fs *fs = run->fs;
	uint64_t position = 0;

	for (;;) {
		struct inode *inode;

		handover_lock(&fs->tree_lock);
		do
			inode = dir_next(dir, position, &position);
		while (inode && inode->fixed);
		if (inode && !inode_is_dir(inode))
			inode_hold(inode);
		pthread_mutex_unlock(&fs->tree_lock);
		if (!inode)
			return;
		if (inode_is_dir(inode)) { /* directories are never removed */
			empty_dir(run, inode);
		} else {
			unlink_held(run, inode);
			inode_drop(fs, inode);
		}
	}
}

static int run_reset(struct ctl_run *run, struct command *c)
{
	(void)c;
	loop_may_take_long();
	vm_unmap_all(run->fs->m);
	empty_dir(run, run->fs->root);
	purge_vmap_area_lazy(run->fs->m);
	pages_give_back(run->fs->m, true);
	return 0;
}

static int no_such_policy(struct ctl_run *run)
{
	g_autoptr(GString) names = g_string_new(NULL);

	for (unsigned i = 0; i < NR_VM_POLICIES; i++)
		g_string_append_printf(names, "%s%s", i ? ", " : "", vm_policy_name(i));
	return ctl_fail(run, -EINVAL, "no such policy; give one of: %s", names->str);
}

static int run_policy(struct ctl_run *run, struct command *c)
{
	enum vm_policy policy;

	if (vm_policy_parse(c->name, &policy))
		return no_such_policy(run);
	loop_may_take_long();
	return vmalloc_set_policy(run->fs->m, policy);
}

static int run_on(struct ctl_run *run, struct command *c)
{
	if (c->size >= run->fs->m->nr_cpus)
		return ctl_fail(run, -EINVAL, "the machine has %u processor%s", run->fs->m->nr_cpus,
				run->fs->m->nr_cpus == 1 ? "" : "s");
	run->cpu = (int)c->size;
	return 0;
}

static int run_help(struct ctl_run *run, struct command *c)
{
	(void)c;
	run->asked_help = true;
	return 0;
}

/* The write sleeps: ctl.c has what is left of it. */
static int run_sleep(struct ctl_run *run, struct command *c)
{
	run->sleep = c->size;
	return 0;
}

static int run_say(struct ctl_run *run, struct command *c)
{
	vmalloc_say(run->fs->m, c->text);
	return 0;
}

static int run_nothing(struct ctl_run *run, struct command *c)
{
	(void)run;
	(void)c;
	return 0;
}

int ctl_run(struct ctl_run *run, struct command *c)
{
	static int (*const commands[])(struct ctl_run *, struct command *) = {
		[COMMAND_NONE] = run_nothing,
		[COMMAND_VMALLOC] = run_vmalloc,
		[COMMAND_VFREE] = run_vfree,
		[COMMAND_RESIZE] = run_resize,
		[COMMAND_GET_VM_AREA] = run_get_vm_area,
		[COMMAND_IOREMAP] = run_ioremap,
		[COMMAND_VMAP] = ctl_run_vmap,
		[COMMAND_PURGE] = run_purge,
		[COMMAND_RESET] = run_reset,
		[COMMAND_POLICY] = run_policy,
		[COMMAND_ON] = run_on,
		[COMMAND_ALLOC] = run_get_vm_area,
		[COMMAND_FREE] = run_vfree,
		[COMMAND_HELP] = run_help,
		[COMMAND_CPU] = ctl_run_cpu,
		[COMMAND_REMAP] = ctl_run_remap,
		[COMMAND_UNMAP] = ctl_run_unmap,
		[COMMAND_SLEEP] = run_sleep,
		[COMMAND_SAY] = run_say,
	};

	run->why[0] = '\0';
	if (!has_room_for_stale(run))
		return -ENOMEM;
	/* Each time: an open's lines may come on any thread. */
	if (run->cpu >= 0 && machine_run_on(run->fs->m, run->cpu))
		return -ENOMEM;
	return commands[c->type](run, c);
}
