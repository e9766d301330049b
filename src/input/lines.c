/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading lines out of plain and packed files.
 *
 * Each of the three kinds has one function, which fills a piece of memory with
 * bytes of text.  It returns 0 at the end of the input, and also where the input
 * is damaged; the reason is remembered then.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "input/lines.h"

#define PACKED_SIZE 65536
#define TEXT_SIZE (4 * INPUT_LINE_MAX)
#define GZIP_WINDOW (15 + 16) /* the largest window, and a gzip header */

typedef size_t fill_fn(struct input *in, char *buf, size_t size);

struct input {
	int fd;
	uint64_t length; /* of the file; 0 if it has none */
	uint64_t taken;	 /* bytes of it that were read */
	uint64_t line;
	fill_fn *fill;
	const char *problem;
	const char *refused; /* why the input is refused before its first line */

	/* Bytes of the file, packed or not, that were read and not used yet. */
	unsigned char packed[PACKED_SIZE];
	size_t packed_next;
	size_t packed_end;
	bool file_end;

	z_stream gzip;
	ZSTD_DCtx *zstd;
	bool between; /* at the end of a gzip member or zstd frame, or before the first */

	/* One byte more, so that a last line without a newline can be ended. */
	char text[TEXT_SIZE + 1];
	size_t next;
	size_t end;
	bool text_end;
};

/* At most size bytes of the file; 0 at its end. */
static size_t read_raw(struct input *in, void *buf, size_t size)
{
	ssize_t n;

	if (in->file_end)
		return 0;
	do {
		n = read(in->fd, buf, size);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		in->file_end = true;
	if (n < 0)
		in->problem = "it cannot be read any further";
	if (n <= 0)
		return 0;
	in->taken += (uint64_t)n;
	return (size_t)n;
}

/* True if there are packed bytes to look at. */
static bool refill_buffer(struct input *in)
{
	if (in->packed_next < in->packed_end)
		return true;
	in->packed_next = 0;
	in->packed_end = read_raw(in, in->packed, sizeof(in->packed));
	return in->packed_end;
}

static size_t fill_plain(struct input *in, char *buf, size_t size)
{
	size_t n = in->packed_end - in->packed_next;

	if (!n)
		return read_raw(in, buf, size);
	n = MIN(n, size);
	memcpy(buf, in->packed + in->packed_next, n);
	in->packed_next += n;
	return n;
}

/* Another member may follow, or zeros that fill up a tape's block. */
static bool begin_member(struct input *in)
{
	while (refill_buffer(in)) {
		if (in->packed[in->packed_next] == 0x1f) {
			inflateReset(&in->gzip);
			in->between = false;
			return true;
		}
		if (in->packed[in->packed_next++]) {
			in->problem = "something other than gzip follows the gzip data";
			return false;
		}
	}
	return false;
}

static size_t fill_gzip(struct input *in, char *buf, size_t size)
{
	z_stream *z = &in->gzip;

	z->next_out = (unsigned char *)buf;
	z->avail_out = (unsigned)size;
	while (z->avail_out == size) {
		int status;

		if (in->problem || (in->between && !begin_member(in)))
			break;
		if (!refill_buffer(in)) {
			if (!in->problem)
				in->problem = "the gzip data end too early";
			break;
		}
		z->next_in = in->packed + in->packed_next;
		z->avail_in = (unsigned)(in->packed_end - in->packed_next);
		status = inflate(z, Z_NO_FLUSH);
		in->packed_next = in->packed_end - z->avail_in;
		if (status == Z_STREAM_END)
			in->between = true;
		else if (status != Z_OK && status != Z_BUF_ERROR)
			in->problem = "the gzip data are damaged";
	}
	return size - z->avail_out;
}

/* zstd itself refuses larger windows unless told otherwise, so memory is bounded. */
static const char window_too_large[] =
	"its zstd window is larger than 128 MiB; unpack it with zstd -dc --long=31";

static const char *zstd_problem(const struct input *in, size_t status)
{
	if (ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge)
		return window_too_large;
	return in->between ? "something other than zstd follows the zstd data"
			   : "the zstd data are damaged";
}

static size_t fill_zstd(struct input *in, char *buf, size_t size)
{
	ZSTD_outBuffer out = { .dst = buf, .size = size };

	while (!out.pos && !in->problem) {
		ZSTD_inBuffer packed;
		size_t status;

		/* The decoder may still hold text after it took all packed bytes. */
		if (!refill_buffer(in) && in->between)
			break;
		packed = (ZSTD_inBuffer){ .src = in->packed,
					  .size = in->packed_end,
					  .pos = in->packed_next };
		status = ZSTD_decompressStream(in->zstd, &out, &packed);
		if (ZSTD_isError(status)) {
			in->problem = zstd_problem(in, status);
			break;
		}
		in->between = status == 0;
		if (!out.pos && packed.pos == in->packed_next && in->file_end && !in->between) {
			if (!in->problem)
				in->problem = "the zstd data end too early";
			break;
		}
		in->packed_next = packed.pos;
	}
	return out.pos;
}

static bool begins_with(const struct input *in, const char *magic, size_t len)
{
	return in->packed_end >= len && !memcmp(in->packed, magic, len);
}

static const char a_dump[] =
	"this is a crash dump; vmallocfs-info and load= read one, but from a file, "
	"not from a pipe";

/* Files that people take for a trace, and what to do with each. */
static const struct {
	const char *magic;
	size_t len;
	const char *why;
} foreign[] = {
	{ "PERFILE2", 8, "this is a recording of perf; give what perf script prints of it" },
	{ "\x17\x08\x44tracing", 10,
	  "this is of trace-cmd; give what trace-cmd report prints of it" },
	{ "\xfd"
	  "7zXZ",
	  5, "this is packed with xz; unpack it first" },
	{ "BZh91AY", 7, "this is packed with bzip2; unpack it first" },
	{ "\177ELF", 4, a_dump },
	{ "KDUMP   ", 8, a_dump },
};

#define LONGEST_MAGIC 10

/* Looks at the first bytes. 0 or -errno. */
static int detect(struct input *in)
{
	/* A pipe may give its first bytes one by one. No magic number contains a newline. */
	while (in->packed_end < LONGEST_MAGIC && !memchr(in->packed, '\n', in->packed_end)) {
		size_t n = read_raw(in, in->packed + in->packed_end,
				    sizeof(in->packed) - in->packed_end);

		if (!n)
			break;
		in->packed_end += n;
	}
	if (in->problem)
		return -errno;
	for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++) {
		if (begins_with(in, foreign[i].magic, foreign[i].len)) {
			in->refused = foreign[i].why;
			return -EINVAL;
		}
	}
	if (begins_with(in, "\x1f\x8b", 2)) {
		in->fill = fill_gzip;
		return inflateInit2(&in->gzip, GZIP_WINDOW) == Z_OK ? 0 : -ENOMEM;
	}
	if (begins_with(in, "\x28\xb5\x2f\xfd", 4)) {
		in->fill = fill_zstd;
		in->zstd = ZSTD_createDCtx();
		if (!in->zstd)
			return -ENOMEM;
		/* A frame's head says how large its window is. */
		in->end = fill_zstd(in, in->text, TEXT_SIZE);
		if (in->problem != window_too_large)
			return 0;
		in->refused = in->problem;
		return -EINVAL;
	}
	in->fill = fill_plain;
	/* The byte order mark, with which some editors begin a text. */
	if (begins_with(in, "\xef\xbb\xbf", 3))
		in->packed_next = 3;
	return 0;
}

int input_open(const char *path, struct input **ret, char **error)
{
	bool is_stdin = !strcmp(path, "-");
	struct input *in = g_new0(struct input, 1);
	struct stat st;
	int err = 0;

	in->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0 || fstat(in->fd, &st))
		err = -errno;
	if (!err && S_ISREG(st.st_mode))
		in->length = (uint64_t)st.st_size;
	if (!err)
		err = detect(in);
	if (err) {
		*error = g_strdup_printf("%s: %s", is_stdin ? "standard input" : path,
					 in->refused ? in->refused : g_strerror(-err));
		input_close(in);
		return err;
	}
	*ret = in;
	return 0;
}

void input_close(struct input *in)
{
	if (!in)
		return;
	if (in->fill == fill_gzip)
		inflateEnd(&in->gzip);
	ZSTD_freeDCtx(in->zstd);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	g_free(in);
}

/* Reads more text after the part that is not used yet. False at the end of the input. */
static bool more_text(struct input *in)
{
	size_t n;

	if (in->text_end)
		return false;
	memmove(in->text, in->text + in->next, in->end - in->next);
	in->end -= in->next;
	in->next = 0;
	n = in->fill(in, in->text + in->end, TEXT_SIZE - in->end);
	in->text_end = !n;
	in->end += n;
	return n;
}

/* Skips the rest of a line that is too long. */
static void skip_line(struct input *in)
{
	for (;;) {
		char *newline = memchr(in->text + in->next, '\n', in->end - in->next);

		if (newline) {
			in->next = (size_t)(newline + 1 - in->text);
			return;
		}
		in->next = in->end;
		if (!more_text(in))
			return;
	}
}

enum input_status input_line(struct input *in, char **line, size_t *len)
{
	size_t searched = 0; /* bytes after next that hold no newline */
	char *start, *newline;
	size_t n;

	for (;;) {
		start = in->text + in->next;
		newline = memchr(start + searched, '\n', in->end - in->next - searched);
		if (newline)
			break;
		searched = in->end - in->next;
		if (searched > INPUT_LINE_MAX) {
			in->line++;
			skip_line(in);
			return INPUT_TOO_LONG;
		}
		if (more_text(in))
			continue;
		start = in->text + in->next;
		if (!searched)
			return INPUT_END;
		newline = start + searched; /* the last line has none */
		break;
	}
	in->line++;
	n = (size_t)(newline - start);
	in->next = MIN(in->next + n + 1, in->end);
	if (n > INPUT_LINE_MAX)
		return INPUT_TOO_LONG;
	if (n && start[n - 1] == '\r')
		n--;
	*line = start;
	*len = n;
	return INPUT_LINE;
}

uint64_t input_line_number(const struct input *in)
{
	return in->line;
}

const char *input_problem(const struct input *in)
{
	return in->problem;
}

double input_progress(const struct input *in)
{
	if (!in->length)
		return -1;
	return MIN((double)in->taken / (double)in->length, 1);
}
