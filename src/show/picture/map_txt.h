/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second part of map.txt: page frames by zone, owner and order.
 */
#ifndef SHOW_MAP_TXT_H
#define SHOW_MAP_TXT_H

#include "show/picture/canvas.h"
#include "show/picture/layout.h"

void map_frames(struct canvas *c, const struct layout *l);

#endif
