/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a file begins like a dump, packed or not.  This needs no libkdumpfile, so that
 * a program built without it can say why it cannot read the file.
 */
#include <string.h>
#include <unistd.h>

#include <glib.h>
#include <zlib.h>
#include <zstd.h>

#include "input/dump/dump_file.h"
#include "input/dump/unpack.h"

static const char *const magics[] = {
	"\177ELF",	/* vmcore, /proc/kcore */
	"KDUMP   ",	/* makedumpfile */
	"DISKDUMP",	/* its ancestor */
	"makedumpfile", /* its flattened form */
};

bool dump_file_looks_like(const void *head, size_t len)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (len >= strlen(magics[i]) && !memcmp(head, magics[i], strlen(magics[i])))
			return true;
	return false;
}

#define MAGIC_BYTES 16
#define PACKED_BYTES (256u << 10) /* a block of zstd comes out when all of it has gone in */

static size_t unpack_gzip_head(unsigned char *in, size_t len, unsigned char *out, size_t room)
{
	z_stream z = { .next_in = in, .avail_in = (uInt)len, .next_out = out };

	z.avail_out = (uInt)room;
	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return 0;
	inflate(&z, Z_SYNC_FLUSH);
	inflateEnd(&z);
	return room - z.avail_out;
}

static size_t unpack_zstd_head(const unsigned char *in, size_t len, unsigned char *out, size_t room)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer from = { in, len, 0 };
	ZSTD_outBuffer to = { out, room, 0 };
	size_t left = 1;

	while (z && left && !ZSTD_isError(left) && from.pos < from.size && to.pos < to.size)
		left = ZSTD_decompressStream(z, &to, &from);
	ZSTD_freeDStream(z);
	return to.pos;
}

size_t dump_first_bytes(int fd, unsigned char *head, size_t room)
{
	g_autofree unsigned char *packed = g_malloc(PACKED_BYTES);
	ssize_t n = pread(fd, packed, PACKED_BYTES, 0);

	if (n < 0)
		return 0;
	if (n >= 2 && !memcmp(packed, "\x1f\x8b", 2))
		return unpack_gzip_head(packed, (size_t)n, head, room);
	if (n >= 4 && !memcmp(packed, "\x28\xb5\x2f\xfd", 4))
		return unpack_zstd_head(packed, (size_t)n, head, room);
	n = MIN(n, (ssize_t)room);
	memcpy(head, packed, (size_t)n);
	return (size_t)n;
}

bool dump_file_is_one(const char *path)
{
	unsigned char head[MAGIC_BYTES];
	int fd = open_regular(path);
	bool found;

	if (fd < 0)
		return false;
	found = dump_file_looks_like(head, dump_first_bytes(fd, head, sizeof(head)));
	close(fd);
	return found;
}
