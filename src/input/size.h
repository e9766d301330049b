/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sizes as people write them.
 */
#ifndef INPUT_SIZE_H
#define INPUT_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A size as people write it, in decimal, with K, M, G or T behind it or not:
 * "64M" is 67108864.  False if it is none, or beyond 64 bits.
 */
bool size_parse(const char *word, uint64_t *ret);

#endif
