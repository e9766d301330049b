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

/* The i'th checksum: of the head, of the vmemmap, then one for each chunk of frames. */
uint32_t image_sum_at(const struct image *img, uint64_t i);

/* Returns -EBADMSG, with an *error (for g_free) that names the bytes from start to end - 1. */
int image_damaged_bytes(uint64_t start, uint64_t end, char **error);

/*
 * Checks that the numbers of sums and of frames agree, and the sums of all bytes outside
 * of the frames.
 * slots: the frames that the part FRAM has.  0 or -EBADMSG and *error.
 */
int image_check_rest(const struct image *img, uint64_t slots, char **error);

/* Checks the sums of the bytes of all frames, in n runs.  0 or -EBADMSG and *error. */
int image_check_frames(const struct image *img, const struct moment_run *run, size_t n,
		       char **error);

#endif
