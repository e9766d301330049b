/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines of several kinds, each with its number of random operations.
 *
 *	VMALLOCFS_SEED=N	other operations
 *	VMALLOCFS_OPS=N		more or fewer of them
 *
 * Each run is a process of its own, so that one that crashes is a failed test
 * like any other.  A failure is often seen long after its cause: a lost frame is
 * counted after each operation, but a byte in the wrong place is found when its
 * area is looked at again.  So a run that failed is repeated to find the shortest
 * prefix that fails, by probes.  A probe is a copy of the process (fork), in which
 * everything is compared and the machine is then emptied, as at the end of a run:
 *
 *	1st repetition	a probe after each 1000 operations:	2000 right, 3000 wrong
 *	2nd		each 100 of those after 2000:		2400 right, 2500 wrong
 *	3rd		each 10 of those after 2400:		2410 right, 2420 wrong
 *	4th		each of those after 2410:		2416 right, 2417 wrong
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "history.h"
#include "model.h"

static const struct run {
	const char *name;
	uint64_t memory, window;
	unsigned nodes;
	unsigned percent; /* of the operations asked for */
	enum vm_policy policy;
	bool switching; /* to any other, now and then */
} runs[] = {
	{ "64M of memory", 64 << 20, VMALLOC_SIZE_MAX, 1, 100, VM_FIRST_FIT, false },
	{ "a window of 256K", 64 << 20, 256 << 10, 1, 10, VM_FIRST_FIT, false },
	{ "a window of 1M", 64 << 20, 1 << 20, 1, 10, VM_FIRST_FIT, false },
	{ "a window of 4M", 64 << 20, 4 << 20, 1, 15, VM_FIRST_FIT, false },
	{ "8M of memory", 8 << 20, UINT64_C(1) << 30, 1, 15, VM_FIRST_FIT, false },
	{ "three nodes", 48 << 20, UINT64_C(1) << 40, 3, 25, VM_FIRST_FIT, false },
	{ "next-fit", 64 << 20, UINT64_C(1) << 30, 1, 15, VM_NEXT_FIT, false },
	{ "best-fit", 64 << 20, UINT64_C(1) << 30, 1, 15, VM_BEST_FIT, false },
	{ "worst-fit", 64 << 20, UINT64_C(1) << 30, 1, 15, VM_WORST_FIT, false },
	{ "top-down", 64 << 20, UINT64_C(1) << 30, 1, 15, VM_TOP_DOWN, false },
	{ "a window of 4M, all policies in turn", 64 << 20, 4 << 20, 1, 20, VM_BEST_FIT, true },
	{ "a window of 16M, all policies in turn", 64 << 20, 16 << 20, 1, 20, VM_WORST_FIT, true },
};

#define NR_RUNS (sizeof(runs) / sizeof(runs[0]))

/* How a run is carried out. */
struct pass {
	const struct run *run;
	uint64_t seed, ops;
	uint64_t probe_step; /* 0: no probes */
	uint64_t probe_from; /* after this operation and all those before it everything was right */
};

/* --- one run ------------------------------------------------------------------- */

static void boot(const struct run *r, uint64_t seed)
{
	struct machine_config c = { .memory = r->memory,
				    .nodes = r->nodes,
				    .vmalloc_size = r->window,
				    .init_on_alloc = true };

	memset(&w, 0, sizeof(w));
	w.random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	if (machine_boot(&c, &w.m) || vmalloc_init(w.m))
		fail("no machine");
	w.free = nr_free_pages(w.m);
	set_policy(r->policy);
}

/* Frees everything: the machine must have what it had when it was booted. */
static void tear_down(void)
{
	history_stop();
	for (unsigned i = 0; i < 4; i++)
		if (w.vma[i].vma)
			drop_vma(&w.vma[i]);
	w.lazy_max = 0;
	vmalloc_set_lazy_max(w.m, 0);
	purge();
	while (w.nr_areas) {
		struct area *a = pick(~(1u << ARRAY));

		if (a) {
			check_content(a);
			vfree(w.m, a->addr);
			drop(a);
		}
	}
	compare_all();
	vmalloc_exit(w.m);
	if (nr_free_pages(w.m) != w.free || atomic_load(&w.m->kmalloc_live))
		fail("something is lost");
	machine_destroy(w.m);
}

/* Whether the child ended with status 0.  If fail() did not say why not, this does. */
static bool succeeded(pid_t child)
{
	int status = 0;

	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (child > 0 && !status)
		return true;
	if (!*history->message)
		snprintf(history->message, sizeof(history->message), "%s",
			 child < 0	       ? "cannot fork"
			 : WIFSIGNALED(status) ? strsignal(WTERMSIG(status))
					       : "the process left, see its stderr");
	return false;
}

/* Ends the run as failed if it would fail if it ended here. */
static void probe(void)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		compare_all();
		compare_content();
		tear_down();
		_exit(0);
	}
	if (!succeeded(child))
		_exit(1);
	history->right = w.op;
}

static void run(const struct pass *p)
{
	boot(p->run, p->seed);
	for (w.op = 1; w.op <= p->ops; w.op++) {
		history->op = w.op;
		if (p->run->switching && any(500) == 0)
			set_policy((enum vm_policy)any(VM_TOP_DOWN +
						       1)); /* check_generation has the rest */
		one_op();
		if (w.op % 1000 == 0)
			compare_all();
		if (p->probe_step && w.op > p->probe_from && w.op % p->probe_step == 0)
			probe();
	}
	history->op = p->ops;
	tear_down();
}

/* The same in a process of its own, whose history is left. */
static bool run_alone(const struct pass *p, unsigned number)
{
	pid_t child;

	history_clear();
	history->right = p->probe_from;
	fflush(stdout);
	child = fork();
	if (child == 0) {
		run(p);
		if (number)
			printf("ok %u - %s: %llu operations, %llu times ENOSPC, %llu ENOMEM\n",
			       number, p->run->name, (unsigned long long)p->ops,
			       (unsigned long long)w.failed[ENOSPC],
			       (unsigned long long)w.failed[ENOMEM]);
		exit(0); /* where leaks are looked for */
	}
	return succeeded(child);
}

/* --- what to say of a failure --------------------------------------------------- */

/* Repeats the run that has just failed, and says after how many operations it would have. */
static void find_prefix(const struct pass *failed)
{
	struct pass p = *failed;

	p.ops = history->op;
	for (p.probe_step = 1; p.probe_step * 10 < p.ops; p.probe_step *= 10)
		;
	for (; p.probe_step; p.probe_step /= 10) {
		if (run_alone(&p, 0)) {
			printf("# repeated, it did not fail\n");
			return;
		}
		p.ops = history->op;
		p.probe_from = history->right;
	}
	printf("# the shortest prefix that fails has %llu operations: %s\n",
	       (unsigned long long)history->op, history->message);
	history_print();
}

static void explain(const struct pass *failed, unsigned number)
{
	printf("not ok %u - %s: operation %llu: %s\n", number, failed->run->name,
	       (unsigned long long)history->op, history->message);
	history_print();
	fflush(stdout);
	find_prefix(failed);
	fflush(stdout);
}

static uint64_t setting(const char *name, uint64_t value)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : value;
}

int main(void)
{
	uint64_t seed = setting("VMALLOCFS_SEED", 20061119);
	uint64_t ops = setting("VMALLOCFS_OPS", 1000000);
	bool failed = false;

	history_init();
	printf("1..%u\n# VMALLOCFS_SEED=%llu VMALLOCFS_OPS=%llu\n", (unsigned)NR_RUNS,
	       (unsigned long long)seed, (unsigned long long)ops);
	for (unsigned i = 0; i < NR_RUNS; i++) {
		struct pass p = { .run = &runs[i], .seed = seed + i };

		p.ops = ops * runs[i].percent / 100;
		if (!run_alone(&p, i + 1)) {
			explain(&p, i + 1);
			failed = true;
		}
	}
	return failed;
}
