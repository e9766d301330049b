/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of an image, one after the other.  doc/image.md has the format.
 */
#ifndef INPUT_IMAGE_FILES_H
#define INPUT_IMAGE_FILES_H

#include <sys/types.h>
#include <time.h>
#include <vmallocfs/state.h>

struct saved_attributes {
	mode_t mode; /* its 12 bits of permissions */
	uid_t uid;
	gid_t gid;
	struct timespec atime, mtime, ctime; /* not of a file that is always there */
};

/* The numbers that stand for kinds of files. */
enum saved_kind {
	SAVED_AREA,
	SAVED_USER,
	SAVED_IOREMAP,
	SAVED_VMAP,
	SAVED_RESERVED,
	SAVED_LOADED,
	SAVED_LOADED_BARE
};
#define NR_SAVED_KINDS 7

struct saved_file {
	enum saved_kind kind;
	const char *name; /* one that a file can have; valid during the call */
	struct saved_attributes attr;
	uint64_t size;
	uint64_t addr; /* of its bytes, or 0 */
	uint64_t phys;
};

/* Each may call state_wrong(), and then no further one is called.  NULL: not needed. */
struct saved_files_fns {
	void (*map)(void *arg, uint64_t width, bool ascii);
	/* A directory; the files that follow are in it, until the next one comes. */
	void (*dir)(void *arg, const char *path, const struct saved_attributes *attr);
	void (*file)(void *arg, const struct saved_file *file);
	/* A file that is always there and has other attributes than at boot. */
	void (*changed)(void *arg, const char *name, const struct saved_attributes *attr);
	void (*nameless)(void *arg, uint64_t addr, uint64_t phys);
};

/* 0, or -EINVAL: in->wrong says what is. */
int image_read_files(struct state_in *in, const struct saved_files_fns *fns, void *arg);

#endif
