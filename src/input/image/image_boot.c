/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Booting the machine that an image has: descriptors, bytes of frames, address space.
 *
 * Bytes are read straight into the machine's RAM and summed up there, a chunk at a
 * time, so that the second look finds them in the processor's cache.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <vmallocfs/vmalloc.h>

#include "input/image/image_parts.h"

struct frames_reader {
	struct image *img;
	struct machine *m;
	const struct moment_run *run;
	size_t n;
	size_t i; /* the run that has `slot`, or comes after it */
	uint64_t slot;
};

/* Frames of one run, which get the host's memory first.  Continues the sum. */
static int read_run(struct frames_reader *f, pfn_t pfn, uint64_t n, uint32_t *sum, char **error)
{
	pfn_t list[IMAGE_CHUNK];
	unsigned char *to = f->m->ram + (pfn << PAGE_SHIFT);
	uint64_t at = f->img->frames_at + (f->slot << PAGE_SHIFT);

	for (uint64_t i = 0; i < n; i++) {
		list[i] = pfn + i;
		if (!page_touch(f->m, list[i])) {
			*error = g_strdup("the machine needs more memory of the host than it may "
					  "take: give a larger hostmem=");
			return -ENOMEM;
		}
	}
	pages_populate(f->m, list, n);
	if (!image_read_at(f->img->fd, to, n << PAGE_SHIFT, at))
		return image_damaged_bytes(at, at + (n << PAGE_SHIFT), error);
	*sum = image_sum(*sum, to, n << PAGE_SHIFT);
	return 0;
}

static int read_chunk(struct frames_reader *f, uint64_t end, char **error)
{
	const uint64_t start = f->slot;
	uint32_t sum = 0;

	while (f->slot < end && f->i < f->n) {
		const struct moment_run *r = &f->run[f->i];
		uint64_t n = MIN(end, r->slot + r->n) - f->slot;
		int err = 0;

		if (r->flags & PG_dirty)
			err = read_run(f, r->pfn + (f->slot - r->slot), n, &sum, error);
		if (err)
			return err;
		f->slot += n;
		f->i += f->slot == r->slot + r->n;
	}
	if (sum == image_sum_at(f->img, 2 + start / IMAGE_CHUNK))
		return 0;
	return image_damaged_bytes(f->img->frames_at + (start << PAGE_SHIFT),
				   f->img->frames_at + (end << PAGE_SHIFT), error);
}

static int read_bytes(struct frames_reader *f, char **error)
{
	struct image *img = f->img;
	const struct moment_run *last = f->n ? &f->run[f->n - 1] : NULL;
	int err = image_check_rest(img, last ? last->slot + last->n : 0, error);

	while (!err && f->slot < img->nr_frames)
		err = read_chunk(f, MIN(f->slot + IMAGE_CHUNK, img->nr_frames), error);
	return err;
}

static int load_frames(struct image *img, struct machine *m, char **error)
{
	struct state_in in = img->part[PART_FRAM];
	struct frames_reader f = { .img = img, .m = m };
	struct moment_run *run;
	int err = machine_load_frames(m, &in, &run, &f.n);

	if (err) {
		*error = in.wrong ? image_wrong(img, "FRAM", &in)
				  : g_strdup("the host is out of memory: give a larger hostmem=");
		return err;
	}
	f.run = run;
	err = read_bytes(&f, error);
	free(run);
	return err;
}

static int load_space(struct image *img, struct machine *m, char **error)
{
	struct state_in in = img->part[PART_SPAC];
	int err = vmalloc_load(m, &in);

	if (err)
		*error = in.wrong ? image_wrong(img, "SPAC", &in)
				  : g_strdup("the host is out of memory");
	return err;
}

/* A program that places the windows otherwise would make another machine of it. */
static int check_same_config(const struct image *img, const struct machine *m, char **error)
{
	const struct state_in *in = &img->part[PART_CONF];
	struct state_out now = { 0 };
	bool same;

	machine_save_config(m, &now);
	same = !now.failed && now.len == (size_t)(in->end - in->start) &&
	       !memcmp(now.bytes, in->start, now.len);
	state_out_deinit(&now);
	if (same)
		return 0;
	*error = g_strdup("this program would lay out the image's machine otherwise: use the "
			  "program that made it");
	return -ENOTSUP;
}

int image_boot(struct image *img, uint64_t host_limit, struct machine **ret, char **error)
{
	struct machine_config config = img->config;
	struct machine *m;
	int err;

	config.host_limit = host_limit;
	err = machine_boot(&config, &m);
	if (err) {
		*error = g_strdup("the host has no room for this machine");
		return err;
	}
	err = check_same_config(img, m, error);
	if (!err)
		err = load_frames(img, m, error);
	if (err)
		goto destroy;
	err = vmalloc_init(m);
	if (err) {
		*error = g_strdup("the host is out of memory");
		goto destroy;
	}
	err = load_space(img, m, error);
	if (err)
		goto exit_space;
	*ret = m;
	return 0;

exit_space:
	vmalloc_exit(m);
destroy:
	machine_destroy(m);
	return err;
}

int image_finish(struct image *img, struct machine *m, char **error)
{
	struct state_in knobs = img->part[PART_KNOB];
	struct state_in log = img->part[PART_LOGS];
	int err = machine_load_knobs(m, &knobs);

	if (err) {
		*error = knobs.wrong ? image_wrong(img, "KNOB", &knobs)
				     : g_strdup("the host is out of memory");
		return err;
	}
	err = log_load(m, &log);
	if (err) {
		*error = log.wrong ? image_wrong(img, "LOGS", &log)
				   : g_strdup("the host is out of memory");
		return err;
	}
	printk(m, KERN_NOTICE, "restored from an image");
	return 0;
}
