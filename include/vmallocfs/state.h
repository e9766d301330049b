/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping a machine: its memory as it was at one moment, and the rest of its state as
 * bytes.
 *
 *	frames	  [used][used][free][used, never written][free][used]
 *	moment	    0     1                  2                    3	slots
 *
 * A moment knows the frames that were in use when it began, in ascending order,
 * and gives their bytes of then, while the machine goes on.  Nothing is copied
 * when it begins: each frame in use that may hold something gets a mark (PG_moment),
 * and a thread that is about to write to a marked frame, to zero it or to give its bytes
 * back to the host copies it first and takes the mark off.  So a moment costs copies of
 * what changes while it is read, and no more.
 *
 *	int err = vmalloc_moment_begin(m, &mo);		// nothing else runs
 *	for (slot = 0; slot < moment_frames(mo); slot++)
 *		err = moment_read(mo, slot, 1, buf);	// meanwhile all goes on
 *	moment_end(mo);
 */
#ifndef VMALLOCFS_STATE_H
#define VMALLOCFS_STATE_H

#include <vmallocfs/machine.h>
#include <vmallocfs/page.h>

VMALLOCFS_BEGIN_DECLS

struct moment;

/* n frames in a row, with descriptors that are alike. */
struct moment_run {
	pfn_t pfn;
	uint64_t n;
	uint64_t slot; /* of the first one */
	uint32_t owner;
	uint32_t refcount;
	/*
	 * PG_ bits.  Without PG_dirty the frames are zeros; with PG_unread as well the bytes are in
	 * the machine's frame_source.
	 */
	uint8_t flags;
};

/*
 * Begins a moment.  The caller keeps all other threads out of the machine, except
 * for pages_give_back(), until it returns.  0, -EBUSY (there are two already),
 * -ENOMEM (the host's memory, or the machine's limit on it).
 *
 * Frames and references that only a vma has are not in it: a vma is a process's,
 * and no process is kept.
 */
int vmalloc_moment_begin(struct machine *m, struct moment **ret);

/* The same of a machine without an address space. */
int moment_begin(struct machine *m, struct moment **ret);

/* Forgets it.  Any thread, while others use the machine. */
void moment_end(struct moment *mo);

/* The frames that it has, in runs by ascending frame number.  They stay until moment_end(). */
const struct moment_run *moment_runs(const struct moment *mo, size_t *n);
uint64_t moment_frames(const struct moment *mo);

/* The run of a slot, which exists; that of a frame, or NULL if the frame was free. */
const struct moment_run *moment_run_at(const struct moment *mo, uint64_t slot);
const struct moment_run *moment_run_of(const struct moment *mo, pfn_t pfn);

/*
 * The bytes of n frames from a slot on, as they were.  0, or -EIO: a copy would
 * have passed the limit on the host's memory, and the moment is lost for good; or a
 * loaded dump cannot give its bytes.  The log says so.  Any thread.
 */
int moment_read(struct moment *mo, uint64_t slot, size_t n, void *buf);

/*
 * The rest of a machine's state, as bytes.
 *
 * Each module writes and reads what is its own, by the pair of functions below.
 * What they write is a row of numbers, each as small as it can be (seven bits a
 * byte, the lowest first; bit 7 says that another one follows), and of bytes.
 * doc/image.md says which.  Names of parts, checksums and where things lie in a
 * file are a matter of who keeps the bytes.
 *
 * Reading trusts nothing: what is wrong is noted once, with its place, and all
 * that is read afterwards is 0.
 */
struct state_out {
	unsigned char *bytes;
	size_t len;
	size_t room;
	bool failed; /* the host had no memory for them */
};

void state_out_deinit(struct state_out *o);
void state_put(struct state_out *o, uint64_t value);
void state_put_signed(struct state_out *o, int64_t value); /* 0, -1, 1, ... as 0, 1, 2, ... */
void state_put_bytes(struct state_out *o, const void *bytes, size_t n);
void state_put_string(struct state_out *o, const char *s); /* NULL is fine */

struct state_in {
	const unsigned char *start;
	const unsigned char *at;
	const unsigned char *end;
	const char *wrong; /* NULL, or what is: static */
	size_t wrong_at;   /* bytes from the start */
};

/* Notes what is wrong, unless something was already; nothing is left to read then. */
void state_wrong(struct state_in *in, const char *what);

uint64_t state_get(struct state_in *in);
int64_t state_get_signed(struct state_in *in);
uint64_t state_get_max(struct state_in *in, uint64_t max, const char *what); /* above: wrong */
uint64_t state_get_count(struct state_in *in, const char *what); /* of things of a byte or more */
const unsigned char *state_get_bytes(struct state_in *in, size_t n); /* NULL: not so many */

/* malloc'ed for the caller, or NULL.  0, or -ENOMEM. */
int state_get_string(struct state_in *in, char **ret);

/* 0, or -EINVAL: something is wrong, perhaps that not all was read. */
int state_get_end(struct state_in *in);

/*
 * The machine's own state.  To save it nothing else may run in the machine.  Loading
 * gives 0, -EINVAL (in->wrong says what is) or -ENOMEM; after a failure the machine
 * is good for nothing but to be destroyed.
 *
 *	config	what it was booted with
 *	frames	descriptors, free lists and stacks; of a moment.  Loaded into a machine
 *		that was just booted with the config, before vmalloc_init().  The runs
 *		are malloc'ed for the caller; they are those that moment_runs() gave.
 *	knobs	and counters, fault injection
 *	log	and its rate limit
 */
void machine_save_config(const struct machine *m, struct state_out *o);
int machine_load_config(struct state_in *in, struct machine_config *ret);
void machine_save_frames(struct machine *m, const struct moment *mo, struct state_out *o);
int machine_load_frames(struct machine *m, struct state_in *in, struct moment_run **ret, size_t *n);

/*
 * Reads the frames without a machine: nr_frames is how many the saved machine has, *cr3
 * becomes the address of its PGD, and *ret its *n runs, which the caller frees.  0, -ENOMEM,
 * or -EINVAL: in->wrong says why.
 */
int machine_list_frames(struct state_in *in, uint64_t nr_frames, paddr_t *cr3,
			struct moment_run **ret, size_t *n);

void machine_save_knobs(struct machine *m, struct state_out *o);
int machine_load_knobs(struct machine *m, struct state_in *in);
void log_save(struct machine *m, struct state_out *o);
int log_load(struct machine *m, struct state_in *in);

/*
 * That of the address space: areas, ranges that wait, pools, device ranges, the
 * policy and what it remembers.  Loaded after vmalloc_init(), into a machine with
 * the frames and their bytes.
 */
void vmalloc_save(struct machine *m, struct state_out *o);
int vmalloc_load(struct machine *m, struct state_in *in);

/* A page array may be an area that has a page array, and so on: so many times at most. */
#define VM_ARRAY_DEPTH_MAX 8

/*
 * A saved address space without a machine: functions are called for each of its areas, by
 * ascending address, and then for each range that was freed and is not yet a hole.
 */
struct vm_saved_area {
	vaddr_t addr;
	uint64_t size; /* guard included */
	uint64_t requested_size;
	uint32_t flags;
	gfp_t gfp;
	uint64_t prot;
	int node;
	uint32_t tag; /* a number that only this area has, and keeps */
	uint32_t pool_node;
	paddr_t phys_addr;
	uint64_t nr_pages;
	const char *caller; /* points into the bytes that are read: no 0 at its end; or NULL */
	size_t caller_len;
	vaddr_t array_of; /* 0, or the area whose page array it is */
	uint64_t node_pages[NODES_MAX];
	vaddr_t array; /* its page array: an area, or 0 */
	uint64_t capacity;
	bool host_array; /* its page array is in host memory, and its entries come next */
};

struct vm_saved_fns {
	void (*area)(void *arg, const struct vm_saved_area *area);
	void (*freed)(void *arg, vaddr_t addr, uint64_t size, bool pooled);
};

/*
 * Calls fns for what was saved of a machine with so many nodes and processors; pooled is
 * true for a range in a pool, false for one that waits to be purged.  0, or -EINVAL:
 * in->wrong says why, and the calls until then were made.
 */
int vmalloc_list_saved(struct state_in *in, unsigned nodes, unsigned cpus,
		       const struct vm_saved_fns *fns, void *arg);

VMALLOCFS_END_DECLS

#endif
