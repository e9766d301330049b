/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzzers share.
 *
 * A fuzzer is one function that takes any bytes, LLVMFuzzerTestOneInput().  It
 * is linked twice: with libFuzzer, which makes up the bytes (make fuzz), and
 * with replay_corpus.c, which reads them from tests/fuzz/corpus (make check).
 *
 *	corpus/NAME/  ---> replay_corpus.c --.
 *	                                      > fuzz_NAME.c ---> a parser, and what
 *	libFuzzer -------> made-up bytes ----'                   must hold after it
 *
 * That nothing is read or written out of bounds is for ASan to see.  So a
 * parser gets its bytes in a block of exactly their size.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the bytes are.  An abort is what libFuzzer looks for. */
#define FUZZ_ASSERT(cond)                                                                          \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #cond);  \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/*
 * Calls fn with a copy of each line in turn, without its newline.  The copy has
 * `extra` bytes after it that fn may write to, and no more.
 */
typedef void fuzz_line_fn(void *arg, char *line, size_t len);

static inline void fuzz_lines(const uint8_t *data, size_t size, size_t extra, fuzz_line_fn *fn,
			      void *arg)
{
	while (size) {
		const uint8_t *newline = memchr(data, '\n', size);
		size_t len = newline ? (size_t)(newline - data) : size;
		char *line = malloc(len + extra ? len + extra : 1);

		FUZZ_ASSERT(line);
		memcpy(line, data, len);
		memset(line + len, 'X', extra);
		fn(arg, line, len);
		free(line);
		len += newline != NULL;
		data += len;
		size -= len;
	}
}

#endif
