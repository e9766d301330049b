/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The symbols of a kernel, out of the table that it keeps for itself.
 *
 *	kallsyms_names		[3][T a 17][2][9 f]...	a length, then so many tokens
 *	kallsyms_token_index	[0][7][11]...		where each of 256 tokens begins
 *	kallsyms_token_table	"init_\0" "T\0" ...	what each token stands for
 *	kallsyms_offsets	[0][64][64][208]...	addresses, relative to one
 *
 * A length of 128 or more has two bytes: seven bits, then seven or eight more.
 * The first character of an expanded name is the symbol's type, the rest its
 * name.
 *
 * An offset is added to the base (all bits taken as unsigned).  Kernels whose
 * per-CPU symbols are absolute have them otherwise: an offset of 0 or more is
 * the address itself, and base - 1 - offset is that of any other symbol.  No
 * flag says which it is; a symbol whose address is known from elsewhere does.
 */
#ifndef INPUT_KALLSYMS_H
#define INPUT_KALLSYMS_H

#include <glib.h>

#include "input/dump/dump_memory.h"

struct kallsyms {
	uint32_t nr;
	uint64_t *addr; /* ascending, as the kernel has them */
	uint32_t *name; /* where the name begins in names */
	GString *names; /* each ends with a NUL */
};

/* Where a kernel has its tables, and one symbol that tells which kind its offsets are. */
struct kallsyms_place {
	uint64_t names;
	uint64_t num_syms;
	uint64_t token_table;
	uint64_t token_index;
	uint64_t offsets;
	uint64_t relative_base;
	const char *known;
	uint64_t known_addr;
};

/*
 * 0 or -EINVAL (the tables cannot be read, or contradict themselves; *error,
 * for g_free, says how).  Memory is bounded by what was read, at most 512 bytes a
 * symbol, 64 MiB in all.
 */
int kallsyms_init(struct kallsyms *k, const struct dump_memory *mem,
		  const struct kallsyms_place *place, char **error);
void kallsyms_deinit(struct kallsyms *k);

/* The address of the first symbol of that name. */
bool kallsyms_find(const struct kallsyms *k, const char *name, uint64_t *ret);

/* The symbol that an address belongs to, the first of several at one address. */
struct kallsyms_hit {
	const char *name;
	uint64_t offset; /* of the address in it */
	uint64_t length; /* up to the next symbol */
};
bool kallsyms_lookup(const struct kallsyms *k, uint64_t addr, struct kallsyms_hit *ret);

#endif
