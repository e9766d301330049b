/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file is shows in its first bytes, not in its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <zlib.h>
#include <zstd.h>

#include "input/dump/dump_file.h"
#include "input/dump/unpack.h"

#define PACKED_BYTES 65536
#define PLAIN_BYTES (1u << 20)

struct unpacking {
	int from;
	int to;
	uint64_t size; /* of the packed file */
	uint64_t done; /* of that, bytes taken */
	const struct dump_progress *progress;
	unsigned char in[PACKED_BYTES];
	unsigned char out[PLAIN_BYTES];
};

static void report_progress(const struct unpacking *u)
{
	if (u->progress && u->size)
		u->progress->step(u->progress->arg, (double)u->done / (double)u->size);
}

/* The next piece of the packed file.  0 at its end, -errno on failure. */
static ssize_t take_piece(struct unpacking *u)
{
	ssize_t n;

	do
		n = read(u->from, u->in, sizeof(u->in));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	u->done += (uint64_t)n;
	report_progress(u);
	return n;
}

static int put(struct unpacking *u, size_t len)
{
	const unsigned char *p = u->out;

	while (len) {
		ssize_t n = write(u->to, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* One piece through zlib. *end: a member of the file ended with the last byte seen. */
static int inflate_piece(struct unpacking *u, z_stream *z, size_t len, bool *end)
{
	z->next_in = u->in;
	z->avail_in = (uInt)len;
	do {
		int status, err;

		/* Several members one after the other are one file. */
		if (*end && inflateReset(z) != Z_OK)
			return -EBADMSG;
		z->next_out = u->out;
		z->avail_out = sizeof(u->out);
		status = inflate(z, Z_NO_FLUSH);
		if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
			return -EBADMSG;
		err = put(u, sizeof(u->out) - z->avail_out);
		if (err)
			return err;
		*end = status == Z_STREAM_END;
	} while (z->avail_in || !z->avail_out);
	return 0;
}

static int unpack_gzip(struct unpacking *u)
{
	z_stream z = { 0 };
	bool end = false;
	ssize_t n;
	int err = 0;

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return -ENOMEM;
	while (!err && (n = take_piece(u)) != 0)
		err = n < 0 ? (int)n : inflate_piece(u, &z, (size_t)n, &end);
	inflateEnd(&z);
	return err ? err : end ? 0 : -EBADMSG;
}

static int zstd_piece(struct unpacking *u, ZSTD_DStream *z, size_t len, bool *end)
{
	ZSTD_inBuffer in = { u->in, len, 0 };
	bool full;

	do {
		ZSTD_outBuffer out = { u->out, sizeof(u->out), 0 };
		size_t left = ZSTD_decompressStream(z, &out, &in);
		int err;

		if (ZSTD_isError(left))
			return -EBADMSG;
		err = put(u, out.pos);
		if (err)
			return err;
		*end = !left;
		full = out.pos == out.size;
	} while (in.pos < in.size || full);
	return 0;
}

static int unpack_zstd(struct unpacking *u)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	bool end = false;
	ssize_t n;
	int err = 0;

	if (!z)
		return -ENOMEM;
	while (!err && (n = take_piece(u)) != 0)
		err = n < 0 ? (int)n : zstd_piece(u, z, (size_t)n, &end);
	ZSTD_freeDStream(z);
	return err ? err : end ? 0 : -EBADMSG;
}

/* A file in TMPDIR that no other process can open. */
static int nameless_file(char **error)
{
	GError *failure = NULL;
	g_autofree char *name = NULL;
	int fd = g_file_open_tmp("vmallocfs-XXXXXX", &name, &failure);

	if (fd < 0) {
		*error = g_strdup_printf("no temporary file to unpack it into: %s (TMPDIR says "
					 "where)",
					 failure->message);
		g_error_free(failure);
		return -EIO;
	}
	unlink(name);
	fcntl(fd, F_SETFD, FD_CLOEXEC); /* as all files of ours */
	return fd;
}

static int unpack_with(int (*unpack)(struct unpacking *u), int *fd,
		       const struct dump_progress *progress, char **error)
{
	struct unpacking *u = g_new0(struct unpacking, 1);
	struct stat st;
	int err;

	u->from = *fd;
	u->progress = progress;
	u->size = fstat(*fd, &st) ? 0 : (uint64_t)st.st_size;
	u->to = nameless_file(error);
	if (u->to < 0) {
		err = u->to;
		g_free(u);
		return err;
	}
	err = unpack(u);
	if (!err && lseek(u->to, 0, SEEK_SET) < 0)
		err = -errno;
	if (err) {
		*error = g_strdup_printf("cannot unpack it: %s",
					 err == -EBADMSG ? "it is damaged, or cut off"
							 : g_strerror(-err));
		close(u->to);
	} else {
		close(*fd);
		*fd = u->to;
	}
	g_free(u);
	return err;
}

int unpack_file(int *fd, const struct dump_progress *progress, char **error)
{
	static const unsigned char gzip[] = { 0x1f, 0x8b };
	static const unsigned char zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
	unsigned char head[sizeof(zstd)];

	if (pread(*fd, head, sizeof(head), 0) != sizeof(head))
		return 0;
	if (!memcmp(head, gzip, sizeof(gzip)))
		return unpack_with(unpack_gzip, fd, progress, error);
	if (!memcmp(head, zstd, sizeof(zstd)))
		return unpack_with(unpack_zstd, fd, progress, error);
	return 0;
}

int open_regular(const char *path)
{
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC);
}
