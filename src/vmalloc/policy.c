/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies by name.
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
	(void)m;
	return policy == VM_FIRST_FIT ? 0 : -ENOMEM;
}

enum vm_policy vmalloc_policy(const struct machine *m)
{
	(void)m;
	return VM_FIRST_FIT;
}

void vmlist_span(struct machine *m, struct vm_span *ret)
{
	(void)m;
	*ret = (struct vm_span){ 0 };
}
