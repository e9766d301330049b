/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The head of proc/kcore: ELF header, segments, notes, VMCOREINFO.
 */
#include <elf.h>
#include <inttypes.h>

#include "show/show.h"
#include "space.h"

#define MAX_LOADS 4

static const struct machine_config configs[] = {
	MACHINE_CONFIG_DEFAULT,
	{ .memory = MEMORY_MIN, .nodes = 1, .vmalloc_size = KiB(4) },
	{ .memory = MiB(64) + 3 * PAGE_SIZE, .nodes = 2, .vmalloc_size = MiB(1) },
	/* Sanitizers and valgrind leave no room for much more. */
	{ .memory = UINT64_C(24) << 30, .nodes = NODES_MAX, .vmalloc_size = VMALLOC_SIZE_MAX },
};
#define NR_CONFIGS ((int)G_N_ELEMENTS(configs))

struct core {
	struct machine *m;
	GBytes *bytes;
	const unsigned char *head;
	const Elf64_Ehdr *elf;
	const Elf64_Phdr *phdr; /* of the notes; the PT_LOADs follow */
};

/* The last one is the kernel's data, where the build made an image of it. */
static int nr_loads(const struct machine *m)
{
	return show_vmlinux_exists(m) ? MAX_LOADS : MAX_LOADS - 1;
}

static void core_init(struct core *c, const struct machine_config *config)
{
	gsize size;

	c->m = space_boot_config(config);
	c->bytes = show_kcore(c->m);
	c->head = g_bytes_get_data(c->bytes, &size);
	ck_assert_uint_eq(size, KCORE_HEAD);
	c->elf = (const void *)c->head;
	c->phdr = (const void *)(c->head + c->elf->e_phoff);
}

static void core_deinit(struct core *c)
{
	g_bytes_unref(c->bytes);
	vmalloc_exit(c->m);
	machine_destroy(c->m);
}

START_TEST(elf_header)
{
	static const unsigned char ident[EI_NIDENT] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	struct core c;

	core_init(&c, &configs[_i]);
	ck_assert_mem_eq(c.elf->e_ident, ident, EI_NIDENT);
	ck_assert_uint_eq(c.elf->e_type, ET_CORE);
	ck_assert_uint_eq(c.elf->e_machine, EM_X86_64);
	ck_assert_uint_eq(c.elf->e_version, 1);
	ck_assert_uint_eq(c.elf->e_entry, 0);
	ck_assert_uint_eq(c.elf->e_phoff, 64);
	ck_assert_uint_eq(c.elf->e_shoff, 0);
	ck_assert_uint_eq(c.elf->e_flags, 0);
	ck_assert_uint_eq(c.elf->e_ehsize, 64);
	ck_assert_uint_eq(c.elf->e_phentsize, 56);
	ck_assert_uint_eq(c.elf->e_phnum, 1 + nr_loads(c.m));
	ck_assert_uint_eq(c.elf->e_shentsize, 0);
	ck_assert_uint_eq(c.elf->e_shnum, 0);
	ck_assert_uint_eq(c.elf->e_shstrndx, 0);
	core_deinit(&c);
}
END_TEST

START_TEST(segments)
{
	const struct machine_config *config = &configs[_i];
	const uint64_t frames = config->memory / PAGE_SIZE;
	const struct {
		vaddr_t addr;
		paddr_t phys;
		uint64_t size;
	} want[MAX_LOADS] = {
		{ 0xffffc90000000000, -UINT64_C(1), config->vmalloc_size - 1 },
		{ 0xffff888000001000, 0x1000, config->memory - 0x1000 },
		{ 0xffffea0000000000, -UINT64_C(1), (frames * 64 + 4095) / 4096 * 4096 },
		{ 0xffffffff81000000, -UINT64_C(1), 0x1f000000 },
	};
	struct core c;
	uint64_t after;

	core_init(&c, config);
	ck_assert_uint_eq(c.phdr->p_type, PT_NOTE);
	ck_assert_uint_eq(c.phdr->p_offset, 64 + 56 * (1 + nr_loads(c.m)));
	ck_assert_uint_gt(c.phdr->p_filesz, 0);
	after = c.phdr->p_offset + c.phdr->p_filesz;
	ck_assert_uint_le(after, KCORE_HEAD);
	ck_assert_uint_eq(c.phdr->p_memsz, 0);
	ck_assert_uint_eq(c.phdr->p_vaddr | c.phdr->p_paddr, 0);
	ck_assert_uint_eq(c.phdr->p_flags, 0);
	ck_assert_uint_eq(c.phdr->p_align, 0);
	for (size_t i = after; i < KCORE_HEAD; i++)
		ck_assert_uint_eq(c.head[i], 0);

	for (int i = 0; i < nr_loads(c.m); i++) {
		const Elf64_Phdr *load = &c.phdr[1 + i];

		ck_assert_uint_eq(load->p_type, PT_LOAD);
		ck_assert_uint_eq(load->p_flags, 7);
		ck_assert_uint_eq(load->p_align, 4096);
		ck_assert_uint_eq(load->p_vaddr, want[i].addr);
		ck_assert_uint_eq(load->p_paddr, want[i].phys);
		ck_assert_uint_eq(load->p_memsz, want[i].size);
		ck_assert_uint_eq(load->p_filesz, want[i].size);
		ck_assert_uint_eq(load->p_offset, (load->p_vaddr & 0x7fffffffffff) + 4096);
		ck_assert_uint_le(load->p_offset + load->p_filesz, kcore_end(c.m));
	}
	core_deinit(&c);
}
END_TEST

/* The note at *at, which is moved on; NULL after the last one. */
static const Elf64_Nhdr *next_note(const struct core *c, size_t *at)
{
	const size_t end = c->phdr->p_offset + c->phdr->p_filesz;
	const Elf64_Nhdr *note = (const void *)(c->head + *at);

	if (*at == end)
		return NULL;
	ck_assert_uint_lt(*at, end);
	*at += sizeof(*note) + ((note->n_namesz + 3) & ~3u) + ((note->n_descsz + 3) & ~3u);
	return note;
}

static const char *note_name(const Elf64_Nhdr *note)
{
	return (const char *)(note + 1);
}

static const unsigned char *note_desc(const Elf64_Nhdr *note)
{
	return (const unsigned char *)(note + 1) + ((note->n_namesz + 3) & ~3u);
}

static void is_note(const Elf64_Nhdr *note, const char *name, uint32_t type)
{
	ck_assert_ptr_nonnull(note);
	ck_assert_uint_eq(note->n_namesz, strlen(name) + 1);
	ck_assert_str_eq(note_name(note), name);
	ck_assert_uint_eq(note->n_type, type);
}

START_TEST(notes)
{
	const struct machine_config *config = &configs[_i];
	g_autofree char *args = NULL;
	const unsigned char *desc;
	const Elf64_Nhdr *note;
	struct core c;
	size_t at;

	core_init(&c, config);
	at = c.phdr->p_offset;
	note = next_note(&c, &at);
	is_note(note, "CORE", NT_PRSTATUS);
	ck_assert_uint_eq(note->n_descsz, 336);
	for (size_t i = 0; i < note->n_descsz; i++)
		ck_assert_uint_eq(note_desc(note)[i], 0);

	note = next_note(&c, &at);
	is_note(note, "CORE", NT_PRPSINFO);
	ck_assert_uint_eq(note->n_descsz, 136);
	desc = note_desc(note);
	ck_assert_uint_eq(desc[1], 'R');
	ck_assert_str_eq((const char *)desc + 40, "vmlinux");
	args = g_strdup_printf("memory=%" PRIu64 "K nodes=%u vmalloc=%" PRIu64 "K",
			       config->memory >> 10, config->nodes, config->vmalloc_size >> 10);
	ck_assert_str_eq((const char *)desc + 56, args);

	note = next_note(&c, &at);
	is_note(note, "VMCOREINFO", 0);
	ck_assert_ptr_null(next_note(&c, &at));
	core_deinit(&c);
}
END_TEST

START_TEST(vmcoreinfo)
{
	const Elf64_Nhdr *note = NULL;
	g_autofree char *want = NULL;
	g_autofree char *got = NULL;
	const char *rest;
	struct core c;
	size_t at;

	core_init(&c, &configs[_i]);
	at = c.phdr->p_offset;
	for (int i = 0; i < 3; i++)
		note = next_note(&c, &at);
	got = g_strndup((const char *)note_desc(note), note->n_descsz);
	want = g_strdup_printf("OSRELEASE=6.1.0-vmallocfs\n"
			       "PAGESIZE=4096\n"
			       "SYMBOL(swapper_pg_dir)=%" PRIx64 "\n"
			       "SYMBOL(init_top_pgt)=%" PRIx64 "\n"
			       "SIZE(page)=64\n"
			       "OFFSET(page.flags)=0\n"
			       "OFFSET(page._refcount)=52\n"
			       "LENGTH(mem_section)=2048\n"
			       "NUMBER(SECTION_SIZE_BITS)=27\n"
			       "NUMBER(MAX_PHYSMEM_BITS)=46\n"
			       "NUMBER(VMALLOC_START)=0x%" PRIx64 "\n"
			       "NUMBER(VMALLOC_END)=0x%" PRIx64 "\n"
			       "NUMBER(pgtable_l5_enabled)=0\n"
			       "KERNELOFFSET=0\n",
			       0xffff888000000000 + c.m->cr3, 0xffff888000000000 + c.m->cr3,
			       c.m->vmalloc_start, c.m->vmalloc_end);
	ck_assert(g_str_has_prefix(got, want));
	/* Then the build ID of proc/vmlinux, if there is such a file. */
	rest = got + strlen(want);
	if (!show_vmlinux_exists(c.m)) {
		ck_assert_str_eq(rest, "");
	} else {
		ck_assert(g_str_has_prefix(rest, "BUILD-ID="));
		rest += strlen("BUILD-ID=");
		ck_assert_uint_eq(strspn(rest, "0123456789abcdef"), 40);
		ck_assert_str_eq(rest + 40, "\n");
	}
	ck_assert_uint_eq(note->n_descsz, strlen(got));
	core_deinit(&c);
}
END_TEST

/* Areas that come and go leave the head alone: one open may read it twice. */
START_TEST(head_stays)
{
	struct core c;
	GBytes *again;

	core_init(&c, &configs[0]);
	ck_assert_uint_ne(vmalloc(c.m, MiB(8), "a"), 0);
	again = show_kcore(c.m);
	ck_assert(g_bytes_equal(again, c.bytes));
	g_bytes_unref(again);
	core_deinit(&c);
}
END_TEST

START_TEST(offsets)
{
	struct machine_config five = MACHINE_CONFIG_DEFAULT;
	struct machine *m = space_boot(MiB(4), 1);

	ck_assert_uint_eq(kcore_offset(m, 0xffff888000000000), 0x088000001000);
	ck_assert_uint_eq(kcore_offset(m, 0xffffc90000000000), 0x490000001000);
	ck_assert_uint_eq(kcore_offset(m, 0xffffea0000000000), 0x6a0000001000);
	/* The last page of kernel space comes after the end. */
	ck_assert_uint_eq(kcore_offset(m, 0xfffffffffffff000), kcore_end(m));
	ck_assert_uint_eq(kcore_end(m), UINT64_C(0x800000000000));
	space_end(m);

	five.arch = ARCH_X86_64_5;
	m = space_boot_config(&five);
	ck_assert_uint_eq(kcore_offset(m, 0xff11000000000000), 0x11000000001000);
	ck_assert_uint_eq(kcore_end(m), UINT64_C(0x100000000000000));
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kcore");
	TCase *t = tcase_create("head");

	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_loop_test(t, elf_header, 0, NR_CONFIGS);
	tcase_add_loop_test(t, segments, 0, NR_CONFIGS);
	tcase_add_loop_test(t, notes, 0, NR_CONFIGS);
	tcase_add_loop_test(t, vmcoreinfo, 0, NR_CONFIGS);
	tcase_add_test(t, head_stays);
	tcase_add_test(t, offsets);
	suite_add_tcase(s, t);
	return unit_main(s);
}
