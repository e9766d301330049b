/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs that are the shape of the TLBs: sets and ways for each size of page.
 */
#include "fs/files/files.h"
#include "fs/files/knob.h"
#include "fs/files/knob_number.h"
#include "fs/inode/mount.h"

static const struct tlb_row *tlb_row(const struct knob_row *row)
{
	return (const struct tlb_row *)row;
}

static void get_shape(struct fs *fs, const struct knob_row *row, GString *out)
{
	struct tlb_shape shape = cpu_tlb_shape(fs->m, tlb_row(row)->size);

	g_string_append_printf(out, "%u\n", tlb_row(row)->ways ? shape.ways : shape.sets);
}

static int set_shape(struct fs *fs, const struct knob_row *row, const char *text)
{
	struct tlb_shape shape = cpu_tlb_shape(fs->m, tlb_row(row)->size);
	uint64_t value;
	int err = parse_number(text, UINT32_MAX, &value);

	if (err)
		return err;
	*(tlb_row(row)->ways ? &shape.ways : &shape.sets) = (unsigned)value;
	return cpu_set_tlb_shape(fs->m, tlb_row(row)->size, shape);
}

const struct knob_kind tlb_kind = { get_shape, set_shape };

#define SHAPE(name, size_, ways_)                                                                  \
	{                                                                                          \
		.knob = { { "sys/kernel/mm/vmalloc/tlb_" name, 0644, &knob_ops }, &tlb_kind },     \
		.size = (size_), .ways = (ways_),                                                  \
	}

const struct tlb_row tlb_rows[] = {
	SHAPE("sets_4k", TLB_4K, false), SHAPE("ways_4k", TLB_4K, true),
	SHAPE("sets_2m", TLB_2M, false), SHAPE("ways_2m", TLB_2M, true),
	SHAPE("sets_1g", TLB_1G, false), SHAPE("ways_1g", TLB_1G, true),
};

const size_t nr_tlb_rows = G_N_ELEMENTS(tlb_rows);
