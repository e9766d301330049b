/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <string.h>
#include <unistd.h>

#include "input/dump/dump_segments.h"

static bool read_header(int fd, Elf64_Ehdr *h)
{
	return pread(fd, h, sizeof(*h), 0) == sizeof(*h) && !memcmp(h->e_ident, ELFMAG, SELFMAG) &&
	       h->e_ident[EI_CLASS] == ELFCLASS64 && h->e_ident[EI_DATA] == ELFDATA2LSB &&
	       h->e_phentsize == sizeof(Elf64_Phdr) && h->e_phoff <= INT64_MAX / 2;
}

GArray *dump_segments(int fd)
{
	GArray *segments = g_array_new(FALSE, FALSE, sizeof(struct dump_segment));
	Elf64_Ehdr h;

	if (!read_header(fd, &h))
		return segments;
	for (unsigned i = 0; i < h.e_phnum; i++) {
		off_t at = (off_t)(h.e_phoff + (uint64_t)i * sizeof(Elf64_Phdr));
		struct dump_segment s;
		Elf64_Phdr p;

		if (pread(fd, &p, sizeof(p), at) != sizeof(p))
			break;
		if (p.p_type != PT_LOAD || !p.p_memsz ||
		    (p.p_vaddr != DUMP_NO_ADDRESS && p.p_vaddr + p.p_memsz < p.p_vaddr))
			continue;
		s = (struct dump_segment){ p.p_vaddr, p.p_memsz, p.p_paddr, p.p_paddr + 1 != 0 };
		g_array_append_val(segments, s);
	}
	return segments;
}
