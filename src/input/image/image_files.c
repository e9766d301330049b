/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the part FILE.  What its numbers mean to a file system is for fs/ to say.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "input/image/image_files.h"

static void read_file_time(struct state_in *in, struct timespec *t)
{
	t->tv_sec = state_get_signed(in);
	t->tv_nsec = (long)state_get_max(in, 999999999, "a time that cannot be");
}

static void read_owner(struct state_in *in, struct saved_attributes *attr)
{
	attr->mode = (mode_t)state_get_max(in, 07777, "a mode that cannot be");
	attr->uid = (uid_t)state_get_max(in, UINT32_MAX, "an owner that cannot be");
	attr->gid = (gid_t)state_get_max(in, UINT32_MAX, "a group that cannot be");
}

static void read_attributes(struct state_in *in, struct saved_attributes *attr)
{
	read_owner(in, attr);
	read_file_time(in, &attr->atime);
	read_file_time(in, &attr->mtime);
	read_file_time(in, &attr->ctime);
}

static bool name_is_good(const char *name)
{
	return name && *name && strlen(name) <= NAME_MAX && !strchr(name, '/') &&
	       strcmp(name, ".") && strcmp(name, "..");
}

/* For free; NULL if something is wrong. */
static char *read_name(struct state_in *in)
{
	char *name = NULL;

	if (state_get_string(in, &name) || (!in->wrong && !name_is_good(name)))
		state_wrong(in, "a name that no file can have");
	if (!in->wrong)
		return name;
	free(name);
	return NULL;
}

static void read_file(struct state_in *in, const struct saved_files_fns *fns, void *arg)
{
	struct saved_file file;
	char *name;

	file.kind = (enum saved_kind)state_get_max(in, NR_SAVED_KINDS - 1,
						   "a kind of file that is not known");
	name = read_name(in);
	file.name = name;
	read_attributes(in, &file.attr);
	file.size = state_get(in);
	file.addr = state_get(in);
	file.phys = state_get(in);
	if (!in->wrong && fns->file)
		fns->file(arg, &file);
	free(name);
}

static void read_changed(struct state_in *in, const struct saved_files_fns *fns, void *arg)
{
	struct saved_attributes attr = { 0 };
	char *name = read_name(in);

	read_owner(in, &attr);
	if (!in->wrong && fns->changed)
		fns->changed(arg, name, &attr);
	free(name);
}

static void read_dir(struct state_in *in, const struct saved_files_fns *fns, void *arg)
{
	struct saved_attributes attr;
	char *path = NULL;
	uint64_t n;

	if (state_get_string(in, &path) || !path)
		state_wrong(in, "a directory that is not there");
	read_attributes(in, &attr);
	if (!in->wrong && fns->dir)
		fns->dir(arg, path, &attr);
	free(path);
	n = state_get_count(in, "more files than the part has room for");
	while (n-- && !in->wrong)
		read_file(in, fns, arg);
	n = state_get_count(in, "more files than the part has room for");
	while (n-- && !in->wrong)
		read_changed(in, fns, arg);
}

int image_read_files(struct state_in *in, const struct saved_files_fns *fns, void *arg)
{
	uint64_t width = state_get(in), n;
	bool ascii = state_get_max(in, 1, "a switch that is neither on nor off");

	if (!in->wrong && fns->map)
		fns->map(arg, width, ascii);
	n = state_get_count(in, "more directories than the part has room for");
	while (n-- && !in->wrong)
		read_dir(in, fns, arg);
	n = state_get_count(in, "more files than the part has room for");
	while (n-- && !in->wrong) {
		uint64_t addr = state_get(in), phys = state_get(in);

		if (!in->wrong && fns->nameless)
			fns->nameless(arg, addr, phys);
	}
	return state_get_end(in);
}
