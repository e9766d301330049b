/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processor's walk against one that others wrote: libaddrxlat, which debuggers of
 * crash dumps use, over the same RAM.  It knows no permissions and no reserved bits.
 */
#include <libkdumpfile/addrxlat.h>

#include "random_tables.h"

/* In three entries of PAE's PGD; the second over the end of one of them. */
#define PAE_VA UINT64_C(0xf7800000)
#define PAE_MORE (UINT64_C(0x80000000) - (UINT64_C(600) << PAGE_SHIFT))
#define PAE_LOW UINT64_C(0x10000000)

static addrxlat_status get_ram(const addrxlat_cb_t *cb, addrxlat_buffer_t *buf)
{
	(void)cb;
	if (buf->addr.addr >= m->ram_size)
		return ADDRXLAT_ERR_NODATA;
	buf->addr.addr &= PAGE_MASK;
	buf->ptr = m->ram + buf->addr.addr;
	buf->size = PAGE_SIZE;
	buf->byte_order = ADDRXLAT_LITTLE_ENDIAN;
	return ADDRXLAT_OK;
}

static unsigned long read_caps(const addrxlat_cb_t *cb)
{
	(void)cb;
	return ADDRXLAT_CAPS(ADDRXLAT_MACHPHYSADDR);
}

/* Where PAE's PGD leads nowhere, or to what is no entry of it, the library has no opinion. */
START_TEST(test_pae)
{
	const addrxlat_meth_t meth = {
		.kind = ADDRXLAT_PGT,
		.target_as = ADDRXLAT_MACHPHYSADDR,
		.param.pgt = { .root = { m->cr3, ADDRXLAT_MACHPHYSADDR },
			       .pf = { ADDRXLAT_PTE_IA32_PAE, 4, { 12, 9, 9, 2 } } },
	};
	int rounds = unit_operations(20000);
	addrxlat_ctx_t *ctx = addrxlat_ctx_new();
	addrxlat_cb_t *cb = addrxlat_ctx_add_cb(ctx);
	int both = 0, neither = 0;

	cb->get_page = get_ram;
	cb->read_caps = read_caps;
	root = m->cr3;
	random_map(PAE_VA);
	random_map(PAE_MORE);
	random_map(PAE_LOW);
	for (int i = 0; i < rounds; i++) {
		static const vaddr_t starts[] = { PAE_VA, PAE_MORE, PAE_LOW, 0xc0000000 };
		addrxlat_step_t step = { .ctx = ctx, .meth = &meth };
		vaddr_t addr = below(20) ? starts[below(4)] + below((REGION_PAGES + 200) << 12)
					 : below(UINT64_C(1) << 32);
		paddr_t at = entry_on_the_way(addr, (enum pg_level)below(3));
		pte_t was = at ? peek(at) : 0;
		addrxlat_status status;
		struct cpu_fault f;
		paddr_t phys;
		bool ok;

		if (at && !below(3))
			poke(at, below(3) ? was ^ UINT64_C(1) << below(64) : 0);
		cpu_flush(m, 0);
		ok = cpu_translate(m, 0, addr, R, &phys, &f);
		step.base = (addrxlat_fulladdr_t){ addr, ADDRXLAT_KVADDR };
		status = addrxlat_walk(&step);
		if (ok) {
			unit_assert(status == ADDRXLAT_OK && step.base.addr == phys);
			both++;
		}
		if (f.fault == FAULT_ABSENT || f.fault == FAULT_NOT_PRESENT) {
			unit_assert(status == ADDRXLAT_ERR_NOTPRESENT);
			neither++;
		}
		addrxlat_ctx_clear_err(ctx);
		if (at)
			poke(at, was);
	}
	ck_assert_int_gt(both, rounds / 10);
	ck_assert_int_gt(neither, rounds / 20);
	addrxlat_ctx_decref(ctx);
}
END_TEST

static void setup_pae(void)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	c.arch = ARCH_X86_PAE;
	c.memory = MiB(64);
	ck_assert_int_eq(machine_boot(&c, &m), 0);
}

START_TEST(test_walk)
{
	const addrxlat_meth_t meth = {
		.kind = ADDRXLAT_PGT,
		.target_as = ADDRXLAT_MACHPHYSADDR,
		.param.pgt = { .root = { m->cr3, ADDRXLAT_MACHPHYSADDR },
			       .pf = { ADDRXLAT_PTE_X86_64, 5, { 12, 9, 9, 9, 9 } } },
	};
	int rounds = unit_operations(100000);
	addrxlat_ctx_t *ctx = addrxlat_ctx_new();
	addrxlat_cb_t *cb = addrxlat_ctx_add_cb(ctx);
	int both = 0, neither = 0;

	cb->get_page = get_ram;
	cb->read_caps = read_caps;
	random_tables();
	for (int i = 0; i < rounds; i++) {
		addrxlat_step_t step = { .ctx = ctx, .meth = &meth };
		vaddr_t addr = random_address();
		struct damage d[DAMAGES];
		size_t n = below(DAMAGES + 1);
		addrxlat_status status;
		struct cpu_fault f;
		paddr_t phys;
		bool ok;

		for (size_t k = 0; k < n; k++)
			random_damage(&d[k]);
		cpu_flush(m, 0);
		ok = cpu_translate(m, 0, addr, R, &phys, &f);
		step.base = (addrxlat_fulladdr_t){ addr, ADDRXLAT_KVADDR };
		status = addrxlat_walk(&step);
		if (ok) {
			unit_assert(status == ADDRXLAT_OK && step.base.addr == phys);
			both++;
		}
		if (f.fault == FAULT_ABSENT || f.fault == FAULT_NOT_PRESENT) {
			unit_assert(status == ADDRXLAT_ERR_NOTPRESENT);
			neither++;
		}
		if (status == ADDRXLAT_ERR_NOTPRESENT)
			unit_assert(!ok && f.fault != FAULT_READ_ONLY);
		addrxlat_ctx_clear_err(ctx);
		repair(d, n);
	}
	ck_assert_int_gt(both, rounds / 10);
	ck_assert_int_gt(neither, rounds / 20);
	addrxlat_ctx_decref(ctx);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("addrxlat");
	TCase *t = tcase_create("addrxlat");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, test_walk);
	suite_add_tcase(s, t);
	t = tcase_create("pae");
	tcase_add_checked_fixture(t, setup_pae, teardown);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, test_pae);
	suite_add_tcase(s, t);
	return unit_main(s);
}
