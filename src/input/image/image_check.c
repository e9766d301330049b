/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checksums of an image: of its head and its vmemmap, and of each chunk of frames.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "input/image/image_parts.h"

#define BUFFER (UINT64_C(256) << 10)

uint32_t image_sum_at(const struct image *img, uint64_t i)
{
	const struct state_in *in = &img->part[PART_SUMS];
	uint32_t sum = 0;

	if (i < (uint64_t)(in->end - in->start) / sizeof(sum))
		memcpy(&sum, in->start + i * sizeof(sum), sizeof(sum));
	return GUINT32_FROM_LE(sum);
}

int image_damaged_bytes(uint64_t start, uint64_t end, char **error)
{
	*error = g_strdup_printf("the image is damaged: bytes %" PRIu64 " to %" PRIu64, start,
				 end - 1);
	return -EBADMSG;
}

/* Continues the sum of these bytes.  False: they cannot be read. */
static bool sum_bytes(const struct image *img, uint64_t start, uint64_t end, uint32_t *sum)
{
	g_autofree unsigned char *buf = g_malloc(BUFFER);

	for (uint64_t at = start; at < end;) {
		size_t n = MIN(end - at, BUFFER);

		if (!image_read_at(img->fd, buf, n, at))
			return false;
		*sum = image_sum(*sum, buf, n);
		at += n;
	}
	return true;
}

static int check_bytes(const struct image *img, uint64_t start, uint64_t end, uint32_t wanted,
		       char **error)
{
	uint32_t sum = 0;

	if (sum_bytes(img, start, end, &sum) && sum == wanted)
		return 0;
	return image_damaged_bytes(start, end, error);
}

int image_check_rest(const struct image *img, uint64_t slots, char **error)
{
	const struct state_in *sums = &img->part[PART_SUMS];
	uint64_t chunks = (img->nr_frames + IMAGE_CHUNK - 1) / IMAGE_CHUNK;
	int err;

	if (slots != img->nr_frames ||
	    (uint64_t)(sums->end - sums->start) != (2 + chunks) * sizeof(uint32_t)) {
		*error = g_strdup("the image is damaged: its parts do not belong together");
		return -EBADMSG;
	}
	err = check_bytes(img, 0, img->frames_at, image_sum_at(img, 0), error);
	if (err)
		return err;
	return check_bytes(img, img->vmemmap_at, img->note_at, image_sum_at(img, 1), error);
}

int image_check_frames(const struct image *img, const struct moment_run *run, size_t n,
		       char **error)
{
	size_t i = 0;

	for (uint64_t start = 0; start < img->nr_frames; start += IMAGE_CHUNK) {
		uint64_t end = MIN(start + IMAGE_CHUNK, img->nr_frames), slot = start;
		uint32_t sum = 0;
		bool read = true;

		while (slot < end && i < n && read) {
			uint64_t stop = MIN(end, run[i].slot + run[i].n);

			if (run[i].flags & PG_dirty)
				read = sum_bytes(img, img->frames_at + (slot << PAGE_SHIFT),
						 img->frames_at + (stop << PAGE_SHIFT), &sum);
			slot = stop;
			i += slot == run[i].slot + run[i].n;
		}
		if (!read || sum != image_sum_at(img, 2 + start / IMAGE_CHUNK))
			return image_damaged_bytes(img->frames_at + (start << PAGE_SHIFT),
						   img->frames_at + (end << PAGE_SHIFT), error);
	}
	return 0;
}
