/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of vmallocfs-info.
 */
#ifndef INFO_INFO_OPTIONS_H
#define INFO_INFO_OPTIONS_H

#include "info/info.h"
#include "info/info_dump.h"

enum info_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

struct info_options {
	struct listing_options listing;
	enum info_by by;
	const char *by_word; /* "caller", ... */
	uint64_t top;	     /* rows of a table; 0: all */
	bool holes;	     /* list them */
	enum info_format format;
	bool has_enough, has_next;
	struct info_request enough, next;
	struct info_dump_asked dump;
	char *svg, *html;
	char *list; /* what --list= names, or NULL */
	bool version;
	char **files; /* at least one, unless version is asked for */
};

/* 0 or -EINVAL, with a line on stderr.  --help ends the program. */
int info_options_init(struct info_options *o, int argc, char **argv);
void info_options_deinit(struct info_options *o);

#endif
