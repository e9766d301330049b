/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simplest model of a machine.  It is kept beside a real one, and after
 * each operation the two must agree: same address, or same error.
 *
 *	model.c		what each call should do: places, tables, frames
 *	compare.c	whether machine and model agree
 *	ops.c		random operations, carried out on both
 *	history.c	the operations done last, to explain a failure
 *	runs.c		machines of several kinds, the search for the cause, main()
 *
 * The model is:
 *
 *	a sorted array of areas, searched from its start
 *	frames that have a count and a stamp, from which their bytes follow
 *	the set of page tables made so far
 *	a number: how many frames are free
 *
 * Ranges that were freed lazily are in the same array, as a kind of area.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vmallocfs/vmalloc.h>

#define P PAGE_SIZE
#define AREAS_MAX 400
#define TABLES_MAX (1u << 16)
#define NR_SPACES 2 /* vmalloc with all that lies in no space, and modules */

typedef unsigned __int128 wide; /* sums of addresses do not wrap */

struct frame {
	unsigned refs;
	uint64_t stamp; /* 0: reads as zeros */
	unsigned valid; /* so many bytes follow from the stamp, the others are zeros */
};

enum kind { VMALLOC, USER, VMAP, IO, BARE, ARRAY, LAZY };

struct area {
	vaddr_t addr;
	uint64_t size; /* with guard */
	enum kind kind;
	uint64_t requested;
	uint64_t n;	      /* pages mapped */
	struct frame **frame; /* n; NULL for IO, BARE, ARRAY */
	uint64_t capacity;    /* of its page array */
	struct area *array;   /* that array, if it is an area */
};

struct range { /* a vma */
	struct vma *vma;
	uint64_t n, tables;
	struct frame **frame;
};

/* The machine and its model.  There is one at a time, in a process of its own. */
struct world {
	uint64_t op; /* the operation that is carried out, from 1 */
	uint64_t random;
	struct machine *m;
	enum vm_policy policy;
	vaddr_t placed_end[NR_SPACES]; /* of the area placed last there */
	struct area *area[3 * AREAS_MAX];
	unsigned nr_areas;
	uint64_t lazy_max, nr_lazy[NR_SPACES]; /* pages */
	struct range vma[4];
	uint64_t table[TABLES_MAX]; /* open hash: the number of what a table maps, and its level */
	uint64_t nr_tables;
	uint64_t free;
	uint64_t stamp;
	uint64_t failed[200]; /* by errno */
};

extern struct world w;

/* --- model.c ------------------------------------------------------------------ */

/* A random number below n. */
uint64_t any(uint64_t n);

/* Zeroed memory; the test ends if malloc fails. */
void *get(size_t size);

/*
 * What a call of the same name does: it changes the model, and returns 0 or the
 * negative errno that is expected.
 */
int reserve(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, enum kind kind,
	    struct area **ret);
int new_area(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, enum kind kind,
	     struct area **ret);
int model_resize(struct area *a, uint64_t size);
int take_tables(vaddr_t addr, uint64_t n);

void drop(struct area *a);
void put_frame(struct frame *f);
void purge(void);

/* The same for every space in which more waits than may. */
void keep_below_max(void);

/* --- compare.c ---------------------------------------------------------------- */

/* The call gave `got`, or 0 and that errno.  Ends the run unless err and want say the same. */
void expect(vaddr_t got, int got_errno, int err, vaddr_t want, const char *what);

/* Each of these ends the run if something differs. */
void check_page(const struct frame *f, const unsigned char *got, const char *where, uint64_t i);
void check_content(const struct area *a);
void check_counts(void);    /* free frames, pages that wait: cheap enough for each operation */
void compare_all(void);	    /* every area, and the machine with itself */
void compare_content(void); /* every byte of every area */

/* Gives page i of an area new bytes, in both. */
void write_page(struct area *a, uint64_t i);
/* The same for all pages that were not written yet, and some others. */
void write_all(struct area *a);

/* --- ops.c -------------------------------------------------------------------- */

/* One random operation. */
void one_op(void);
void set_policy(enum vm_policy policy);
void drop_vma(struct range *r);
/* A random area of one of the kinds in the mask, or NULL. */
struct area *pick(unsigned kinds);

#endif
