/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words for an area's flags, names that are safe in a line, sizes for people.
 */
#include <string.h>

#include "show/words.h"

#include <vmallocfs/vmalloc.h>

#include "show/digits.h"
#include "show/show.h"

char *put_flags(char *p, unsigned flags, char separator)
{
	for (const struct vm_flag_word *w = vm_flag_words; w < vm_flag_words + NR_VM_FLAG_WORDS;
	     w++) {
		if (!(flags & w->flag))
			continue;
		*p++ = separator;
		p = put_bytes(p, w->word, w->len);
	}
	return p;
}

void show_flags(GString *out, unsigned flags)
{
	char words[FLAG_WORDS_MAX];
	char *end = put_flags(words, flags, ',');

	if (end == words)
		g_string_append_c(out, '-');
	else
		g_string_append_len(out, words + 1, end - words - 1);
}

/* A byte of ASCII that may stand as it is; plain_char() has the rest. */
static inline bool plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '\\';
}

char *put_escaped(char *p, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];
		size_t n;

		if (plain(c)) {
			*p++ = (char)c;
			continue;
		}
		n = c < 0x80 ? 0 : plain_char(name + i, len - i);
		if (n) {
			p = put_bytes(p, name + i, n);
			i += n - 1;
			continue;
		}
		*p++ = '\\';
		*p++ = (char)('0' + (c >> 6));
		*p++ = (char)('0' + (c >> 3 & 7));
		*p++ = (char)('0' + (c & 7));
	}
	return p;
}

void show_escape(GString *out, const char *name)
{
	size_t len = strlen(name);

	text_end(out, put_escaped(text_room(out, 4 * len), name, len));
}

char *put_clean(char *p, const char *text, size_t len)
{
	while (len) {
		size_t n = plain_char(text, len);
		bool as_it_is = n || *text == ' ' || *text == '\\';

		n = n ? n : 1;
		p = put_bytes(p, as_it_is ? text : "?", n);
		text += n;
		len -= n;
	}
	return p;
}

char *put_area_name(char *p, const struct snapshot *s, const struct area_record *a)
{
	bool brackets = a->depth || a->symbol || a->name == NO_NAME;

	for (unsigned i = 0; i < a->depth; i++)
		p = put_str(p, "[pages:");
	if (!a->depth && brackets)
		*p++ = '[';
	if (a->name == NO_NAME)
		p = put_vaddr(p, a->addr);
	else
		p = put_escaped(p, s->names->str + a->name, a->name_len);
	for (unsigned i = 0; i < MAX(a->depth, (unsigned)brackets); i++)
		*p++ = ']';
	return p;
}

char *put_size(char *p, uint64_t v)
{
	static const char units[] = "BKMGTPE";
	unsigned unit = v ? (fls64(v) - 1) / 10 : 0;
	uint64_t tenths;

	if (!unit)
		return put_str(put_dec(p, v), "B");
	/* Shift first, so that ten times the value fits; the bits that go are below a tenth. */
	tenths = ((v >> 10 * (unit - 1)) * 10 + 512) >> 10;
	if (tenths >= 10240 && unit < 6) {
		tenths = 10;
		unit++;
	}
	p = put_dec(p, tenths / 10);
	if (tenths % 10) {
		*p++ = '.';
		*p++ = (char)('0' + tenths % 10);
	}
	*p++ = units[unit];
	return p;
}

struct size_text size_text(uint64_t bytes)
{
	struct size_text t;

	*put_size(t.s, bytes) = '\0';
	return t;
}

const char *area_short_name(const struct snapshot *s, const struct area_record *a, size_t *len)
{
	const char *name, *cut;

	if (a->name == NO_NAME || a->depth)
		return NULL;
	name = s->names->str + a->name;
	*len = a->name_len;
	if (a->symbol) {
		cut = memchr(name, '+', *len);
		if (cut)
			*len = (size_t)(cut - name);
		return name;
	}
	cut = memrchr(name, '/', *len);
	if (cut) {
		*len -= (size_t)(cut + 1 - name);
		name = cut + 1;
	}
	return name;
}
