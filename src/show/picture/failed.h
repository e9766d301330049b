/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The request that failed, in pictures: what was asked for above the largest hole, to one
 * scale, and the log's sentence.
 *
 *	asked for	  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
 *	largest hole	##.........########################
 */
#ifndef SHOW_FAILED_H
#define SHOW_FAILED_H

#include <vmallocfs/history.h>

#include "show/picture/canvas.h"
#include "show/picture/svg.h"

struct failed {
	GString *name;	/* of what was asked for, or empty */
	uint64_t pages; /* looked for, with the guard */
	uint64_t hole;	/* pages of the largest hole at that time; 0: there was none */
	vaddr_t hole_at;
	GString *left, *right; /* what lay on its two sides, or empty */
	enum vm_space_id space;
	char why[VM_WHY_MAX];
};

/* The last failure, unless an area got a place since: then false, and nothing to end. */
bool failed_init(struct failed *f, struct machine *m);
void failed_deinit(struct failed *f);

/* Draws it into lines of a terminal, or into a picture; returns its height. */
void failed_txt(struct canvas *c, const struct failed *f, unsigned margin);
double failed_svg(struct svg *svg, const struct failed *f, double x, double y, double width);

/*
 * Cells of a bar of so many in which the request (or the hole) takes this part of the
 * larger of the two, with room for a neighbour on each side.
 */
double failed_scale(const struct failed *f, uint64_t pages, double cells);

#endif
