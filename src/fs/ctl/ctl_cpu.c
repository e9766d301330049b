/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of processors and of user maps.  They are the only ones that answer:
 *
 *	cpu N load	the bytes, in hexadecimal, in the order of memory
 *	cpu N store	how many bytes were stored
 *	cpu N exec	the physical address that the instruction would come from
 *	cpu N flush	how many entries there were
 *	cpu N age	how many pages had been accessed
 *	remap		the map's ID and its address
 *
 * A load or store that faults after some bytes answers those; one that faults at once
 * fails with EFAULT.
 */
#include <errno.h>
#include <inttypes.h>

#include "fs/ctl/ctl.h"
#include "fs/files/cpu_mem.h"
#include "fs/inode/inode.h"
#include <vmallocfs/vmalloc.h>

static int fault_error(struct ctl_run *run, int err, const struct cpu_fault *f)
{
	if (err != -EFAULT)
		return err;
	return ctl_fail(run, err, "the processor faults at 0x%0*" PRIx64 ": %s",
			address_digits(run->fs->m), f->addr, fault_name(f->fault));
}

static int run_load(struct ctl_run *run, const struct command *c)
{
	unsigned char bytes[CPU_BYTES_MAX];
	struct cpu_fault f;
	size_t n = cpu_read(run->fs->m, (unsigned)c->cpu, c->addr, bytes, c->size, &f);
	ssize_t done = cpu_access_result(run->fs->m, n, &f);

	for (size_t i = 0; i < n; i++)
		ctl_answer(run, "%02x", bytes[i]);
	return done < 0 ? fault_error(run, (int)done, &f) : 0;
}

static int run_store(struct ctl_run *run, const struct command *c)
{
	struct cpu_fault f;
	size_t n = cpu_write(run->fs->m, (unsigned)c->cpu, c->addr, c->bytes, c->size, &f);
	ssize_t done = cpu_access_result(run->fs->m, n, &f);

	if (done < 0)
		return fault_error(run, (int)done, &f);
	ctl_answer(run, "%zu", n);
	return 0;
}

static int run_exec(struct ctl_run *run, const struct command *c)
{
	struct cpu_fault f;
	paddr_t phys;
	bool ok = cpu_translate(run->fs->m, (unsigned)c->cpu, c->addr, ACCESS_EXEC, &phys, &f);
	ssize_t done = cpu_access_result(run->fs->m, ok, &f);

	if (done < 0)
		return fault_error(run, (int)done, &f);
	ctl_answer(run, "0x%016" PRIx64, phys);
	return 0;
}

static int run_age(struct ctl_run *run, const struct command *c)
{
	if (c->size > CPU_AGE_MAX)
		return ctl_fail(run, -EINVAL, "more than 1G at once");
	loop_may_take_long();
	ctl_answer(run, "%" PRIu64, cpu_age(run->fs->m, (unsigned)c->cpu, c->addr, c->size));
	return 0;
}

static int run_cr3(struct ctl_run *run, const struct command *c)
{
	if (vm_load_cr3(run->fs->m, (unsigned)c->cpu, c->size))
		return ctl_fail(run, -ENOENT, "no map has that ID; vmas lists them");
	ctl_answer(run, "0x%016" PRIx64, cpu_cr3(run->fs->m, (unsigned)c->cpu));
	return 0;
}

int ctl_run_cpu(struct ctl_run *run, struct command *c)
{
	struct machine *m = run->fs->m;

	if (c->cpu >= m->nr_cpus)
		return ctl_fail(run, -EINVAL, "the machine has %u processor%s", m->nr_cpus,
				m->nr_cpus == 1 ? "" : "s");
	if (m->crashed)
		return -EIO;
	switch (c->verb) {
	case CPU_LOAD:
		return run_load(run, c);
	case CPU_STORE:
		return run_store(run, c);
	case CPU_EXEC:
		return run_exec(run, c);
	case CPU_AGE:
		return run_age(run, c);
	case CPU_CR3:
		return run_cr3(run, c);
	case CPU_FLUSH:
		ctl_answer(run, "%" PRIu64, cpu_flush(m, (unsigned)c->cpu));
		return 0;
	case CPU_FLUSH_PAGE:
		ctl_answer(run, "%" PRIu64, cpu_invlpg(m, (unsigned)c->cpu, c->addr));
		return 0;
	}
	return -EINVAL;
}

/* The address of the area of the file that a command names. */
static int area_of_file(struct ctl_run *run, char *name, vaddr_t *ret)
{
	struct inode *inode;
	int err = ctl_find_file(run, name, &inode);

	if (err)
		return err;
	inode_lock(inode);
	*ret = inode->addr;
	inode_unlock(inode);
	inode_drop(run->fs, inode);
	return *ret ? 0 : ctl_fail(run, -EINVAL, "the file has no area");
}

int ctl_run_remap(struct ctl_run *run, struct command *c)
{
	const char *why = NULL;
	vaddr_t start;
	uint64_t id;
	int err = c->name ? area_of_file(run, c->name, &c->addr) : 0;

	if (err)
		return err;
	loop_may_take_long();
	run->fs->nr_remapping++;
	err = vm_remap(run->fs->m, c->addr, c->pgoff, c->size, &id, &start, &why);
	run->fs->nr_remapping--;
	if (err)
		return why ? ctl_fail(run, err, "%s", why) : err;
	ctl_answer(run, "%" PRIu64 " 0x%0*" PRIx64, id, address_digits(run->fs->m), start);
	return 0;
}

int ctl_run_unmap(struct ctl_run *run, struct command *c)
{
	int err;

	/* Frames of it may be those of an open file: no thread trusts PG_user meanwhile. */
	run->fs->nr_remapping++;
	err = vm_unmap(run->fs->m, c->size);
	run->fs->nr_remapping--;
	if (err == -ENOENT)
		return ctl_fail(run, err, "no map has that ID; vmas lists them");
	return err == -EBUSY ? ctl_fail(run, err, "the map of an open file") : err;
}
