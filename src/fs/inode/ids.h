/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers by which the kernel names inodes: places in a table.
 *
 *	id		1    2    ...  1024 | 1025 ...            3072 | 3073 ...
 *	chunk 0		[ *  | *  |    |  * ]
 *	chunk 1				     [  *  | ...          |  * ]
 *	chunk 2						     twice as long again
 *
 * A number says nothing of where the inode is in the daemon's memory, which an
 * address would tell everybody: name_to_handle_at(2) shows it.  A chunk never moves,
 * so an id is looked up without a lock.
 *
 * Free places are a list: each has the number of the place that became free before it,
 * times two plus one.  No inode is at an odd address, so the two cannot be confused.  Ids
 * are used again; the pair of an id and st_ino, which the kernel gets as the generation,
 * is not.
 */
#ifndef FS_IDS_H
#define FS_IDS_H

#include <stdatomic.h>
#include <stdint.h>

#define IDS_SHIFT 10 /* the first chunk has 1024 places */
#define IDS_CHUNKS (64 - IDS_SHIFT)

struct inode;
struct machine;

struct inode_ids {
	_Atomic(_Atomic(uintptr_t) *) chunk[IDS_CHUNKS];
	uint64_t used; /* places that ever had an inode */
	uint64_t free; /* the place that became free last; 0: none */
};

/* A place of the table. */
static inline _Atomic(uintptr_t) *ids_place(const struct inode_ids *ids, uint64_t id)
{
	uint64_t at = id + (UINT64_C(1) << IDS_SHIFT) - 1;
	unsigned top = 63 - (unsigned)__builtin_clzll(at);

	return atomic_load_explicit(&ids->chunk[top - IDS_SHIFT], memory_order_acquire) +
	       (at - (UINT64_C(1) << top));
}

/* The inode that has an id. It has one until ids_put(). */
static inline struct inode *ids_find(const struct inode_ids *ids, uint64_t id)
{
	return (struct inode *)atomic_load_explicit(ids_place(ids, id), memory_order_acquire);
}

/* Gives an inode an id, the first one 1. 0: the host has no memory. Tree lock held. */
uint32_t ids_take(struct inode_ids *ids, struct machine *m, struct inode *inode);

/* The id may be another inode's from now on. Tree lock held. */
void ids_put(struct inode_ids *ids, uint64_t id);

/* The inode in a place that had one, at most ids->used, or NULL. Tree lock held. */
struct inode *ids_at(const struct inode_ids *ids, uint64_t id);

/*
 * The inode with the lowest id above *id, which becomes *id, or NULL:
 *
 *	uint64_t id = 0;
 *	while ((inode = ids_next(ids, &id)))
 *
 * Tree lock held.
 */
struct inode *ids_next(const struct inode_ids *ids, uint64_t *id);

/* Frees the table. */
void ids_free(struct inode_ids *ids, struct machine *m);

#endif
