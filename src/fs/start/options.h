/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: vmallocfs [OPTION]... [SOURCE] DIR
 */
#ifndef FS_OPTIONS_H
#define FS_OPTIONS_H

#include "fs/start/fs.h"
#include "input/load.h"

struct options {
	struct machine_config machine;
	struct load_decided decided; /* what of it the command line says */
	bool has_hostmem;	     /* hostmem= was given */
	char *load;		     /* file to take the layout from, or NULL */
	char *restore;		     /* image to restore, or NULL */
	bool has_cpus;		     /* cpus= was given */
	bool has_init_on_alloc;	     /* init_on_alloc= was given */
	bool strict;		     /* what would be passed over in that file is an error */
	char *source;		     /* what stands in /proc/mounts as the device, or NULL */
	char *dir;		     /* mountpoint */
	bool nonempty;		     /* mount whatever is there */
	GPtrArray *knobs;	     /* what to set when the machine has booted, boot_knobs.h */
	bool noatime;
	bool nowindows;
	uint64_t history_events;
	uint64_t nr_inodes; /* files that users can make; 0: the default */
	unsigned max_read;  /* bytes a read request may ask for; 0: no such limit */
	unsigned max_threads;
	unsigned max_idle_threads;
	bool foreground;
	bool single_threaded;
	char *list; /* what --list= names, or NULL */
	bool help;
	bool version;
	struct fuse_args fuse; /* what is for libfuse and the kernel */
};

/*
 * 0, or -EINVAL after one line on stderr that says what to change.
 * options_deinit() is due in both cases.
 */
int options_init(struct options *o, int argc, char **argv);
void options_deinit(struct options *o);

/* What --help prints. */
void options_help(void);

/* What --list=options prints: the names that -o takes, with a = if a value comes after it. */
void options_list(void);

#endif
