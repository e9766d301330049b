/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies by name, and the one that a machine has.  How each one finds its
 * place is the index's matter: gaptree.c, gapfit.c, kerneltree.c.
 */
#include <string.h>

#include "vmalloc/generation.h"
#include "vmalloc/vmlist.h"

static const char *const names[NR_VM_POLICIES] = {
	[VM_FIRST_FIT] = "first-fit",	[VM_NEXT_FIT] = "next-fit", [VM_BEST_FIT] = "best-fit",
	[VM_WORST_FIT] = "worst-fit",	[VM_TOP_DOWN] = "top-down", [VM_LINUX_6_1] = "linux-6.1",
	[VM_LINUX_6_12] = "linux-6.12",
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

uint64_t vmalloc_linux_lazy_max(const struct machine *m)
{
	return fls64(m->nr_cpus) * UINT64_C(8192);
}

/* Until vmalloc_set_lazy_max() is called, the policy says what may wait.  Write-locked. */
static void follow_policy(struct machine *m, enum vm_policy policy)
{
	struct lazy *l = &m->vmlist->lazy;

	if (!l->max_is_set) {
		l->max_pages = vm_policy_is_linux(policy) ? vmalloc_linux_lazy_max(m) : 0;
		if (l->nr_pages > l->max_pages)
			purge_locked(m);
	}
	follow_ceiling(m, policy);
}

int vmalloc_set_policy(struct machine *m, enum vm_policy policy)
{
	struct vmlist *v = m->vmlist;
	struct pools *pools = NULL;
	int err = 0;

	vmlist_write_lock(m);
	if (policy_has_pools(m, policy) && !v->pools)
		err = pools_create(m, m->nr_cpus, &pools);
	if (!err)
		err = gaptree_set_policy(&v->tree, policy);
	if (err) {
		pools_destroy(pools);
	} else {
		if (pools)
			v->pools = pools;
		else if (!policy_has_pools(m, policy))
			drop_pools(m);
		atomic_store_explicit(&v->policy, policy, memory_order_relaxed);
		follow_policy(m, policy);
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

void vmlist_span_in(struct machine *m, vaddr_t start, vaddr_t limit, struct vm_span *ret)
{
	vmlist_read_lock(m);
	gaptree_span_in(&m->vmlist->tree, start, limit, ret);
	vmlist_read_unlock(m);
}

void vmlist_span_below(struct machine *m, vaddr_t limit, struct vm_span *ret)
{
	vmlist_read_lock(m);
	gaptree_span_below(&m->vmlist->tree, limit, ret);
	vmlist_read_unlock(m);
}

uint64_t vmalloc_unusable_pages(const struct machine *m)
{
	if (!m->vmlist)
		return UNUSABLE_PAGES;
	return atomic_load_explicit(&m->vmlist->unusable_pages, memory_order_relaxed);
}

uint64_t vmalloc_unusable_below(const struct machine *m)
{
	uint64_t pages = vmalloc_unusable_pages(m);

	if (pages >= UINT64_MAX >> PAGE_SHIFT)
		return UINT64_MAX;
	return pages ? (pages + 1) << PAGE_SHIFT : 0;
}

void vmalloc_set_unusable_pages(struct machine *m, uint64_t pages)
{
	struct vmlist *v = m->vmlist;

	vmlist_write_lock(m);
	atomic_store_explicit(&v->unusable_pages, pages, memory_order_relaxed);
	if (v->tree.small)
		gaptree_set_small(&v->tree, vmalloc_unusable_below(m));
	vmlist_changed(v);
	vmlist_write_unlock(m);
}

void vmlist_count_unusable(struct machine *m)
{
	vmlist_write_lock(m);
	gaptree_set_small(&m->vmlist->tree, vmalloc_unusable_below(m));
	vmlist_write_unlock(m);
}
