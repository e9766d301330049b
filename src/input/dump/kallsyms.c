/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expanding the names, one after the other; looking them up.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "input/dump/kallsyms.h"

#define SYMBOLS_MAX (4u << 20)
#define NAME_MAX_LEN 512
#define NAMES_MAX (64u << 20)
#define TOKENS 256
#define TABLE_MAX 65536

struct tokens {
	uint16_t index[TOKENS];
	char table[TABLE_MAX + 1]; /* ends with a NUL whatever the dump has */
	size_t len;
};

/* The names as a stream of bytes. */
struct stream {
	const struct dump_memory *mem;
	uint64_t addr;
	unsigned char buf[4096];
	size_t at;
	size_t len;
};

static int next_byte(struct stream *s)
{
	if (s->at == s->len) {
		s->addr += s->len;
		s->len = memory_read_some(s->mem, s->addr, s->buf, sizeof(s->buf));
		s->at = 0;
		if (!s->len)
			return -1;
	}
	return s->buf[s->at++];
}

static bool read_tokens(const struct dump_memory *mem, const struct kallsyms_place *place,
			struct tokens *t)
{
	if (!memory_read(mem, place->token_index, t->index, sizeof(t->index)))
		return false;
	t->len = TABLE_MAX;
	/* The index follows the table in the kernels that are known. */
	if (place->token_index > place->token_table &&
	    place->token_index - place->token_table < TABLE_MAX)
		t->len = place->token_index - place->token_table;
	t->len = memory_read_some(mem, place->token_table, t->table, t->len);
	t->table[t->len] = '\0';
	for (unsigned i = 0; i < TOKENS; i++)
		if (t->index[i] >= t->len)
			return false;
	return true;
}

/* One name, without its type, appended to out with a NUL. */
static bool expand(struct stream *s, const struct tokens *t, GString *out)
{
	gsize start = out->len;
	int len = next_byte(s);

	if (len >= 0x80) {
		int more = next_byte(s);

		if (more < 0)
			return false;
		len = (len & 0x7f) | more << 7;
	}
	if (len <= 0)
		return false;
	while (len--) {
		int token = next_byte(s);

		if (token < 0)
			return false;
		g_string_append(out, t->table + t->index[token]);
		if (out->len - start > NAME_MAX_LEN)
			return false;
	}
	if (out->len == start)
		return false;
	g_string_erase(out, (gssize)start, 1);
	g_string_append_c(out, '\0');
	return true;
}

static int expand_all(struct kallsyms *k, const struct dump_memory *mem,
		      const struct kallsyms_place *place, char **error)
{
	g_autofree struct tokens *t = g_new(struct tokens, 1);
	g_autofree struct stream *s = g_new(struct stream, 1);

	if (!read_tokens(mem, place, t)) {
		*error = g_strdup("the tokens of its symbols' names cannot be read");
		return -EINVAL;
	}
	s->mem = mem;
	s->addr = place->names;
	s->at = s->len = 0;
	for (uint32_t i = 0; i < k->nr; i++) {
		k->name[i] = (uint32_t)k->names->len;
		if (expand(s, t, k->names) && k->names->len <= NAMES_MAX)
			continue;
		*error = g_strdup_printf(
			"the name of symbol %" PRIu32 " of %" PRIu32 " cannot be read", i, k->nr);
		return -EINVAL;
	}
	return 0;
}

static uint64_t symbol_addr(uint64_t base, int32_t offset, bool absolute)
{
	if (!absolute)
		return base + (uint32_t)offset;
	return offset >= 0 ? (uint64_t)offset : base - 1 - (uint64_t)(int64_t)offset;
}

static bool find_index(const struct kallsyms *k, const char *name, uint32_t *ret)
{
	for (uint32_t i = 0; i < k->nr; i++)
		if (!strcmp(k->names->str + k->name[i], name)) {
			*ret = i;
			return true;
		}
	return false;
}

static int place_all(struct kallsyms *k, const struct dump_memory *mem,
		     const struct kallsyms_place *place, char **error)
{
	g_autofree int32_t *offset = g_new(int32_t, k->nr);
	uint64_t base;
	uint32_t known;
	bool absolute;

	if (!memory_u64(mem, place->relative_base, &base) ||
	    !memory_read(mem, place->offsets, offset, k->nr * sizeof(*offset))) {
		*error = g_strdup("the addresses of its symbols cannot be read");
		return -EINVAL;
	}
	if (!find_index(k, place->known, &known)) {
		*error = g_strdup_printf("its symbols have no %s", place->known);
		return -EINVAL;
	}
	absolute = symbol_addr(base, offset[known], true) == place->known_addr;
	if (!absolute && symbol_addr(base, offset[known], false) != place->known_addr) {
		*error = g_strdup_printf("its symbols place %s elsewhere than VMCOREINFO does",
					 place->known);
		return -EINVAL;
	}
	for (uint32_t i = 0; i < k->nr; i++)
		k->addr[i] = symbol_addr(base, offset[i], absolute);
	return 0;
}

int kallsyms_init(struct kallsyms *k, const struct dump_memory *mem,
		  const struct kallsyms_place *place, char **error)
{
	uint32_t nr;
	int err;

	memset(k, 0, sizeof(*k));
	if (!memory_u32(mem, place->num_syms, &nr) || !nr || nr > SYMBOLS_MAX) {
		*error = g_strdup("the number of its symbols cannot be read, or cannot be");
		return -EINVAL;
	}
	k->nr = nr;
	k->addr = g_new0(uint64_t, nr);
	k->name = g_new0(uint32_t, nr);
	k->names = g_string_new(NULL);
	err = expand_all(k, mem, place, error);
	if (!err)
		err = place_all(k, mem, place, error);
	if (err)
		kallsyms_deinit(k);
	return err;
}

void kallsyms_deinit(struct kallsyms *k)
{
	g_free(k->addr);
	g_free(k->name);
	if (k->names)
		g_string_free(k->names, TRUE);
	memset(k, 0, sizeof(*k));
}

bool kallsyms_find(const struct kallsyms *k, const char *name, uint64_t *ret)
{
	uint32_t i;

	if (!find_index(k, name, &i))
		return false;
	*ret = k->addr[i];
	return true;
}

bool kallsyms_lookup(const struct kallsyms *k, uint64_t addr, struct kallsyms_hit *ret)
{
	uint32_t low = 0, high = k->nr, next;

	/* The first symbol above addr. */
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (k->addr[mid] <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || low == k->nr)
		return false;
	next = low--;
	while (low && k->addr[low - 1] == k->addr[low])
		low--;
	ret->name = k->names->str + k->name[low];
	ret->offset = addr - k->addr[low];
	ret->length = k->addr[next] - k->addr[low];
	return true;
}
