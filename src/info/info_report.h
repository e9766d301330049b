/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What vmallocfs-info found, in each of its formats.
 */
#ifndef INFO_INFO_REPORT_H
#define INFO_INFO_REPORT_H

#include "info/info_options.h"

/* Files in the order of the command line, and what was asked of each. */
struct info_report {
	const struct info_options *o;
	struct info *info;
	struct info_answer *enough; /* one for each file; with has_enough alone */
	struct info_answer *next;
	GArray *image_changes; /* from the first to the last, if both are images of one machine */
	unsigned n;
};

/* An address as that machine writes it. */
#define ADDR_FMT "0x%0*" PRIx64
#define ADDR_ARG(l, addr) (l)->wide ? 16 : 8, (addr)

/* How many rows of a table of n are shown. */
static inline guint info_rows(const struct info_options *o, guint n)
{
	return o->top && o->top < n ? (guint)o->top : n;
}

/*
 * terminal: with bars and colours.  Failures in a listing's log are answered as
 * well, as --enough would answer them.
 */
void info_text(const struct info_report *r, bool terminal, GString *out);
void info_json(const struct info_report *r, GString *out);
void info_csv(const struct info_report *r, GString *out);

/* Pictures of one listing. */
GBytes *info_svg(const struct info *info);
GBytes *info_html(const struct info_report *r);

/* The parts of a text: info_answer_text.c. */
void info_put_answer(GString *out, const struct info *info, const struct info_answer *answer);
void info_put_next(GString *out, const struct info *info, const struct info_answer *answer);

/* What became of files and areas of two images: info_images_text.c, for text and JSON. */
void info_put_image_changes(GString *out, const struct info_options *o, const GArray *changes);
void info_put_fates(GString *out, unsigned fates);

/* "65.1M", in a buffer of its own. */
struct info_size {
	char s[16];
};
struct info_size info_size(uint64_t bytes);

#endif
