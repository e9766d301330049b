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
	struct info_hole largest; /* the lowest of several; size 0: there is none */
};

/* A window and what lies in it. An area counts whole, its guard included. */
struct info_space {
	const char *name; /* "vmalloc", "modules" */
	const struct listing_window *window;
	uint64_t areas;
	uint64_t bytes;
	uint64_t guards;  /* bytes of guard pages */
	uint64_t waiting; /* ranges that wait for a purge */
	uint64_t waiting_bytes;
	struct info_holes holes;  /* what waits is busy */
	struct info_holes purged; /* what waits is free */
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

/* All about one listing. */
struct info {
	struct listing *l;
	struct info_space space[INFO_SPACES]; /* vmalloc first */
	unsigned nr_spaces;		      /* 0 if the addresses are hidden */
	uint64_t outside;		      /* areas in no space */
	uint64_t outside_bytes;
	GArray *groups; /* struct info_group, most bytes first */
};

/* What to ask: a size as vmalloc() gets it. */
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

/* Works out all of it; the listing is the info's from then on. */
void info_init(struct info *info, struct listing *l, enum info_by by);
void info_deinit(struct info *info);

/* The parts of info_init: info_spaces.c, groups.c. */
void info_find_spaces(struct info *info);
GArray *info_group_by(const struct info *info, enum info_by by);

/*
 * 0, -ENOENT (there is no such window: the listing has none, or hides its
 * addresses), -EINVAL (a size that no address space has), -ENOMEM.
 */
int info_ask(const struct info *info, const struct info_request *request, struct info_answer *ret);

/* True if it finds a place, if need be after a purge. */
bool info_fits(const struct info_answer *answer);

/* How a group changed from one listing to another. */
struct info_change {
	const char *name; /* of a group of one of the two */
	uint64_t from_bytes, to_bytes;
	uint64_t from_areas, to_areas;
};

/* struct info_change of the groups that are not the same, what grew most first. */
GArray *info_changes(const struct info *from, const struct info *to);

/* "new", "gone", "grown" or "shrunk". */
const char *info_change_word(const struct info_change *c);

/* What a space's areas and waiting ranges are to vm_enough(), and which area each is. */
GArray *info_ranges(const struct info *info, GArray *areas);

#endif
