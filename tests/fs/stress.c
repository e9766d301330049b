/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stress [-c] [-d SEED] DIR SECONDS: readers, writers, creators, removers, renamers,
 * linkers and listers at once, on a few names, so that they meet.
 *
 * Every file whose name ends in the letter c holds nothing but the byte c, or
 * zeros where nothing was written: a reader that finds anything else has read
 * a frame of another file.  Names change within a letter only, and a vmap twin
 * keeps its file's letter.  Prints what was done; exit status 1 if a byte was
 * wrong or a call failed in a way that the others do not explain.
 *
 * -d: meanwhile random things are written over 1 % of all frames, whatever they
 * are used for.  Bytes may be wrong then and a call may fail with EIO, or with
 * SIGBUS in a mapping; nothing else may.
 *
 * -c: others do the same through ctl, change policies, switches and knobs, draw
 * pictures, and read trace_pipe until they are killed.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stress.h"

const char *top;
time_t deadline;
atomic_bool failed;
bool damaging;
unsigned damage_seed;
_Thread_local sigjmp_buf bus;

static atomic_uint nr_at_work; /* threads that have done something */
static bool vanishing;	       /* a mapped file may be taken away */

static _Atomic unsigned long counts[32];

void complain(const char *what, const char *path)
{
	if (damaging && errno == EIO)
		return;
	fprintf(stderr, "stress: %s %s: %s\n", what, path, strerror(errno));
	atomic_store(&failed, true);
}

static const struct act {
	const char *name;
	void (*fn)(unsigned *seed);
} acts[] = {
	{ "writes", write_file },
	{ "reads", read_file },
	{ "twin reads", read_twin },
	{ "twin writes", write_twin },
	{ "resizes", resize_file },
	{ "removals", remove_file },
	{ "renames", rename_file },
	{ "links", link_file },
	{ "mappings", map_file },
	{ "directories", list_all },
	{ "listings", read_listing },
	{ "kmem reads", read_kmem },
	/* with -c */
	{ "commands", write_commands },
	{ "knobs", turn_knob },
	{ "texts", read_text },
	{ "dead readers", kill_reader },
};
#define NR_COMMANDING 4
#define NR_ACTS (sizeof(acts) / sizeof(acts[0]))

static unsigned nr_acts = NR_ACTS - NR_COMMANDING; /* that there are now, a thread for each */

/* A thread has a favourite act and does the others now and then. */
static void *work(void *arg)
{
	unsigned favourite = *(unsigned *)arg;
	unsigned seed = favourite + 1;
	bool begun = false;

	while (time(NULL) < deadline && !atomic_load(&failed)) {
		unsigned n = rand_r(&seed) % 4 ? favourite : (unsigned)rand_r(&seed) % nr_acts;

		acts[n].fn(&seed);
		atomic_fetch_add(&counts[n], 1);
		if (!begun && atomic_fetch_add(&nr_at_work, 1) + 1 == nr_acts) {
			puts("all at work");
			fflush(stdout);
		}
		begun = true;
	}
	return NULL;
}

static void on_bus(int sig)
{
	(void)sig;
	siglongjmp(bus, 1);
}

int main(int argc, char **argv)
{
	pthread_t threads[NR_ACTS];
	unsigned numbers[NR_ACTS];
	pthread_t damager;
	int opt;

	while ((opt = getopt(argc, argv, "cd:")) != -1) {
		switch (opt) {
		case 'c':
			vanishing = true;
			nr_acts = NR_ACTS;
			break;
		case 'd':
			damaging = vanishing = true;
			damage_seed = (unsigned)strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	argv += optind - 1;
	if (argc - optind != 2)
		return 2;
	top = argv[1];
	deadline = time(NULL) + atoi(argv[2]);
	if (vanishing)
		signal(SIGBUS, on_bus);
	if (damaging) {
		if (pthread_create(&damager, NULL, damage, NULL))
			return 2;
	}
	for (unsigned i = 0; i < nr_acts; i++) {
		numbers[i] = i;
		if (pthread_create(&threads[i], NULL, work, &numbers[i]))
			return 2;
	}
	for (unsigned i = 0; i < nr_acts; i++)
		pthread_join(threads[i], NULL);
	if (damaging)
		pthread_join(damager, NULL);
	for (unsigned i = 0; i < nr_acts; i++) {
		printf("%8lu %s\n", atomic_load(&counts[i]), acts[i].name);
		if (!atomic_load(&counts[i]))
			atomic_store(&failed, true);
	}
	return atomic_load(&failed);
}
