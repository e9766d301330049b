/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ELF files that the build made of kernel.c, as it could.
 */
#include "config.h"

#include "show/kernel/kernel_image.h"

/* Aligned as its headers are. */
#ifdef HAVE_KERNEL_IMAGE
static _Alignas(Elf64_Xword) const unsigned char image_64bit[] = {
#include "kernel_elf.h"
};
#define SIZE_64BIT sizeof(image_64bit)
#else
static const unsigned char image_64bit[1];
#define SIZE_64BIT 0
#endif

#ifdef HAVE_KERNEL_IMAGE_32
static _Alignas(Elf64_Xword) const unsigned char image_32bit[] = {
#include "kernel_elf32.h"
};
#define SIZE_32BIT sizeof(image_32bit)
#else
static const unsigned char image_32bit[1];
#define SIZE_32BIT 0
#endif

const struct kernel_image kernel_image_64bit = {
	.elf = image_64bit,
	.size = SIZE_64BIT,
	.start = KERNEL_IMAGE_START,
	.callers = UINT64_C(0xffffffff9f000000),
	.end = KERNEL_IMAGE_END,
};

const struct kernel_image kernel_image_32bit = {
	.elf = image_32bit,
	.size = SIZE_32BIT,
	.is_32bit = true,
	.start = KERNEL32_IMAGE_START,
	.callers = UINT64_C(0x1f000000),
	.end = KERNEL32_IMAGE_END,
};
