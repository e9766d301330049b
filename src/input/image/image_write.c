/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The note of an image, written.
 */
#include <elf.h>
#include <string.h>

#include <zlib.h>

#include "input/image/image.h"
#include "input/image/image_format.h"

#define NOTE_HEADER (sizeof(Elf64_Nhdr) + IMAGE_NOTE_NAMESZ)

uint32_t image_sum(uint32_t sum, const void *bytes, size_t n)
{
	return (uint32_t)crc32_z(sum, bytes, n);
}

static void put_part_header(GByteArray *note, const char *name, uint64_t length)
{
	struct image_part_header h = {
		.version = GUINT32_TO_LE(IMAGE_PART_VERSION),
		.length = GUINT64_TO_LE(length),
	};

	memcpy(h.name, name, sizeof(h.name));
	g_byte_array_append(note, (const guint8 *)&h, sizeof(h));
}

static void put_part(GByteArray *note, const struct image_part *part)
{
	static const guint8 zeros[3];
	guint start = note->len;
	uint32_t sum;

	put_part_header(note, part->name, part->state.len);
	g_byte_array_append(note, part->state.bytes, (guint)part->state.len);
	g_byte_array_append(note, zeros, -part->state.len & 3);
	sum = GUINT32_TO_LE(image_sum(0, note->data + start, note->len - start));
	g_byte_array_append(note, (const guint8 *)&sum, sizeof(sum));
}

GByteArray *image_note(const struct image_part *part, size_t n)
{
	static const guint8 zeros[NOTE_HEADER + sizeof(struct image_header)];
	GByteArray *note = g_byte_array_new();

	g_byte_array_append(note, zeros, sizeof(zeros));
	for (size_t i = 0; i < n; i++) {
		if (part[i].state.failed) {
			g_byte_array_unref(note);
			return NULL;
		}
		put_part(note, &part[i]);
	}
	return note;
}

static uint64_t nr_sums(uint64_t frames)
{
	return 2 + (frames + IMAGE_CHUNK - 1) / IMAGE_CHUNK;
}

uint64_t image_sums_size(uint64_t frames)
{
	return sizeof(struct image_part_header) + (nr_sums(frames) + 1) * sizeof(uint32_t);
}

void image_note_place(GByteArray *note, const struct image_places *places)
{
	uint64_t size = places->size - places->note;
	Elf64_Nhdr nhdr = {
		.n_namesz = GUINT32_TO_LE(sizeof(IMAGE_NOTE_NAME)),
		.n_descsz = GUINT32_TO_LE((uint32_t)(size - NOTE_HEADER)),
		.n_type = GUINT32_TO_LE(IMAGE_NOTE_TYPE),
	};
	struct image_header h = {
		.version = GUINT32_TO_LE(IMAGE_VERSION),
		.frames = GUINT64_TO_LE(places->frames),
		.nr_frames = GUINT64_TO_LE(places->nr_frames),
		.vmemmap = GUINT64_TO_LE(places->vmemmap),
		.note = GUINT64_TO_LE(places->note),
		.size = GUINT64_TO_LE(places->size),
	};

	memcpy(h.magic, IMAGE_MAGIC, sizeof(h.magic));
	h.sum = GUINT32_TO_LE(image_sum(0, &h, sizeof(h)));
	memcpy(note->data, &nhdr, sizeof(nhdr));
	memcpy(note->data + sizeof(nhdr), IMAGE_NOTE_NAME, sizeof(IMAGE_NOTE_NAME));
	memcpy(note->data + NOTE_HEADER, &h, sizeof(h));
}

unsigned char *image_sums(uint32_t head, uint32_t vmemmap, const uint32_t *chunk, uint64_t frames)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	uint64_t n = nr_sums(frames);
	uint32_t sum;

	put_part_header(out, "SUMS", n * sizeof(uint32_t));
	for (uint64_t i = 0; i < n; i++) {
		sum = GUINT32_TO_LE(i == 0 ? head : i == 1 ? vmemmap : chunk[i - 2]);
		g_byte_array_append(out, (const guint8 *)&sum, sizeof(sum));
	}
	sum = GUINT32_TO_LE(image_sum(0, out->data, out->len));
	g_byte_array_append(out, (const guint8 *)&sum, sizeof(sum));
	return g_byte_array_free(g_steal_pointer(&out), FALSE);
}
