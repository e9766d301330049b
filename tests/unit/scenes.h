/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines worth a picture, and what their status says of them.
 */
#ifndef SCENES_H
#define SCENES_H

#include "input/load.h"
#include "show/picture/layout.h"
#include "texts.h"

#define SCENE_PROT UINT64_C(0x8000000000000163)
#define SCENE_IO_PROT UINT64_C(0x8000000000000173)

/* A window of 1 MiB with an area of each kind, and holes. */
static inline struct machine *scene_kinds(void)
{
	struct machine *m = space_boot_window(MiB(64), 256);
	struct page *pages[8];
	vaddr_t buffer, x;
	paddr_t phys;

	ck_assert(vmalloc(m, 65536, "a"));
	buffer = vmalloc(m, 40000, "buffer");
	ck_assert(vmalloc_user(m, 50000, "vmalloc_user/ring"));
	ck_assert_int_eq(vm_area_pages(m, buffer, 0, 8, pages), 0);
	ck_assert(vmap(m, pages, 8, 0, SCENE_PROT, "vmap/twin"));
	x = vmalloc(m, 100000, "x");
	ck_assert_int_eq(io_reserve(m, 32768, &phys), 0);
	ck_assert(ioremap(m, phys, 32768, SCENE_IO_PROT, "ioremap/uart"));
	ck_assert(vmalloc(m, 4096, "1"));
	ck_assert_ptr_nonnull(get_vm_area(m, 40960, 0, "reserved"));
	ck_assert(vmalloc(m, 8192, "z\xc3\xa4h"));
	vfree(m, x);
	ck_assert(vmalloc(m, 30000, "firmware"));
	return m;
}

/*
 * A window of 4 MiB in which every second of many areas of random size was
 * freed, the last of them lazily if lazy_max is not 0.
 */
static inline struct machine *scene_lazy(uint64_t seed, uint64_t lazy_max)
{
	struct machine *m = space_boot_window(MiB(64), 1024);
	vaddr_t addr[1024];
	unsigned n = 0;

	while (n < 1024 && (addr[n] = vmalloc(m, PAGE_SIZE * (1 + unit_random(&seed) % 5), "f")))
		n++;
	for (unsigned i = 0; i < n; i++)
		if (unit_random(&seed) & 1) {
			vmalloc_set_lazy_max(m, i > n / 2 ? lazy_max : 0);
			vfree(m, addr[i]);
		}
	return m;
}

static inline struct machine *scene_fragmented(uint64_t seed)
{
	return scene_lazy(seed, 0);
}

/* The layout that a Linux 6.1 had. */
static inline struct machine *scene_linux(void)
{
	struct machine *m = space_boot(MiB(256), 1);
	const char *srcdir = g_getenv("srcdir");
	g_autofree char *path = g_build_filename(srcdir ? srcdir : ".", "tests", "data",
						 "vmallocinfo-linux-6.1.txt", NULL);
	char *error = NULL;

	ck_assert_msg(load_file(m, path, &error) == 0, "%s", error);
	return m;
}

/* n reserved ranges of one and two pages, with names, every eighth of them a hole now. */
static inline struct machine *scene_many(unsigned n)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t *addr = g_new(vaddr_t, n);
	char name[32];

	for (unsigned i = 0; i < n; i++) {
		struct vm_struct *area;

		g_snprintf(name, sizeof(name), "file%u", i);
		area = get_vm_area(m, PAGE_SIZE * (1 + i % 2), i % 3 ? VM_ALLOC : 0, name);
		unit_assert(area);
		addr[i] = area->addr;
	}
	for (unsigned i = 0; i < n; i += 8)
		free_vm_struct(m, remove_vm_area(m, addr[i]));
	g_free(addr);
	return m;
}

/* The number after a key of status. */
static inline uint64_t scene_figure(struct machine *m, const char *key)
{
	g_autofree char *status = text_of(show_status, m);
	g_autofree char *prefix = g_strdup_printf("\n%s: ", key);
	const char *at = strstr(status, prefix);

	ck_assert_msg(at, "status has no %s", key);
	return g_ascii_strtoull(at + strlen(prefix), NULL, 10);
}

#endif
