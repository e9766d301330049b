/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening an image: the note is found, its parts are, and their checksums are right.
 * What the parts say is read later (image_boot.c).
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/dump/dump_file.h"
#include "input/dump/unpack.h"
#include "input/image/image.h"
#include "input/image/image_format.h"
#include "input/image/image_parts.h"

#define NOTE_HEADER (sizeof(Elf64_Nhdr) + IMAGE_NOTE_NAMESZ)

static const char *const part_names[NR_IMAGE_PARTS] = {
	"CONF", "FRAM", "SPAC", "FILE", "KNOB", "LOGS", "SUMS",
};

bool image_read_at(int fd, void *buf, size_t n, uint64_t off)
{
	unsigned char *to = buf;

	while (n) {
		ssize_t done = off > INT64_MAX ? 0 : pread(fd, to, n, (off_t)off);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		to += done;
		off += (uint64_t)done;
		n -= (size_t)done;
	}
	return true;
}

/* --- finding the note --------------------------------------------------------------------- */

/* How many program headers there are; 0 if it is no core file of ours or others'. */
static uint64_t count_segments(int fd, const Elf64_Ehdr *h)
{
	Elf64_Shdr section;

	if (memcmp(h->e_ident, ELFMAG, SELFMAG) || h->e_ident[EI_CLASS] != ELFCLASS64 ||
	    h->e_type != ET_CORE || h->e_phentsize != sizeof(Elf64_Phdr))
		return 0;
	if (h->e_phnum != PN_XNUM)
		return h->e_phnum;
	return image_read_at(fd, &section, sizeof(section), h->e_shoff) ? section.sh_info : 0;
}

/* True if a segment is our note, and nothing else. */
static bool is_our_note(int fd, const Elf64_Phdr *p)
{
	unsigned char head[NOTE_HEADER];
	Elf64_Nhdr nhdr;

	if (p->p_type != PT_NOTE || p->p_filesz < NOTE_HEADER + sizeof(struct image_header) ||
	    !image_read_at(fd, head, sizeof(head), p->p_offset))
		return false;
	memcpy(&nhdr, head, sizeof(nhdr));
	return nhdr.n_namesz == sizeof(IMAGE_NOTE_NAME) &&
	       !memcmp(head + sizeof(nhdr), IMAGE_NOTE_NAME, sizeof(IMAGE_NOTE_NAME));
}

/* Notes come first among the segments, ours among the first few. */
#define SEGMENTS_LOOKED_AT 16

static bool find_note(int fd, Elf64_Phdr *ret, bool *core)
{
	Elf64_Ehdr h;
	uint64_t n;

	*core = false;
	if (!image_read_at(fd, &h, sizeof(h), 0))
		return false;
	n = count_segments(fd, &h);
	*core = n != 0;
	for (uint64_t i = 0; i < MIN(n, SEGMENTS_LOOKED_AT); i++) {
		if (!image_read_at(fd, ret, sizeof(*ret), h.e_phoff + i * sizeof(*ret)))
			return false;
		if (is_our_note(fd, ret))
			return true;
	}
	return false;
}

/*
 * Without unpacking all of a packed file only its head is known.  An image has more than
 * one segment of notes, other core files have one.
 */
static bool head_looks_like_one(int fd)
{
	union {
		Elf64_Ehdr h;
		unsigned char bytes[sizeof(Elf64_Ehdr) + SEGMENTS_LOOKED_AT * sizeof(Elf64_Phdr)];
	} head;
	size_t n = dump_first_bytes(fd, head.bytes, sizeof(head.bytes));
	unsigned notes = 0;
	Elf64_Phdr p;

	if (n < sizeof(head.h) || memcmp(head.h.e_ident, ELFMAG, SELFMAG) ||
	    head.h.e_ident[EI_CLASS] != ELFCLASS64 || head.h.e_type != ET_CORE ||
	    head.h.e_phoff != sizeof(head.h))
		return false;
	for (size_t at = sizeof(head.h); at + sizeof(p) <= n; at += sizeof(p)) {
		memcpy(&p, head.bytes + at, sizeof(p));
		notes += p.p_type == PT_NOTE;
	}
	return notes > 1;
}

bool image_is_one(const char *path)
{
	int fd = open_regular(path);
	Elf64_Phdr note;
	bool found;
	bool core;

	if (fd < 0)
		return false;
	found = find_note(fd, &note, &core) || (!core && head_looks_like_one(fd));
	close(fd);
	return found;
}

/* --- the note ------------------------------------------------------------------------------- */

static int damaged(char **error, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int damaged(char **error, const char *fmt, ...)
{
	g_autofree char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	what = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	*error = g_strdup_printf("the image is damaged: %s", what);
	return -EBADMSG;
}

static int check_header(struct image *img, char **error)
{
	struct image_header h;
	uint32_t sum;

	memcpy(&h, img->note + NOTE_HEADER, sizeof(h));
	if (memcmp(h.magic, IMAGE_MAGIC, sizeof(h.magic)))
		return damaged(error, "its note, at byte %" PRIu64 ", does not begin as it should",
			       img->note_at);
	if (GUINT32_FROM_LE(h.version) != IMAGE_VERSION) {
		*error = g_strdup_printf("the image is of version %u, and this program reads "
					 "version %d: use the program that made it, or a newer one",
					 GUINT32_FROM_LE(h.version), IMAGE_VERSION);
		return -ENOTSUP;
	}
	sum = GUINT32_FROM_LE(h.sum);
	h.sum = 0;
	if (image_sum(0, &h, sizeof(h)) != sum)
		return damaged(error, "the header of its note, at byte %" PRIu64, img->note_at);
	img->frames_at = GUINT64_FROM_LE(h.frames);
	img->nr_frames = GUINT64_FROM_LE(h.nr_frames);
	img->vmemmap_at = GUINT64_FROM_LE(h.vmemmap);
	if (GUINT64_FROM_LE(h.size) != img->size)
		return damaged(error, "it has %" PRIu64 " bytes, and should have %" PRIu64,
			       img->size, GUINT64_FROM_LE(h.size));
	if (GUINT64_FROM_LE(h.note) != img->note_at || img->vmemmap_at > img->note_at ||
	    img->frames_at > img->vmemmap_at ||
	    img->vmemmap_at - img->frames_at != img->nr_frames * PAGE_SIZE)
		return damaged(error, "the places that its note names do not fit together");
	return 0;
}

/* Takes the part of the note that begins at *at, and moves *at past it. */
static int take_image_part(struct image *img, uint64_t *at, char **error)
{
	uint64_t left = img->note_size - *at;
	struct image_part_header h;
	const unsigned char *start = img->note + *at;
	uint64_t length, whole;
	uint32_t sum;

	if (left < sizeof(h) + sizeof(sum))
		return damaged(error, "it is cut off after byte %" PRIu64, img->note_at + *at);
	memcpy(&h, start, sizeof(h));
	length = GUINT64_FROM_LE(h.length);
	if (length > left - sizeof(h) - sizeof(sum))
		return damaged(error, "the length of the part at byte %" PRIu64,
			       img->note_at + *at);
	whole = sizeof(h) + ((length + 3) & ~UINT64_C(3));
	if (whole > left - sizeof(sum))
		return damaged(error, "the length of the part at byte %" PRIu64,
			       img->note_at + *at);
	memcpy(&sum, start + whole, sizeof(sum));
	if (image_sum(0, start, whole) != GUINT32_FROM_LE(sum))
		return damaged(error, "the part at bytes %" PRIu64 " to %" PRIu64,
			       img->note_at + *at, img->note_at + *at + whole + 3);
	*at += whole + sizeof(sum);
	for (size_t i = 0; i < NR_IMAGE_PARTS; i++) {
		if (memcmp(h.name, part_names[i], sizeof(h.name)))
			continue;
		if (GUINT32_FROM_LE(h.version) != IMAGE_PART_VERSION)
			break;
		img->part[i] = (struct state_in){
			.start = start + sizeof(h),
			.at = start + sizeof(h),
			.end = start + sizeof(h) + length,
		};
		return 0;
	}
	*error = g_strdup_printf("the image has a part '%.4s' of version %u, which this program "
				 "does not know: use the program that made it, or a newer one",
				 h.name, GUINT32_FROM_LE(h.version));
	for (char *p = *error; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			*p = '?';
	return -ENOTSUP;
}

static int read_note(struct image *img, char **error)
{
	uint64_t at = NOTE_HEADER + sizeof(struct image_header);
	int err;

	if (img->note_at > img->size || img->note_size > img->size - img->note_at)
		return damaged(error,
			       "it is cut off: its note ends at byte %" PRIu64 " of %" PRIu64,
			       img->note_at + img->note_size, img->size);
	img->note = g_try_malloc(img->note_size);
	if (!img->note) {
		*error = g_strdup("the host is out of memory");
		return -ENOMEM;
	}
	if (!image_read_at(img->fd, img->note, img->note_size, img->note_at))
		return damaged(error, "it is cut off at byte %" PRIu64, img->note_at);
	err = check_header(img, error);
	while (!err && at < img->note_size)
		err = take_image_part(img, &at, error);
	for (size_t i = 0; i < NR_IMAGE_PARTS && !err; i++)
		if (!img->part[i].start)
			err = damaged(error, "its part %s is missing", part_names[i]);
	return err;
}

char *image_wrong(const struct image *img, const char *part, const struct state_in *in)
{
	return g_strdup_printf("the image is damaged: part %s at byte %" PRIu64 ": %s", part,
			       img->note_at + (uint64_t)(in->start - img->note) + in->wrong_at,
			       in->wrong);
}

/* Its configuration, which says how much of everything there can be. */
static int read_config(struct image *img, char **error)
{
	struct state_in in = img->part[PART_CONF];
	int err = machine_load_config(&in, &img->config);

	if (!err)
		return 0;
	*error = in.wrong ? image_wrong(img, "CONF", &in) : g_strdup("the host is out of memory");
	return err;
}

static int open_file(struct image *img, const char *path, const struct dump_progress *progress,
		     char **error)
{
	struct stat st;
	int err;

	img->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (img->fd < 0) {
		err = -errno;
		*error = g_strdup(g_strerror(-err));
		return err;
	}
	err = unpack_file(&img->fd, progress, error);
	if (err)
		return err;
	if (fstat(img->fd, &st) || !S_ISREG(st.st_mode)) {
		*error = g_strdup("no regular file: an image has to be one, packed or not");
		return -EINVAL;
	}
	img->size = (uint64_t)st.st_size;
	return 0;
}

int image_open(const char *path, const struct dump_progress *progress, struct image **ret,
	       char **error)
{
	struct image *img = g_new0(struct image, 1);
	Elf64_Phdr note;
	bool core;
	int err = open_file(img, path, progress, error);

	if (!err && !find_note(img->fd, &note, &core)) {
		*error =
			g_strdup(core ? "a core file without the state of a vmallocfs: use -o load="
				      : "no core file of a vmallocfs");
		err = -ENOEXEC;
	}
	if (!err) {
		img->note_at = note.p_offset;
		img->note_size = note.p_filesz;
		err = read_note(img, error);
	}
	if (!err)
		err = read_config(img, error);
	if (err)
		image_close(img);
	else
		*ret = img;
	return err;
}

void image_close(struct image *img)
{
	if (!img)
		return;
	if (img->fd >= 0)
		close(img->fd);
	g_free(img->note);
	g_free(img);
}

const struct machine_config *image_config(const struct image *img)
{
	return &img->config;
}

void image_files(const struct image *img, struct state_in *ret)
{
	*ret = img->part[PART_FILE];
}

void image_space(const struct image *img, struct state_in *ret)
{
	*ret = img->part[PART_SPAC];
}

bool image_same_config(const struct image *a, const struct image *b)
{
	const struct state_in *x = &a->part[PART_CONF], *y = &b->part[PART_CONF];

	return x->end - x->start == y->end - y->start &&
	       !memcmp(x->start, y->start, (size_t)(x->end - x->start));
}
