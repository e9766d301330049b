/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that take runs from a batch, one after the other, until none is left.
 */
#include "replay/crew.h"

struct crew {
	struct run *run;
	unsigned nr_runs;
	const struct step *step; /* the batch */
	size_t n;
	uint32_t nr_slots;

	GMutex lock;	     /* of all that follows */
	GCond work;	     /* a batch has begun, or the crew ends */
	GCond done;	     /* the last run has taken its steps */
	unsigned next;	     /* the first run that no thread has begun */
	unsigned unfinished; /* runs */
	int err;
	bool end;

	unsigned nr_threads;
	GThread *thread[];
};

/* Lets one run take the batch. False if each of them has a thread already. Lock held. */
static bool take_run(struct crew *c)
{
	struct run *run;
	int err;

	if (c->next == c->nr_runs)
		return false;
	run = &c->run[c->next++];
	g_mutex_unlock(&c->lock);
	err = run_steps(run, c->step, c->n, c->nr_slots);
	g_mutex_lock(&c->lock);
	if (err)
		c->err = err;
	if (!--c->unfinished)
		g_cond_signal(&c->done);
	return true;
}

static gpointer crew_thread(gpointer arg)
{
	struct crew *c = arg;

	g_mutex_lock(&c->lock);
	while (!c->end)
		if (!take_run(c))
			g_cond_wait(&c->work, &c->lock);
	g_mutex_unlock(&c->lock);
	return NULL;
}

struct crew *crew_create(struct run *run, unsigned nr_runs, unsigned threads)
{
	unsigned most = MIN(nr_runs, threads - 1);
	struct crew *c = g_malloc0(sizeof(*c) + most * sizeof(c->thread[0]));

	c->run = run;
	c->nr_runs = nr_runs;
	c->next = nr_runs;
	g_mutex_init(&c->lock);
	g_cond_init(&c->work);
	g_cond_init(&c->done);
	/* Where the host has no thread left, the others do its work. */
	while (c->nr_threads < most) {
		GThread *thread = g_thread_try_new("replay", crew_thread, c, NULL);

		if (!thread)
			break;
		c->thread[c->nr_threads++] = thread;
	}
	return c;
}

void crew_destroy(struct crew *c)
{
	if (!c)
		return;
	crew_wait(c);
	g_mutex_lock(&c->lock);
	c->end = true;
	g_cond_broadcast(&c->work);
	g_mutex_unlock(&c->lock);
	for (unsigned i = 0; i < c->nr_threads; i++)
		g_thread_join(c->thread[i]);
	g_mutex_clear(&c->lock);
	g_cond_clear(&c->work);
	g_cond_clear(&c->done);
	g_free(c);
}

void crew_begin(struct crew *c, const struct step *step, size_t n, uint32_t nr_slots)
{
	g_mutex_lock(&c->lock);
	c->step = step;
	c->n = n;
	c->nr_slots = nr_slots;
	c->next = 0;
	c->unfinished = c->nr_runs;
	if (c->nr_threads)
		g_cond_broadcast(&c->work);
	g_mutex_unlock(&c->lock);
}

int crew_wait(struct crew *c)
{
	int err;

	g_mutex_lock(&c->lock);
	while (take_run(c))
		continue;
	while (c->unfinished)
		g_cond_wait(&c->done, &c->lock);
	err = c->err;
	g_mutex_unlock(&c->lock);
	return err;
}
