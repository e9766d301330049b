/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lines other than areas say about the windows of a kernel, and how a
 * listing's windows are chosen.
 */
#ifndef INPUT_LISTING_SAID_H
#define INPUT_LISTING_SAID_H

#include "input/listing.h"

enum said_by {
	SAID_IMAGE,  /* an image: what its machine was booted with */
	SAID_DUMP,   /* a dump's own variables */
	SAID_NUMBER, /* VMALLOC_START, VMALLOC_END: a text that was made of a dump */
	SAID_BOOT,   /* "vmalloc : A - B": the kernel's memory layout at boot */
	SAID_FAILED, /* "Address range restricted to A - B" */
	SAID_TRACE,  /* vstart= vend= */
};
#define NR_SAID_BY 6

struct said_range {
	uint64_t start, end; /* [start, end); either is 0 while it is not known */
	bool last_unused;
};

struct listing_said {
	struct said_range vmalloc[NR_SAID_BY];
	struct said_range modules[NR_SAID_BY];
	uint64_t total;			/* VmallocTotal in bytes, 0 if it is not known */
	char *total_in;			/* the file that says so, NULL: the listing itself */
	struct listing_failure failure; /* of the last line, if size is not 0 */
};

/* True if the line names a window. The first one of each kind is remembered. */
bool listing_said_line(struct listing_said *said, const char *line, const char *end);

/*
 * Looks into the files that were saved with this one.  If this file's name has
 * "vmallocinfo" in it, theirs have "meminfo", "vmcoreinfo" or "dmesg" instead.
 */
void listing_said_beside(struct listing_said *said, const char *path);

void listing_said_deinit(struct listing_said *said);

/* Chooses the windows by the user's options, the listing's lines, the rules, or its areas. */
void listing_choose_windows(struct listing *l, const struct listing_options *o,
			    const struct listing_said *said);

/*
 * The steps after all records are in l->areas: hidden addresses, areas of another
 * machine, order, overlaps, the size of a page, guards, counts.  `hidden` has the
 * first of the records whose addresses are placeholders.
 */
void listing_sort(struct listing *l, GArray *hidden);

/* The same of areas that are known to be one machine's, with pages of 4 KiB; sets no `wide`. */
void listing_sort_known(struct listing *l);

/* What the option strict refuses, in one line (for g_free), or NULL. */
char *listing_not_strict(const struct listing *l);

/* Keeps the first LISTING_QUOTES quotes, each made safe and short. */
void listing_quote(GArray *quotes, uint64_t line, uint64_t other, const char *text, size_t len);
GArray *listing_quotes_new(void);

#endif
