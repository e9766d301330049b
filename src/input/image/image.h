/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images: a machine kept in a core file.  doc/image.md describes the format.
 *
 *	core file	head | frames | vmemmap | note
 *	note		header | CONF | FRAM | SPAC | FILE | KNOB | LOGS | SUMS
 *
 * A part has a name, a version, a length, bytes, and a checksum of all of these.  What
 * the bytes say is a matter of the module that writes and reads them (state.h).  This
 * is the frame around them: names, bounds, checksums, and where the frames lie.
 *
 * An image is untrusted: no count is believed that the file has no room for.
 */
#ifndef INPUT_IMAGE_H
#define INPUT_IMAGE_H

#include <glib.h>
#include <vmallocfs/state.h>

struct dump_progress;

#define IMAGE_VERSION 1
#define IMAGE_PART_VERSION 1
#define IMAGE_CHUNK 256 /* frames with one checksum */

/* --- writing ------------------------------------------------------------------------- */

/* A part before it is in the note. */
struct image_part {
	char name[5];
	struct state_out state;
};

/*
 * The note, but for the checksums of frames: what stands before them, for
 * g_byte_array_unref.  NULL: the host had no memory for a part's state.
 */
GByteArray *image_note(const struct image_part *part, size_t n);

/* Bytes of the checksums that follow, of a machine with so many frames in use. */
uint64_t image_sums_size(uint64_t frames);

/* Where the parts of the file begin, and how long it is; written into the note. */
struct image_places {
	uint64_t frames; /* the first one's offset */
	uint64_t nr_frames;
	uint64_t vmemmap;
	uint64_t note;
	uint64_t size; /* of the file */
};
void image_note_place(GByteArray *note, const struct image_places *places);

/* Continues a checksum (CRC-32 as zlib has it), which begins as 0. */
uint32_t image_sum(uint32_t sum, const void *bytes, size_t n);

/*
 * The checksums as they stand in the file: head, vmemmap, one for each chunk of
 * frames; image_sums_size() bytes, for g_free.
 */
unsigned char *image_sums(uint32_t head, uint32_t vmemmap, const uint32_t *chunk, uint64_t frames);

/* --- reading ------------------------------------------------------------------------- */

struct image;

/*
 * True if a regular file is a core file that has our note; of a packed one, if its head
 * looks like that of an image.
 */
bool image_is_one(const char *path);

/*
 * Opens an image, unpacks it if need be, and reads and checks its note.  progress may
 * be NULL.  0 or -errno, and then *error is one line without the path (for g_free).
 * -ENOEXEC: it has no note of ours.
 */
int image_open(const char *path, const struct dump_progress *progress, struct image **ret,
	       char **error);
void image_close(struct image *img);

/* What the machine was booted with. */
const struct machine_config *image_config(const struct image *img);

/*
 * Boots the machine, with the limit on the host's memory that the config says, with
 * its frames and its address space.  0 or -errno and *error, as above.
 */
int image_boot(struct image *img, uint64_t host_limit, struct machine **ret, char **error);

/* The parts of the files and of the address space, for a layer above. */
void image_files(const struct image *img, struct state_in *ret);
void image_space(const struct image *img, struct state_in *ret);

/* True if two machines were booted alike, as a machine and itself some time later were. */
bool image_same_config(const struct image *a, const struct image *b);

/* Knobs, counters and the log: the last step, when nothing moves them any more. */
int image_finish(struct image *img, struct machine *m, char **error);

/* "damaged: ..." of what a reader found in a part.  For g_free. */
char *image_wrong(const struct image *img, const char *part, const struct state_in *in);

#endif
