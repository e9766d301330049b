/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing text by hand: numbers and words to a char pointer.
 *
 * A listing of 100,000 areas has half a million numbers, and printf would take
 * most of its time to read the same format again.  So a line is written in two
 * steps: room for the longest that it could be, then plain stores.
 *
 *	char *p = text_room(out, 64);
 *	p = put_str(p, "pages=");
 *	p = put_dec(p, n);
 *	text_end(out, p);
 *
 * Each put_ function returns the place after what it wrote and adds no NUL.
 */
#ifndef SHOW_DIGITS_H
#define SHOW_DIGITS_H

#include <glib.h>
#include <stdint.h>
#include <string.h>

#define DEC_MAX 20 /* digits of the largest 64-bit number */
#define HEX_MAX 16

/* Where to write; at least n bytes may be written there. */
static inline char *text_room(GString *out, size_t n)
{
	size_t len = out->len;

	if (out->allocated_len - len <= n) {
		g_string_set_size(out, len + n);
		out->len = len;
	}
	return out->str + len;
}

/* Ends what text_room() began: the text reaches up to p. */
static inline void text_end(GString *out, char *p)
{
	out->len = (size_t)(p - out->str);
	*p = '\0';
}

static inline char *put_bytes(char *p, const char *s, size_t len)
{
	memcpy(p, s, len);
	return p + len;
}

static inline char *put_str(char *p, const char *s)
{
	return put_bytes(p, s, strlen(s));
}

/* Decimal, padded with blanks on the left to `width`. */
static inline char *put_dec_wide(char *p, uint64_t v, int width)
{
	char digits[DEC_MAX];
	int n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	for (; width > n; width--)
		*p++ = ' ';
	while (n)
		*p++ = digits[--n];
	return p;
}

static inline char *put_dec(char *p, uint64_t v)
{
	return put_dec_wide(p, v, 0);
}

/* Hexadecimal, exactly `width` digits. */
static inline char *put_hex_wide(char *p, uint64_t v, unsigned width)
{
	for (unsigned i = width; i--; v >>= 4)
		p[i] = "0123456789abcdef"[v & 15];
	return p + width;
}

/* Hexadecimal, as many digits as it takes. */
static inline char *put_hex(char *p, uint64_t v)
{
	return put_hex_wide(p, v, v ? (67 - (unsigned)__builtin_clzll(v)) / 4 : 1);
}

/* Ten-thousandths as 0.1234. */
static inline char *put_fraction(char *p, unsigned ten_thousandths)
{
	*p++ = (char)('0' + ten_thousandths / 10000);
	*p++ = '.';
	for (unsigned unit = 1000; unit; unit /= 10)
		*p++ = (char)('0' + ten_thousandths / unit % 10);
	return p;
}

/* "0x" and 16 digits: a physical address, an entry of a page table. */
static inline char *put_addr(char *p, uint64_t addr)
{
	return put_hex_wide(put_bytes(p, "0x", 2), addr, HEX_MAX);
}

/*
 * An address of a kernel: those of 32 bits have 8 digits, as their kernels print them, and
 * no kernel of 64 bits has one that is so low.
 */
static inline char *put_vaddr(char *p, uint64_t addr)
{
	return put_hex_wide(put_bytes(p, "0x", 2), addr, addr >> 32 ? HEX_MAX : 8);
}

/* START-END; END is the first address after the range. */
#define RANGE_MAX (2 * (2 + HEX_MAX) + 1)

static inline char *put_range(char *p, uint64_t start, uint64_t size)
{
	p = put_vaddr(p, start);
	*p++ = '-';
	return put_vaddr(p, start + size);
}

#endif
