/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An open hash table of names, and the roles of known callers.
 */
#include "input/listing_names.h"

#include <string.h>

#define FIRST_SLOTS 1024
#define CHUNK_SIZE 16384

/* Known callers, by how their names begin. */
static const struct {
	const char *begin;
	enum name_role role;
} known[] = {
	{ "module_alloc", NAME_CODE },	  { "load_module", NAME_CODE },
	{ "move_module", NAME_CODE },	  { "layout_and_allocate", NAME_CODE },
	{ "bpf_jit_", NAME_CODE },	  { "bpf_prog_pack", NAME_CODE },
	{ "execmem_", NAME_CODE },	  { "arch_ftrace_update_trampoline", NAME_CODE },
	{ "alloc_insn_page", NAME_CODE }, { "__get_insn_slot", NAME_CODE },
	{ "iotable_init", NAME_STATIC },  { "pci_reserve_io", NAME_STATIC },
	{ "paging_init", NAME_STATIC },	  { "map_lowmem", NAME_STATIC },
	{ "declare_vma", NAME_STATIC },	  { "declare_kernel_vmas", NAME_STATIC },
	{ "lowmem", NAME_STATIC },	  { "pcpu_get_vm_areas", NAME_PERCPU },
	{ "acpi_", NAME_I386 },		  { "hpet_", NAME_I386 },
	{ "pci_mmcfg_", NAME_I386 },
};

static unsigned roles_of(const char *s)
{
	unsigned roles = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (g_str_has_prefix(s, known[i].begin))
			roles |= known[i].role;
	return roles;
}

void listing_names_init(struct listing_names *n)
{
	n->names = g_array_new(FALSE, FALSE, sizeof(struct listing_named));
	n->bytes = g_string_chunk_new(CHUNK_SIZE);
	n->nr_slots = FIRST_SLOTS;
	n->slots = g_new0(uint32_t, n->nr_slots);
}

void listing_names_deinit(struct listing_names *n)
{
	g_array_unref(n->names);
	g_string_chunk_free(n->bytes);
	g_free(n->slots);
}

static uint32_t hash_of(const char *s, size_t len)
{
	uint64_t h = len;

	for (; len >= 8; s += 8, len -= 8) {
		uint64_t w;

		memcpy(&w, s, 8);
		h = (h ^ w) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	for (; len; s++, len--)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(h >> 32);
}

/* The slot that has this name, or the empty one where it belongs. */
static uint32_t *find_slot(const struct listing_names *n, const char *s, size_t len, uint32_t hash)
{
	uint32_t i = hash & (n->nr_slots - 1);

	for (;; i = (i + 1) & (n->nr_slots - 1)) {
		const struct listing_named *name;

		if (!n->slots[i])
			return &n->slots[i];
		name = listing_named(n, n->slots[i] - 1);
		if (name->hash == hash && name->len == len && !memcmp(name->s, s, len))
			return &n->slots[i];
	}
}

static void grow(struct listing_names *n)
{
	g_free(n->slots);
	n->nr_slots *= 2;
	n->slots = g_new0(uint32_t, n->nr_slots);
	for (guint k = 0; k < n->names->len; k++) {
		uint32_t i = listing_named(n, k)->hash & (n->nr_slots - 1);

		while (n->slots[i])
			i = (i + 1) & (n->nr_slots - 1);
		n->slots[i] = k + 1;
	}
}

uint32_t listing_names_add(struct listing_names *n, const char *s, size_t len)
{
	uint32_t hash = hash_of(s, len);
	uint32_t *slot = find_slot(n, s, len, hash);
	struct listing_named new;

	if (*slot)
		return *slot - 1;
	new = (struct listing_named){
		.s = g_string_chunk_insert_len(n->bytes, s, (gssize)len),
		.len = (uint32_t)len,
		.hash = hash,
	};
	new.roles = roles_of(new.s);
	g_array_append_val(n->names, new);
	*slot = n->names->len;
	if (n->names->len > n->nr_slots / 2)
		grow(n);
	return n->names->len - 1;
}
