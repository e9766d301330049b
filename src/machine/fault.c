/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the simulated kernel says when something goes wrong: WARN, BUG, and the
 * lines of a page fault.
 */
#include <stdio.h>
#include <vmallocfs/cpu.h>
#include <vmallocfs/page.h>
#include "machine/lock.h"
#include "machine/log.h"

/* Bits of the error code that a CPU pushes; ACCESS_ bits are the other two. */
#define PF_PROT 0x1u
#define PF_RSVD 0x8u

static const struct {
	const char *name;
	unsigned code;
} faults[] = {
	[FAULT_NONE] = { "no fault", 0 },
	[FAULT_ABSENT] = { "not-present page", 0 },
	[FAULT_NOT_PRESENT] = { "not-present page", 0 },
	[FAULT_RESERVED] = { "reserved bit violation", PF_PROT | PF_RSVD },
	/* A CPU would put the address on the bus, and no device would answer. */
	[FAULT_OUTSIDE] = { "no such memory", PF_PROT },
	[FAULT_READ_ONLY] = { "permissions violation", PF_PROT },
	[FAULT_USER] = { "permissions violation", PF_PROT },
	[FAULT_NX] = { "permissions violation", PF_PROT },
	[FAULT_NONCANONICAL] = { "non-canonical address", 0 },
	[FAULT_NO_BYTES] = { "no bytes", 0 },
	[FAULT_NO_HOST] = { "no host memory", 0 },
};

const char *fault_name(enum fault fault)
{
	return (unsigned)fault < sizeof(faults) / sizeof(faults[0]) ? faults[fault].name : "fault";
}

unsigned fault_code(enum fault fault, unsigned access)
{
	unsigned code =
		(unsigned)fault < sizeof(faults) / sizeof(faults[0]) ? faults[fault].code : 0;

	return code | (access & (ACCESS_WRITE | ACCESS_USER | ACCESS_EXEC));
}

bool fault_is_cpus(enum fault fault)
{
	return fault != FAULT_NONE && fault != FAULT_NO_BYTES && fault != FAULT_NO_HOST;
}

void log_page_fault(struct machine *m, vaddr_t addr, unsigned access, enum fault fault)
{
	const char *kind = access & ACCESS_WRITE ? "write" : "read";
	bool user = access & ACCESS_USER;

	if (fault == FAULT_NONCANONICAL) {
		/* To a CPU this is no page fault: it raises a general protection fault. */
		printk(m, KERN_ALERT,
		       "general protection fault, probably for non-canonical address 0x%lx",
		       (unsigned long)addr);
		return;
	}
	/* One record, so that the lines of two threads do not mix. */
	printk(m, KERN_ALERT,
	       "BUG: unable to handle page fault for address: %0*lx\n"
	       "#PF: %s %s access in %s mode\n"
	       "#PF: error_code(0x%04x) - %s",
	       address_digits(m), (unsigned long)addr, user ? "user" : "supervisor", kind,
	       user ? "user" : "kernel", fault_code(fault, access), fault_name(fault));
}

/*
 * "PGD 1009067 P4D 1009067 PUD 1008067 PMD 1007067 PTE 0": the entries down to the one at
 * which the walk ends.  With four levels the P4D is folded into the PGD, and Linux prints
 * its entry twice.
 */
static void format_way(const struct machine *m, const struct cpu_fault *f, char *buf, size_t size)
{
	static const char *const names[PG_LEVELS] = { "PTE", "PMD", "PUD", "P4D", "PGD" };
	paddr_t table = f->cr3 & PTE_PFN_MASK;
	size_t len = 0;

	for (enum pg_level level = m->top_level;; level--) {
		bool top = level == m->top_level;
		pte_t entry;

		if (!pfn_valid(m, table >> PAGE_SHIFT)) {
			snprintf(buf + len, size - len, "%sBAD", len ? " " : "");
			return;
		}
		entry = pte_get((const pte_t *)(m->ram + table) + level_index(level, f->addr));
		len += (size_t)snprintf(buf + len, size - len, "%s%s %lx", len ? " " : "",
					top ? "PGD" : names[level], (unsigned long)entry);
		if (top && level == PG_LEVEL_PGD)
			len += (size_t)snprintf(buf + len, size - len, " P4D %lx",
						(unsigned long)entry);
		if (level == PG_LEVEL_PTE || !(entry & _PAGE_PRESENT) ||
		    (entry & _PAGE_PSE && level <= top_leaf_level(m)))
			return;
		table = entry & PTE_PFN_MASK;
	}
}

void log_cpu_fault(struct machine *m, const struct cpu_fault *f)
{
	const char *kind = f->access & ACCESS_EXEC    ? "instruction fetch"
			   : f->access & ACCESS_WRITE ? "write access"
						      : "read access";
	char way[160];

	if (f->fault == FAULT_NONCANONICAL) {
		printk(m, KERN_ALERT,
		       "general protection fault, probably for non-canonical address 0x%lx: 0000",
		       (unsigned long)f->addr);
		return;
	}
	if (f->fault == FAULT_NX)
		printk(m, KERN_CRIT,
		       "kernel tried to execute NX-protected page - exploit attempt? (uid: 0)");
	format_way(m, f, way, sizeof(way));
	/* One record, so that the lines of two threads do not mix. */
	printk(m, KERN_ALERT,
	       "BUG: %s address: %0*lx\n"
	       "#PF: supervisor %s in kernel mode\n"
	       "#PF: error_code(0x%04x) - %s\n"
	       "%s",
	       f->addr < PAGE_SIZE ? "kernel NULL pointer dereference,"
				   : "unable to handle page fault for",
	       address_digits(m), (unsigned long)f->addr, kind, f->code, fault_name(f->fault), way);
}

void machine_warn(struct machine *m, const char *file, int line, const char *func)
{
	counter_add(&m->nr_warn, 1);
	printk(m, KERN_WARNING, "WARNING: at %s:%d %s()", log_source_file(file), line, func);
}

void machine_bug(struct machine *m, const char *file, int line)
{
	printk(m, KERN_CRIT, "kernel BUG at %s:%d!", log_source_file(file), line);
	m->crashed = true;
}
