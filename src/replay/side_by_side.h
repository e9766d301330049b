/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address spaces at the end of a trace, one policy beside the other, drawn
 * as the mount's map.svg draws one, all to one scale.  Where nothing is left at
 * the end, it is the last placement that is drawn, before all was freed.
 */
#ifndef REPLAY_MAP_H
#define REPLAY_MAP_H

#include "replay/replay.h"

/*
 * An SVG.  replay_config.map must have been set, and no event may follow.  Gives
 * the areas in the machines the names that they have in the trace.
 */
GBytes *replay_map_svg(struct replay *r);

#endif
