/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random operations on a machine and on the simplest model of one, side by
 * side: same address or same error at every step.
 *
 *	model:	a sorted array of areas, searched from its start
 *		frames that have a count and a stamp, from which their bytes follow
 *		the set of page tables made so far
 *		a number: how many frames are free
 *
 * Ranges that were freed lazily stand among the model's areas, as a kind of
 * their own.
 *
 * VMALLOCFS_SEED and VMALLOCFS_OPS change what is done, and how much of it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vmallocfs/vmalloc.h>

#define P PAGE_SIZE
#define AREAS_MAX 400
#define HOST_ENTRIES 512 /* of a page array that is no area */
#define TABLES_MAX (1u << 16)

typedef unsigned __int128 wide; /* sums of addresses do not wrap */

struct frame {
	unsigned refs;
	uint64_t stamp; /* 0: reads as zeros */
	unsigned valid; /* bytes that follow from the stamp, then zeros */
};

enum kind { VMALLOC, USER, VMAP, IO, BARE, ARRAY, LAZY };

struct area {
	vaddr_t addr;
	uint64_t size; /* with guard */
	enum kind kind;
	uint64_t requested;
	uint64_t n;	      /* pages mapped */
	struct frame **frame; /* n; NULL for IO, BARE, ARRAY */
	uint64_t capacity;    /* of its page array */
	struct area *array;   /* that array, if it is an area */
};

struct range { /* a vma */
	struct vma *vma;
	uint64_t n, tables;
	struct frame **frame;
};

static struct {
	const char *run;
	uint64_t op;
	uint64_t random;
	struct machine *m;
	enum vm_policy policy;
	vaddr_t placed_end; /* of the area placed last */
	struct area *area[3 * AREAS_MAX];
	unsigned nr_areas;
	uint64_t lazy_max, nr_lazy; /* pages */
	struct range vma[4];
	uint64_t table[TABLES_MAX]; /* open hash: the number of what a table maps, and its level */
	uint64_t nr_tables;
	uint64_t free;
	uint64_t stamp;
	uint64_t failed[200]; /* by errno */
} w;

static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *fmt, ...)
{
	va_list ap;

	printf("not ok - %s, operation %llu: ", w.run, (unsigned long long)w.op);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	exit(1);
}

static uint64_t any(uint64_t n)
{
	w.random ^= w.random << 13;
	w.random ^= w.random >> 7;
	w.random ^= w.random << 17;
	return (w.random * UINT64_C(0x2545f4914f6cdd1d) >> 11) % n;
}

/* 0 as often as not.  One draw a statement: C does not say which of two comes first. */
static uint64_t maybe(uint64_t n)
{
	return any(2) ? any(n) : 0;
}

static void *get(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		abort();
	return p;
}

/* --- the model: places -------------------------------------------------------- */

static wide round_up(wide x, uint64_t align)
{
	return (x + align - 1) / align * align;
}

/* The part of the hole before area i that lies in the window; the last hole has no area behind it. */
static wide hole(unsigned i, wide start, wide end, wide *low)
{
	wide high = i < w.nr_areas ? w.area[i]->addr : -(wide)P & UINT64_MAX;

	*low = i ? (wide)w.area[i - 1]->addr + w.area[i - 1]->size : P;
	*low = *low < start ? start : *low;
	return high < end ? high : end;
}

/* The lowest aligned address from `from` on; false if the hole is too small. */
static bool fits(wide from, wide high, uint64_t size, uint64_t align, vaddr_t *ret)
{
	wide at = round_up(from, align);

	if (at + size > high)
		return false;
	*ret = (vaddr_t)at;
	return true;
}

/* The rules, word for word, over all holes. */
static int search_once(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, vaddr_t *ret)
{
	wide best = 0, low, high;
	bool found = false;
	vaddr_t at;

	if (align < P)
		align = P;
	for (unsigned i = 0; i <= w.nr_areas && w.policy == VM_NEXT_FIT; i++) {
		high = hole(i, start, end, &low);
		if (fits(low > w.placed_end ? low : w.placed_end, high, size, align, ret))
			return 0;
	}
	for (unsigned i = 0; i <= w.nr_areas; i++) {
		high = hole(i, start, end, &low);
		if (!fits(low, high, size, align, &at))
			continue;
		if (w.policy == VM_TOP_DOWN)
			*ret = (vaddr_t)((high - size) / align * align);
		else if (!found || (w.policy == VM_BEST_FIT && high - low < best) ||
			 (w.policy == VM_WORST_FIT && high - low > best)) {
			best = high - low;
			*ret = at;
		}
		found = true;
	}
	return found ? 0 : -ENOSPC;
}

static void purge(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w.nr_areas; i++) {
		if (w.area[i]->kind == LAZY)
			free(w.area[i]);
		else
			w.area[n++] = w.area[i];
	}
	w.nr_areas = n;
	w.nr_lazy = 0;
}

static int search(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, vaddr_t *ret)
{
	int err = search_once(size, align, start, end, ret);

	if (!err || !w.nr_lazy)
		return err;
	purge();
	return search_once(size, align, start, end, ret);
}

/* The same, and something is put there. */
static int place(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, vaddr_t *ret)
{
	int err = search(size, align, start, end, ret);

	if (!err)
		w.placed_end = *ret + size;
	return err;
}

static unsigned rank(vaddr_t addr)
{
	unsigned i = 0;

	while (i < w.nr_areas && w.area[i]->addr < addr)
		i++;
	return i;
}

static void insert(struct area *a)
{
	unsigned i = rank(a->addr);

	memmove(&w.area[i + 1], &w.area[i], (w.nr_areas - i) * sizeof(w.area[0]));
	w.area[i] = a;
	if (++w.nr_areas == 3 * AREAS_MAX)
		fail("the model is full");
}

static void take_out(const struct area *a)
{
	unsigned i = rank(a->addr);

	w.nr_areas--;
	memmove(&w.area[i], &w.area[i + 1], (w.nr_areas - i) * sizeof(w.area[0]));
}

/* A range that an area has just left. */
static void leave(vaddr_t addr, uint64_t size)
{
	struct area *a;

	if (!w.lazy_max)
		return;
	a = get(sizeof(*a));
	*a = (struct area){ .addr = addr, .size = size, .kind = LAZY };
	insert(a);
	w.nr_lazy += size / P;
	if (w.nr_lazy > w.lazy_max)
		purge();
}

static uint64_t io_align(uint64_t size)
{
	uint64_t align = P;

	while (align <= size && align < UINT64_C(1) << 30)
		align *= 2;
	return align;
}

/* An area that is reserved, and no more. */
static int reserve(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, enum kind kind,
		   struct area **ret)
{
	wide full = round_up(size, P) + P;
	struct area *a;
	vaddr_t addr = 0;
	int err;

	if (!size || round_up(size, P) >> 64)
		return -EINVAL;
	if (kind == IO && align < io_align(size))
		align = io_align(size);
	err = full >> 64 ? -ENOSPC : place((uint64_t)full, align, start, end, &addr);
	if (err)
		return err;
	a = get(sizeof(*a));
	*a = (struct area){ .addr = addr, .size = (uint64_t)full, .kind = kind, .requested = size };
	insert(a);
	*ret = a;
	return 0;
}

/* --- the model: tables and frames --------------------------------------------- */

static uint64_t *table_slot(uint64_t key)
{
	uint64_t i = key * UINT64_C(0x9e3779b97f4a7c15) >> 48;

	while (w.table[i] && w.table[i] != key)
		i = (i + 1) % TABLES_MAX;
	return &w.table[i];
}

/* Takes the tables that [addr, addr + n pages) lacks, from 2 MiB to 512 GiB each. */
static int take_tables(vaddr_t addr, uint64_t n)
{
	uint64_t missing = 0;

	for (unsigned pass = 0; pass < 2 && n; pass++) {
		for (unsigned shift = 21; shift <= 39; shift += 9)
			for (uint64_t i = addr >> shift; i <= (addr + n * P - 1) >> shift; i++) {
				uint64_t key = i << 6 | shift, *slot = table_slot(key);

				missing += !*slot && !pass;
				if (pass && !*slot) {
					*slot = key;
					w.nr_tables++;
				}
			}
		if (missing > w.free)
			return -ENOMEM;
		if (w.nr_tables + missing > TABLES_MAX / 2)
			fail("too many tables for the model");
	}
	w.free -= missing;
	return 0;
}

static void put_frame(struct frame *f)
{
	if (--f->refs)
		return;
	w.free++;
	free(f);
}

static void drop(struct area *a)
{
	take_out(a);
	leave(a->addr, a->size);
	if (a->frame)
		for (uint64_t i = 0; i < a->n; i++)
			put_frame(a->frame[i]);
	else if (a->kind == ARRAY)
		w.free += a->n;
	if (a->array)
		drop(a->array);
	free(a->frame);
	free(a);
}

static int new_area(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, enum kind kind,
		    struct area **ret);

/* A page array: NULL if it is none of the space's business. */
static int new_array(uint64_t entries, struct area **ret)
{
	*ret = NULL;
	if (entries <= HOST_ENTRIES)
		return 0;
	return new_area(entries * 8, 0, w.m->vmalloc_start, w.m->vmalloc_end, ARRAY, ret);
}

/* Area, array, frames, tables: in this order, and back if one is missing. */
static int new_area(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, enum kind kind,
		    struct area **ret)
{
	uint64_t n = (uint64_t)(round_up(size, P) >> PAGE_SHIFT);
	struct area *a;
	int err;

	if (!size)
		return -EINVAL;
	if (n > w.m->nr_frames)
		return -ENOMEM;
	err = reserve(size, align, start, end, kind, &a);
	if (err)
		return err;
	err = new_array(n, &a->array);
	if (!err && w.free < n)
		err = -ENOMEM;
	if (!err) {
		a->n = n;
		a->capacity = n;
		w.free -= n;
		if (kind != ARRAY)
			a->frame = get(n * sizeof(a->frame[0]));
		for (uint64_t i = 0; i < n && a->frame; i++) {
			a->frame[i] = get(sizeof(struct frame));
			a->frame[i]->refs = 1;
		}
		err = take_tables(a->addr, n);
	}
	if (err) { /* in the order in which they were got, backwards */
		if (a->array)
			drop(a->array);
		a->array = NULL;
		drop(a);
		return err;
	}
	*ret = a;
	return 0;
}

/* --- the model: resize -------------------------------------------------------- */

static void cut(struct area *a, uint64_t n)
{
	while (a->n > n)
		put_frame(a->frame[--a->n]);
	a->size = (n + 1) * P;
	if (a->array && n <= HOST_ENTRIES) {
		drop(a->array);
		a->array = NULL;
		a->capacity = n;
	}
}

/* Whether the next area is far enough. */
static bool grows_here(const struct area *a, uint64_t full)
{
	unsigned i = rank(a->addr) + 1;

	return i == w.nr_areas || (wide)a->addr + full <= w.area[i]->addr;
}

/* The place it grows to: its own, if need be after a purge, or one that is searched. */
static int new_place(const struct area *a, uint64_t full, vaddr_t *ret)
{
	vaddr_t start = w.m->vmalloc_start, end = w.m->vmalloc_end;

	if (a->addr > end || (wide)a->addr + full <= end) {
		if (!grows_here(a, full) && w.nr_lazy && search_once(full, P, start, end, ret))
			purge();
		*ret = a->addr;
		if (grows_here(a, full))
			return 0;
	}
	return place(full, P, start, end, ret);
}

static int grow(struct area *a, uint64_t n)
{
	uint64_t fresh = n - a->n, capacity = a->capacity;
	struct area *array = NULL;
	bool placed, moved;
	vaddr_t at;
	int err = 0;

	if (w.free < fresh)
		return -ENOMEM;
	w.free -= fresh;
	if (n > capacity) {
		capacity = n < 2 * a->capacity ? 2 * a->capacity : n;
		err = new_array(capacity, &array);
		if (err && capacity != n) {
			capacity = n;
			err = new_array(n, &array);
		}
	}
	if (!err)
		err = new_place(a, (n + 1) * P, &at);
	placed = !err;
	if (!err)
		err = at == a->addr ? take_tables(at + a->n * P, fresh) : take_tables(at, n);
	if (err) {
		w.free += fresh;
		if (placed && at != a->addr)
			leave(at, (n + 1) * P);
		if (array)
			drop(array);
		return err;
	}
	moved = at != a->addr;
	if (moved) {
		take_out(a);
		leave(a->addr, a->size);
	}
	a->addr = at;
	a->size = (n + 1) * P;
	if (moved)
		insert(a);
	if (capacity != a->capacity) {
		if (a->array)
			drop(a->array);
		a->array = array;
		a->capacity = capacity;
	}
	a->frame = realloc(a->frame, n * sizeof(a->frame[0]));
	for (; a->n < n; a->n++) {
		a->frame[a->n] = get(sizeof(struct frame));
		a->frame[a->n]->refs = 1;
	}
	return 0;
}

static int model_resize(struct area *a, uint64_t size)
{
	uint64_t n = (uint64_t)(round_up(size, P) >> PAGE_SHIFT);
	unsigned used = a->requested % P;
	struct frame *tail;
	int err;

	if (!size)
		return -EINVAL;
	if (n > w.m->nr_frames)
		return -ENOMEM;
	tail = a->frame[a->n - 1];
	if (n > a->n) {
		err = grow(a, n);
		if (err)
			return err;
	} else if (n < a->n) {
		cut(a, n);
	}
	/* What lay behind the end was cleared before the end went on. */
	if (size > a->requested && used && tail->valid > used)
		tail->valid = used;
	a->requested = size;
	return 0;
}

/* --- content ------------------------------------------------------------------ */

static void page_bytes(const struct frame *f, unsigned char *page)
{
	uint64_t word[P / 8];

	for (unsigned i = 0; f->stamp && i < P / 8; i++)
		word[i] = f->stamp * (2 * i + 1);
	if (f->stamp)
		memcpy(page, word, f->valid);
	memset(page + (f->stamp ? f->valid : 0), 0, P - (f->stamp ? f->valid : 0));
}

static void write_page(struct area *a, uint64_t i)
{
	struct frame *f = a->frame[i];
	unsigned char page[P];

	f->stamp = ++w.stamp * UINT64_C(0x9e3779b97f4a7c15);
	f->valid = P;
	page_bytes(f, page);
	if (vwrite_area(w.m, page, a->addr + i * P, P) != (ssize_t)P)
		fail("cannot write page %llu", (unsigned long long)i);
}

static void check_page(const struct frame *f, const unsigned char *got, const char *where,
		       uint64_t i)
{
	unsigned char want[P];

	page_bytes(f, want);
	if (memcmp(got, want, P))
		fail("page %llu of %s has other bytes", (unsigned long long)i, where);
}

static void check_content(const struct area *a)
{
	static unsigned char buf[16 * P];

	for (uint64_t i = 0; a->frame && i < a->n; i++) {
		if (i % 16 == 0) {
			size_t count = (a->n - i < 16 ? a->n - i : 16) * P;

			if (vread_area(w.m, buf, a->addr + i * P, count) != (ssize_t)count)
				fail("cannot read from page %llu", (unsigned long long)i);
		}
		check_page(a->frame[i], buf + i % 16 * P, "an area", i);
	}
	for (uint64_t i = 0; a->array && i < a->n; i += 1 + any(40)) {
		uint64_t entry = 0;

		vread(w.m, &entry, a->array->addr + 8 * i, 8);
		if (entry !=
		    pfn_to_vmemmap(page_to_pfn(w.m, vmalloc_to_page(w.m, a->addr + i * P))))
			fail("entry %llu of a page array is wrong", (unsigned long long)i);
	}
}

static void write_all(struct area *a)
{
	check_content(a); /* new frames are zero, old ones kept */
	for (uint64_t i = 0; i < a->n; i++)
		if (!a->frame[i]->stamp || any(8) == 0)
			write_page(a, i);
}

/* --- comparing ---------------------------------------------------------------- */

static void expect(vaddr_t got, int got_errno, int err, vaddr_t want, const char *what)
{
	if (err)
		w.failed[-err]++;
	if (err ? got || got_errno != -err : got != want)
		fail("%s gave %llx (errno %d), and %llx (errno %d) was expected", what,
		     (unsigned long long)got, got ? 0 : got_errno,
		     err ? 0 : (unsigned long long)want, -err);
}

static void compare_area(void *arg, const struct vm_struct *area)
{
	unsigned *i = arg;
	const struct area *a = *i < w.nr_areas ? w.area[*i] : NULL;

	++*i;
	if (!a || a->kind == LAZY || a->addr != area->addr || a->size != area->size ||
	    a->requested != area->requested_size ||
	    area->nr_pages != (a->kind == IO || a->kind == VMAP ? 0 : a->n) ||
	    !a->array != !(area->flags & VM_VPAGES))
		fail("area %u, at %llx, is not what it should be", *i - 1,
		     (unsigned long long)area->addr);
}

static void compare_lazy(void *arg, vaddr_t addr, uint64_t size)
{
	unsigned *i = arg;
	const struct area *a = *i < w.nr_areas ? w.area[*i] : NULL;

	++*i;
	if (!a || a->kind != LAZY || a->addr != addr || a->size != size)
		fail("range %u, at %llx, is not what it should be", *i - 1,
		     (unsigned long long)addr);
}

static void report(void *arg, const char *line)
{
	(void)arg;
	printf("# %s\n", line);
}

static void compare_all(void)
{
	unsigned i = 0;

	vmlist_for_each_range(w.m, compare_area, compare_lazy, &i);
	if (i != w.nr_areas)
		fail("%u areas, not %u", i, w.nr_areas);
	if (machine_check(w.m, report, NULL))
		fail("the machine's books are wrong");
	if (atomic_load(&w.m->nr_warn) || atomic_load(&w.m->nr_bad_page) ||
	    atomic_load(&w.m->crashed))
		fail("the machine complained");
}

/* --- operations ---------------------------------------------------------------- */

/* A random area of one of the kinds in the mask, or NULL. */
static struct area *pick(unsigned kinds)
{
	unsigned start = w.nr_areas ? (unsigned)any(w.nr_areas) : 0;

	for (unsigned i = 0; i < w.nr_areas && i < 20; i++) {
		struct area *a = w.area[(start + i) % w.nr_areas];

		if (kinds >> a->kind & 1)
			return a;
	}
	return NULL;
}

static uint64_t random_size(void)
{
	uint64_t x = any(1000), most = x < 700 ? 8 : x < 940 ? 32 : x < 995 ? 300 : 2500;

	if (x == 999)
		return any(2) ? any(3) : UINT64_MAX >> any(50);
	return any(4) ? (1 + any(most)) * P : 1 + any(most * P);
}

static void op_vmalloc(void)
{
	uint64_t size = random_size(), align = any(8) ? 0 : UINT64_C(1) << any(24);
	vaddr_t start = w.m->vmalloc_start, end = w.m->vmalloc_end, got;
	unsigned how = (unsigned)any(8);
	bool user = how == 1 || how == 4;
	struct area *a = NULL;
	int err;

	if (how == 7) {
		start += any(1000) * P;
		start += any(3);
		end = any(4) ? end : start + any(300) * P;
	}
	if (how < 7)
		align = 0;
	err = new_area(size, align, start, end, user ? USER : VMALLOC, &a);
	errno = 0;
	switch (how) {
	case 0:
		got = vmalloc_exec(w.m, size, "exec");
		break;
	case 1:
		got = vmalloc_user(w.m, size, "user");
		break;
	case 2:
		got = vmalloc_node(w.m, size, (int)any(w.m->nr_nodes + 1) - 1, "node");
		break;
	case 3:
		got = vmalloc_32(w.m, size, "32");
		break;
	case 4:
		got = vmalloc_32_user(w.m, size, "32_user");
		break;
	case 7:
		got = __vmalloc_node_range(w.m, size, align, start, end, GFP_KERNEL, PAGE_KERNEL, 0,
					   NUMA_NO_NODE, "range");
		break;
	default:
		got = vmalloc(w.m, size, NULL);
	}
	expect(got, errno, err, err ? 0 : a->addr, "an allocation");
	if (!err)
		write_all(a);
}

static void op_free(void)
{
	struct area *a = pick(1u << VMALLOC | 1u << USER | 1u << VMAP | 1u << IO | 1u << BARE);

	if (!a)
		return;
	check_content(a);
	if (a->kind == BARE && any(2))
		free_vm_struct(w.m, remove_vm_area(w.m, a->addr));
	else if (any(2))
		vfree(w.m, a->addr);
	else
		vunmap(w.m, a->addr);
	drop(a);
}

static void op_resize(void)
{
	struct area *a = pick(1u << VMALLOC | 1u << USER);
	uint64_t size;
	vaddr_t old, got = 0;
	int err, want;

	if (!a)
		return;
	old = a->addr;
	size = any(3) ? random_size() : a->requested + any(3 * P);
	check_content(a);
	want = model_resize(a, size);
	err = vresize(w.m, old, size, &got);
	expect(err ? 0 : got, -err, want, a->addr, "a resize");
	write_all(a);
}

static void op_vmap(void)
{
	struct area *from = pick(1u << VMALLOC | 1u << USER | 1u << VMAP), *a = NULL;
	static struct page *page[64];
	struct frame **frame;
	uint64_t count, first;
	vaddr_t got;
	int err;

	if (!from)
		return;
	frame = get(64 * sizeof(frame[0]));
	first = any(from->n);
	count = 1 + any(from->n - first < 64 ? from->n - first : 64);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = any(4) ? first + i : first;

		page[i] = vmalloc_to_page(w.m, from->addr + at * P);
		frame[i] = from->frame[at];
	}
	err = reserve(count * P, 0, w.m->vmalloc_start, w.m->vmalloc_end, VMAP, &a);
	if (!err) {
		err = take_tables(a->addr, count);
		if (err)
			drop(a);
	}
	errno = 0;
	got = vmap(w.m, page, count, VM_MAP, PAGE_KERNEL, "twin");
	expect(got, errno, err, err ? 0 : a->addr, "vmap");
	if (err) {
		free(frame);
		return;
	}
	a->frame = frame;
	a->n = count;
	for (uint64_t i = 0; i < count; i++)
		frame[i]->refs++;
	check_content(a);
	write_page(a, any(count)); /* the owner sees it, too */
}

static void op_ioremap(void)
{
	uint64_t size = any(3) ? 1 + any(16 * P) : 1 + any(P << any(10)),
		 offset = any(3) ? 0 : any(P);
	struct area *a = NULL;
	paddr_t phys = w.m->io_start + any(1000) * P + offset;
	pgprot_t flags = any(2) ? _PAGE_PCD : 0;
	vaddr_t got;
	int err;

	err = reserve(size + offset, 0, w.m->vmalloc_start, w.m->vmalloc_end, IO, &a);
	if (!err) {
		a->n = a->size / P - 1;
		a->requested = size;
		err = take_tables(a->addr, a->n);
		if (err)
			drop(a);
	}
	errno = 0;
	got = ioremap(w.m, phys, size, flags, "io");
	expect(got, errno, err, err ? 0 : a->addr + offset, "ioremap");
}

/* A window that makes no sense, or little. */
static void random_window(vaddr_t *start, vaddr_t *end)
{
	static const vaddr_t bases[] = { P, MODULES_VADDR, 0, VMALLOC_START - 40 * P };
	const struct area *a = pick(~0u);

	switch (any(8)) {
	case 0:
		*start = -(1 + any(40)) * P;
		*end = UINT64_MAX - maybe(20 * P);
		return;
	case 1:
		*start = bases[any(4)];
		*start += maybe(20 * P);
		*end = *start + any(60 * P);
		return;
	case 2: /* reversed */
		*end = w.m->vmalloc_start + any(100) * P;
		*start = *end + any(3) * P;
		return;
	case 3:
		*start = any(2) ? 0 : P;
		*end = UINT64_MAX;
		return;
	default: /* near some area */
		*start = (a ? a->addr : w.m->vmalloc_start) + any(9) * P - 4 * P;
		*start += maybe(P);
		*end = *start + any(1 + (P << any(9)));
		*end += maybe(12) * P;
	}
}

static void op_get_vm_area(void)
{
	uint64_t size = any(50) ? (1 + maybe(16)) * P : -maybe(4) * P;
	uint64_t less = maybe(P);
	uint64_t align = any(3) ? 0 : UINT64_C(1) << any(30);
	vaddr_t start, end;
	bool io = any(4) == 0;
	struct vm_struct *got;
	struct area *a = NULL;
	int err;

	size -= less;
	random_window(&start, &end);
	/* What is neither one half of the space nor the other can be had, but is no use. */
	if (size > UINT64_C(1) << 40 && end > start + size) {
		start = w.m->vmalloc_start;
		end = w.m->vmalloc_end;
	}
	err = reserve(size, align, start, end, io ? IO : BARE, &a);
	errno = 0;
	got = get_vm_area_range(w.m, size, align, io ? VM_IOREMAP : VM_ALLOC, start, end, -1,
				"bare");
	expect(got ? got->addr : 0, errno, err, err ? 0 : a->addr, "get_vm_area");
	if (a)
		a->kind = BARE;
}

static void drop_vma(struct range *r)
{
	vma_destroy(w.m, r->vma);
	w.free += r->tables;
	for (uint64_t i = 0; i < r->n; i++)
		put_frame(r->frame[i]);
	free(r->frame);
	*r = (struct range){ 0 };
}

static void op_vma(void)
{
	struct range *r = &w.vma[any(4)];
	struct area *a = pick(1u << USER);
	uint64_t n, first, tables;
	int err, want;

	if (r->vma) {
		static unsigned char page[P];
		uint64_t i = r->n ? any(r->n) : 0;

		if (r->n && vma_read(w.m, r->vma, page, i * P, P) == (ssize_t)P)
			check_page(r->frame[i], page, "a vma", i);
		else if (r->n)
			fail("cannot read a vma");
		drop_vma(r);
		return;
	}
	if (!a)
		return;
	n = 1 + any(a->n + 1);
	first = any(3) ? 0 : any(a->n + 2);
	want = w.free ? 0 : -ENOMEM;
	err = vma_create(w.m, n * P, &r->vma);
	expect(!err, -err, want, 1, "vma_create");
	if (err)
		return;
	w.free--;
	r->tables = 1;
	tables = 2 + (n + 511) / 512;
	want = first > a->n || n > a->n - first ? -EINVAL : tables > w.free ? -ENOMEM : 0;
	err = remap_vmalloc_range(w.m, r->vma, a->addr, first);
	expect(!err, -err, want, 1, "remap_vmalloc_range");
	if (err)
		return;
	w.free -= tables;
	r->tables += tables;
	r->n = n;
	r->frame = get(n * sizeof(r->frame[0]));
	for (uint64_t i = 0; i < n; i++) {
		r->frame[i] = a->frame[first + i];
		r->frame[i]->refs++;
	}
}

static void op_look(void)
{
	struct area *a = pick(1u << VMALLOC | 1u << USER | 1u << VMAP);

	if (!a)
		return;
	check_content(a);
	write_page(a, any(a->n));
}

static void op_lazy(void)
{
	if (any(2)) {
		purge_vmap_area_lazy(w.m);
		purge();
		return;
	}
	w.lazy_max = any(3) ? any(600) : 0;
	vmalloc_set_lazy_max(w.m, w.lazy_max);
	if (w.nr_lazy > w.lazy_max)
		purge();
}

static void one_op(void)
{
	/* The space fills up and empties again in waves. */
	unsigned wish = w.op / 3000 % 2 ? 30 : 42;
	unsigned x = (unsigned)any(100);

	if (any(300) == 0)
		op_lazy();
	else if (w.nr_areas >= AREAS_MAX || x >= 60 + wish / 2)
		op_free();
	else if (x < wish)
		op_vmalloc();
	else if (x < wish + 12)
		op_resize();
	else if (x < wish + 17)
		op_vmap();
	else if (x < wish + 20)
		op_ioremap();
	else if (x < wish + 25)
		op_get_vm_area();
	else if (x < wish + 27)
		op_vma();
	else
		op_look();
	if (nr_free_pages(w.m) != w.free)
		fail("%llu frames are free, not %llu", (unsigned long long)nr_free_pages(w.m),
		     (unsigned long long)w.free);
	if (vmalloc_nr_lazy(w.m) != w.nr_lazy)
		fail("%llu pages wait, not %llu", (unsigned long long)vmalloc_nr_lazy(w.m),
		     (unsigned long long)w.nr_lazy);
}

/* --- runs ---------------------------------------------------------------------- */

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

static void set_policy(enum vm_policy policy)
{
	if (vmalloc_set_policy(w.m, policy))
		fail("no %s", vm_policy_name(policy));
	w.policy = policy;
}

static void run(const struct run *r, uint64_t seed, uint64_t ops)
{
	struct machine_config c = { .memory = r->memory,
				    .nodes = r->nodes,
				    .vmalloc_size = r->window,
				    .init_on_alloc = true };

	memset(&w, 0, sizeof(w));
	w.run = r->name;
	w.random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	if (machine_boot(&c, &w.m) || vmalloc_init(w.m))
		fail("no machine");
	w.free = nr_free_pages(w.m);
	set_policy(r->policy);
	for (w.op = 1; w.op <= ops; w.op++) {
		if (r->switching && any(500) == 0)
			set_policy((enum vm_policy)any(NR_VM_POLICIES));
		one_op();
		if (w.op % 1000 == 0)
			compare_all();
	}
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

static uint64_t setting(const char *name, uint64_t value)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : value;
}

int main(void)
{
	uint64_t seed = setting("VMALLOCFS_SEED", 20061119);
	uint64_t ops = setting("VMALLOCFS_OPS", 1000000);

	printf("1..%u\n# VMALLOCFS_SEED=%llu VMALLOCFS_OPS=%llu\n", (unsigned)NR_RUNS,
	       (unsigned long long)seed, (unsigned long long)ops);
	for (unsigned i = 0; i < NR_RUNS; i++) {
		uint64_t n = ops * runs[i].percent / 100;

		run(&runs[i], seed + i, n);
		printf("ok %u - %s: %llu operations, %llu times ENOSPC, %llu ENOMEM\n", i + 1,
		       runs[i].name, (unsigned long long)n, (unsigned long long)w.failed[ENOSPC],
		       (unsigned long long)w.failed[ENOMEM]);
		fflush(stdout);
	}
	return 0;
}
