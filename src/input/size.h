/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sizes as people write them.
 */
#ifndef INPUT_SIZE_H
#define INPUT_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A size as people write it: a decimal number, which K, M, G or T may follow.
 * "64M" is 67108864.  False if the word is not a size, or exceeds 64 bits.
 */
bool size_parse(const char *word, uint64_t *ret);

/*
 * An address as a shell prints it, whose numbers have a sign: $((0xffffc90000000000))
 * is -60473139527680.  Returns where it ends, or NULL if no - and digits stand at
 * `word`, or they exceed 63 bits.
 */
const char *negative_address(const char *word, uint64_t *ret);

#endif
