/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which frames lie under a range of bytes.
 */
#include "fs/files/frames.h"
#include "fs/inode/file_ops.h"
#include <vmallocfs/pgtable.h>

size_t ram_frames(paddr_t addr, size_t count, pfn_t *ret)
{
	size_t n = 0;

	for (pfn_t pfn = addr >> PAGE_SHIFT; pfn <= (addr + count - 1) >> PAGE_SHIFT; pfn++)
		if (n < IO_FRAMES)
			ret[n++] = pfn;
	return n;
}

size_t mapped_frames(const struct machine *m, vaddr_t addr, size_t count, pfn_t *ret)
{
	unsigned char *host[IO_FRAMES];
	vaddr_t page = addr & PAGE_MASK;
	size_t left = (count + (addr - page) + PAGE_SIZE - 1) >> PAGE_SHIFT;
	size_t found = 0;

	if (left > IO_FRAMES)
		left = IO_FRAMES;
	while (left) {
		enum fault fault;
		size_t n = pgtable_run((struct machine *)m, m->cr3, page, left, ACCESS_READ, host,
				       &fault);

		for (size_t i = 0; i < n; i++)
			if (host[i])
				ret[found++] = (pfn_t)(host[i] - m->ram) >> PAGE_SHIFT;
		if (fault != FAULT_NONE)
			n++;
		if (!n)
			break;
		page += n << PAGE_SHIFT;
		left -= n < left ? n : left;
	}
	return found;
}
