/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image of a machine that is not mounted, for tests of images.
 */
#ifndef KEPT_IMAGE_H
#define KEPT_IMAGE_H

#include <glib.h>

#include "input/image/image.h"
#include "show/show.h"

#define KEPT_PARTS 6 /* and the sums */

static inline void kept_frames(GByteArray *out, struct moment *mo, uint32_t *chunk)
{
	static unsigned char page[PAGE_SIZE];

	for (uint64_t slot = 0; slot < moment_frames(mo); slot++) {
		uint32_t *sum = &chunk[slot / IMAGE_CHUNK];

		g_assert_cmpint(moment_read(mo, slot, 1, page), ==, 0);
		if (moment_run_at(mo, slot)->flags & PG_dirty)
			*sum = image_sum(*sum, page, PAGE_SIZE);
		g_byte_array_append(out, page, PAGE_SIZE);
	}
}

static inline uint32_t kept_append(GByteArray *out, GBytes *bytes)
{
	gsize n;
	const guint8 *data = g_bytes_get_data(bytes, &n);

	g_byte_array_append(out, data, (guint)n);
	return image_sum(0, data, n);
}

/* What proc/vmcore gives; with the bytes of the part FILE, or without files. */
static inline GByteArray *image_of(struct machine *m, const struct state_out *files)
{
	struct image_part part[KEPT_PARTS] = {
		{ .name = "CONF" }, { .name = "FRAM" }, { .name = "SPAC" },
		{ .name = "FILE" }, { .name = "KNOB" }, { .name = "LOGS" },
	};
	struct image_places places = { 0 };
	struct vmcore core = { 0 };
	g_autofree uint32_t *chunk = NULL;
	GByteArray *out = g_byte_array_new();
	GByteArray *note;
	struct moment *mo;
	unsigned char *sums;
	uint32_t head, vmemmap;

	g_assert_cmpint(vmalloc_moment_begin(m, &mo), ==, 0);
	core.areas = show_vmcore_areas(m, mo);
	machine_save_config(m, &part[0].state);
	machine_save_frames(m, mo, &part[1].state);
	vmalloc_save(m, &part[2].state);
	if (files)
		state_put_bytes(&part[3].state, files->bytes, files->len);
	machine_save_knobs(m, &part[4].state);
	log_save(m, &part[5].state);
	note = image_note(part, KEPT_PARTS);
	g_assert_nonnull(note);
	places.nr_frames = moment_frames(mo);
	show_vmcore(m, mo, note->len + image_sums_size(places.nr_frames), &core);
	chunk = g_new0(uint32_t, places.nr_frames / IMAGE_CHUNK + 1);

	head = kept_append(out, core.head);
	places.frames = out->len;
	kept_frames(out, mo, chunk);
	places.vmemmap = out->len;
	vmemmap = kept_append(out, core.vmemmap);
	places.note = out->len;
	places.size = places.note + note->len + image_sums_size(places.nr_frames);
	image_note_place(note, &places);
	g_byte_array_append(out, note->data, note->len);
	sums = image_sums(head, vmemmap, chunk, places.nr_frames);
	g_byte_array_append(out, sums, (guint)image_sums_size(places.nr_frames));
	g_assert_cmpuint(out->len, ==, places.size);

	g_free(sums);
	g_byte_array_unref(note);
	for (unsigned i = 0; i < KEPT_PARTS; i++)
		state_out_deinit(&part[i].state);
	vmcore_clear(&core);
	moment_end(mo);
	return out;
}

struct part_place {
	guint start, end; /* of its bytes; the sum comes after them */
};

/* The parts of a note, in order. */
static inline unsigned find_parts(const GByteArray *image, struct part_place *ret)
{
	const guint8 *header = memmem(image->data, image->len, "VMFS-IMG", 8);
	guint at = (guint)(header - image->data);
	unsigned n = 0;

	for (at += 56; at + 20 < image->len; n++) {
		uint64_t length;

		memcpy(&length, image->data + at + 8, 8);
		ret[n].start = at;
		ret[n].end = at + 16 + (guint)((length + 3) & ~UINT64_C(3));
		at = ret[n].end + 4;
	}
	return n;
}

static inline void sum_again(GByteArray *image, const struct part_place *p)
{
	uint32_t sum = image_sum(0, image->data + p->start, p->end - p->start);

	memcpy(image->data + p->end, &sum, sizeof(sum));
}

#endif
