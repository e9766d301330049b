/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of members to find, and libbpf to find them with.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "input/dump/kernel_types.h"

#define ANONYMOUS_DEPTH 8 /* structures in structures; a damaged BTF may have them in a ring */

struct wanted {
	const char *type;
	const char *member; /* a path: "core_layout.base" */
	size_t to;	    /* offset in struct kernel_types */
	bool optional;
};

#define WANT(type, member, to)                                                                     \
	{                                                                                          \
		type, member, offsetof(struct kernel_types, to), false                             \
	}
#define MAYBE(type, member, to)                                                                    \
	{                                                                                          \
		type, member, offsetof(struct kernel_types, to), true                              \
	}

static const struct wanted members[] = {
	WANT("vmap_area", "va_start", va_start),
	WANT("vmap_area", "va_end", va_end),
	WANT("vmap_area", "list", va_list),
	WANT("vmap_area", "vm", va_vm),
	WANT("vm_struct", "addr", vm_addr),
	WANT("vm_struct", "size", vm_size),
	WANT("vm_struct", "flags", vm_flags),
	WANT("vm_struct", "pages", vm_pages),
	WANT("vm_struct", "nr_pages", vm_nr_pages),
	WANT("vm_struct", "phys_addr", vm_phys_addr),
	WANT("vm_struct", "caller", vm_caller),
	MAYBE("vmap_node", "busy.head", node_busy),
	MAYBE("vmap_node", "lazy.head", node_lazy),
	MAYBE("vmap_node", "pool", node_pool),
	MAYBE("vmap_pool", "head", pool_head),
	WANT("module", "list", module_list),
	WANT("module", "name", module_name),
	WANT("module", "kallsyms", module_kallsyms),
	MAYBE("module", "mem", module_mem),
	MAYBE("module_memory", "base", mem_base),
	MAYBE("module_memory", "size", mem_length),
	MAYBE("module", "core_layout.base", core_base),
	MAYBE("module", "core_layout.size", core_length),
	MAYBE("module", "core_layout.text_size", core_text),
	WANT("mod_kallsyms", "symtab", symtab),
	WANT("mod_kallsyms", "num_symtab", num_symtab),
	WANT("mod_kallsyms", "strtab", strtab),
};

/* What a type is once its names and qualifiers are taken off, or NULL. */
static const struct btf_type *plain_type(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	for (int depth = 0; t && depth < ANONYMOUS_DEPTH; depth++) {
		if (!btf_is_mod(t) && !btf_is_typedef(t))
			return t;
		t = btf__type_by_id(btf, t->type);
	}
	return NULL;
}

static bool name_is(const char *have, const char *want, size_t len)
{
	return have && strlen(have) == len && !memcmp(have, want, len);
}

/* The bits before a member of t, or of a nameless structure in it; its type. */
static bool find_member(const struct btf *btf, const struct btf_type *t, const char *name,
			size_t len, int depth, uint32_t *bits, const struct btf_type **ret)
{
	if (!t || !btf_is_composite(t) || depth > ANONYMOUS_DEPTH)
		return false;
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *have = btf__name_by_offset(btf, m->name_off);
		const struct btf_type *type = plain_type(btf, m->type);

		if (name_is(have, name, len)) {
			*bits += btf_member_bit_offset(t, i);
			*ret = type;
			return true;
		}
		if (have && !*have && find_member(btf, type, name, len, depth + 1, bits, ret)) {
			*bits += btf_member_bit_offset(t, i);
			return true;
		}
	}
	return false;
}

static const struct btf_type *find_struct(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	return id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
}

/* The byte that a path leads to; its type. */
static bool find_member_path(const struct btf *btf, const char *type, const char *path,
			     uint32_t *bytes, const struct btf_type **ret)
{
	const struct btf_type *t = find_struct(btf, type);
	uint32_t bits = 0;

	while (*path) {
		size_t len = strcspn(path, ".");

		if (!find_member(btf, t, path, len, 0, &bits, &t))
			return false;
		path += len;
		path += *path == '.';
	}
	*bytes = bits / 8;
	*ret = t;
	return true;
}

static uint32_t struct_size(const struct btf *btf, const char *type)
{
	const struct btf_type *t = find_struct(btf, type);

	return t ? t->size : 0;
}

/* The elements of an array, at most `limit`. */
static uint32_t length_of(const struct btf_type *t, uint32_t limit)
{
	return t && btf_is_array(t) ? MIN(btf_array(t)->nelems, limit) : 0;
}

static int read_members(struct kernel_types *t, const struct btf *btf, char **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
		const struct wanted *w = &members[i];
		uint32_t *to = (uint32_t *)(void *)((char *)t + w->to);
		const struct btf_type *type;

		if (find_member_path(btf, w->type, w->member, to, &type))
			continue;
		*to = NO_MEMBER;
		if (w->optional)
			continue;
		*error = g_strdup_printf("its BTF has no %s in struct %s", w->member, w->type);
		return -EINVAL;
	}
	return 0;
}

static int read_sizes(struct kernel_types *t, const struct btf *btf, char **error)
{
	const struct btf_type *array;
	uint32_t at;

	t->page_size = struct_size(btf, "page");
	t->node_size = struct_size(btf, "vmap_node");
	t->pool_size = struct_size(btf, "vmap_pool");
	t->module_mem_size = struct_size(btf, "module_memory");
	t->nr_pools = find_member_path(btf, "vmap_node", "pool", &at, &array)
			      ? length_of(array, 4096)
			      : 0;
	t->nr_module_mem =
		find_member_path(btf, "module", "mem", &at, &array) ? length_of(array, 64) : 0;
	if (!t->page_size || t->page_size > 4096) {
		*error = g_strdup("its BTF has no struct page of a size that could be");
		return -EINVAL;
	}
	return 0;
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

int kernel_types_read(struct kernel_types *t, const void *btf_bytes, uint32_t len, char **error)
{
	struct btf *btf;
	int err;

	/* The library has one printer for the process; what it says of a dump we say ourselves. */
	libbpf_set_print(quiet);
	memset(t, 0, sizeof(*t));
	btf = btf__new(btf_bytes, len);
	if (!btf) {
		*error = g_strdup("its BTF, which describes its types, is damaged");
		return -EINVAL;
	}
	err = read_members(t, btf, error);
	if (!err)
		err = read_sizes(t, btf, error);
	btf__free(btf);
	return err;
}
