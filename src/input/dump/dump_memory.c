/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading up to where memory ends.
 */
#include "input/dump/dump_memory.h"

#define PIECE 4096

size_t memory_read_some(const struct dump_memory *mem, uint64_t addr, void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t n = PIECE - (addr + done) % PIECE;

		if (n > len - done)
			n = len - done;
		if (!memory_read(mem, addr + done, (char *)buf + done, n))
			break;
		done += n;
	}
	return done;
}
