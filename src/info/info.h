/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmallocfs-info: one listing in, the answers to a bug report out.
 *
 *	listing --info_spaces.c--> used, free, holes of each window
 *		--groups.c--> who uses it
 *		--questions.c--> what would be enough, where the next one goes
 *	first and last listing --changes.c--> what changed
 *
 * What it found is written as text, JSON or CSV, and drawn as SVG or HTML.
 */
#ifndef INFO_INFO_H
#define INFO_INFO_H

#include <vmallocfs/vmalloc.h>

#include "input/listing.h"

struct info_hole {
	uint64_t start;
	uint64_t size;
};

/* The holes of a window, and their sums. */
struct info_holes {
	GArray *hole; /* struct info_hole, ascending */
	uint64_t free;
	struct info_hole largest; /* the lowest of several; size 0: no hole */
	uint64_t unusable;	  /* bytes of holes that take no area of UNUSABLE_PAGES */
};

/* A window and its areas. All of an area counts, its guard included. */
struct info_space {
	const char *name; /* "vmalloc", "modules" */
	const struct listing_window *window;
	uint64_t areas;
	uint64_t bytes;
	uint64_t guards;  /* bytes of guard pages */
	uint64_t waiting; /* ranges that wait for a purge */
	uint64_t waiting_bytes;
	struct info_holes holes;  /* with waiting ranges busy */
	struct info_holes purged; /* with waiting ranges free */
};

enum info_by { BY_CALLER, BY_MODULE, BY_KIND, BY_SIZE };

/* Areas that have something in common. */
struct info_group {
	char *name;
	uint64_t bytes;
	uint64_t areas;
	uint64_t pages; /* frames, as far as the listing tells */
	uint64_t largest;
	uint64_t vmalloc_bytes; /* of those in the vmalloc window */
	uint64_t vmalloc_areas;
};

#define INFO_SPACES 2

/* All figures of one listing. */
struct info {
	struct listing *l;
	struct info_space space[INFO_SPACES]; /* vmalloc first */
	unsigned nr_spaces;		      /* 0 if the addresses are hidden */
	uint64_t outside;		      /* areas in no space */
	uint64_t outside_bytes;
	GArray *groups; /* struct info_group, most bytes first */
};

/* A request to ask about: a size as vmalloc() gets it. */
struct info_request {
	uint64_t size;
	uint64_t align; /* a power of two; 0: a page */
	bool modules;	/* in the modules window */
};

struct info_answer {
	struct info_request request;
	uint64_t full; /* bytes of address space: whole pages, and the guard */
	const struct info_space *space;
	struct vm_answer a;
	guint removal[VM_ENOUGH_REMOVALS]; /* indexes of areas of the listing */
	unsigned nr_removal;
};

/* Computes all of it; from then on the info owns the listing. */
void info_init(struct info *info, struct listing *l, enum info_by by);
void info_deinit(struct info *info);

/* The parts of info_init: info_spaces.c, groups.c. */
void info_find_spaces(struct info *info);
GArray *info_group_by(const struct info *info, enum info_by by);

/*
 * 0, -ENOENT (the window is not known, or the addresses are hidden), -EINVAL (a
 * size that no address space has), -ENOMEM.
 */
int info_ask(const struct info *info, const struct info_request *request, struct info_answer *ret);

/* True if the request finds a place, perhaps after a purge. */
bool info_fits(const struct info_answer *answer);

/* How a group changed from one listing to another. */
struct info_change {
	const char *name; /* owned by one of the two */
	uint64_t from_bytes, to_bytes;
	uint64_t from_areas, to_areas;
};

/* struct info_change of the groups that differ, the one that grew most first. */
GArray *info_changes(const struct info *from, const struct info *to);

/* "new", "gone", "grown" or "shrunk". */
const char *info_change_word(const struct info_change *c);

/* The areas and waiting ranges for vm_enough(); areas gets the index of each. */
GArray *info_ranges(const struct info *info, GArray *areas);

#endif
