/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints where the members of the public structures lie, for C and C++ to be
 * compared.
 */
#include <stdio.h>
#include <vmallocfs/vmalloc.h>

#define SIZE(type) printf(#type " %zu\n", sizeof(struct type))
#define PLACE(type, member)                                                                        \
	printf(#type "." #member " %zu\n",                                                         \
	       (size_t)((const char *)&((struct type *)room)->member - (const char *)room))

static uint64_t room[sizeof(struct machine) / 8 + 1];

int main(void)
{
	SIZE(fault_attr);
	PLACE(fault_attr, nth);
	PLACE(fault_attr, times);
	PLACE(fault_attr, ignore_gfp_wait);
	PLACE(fault_attr, stacktrace_depth);
	PLACE(fault_attr, name);
	PLACE(fault_attr, limit_used);
	SIZE(machine);
	PLACE(machine, vmalloc_end);
	PLACE(machine, init_on_alloc);
	PLACE(machine, crashed);
	PLACE(machine, failslab);
	PLACE(machine, kmalloc_live);
	PLACE(machine, trace_wanted);
	PLACE(machine, vmlist);
	SIZE(page);
	PLACE(page, flags);
	SIZE(page_array);
	SIZE(vm_struct);
	PLACE(vm_struct, node_pages);
	PLACE(vm_struct, caller);
	SIZE(zone_info);
	SIZE(trace_event);
	SIZE(translation);
	SIZE(vma);
	return 0;
}
