/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The texts of a machine of 32 bits (x86-pae) have the form that a 6.1 kernel for i386 gives
 * them: its recordings, with all figures taken out, are ours.
 */
#include <elf.h>

#include "frames.h"
#include "loads.h"

static struct machine *m;

static void boot_1g(void)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	c.arch = ARCH_X86_PAE;
	c.memory = GiB(1);
	m = space_boot_config(&c);
}

static void end_1g(void)
{
	shut_down(m);
}

/* Each run of digits, with the blanks before it if it is right-aligned, becomes a '#'. */
static char *form_of(const char *text, bool aligned)
{
	GString *out = g_string_new(NULL);

	for (const char *p = text; *p;) {
		const char *q = p;

		while (aligned && *q == ' ')
			q++;
		if (!g_ascii_isdigit(*q)) {
			g_string_append_len(out, p, q > p ? q - p : 1);
			p += q > p ? q - p : 1;
			continue;
		}
		while (g_ascii_isdigit(*q))
			q++;
		g_string_append_c(out, '#');
		p = q;
	}
	return g_string_free(out, FALSE);
}

static void check_form(show_fn *show, const char *recording, bool aligned)
{
	g_autofree char *theirs = data_file(recording);
	g_autofree char *ours = text_of(show, m);
	g_autofree char *their_form = form_of(theirs, aligned);
	g_autofree char *our_form = form_of(ours, aligned);

	ck_assert_str_eq(our_form, their_form);
}

START_TEST(meminfo_is_linux)
{
	g_autofree char *theirs = data_file("cases/meminfo-i386-6.1.txt");
	g_autofree char *ours = text_of(show_meminfo, m);
	g_auto(GStrv) lines = lines_of(ours);
	g_auto(GStrv) their_lines = lines_of(theirs);

	check_form(show_meminfo, "cases/meminfo-i386-6.1.txt", true);
	for (int i = 0; lines[i]; i++) {
		/* All figures of both have less digits than columns. */
		ck_assert_uint_eq(strlen(lines[i]), strlen(their_lines[i]));
		if (g_str_has_prefix(lines[i], "VmallocTotal:") ||
		    g_str_has_prefix(lines[i], "Hugepagesize:"))
			ck_assert_str_eq(lines[i], their_lines[i]);
	}
	ck_assert_uint_eq(number(ours, "HighTotal:"), (0x40000 - 0x36ffe) * 4);
	ck_assert_uint_eq(number(ours, "HighFree:"), (0x40000 - 0x36ffe) * 4);
	ck_assert_uint_eq(number(ours, "HighTotal:") + number(ours, "LowTotal:"),
			  number(ours, "MemTotal:"));
	ck_assert_uint_eq(number(ours, "HighFree:") + number(ours, "LowFree:"),
			  number(ours, "MemFree:"));
	ck_assert_uint_eq(number(ours, "DirectMap4k:") + number(ours, "DirectMap2M:"), 0x36ffe * 4);
}
END_TEST

START_TEST(meminfo_is_true)
{
	vaddr_t a = vmalloc(m, MiB(1), "a"), b = vmalloc_32(m, MiB(2), "b");
	g_autofree char *text = text_of(show_meminfo, m);

	ck_assert_uint_eq(number(text, "HighTotal:") - number(text, "HighFree:"), 1024);
	ck_assert_uint_ge(number(text, "LowTotal:") - number(text, "LowFree:"), 2048);
	ck_assert_uint_eq(number(text, "VmallocUsed:"), 1024 + 2048 + 8);
	ck_assert_uint_eq(number(text, "VmallocChunk:"), 122880 - (1024 + 2048 + 8));
	vfree(m, a);
	vfree(m, b);
}
END_TEST

START_TEST(zones_are_linux)
{
	g_autofree char *theirs = data_file("zoneinfo-i386-6.1.txt");
	g_autofree char *ours = text_of(show_zoneinfo, m);

	check_form(show_zoneinfo, "zoneinfo-i386-6.1.txt", false);
	check_form(show_buddyinfo, "buddyinfo-i386-6.1.txt", true);
	/* HighMem begins where it did there, with as much RAM. */
	ck_assert(strstr(theirs, "  start_pfn:           225278\n"));
	ck_assert(strstr(ours, "  start_pfn:           225278\n"));
}
END_TEST

/* START-END : NAME, in eight digits or as many as it takes, indented below what it lies in. */
START_TEST(iomem_is_linux)
{
	const char *pattern = "^( *)([0-9a-f]{8,})-([0-9a-f]{8,}) : \\S.*$";
	g_autofree char *theirs = data_file("iomem-i386-6.1.txt");
	vaddr_t io = ioremap(m, m->io_start, 8192, PAGE_KERNEL_NOCACHE, "dev");
	g_autofree char *ours = text_of(show_iomem, m);
	g_auto(GStrv) their_lines = lines_of(theirs);
	g_auto(GStrv) lines = lines_of(ours);

	for (int i = 0; their_lines[i]; i++)
		ck_assert_msg(g_regex_match_simple(pattern, their_lines[i], 0, 0), "%s",
			      their_lines[i]);
	for (int i = 0; lines[i]; i++)
		ck_assert_msg(g_regex_match_simple(pattern, lines[i], 0, 0), "%s", lines[i]);
	ck_assert(strstr(ours, "00001000-3fffffff : System RAM\n"));
	ck_assert(strstr(ours, "  100000000-100001fff : "));
	iounmap(m, io);
}
END_TEST

/* A recorded list comes out as it went in; so does the next area where there is room. */
START_TEST(vmallocinfo_is_linux)
{
	g_autofree char *path = data_path("cases/vmallocinfo-i386-6.1.txt");
	g_autofree char *want = NULL, *got = NULL, *error = NULL;

	ck_assert(g_file_get_contents(path, &want, NULL, NULL));
	ck_assert_msg(!load_file(m, path, &error), "%s", error);
	got = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(got, want);
	space_check(m);
}
END_TEST

START_TEST(ptdump_is_linux)
{
	vaddr_t a = vmalloc(m, 2 * PAGE_SIZE, "a"), x = vmalloc_exec(m, PAGE_SIZE, "x");
	g_autofree char *text = text_of(show_ptdump, m);

	g_auto(GStrv) lines = lines_of(text);
	uint64_t next = 0;

	for (int i = 0; lines[i]; i++) {
		if (g_str_has_prefix(lines[i], "---["))
			continue;
		ck_assert_msg(g_regex_match_simple("^0x[0-9a-f]{8}-0x[0-9a-f]{8} {3} *\\d+[KMG] ",
						   lines[i], 0, 0),
			      "%s", lines[i]);
		ck_assert_uint_eq(g_ascii_strtoull(lines[i], NULL, 16), next);
		next = g_ascii_strtoull(lines[i] + 11, NULL, 16);
	}
	ck_assert_uint_eq(next, 0); /* 2^32 in as many digits */
	ck_assert(strstr(text, "---[ Kernel Space ]---\n0xc0000000-0xf6e00000         878M     RW"
			       "         PSE     GLB NX pmd\n"));
	ck_assert(strstr(text, "---[ vmalloc() Area ]---\n0xf77fe000-0xf7800000           8K     "
			       "RW                 GLB NX pte\n"));
	ck_assert(strstr(text, "0xf7801000-0xf7802000           4K     RW                 GLB x  "
			       "pte\n"));
	ck_assert(strstr(text, "---[ vmalloc() End ]---\n0xfeffe000-0xff000000 "));
	ck_assert(strstr(text, "0x00000000-0xc0000000           3G                               "
			       "pgd\n"));
	vfree(m, a);
	vfree(m, x);
}
END_TEST

/*
 * An ELF file of 32 bits with the vmalloc space, the low memory, mem_map, and the kernel's
 * data if the build made an image of 32 bits.
 */
START_TEST(kcore_has_32_bits)
{
	g_autoptr(GBytes) head = show_kcore(m);
	const unsigned char *bytes = g_bytes_get_data(head, NULL);
	Elf32_Ehdr e;
	Elf32_Phdr p[5];
	Elf32_Nhdr n;

	memcpy(&e, bytes, sizeof(e));
	ck_assert_int_eq(e.e_ident[EI_CLASS], ELFCLASS32);
	ck_assert_int_eq(e.e_machine, EM_386);
	ck_assert_int_eq(e.e_phnum, show_vmlinux_exists(m) ? 5 : 4);
	ck_assert_int_eq(e.e_phentsize, sizeof(p[0]));
	memcpy(p, bytes + e.e_phoff, sizeof(p));
	ck_assert_uint_eq(p[0].p_type, PT_NOTE);
	ck_assert_uint_eq(p[1].p_vaddr, 0xf77fe000);
	ck_assert_uint_eq(p[1].p_memsz, 122880 * 1024);
	ck_assert_uint_eq(p[1].p_offset, 0xf77fe000 + KCORE_HEAD);
	ck_assert_uint_eq(p[1].p_paddr, UINT32_MAX);
	ck_assert_uint_eq(p[2].p_vaddr, 0xc0000000);
	ck_assert_uint_eq(p[2].p_memsz, 0x36ffe000);
	ck_assert_uint_eq(p[2].p_paddr, 0);
	ck_assert_uint_eq(p[3].p_vaddr, 0x20000000);
	ck_assert_uint_eq(p[3].p_memsz, m->nr_frames * 32);
	ck_assert_uint_eq(p[3].p_paddr, UINT32_MAX);
	if (show_vmlinux_exists(m))
		ck_assert_uint_eq(p[4].p_vaddr, 0x10000000);
	ck_assert_uint_eq(kcore_end(m), 0xfffff000 + KCORE_HEAD);
	memcpy(&n, bytes + p[0].p_offset, sizeof(n));
	ck_assert_uint_eq(n.n_type, NT_PRSTATUS);
	ck_assert_uint_eq(n.n_descsz, 144); /* of i386's struct elf_prstatus */
	memcpy(&n, bytes + p[0].p_offset + 12 + 8 + 144, sizeof(n));
	ck_assert_uint_eq(n.n_type, NT_PRPSINFO);
	ck_assert_uint_eq(n.n_descsz, 124);
}
END_TEST

/* Wherever a line has an address of the kernel, it has eight digits. */
START_TEST(addresses_have_8_digits)
{
	vaddr_t a = vmalloc(m, PAGE_SIZE, "a");
	struct cpu_fault f;
	char c;

	ck_assert_uint_eq(vmalloc(m, MiB(200), "large"), 0);
	ck_assert_uint_eq(cpu_read(m, 0, a + PAGE_SIZE, &c, 1, &f), 0);
	vm_oops(m, &f);
	ck_assert(unit_logged(m, "vmalloc [0xf77fe000-0xfeffe000]"));
	ck_assert(unit_logged(m, "144MB HIGHMEM available."));
	ck_assert(unit_logged(m, "879MB LOWMEM available."));
	ck_assert(unit_logged(m, "pages, 0xf7800000-0xfeffe000, between a and"));
	ck_assert(unit_logged(m, "address: f77ff000\n"));
	ck_assert(unit_logged(m, "vmallocfs: 0xf77ff000: "));
	vfree(m, a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pae_show");
	TCase *t = tcase_create("pae_show");

	tcase_add_checked_fixture(t, boot_1g, end_1g);
	tcase_add_test(t, meminfo_is_linux);
	tcase_add_test(t, meminfo_is_true);
	tcase_add_test(t, zones_are_linux);
	tcase_add_test(t, iomem_is_linux);
	tcase_add_test(t, vmallocinfo_is_linux);
	tcase_add_test(t, ptdump_is_linux);
	tcase_add_test(t, kcore_has_32_bits);
	tcase_add_test(t, addresses_have_8_digits);
	suite_add_tcase(s, t);
	return unit_main(s);
}
