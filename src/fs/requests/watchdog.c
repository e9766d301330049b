/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watchdog of the request loop: a thread that looks at the workers once a
 * tick, while there are requests.
 *
 *	request begins: the timer does not run? -> starts it
 *	tick:	a request under way for a tick loses the lead (is_slow)
 *		requests queue up, a CPU idles -> one more leader, for a while
 *		no request since the last tick -> stops the timer
 *
 * A tick is half a millisecond, so that a request that says nothing keeps the
 * lead for a millisecond at most.  A tick costs a timer interrupt and two
 * switches of threads, though, which in a virtual machine is as much as several
 * requests.  A client that is alone waits for no request but its own: while one
 * alone makes them, one after the other, ticks are further apart.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "fs/requests/worker.h"

#define TICK_NS 500000
#define LONG_TICK_NS 10000000

/* So many ticks of one client alone, and they become long ones. */
#define ALONE_TICKS 8

/* After so many ticks there is one leader less, and the queue is looked at anew. */
#define HELP_TICKS 64

static uint64_t cpu_time(const struct worker *w)
{
	struct timespec t = { 0 };
	clockid_t clock;

	if (!pthread_getcpuclockid(w->thread, &clock))
		clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* It waits for something other than a CPU. */
static bool is_asleep(const struct worker *w)
{
	char text[128] = "";
	const char *state;
	ssize_t n = -1;
	int fd;

	snprintf(text, sizeof(text), "/proc/self/task/%d/stat", (int)w->tid);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n < 0)
		return true;
	text[n] = '\0';
	state = strrchr(text, ')'); /* "TID (NAME) STATE ...", and the name may have anything */
	return !state || strncmp(state, ") R", 3);
}

/*
 * For a request that was under way at the last tick as well.  If its thread merely
 * waited for a CPU since then, another thread would have to wait for one too.
 */
static bool is_slow(const struct worker *w)
{
	return cpu_time(w) - w->seen_cpu >= TICK_NS / 2 || is_asleep(w);
}

/* True if the worker had or has a request since the last tick. Lock held. */
static bool look_at_worker(struct worker *w)
{
	uint64_t turn = atomic_load(&w->turn);
	bool running = turn & 1;
	bool news = turn != w->seen_turn;

	if (running && !news) {
		if (is_slow(w))
			loop_take_lead(w, turn);
	} else if (running) {
		w->seen_cpu = cpu_time(w);
	}
	w->seen_turn = turn;
	return running || news;
}

/* Whether requests of different clients came since the last tick. Lock held. */
static bool are_several(struct loop *loop)
{
	bool several = false;
	struct worker *w;

	LIST_FOREACH (w, &loop->workers, all) {
		unsigned changes = atomic_load_explicit(&w->changes, memory_order_relaxed);

		several |= changes != w->seen_changes;
		w->seen_changes = changes;
	}
	return several;
}

/* Fewer programs want to run than there are CPUs; we are one of them. */
static bool some_cpu_idles(const struct watchdog *dog)
{
	char text[64];
	ssize_t n = dog->load < 0 ? 0 : pread(dog->load, text, sizeof(text) - 1, 0);
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	long running;

	if (n <= 0)
		return false;
	text[n] = '\0';
	return sscanf(text, "%*s %*s %*s %ld/", &running) == 1 && running - 1 < cpus;
}

/* How many should lead. Lock held. */
static void adjust_leaders(struct loop *loop, bool several)
{
	struct pollfd queue = { .fd = fuse_session_fd(loop->se), .events = POLLIN };
	struct watchdog *dog = &loop->watchdog;

	if (!several) {
		loop->nr_wanted = 1;
		return;
	}
	if (loop->nr_wanted > 1 && ++dog->helped == HELP_TICKS) {
		dog->helped = 0;
		loop->nr_wanted--;
	}
	if (loop->nr_leading == loop->nr_wanted && loop->nr_wanted < dog->nr_cpus &&
	    poll(&queue, 1, 0) == 1 && some_cpu_idles(dog)) {
		dog->helped = 0;
		loop->nr_wanted++;
		loop_promote(loop);
	}
}

/* Nanoseconds to the next tick; 0: nothing happens. Lock held. */
static long tick(struct loop *loop)
{
	struct watchdog *dog = &loop->watchdog;
	bool running = false;
	bool busy = false;
	struct worker *w;
	bool several;

	LIST_FOREACH (w, &loop->workers, all) {
		busy |= look_at_worker(w);
		running |= w->seen_turn & 1;
	}
	several = are_several(loop);
	dog->alone = several || !busy ? 0 : dog->alone + 1;
	adjust_leaders(loop, several);
	/* The host may have a thread for us by now that it refused before. */
	if (!loop->nr_leading && loop->nr_workers < loop->config.max_threads) {
		loop_promote(loop);
		busy = true;
	}
	if (!busy)
		return 0;
	if (dog->alone <= ALONE_TICKS)
		return TICK_NS;
	/* After a long tick a short one, to see whether the request takes long. */
	return running && dog->alone & 1 ? TICK_NS : LONG_TICK_NS;
}

static void set_timer(struct watchdog *dog, long ns)
{
	const struct itimerspec at = { .it_value.tv_nsec = ns };

	timerfd_settime(dog->timer, 0, &at, NULL);
}

void watchdog_wake(struct loop *loop)
{
	if (!atomic_exchange(&loop->watchdog.ticking, true))
		set_timer(&loop->watchdog, TICK_NS);
}

/* The timer does not run. Lock held. */
static void pause_ticking(struct loop *loop)
{
	struct worker *w;

	atomic_store(&loop->watchdog.ticking, false);
	/* A worker that began a request before this store relies on us. */
	LIST_FOREACH (w, &loop->workers, all)
		if (atomic_load(&w->turn) != w->seen_turn)
			watchdog_wake(loop);
}

static void wait_for_timer(const struct watchdog *dog)
{
	uint64_t times;

	while (read(dog->timer, &times, sizeof(times)) < 0 && errno == EINTR)
		;
}

static void *watchdog_thread(void *arg)
{
	struct loop *loop = arg;
	long next;

	pthread_mutex_lock(&loop->lock);
	while (!loop->stop) {
		pthread_mutex_unlock(&loop->lock);
		wait_for_timer(&loop->watchdog);
		pthread_mutex_lock(&loop->lock);
		next = loop->stop ? 0 : tick(loop);
		if (next)
			set_timer(&loop->watchdog, next);
		else
			pause_ticking(loop);
	}
	pthread_mutex_unlock(&loop->lock);
	return NULL;
}

static unsigned count_cpus(void)
{
	cpu_set_t cpus;

	return sched_getaffinity(0, sizeof(cpus), &cpus) ? 1 : (unsigned)CPU_COUNT(&cpus);
}

void watchdog_start(struct loop *loop)
{
	struct watchdog *dog = &loop->watchdog;

	dog->timer = dog->load = -1;
	dog->ticking = true; /* so that no thread asks for ticks */
	if (loop->config.max_threads == 1)
		return;
	dog->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (dog->timer < 0)
		return;
	dog->load = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	dog->nr_cpus = count_cpus();
	dog->exists = !pthread_create(&dog->thread, NULL, watchdog_thread, loop);
	dog->ticking = !dog->exists;
}

void watchdog_stop(struct loop *loop)
{
	struct watchdog *dog = &loop->watchdog;

	if (dog->exists) {
		set_timer(dog, 1);
		pthread_join(dog->thread, NULL);
	}
	if (dog->load >= 0)
		close(dog->load);
	if (dog->timer >= 0)
		close(dog->timer);
}
