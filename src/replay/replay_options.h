/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: vmallocfs-replay [OPTION]... TRACE
 */
#ifndef REPLAY_OPTIONS_H
#define REPLAY_OPTIONS_H

#include "replay/replay.h"
#include "replay/report.h"

struct replay_options {
	struct replay_config replay;
	struct report_options report;
	char *load;
	char *svg;	/* file for the picture of the address space, or NULL */
	char *timeline; /* file for that of the time, or NULL */
	char *diff;	/* a report to compare with, or NULL */
	char *series;	/* file for the series, or NULL */
	char *chrome;	/* file for Perfetto, or NULL */
	char *html;	/* file for the page, or NULL */
	char *layout;	/* file for the areas of --at, or NULL */
	char *trace;	/* file, or "-" */
	char *list;	/* what --list= names, or NULL */
	bool version;
};

/*
 * 0, or -EINVAL after one line on stderr that says what to change.
 * replay_options_deinit() is due in both cases.  --help prints and ends the program.
 */
int replay_options_init(struct replay_options *o, int argc, char **argv);
void replay_options_deinit(struct replay_options *o);

#endif
