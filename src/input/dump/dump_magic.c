/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What begins like a dump.  This needs no library, so that a program built
 * without one can say why it cannot read the file.
 */
#include <string.h>

#include "input/dump/dump_file.h"

static const char *const magics[] = {
	"\177ELF",	/* vmcore, /proc/kcore */
	"KDUMP   ",	/* makedumpfile */
	"DISKDUMP",	/* its ancestor */
	"makedumpfile", /* its flattened form */
};

bool dump_file_looks_like(const void *head, size_t len)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (len >= strlen(magics[i]) && !memcmp(head, magics[i], strlen(magics[i])))
			return true;
	return false;
}
