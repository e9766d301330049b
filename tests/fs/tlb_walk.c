/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tlb_walk MOUNT LEVELS ROUNDS SEED ADDRESS...: loads of a processor, after a flush of its
 * TLB, against the walk of libaddrxlat over dev/mem, for random addresses near those given
 * and for page tables that are damaged through dev/mem.  Each time the processor's TLB
 * says which frame it found.  libaddrxlat knows neither reserved bits nor rights.
 *
 *	ctl: cpu 0 flush, cpu 0 load ADDRESS 1	cpu0/tlb: page, frame
 *	dev/mem: cr3, PGD ... PTE		libaddrxlat: physical address
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libkdumpfile/addrxlat.h>

#define PAGE 4096
#define ADDRESS_BITS UINT64_C(0x000ffffffffff000)
#define DAMAGES 3

static const char *mount;
static int mem, ctl;
static unsigned levels;
static uint64_t cr3, chance;
static uint64_t nr_both, nr_absent, nr_reserved;

/* What a load by the processor gave. */
struct load {
	bool ok;
	bool absent; /* the fault was for want of a page */
	uint64_t phys;
	unsigned byte;
};

static void end(const char *what)
{
	fprintf(stderr, "tlb_walk: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static uint64_t below(uint64_t n)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance % n;
}

static uint64_t peek(uint64_t phys)
{
	uint64_t word;

	if (pread(mem, &word, sizeof(word), (off_t)phys) != sizeof(word))
		end("dev/mem");
	return word;
}

static void poke(uint64_t phys, uint64_t word)
{
	if (pwrite(mem, &word, sizeof(word), (off_t)phys) != sizeof(word))
		end("dev/mem");
}

/* One line of a small file of the mount, as it is now. */
static bool read_line(const char *name, const char *key, char *line, int size)
{
	char path[4096];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", mount, name);
	f = fopen(path, "r");
	if (!f)
		end(path);
	while (!found && fgets(line, size, f))
		found = !strncmp(line, key, strlen(key));
	fclose(f);
	return found;
}

/* Runs a command of ctl: 0 or errno; the answer. */
static int command(char *answer, size_t size, const char *format, uint64_t addr)
{
	char line[64];
	int n = snprintf(line, sizeof(line), format, addr);
	int err = write(ctl, line, (size_t)n) == n ? 0 : errno;
	ssize_t got = read(ctl, answer, size - 1);

	if (got < 0)
		end("ctl");
	answer[got] = '\0';
	return err;
}

static struct load load(uint64_t addr)
{
	char answer[512], entry[128];
	struct load ret = { .ok = false };
	uint64_t page = 0, frame = 0;
	int err;

	if (command(answer, sizeof(answer), "cpu 0 flush\n", 0))
		end("flush");
	err = command(answer, sizeof(answer), "cpu 0 load 0x%" PRIx64 " 1\n", addr);
	if (err && err != EFAULT)
		end("load");
	ret.ok = !err;
	ret.absent = err && strstr(answer, "not-present page");
	if (err)
		return ret;
	if (!read_line("sys/devices/system/cpu/cpu0/tlb", "0x", entry, sizeof(entry)) ||
	    sscanf(entry, "%" SCNx64 " %" SCNx64, &page, &frame) != 2 ||
	    sscanf(strchr(answer, ':'), ": %x", &ret.byte) != 1)
		end("what the TLB has");
	ret.phys = frame + (addr - page);
	return ret;
}

/* --- damage ------------------------------------------------------------------- */

/* The entry of a table on the way to addr, `down` levels below the topmost, or 0. */
static uint64_t entry_on_the_way(uint64_t addr, unsigned down, uint64_t ram)
{
	uint64_t table = cr3;

	for (unsigned level = levels;; level--, down--) {
		uint64_t at = table + 8 * (addr >> (12 + 9 * (level - 1)) & 511);
		uint64_t entry = peek(at);

		if (!down)
			return at;
		table = entry & ADDRESS_BITS;
		if (!(entry & 1) || entry & 0x80 || table >= ram)
			return 0;
	}
}

static uint64_t damaged(uint64_t entry, uint64_t ram)
{
	static const unsigned bits[] = { 0, 1, 2, 5, 6, 7, 8, 12, 13, 20, 25, 46, 51, 63 };

	switch (below(4)) {
	case 0:
		return 0;
	case 1:
		return (below(ram / PAGE) * PAGE) | below(0x200);
	default:
		return entry ^ UINT64_C(1) << bits[below(sizeof(bits) / sizeof(bits[0]))];
	}
}

/* --- the other walk -------------------------------------------------------------- */

/* The context keeps the pages that it was given, one for each level. */
static addrxlat_status get_page(const addrxlat_cb_t *cb, addrxlat_buffer_t *buf)
{
	static char pages[8][PAGE];
	static unsigned turn;
	char *page = pages[turn++ % 8];

	(void)cb;
	buf->addr.addr &= ~(uint64_t)(PAGE - 1);
	if (pread(mem, page, PAGE, (off_t)buf->addr.addr) != PAGE)
		return ADDRXLAT_ERR_NODATA;
	buf->ptr = page;
	buf->size = PAGE;
	buf->byte_order = ADDRXLAT_LITTLE_ENDIAN;
	return ADDRXLAT_OK;
}

static unsigned long read_caps(const addrxlat_cb_t *cb)
{
	(void)cb;
	return ADDRXLAT_CAPS(ADDRXLAT_MACHPHYSADDR);
}

/* A context for each walk, since one keeps pages, whose bytes change here. */
static addrxlat_status walk(uint64_t addr, uint64_t *phys)
{
	const addrxlat_meth_t meth = {
		.kind = ADDRXLAT_PGT,
		.target_as = ADDRXLAT_MACHPHYSADDR,
		.param.pgt = { .root = { cr3, ADDRXLAT_MACHPHYSADDR },
			       .pf = { levels == 3 ? ADDRXLAT_PTE_IA32_PAE : ADDRXLAT_PTE_X86_64,
				       (unsigned short)(levels + 1),
				       { 12, 9, 9, levels == 3 ? 2 : 9, 9, 9 } } },
	};
	addrxlat_ctx_t *ctx = addrxlat_ctx_new();
	addrxlat_cb_t *cb = addrxlat_ctx_add_cb(ctx);
	addrxlat_step_t step = { .ctx = ctx, .meth = &meth };
	addrxlat_status status;

	cb->get_page = get_page;
	cb->read_caps = read_caps;
	step.base = (addrxlat_fulladdr_t){ addr, ADDRXLAT_KVADDR };
	status = addrxlat_walk(&step);
	*phys = step.base.addr;
	addrxlat_ctx_decref(ctx);
	return status;
}

/* --- rounds -------------------------------------------------------------------- */

static bool agree(uint64_t addr, uint64_t ram)
{
	struct load l = load(addr);
	uint64_t phys = 0;
	addrxlat_status status = walk(addr, &phys);
	unsigned char byte = 0;

	if (l.ok) {
		nr_both++;
		if (l.phys < ram && pread(mem, &byte, 1, (off_t)l.phys) != 1)
			end("dev/mem");
		return status == ADDRXLAT_OK && phys == l.phys && (l.phys >= ram || byte == l.byte);
	}
	nr_absent += l.absent;
	nr_reserved += !l.absent;
	/* A reserved bit faults before the walk comes to an entry that is not present. */
	return !l.absent || status == ADDRXLAT_ERR_NOTPRESENT;
}

static void round_at(uint64_t addr, char **near, uint64_t n, uint64_t ram)
{
	uint64_t at[DAMAGES] = { 0 }, was[DAMAGES];
	uint64_t wrong = below(DAMAGES + 1);
	bool same;

	for (uint64_t i = 0; i < wrong; i++) {
		uint64_t of = below(2) ? addr : strtoull(near[below(n)], NULL, 0);

		at[i] = entry_on_the_way(of, (unsigned)below(levels), ram);
		if (!at[i])
			continue;
		was[i] = peek(at[i]);
		poke(at[i], damaged(was[i], ram));
	}
	same = agree(addr, ram);
	for (uint64_t i = wrong; i-- > 0;)
		if (at[i])
			poke(at[i], was[i]);
	if (!same) {
		fprintf(stderr, "tlb_walk: 0x%" PRIx64 ": the two walks differ\n", addr);
		exit(EXIT_FAILURE);
	}
}

int main(int argc, char **argv)
{
	char line[128], path[4096];
	uint64_t ram, rounds;

	if (argc < 6) {
		fprintf(stderr, "usage: tlb_walk MOUNT LEVELS ROUNDS SEED ADDRESS...\n");
		return 2;
	}
	mount = argv[1];
	levels = (unsigned)atoi(argv[2]);
	rounds = strtoull(argv[3], NULL, 0);
	chance = strtoull(argv[4], NULL, 0) | UINT64_C(0x9e3779b97f4a7c15);
	snprintf(path, sizeof(path), "%s/dev/mem", mount);
	mem = open(path, O_RDWR);
	snprintf(path, sizeof(path), "%s/ctl", mount);
	ctl = open(path, O_RDWR);
	if (mem < 0 || ctl < 0)
		end(mount);
	if (!read_line("status", "cr3:", line, sizeof(line)))
		end("cr3");
	cr3 = strtoull(line + 4, NULL, 0);
	if (!read_line("status", "frames:", line, sizeof(line)))
		end("frames");
	ram = strtoull(line + 7, NULL, 0) * PAGE;
	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t addr = strtoull(argv[5 + below((uint64_t)argc - 5)], NULL, 0);

		addr += below(10) ? below(40 * PAGE) : below(UINT64_C(1) << 32);
		if (levels == 3)
			addr &= UINT32_MAX;
		round_at(addr, argv + 5, (uint64_t)argc - 5, ram);
	}
	printf("%" PRIu64 " translated, %" PRIu64 " not present, %" PRIu64 " reserved\n", nr_both,
	       nr_absent, nr_reserved);
	return 0;
}
