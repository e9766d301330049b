/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the simulated kernel says when something goes wrong: WARN, BUG, and the
 * lines of a page fault.
 */
#include <stdio.h>
#include <vmallocfs/pgtable.h>
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
	[FAULT_NONCANONICAL] = { "non-canonical address", 0 },
	[FAULT_NO_BYTES] = { "no bytes", 0 },
	[FAULT_NO_HOST] = { "no host memory", 0 },
};

const char *fault_name(enum fault fault)
{
	return (unsigned)fault < sizeof(faults) / sizeof(faults[0]) ? faults[fault].name : "fault";
}

void log_page_fault(struct machine *m, vaddr_t addr, unsigned access, enum fault fault)
{
	const char *kind = access & ACCESS_WRITE ? "write" : "read";
	bool user = access & ACCESS_USER;
	unsigned code;

	if (fault == FAULT_NONCANONICAL) {
		/* To a CPU this is no page fault: it raises a general protection fault. */
		printk(m, KERN_ALERT,
		       "general protection fault, probably for non-canonical address 0x%lx",
		       (unsigned long)addr);
		return;
	}
	code = (unsigned)fault < sizeof(faults) / sizeof(faults[0]) ? faults[fault].code : 0;
	code |= access & (ACCESS_WRITE | ACCESS_USER);
	/* One record, so that the lines of two threads do not mix. */
	printk(m, KERN_ALERT,
	       "BUG: unable to handle page fault for address: %016lx\n"
	       "#PF: %s %s access in %s mode\n"
	       "#PF: error_code(0x%04x) - %s",
	       (unsigned long)addr, user ? "user" : "supervisor", kind, user ? "user" : "kernel",
	       code, fault_name(fault));
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
