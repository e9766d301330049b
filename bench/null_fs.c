/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * null_fs DIR: the least a FUSE server can do, as a yardstick for ours.
 *
 * One directory; its files have a name and a size, and all of them share one
 * flat buffer that reads copy from and writes copy to.  Direct I/O, long
 * timeouts, the low-level API, libfuse's multi-threaded loop, mounted with the
 * options that vmallocfs always has (default_permissions): what is slower than
 * this is our own doing.  `status` is a small text, written anew
 * at each open.  Runs in the foreground and ends when it is unmounted.
 */
#define FUSE_USE_VERSION 312
#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)256 << 20)
#define NR_FILES 64 /* inode numbers 2... name a slot and its generation */
#define TIMEOUT 3600.0
#define STATUS_INO 2

static const char status_text[] = "machine: none\nbuffer: 268435456 bytes\nfiles: 64 at most\n";

struct file {
	char name[256]; /* empty: the slot is free */
	off_t size;
	fuse_ino_t ino;
	int mode;
};

static char *buffer;
static struct file files[NR_FILES];
static fuse_ino_t last_ino = STATUS_INO;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct file *by_name(const char *name)
{
	for (int i = 0; i < NR_FILES; i++)
		if (!strcmp(files[i].name, name))
			return &files[i];
	return NULL;
}

static struct file *by_ino(fuse_ino_t ino)
{
	for (int i = 0; i < NR_FILES; i++)
		if (files[i].name[0] && files[i].ino == ino)
			return &files[i];
	return NULL;
}

/* Lock held. */
static int attributes(fuse_ino_t ino, struct stat *st)
{
	const struct file *f;

	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_nlink = 1;
	st->st_uid = getuid();
	st->st_gid = getgid();
	if (ino == FUSE_ROOT_ID) {
		st->st_mode = S_IFDIR | 0755;
		return 0;
	}
	if (ino == STATUS_INO) {
		st->st_mode = S_IFREG | 0444;
		st->st_size = sizeof(status_text) - 1;
		return 0;
	}
	f = by_ino(ino);
	if (!f)
		return ENOENT;
	st->st_mode = S_IFREG | (mode_t)f->mode;
	st->st_size = f->size;
	return 0;
}

static void fill_entry(struct fuse_entry_param *e, fuse_ino_t ino)
{
	memset(e, 0, sizeof(*e));
	e->ino = ino;
	e->attr_timeout = TIMEOUT;
	e->entry_timeout = TIMEOUT;
	attributes(ino, &e->attr);
}

static void null_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e;
	struct file *f;
	fuse_ino_t ino = 0;

	(void)parent;
	pthread_mutex_lock(&lock);
	f = by_name(name);
	if (!strcmp(name, "status"))
		ino = STATUS_INO;
	else if (f)
		ino = f->ino;
	if (ino)
		fill_entry(&e, ino);
	pthread_mutex_unlock(&lock);
	if (ino)
		fuse_reply_entry(req, &e);
	else
		fuse_reply_err(req, ENOENT);
}

static void null_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;
	int err;

	(void)fi;
	pthread_mutex_lock(&lock);
	err = attributes(ino, &st);
	pthread_mutex_unlock(&lock);
	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_attr(req, &st, TIMEOUT);
}

static void null_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
			 struct fuse_file_info *fi)
{
	struct stat st;
	struct file *f;
	int err;

	(void)fi;
	pthread_mutex_lock(&lock);
	f = by_ino(ino);
	if (f && (to_set & FUSE_SET_ATTR_SIZE) && attr->st_size <= (off_t)BUFFER_SIZE)
		f->size = attr->st_size;
	err = attributes(ino, &st);
	pthread_mutex_unlock(&lock);
	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_attr(req, &st, TIMEOUT);
}

static void null_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
			struct fuse_file_info *fi)
{
	struct fuse_entry_param e;
	struct file *f;

	(void)parent;
	pthread_mutex_lock(&lock);
	f = by_name("");
	if (f) {
		snprintf(f->name, sizeof(f->name), "%s", name);
		f->ino = ++last_ino;
		f->size = 0;
		f->mode = (int)(mode & 07777);
		fill_entry(&e, f->ino);
	}
	pthread_mutex_unlock(&lock);
	fi->direct_io = 1;
	if (f)
		fuse_reply_create(req, &e, fi);
	else
		fuse_reply_err(req, ENOSPC);
}

static void null_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct file *f;

	(void)parent;
	pthread_mutex_lock(&lock);
	f = by_name(name);
	if (f)
		f->name[0] = '\0';
	pthread_mutex_unlock(&lock);
	fuse_reply_err(req, f ? 0 : ENOENT);
}

/* A copy of the text is made at each open, as a server with live texts must. */
static void null_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	fi->direct_io = 1;
	if (ino == STATUS_INO)
		fi->fh = (uintptr_t)strdup(status_text);
	fuse_reply_open(req, fi);
}

static void null_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	if (ino == STATUS_INO)
		free((char *)(uintptr_t)fi->fh);
	fuse_reply_err(req, 0);
}

static void null_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		      struct fuse_file_info *fi)
{
	const char *from = ino == STATUS_INO ? (const char *)(uintptr_t)fi->fh : buffer;
	off_t end = sizeof(status_text) - 1;

	if (ino != STATUS_INO) {
		struct file *f;

		pthread_mutex_lock(&lock);
		f = by_ino(ino);
		end = f ? f->size : 0;
		pthread_mutex_unlock(&lock);
	}
	if (off >= end)
		size = 0;
	else if ((off_t)size > end - off)
		size = (size_t)(end - off);
	fuse_reply_buf(req, size ? from + off : NULL, size);
}

static void null_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	struct file *f;

	(void)fi;
	if (off + (off_t)size > (off_t)BUFFER_SIZE) {
		fuse_reply_err(req, ENOSPC);
		return;
	}
	pthread_mutex_lock(&lock);
	f = by_ino(ino);
	if (f && f->size < off + (off_t)size)
		f->size = off + (off_t)size;
	pthread_mutex_unlock(&lock);
	memcpy(buffer + off, data, size);
	fuse_reply_write(req, size);
}

static void null_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
			 struct fuse_file_info *fi)
{
	struct stat st = { .st_ino = STATUS_INO, .st_mode = S_IFREG };
	char entry[64];
	size_t len = fuse_add_direntry(req, entry, sizeof(entry), "status", &st, 1);

	(void)ino;
	(void)fi;
	fuse_reply_buf(req, entry, off || len > size ? 0 : len);
}

/* No flush: the kernel asks once, is told ENOSYS, and never asks again. */
static const struct fuse_lowlevel_ops ops = {
	.lookup = null_lookup,
	.getattr = null_getattr,
	.setattr = null_setattr,
	.create = null_create,
	.unlink = null_unlink,
	.open = null_open,
	.release = null_release,
	.read = null_read,
	.write = null_write,
	.readdir = null_readdir,
};

int main(int argc, char **argv)
{
	char *fuse_argv[] = { argv[0], (char *)"-osubtype=null_fs,default_permissions", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(2, fuse_argv);
	struct fuse_loop_config *config;
	struct fuse_session *se;
	int status = 1;

	if (argc != 2) {
		fprintf(stderr, "usage: null_fs DIR\n");
		return 2;
	}
	buffer =
		mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		return 1;
	se = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	if (!se)
		return 1;
	if (!fuse_session_mount(se, argv[1])) {
		config = fuse_loop_cfg_create();
		fuse_loop_cfg_set_max_threads(config, 10);
		status = fuse_session_loop_mt(se, config) != 0;
		fuse_loop_cfg_destroy(config);
		fuse_session_unmount(se);
	}
	fuse_session_destroy(se);
	return status;
}
