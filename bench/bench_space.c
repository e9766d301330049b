/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address space alone: get_vm_area() and remove_vm_area(), nothing mapped,
 * beside the plain way to do it, first fit along a sorted linked list.
 *
 *	random	 a random area is removed, another one comes
 *	newest	 the area that came last is removed, another one comes
 *
 * Sizes are 1 to 32 pages at random, and a guard page.  N areas are made, then
 * replaced at random for a while, so that the space is as fragmented as it
 * gets; then ROUNDS rounds of each pattern are timed.  A figure is nanoseconds
 * for one pair of calls, the descriptor's malloc and free included: median,
 * minimum and maximum of the rounds.  The clock is the thread's own CPU time:
 * nothing here waits, and others who use the CPU meanwhile do not count.
 *
 * Both get the same requests, so both must give the same addresses: a checksum
 * over all of them is printed, and if it differs the exit status is 1.  The
 * list takes about a millisecond a pair for 100k areas: from 10k on it gets
 * fewer replacements, and the tree the same ones in a run beside it.
 *
 *	bench_space [N]...	(1000 10000 100000 1000000)
 *
 * Pin it: taskset -c 0 bench_space.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vmallocfs/vmalloc.h>

#define ROUNDS 5

/* One way of keeping areas. */
struct space {
	const char *name;
	void *(*create)(void);
	void (*destroy)(void *self);		      /* areas and all */
	vaddr_t (*get)(void *self, uint64_t size);    /* 0: no room */
	vaddr_t (*append)(void *self, uint64_t size); /* get, knowing that there are no holes */
	void (*put)(void *self, vaddr_t addr);
};

struct figures {
	double random[ROUNDS]; /* ns a pair */
	double newest[ROUNDS];
	uint64_t checksum;
};

/* How often a pair is done. */
struct plan {
	uint64_t areas;
	uint64_t warm;	/* before anything is timed */
	uint64_t round; /* in a round of either pattern */
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* --- the tree: the core itself ------------------------------------------------ */

static void *tree_create(void)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct machine *m;

	if (machine_boot(&c, &m) || vmalloc_init(m))
		die("boot");
	return m;
}

static void tree_destroy(void *self)
{
	vmalloc_exit(self);
	machine_destroy(self);
}

static vaddr_t tree_get(void *self, uint64_t size)
{
	const struct vm_struct *area = get_vm_area(self, size, VM_ALLOC, NULL);

	return area ? area->addr : 0;
}

static void tree_put(void *self, vaddr_t addr)
{
	free_vm_struct(self, remove_vm_area(self, addr));
}

/* --- the list ----------------------------------------------------------------- */

struct list_area {
	vaddr_t addr;
	uint64_t size;
	struct list_area *next;
	char rest[96]; /* a descriptor's other fields */
};

struct list {
	struct list_area *head;
	struct list_area **tail; /* these two while the list is being filled */
	vaddr_t end;
};

static void *list_create(void)
{
	struct list *list = calloc(1, sizeof(*list));

	if (!list)
		die("calloc");
	list->tail = &list->head;
	list->end = VMALLOC_START;
	return list;
}

static void list_destroy(void *self)
{
	struct list *list = self;

	while (list->head) {
		struct list_area *next = list->head->next;

		free(list->head);
		list->head = next;
	}
	free(list);
}

/* The first fit from *p on, below which [.., addr) is taken. */
static struct list_area *list_fit(struct list_area **p, vaddr_t addr, uint64_t size)
{
	const vaddr_t end = VMALLOC_START + VMALLOC_SIZE_MAX - 1;
	struct list_area *area = calloc(1, sizeof(*area));

	if (!area)
		die("calloc");
	size = PAGE_ALIGN(size) + PAGE_SIZE;
	for (; *p && (*p)->addr - addr < size; p = &(*p)->next)
		addr = (*p)->addr + (*p)->size;
	if (size > end - addr) {
		free(area);
		return NULL;
	}
	area->addr = addr;
	area->size = size;
	area->next = *p;
	*p = area;
	return area;
}

static vaddr_t list_get(void *self, uint64_t size)
{
	struct list *list = self;
	const struct list_area *area = list_fit(&list->head, VMALLOC_START, size);

	return area ? area->addr : 0;
}

static vaddr_t list_append(void *self, uint64_t size)
{
	struct list *list = self;
	struct list_area *area = list_fit(list->tail, list->end, size);

	if (!area)
		return 0;
	list->end = area->addr + area->size;
	list->tail = &area->next;
	return area->addr;
}

static void list_put(void *self, vaddr_t addr)
{
	struct list *list = self;
	struct list_area **p = &list->head;
	struct list_area *area;

	while (*p && (*p)->addr != addr)
		p = &(*p)->next;
	area = *p;
	if (area)
		*p = area->next;
	free(area);
}

static const struct space tree_space = {
	.name = "tree",
	.create = tree_create,
	.destroy = tree_destroy,
	.get = tree_get,
	.append = tree_get,
	.put = tree_put,
};

static const struct space list_space = {
	.name = "list",
	.create = list_create,
	.destroy = list_destroy,
	.get = list_get,
	.append = list_append,
	.put = list_put,
};

/* --- the run ------------------------------------------------------------------ */

struct run {
	const struct space *space;
	void *self;
	uint64_t rng;
	uint64_t checksum;
	uint64_t n;
	vaddr_t *live;
	vaddr_t newest;
};

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline uint64_t rng(struct run *r, uint64_t below)
{
	r->rng ^= r->rng << 13;
	r->rng ^= r->rng >> 7;
	r->rng ^= r->rng << 17;
	return ((r->rng >> 32) * below) >> 32;
}

static inline vaddr_t note(struct run *r, vaddr_t addr)
{
	if (!addr)
		die("no room");
	r->checksum = r->checksum * 31 + addr;
	return addr;
}

static inline uint64_t random_size(struct run *r)
{
	return (rng(r, 32) + 1) << PAGE_SHIFT;
}

static inline vaddr_t get(struct run *r)
{
	return note(r, r->space->get(r->self, random_size(r)));
}

static void replace_random(struct run *r, uint64_t times)
{
	while (times--) {
		vaddr_t *p = &r->live[rng(r, r->n)];

		r->space->put(r->self, *p);
		*p = get(r);
	}
}

static void replace_newest(struct run *r, uint64_t times)
{
	vaddr_t newest = r->live[0];

	while (times--) {
		r->space->put(r->self, newest);
		newest = get(r);
	}
	r->live[0] = newest;
}

static double timed(struct run *r, void (*fn)(struct run *r, uint64_t times), uint64_t times)
{
	double start = now_ns();

	fn(r, times);
	return (now_ns() - start) / (double)times;
}

static void measure(const struct space *space, const struct plan *plan, struct figures *ret)
{
	struct run r = {
		.space = space,
		.self = space->create(),
		.rng = UINT64_C(88172645463325252),
		.n = plan->areas,
		.live = calloc(plan->areas, sizeof(*r.live)),
	};

	if (!r.live)
		die("calloc");
	for (uint64_t i = 0; i < r.n; i++)
		r.live[i] = note(&r, space->append(r.self, random_size(&r)));
	replace_random(&r, plan->warm);
	for (unsigned i = 0; i < ROUNDS; i++)
		ret->random[i] = timed(&r, replace_random, plan->round);
	/* an area that has just come stands at live[0] */
	space->put(r.self, r.live[0]);
	r.live[0] = get(&r);
	for (unsigned i = 0; i < ROUNDS; i++)
		ret->newest[i] = timed(&r, replace_newest, plan->round);

	free(r.live);
	space->destroy(r.self);
	ret->checksum = r.checksum;
}

static int compare(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

static void print(const struct space *space, const struct plan *plan, struct figures *f)
{
	qsort(f->random, ROUNDS, sizeof(f->random[0]), compare);
	qsort(f->newest, ROUNDS, sizeof(f->newest[0]), compare);
	printf("%8" PRIu64 " %-5s %8" PRIu64 " %9.0f %9.0f %9.0f  %9.0f %9.0f %9.0f  %016" PRIx64
	       "\n",
	       plan->areas, space->name, plan->round, f->random[ROUNDS / 2], f->random[0],
	       f->random[ROUNDS - 1], f->newest[ROUNDS / 2], f->newest[0], f->newest[ROUNDS - 1],
	       f->checksum);
	fflush(stdout);
}

/* Runs both over the same requests. False if they differ. */
static bool measure_both(const struct plan *plan)
{
	struct figures tree, list;

	measure(&tree_space, plan, &tree);
	print(&tree_space, plan, &tree);
	measure(&list_space, plan, &list);
	print(&list_space, plan, &list);
	if (tree.checksum == list.checksum)
		return true;
	printf("the addresses differ\n");
	return false;
}

static bool run_size(uint64_t n)
{
	struct plan plan = { n, 100000, 100000 };
	struct figures f;

	if (n >= 1000000)
		plan.warm = 3000000;
	if (n <= 1000)
		return measure_both(&plan);

	measure(&tree_space, &plan, &f);
	print(&tree_space, &plan, &f);
	if (n > 100000)
		return true;
	plan.warm = 20000000 / n;
	plan.round = plan.warm / 5;
	return measure_both(&plan);
}

int main(int argc, char **argv)
{
	static const uint64_t sizes[] = { 1000, 10000, 100000, 1000000 };
	bool same = true;

	printf("%8s %-5s %8s %29s  %29s  %s\n", "", "", "", "random replacement, ns a pair",
	       "newest first, ns a pair", "");
	printf("%8s %-5s %8s %9s %9s %9s  %9s %9s %9s  %s\n", "areas", "", "a round", "median",
	       "min", "max", "median", "min", "max", "checksum");
	for (int i = 1; i < argc; i++) {
		uint64_t n = strtoull(argv[i], NULL, 0);

		if (n == 0) {
			fprintf(stderr, "usage: bench_space [N]...\n");
			return 2;
		}
		same &= run_size(n);
	}
	for (size_t i = 0; argc < 2 && i < sizeof(sizes) / sizeof(sizes[0]); i++)
		same &= run_size(sizes[i]);
	return same ? 0 : 1;
}
