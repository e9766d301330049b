/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * State as bytes: numbers of seven bits a byte, and what goes wrong when they are
 * read.  See state.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vmallocfs/state.h>

#define ROOM_FIRST 4096

/* Room for n bytes more, or NULL. */
static unsigned char *more(struct state_out *o, size_t n)
{
	if (o->failed)
		return NULL;
	if (n > o->room - o->len) {
		size_t room = o->room ? o->room : ROOM_FIRST;
		unsigned char *bytes;

		while (room - o->len < n)
			room *= 2;
		bytes = realloc(o->bytes, room);
		if (!bytes) {
			o->failed = true;
			return NULL;
		}
		o->bytes = bytes;
		o->room = room;
	}
	o->len += n;
	return o->bytes + o->len - n;
}

void state_out_deinit(struct state_out *o)
{
	free(o->bytes);
	*o = (struct state_out){ 0 };
}

void state_put(struct state_out *o, uint64_t value)
{
	unsigned char byte[10];
	size_t n = 0;

	do {
		byte[n++] = (unsigned char)(value | 0x80);
		value >>= 7;
	} while (value);
	byte[n - 1] &= 0x7f;
	state_put_bytes(o, byte, n);
}

void state_put_signed(struct state_out *o, int64_t value)
{
	state_put(o, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

void state_put_bytes(struct state_out *o, const void *bytes, size_t n)
{
	unsigned char *at = more(o, n);

	if (at && n)
		memcpy(at, bytes, n);
}

void state_put_string(struct state_out *o, const char *s)
{
	size_t len = s ? strlen(s) : 0;

	state_put(o, s ? len + 1 : 0);
	state_put_bytes(o, s, len);
}

/* --- reading ------------------------------------------------------------------------ */

void state_wrong(struct state_in *in, const char *what)
{
	if (in->wrong)
		return;
	in->wrong = what;
	in->wrong_at = (size_t)(in->at - in->start);
	in->at = in->end;
}

uint64_t state_get(struct state_in *in)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char byte;

		if (in->at == in->end) {
			state_wrong(in, "it ends too early");
			return 0;
		}
		byte = *in->at++;
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	state_wrong(in, "a number of more than 64 bits");
	return 0;
}

int64_t state_get_signed(struct state_in *in)
{
	uint64_t value = state_get(in);

	return (int64_t)(value >> 1 ^ -(value & 1));
}

uint64_t state_get_max(struct state_in *in, uint64_t max, const char *what)
{
	uint64_t value = state_get(in);

	if (value <= max)
		return value;
	state_wrong(in, what);
	return 0;
}

uint64_t state_get_count(struct state_in *in, const char *what)
{
	return state_get_max(in, (uint64_t)(in->end - in->at), what);
}

const unsigned char *state_get_bytes(struct state_in *in, size_t n)
{
	const unsigned char *at = in->at;

	if (n > (size_t)(in->end - in->at)) {
		state_wrong(in, "it ends too early");
		return NULL;
	}
	in->at += n;
	return at;
}

int state_get_string(struct state_in *in, char **ret)
{
	size_t len = state_get_count(in, "a string that is longer than the part");
	const unsigned char *bytes;
	char *s;

	*ret = NULL;
	if (!len)
		return 0;
	bytes = state_get_bytes(in, --len);
	if (bytes && memchr(bytes, 0, len))
		state_wrong(in, "a string with a zero in it");
	if (in->wrong)
		return 0;
	s = malloc(len + 1);
	if (!s)
		return -ENOMEM;
	memcpy(s, bytes, len);
	s[len] = '\0';
	*ret = s;
	return 0;
}

int state_get_end(struct state_in *in)
{
	if (!in->wrong && in->at != in->end)
		state_wrong(in, "bytes after its end");
	return in->wrong ? -EINVAL : 0;
}
