/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <vmallocfs/machine.h>

#include "show/growth.h"

/* Bytes that a caller may append, such as a heading, without asking for room. */
#define TEXT_SPARE 256

/* From this size on, a piece is refused when the host has little left. */
#define LARGE (64 << 10)

/*
 * Gives *p room for so many bytes.  False: the host has no memory, or would have too little
 * left for others; in the second case *p has moved all the same.
 */
static bool try_grow(gchar **p, gsize bytes)
{
	gpointer grown = g_try_realloc(*p, bytes);

	if (!grown)
		return false;
	*p = grown;
	return bytes < LARGE || host_has(0);
}

bool records_reserve(struct records *r, uint64_t n, gsize size)
{
	if (n <= r->room)
		return true;
	if (n > G_MAXUINT || n > G_MAXSIZE / 2 / size || !try_grow(&r->data, n * size))
		return false;
	r->room = (guint)n;
	return true;
}

bool records_add(struct records *r, gconstpointer record, gsize size)
{
	if (r->len == r->room && !records_reserve(r, r->room + r->room / 2 + 16, size))
		return false;
	memcpy(r->data + r->len++ * size, record, size);
	return true;
}

void records_free(struct records *r)
{
	g_free(r->data);
	*r = (struct records){ 0 };
}

bool text_reserve(GString *out, gsize n)
{
	gsize need = out->len + n + TEXT_SPARE;

	if (need <= out->allocated_len)
		return true;
	need = MAX(need, out->allocated_len + out->allocated_len / 2);
	if (!try_grow(&out->str, need))
		return false;
	out->allocated_len = need;
	return true;
}

GBytes *text_finish(GString *out, bool ok)
{
	if (ok)
		return g_string_free_to_bytes(out);
	g_string_free(out, TRUE);
	return NULL;
}
