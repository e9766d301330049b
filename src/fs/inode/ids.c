/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/inode/counted.h"
#include "fs/inode/ids.h"

uint64_t ids_take(struct inode_ids *ids, struct machine *m, struct inode *inode)
{
	uint64_t id = ids->free ? ids->free : ids->used + 1;
	uint64_t at = id + (UINT64_C(1) << IDS_SHIFT) - 1;
	unsigned chunk = 63 - (unsigned)__builtin_clzll(at) - IDS_SHIFT;

	if (!ids->chunk[chunk]) {
		void *places = counted_alloc(m, sizeof(uintptr_t) << (chunk + IDS_SHIFT));

		if (!places)
			return 0;
		atomic_store_explicit(&ids->chunk[chunk], places, memory_order_release);
	}
	if (ids->free)
		ids->free = *ids_place(ids, id);
	else
		ids->used++;
	atomic_store_explicit(ids_place(ids, id), (uintptr_t)inode, memory_order_release);
	return id;
}

void ids_put(struct inode_ids *ids, uint64_t id)
{
	atomic_store_explicit(ids_place(ids, id), ids->free, memory_order_relaxed);
	ids->free = id;
}

void ids_free(struct inode_ids *ids, struct machine *m)
{
	for (unsigned i = 0; i < IDS_CHUNKS; i++)
		counted_free(m, (void *)ids->chunk[i]);
}
