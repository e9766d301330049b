/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each call takes the lock that its contract names, and gives it back; and the index
 * of areas is never looked at without the lock, nor changed while it is held for
 * reading alone.
 *
 * The linker puts this file between the core and the C library, and between the
 * core's own files (--wrap): it sees each lock that is taken and each call of the
 * index.  A race checker only finds a lock that is missing when two threads happen
 * to meet there.
 */
#include <pthread.h>
#include <semaphore.h>

#include "space.h"
#include "vmalloc/vmlist.h"

#define P PAGE_SIZE

static struct machine *m;

/* What the thread of the test holds, and how often it took each. */
static _Thread_local bool watched;
static bool alone; /* it has said that it needs no lock */
static unsigned readers, writers, mutexes;
static unsigned nr_read, nr_written, nr_mutex;

static void need_lock(const char *what, bool writing)
{
	if (watched && !alone && !writers && (writing || !readers))
		ck_abort_msg("%s without vmlist_lock%s", what, writing ? " for writing" : "");
}

static bool is_vmlist_lock(const pthread_rwlock_t *lock)
{
	return watched && lock == &m->vmlist->lock;
}

static bool is_pgtable_lock(const pthread_mutex_t *lock)
{
	return watched && lock == &m->pgtable_lock;
}

/* NAME(ARGUMENTS) with its declarations, as the linker wants it. */
#define WRAP(type, name, ...)                                                                      \
	type __real_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__)

WRAP(int, pthread_rwlock_rdlock, pthread_rwlock_t *lock)
{
	if (is_vmlist_lock(lock)) {
		readers++;
		nr_read++;
	}
	return __real_pthread_rwlock_rdlock(lock);
}

WRAP(int, pthread_rwlock_wrlock, pthread_rwlock_t *lock)
{
	if (is_vmlist_lock(lock)) {
		writers++;
		nr_written++;
	}
	return __real_pthread_rwlock_wrlock(lock);
}

WRAP(int, pthread_rwlock_unlock, pthread_rwlock_t *lock)
{
	if (is_vmlist_lock(lock)) {
		ck_assert_uint_eq(readers + writers, 1);
		readers = writers = 0;
	}
	return __real_pthread_rwlock_unlock(lock);
}

WRAP(int, pthread_mutex_lock, pthread_mutex_t *lock)
{
	if (is_pgtable_lock(lock)) {
		mutexes++;
		nr_mutex++;
	}
	return __real_pthread_mutex_lock(lock);
}

WRAP(int, pthread_mutex_unlock, pthread_mutex_t *lock)
{
	if (is_pgtable_lock(lock)) {
		ck_assert_uint_eq(mutexes, 1);
		mutexes = 0;
	}
	return __real_pthread_mutex_unlock(lock);
}

WRAP(int, gaptree_place, struct gaptree *t, uint64_t size, uint64_t align, uint64_t start,
     uint64_t end, void *item, uint64_t *ret)
{
	need_lock("gaptree_place", true);
	return __real_gaptree_place(t, size, align, start, end, item, ret);
}

WRAP(int, gaptree_insert, struct gaptree *t, uint64_t addr, uint64_t size, void *item)
{
	need_lock("gaptree_insert", true);
	return __real_gaptree_insert(t, addr, size, item);
}

WRAP(void *, gaptree_remove, struct gaptree *t, uint64_t addr)
{
	need_lock("gaptree_remove", true);
	return __real_gaptree_remove(t, addr);
}

WRAP(int, gaptree_resize, struct gaptree *t, uint64_t addr, uint64_t size)
{
	need_lock("gaptree_resize", true);
	return __real_gaptree_resize(t, addr, size);
}

WRAP(bool, gaptree_replace, struct gaptree *t, uint64_t addr, void *item)
{
	need_lock("gaptree_replace", true);
	return __real_gaptree_replace(t, addr, item);
}

WRAP(void *, gaptree_find, const struct gaptree *t, uint64_t addr)
{
	need_lock("gaptree_find", false);
	return __real_gaptree_find(t, addr);
}

WRAP(void *, gaptree_seek, const struct gaptree *t, uint64_t addr, struct gap_cursor *c)
{
	need_lock("gaptree_seek", false);
	return __real_gaptree_seek(t, addr, c);
}

/* Page tables come and go under their lock. */
WRAP(int, alloc_tables, struct machine *of, uint32_t flags, size_t n, pfn_t *ret)
{
	if (watched && !alone && !mutexes)
		ck_abort_msg("alloc_tables without pgtable_lock");
	return __real_alloc_tables(of, flags, n, ret);
}

/* A second thread, that only waits: a process of one thread leaves locks alone. */
static sem_t leave;
static pthread_t second;

static void *wait_to_leave(void *arg)
{
	(void)arg;
	while (sem_wait(&leave))
		;
	return NULL;
}

static void setup(void)
{
	m = space_boot(MiB(64), 1);
	sem_init(&leave, 0, 0);
	ck_assert_int_eq(pthread_create(&second, NULL, wait_to_leave, NULL), 0);
	watched = true;
}

static void teardown(void)
{
	watched = false;
	sem_post(&leave);
	ck_assert_int_eq(pthread_join(second, NULL), 0);
	sem_destroy(&leave);
	space_end(m);
}

static void took(const char *call, unsigned times)
{
	ck_assert_msg(times, "%s takes no lock", call);
	ck_assert_msg(readers + writers + mutexes == 0, "%s keeps a lock", call);
}

/* That the call took the lock so, and holds nothing any more. */
#define TAKES(call, count)                                                                         \
	do {                                                                                       \
		nr_read = nr_written = nr_mutex = 0;                                               \
		call;                                                                              \
		took(#call, count);                                                                \
	} while (0)
#define READS(call) TAKES(call, nr_read)
#define WRITES(call) TAKES(call, nr_written)
#define MAPS(call) TAKES(call, nr_mutex)

static void no_frames(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	(void)arg;
	(void)first;
	for (size_t i = 0; i < n; i++)
		ret[i] = 1;
}

static void see_area(void *arg, const struct vm_struct *area)
{
	need_lock("a look at an area", false);
	*(vaddr_t *)arg = area->addr;
}

START_TEST(test_areas)
{
	struct vm_struct *area = NULL;
	vaddr_t a = 0;

	WRITES(a = vmalloc(m, 600 * P, "a"));
	WRITES(vm_set_caller(m, a, "b"));
	WRITES(vresize(m, a, 700 * P, &a));
	WRITES(vresize(m, a, P, &a));
	WRITES(vfree(m, a));
	WRITES(area = get_vm_area(m, P, VM_ALLOC, "c"));
	WRITES(vm_resize_range(m, area->addr, 2 * P, &a));
	WRITES(area = remove_vm_area(m, a));
	free_vm_struct(m, area);
	WRITES(a = ioremap(m, m->io_start, P, PAGE_KERNEL_NOCACHE, "io"));
	WRITES(iounmap(m, a));
	WRITES(vmalloc_set_lazy_max(m, 100));
	vfree(m, vmalloc(m, P, "waits"));
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 2);
	WRITES(purge_vmap_area_lazy(m));
}
END_TEST

START_TEST(test_frames_of_others)
{
	vaddr_t a = vmalloc_user(m, 2 * P, "a"), twin = 0;
	struct page *pages[2];
	struct vma *vma = NULL;

	READS(vm_area_pages(m, a, 0, 2, pages));
	WRITES(twin = vmap(m, pages, 2, VM_MAP, PAGE_KERNEL, "twin"));
	WRITES(vunmap(m, twin));
	for (unsigned i = 0; i < 2; i++)
		put_page(m, pages[i]);
	WRITES(ck_assert_int_eq(vma_create(m, 2 * P, &vma), 0));
	READS(remap_vmalloc_range(m, vma, a, 0));
	WRITES(vma_destroy(m, vma));
	vfree(m, a);
}
END_TEST

START_TEST(test_bytes)
{
	vaddr_t a = vmalloc(m, 2 * P, "a"), seen = 0;
	struct iovec iov[4];
	char buf[100] = "";
	int n = 4;

	READS(vread(m, buf, a, sizeof(buf)));
	READS(vwrite(m, buf, a, sizeof(buf)));
	READS(vread_area(m, buf, a, sizeof(buf)));
	READS(vwrite_area(m, buf, a, sizeof(buf)));
	READS(vread_iov(m, a, sizeof(buf), iov, &n));
	READS(vmlist_for_each(m, see_area, &seen));
	ck_assert_uint_eq(seen, a);
	READS(vmlist_with(m, a, see_area, &seen));
	READS(vmlist_count(m));
	vfree(m, a);
}
END_TEST

/* Two pages in an empty part of the space, so that tables are made. */
START_TEST(test_tables)
{
	const vaddr_t at = m->vmalloc_start + (UINT64_C(1) << 40);

	MAPS(ck_assert_int_eq(pgtable_map(m, m->cr3, at, 2, PAGE_KERNEL, no_frames, NULL), 0));
	MAPS(pgtable_unmap(m, m->cr3, at, at + 2 * P));
}
END_TEST

/* A thread whose machines are its own takes no lock, until it says otherwise. */
START_TEST(test_alone)
{
	vaddr_t a = 0;

	nr_read = nr_written = nr_mutex = 0;
	alone = true;
	machine_alone(alone);
	vfree(m, vmalloc(m, 600 * P, "a"));
	ck_assert_uint_eq(nr_read + nr_written + nr_mutex, 0);
	alone = false;
	machine_alone(alone);
	WRITES(a = vmalloc(m, P, "b"));
	WRITES(vfree(m, a));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("locks");
	TCase *t = tcase_create("locks");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_test(t, test_areas);
	tcase_add_test(t, test_frames_of_others);
	tcase_add_test(t, test_bytes);
	tcase_add_test(t, test_tables);
	tcase_add_test(t, test_alone);
	suite_add_tcase(s, t);
	return unit_main(s);
}
