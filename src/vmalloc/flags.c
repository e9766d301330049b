/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc/vmallocinfo calls the VM_ flags: one table for every listing and
 * for everything that reads one.
 */
#include <vmallocfs/vmalloc.h>

#define WORD(flag, word)                                                                           \
	{                                                                                          \
		(flag), (word), sizeof(word) - 1                                                   \
	}

const struct vm_flag_word vm_flag_words[NR_VM_FLAG_WORDS] = {
	WORD(VM_IOREMAP, "ioremap"), WORD(VM_SPARSE, "sparse"),
	WORD(VM_ALLOC, "vmalloc"),   WORD(VM_MAP, "vmap"),
	WORD(VM_USERMAP, "user"),    WORD(VM_DMA_COHERENT, "dma-coherent"),
	WORD(VM_VPAGES, "vpages"),   WORD(VM_MAP_RAM, "vm_map_ram"),
};
