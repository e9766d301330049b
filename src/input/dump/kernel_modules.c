/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A module's symbols are read when an address in it is looked up first.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "input/dump/kernel_list.h"
#include "input/dump/kernel_modules.h"

#define MODULE_NAME 56
#define MODULES_MAX 4096
#define SYMBOLS_MAX (1u << 18)
#define STRINGS_MAX (8u << 20)
#define STRINGS_STEP 65536

struct range {
	uint64_t start;
	uint64_t length;
};

/* Of Elf64_Sym, what is needed. */
struct elf_symbol {
	uint32_t name;
	uint8_t info;
	uint8_t other;
	uint16_t section; /* 0: defined elsewhere */
	uint64_t value;
	uint64_t size;
};

struct module {
	char name[MODULE_NAME + 1];
	uint64_t kallsyms; /* address of its struct mod_kallsyms */
	GArray *ranges;	   /* struct range; the first one is its text */
	uint64_t text_end;

	bool read;
	struct elf_symbol *symbol;
	uint32_t nr_symbols;
	char *strings;
	size_t strings_len;
	const struct kernel_types *types;
};

static void module_free(gpointer p)
{
	struct module *m = p;

	g_array_unref(m->ranges);
	g_free(m->symbol);
	g_free(m->strings);
	g_free(m);
}

static bool add_range(struct module *m, const struct dump_memory *mem, uint64_t base,
		      uint64_t length)
{
	struct range r;
	uint32_t len;

	if (!memory_u64(mem, base, &r.start) || !memory_u32(mem, length, &len))
		return false;
	r.length = len;
	if (len)
		g_array_append_val(m->ranges, r);
	return true;
}

/* One range up to 6.3, several since then; text is the first of them. */
static bool read_ranges(struct module *m, const struct dump_memory *mem,
			const struct kernel_types *t, uint64_t addr)
{
	uint32_t text;

	if (t->core_base != NO_MEMBER) {
		if (!add_range(m, mem, addr + t->core_base, addr + t->core_length) ||
		    !memory_u32(mem, addr + t->core_text, &text))
			return false;
		m->text_end =
			m->ranges->len ? g_array_index(m->ranges, struct range, 0).start + text : 0;
		return true;
	}
	for (uint32_t i = 0; i < t->nr_module_mem; i++) {
		uint64_t at = addr + t->module_mem + (uint64_t)i * t->module_mem_size;

		if (!add_range(m, mem, at + t->mem_base, at + t->mem_length))
			return false;
		if (!i && m->ranges->len)
			m->text_end = g_array_index(m->ranges, struct range, 0).start +
				      g_array_index(m->ranges, struct range, 0).length;
	}
	return true;
}

static struct module *read_module(const struct dump_memory *mem, const struct kernel_types *t,
				  uint64_t addr)
{
	struct module *m = g_new0(struct module, 1);

	m->types = t;
	m->ranges = g_array_new(FALSE, FALSE, sizeof(struct range));
	if (memory_read_some(mem, addr + t->module_name, m->name, MODULE_NAME) &&
	    memory_u64(mem, addr + t->module_kallsyms, &m->kallsyms) &&
	    read_ranges(m, mem, t, addr))
		return m;
	module_free(m);
	return NULL;
}

int kernel_modules_read(struct kernel_modules *k, const struct dump_memory *mem,
			const struct kernel_types *t, uint64_t head, char **error)
{
	struct kernel_list l;

	k->modules = g_ptr_array_new_with_free_func(module_free);
	kernel_list_init(&l, mem, head);
	while (kernel_list_next(&l) && k->modules->len < MODULES_MAX) {
		struct module *m = read_module(mem, t, l.node - t->module_list);

		if (!m) {
			l.problem = "cannot be read";
			break;
		}
		g_ptr_array_add(k->modules, m);
	}
	if (!l.problem)
		return 0;
	*error = g_strdup_printf("its list of modules %s at 0x%" PRIx64, l.problem, l.node);
	kernel_modules_free(k);
	return -EINVAL;
}

void kernel_modules_free(struct kernel_modules *k)
{
	if (k->modules)
		g_ptr_array_unref(k->modules);
	k->modules = NULL;
}

/* The names of symbols have no length; they end where they cannot be read any more. */
static void read_strings(struct module *m, const struct dump_memory *mem, uint64_t addr)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < m->nr_symbols; i++)
		last = MAX(last, m->symbol[i].name);
	m->strings_len = MIN((size_t)last + STRINGS_STEP, STRINGS_MAX);
	m->strings = g_malloc(m->strings_len + 1);
	m->strings_len = memory_read_some(mem, addr, m->strings, m->strings_len);
	m->strings[m->strings_len] = '\0';
}

static void read_module_symbols(struct module *m, const struct dump_memory *mem)
{
	const struct kernel_types *t = m->types;
	uint64_t symtab, strtab;
	uint32_t nr;

	m->read = true;
	if (!memory_u64(mem, m->kallsyms + t->symtab, &symtab) ||
	    !memory_u32(mem, m->kallsyms + t->num_symtab, &nr) ||
	    !memory_u64(mem, m->kallsyms + t->strtab, &strtab) || nr > SYMBOLS_MAX)
		return;
	m->symbol = g_new0(struct elf_symbol, nr + 1);
	m->nr_symbols =
		(uint32_t)(memory_read_some(mem, symtab, m->symbol, nr * sizeof(*m->symbol)) /
			   sizeof(*m->symbol));
	read_strings(m, mem, strtab);
}

static const char *symbol_name(const struct module *m, const struct elf_symbol *s)
{
	return s->name < m->strings_len ? m->strings + s->name : "";
}

static struct module *module_at(struct kernel_modules *k, uint64_t addr)
{
	for (guint i = 0; i < k->modules->len; i++) {
		struct module *m = k->modules->pdata[i];

		for (guint j = 0; j < m->ranges->len; j++) {
			const struct range *r = &g_array_index(m->ranges, struct range, j);

			if (addr >= r->start && addr - r->start < r->length)
				return m;
		}
	}
	return NULL;
}

/* As the kernel looks: the highest symbol that is not above, up to the lowest that is. */
static bool nearest(const struct module *m, uint64_t addr, struct kallsyms_hit *ret)
{
	const struct elf_symbol *best = NULL;
	uint64_t end = m->text_end;

	for (uint32_t i = 1; i < m->nr_symbols; i++) {
		const struct elf_symbol *s = &m->symbol[i];

		if (!s->section || !*symbol_name(m, s))
			continue;
		if (s->value <= addr && (!best || s->value > best->value))
			best = s;
		if (s->value > addr && s->value < end)
			end = s->value;
	}
	if (!best)
		return false;
	ret->name = symbol_name(m, best);
	ret->offset = addr - best->value;
	ret->length = end - best->value;
	return true;
}

bool kernel_modules_lookup(struct kernel_modules *k, const struct dump_memory *mem, uint64_t addr,
			   struct kallsyms_hit *ret, const char **module)
{
	struct module *m = k->modules ? module_at(k, addr) : NULL;

	if (!m)
		return false;
	if (!m->read)
		read_module_symbols(m, mem);
	*module = m->name;
	return nearest(m, addr, ret);
}
