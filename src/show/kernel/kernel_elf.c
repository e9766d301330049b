/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ELF file that the build made of kernel.c.
 */
#include "config.h"

#include "show/kernel/kernel_image.h"

/* Aligned as its headers are. */
#ifdef HAVE_KERNEL_IMAGE
_Alignas(Elf64_Xword) const unsigned char kernel_elf[] = {
#include "kernel_elf.h"
};
const size_t kernel_elf_size = sizeof(kernel_elf);
#else
_Alignas(Elf64_Xword) const unsigned char kernel_elf[1];
const size_t kernel_elf_size;
#endif
