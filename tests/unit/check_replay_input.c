/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines out of plain, gzip and zstd files: the same lines, whatever the file
 * is packed with and wherever its buffers end; and what comes of files that
 * are cut, damaged, or no text at all.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <zlib.h>
#include <zstd.h>

#include "input/lines.h"

static char path[] = "check_replay_input.XXXXXX";

static void write_file(const void *data, size_t len)
{
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

static GByteArray *gzip(const char *text, size_t len)
{
	GByteArray *out = g_byte_array_new();
	z_stream z = { 0 };

	ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	g_byte_array_set_size(out, (guint)deflateBound(&z, len) + 64);
	z.next_in = (unsigned char *)text;
	z.avail_in = (unsigned)len;
	z.next_out = out->data;
	z.avail_out = out->len;
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	g_byte_array_set_size(out, (guint)z.total_out);
	deflateEnd(&z);
	return out;
}

static GByteArray *zstd(const char *text, size_t len)
{
	GByteArray *out = g_byte_array_new();
	size_t n;

	g_byte_array_set_size(out, (guint)ZSTD_compressBound(len));
	n = ZSTD_compress(out->data, out->len, text, len, 3);
	ck_assert(!ZSTD_isError(n));
	g_byte_array_set_size(out, (guint)n);
	return out;
}

struct seen {
	uint64_t lines;
	uint64_t bytes;
	uint64_t too_long;
	guint hash;
	char *problem;
};

static struct seen read_all(void)
{
	struct seen seen = { 0 };
	enum input_status status;
	struct input *in;
	char *error, *line;
	size_t len;

	ck_assert_int_eq(input_open(path, &in, &error), 0);
	while ((status = input_line(in, &line, &len)) != INPUT_END) {
		if (status == INPUT_TOO_LONG) {
			seen.too_long++;
			continue;
		}
		seen.lines++;
		seen.bytes += len;
		line[len] = '\0'; /* that must be allowed */
		for (size_t i = 0; i < len; i++)
			seen.hash = seen.hash * 31 + (unsigned char)line[i];
	}
	ck_assert_uint_eq(input_line_number(in), seen.lines + seen.too_long);
	seen.problem = g_strdup(input_problem(in));
	input_close(in);
	return seen;
}

/* Lines of all lengths from 0 to 299, again and again: about 3 MB. */
static GString *many_lines(void)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < 20000; i++) {
		for (unsigned k = 0; k < i % 300; k++)
			g_string_append_c(text, (char)('a' + (i * 7 + k * k) % 26));
		g_string_append_c(text, '\n');
	}
	return text;
}

START_TEST(test_packed_is_plain)
{
	g_autoptr(GString) text = many_lines();
	g_autoptr(GByteArray) gz = gzip(text->str, text->len);
	g_autoptr(GByteArray) zst = zstd(text->str, text->len);
	struct seen plain, a, b;

	write_file(text->str, text->len);
	plain = read_all();
	ck_assert_uint_eq(plain.lines, 20000);
	ck_assert_uint_eq(plain.bytes, text->len - 20000);
	write_file(gz->data, gz->len);
	a = read_all();
	write_file(zst->data, zst->len);
	b = read_all();
	ck_assert(a.lines == plain.lines && a.bytes == plain.bytes && a.hash == plain.hash);
	ck_assert(b.lines == plain.lines && b.bytes == plain.bytes && b.hash == plain.hash);
	ck_assert_ptr_null(plain.problem);
	ck_assert_ptr_null(a.problem);
	ck_assert_ptr_null(b.problem);
}
END_TEST

START_TEST(test_last_line)
{
	struct seen seen;

	write_file("one\r\n\ntwo", 9);
	seen = read_all();
	ck_assert_uint_eq(seen.lines, 3);
	ck_assert_uint_eq(seen.bytes, 6);
	write_file("", 0);
	seen = read_all();
	ck_assert_uint_eq(seen.lines, 0);
	ck_assert_ptr_null(seen.problem);
	write_file("\x1f", 1); /* not even a whole magic number */
	seen = read_all();
	ck_assert_uint_eq(seen.lines, 1);
}
END_TEST

/* Two members, two frames: both are read; so does gzip -dc. */
START_TEST(test_joined)
{
	g_autoptr(GByteArray) gz = gzip("one\n", 4);
	g_autoptr(GByteArray) gz2 = gzip("two\nthree\n", 10);
	g_autoptr(GByteArray) zst = zstd("one\n", 4);
	g_autoptr(GByteArray) zst2 = zstd("two\nthree\n", 10);
	static const guint8 zeros[700];
	struct seen seen;

	g_byte_array_append(gz, gz2->data, gz2->len);
	g_byte_array_append(gz, zeros, sizeof(zeros)); /* a tape's block */
	write_file(gz->data, gz->len);
	seen = read_all();
	ck_assert_uint_eq(seen.lines, 3);
	ck_assert_ptr_null(seen.problem);

	g_byte_array_append(zst, zst2->data, zst2->len);
	write_file(zst->data, zst->len);
	seen = read_all();
	ck_assert_uint_eq(seen.lines, 3);
	ck_assert_ptr_null(seen.problem);
}
END_TEST

/* Cut anywhere: what could be read counts, and the problem is told. */
START_TEST(test_cut)
{
	g_autoptr(GString) text = many_lines();
	g_autoptr(GByteArray) packed = _i ? zstd(text->str, text->len) : gzip(text->str, text->len);
	char *last;

	for (guint len = 5; len < packed->len; len += packed->len / 23) {
		struct seen seen;

		write_file(packed->data, len);
		seen = read_all();
		ck_assert_ptr_nonnull(seen.problem);
		ck_assert_uint_lt(seen.lines, 20000);
		if (len > packed->len / 2)
			ck_assert_uint_gt(seen.lines, 1000);
		g_free(seen.problem);
	}
	/* All the text may be there, but not the checksum after it. */
	write_file(packed->data, packed->len - 1);
	last = read_all().problem;
	ck_assert_ptr_nonnull(last);
	g_free(last);
}
END_TEST

START_TEST(test_damaged)
{
	g_autoptr(GString) text = many_lines();
	g_autoptr(GByteArray) packed = _i ? zstd(text->str, text->len) : gzip(text->str, text->len);
	struct seen seen;

	memset(packed->data + packed->len / 2, 0x5a, 1000);
	write_file(packed->data, packed->len);
	seen = read_all();
	/* zstd without a checksum may take it for other text. */
	if (!_i)
		ck_assert_ptr_nonnull(seen.problem);
	g_free(seen.problem);

	g_byte_array_set_size(packed, 0);
	g_byte_array_append(packed, (const guint8 *)"\x1f\x8b\xff\xff\xff\xff\xff\xff", 8);
	write_file(packed->data, packed->len);
	seen = read_all();
	ck_assert_uint_eq(seen.lines, 0);
	ck_assert_ptr_nonnull(seen.problem);
	g_free(seen.problem);
}
END_TEST

START_TEST(test_trailing_garbage)
{
	g_autoptr(GByteArray) packed = _i ? zstd("one\n", 4) : gzip("one\n", 4);
	struct seen seen;

	g_byte_array_append(packed, (const guint8 *)"garbage garbage", 15);
	write_file(packed->data, packed->len);
	seen = read_all();
	ck_assert_uint_eq(seen.lines, 1);
	ck_assert_ptr_nonnull(seen.problem);
	g_free(seen.problem);
}
END_TEST

/* Around the longest line that is handed out, between two short ones. */
START_TEST(test_long_lines)
{
	static const size_t lengths[] = {
		INPUT_LINE_MAX - 1, INPUT_LINE_MAX,	 INPUT_LINE_MAX + 1,
		INPUT_LINE_MAX * 4, INPUT_LINE_MAX * 16, INPUT_LINE_MAX * 16 + 1,
	};

	for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
		g_autoptr(GString) text = g_string_new("first\n");
		bool fits = lengths[i] <= INPUT_LINE_MAX;
		struct seen seen;

		for (size_t k = 0; k < lengths[i]; k++)
			g_string_append_c(text, 'x');
		for (int newline = 1; newline >= 0; newline--) {
			if (newline)
				g_string_append(text, "\nlast\n");
			else
				g_string_truncate(text, text->len - 6);
			write_file(text->str, text->len);
			seen = read_all();
			ck_assert_uint_eq(seen.too_long, !fits);
			ck_assert_uint_eq(seen.lines, 1 + fits + newline);
		}
	}
}
END_TEST

/* A pipe gives what it has, if need be byte by byte. */
START_TEST(test_dribble)
{
	g_autoptr(GString) text = g_string_new("first\nsecond line\n\nlast");
	g_autoptr(GByteArray) packed = NULL;
	struct input *in;
	char *error, *line;
	size_t len;
	int fd[2];
	unsigned lines = 0;
	pid_t pid;

	if (_i == 1)
		packed = gzip(text->str, text->len);
	else if (_i == 2)
		packed = zstd(text->str, text->len);
	else
		packed = g_byte_array_append(g_byte_array_new(), (guint8 *)text->str,
					     (guint)text->len);
	ck_assert_int_eq(pipe(fd), 0);
	pid = fork();
	if (!pid) {
		for (guint i = 0; i < packed->len; i++) {
			if (write(fd[1], packed->data + i, 1) != 1)
				_exit(1);
			usleep(200);
		}
		_exit(0);
	}
	close(fd[1]);
	dup2(fd[0], STDIN_FILENO);
	close(fd[0]);
	ck_assert_int_eq(input_open("-", &in, &error), 0);
	ck_assert(input_progress(in) < 0);
	while (input_line(in, &line, &len) == INPUT_LINE)
		lines++;
	ck_assert_uint_eq(lines, 4);
	ck_assert_uint_eq(len, 4);
	ck_assert_ptr_null(input_problem(in));
	input_close(in);
}
END_TEST

START_TEST(test_cannot_open)
{
	struct input *in;
	g_autofree char *error = NULL;
	g_autofree char *error2 = NULL;

	ck_assert_int_eq(input_open("/no/such/file", &in, &error), -ENOENT);
	ck_assert_ptr_nonnull(strstr(error, "/no/such/file"));
	ck_assert_int_eq(input_open("/", &in, &error2), -EISDIR);
}
END_TEST

START_TEST(test_random)
{
	g_autoptr(GByteArray) junk = g_byte_array_new();
	g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)_i);
	static const guint8 magic[][4] = {
		{ 0x1f, 0x8b, 8, 0 },
		{ 0x28, 0xb5, 0x2f, 0xfd },
		{ 'a', 'l', 'l', 'o' },
	};

	g_byte_array_append(junk, magic[_i % 3], 4);
	for (unsigned i = 0; i < 200000; i++) {
		guint8 byte = (guint8)g_rand_int(rand);

		g_byte_array_append(junk, &byte, 1);
	}
	write_file(junk->data, junk->len);
	g_free(read_all().problem);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay_input");
	TCase *tc = tcase_create("input");
	SRunner *sr;
	int failed;
	int fd = g_mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_packed_is_plain);
	tcase_add_test(tc, test_last_line);
	tcase_add_test(tc, test_joined);
	tcase_add_loop_test(tc, test_cut, 0, 2);
	tcase_add_loop_test(tc, test_damaged, 0, 2);
	tcase_add_loop_test(tc, test_trailing_garbage, 0, 2);
	tcase_add_test(tc, test_long_lines);
	tcase_add_loop_test(tc, test_dribble, 0, 3);
	tcase_add_test(tc, test_cannot_open);
	tcase_add_loop_test(tc, test_random, 0, 12);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	unlink(path);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
