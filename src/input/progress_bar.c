/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "input/progress_bar.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_CELLS 40
#define BAR_DELAY (G_USEC_PER_SEC / 2)

static void draw_progress(void *arg, double done)
{
	struct progress_bar *bar = arg;
	int percent = (int)(done * 100);

	if (percent == bar->percent || g_get_monotonic_time() - bar->start < BAR_DELAY)
		return;
	bar->percent = percent;
	fprintf(stderr, "\r%s [", bar->what);
	for (int i = 0; i < BAR_CELLS; i++)
		fputc(i < percent * BAR_CELLS / 100 ? '#' : ' ', stderr);
	fprintf(stderr, "] %3d %%", percent);
}

static void draw_nothing(void *arg, double done)
{
	(void)arg;
	(void)done;
}

void progress_bar_init(struct progress_bar *bar, const char *what)
{
	*bar = (struct progress_bar){
		.progress = { isatty(STDERR_FILENO) ? draw_progress : draw_nothing, bar },
		.what = what,
		.start = g_get_monotonic_time(),
		.percent = -1,
	};
}

void progress_bar_clear(struct progress_bar *bar)
{
	if (bar->percent >= 0)
		fputs("\r\033[K", stderr);
}
