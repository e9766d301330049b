/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values and objects in JSON.  The output is valid UTF-8 and valid JSON, whatever
 * bytes a name has.
 */
#include "show/json.h"

#include <string.h>

#include "show/counters.h"
#include "show/words.h"

char *put_json_number(char *p, uint64_t v)
{
	if (v <= UINT64_C(1) << 53)
		return put_dec(p, v);
	*p++ = '"';
	p = put_dec(p, v);
	*p++ = '"';
	return p;
}

char *put_json_addr(char *p, uint64_t addr)
{
	*p++ = '"';
	p = put_addr(p, addr);
	*p++ = '"';
	return p;
}

char *put_json_vaddr(char *p, vaddr_t addr)
{
	*p++ = '"';
	p = put_vaddr(p, addr);
	*p++ = '"';
	return p;
}

/* How many of the len bytes at s are one UTF-8 character; 0: they do not begin with one. */
static size_t utf8_length(const char *s, size_t len)
{
	gunichar c = g_utf8_get_char_validated(s, (gssize)len);

	if (c == (gunichar)-1 || c == (gunichar)-2)
		return 0;
	return (size_t)g_unichar_to_utf8(c, NULL);
}

static char *put_unit(char *p, unsigned char c)
{
	return put_hex_wide(put_bytes(p, "\\u00", 4), c, 2);
}

static char *put_octal(char *p, unsigned char c)
{
	p = put_bytes(p, "\\\\", 2);
	*p++ = (char)('0' + (c >> 6));
	*p++ = (char)('0' + (c >> 3 & 7));
	*p++ = (char)('0' + (c & 7));
	return p;
}

char *put_json_text(char *p, const char *text, size_t len)
{
	while (len) {
		size_t n = plain_char(text, len);

		if (*text == '"' || *text == '\\') {
			*p++ = '\\';
			*p++ = *text;
		} else if (*text == '<') {
			p = put_unit(p, '<');
		} else if (n || *text == ' ') {
			p = put_bytes(p, text, n ? n : 1);
		} else {
			*p++ = '?';
		}
		n = n ? n : 1;
		text += n;
		len -= n;
	}
	return p;
}

char *put_json_name(char *p, const char *name, size_t len)
{
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)name[i];

		if (c < 0x80) {
			i++;
			if (c == '"')
				p = put_bytes(p, "\\\"", 2);
			else if (c == '\\')
				p = put_octal(p, c);
			else if (c < ' ' || c == 0x7f || c == '<')
				p = put_unit(p, c);
			else
				*p++ = (char)c;
		} else {
			size_t n = utf8_length(name + i, len - i);

			if (!n)
				p = put_octal(p, c);
			else if (!plain_char(name + i, n))
				p = put_hex_wide(put_bytes(p, "\\u", 2), g_utf8_get_char(name + i),
						 4);
			else
				p = put_bytes(p, name + i, n);
			i += n ? n : 1;
		}
	}
	return p;
}

/* ,"KEY":  An object's first member has no comma. */
static char *put_key(char *p, const char *key)
{
	*p++ = '"';
	p = put_str(p, key);
	return put_bytes(p, "\": ", 3);
}

static char *put_next(char *p, const char *key)
{
	return put_key(put_bytes(p, ", ", 2), key);
}

static char *put_range_members(char *p, vaddr_t start, uint64_t size)
{
	p = put_json_vaddr(put_key(p, "start"), start);
	p = put_json_vaddr(put_next(p, "end"), start + size);
	return put_json_number(put_next(p, "size"), size);
}

static char *put_json_machine(char *p, const struct machine *m)
{
	p = put_str(put_key(p, "arch"), "\"");
	p = put_str(put_str(p, m->arch->name), "\"");
	p = put_json_number(put_next(p, "levels"), m->arch->levels);
	p = put_json_number(put_next(p, "memory"), m->ram_size);
	p = put_json_number(put_next(p, "nodes"), m->nr_nodes);
	p = put_json_number(put_next(p, "cpus"), m->nr_cpus);
	p = put_json_number(put_next(p, "page_size"), PAGE_SIZE);
	p = put_str(put_next(p, "crashed"), m->crashed ? "true" : "false");
	p = put_json_addr(put_next(p, "cr3"), m->cr3);
	p = put_next(p, "vmalloc");
	*p++ = '{';
	p = put_range_members(p, m->vmalloc_start, vmalloc_window_size(m));
	*p++ = '}';
	return p;
}

/* Of one space. */
static char *put_space_figures(char *p, const struct figures *f)
{
	p = put_json_number(put_next(p, "mapped"), f->mapped);
	p = put_json_number(put_next(p, "unmapped"), f->unmapped);
	p = put_json_number(put_next(p, "guards"), f->guards);
	p = put_json_number(put_next(p, "lazy"), f->lazy);
	p = put_json_number(put_next(p, "lazy_ranges"), f->lazy_ranges);
	p = put_json_number(put_next(p, "pooled"), f->pooled);
	p = put_json_number(put_next(p, "pooled_ranges"), f->pooled_ranges);
	p = put_json_number(put_next(p, "holes"), f->holes);
	p = put_json_number(put_next(p, "free"), f->free);
	p = put_json_number(put_next(p, "largest_hole"), f->largest_hole);
	p = put_next(p, "largest_hole_at");
	p = f->largest_hole ? put_json_vaddr(p, f->largest_at) : put_str(p, "null");
	p = put_fraction(put_next(p, "fragmentation"), fragmentation(f->largest_hole, f->free));
	p = put_fraction(put_next(p, "span_fragmentation"),
			 fragmentation(f->span_largest, f->span_free));
	p = put_fraction(put_next(p, "unusable_index"), unusable_share(f->unusable, f->free));
	p = put_json_number(put_next(p, "unusable"), f->unusable);
	p = put_json_number(put_next(p, "unusable_holes"), f->unusable_holes);
	return put_json_number(put_next(p, "unusable_pages"), f->unusable_pages);
}

static char *put_figures(char *p, struct machine *m, const struct figures *f)
{
	p = put_json_number(put_key(p, "areas"), f->areas);
	p = put_json_number(put_next(p, "outside"), f->outside);
	p = put_space_figures(p, f);
	p = put_json_number(put_next(p, "frames"), m->nr_frames);
	p = put_json_number(put_next(p, "free_frames"), nr_free_pages(m));
	p = put_json_number(put_next(p, "page_table_frames"), m->nr_table_frames);
	p = put_json_number(put_next(p, "host_memory"), m->host_used);
	p = put_json_number(put_next(p, "host_limit"), m->host_limit);
	p = put_str(put_next(p, "policy"), "\"");
	p = put_str(p, vm_policy_name(vmalloc_policy(m)));
	*p++ = '"';
	for (size_t i = 0; i < NR_COUNTERS; i++)
		p = put_json_number(put_next(p, counters[i].name), counter_value(m, &counters[i]));
	for (size_t i = 0; i < NR_TLB_COUNTERS; i++)
		p = put_json_number(put_next(p, tlb_counters[i].name),
				    counter_value(m, &tlb_counters[i]));
	p = put_json_number(put_next(p, "tlb_stale"), cpus_stale(m));
	return p;
}

/* [{"name": "vmalloc", "start": ..., "areas": ..., "failures": ...}, ...] */
static char *put_json_spaces(char *p, struct machine *m, const struct snapshot *s)
{
	struct vm_space space;
	struct figures f;

	*p++ = '[';
	for (unsigned i = 0; i < NR_VM_SPACES; i++) {
		if (!vm_space(m, (enum vm_space_id)i, &space))
			continue;
		figures_of_space(&f, s, m, (enum vm_space_id)i);
		p = put_str(put_key(put_str(p, i ? ",\n{" : "\n{"), "name"), "\"");
		p = put_str(put_str(p, space.name), "\", ");
		p = put_range_members(p, space.start, space.end - space.start);
		p = put_json_vaddr(put_next(p, "usable_end"), space.usable_end);
		p = put_json_number(put_next(p, "areas"), f.areas);
		p = put_space_figures(p, &f);
		p = put_json_number(put_next(p, "failures"),
				    vm_space_failures(m, (enum vm_space_id)i));
		*p++ = '}';
	}
	*p++ = ']';
	return p;
}

#define HEAD_MAX 4096

void json_head(GString *out, struct machine *m, const struct figures *f, const struct snapshot *s)
{
	char *p = text_room(out, HEAD_MAX);

	p = put_json_machine(put_str(put_key(p, "machine"), "{"), m);
	p = put_str(p, "},\n");
	p = put_figures(put_str(put_key(p, "figures"), "{"), m, f);
	p = put_str(p, "},\n");
	p = put_json_spaces(put_key(p, "spaces"), m, s);
	text_end(out, p);
}

static char *put_flag_list(char *p, unsigned flags)
{
	*p++ = '[';
	for (const struct vm_flag_word *w = vm_flag_words; w < vm_flag_words + NR_VM_FLAG_WORDS;
	     w++) {
		if (!(flags & w->flag))
			continue;
		if (p[-1] != '[')
			p = put_bytes(p, ", ", 2);
		*p++ = '"';
		p = put_bytes(p, w->word, w->len);
		*p++ = '"';
	}
	*p++ = ']';
	return p;
}

/* As in status, an area that is not a file has a name in brackets. */
static char *put_json_area_name(char *p, const struct snapshot *s, const struct area_record *a,
				bool file)
{
	unsigned brackets = file ? 0 : MAX(a->depth, 1);

	*p++ = '"';
	for (unsigned i = 0; i < brackets; i++)
		p = put_str(p, a->depth ? "[pages:" : "[");
	if (a->name == NO_NAME)
		p = put_vaddr(p, a->addr);
	else
		p = put_json_name(p, s->names->str + a->name, a->name_len);
	for (unsigned i = 0; i < brackets; i++)
		*p++ = ']';
	*p++ = '"';
	return p;
}

static char *put_json_nodes(char *p, const struct snapshot *s, const struct area_record *a)
{
	const uint64_t *n = &g_array_index(s->nodes, uint64_t, a->nodes);

	*p++ = '[';
	for (unsigned nid = 0; nid < s->nr_nodes; nid++) {
		if (nid)
			p = put_bytes(p, ", ", 2);
		p = put_json_number(p, n[nid]);
	}
	*p++ = ']';
	return p;
}

/* The most bytes that an area's members take, without its name and its nodes. */
#define AREA_ROOM (256 + 3 * JSON_ADDR_MAX + 4 * JSON_NUMBER_MAX + 2 * FLAG_WORDS_MAX + 64)

size_t json_area_max(const struct snapshot *s, const struct area_record *a)
{
	return AREA_ROOM + 8 * a->depth + JSON_NAME_FACTOR * a->name_len +
	       (JSON_NUMBER_MAX + 2) * s->nr_nodes;
}

void json_area(GString *out, const struct snapshot *s, const struct area_record *a)
{
	bool file = !a->depth && !a->symbol && a->name != NO_NAME;
	char *p = text_room(out, json_area_max(s, a));

	p = put_range_members(p, a->addr, a->size);
	p = put_json_number(put_next(p, "guard"), record_guard(a));
	p = put_json_number(put_next(p, "pages"), a->nr_pages);
	p = put_flag_list(put_next(p, "flags"), a->flags);
	p = put_json_area_name(put_next(p, "name"), s, a, file);
	p = put_str(put_next(p, "file"), file ? "true" : "false");
	if (file)
		p = put_json_number(put_next(p, "requested"), a->requested_size);
	if (a->phys_addr)
		p = put_json_addr(put_next(p, "phys"), a->phys_addr);
	if (a->nodes != NO_NODES)
		p = put_json_nodes(put_next(p, "nodes"), s, a);
	text_end(out, p);
}

void json_lazy(GString *out, const struct lazy_record *r)
{
	char *p = text_room(out, JSON_RANGE_MAX);

	text_end(out, put_range_members(p, r->addr, r->size));
}

size_t json_caller_max(const struct caller_sum *sum)
{
	return 128 + 4 * JSON_NUMBER_MAX + JSON_NAME_FACTOR * strlen(sum->name);
}

void json_caller(GString *out, const struct caller_sum *sum, size_t name_max)
{
	size_t len = MIN(strlen(sum->name), name_max);
	char *p = text_room(out, 128 + 4 * JSON_NUMBER_MAX + JSON_NAME_FACTOR * len);

	p = put_bytes(put_key(p, "caller"), "\"", 1);
	p = put_json_name(p, sum->name, len);
	*p++ = '"';
	p = put_json_number(put_next(p, "bytes"), sum->bytes);
	p = put_json_number(put_next(p, "areas"), sum->areas);
	p = put_json_number(put_next(p, "pages"), sum->pages);
	p = put_json_number(put_next(p, "largest"), sum->largest);
	text_end(out, p);
}
