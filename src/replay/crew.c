/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that take runs from a batch, one after the other, until none is left.
 *
 * The locks are those of pthreads, which TSan follows; it does not see GLib's.
 */
#include <pthread.h>

#include "replay/crew.h"

struct crew {
	struct run *run;
	unsigned nr_runs;
	const struct step *step; /* the batch */
	size_t n;
	uint32_t nr_slots;

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t work;  /* a batch has begun, or the crew ends */
	pthread_cond_t done;  /* the last run has taken its steps */
	unsigned next;	      /* the first run that no thread has begun */
	unsigned unfinished;  /* runs */
	int err;
	bool end;

	unsigned nr_threads;
	pthread_t thread[];
};

/* Lets one run take the batch. False if each of them has a thread already. Lock held. */
static bool take_run(struct crew *c)
{
	struct run *run;
	int err;

	if (c->next == c->nr_runs)
		return false;
	run = &c->run[c->next++];
	pthread_mutex_unlock(&c->lock);
	err = run_steps(run, c->step, c->n, c->nr_slots);
	pthread_mutex_lock(&c->lock);
	if (err)
		c->err = err;
	if (!--c->unfinished)
		pthread_cond_signal(&c->done);
	return true;
}

static void *crew_thread(void *arg)
{
	struct crew *c = arg;

	machine_alone(true);
	pthread_mutex_lock(&c->lock);
	while (!c->end)
		if (!take_run(c))
			pthread_cond_wait(&c->work, &c->lock);
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

struct crew *crew_create(struct run *run, unsigned nr_runs, unsigned threads)
{
	unsigned most = MIN(nr_runs, threads - 1);
	struct crew *c = g_malloc0(sizeof(*c) + most * sizeof(c->thread[0]));

	/* A run is one thread's at a time, and the crew's lock hands it on. */
	machine_alone(true);
	c->run = run;
	c->nr_runs = nr_runs;
	c->next = nr_runs;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->work, NULL);
	pthread_cond_init(&c->done, NULL);
	/* If the host makes no more threads, those that there are do all the work. */
	while (c->nr_threads < most) {
		if (pthread_create(&c->thread[c->nr_threads], NULL, crew_thread, c))
			break;
		c->nr_threads++;
	}
	return c;
}

void crew_destroy(struct crew *c)
{
	if (!c)
		return;
	crew_wait(c);
	pthread_mutex_lock(&c->lock);
	c->end = true;
	pthread_cond_broadcast(&c->work);
	pthread_mutex_unlock(&c->lock);
	for (unsigned i = 0; i < c->nr_threads; i++)
		pthread_join(c->thread[i], NULL);
	machine_alone(false);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->work);
	pthread_cond_destroy(&c->done);
	g_free(c);
}

void crew_begin(struct crew *c, const struct step *step, size_t n, uint32_t nr_slots)
{
	pthread_mutex_lock(&c->lock);
	c->step = step;
	c->n = n;
	c->nr_slots = nr_slots;
	c->next = 0;
	c->unfinished = c->nr_runs;
	if (c->nr_threads)
		pthread_cond_broadcast(&c->work);
	pthread_mutex_unlock(&c->lock);
}

int crew_wait(struct crew *c)
{
	int err;

	pthread_mutex_lock(&c->lock);
	while (take_run(c))
		continue;
	while (c->unfinished)
		pthread_cond_wait(&c->done, &c->lock);
	err = c->err;
	pthread_mutex_unlock(&c->lock);
	return err;
}
