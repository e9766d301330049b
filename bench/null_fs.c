/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * null_fs [-m] DIR: the least a FUSE server can do, as a yardstick for ours.
 *
 * One directory; its files have a name and a size, and all of them share one
 * flat buffer that reads copy from and writes copy to.  Direct I/O, long
 * timeouts, the low-level API, mounted with the options that vmallocfs always
 * has (default_permissions): what is slower than this is our own doing.  One
 * thread serves all requests, which is the quickest way to serve short ones; with
 * -m it is libfuse's multi-threaded loop.  `status` is a small text, written anew
 * at each open.  A second directory has 10,000 entries to list, and no files.
 * Runs in the foreground and ends when it is unmounted.
 */
#define FUSE_USE_VERSION 312
#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)256 << 20)
#define NR_FILES 64
#define TIMEOUT 3600.0
#define STATUS_INO 2
#define LIST_INO 3
#define LIST_NAME "vmalloc_32" /* as one of ours is called */
#define NR_LISTED 10000
#define FIRST_LISTED ((fuse_ino_t)1 << 40) /* their inode numbers begin here */

static const char status_text[] = "machine: none\nbuffer: 268435456 bytes\nfiles: 64 at most\n";

struct file {
	char name[256]; /* empty: the slot is free */
	off_t size;
	fuse_ino_t ino;
	int mode;
};

static char *buffer;
static struct file files[NR_FILES];
static int nr_used; /* slots that ever had a file; the others come after them */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* A free slot, for the empty name. */
static struct file *by_name(const char *name)
{
	for (int i = 0; i < nr_used; i++)
		if (!strcmp(files[i].name, name))
			return &files[i];
	return !name[0] && nr_used < NR_FILES ? &files[nr_used++] : NULL;
}

static struct file *by_ino(fuse_ino_t ino)
{
	struct file *f = &files[ino % NR_FILES];

	return f->name[0] && f->ino == ino ? f : NULL;
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
	if (ino == FUSE_ROOT_ID || ino == LIST_INO) {
		st->st_mode = S_IFDIR | 0755;
		return 0;
	}
	if (ino == STATUS_INO) {
		st->st_mode = S_IFREG | 0444;
		st->st_size = sizeof(status_text) - 1;
		return 0;
	}
	if (ino >= FIRST_LISTED) {
		st->st_mode = S_IFREG | 0644;
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

	pthread_mutex_lock(&lock);
	f = by_name(name);
	if (parent == LIST_INO && !strncmp(name, "file", 4))
		ino = FIRST_LISTED + (fuse_ino_t)atoi(name + 4);
	else if (!strcmp(name, "status"))
		ino = STATUS_INO;
	else if (!strcmp(name, LIST_NAME))
		ino = LIST_INO;
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
		/* A number is never used twice, and says which slot it is. */
		f->ino = f->ino ? f->ino + NR_FILES : (fuse_ino_t)(NR_FILES + (f - files));
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

/* Entry number i of a directory; false at its end. */
static bool entry_of(fuse_ino_t dir, off_t i, char *name, size_t size, struct stat *st)
{
	*st = (struct stat){ .st_ino = STATUS_INO, .st_mode = S_IFREG };
	if (dir == LIST_INO) {
		st->st_ino = FIRST_LISTED + (ino_t)i;
		snprintf(name, size, "file%d", (int)i);
		return i < NR_LISTED;
	}
	snprintf(name, size, "status");
	return !i;
}

static void null_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
			 struct fuse_file_info *fi)
{
	char *buf = malloc(size);
	size_t used = 0, need = 0;
	char name[32];
	struct stat st;

	(void)fi;
	while (buf && entry_of(ino, off, name, sizeof(name), &st)) {
		need = fuse_add_direntry(req, buf + used, size - used, name, &st, ++off);
		if (need > size - used)
			break;
		used += need;
	}
	fuse_reply_buf(req, buf, used);
	free(buf);
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

/* libfuse's two loops. */
static int serve(struct fuse_session *se, bool threads)
{
	struct fuse_loop_config *config;
	int err;

	if (!threads)
		return fuse_session_loop(se);
	config = fuse_loop_cfg_create();
	fuse_loop_cfg_set_max_threads(config, 10);
	err = fuse_session_loop_mt(se, config);
	fuse_loop_cfg_destroy(config);
	return err;
}

int main(int argc, char **argv)
{
	char *fuse_argv[] = { argv[0], (char *)"-osubtype=null_fs,default_permissions", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(2, fuse_argv);
	bool threads = argc == 3 && !strcmp(argv[1], "-m");
	struct fuse_session *se;
	int status = 1;

	if (argc != 2 + threads) {
		fprintf(stderr, "usage: null_fs [-m] DIR\n");
		return 2;
	}
	buffer =
		mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		return 1;
	se = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	if (!se)
		return 1;
	if (!fuse_session_mount(se, argv[argc - 1])) {
		status = serve(se, threads) != 0;
		fuse_session_unmount(se);
	}
	fuse_session_destroy(se);
	return status;
}
