/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the policies cost: get_vm_area() and remove_vm_area(), nothing mapped.
 *
 *	random	 a random area is removed, another one comes
 *	newest	 the area that came last is removed, another one comes
 *
 * Sizes are 1 to 32 pages at random, and a guard page.  N areas are made, then
 * replaced at random for a while; then the rounds are timed, one policy after
 * the other in each of them, so that all see the same weather.  A figure is the
 * least of ROUNDS, nanoseconds for a pair of calls, and beside it how many times
 * as long as first fit.  `steps` are the index nodes that a search looks at.
 *
 * Twice: in a window of 32 TiB, where worst fit and next fit always find new
 * space; and in one of 1.4 times what the areas take, where a placement can fail:
 * `failed` says how many of a million did.
 *
 *	bench_policy [N]...	(1000 100000)
 *
 * Pin it: taskset -c 0 bench_policy.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <vmallocfs/vmalloc.h>

#define ROUNDS 7
#define PAIRS 100000u /* in a round */

/* The address space of one policy. */
struct space {
	struct machine *m;
	enum vm_policy policy;
	uint64_t rng;
	uint64_t n;
	vaddr_t *live; /* 0: a placement failed */
	uint64_t gets, failed;
	double random, newest; /* the least, ns a pair */
	double steps;
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline uint64_t rng(struct space *s, uint64_t below)
{
	s->rng ^= s->rng << 13;
	s->rng ^= s->rng >> 7;
	s->rng ^= s->rng << 17;
	return ((s->rng >> 32) * below) >> 32;
}

static vaddr_t get(struct space *s)
{
	uint64_t size = (rng(s, 32) + 1) << PAGE_SHIFT;
	const struct vm_struct *area = get_vm_area(s->m, size, VM_ALLOC, NULL);

	s->gets++;
	s->failed += !area;
	return area ? area->addr : 0;
}

static void replace(struct space *s, vaddr_t *p)
{
	if (*p)
		free_vm_struct(s->m, remove_vm_area(s->m, *p));
	*p = get(s);
}

static void replace_random(struct space *s)
{
	for (unsigned i = 0; i < PAIRS; i++)
		replace(s, &s->live[rng(s, s->n)]);
}

static void replace_newest(struct space *s)
{
	for (unsigned i = 0; i < PAIRS; i++)
		replace(s, &s->live[0]);
}

static void timed(struct space *s, void (*fn)(struct space *s), double *least)
{
	double start = now_ns();
	double ns;

	fn(s);
	ns = (now_ns() - start) / PAIRS;
	if (!*least || ns < *least)
		*least = ns;
}

static void space_init(struct space *s, enum vm_policy policy, uint64_t n, uint64_t window)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	c.vmalloc_size = window;
	*s = (struct space){
		.policy = policy,
		.rng = UINT64_C(88172645463325252),
		.n = n,
		.live = calloc(n, sizeof(*s->live)),
	};
	if (!s->live)
		die("calloc");
	if (machine_boot(&c, &s->m) || vmalloc_init(s->m) || vmalloc_set_policy(s->m, policy))
		die("boot");
	vmalloc_set_lazy_max(s->m, 0); /* also where the policy would say else */
	for (uint64_t i = 0; i < n; i++)
		s->live[i] = get(s);
	for (uint64_t i = 0; i < 2 * n; i += PAIRS)
		replace_random(s);
	s->gets = s->failed = 0;
}

static void space_deinit(struct space *s)
{
	free(s->live);
	vmalloc_exit(s->m);
	machine_destroy(s->m);
}

static void count_steps(struct space *s)
{
	struct vm_span before, after;

	vmlist_span(s->m, &before);
	replace_random(s);
	vmlist_span(s->m, &after);
	s->steps = (double)(after.steps - before.steps) / PAIRS;
}

static void run(uint64_t n, uint64_t window, const char *what)
{
	static struct space space[NR_VM_POLICIES];
	const struct space *first = &space[VM_FIRST_FIT];

	for (unsigned p = 0; p < NR_VM_POLICIES; p++) {
		space_init(&space[p], p, n, window);
		count_steps(&space[p]);
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned p = 0; p < NR_VM_POLICIES; p++)
			timed(&space[p], replace_random, &space[p].random);
		for (unsigned p = 0; p < NR_VM_POLICIES; p++)
			timed(&space[p], replace_newest, &space[p].newest);
	}
	for (unsigned p = 0; p < NR_VM_POLICIES; p++) {
		struct space *s = &space[p];

		printf("%8" PRIu64 " %-6s %-10s %8.0f %6.2f %8.0f %6.2f %8.1f %8.0f\n", n, what,
		       vm_policy_name(p), s->random, s->random / first->random, s->newest,
		       s->newest / first->newest, s->steps,
		       (double)s->failed * 1e6 / (double)s->gets);
		fflush(stdout);
	}
	for (unsigned p = 0; p < NR_VM_POLICIES; p++)
		space_deinit(&space[p]);
}

static void run_size(uint64_t n)
{
	/* 16.5 pages and a guard, on average */
	run(n, VMALLOC_SIZE_MAX, "wide");
	run(n, (n * 49 / 2) << PAGE_SHIFT, "tight");
}

int main(int argc, char **argv)
{
	printf("%8s %-6s %-10s %8s %6s %8s %6s %8s %8s\n", "areas", "window", "policy", "random",
	       "", "newest", "", "steps", "failed");
	for (int i = 1; i < argc; i++) {
		uint64_t n = strtoull(argv[i], NULL, 0);

		if (n == 0) {
			fprintf(stderr, "usage: bench_policy [N]...\n");
			return 2;
		}
		run_size(n);
	}
	if (argc < 2) {
		run_size(1000);
		run_size(100000);
	}
	return 0;
}
