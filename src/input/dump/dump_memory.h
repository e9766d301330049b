/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's memory, wherever it is: what the readers of its symbols, types
 * and lists read from.  A dump is one; a test or a fuzzer brings its own.
 */
#ifndef INPUT_DUMP_MEMORY_H
#define INPUT_DUMP_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dump_memory {
	/* All len bytes at a kernel address, or false. */
	bool (*read)(void *arg, uint64_t addr, void *buf, size_t len);
	void *arg;
};

static inline bool memory_read(const struct dump_memory *mem, uint64_t addr, void *buf, size_t len)
{
	return addr + len >= addr && mem->read(mem->arg, addr, buf, len);
}

/* Numbers are little-endian, as those of all processors that are read so far. */
static inline bool memory_u16(const struct dump_memory *mem, uint64_t addr, uint16_t *ret)
{
	return memory_read(mem, addr, ret, sizeof(*ret));
}

static inline bool memory_u32(const struct dump_memory *mem, uint64_t addr, uint32_t *ret)
{
	return memory_read(mem, addr, ret, sizeof(*ret));
}

static inline bool memory_u64(const struct dump_memory *mem, uint64_t addr, uint64_t *ret)
{
	return memory_read(mem, addr, ret, sizeof(*ret));
}

/*
 * Up to len bytes at addr, piece by piece, so that what follows the end of a
 * table need not be there.  How many were had.
 */
size_t memory_read_some(const struct dump_memory *mem, uint64_t addr, void *buf, size_t len);

#endif
