/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking an image's page tables in its file.  The last table of each level is kept, so
 * that the next page takes no read.
 *
 * A table has 512 entries, and n frames hold n tables at most.  So 512 n walks reach all
 * that is mapped, unless tables lead in circles or are used twice, as in a damaged image.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <vmallocfs/pgtable.h>

#include "input/image/image_pages.h"
#include "input/image/image_parts.h"

#define NO_TABLE UINT64_MAX

struct kept_table {
	pfn_t pfn; /* NO_TABLE: nothing was read yet */
	uint64_t entry[PTRS_PER_TABLE];
};

struct image_pages {
	const struct image *img;
	const struct arch *arch;
	struct moment_run *run;
	size_t nr_runs;
	paddr_t cr3;
	uint64_t walks_left;
	struct kept_table level[PG_LEVELS];
};

int image_pages_open(struct image *img, struct image_pages **ret, char **error)
{
	struct image_pages *p = g_new0(struct image_pages, 1);
	struct state_in in = img->part[PART_FRAM];
	const struct moment_run *last;
	int err = machine_list_frames(&in, img->config.memory >> PAGE_SHIFT, &p->cr3, &p->run,
				      &p->nr_runs);

	if (err) {
		*error = in.wrong ? image_wrong(img, "FRAM", &in)
				  : g_strdup("the host is out of memory");
		g_free(p);
		return err;
	}
	p->img = img;
	p->arch = machine_arch(img->config.arch);
	p->walks_left = (img->nr_frames + 1) * PTRS_PER_TABLE;
	for (unsigned i = 0; i < PG_LEVELS; i++)
		p->level[i].pfn = NO_TABLE;
	last = p->nr_runs ? &p->run[p->nr_runs - 1] : NULL;
	err = image_check_rest(img, last ? last->slot + last->n : 0, error);
	if (!err)
		err = image_check_frames(img, p->run, p->nr_runs, error);
	if (err)
		image_pages_close(p);
	else
		*ret = p;
	return err;
}

void image_pages_close(struct image_pages *p)
{
	if (!p)
		return;
	free(p->run);
	g_free(p);
}

static int find_run(const void *key, const void *element)
{
	pfn_t pfn = *(const pfn_t *)key;
	const struct moment_run *r = element;

	return pfn < r->pfn ? -1 : pfn >= r->pfn + r->n;
}

static enum image_page_state frame_at(const struct image_pages *p, pfn_t pfn, uint64_t *off)
{
	const struct moment_run *r =
		p->nr_runs ? bsearch(&pfn, p->run, p->nr_runs, sizeof(*r), find_run) : NULL;

	if (!r)
		return IMAGE_PAGE_DEVICE;
	*off = p->img->frames_at + ((r->slot + (pfn - r->pfn)) << PAGE_SHIFT);
	return r->flags & PG_dirty ? IMAGE_PAGE_BYTES : IMAGE_PAGE_ZEROS;
}

/* NULL: the image does not have the table, which then maps nothing. */
static const uint64_t *read_image_table(struct image_pages *p, unsigned level, pfn_t pfn)
{
	struct kept_table *t = &p->level[level];
	uint64_t off;

	if (t->pfn == pfn)
		return t->entry;
	t->pfn = NO_TABLE;
	if (frame_at(p, pfn, &off) != IMAGE_PAGE_BYTES ||
	    !image_read_at(p->img->fd, t->entry, sizeof(t->entry), off))
		return NULL;
	t->pfn = pfn;
	return t->entry;
}

/* Pages from addr to the end of what an entry of that level covers. */
static uint64_t pages_to_end(vaddr_t addr, unsigned level)
{
	uint64_t covered = UINT64_C(1) << level_shift((enum pg_level)level);

	return (covered - (addr & (covered - 1))) >> PAGE_SHIFT;
}

int image_page_at(struct image_pages *p, vaddr_t addr, struct image_page *ret, char **error)
{
	vaddr_t bits = addr & ((UINT64_C(2) << (p->arch->address_bits - 1)) - 1);
	pfn_t at = p->cr3 >> PAGE_SHIFT;

	if (!p->walks_left--) {
		*error = g_strdup("the image is damaged: its page tables lead in circles");
		p->walks_left = 0;
		return -ELOOP;
	}
	*ret = (struct image_page){ .same = 1 };
	for (unsigned level = p->arch->levels; level--;) {
		unsigned shift = level_shift((enum pg_level)level);
		const uint64_t *table = read_image_table(p, level, at);
		uint64_t entry = table ? GUINT64_FROM_LE(table[bits >> shift & 511]) : 0;

		if (!(entry & _PAGE_PRESENT)) {
			ret->same = pages_to_end(addr, level);
			return 0;
		}
		at = (entry & PTE_PFN_MASK) >> PAGE_SHIFT;
		if (level && entry & _PAGE_PSE) {
			at &= ~((UINT64_C(1) << (shift - PAGE_SHIFT)) - 1);
			at += (addr & ((UINT64_C(1) << shift) - 1)) >> PAGE_SHIFT;
			break;
		}
	}
	ret->state = frame_at(p, at, &ret->off);
	return 0;
}

bool image_page_read(const struct image_pages *p, const struct image_page *page, void *buf)
{
	return image_read_at(p->img->fd, buf, PAGE_SIZE, page->off);
}
