/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring of the operations done last.  They are kept as formats and words, and
 * become text only when something failed: writing a million lines that nobody
 * reads would take longer than the test.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "../errno_name.h"
#include "history.h"

#define NR_STEPS (sizeof(history->step) / sizeof(history->step[0]))

struct history *history;
static bool stopped;

void history_init(void)
{
	history = mmap(NULL, sizeof(*history), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (history == MAP_FAILED) {
		perror("model: mmap");
		exit(1);
	}
}

void history_clear(void)
{
	memset(history, 0, sizeof(*history));
}

void history_stop(void)
{
	stopped = true;
}

void note_call(const char *call, const char *format, const uint64_t *arg)
{
	struct step *s = &history->step[history->nr_steps % NR_STEPS];

	if (stopped)
		return;
	history->nr_steps++;
	*s = (struct step){ .op = history->op, .call = call, .format = format };
	memcpy(s->arg, arg, sizeof(s->arg));
}

void note_answer(vaddr_t got, int err)
{
	struct step *s = &history->step[(history->nr_steps - 1) % NR_STEPS];

	s->answered = true;
	s->got = got;
	s->err = err;
}

static void print_step(const struct step *s)
{
	printf("# %9lu %s(", s->op, s->call);
	printf(s->format, s->arg[0], s->arg[1], s->arg[2], s->arg[3]);
	printf(")");
	if (s->answered && s->err)
		printf(" = %s", errno_name(s->err));
	else if (s->answered && s->got > 1)
		printf(" = 0x%lx", s->got);
	printf("\n");
}

void history_print(void)
{
	uint64_t n = history->nr_steps;

	printf("# the last operations:\n");
	for (uint64_t i = n < NR_STEPS ? 0 : n - NR_STEPS; i < n; i++)
		print_step(&history->step[i % NR_STEPS]);
}

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(history->message, sizeof(history->message), fmt, ap);
	va_end(ap);
	fflush(stdout);
	_Exit(1);
}
