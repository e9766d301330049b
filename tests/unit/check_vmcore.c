/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/vmcore of a machine: what its segments hold at each address, and how large it is.
 */
#include <elf.h>
#include <vmallocfs/state.h>

#include "show/kernel/image_types.h"
#include "show/show.h"
#include "space.h"

#define P PAGE_SIZE

/* The file as a program would read it. */
struct file {
	struct moment *mo;
	struct vmcore core;
	const guint8 *head;
	const Elf64_Ehdr *elf;
	const Elf64_Phdr *phdr;
	uint64_t head_size, frames_end, phdrs;
};

static void file_take(struct file *f, struct machine *m, uint64_t tail)
{
	gsize size;

	memset(f, 0, sizeof(*f));
	ck_assert_int_eq(vmalloc_moment_begin(m, &f->mo), 0);
	f->core.areas = show_vmcore_areas(m, f->mo);
	f->core.kernel = show_kernel_data(m);
	ck_assert_ptr_nonnull(f->core.kernel);
	show_vmcore(m, f->mo, tail, &f->core);
	ck_assert_ptr_null(f->core.areas);
	f->head = g_bytes_get_data(f->core.head, &size);
	f->head_size = size;
	ck_assert_uint_eq(size % P, 0);
	f->frames_end = size + moment_frames(f->mo) * P;
	f->elf = (const void *)f->head;
	f->phdr = (const void *)(f->head + f->elf->e_phoff);
	f->phdrs = f->elf->e_phnum;
	if (f->phdrs == PN_XNUM)
		f->phdrs = ((const Elf64_Shdr *)(const void *)(f->head + f->elf->e_shoff))->sh_info;
}

static void file_put(struct file *f)
{
	moment_end(f->mo);
	vmcore_clear(&f->core);
}

/* The page at an offset of the file. */
static void file_page(const struct file *f, uint64_t offset, unsigned char *page)
{
	ck_assert_uint_eq(offset % P, 0);
	ck_assert_uint_ge(offset, f->head_size);
	if (offset < f->frames_end) {
		ck_assert_int_eq(moment_read(f->mo, (offset - f->head_size) / P, 1, page), 0);
		return;
	}
	offset -= f->frames_end;
	ck_assert_uint_le(offset + P, g_bytes_get_size(f->core.vmemmap));
	memcpy(page, (const guint8 *)g_bytes_get_data(f->core.vmemmap, NULL) + offset, P);
}

/* The page at a virtual address, by the one segment that has it.  False: none has. */
static bool memory(const struct file *f, vaddr_t addr, unsigned char *page)
{
	const Elf64_Phdr *found = NULL;

	for (uint64_t i = 0; i < f->phdrs; i++) {
		const Elf64_Phdr *p = &f->phdr[i];

		if (p->p_type != PT_LOAD || addr < p->p_vaddr || addr - p->p_vaddr >= p->p_filesz)
			continue;
		ck_assert_ptr_null(found);
		found = p;
	}
	if (found)
		file_page(f, found->p_offset + (addr - found->p_vaddr), page);
	return found;
}

static void fill(struct machine *m, vaddr_t addr, uint64_t pages, unsigned char byte)
{
	unsigned char page[P];

	for (uint64_t i = 0; i < pages; i++) {
		memset(page, byte + (int)i, P);
		ck_assert_int_eq(vwrite_area(m, page, addr + i * P, P), P);
	}
}

/* Each page of an area, of the frame under it in the direct map, and its struct page. */
static void check_area(const struct file *f, struct machine *m, vaddr_t addr, uint64_t pages)
{
	unsigned char page[P], want[P];

	for (uint64_t i = 0; i < pages; i++) {
		pfn_t pfn = page_to_pfn(m, vmalloc_to_page(m, addr + i * P));
		uint64_t at = pfn_to_vmemmap(m, pfn);
		uint32_t count;

		ck_assert_int_eq(vread_area(m, want, addr + i * P, P), P);
		ck_assert(memory(f, addr + i * P, page));
		ck_assert_int_eq(memcmp(page, want, P), 0);
		ck_assert(memory(f, m->page_offset_base + pfn * P, page));
		ck_assert_int_eq(memcmp(page, want, P), 0);
		ck_assert(memory(f, at & PAGE_MASK, page));
		memcpy(&count, page + (at & ~PAGE_MASK) + STRUCT_PAGE_REFCOUNT, sizeof(count));
		ck_assert_uint_eq(count, pfn_to_page(m, pfn)->_refcount);
	}
	ck_assert(!memory(f, addr + pages * P, page));
}

START_TEST(has_the_memory)
{
	struct machine *m = space_boot(MiB(8), 2);
	vaddr_t a = vmalloc(m, 5 * P, "a"), gone = vmalloc(m, 3 * P, "g");
	vaddr_t b = vmalloc(m, 600 * P, "b"), twin;
	struct page *shared[5];
	unsigned char page[P];
	uint64_t direct = 0;
	struct file f;

	fill(m, a, 5, 1);
	fill(m, b, 300, 9); /* the other half was never written */
	vfree(m, gone);
	for (unsigned i = 0; i < 5; i++)
		shared[i] = vmalloc_to_page(m, a + (4 - i) * P);
	twin = vmap(m, shared, 5, VM_MAP, PAGE_KERNEL, "twin");
	ck_assert_uint_ne(twin, 0);

	file_take(&f, m, 0);
	check_area(&f, m, a, 5);
	check_area(&f, m, b, 600);
	check_area(&f, m, twin, 5);
	ck_assert(!memory(&f, gone, page));
	for (uint64_t i = 0; i < f.phdrs; i++) {
		const Elf64_Phdr *p = &f.phdr[i];

		ck_assert_uint_eq(p->p_offset % P, p->p_type == PT_LOAD ? 0 : p->p_offset % P);
		if (p->p_type != PT_LOAD || p->p_paddr == (paddr_t)-1)
			continue;
		ck_assert_uint_eq(p->p_vaddr, m->page_offset_base + p->p_paddr);
		direct += p->p_filesz / P;
	}
	ck_assert_uint_eq(direct, moment_frames(f.mo));
	ck_assert_uint_le(f.frames_end + g_bytes_get_size(f.core.vmemmap),
			  direct * P + 65536 + f.phdrs * sizeof(Elf64_Phdr));
	file_put(&f);

	/* What comes after it has a note segment of its own. */
	file_take(&f, m, 12345);
	ck_assert_uint_eq(f.phdr[1].p_type, PT_NOTE);
	ck_assert_uint_eq(f.phdr[1].p_offset, f.frames_end + g_bytes_get_size(f.core.vmemmap));
	ck_assert_uint_eq(f.phdr[1].p_filesz, 12345);
	file_put(&f);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* What the kernel's variables hold is there, as kcore has it, and stays what it was. */
START_TEST(has_the_kernel_data)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t a = vmalloc(m, 3 * P, "a");
	g_autoptr(GBytes) data = NULL;
	unsigned char page[P];
	const guint8 *want;
	struct file f;
	gsize size;

	fill(m, a, 3, 1);
	data = show_kernel_data(m);
	file_take(&f, m, 0);
	vfree(m, a);
	want = g_bytes_get_data(data, &size);
	ck_assert(!size == !show_vmlinux_exists(m));
	for (gsize at = 0; at < size; at += P) {
		ck_assert(memory(&f, KERNEL_IMAGE_START + at, page));
		ck_assert_int_eq(memcmp(page, want + at, MIN(P, size - at)), 0);
	}
	file_put(&f);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* From 65,535 segments on their number stands in a section header. */
START_TEST(has_many_segments)
{
	struct machine *m = space_boot(MiB(512), 1);
	const unsigned n = 66000;
	vaddr_t *area = g_new(vaddr_t, n);
	struct file f;

	for (unsigned i = 0; i < n; i++)
		ck_assert_uint_ne(area[i] = vmalloc(m, 1, "a"), 0);
	fill(m, area[n - 1], 1, 5);
	file_take(&f, m, 0);
	ck_assert_uint_eq(f.elf->e_phnum, PN_XNUM);
	ck_assert_uint_eq(f.elf->e_shnum, 1);
	ck_assert_uint_gt(f.phdrs, n);
	ck_assert_uint_lt(f.elf->e_shoff, f.head_size);
	check_area(&f, m, area[n - 1], 1);
	file_put(&f);
	g_free(area);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vmcore");
	TCase *tc = tcase_create("vmcore");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, has_the_memory);
	tcase_add_test(tc, has_the_kernel_data);
	tcase_add_test(tc, has_many_segments);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
