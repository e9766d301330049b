/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second part of map.txt: page frames by zone, owner and order.
 */
#ifndef SHOW_MAP_TXT_H
#define SHOW_MAP_TXT_H

#include "show/picture/canvas.h"
#include "show/picture/layout.h"
#include "show/words.h"

void map_frames(struct canvas *c, const struct layout *l);

/* A size as people say it. */
struct size_text {
	char s[SIZE_MAX_LEN + 1];
};
struct size_text size_text(uint64_t bytes);

#endif
