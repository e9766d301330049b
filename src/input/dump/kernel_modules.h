/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The modules of a kernel: where they are, and the symbols in them.
 */
#ifndef INPUT_KERNEL_MODULES_H
#define INPUT_KERNEL_MODULES_H

#include <glib.h>

#include "input/dump/dump_memory.h"
#include "input/dump/kallsyms.h"
#include "input/dump/kernel_types.h"

struct kernel_modules {
	GPtrArray *modules; /* struct module */
};

/*
 * Reads the list that begins at `head`.  0 or -EINVAL (a module cannot be read,
 * or the list runs in a circle; *error, for g_free).
 */
int kernel_modules_read(struct kernel_modules *k, const struct dump_memory *mem,
			const struct kernel_types *t, uint64_t head, char **error);
void kernel_modules_free(struct kernel_modules *k);

/* The symbol that an address belongs to, and its module's name. False if it is in no module. */
bool kernel_modules_lookup(struct kernel_modules *k, const struct dump_memory *mem, uint64_t addr,
			   struct kallsyms_hit *ret, const char **module);

#endif
