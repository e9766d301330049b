/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A listing: the saved address space of any kernel on any machine.  Reading one
 * needs no machine and no page tables, so it can be of any architecture.
 *
 *	file --lines.c--> lines --listing_read.c--> records --listing_line.c--> areas
 *	                    |                                                     |
 *	                    +--listing_said.c--> what is said about windows       |
 *	                                              |                           |
 *	                    listing_window.c: rules --+--> windows   listing_sort.c: order,
 *	                                                             overlaps, other machines
 *
 * Everything that looks like an area is read, in any of these forms and inside any
 * other text:
 *
 *	0xf1008000-0xf100d000   20480 init_IRQ+0x74/0x1ac pages=4 vmalloc N0=4
 *	0xffffc20000c38000-0xffffc20000c3a000    8192 probe+0x1/0x2 [usbcore] phys=d8e00000 ioremap
 *	0xece7c000-0xece7e000    8192 unpurged vm_area
 *	0xece7e000-0xece83000   20480 vm_map_ram
 *	0xffff800008000000-0xffff800008009000      36864 <start_kernel+372> pages=8 vmalloc
 *	ffff90ba01053ec0  ffff90ba011529c0  ffffab3ec0000000 - ffffab3ec0005000    20480
 *
 * A bad line is passed over and counted; the lines around it are read all the same.
 *
 *	struct listing_options o = { 0 };
 *	struct listing *l;
 *	char *error;
 *
 *	if (listing_read("saved", &o, &l, &error)) ...
 *	listing_summary(l, line);
 *	for (guint i = 0; i < l->areas->len; i++) {
 *		const struct listed *a = listing_area(l, i);
 *		...
 *	}
 *	listing_free(l);
 */
#ifndef INPUT_LISTING_H
#define INPUT_LISTING_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "input/listing_names.h"

struct dump;
struct dump_progress;
struct image;

#define LISTING_UNNAMED UINT32_MAX

enum listed_kind {
	LISTED_AREA,
	LISTED_MAP_RAM,	 /* a block of vm_map_ram(): an area without a caller */
	LISTED_UNPURGED, /* freed, and busy until it is purged */
};

/* A range of addresses, from one record of the listing. */
struct listed {
	uint64_t start;	 /* page-aligned; means nothing if the listing is hidden */
	uint64_t size;	 /* bytes, the guard included if there is one; never 0 */
	uint64_t pages;	 /* what pages= said, else 0 */
	uint64_t phys;	 /* if has_phys */
	uint64_t line;	 /* where it begins in the file, from 1 */
	uint32_t caller; /* of listing_name(): symbol+0xoffset/0xlength; LISTING_UNNAMED: none */
	uint32_t module; /* of the caller, without brackets */
	uint32_t words;	 /* all other words, joined by blanks, unknown ones too */
	uint32_t first_node;
	uint32_t nr_nodes; /* counts N0=..., from first_node on in listing.nodes */
	uint16_t flags;	   /* VM_ flags of the words that are known */
	uint8_t kind;
	bool has_pages;
	bool has_phys;
	bool guard;    /* its last page is never mapped */
	bool overlaps; /* an earlier line has some of its range, and keeps it */
	bool hidden;   /* while it is read: its addresses are placeholders */
	bool pooled;   /* LISTED_UNPURGED: kept in a pool, which the kernel does not list */
};

struct listed_node {
	uint32_t node;
	uint64_t pages;
};

/* A line for a message: shortened, and safe to print. */
struct listing_quote {
	uint64_t line;
	uint64_t other; /* line that this one overlaps, else 0 */
	char *text;
};
#define LISTING_QUOTES 3

/* An allocation that the kernel's log says it had no room for. */
struct listing_failure {
	uint64_t line;
	uint64_t size;	 /* bytes */
	bool with_guard; /* the guard page is in size */
};
#define LISTING_FAILURES 16

/* A part of the address space in which areas are placed: [start, end). */
struct listing_window {
	uint64_t start;
	uint64_t end;	  /* 0 if there is no such window */
	bool last_unused; /* the kernel's own end is inclusive: its last page is never given out */
	char *from;	  /* where it was taken from, in words */
};

struct listing {
	char *path;
	GArray *areas; /* struct listed, by address; hidden: as in the file */
	GArray *nodes; /* struct listed_node */
	struct listing_names names;

	bool hidden;	     /* its addresses are hashed or were not printed */
	bool wide;	     /* 64-bit addresses */
	unsigned page_shift; /* of that kernel */
	struct listing_window vmalloc;
	struct listing_window modules;
	const char *arch;    /* the architecture that the rules found, or NULL */
	struct dump *dump;   /* that it was read from, or NULL; see input/dump/dump.h */
	struct image *image; /* that it was read from, or NULL; see input/image/image.h */
	char *kernel;	     /* of the dump: "Linux 6.1.0"; NULL: it was read from a text */
	bool strict;	     /* as the options had it */
	bool runs;	     /* the dump names no list: its areas are runs of mapped pages */

	/* What came in, and what did not. */
	uint64_t lines;	      /* of the file */
	uint64_t nr_areas;    /* areas, vm_map_ram included, overlapping ones too */
	uint64_t nr_map_ram;  /* of them */
	uint64_t nr_unpurged; /* ranges */
	uint64_t nr_pooled;   /* of them */
	uint64_t no_guard;    /* areas taken to have none */
	uint64_t passed_over; /* lines that were not understood */
	uint64_t elided;      /* marks ("...") where lines were cut out of the text */
	uint64_t elsewhere;   /* areas of another machine, which are left out */
	uint64_t nr_overlaps; /* areas and ranges */
	GArray *passed;	      /* struct listing_quote of the first ones */
	GArray *overlaps;     /* the same */
	uint64_t nr_failures; /* lines about an allocation that failed */
	GArray *failures;     /* struct listing_failure of the first ones */
	const char *problem;  /* why the file ended too early, or NULL */
	const char *unfit;    /* why no machine could be booted with its windows, or NULL; static */
};

struct listing_options {
	struct listing_window vmalloc; /* end 0: the user gave none; from is not used */
	struct listing_window modules;
	uint64_t vmalloc_size; /* a size alone, in whole pages, else 0 */
	bool strict;  /* an error for what would be passed over or left out, and if hidden */
	bool memory;  /* an image is opened as a dump as well, for the bytes of its pages */
	bool as_dump; /* an image is read as any other core file */
	const struct dump_progress *progress; /* hears how far a dump is unpacked, or NULL */
};

/*
 * "START-END" (exclusive, or ending in fff) into *window, or for size not NULL
 * a size as in size.h into *size.  False if the word is neither.
 */
bool listing_parse_window(const char *word, struct listing_window *window, uint64_t *size);

/* One without areas, for those that read one; the path is copied. */
struct listing *listing_new(const char *path);

/*
 * Reads a file, or standard input for "-", plain, gzip or zstd: a text, a crash
 * dump or an image.  0 or -errno, and then *error is one line that begins with the
 * path (for g_free).  -EINVAL: there is no area in it, or strict found
 * something.
 */
int listing_read(const char *path, const struct listing_options *o, struct listing **ret,
		 char **error);
void listing_free(struct listing *l);

static inline struct listed *listing_area(const struct listing *l, guint i)
{
	return &g_array_index(l->areas, struct listed, i);
}

/* The i-th of an area's counts of nodes. */
static inline const struct listed_node *listing_node(const struct listing *l,
						     const struct listed *a, uint32_t i)
{
	return &g_array_index(l->nodes, struct listed_node, a->first_node + i);
}

/* A terminated string; NULL for LISTING_UNNAMED. */
static inline const char *listing_name(const struct listing *l, uint32_t name)
{
	return name == LISTING_UNNAMED ? NULL : listing_named(&l->names, name)->s;
}

/* What its caller is known for: enum name_role. */
static inline unsigned listed_roles(const struct listing *l, const struct listed *a)
{
	unsigned roles =
		a->caller == LISTING_UNNAMED ? 0 : listing_named(&l->names, a->caller)->roles;

	return roles |
	       (a->words == LISTING_UNNAMED ? 0 : listing_named(&l->names, a->words)->roles);
}

/* One past its last byte. */
static inline uint64_t listed_end(const struct listed *a)
{
	return a->start + a->size;
}

/* The kind that its words name: "vmalloc", "ioremap", "unpurged", ...; "other" without any. */
const char *listed_kind_name(const struct listing *l, const struct listed *a);

/* How many bytes at its start are mapped: all but the guard; 0 for a freed range. */
uint64_t listed_mapped(const struct listing *l, const struct listed *a);

/* The window that a range lies in, wholly or in part; NULL if it is in no window. */
const struct listing_window *listing_window_of(const struct listing *l, const struct listed *a);

/* The path for a message: '?' for what would end the line; "standard input" for "-" (g_free). */
char *listing_title(const char *path);

/*
 * Appends one line without newline: what came in and what did not, the first
 * lines passed over, and where the windows were taken from.
 */
void listing_summary(const struct listing *l, GString *out);

#endif
