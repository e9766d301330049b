/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pages of an image by address, as its page tables have them, without a machine.
 *
 *	struct image_pages *p;
 *
 *	if (image_pages_open(img, &p, &error)) ...
 *	if (!image_page_at(p, addr, &page, &error) && page.state == IMAGE_PAGE_BYTES)
 *		image_page_read(p, &page, buf);
 *	image_pages_close(p);
 */
#ifndef INPUT_IMAGE_PAGES_H
#define INPUT_IMAGE_PAGES_H

#include "input/image/image.h"

struct image_pages;

/*
 * Checks all sums of the image, which stays open as long as this is.  0, or -errno and
 * *error, one line without the path (for g_free).
 */
int image_pages_open(struct image *img, struct image_pages **ret, char **error);
void image_pages_close(struct image_pages *p);

enum image_page_state {
	IMAGE_PAGE_UNMAPPED,
	IMAGE_PAGE_DEVICE, /* not RAM, or a frame that is not in use: not in the image */
	IMAGE_PAGE_ZEROS,  /* never written */
	IMAGE_PAGE_BYTES,
};

struct image_page {
	enum image_page_state state;
	uint64_t off;  /* of its bytes in the file */
	uint64_t same; /* UNMAPPED: so many pages from this one on are; else 1 */
};

/*
 * Where a page-aligned address leads.  0, or -ELOOP and *error: there were more calls
 * than sound page tables of that size need for all that they map.
 */
int image_page_at(struct image_pages *p, vaddr_t addr, struct image_page *ret, char **error);

/* Reads a page whose state is IMAGE_PAGE_BYTES.  False: the file cannot be read there. */
bool image_page_read(const struct image_pages *p, const struct image_page *page, void *buf);

#endif
