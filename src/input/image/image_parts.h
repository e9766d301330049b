/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image that is open: its note in memory, and where its parts are in that.
 */
#ifndef INPUT_IMAGE_PARTS_H
#define INPUT_IMAGE_PARTS_H

#include "input/image/image.h"

enum {
	PART_CONF,
	PART_FRAM,
	PART_SPAC,
	PART_FILE,
	PART_KNOB,
	PART_LOGS,
	PART_SUMS,
	NR_IMAGE_PARTS
};

struct image {
	int fd;
	uint64_t size; /* of the file, unpacked */
	uint64_t frames_at;
	uint64_t nr_frames;
	uint64_t vmemmap_at;
	uint64_t note_at;
	uint64_t note_size;
	unsigned char *note;
	struct state_in part[NR_IMAGE_PARTS];
	struct machine_config config;
};

/* All n bytes at an offset, or false. */
bool image_read_at(int fd, void *buf, size_t n, uint64_t off);

#endif
