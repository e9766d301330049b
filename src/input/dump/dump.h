/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vmalloc areas of a kernel, out of its crash dump or its live memory.
 * No debug info is needed, for the dump brings what is:
 *
 *	VMCOREINFO	where kallsyms is		dump_file.c
 *	kallsyms	where the lists are, callers	kallsyms.c
 *	BTF		what the lists are made of	kernel_types.c
 *	modules		callers in modules		kernel_modules.c
 *	the lists	the areas			kernel_areas.c
 *
 * So it is kernels of 6.0 and later that can be read: older ones do not say
 * where their kallsyms is.  Of a kernel that has neither symbols nor lists, such as a
 * machine of vmallocfs, the page tables tell where pages are mapped (dump_runs.c).
 *
 *	struct dump *d;
 *	char *error;
 *
 *	if (dump_open("vmcore", NULL, &d, &error)) ...
 *	for (guint i = 0; i < d->areas->len; i++)
 *		... dump_area(d, i) ...
 *	dump_close(d);
 */
#ifndef INPUT_DUMP_H
#define INPUT_DUMP_H

#include <glib.h>

#include "input/dump/dump_file.h"
#include "input/dump/kallsyms.h"
#include "input/dump/kernel_modules.h"
#include "input/dump/kernel_types.h"

enum dump_kind {
	DUMP_AREA,
	DUMP_MAP_RAM,  /* a block of vm_map_ram(): it has no struct vm_struct */
	DUMP_UNPURGED, /* freed, waits for a purge */
	DUMP_POOLED,   /* freed, kept in a pool: in no listing of the kernel's */
	DUMP_RUN,      /* pages mapped in a row: its size is theirs, and it has no array of pages */
};

struct dump_area {
	enum dump_kind kind;
	uint64_t start;
	uint64_t size;	 /* bytes, with the guard if there is one */
	uint64_t flags;	 /* the kernel's own VM_ flags */
	uint64_t caller; /* an address in its text, or 0 */
	uint64_t phys;
	uint64_t pages; /* address of the array of struct page pointers, or 0 */
	uint32_t nr_pages;
};

/* A range of addresses, [start, end); end 0: the dump does not say. */
struct dump_window {
	uint64_t start;
	uint64_t end;
	bool last_used; /* its last page may be in an area; on x86 it never is */
};

/* A NUMA node: the first of its frames, and how many it spans. */
struct dump_node {
	uint64_t start;
	uint64_t frames;
};

#define DUMP_PAE_LEVELS 3 /* of page tables, on i386 with PAE */

struct dump {
	struct dump_file *file;
	struct dump_memory memory;
	struct dump_memory physical;
	struct kallsyms symbols;
	struct kernel_types types;
	struct kernel_modules modules;
	GArray *areas;	     /* struct dump_area: in the order in which the kernel lists them */
	uint64_t areas_max;  /* no file of its size has more */
	bool runs;	     /* these are DUMP_RUN: it names no list */
	uint32_t list_nodes; /* since 6.9: how many lists they are in, by address: */
	uint64_t list_zone;  /* bytes in a row that are in one list */
	struct dump_window vmalloc;
	struct dump_window module_space;
	uint64_t vmemmap;	    /* address of the first struct page, or 0 */
	unsigned levels;	    /* of the page tables; 0: not those of x86-64 */
	uint64_t top_table;	    /* where these begin: a kernel address */
	struct dump_tables *tables; /* what dump_walk() keeps */
	struct dump_node *node;	    /* nr_nodes of them; NULL until they are looked for */
	unsigned nr_nodes;
};

/* Whether this program was built with what it takes. */
extern const bool dump_supported;

/* For --version: "crash dumps: ...", without newline (for g_free). */
char *dump_version(void);

/* "6.1.0-56-amd64", or "?". */
const char *dump_release(const struct dump *d);

/*
 * 0 or -errno; *error is then one line that begins with the path and says what
 * is missing and what to do (for g_free).  An area that cannot be read is an
 * error: there is never a list that looks whole and is not.
 */
int dump_open(const char *path, const struct dump_progress *progress, struct dump **ret,
	      char **error);
void dump_close(struct dump *d);

static inline const struct dump_area *dump_area(const struct dump *d, guint i)
{
	return &g_array_index(d->areas, struct dump_area, i);
}

/* Appends "symbol+0x12/0x340 [module]", or the address if no symbol is known. */
void dump_put_symbol(struct dump *d, uint64_t addr, GString *out);

/*
 * Appends what the kernel's own listing says of an area after its size, with the
 * blank before it.  0, or -EINVAL with *error.
 */
int dump_put_words(struct dump *d, const struct dump_area *a, GString *out, char **error);

/* Appends /proc/vmallocinfo as the kernel would have printed it.  0, or -EINVAL with *error. */
int dump_vmallocinfo(struct dump *d, GString *out, char **error);

/* The NUMA node that a frame is on; 0 if the dump does not say. */
unsigned dump_node_of(struct dump *d, uint64_t pfn);

/*
 * The frames of an area's pages first to first + n - 1, which it must have, into
 * pfn[].  0, or -EINVAL with *error.
 */
int dump_area_frames(struct dump *d, const struct dump_area *a, uint32_t first, uint32_t n,
		     uint64_t *pfn, char **error);

#endif
