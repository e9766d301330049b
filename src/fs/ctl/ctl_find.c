/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands of ctl share: why one failed, what one answers, and the files that
 * paths lead to.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/ctl/ctl.h"
#include "fs/inode/dir.h"
#include "fs/inode/inode.h"
#include "fs/inode/names.h"

int ctl_fail(struct ctl_run *run, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(run->why, sizeof(run->why), fmt, ap);
	va_end(ap);
	return err;
}

void ctl_answer(struct ctl_run *run, const char *fmt, ...)
{
	va_list ap;

	if (!run->answer)
		run->answer = g_string_new(NULL);
	va_start(ap, fmt);
	g_string_append_vprintf(run->answer, fmt, ap);
	va_end(ap);
}

/* The directory of a path that has slashes in it; *rest is what follows the last one. */
static int walk_dirs(struct inode *root, char *path, struct inode **dir, char **rest)
{
	struct inode *inode = root;
	char *slash;

	while ((slash = strchr(path, '/'))) {
		*slash = '\0';
		inode = dir_find(inode, path);
		*slash = '/';
		if (!inode)
			return -ENOENT;
		if (!inode_is_dir(inode))
			return -ENOTDIR;
		path = slash + 1;
	}
	*dir = inode;
	*rest = path;
	return 0;
}

int ctl_find_dir(struct ctl_run *run, char *path, const char *home, struct inode **dir,
		 const char **name)
{
	struct fs *fs = run->fs;
	struct inode *inode = fs->root;
	int err = 0;

	/* A plain name is one of the root, and the root needs no looking up. */
	if (strchr(path, '/')) {
		handover_lock(&fs->tree_lock);
		err = walk_dirs(fs->root, path, &inode, &path);
		pthread_mutex_unlock(&fs->tree_lock);
	} else if (home) {
		handover_lock(&fs->tree_lock);
		inode = dir_find(inode, home);
		pthread_mutex_unlock(&fs->tree_lock);
	}
	if (err)
		return err;
	if (!*path || !strcmp(path, ".") || !strcmp(path, ".."))
		return ctl_fail(run, -EINVAL, "not the name of a file");
	*dir = inode;
	*name = path;
	return name_too_long(path) ? -ENAMETOOLONG : 0;
}

int ctl_find_file(struct ctl_run *run, char *path, struct inode **ret)
{
	struct fs *fs = run->fs;
	const char *name;
	struct inode *dir;
	struct inode *inode;
	int err = ctl_find_dir(run, path, NULL, &dir, &name);

	if (err)
		return err;
	handover_lock(&fs->tree_lock);
	inode = dir_find(dir, name);
	if (!inode)
		err = -ENOENT;
	else if (inode_is_dir(inode))
		err = -EISDIR;
	else if (inode->fixed)
		err = -EPERM;
	else
		inode_hold(inode);
	pthread_mutex_unlock(&fs->tree_lock);
	*ret = inode;
	return err;
}
