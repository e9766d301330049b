/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every machine must be like, whatever it was told to do.
 */
#ifndef FUZZ_MACHINE_H
#define FUZZ_MACHINE_H

#include <vmallocfs/vmalloc.h>

#include "fuzz.h"

static inline void fuzz_report(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

/*
 * It is sound, it goes on, and it warned of nothing (but with `warns`).  Else
 * its log is shown before the end.
 */
static inline void fuzz_check_machine(struct machine *m, bool warns)
{
	bool wrong = m->nr_bad_page || m->crashed || (m->nr_warn && !warns);
	char *log;
	size_t len;

	FUZZ_ASSERT(!machine_check(m, fuzz_report, NULL));
	if (wrong && !log_read(m, &log, &len)) {
		fwrite(log, 1, len, stderr);
		free(log);
	}
	FUZZ_ASSERT(!wrong);
}

#endif
