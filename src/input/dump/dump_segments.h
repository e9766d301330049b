/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The segments of an ELF dump, as its program headers have them: libkdumpfile knows
 * what is in them and does not say where they are.
 */
#ifndef INPUT_DUMP_SEGMENTS_H
#define INPUT_DUMP_SEGMENTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* The address of a segment of HighMem, which a 32-bit kernel has in no direct map. */
#define DUMP_NO_ADDRESS UINT64_MAX

struct dump_segment {
	uint64_t start; /* kernel address, or DUMP_NO_ADDRESS */
	uint64_t size;	/* bytes; an address and the size do not overflow */
	uint64_t phys;	/* of the first byte, if has_phys */
	bool has_phys;
};

/*
 * Those of the file, in its order (g_array_unref).  None if it is no ELF of 64 bits,
 * or as far as the program headers can be read.
 */
GArray *dump_segments(int fd);

#endif
