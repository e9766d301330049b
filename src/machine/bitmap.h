/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bitmap that finds its first set bit at once, however large it is.
 *
 *	level 2	  [.......1]			one word
 *	level 1	  [1......1] [........] ...	a bit for each word of level 0
 *	level 0	  [...1.1..] [........] ...	the bits themselves
 *
 * A bit of a higher level is set if the word below it is not zero.  It may also
 * be set while that word is zero: clearing a bit leaves the levels above alone,
 * since blocks come and go in the same few words, and a search that runs into
 * such a word puts it right.  So an operation changes one word, seldom two.
 * All words start out as zero, in memory the caller gives: what is never set is
 * never touched.
 */
#ifndef MACHINE_BITMAP_H
#define MACHINE_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BITMAP_LEVELS 6 /* 64^6 bits: far more than there can be frames */

struct bitmap {
	uint64_t *level[BITMAP_LEVELS];
	unsigned nr_levels;
	uint64_t nr_words; /* of level 0 */
};

/* Lays out a bitmap of n bits in zeroed memory; returns the words used.  NULL only counts them. */
static inline size_t bitmap_init(struct bitmap *b, uint64_t n, uint64_t *memory)
{
	size_t used = 0;

	b->nr_levels = 0;
	b->nr_words = n / 64 + 1;
	do {
		n = n / 64 + 1;
		b->level[b->nr_levels++] = memory ? memory + used : NULL;
		used += n;
	} while (n > 1);
	return used;
}

static inline bool bitmap_test(const struct bitmap *b, uint64_t bit)
{
	return b->level[0][bit / 64] >> (bit % 64) & 1;
}

static inline void bitmap_set(struct bitmap *b, uint64_t bit)
{
	for (unsigned l = 0; l < b->nr_levels; l++, bit /= 64) {
		uint64_t *word = &b->level[l][bit / 64];
		uint64_t old = *word;

		*word = old | UINT64_C(1) << (bit % 64);
		if (old)
			break;
	}
}

static inline void bitmap_clear(struct bitmap *b, uint64_t bit)
{
	b->level[0][bit / 64] &= ~(UINT64_C(1) << (bit % 64));
}

/* The lowest set bit; there is one. */
static inline uint64_t bitmap_first(struct bitmap *b)
{
	unsigned l = b->nr_levels - 1;
	uint64_t at = 0; /* index of a word of level l */

	for (;;) {
		uint64_t word = b->level[l][at];

		if (!word) {
			l++;
			b->level[l][at / 64] &= ~(UINT64_C(1) << (at % 64));
			at /= 64;
			continue;
		}
		at = at * 64 + (unsigned)__builtin_ctzll(word);
		if (l == 0)
			return at;
		l--;
	}
}

#endif
