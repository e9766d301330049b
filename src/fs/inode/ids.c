/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/inode/counted.h"
#include "fs/inode/ids.h"

uint32_t ids_take(struct inode_ids *ids, struct machine *m, struct inode *inode)
{
	uint64_t id = ids->free ? ids->free : ids->used + 1;
	uint64_t at = id + (UINT64_C(1) << IDS_SHIFT) - 1;
	unsigned chunk = 63 - (unsigned)__builtin_clzll(at) - IDS_SHIFT;

	if (id > UINT32_MAX)
		return 0;
	if (!ids->chunk[chunk]) {
		void *places = counted_alloc(m, sizeof(uintptr_t) << (chunk + IDS_SHIFT));

		if (!places)
			return 0;
		atomic_store_explicit(&ids->chunk[chunk], places, memory_order_release);
	}
	if (ids->free)
		ids->free = *ids_place(ids, id) >> 1;
	else
		ids->used++;
	atomic_store_explicit(ids_place(ids, id), (uintptr_t)inode, memory_order_release);
	return (uint32_t)id;
}

void ids_put(struct inode_ids *ids, uint64_t id)
{
	atomic_store_explicit(ids_place(ids, id), ids->free << 1 | 1, memory_order_relaxed);
	ids->free = id;
}

struct inode *ids_at(const struct inode_ids *ids, uint64_t id)
{
	uintptr_t place = *ids_place(ids, id);

	return place & 1 ? NULL : (struct inode *)place;
}

struct inode *ids_next(const struct inode_ids *ids, uint64_t *id)
{
	while (*id < ids->used) {
		struct inode *inode = ids_at(ids, ++*id);

		if (inode)
			return inode;
	}
	return NULL;
}

void ids_free(struct inode_ids *ids, struct machine *m)
{
	for (unsigned i = 0; i < IDS_CHUNKS; i++)
		counted_free(m, (void *)ids->chunk[i]);
}
