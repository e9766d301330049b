/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of a trace: a file or standard input, plain, gzip or zstd.
 *
 *	file --read--> [ packed ] --inflate--> [ . . . line\n line\n li ]
 *	                                              ^ next       ^ end
 *
 * A file's first bytes say what it is, not its name.  Whatever the length of the
 * input, it takes the memory of two buffers, and what zstd needs for a window of at
 * most 128 MiB.  A line is handed out where it lies, without a copy.
 *
 *	struct input *in;
 *	char *line, *error;
 *	size_t len;
 *
 *	if (input_open("-", &in, &error)) ...
 *	while (input_line(in, &line, &len) != INPUT_END)
 *		...
 *	if (input_problem(in)) ...		// what was read so far is good
 *	input_close(in);
 */
#ifndef REPLAY_INPUT_H
#define REPLAY_INPUT_H

#include <stddef.h>
#include <stdint.h>

#define INPUT_LINE_MAX 65536 /* bytes of the longest line that is handed out */

struct input;

enum input_status {
	INPUT_END,
	INPUT_LINE,
	INPUT_TOO_LONG, /* a line longer than INPUT_LINE_MAX was passed over */
};

/*
 * Opens a file, or standard input for "-", and looks at its first bytes.  0 or
 * -errno, and then *error is one line for g_free.  -EINVAL: the file is of a known
 * kind that cannot be read here.
 */
int input_open(const char *path, struct input **ret, char **error);
void input_close(struct input *in);

/*
 * The next line, without its newline (and without the carriage return before
 * it), good until the next call; line[len] is writable too.
 */
enum input_status input_line(struct input *in, char **line, size_t *len);

/* The number of the last line, from 1. */
uint64_t input_line_number(const struct input *in);

/* After INPUT_END: why the input ended too early (static), or NULL if it did not. */
const char *input_problem(const struct input *in);

/* How much of the file was read, in [0, 1]; negative if its length is not known. */
double input_progress(const struct input *in);

#endif
