/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies by name, and the one that a machine has.  How each one finds its
 * place is the index's matter: gaptree.c and gapfit.c.
 */
#include <string.h>

#include "vmalloc/vmlist.h"

static const char *const names[NR_VM_POLICIES] = {
	[VM_FIRST_FIT] = "first-fit", [VM_NEXT_FIT] = "next-fit", [VM_BEST_FIT] = "best-fit",
	[VM_WORST_FIT] = "worst-fit", [VM_TOP_DOWN] = "top-down",
};

const char *vm_policy_name(enum vm_policy policy)
{
	return names[policy];
}

int vm_policy_parse(const char *name, enum vm_policy *ret)
{
	for (unsigned i = 0; i < NR_VM_POLICIES; i++) {
		if (!strcmp(name, names[i])) {
			*ret = i;
			return 0;
		}
	}
	return -EINVAL;
}

int vmalloc_set_policy(struct machine *m, enum vm_policy policy)
{
	struct vmlist *v = m->vmlist;
	int err;

	vmlist_write_lock(m);
	err = gaptree_set_policy(&v->tree, policy);
	if (!err) {
		atomic_store_explicit(&v->policy, policy, memory_order_relaxed);
		vmlist_changed(v);
	}
	vmlist_write_unlock(m);
	return err;
}

enum vm_policy vmalloc_policy(const struct machine *m)
{
	return atomic_load_explicit(&m->vmlist->policy, memory_order_relaxed);
}

void vmlist_span(struct machine *m, struct vm_span *ret)
{
	vmlist_read_lock(m);
	gaptree_span(&m->vmlist->tree, ret);
	vmlist_read_unlock(m);
}
