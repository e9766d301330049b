/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which frames lie under a range of bytes, for coherence.
 */
#ifndef FS_FRAMES_H
#define FS_FRAMES_H

#include <stddef.h>

#include <vmallocfs/types.h>

struct machine;

/*
 * Frames mapped in [addr, addr + count) of kernel space; at most IO_FRAMES go to
 * ret.  A page that faults has no frame; neither has device memory.
 */
size_t mapped_frames(const struct machine *m, vaddr_t addr, size_t count, pfn_t *ret);

/* Frames of a range of RAM; at most IO_FRAMES go to ret. */
size_t ram_frames(paddr_t addr, size_t count, pfn_t *ret);

#endif
