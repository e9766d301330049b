/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of words, made from the tables that the core itself looks words up in.
 */
#include <string.h>

#include <vmallocfs/machine.h>
#include <vmallocfs/vmalloc.h>

#include "input/word_lists.h"

bool word_list_append(const char *name, GString *out)
{
	if (!strcmp(name, "policies"))
		for (unsigned i = 0; i < NR_VM_POLICIES; i++)
			g_string_append_printf(out, "%s\n", vm_policy_name((enum vm_policy)i));
	else if (!strcmp(name, "arch"))
		for (unsigned i = 0; i < NR_ARCHS; i++)
			g_string_append_printf(out, "%s\n",
					       machine_arch((enum machine_arch)i)->name);
	else
		return false;
	return true;
}
