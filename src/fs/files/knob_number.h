/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is written to a knob, as a number or as a truth value.
 */
#ifndef FS_KNOB_NUMBER_H
#define FS_KNOB_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal, 0x hexadecimal, or octal with a leading 0; up to max.  0 or -EINVAL. */
int parse_number(const char *text, uint64_t max, uint64_t *ret);

/* The same; or a negative decimal number, as a shell prints an address. */
int parse_knob_address(const char *text, uint64_t *ret);

/* 1, y, yes, on; 0, n, no, off.  0 or -EINVAL. */
int parse_bool(const char *text, bool *ret);

#endif
