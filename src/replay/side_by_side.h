/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address spaces at the end of a trace, side by side for all policies, drawn
 * as the mount's map.svg draws one, all to one scale.  If nothing is left at the
 * end, the picture shows the last placement, before all was freed.
 */
#ifndef REPLAY_MAP_H
#define REPLAY_MAP_H

#include "replay/replay.h"

/*
 * An SVG.  replay_config.map must have been set, and no event may follow: the
 * areas in the machines get the names that they have in the trace.
 */
GBytes *replay_map_svg(struct replay *r);

#endif
