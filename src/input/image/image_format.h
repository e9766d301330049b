/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes around the parts, as both who writes them and who reads them know them.
 * All numbers are little-endian.
 */
#ifndef INPUT_IMAGE_FORMAT_H
#define INPUT_IMAGE_FORMAT_H

#include <stdint.h>

#define IMAGE_NOTE_NAME "VMALLOCFS"
#define IMAGE_NOTE_NAMESZ 12 /* with its zero, in whole words */
#define IMAGE_NOTE_TYPE 1
#define IMAGE_MAGIC "VMFS-IMG"

struct image_header {
	char magic[8];
	uint32_t version;
	uint32_t sum; /* of this header, with 0 here */
	uint64_t frames;
	uint64_t nr_frames;
	uint64_t vmemmap;
	uint64_t note;
	uint64_t size;
};

/*
 * Before the bytes of a part.  Zeros fill its last word; then comes its sum, 32 bits,
 * of all that is before it.
 */
struct image_part_header {
	char name[4];
	uint32_t version;
	uint64_t length;
};

#endif
