/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON, written by hand as digits.h writes text: status.json, and the data in
 * map.html.
 *
 * Values are of four kinds:
 *
 *	address	"0xffffc90000000000", a string of 18 characters
 *	number	4096; above 2^53, where readers begin to round, a string of digits
 *	name	a string, see put_json_name()
 *	others	true, false, null; lists and objects of all these
 */
#ifndef SHOW_JSON_H
#define SHOW_JSON_H

#include "show/caller_sums.h"
#include "show/digits.h"
#include "show/figures.h"
#include "show/snapshot.h"

#define JSON_NUMBER_MAX (DEC_MAX + 2)
#define JSON_ADDR_MAX (HEX_MAX + 4)
#define JSON_RANGE_MAX 256 /* of a range that was freed */
#define JSON_NAME_FACTOR 6 /* the most bytes that one byte of a name takes */

/* A number. */
char *put_json_number(char *p, uint64_t v);

/* An address, quoted. */
char *put_json_addr(char *p, uint64_t addr);

/* An address of a kernel, as wide as the listings have it. At most JSON_ADDR_MAX bytes. */
char *put_json_vaddr(char *p, vaddr_t addr);

/*
 * The inside of a string: any bytes, told apart from all other bytes.
 *
 *	bytes			in the string that a reader gets
 *	valid UTF-8		itself
 *	\			\134
 *	a byte of invalid UTF-8	\ooo, three octal digits
 *
 * So a backslash always begins an escape.  Control characters are \u00.. in the
 * file, and so is <, in order that no name can end the script element that its
 * page carries the data in.
 */
char *put_json_name(char *p, const char *name, size_t len);

/*
 * The inside of a string too, for people: a text with a ? for each byte that has no place
 * in a line.  At most JSON_NAME_FACTOR * len bytes.
 */
char *put_json_text(char *p, const char *text, size_t len);

/*
 * The members "machine", "figures" and "spaces" of the object that each of the two
 * files is, without the object's brackets.
 */
void json_head(GString *out, struct machine *m, const struct figures *f, const struct snapshot *s);

/* Members of an area's object, without the brackets: those that status.json has. */
void json_area(GString *out, const struct snapshot *s, const struct area_record *a);

/* Members of a caller's object; of its name at most name_max bytes. */
void json_caller(GString *out, const struct caller_sum *sum, size_t name_max);

/* Members of a range that was freed and not purged. */
void json_lazy(GString *out, const struct lazy_record *r);

/* The most bytes that these take. */
size_t json_area_max(const struct snapshot *s, const struct area_record *a);
size_t json_caller_max(const struct caller_sum *sum);

#endif
