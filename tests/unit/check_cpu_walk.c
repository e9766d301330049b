/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What processors translate and why they fault, against a walk that is written down
 * once more from the manual of the architecture.
 */
#include "random_tables.h"

#define X ACCESS_EXEC
#define PF_PROT 1u
#define PF_RSVD 8u

/* --- the reference ------------------------------------------------------------- */

struct outcome {
	bool gp; /* general protection: not canonical */
	bool fault;
	unsigned code;
	paddr_t phys;
};

/* Bits that must be zero in an entry of a level, 46 physical bits implemented. */
static bool reserved(int level, pte_t e)
{
	pte_t bits = UINT64_C(0x000fc00000000000);

	if (e & 0x80 && level == 1)
		bits |= 0x1fe000;
	if (e & 0x80 && level == 2)
		bits |= 0x3fffe000;
	if (level == 3)
		bits |= 0x80;
	return e & bits;
}

/* Four levels, supervisor, WP and NXE set. */
static struct outcome reference(vaddr_t addr, unsigned access)
{
	struct outcome o = { .code = access };
	uint64_t table = root;
	bool rw = true, nx = false;

	if ((int64_t)(addr << 16) >> 16 != (int64_t)addr)
		return (struct outcome){ .gp = true };
	for (int level = 3;; level--) {
		unsigned shift = 12 + 9 * (unsigned)level;
		uint64_t at = table + 8 * (addr >> shift & 511), e = UINT64_MAX;
		uint64_t size = UINT64_C(1) << shift;

		if (at < m->ram_size) /* else nothing answers, and ones are read */
			e = peek(at);
		o.fault = true;
		if (!(e & 1))
			return o;
		if (reserved(level, e)) {
			o.code |= PF_PROT | PF_RSVD;
			return o;
		}
		rw = rw && e & 2;
		nx = nx || e >> 63;
		table = e & UINT64_C(0x000ffffffffff000);
		if (level > 0 && !(e & 0x80))
			continue;
		o.phys = (table & -size) | (addr & (size - 1));
		o.fault = (access & W && !rw) || (access & X && nx);
		if (o.fault)
			o.code |= PF_PROT;
		return o;
	}
}

static const unsigned accesses[] = { R, W, X };

/* After a flush a processor sees what the tables say, whatever they say. */
START_TEST(test_reference)
{
	int rounds = unit_operations(100000);
	int faults = 0, reserved_bits = 0, forbidden = 0;

	random_tables();
	for (int i = 0; i < rounds; i++) {
		vaddr_t addr = random_address();
		unsigned access = accesses[below(3)];
		struct damage d[DAMAGES];
		size_t n = below(DAMAGES + 1);
		struct outcome o;
		struct cpu_fault f;
		paddr_t phys;
		bool ok;

		for (size_t k = 0; k < n; k++)
			random_damage(&d[k]);
		cpu_flush(m, 0);
		o = reference(addr, access);
		ok = cpu_translate(m, 0, addr, access, &phys, &f);
		unit_assert(ok == !(o.fault || o.gp));
		if (ok) {
			unit_assert(phys == o.phys);
			/* And the same again out of the TLB. */
			unit_assert(cpu_translate(m, 0, addr, access, &phys, &f) && phys == o.phys);
		} else if (o.gp) {
			unit_assert(f.fault == FAULT_NONCANONICAL);
		} else {
			unit_assert(f.code == o.code && f.addr == addr);
		}
		faults += !ok;
		reserved_bits += !ok && o.code & PF_RSVD;
		forbidden += !ok && (o.code & (PF_PROT | PF_RSVD)) == PF_PROT;
		repair(d, n);
	}
	/* All kinds were met. */
	ck_assert_int_gt(faults, rounds / 20);
	ck_assert_int_lt(faults, rounds);
	ck_assert_int_gt(reserved_bits, rounds / 1000);
	ck_assert_int_gt(forbidden, rounds / 100);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cpu_walk");
	TCase *t = tcase_create("cpu_walk");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, test_reference);
	suite_add_tcase(s, t);
	return unit_main(s);
}
