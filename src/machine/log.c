/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's log: a ring of records, oldest dropped first.
 *
 *	     tail				      head
 *	------+--------+------+--------+------+--------+------
 *	 free | record | text | record | text | record | text | free
 *
 * A record is a header followed by its text.  Both are copied byte by byte, so a
 * record may begin at the end of the ring and go on at its start.  Records become
 * lines when the log is read: each line of a longer text gets the prefix.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "machine/lock.h"
#include "machine/log.h"
#include <vmallocfs/state.h>

struct record {
	uint64_t us;
	uint16_t len;
	uint8_t level;
};

static uint64_t host_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

int log_create(struct log **ret)
{
	struct log *log = calloc(1, sizeof(*log));

	if (!log)
		return -ENOMEM;
	pthread_mutex_init(&log->lock, NULL);
	log->boot_ns = host_ns();
	*ret = log;
	return 0;
}

void log_destroy(struct log *log)
{
	if (!log)
		return;
	pthread_mutex_destroy(&log->lock);
	free(log);
}

uint64_t machine_uptime_us(const struct machine *m)
{
	return (host_ns() - m->log->boot_ns) / 1000;
}

uint64_t log_seq(const struct machine *m)
{
	return atomic_load_explicit(&m->log->seq, memory_order_acquire);
}

/* Copies to and from the ring, around its end. */
static void ring_put(unsigned char *ring, uint64_t at, const void *data, size_t len)
{
	size_t pos = at % LOG_SIZE;
	size_t first = len < LOG_SIZE - pos ? len : LOG_SIZE - pos;

	memcpy(ring + pos, data, first);
	memcpy(ring, (const char *)data + first, len - first);
}

static void ring_get(const unsigned char *ring, uint64_t at, void *data, size_t len)
{
	size_t pos = at % LOG_SIZE;
	size_t first = len < LOG_SIZE - pos ? len : LOG_SIZE - pos;

	memcpy(data, ring + pos, first);
	memcpy((char *)data + first, ring, len - first);
}

static void append_record(struct log *log, const struct record *r, const char *text)
{
	uint64_t end = log->head + sizeof(*r) + r->len;

	while (end - log->tail > LOG_SIZE) {
		struct record old;

		ring_get(log->ring, log->tail, &old, sizeof(old));
		log->tail += sizeof(old) + old.len;
	}
	ring_put(log->ring, log->head, r, sizeof(*r));
	ring_put(log->ring, log->head + sizeof(*r), text, r->len);
	log->head = end;
	atomic_fetch_add_explicit(&log->seq, 1, memory_order_release);
}

void printk(struct machine *m, int level, const char *fmt, ...)
{
	struct record r = { .level = (uint8_t)(level & 7) };
	char text[LOG_TEXT_MAX + 1];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	r.len = (uint16_t)((unsigned)len < LOG_TEXT_MAX ? (unsigned)len : LOG_TEXT_MAX);

	lock_mutex(&m->log->lock);
	/* Asked for under the lock, so that times ascend. */
	r.us = machine_uptime_us(m);
	append_record(m->log, &r, text);
	unlock_mutex(&m->log->lock);
}

bool printk_ratelimit(struct machine *m)
{
	struct log *log = m->log;
	unsigned lost = 0;
	uint64_t now, passed;
	bool open;

	lock_mutex(&log->lock);
	now = machine_uptime_us(m);
	passed = now - log->limit_from;
	log->limit_from = now;
	log->limit_used -= passed < log->limit_used ? passed : log->limit_used;
	open = log->limit_used <= (RATELIMIT_BURST - 1) * RATELIMIT_US;
	if (open) {
		log->limit_used += RATELIMIT_US;
		lost = log->limit_lost;
		log->limit_lost = 0;
	} else {
		log->limit_lost++;
	}
	unlock_mutex(&log->lock);

	if (lost)
		printk(m, KERN_WARNING, "printk: %u messages suppressed.", lost);
	return open;
}

/* Appends one record's lines to out (NULL: only measures) and returns their length. */
static size_t format(const struct record *r, const char *text, char *out)
{
	char prefix[48];
	int len = snprintf(prefix, sizeof(prefix), "<%d>[%5lu.%06lu] ", r->level,
			   (unsigned long)(r->us / 1000000), (unsigned long)(r->us % 1000000));
	const char *end = text + r->len;
	size_t used = 0;

	for (;;) {
		const char *line = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((line ? line : end) - text);

		if (out) {
			memcpy(out + used, prefix, (size_t)len);
			memcpy(out + used + len, text, n);
			out[used + (size_t)len + n] = '\n';
		}
		used += (size_t)len + n + 1;
		if (!line)
			return used;
		text = line + 1;
	}
}

/* The same for all records in a piece of log. */
static size_t format_all(const char *data, size_t len, char *out)
{
	const char *end = data + len;
	size_t used = 0;

	while (data < end) {
		struct record r;

		memcpy(&r, data, sizeof(r));
		used += format(&r, data + sizeof(r), out ? out + used : NULL);
		data += sizeof(r) + r.len;
	}
	return used;
}

int log_read(struct machine *m, char **ret, size_t *len)
{
	char *copy = malloc(LOG_SIZE);
	struct log *log = m->log;
	size_t size;
	char *text;

	if (!copy)
		return -ENOMEM;
	lock_mutex(&log->lock);
	size = (size_t)(log->head - log->tail);
	ring_get(log->ring, log->tail, copy, size);
	unlock_mutex(&log->lock);

	*len = format_all(copy, size, NULL);
	text = malloc(*len + 1);
	if (text) {
		format_all(copy, size, text);
		text[*len] = '\0';
		*ret = text;
	}
	free(copy);
	return text ? 0 : -ENOMEM;
}

const char *log_source_file(const char *file)
{
	const char *found = file;

	for (const char *p = file; (p = strstr(p, "src/")); p += strlen("src/"))
		if (p == file || p[-1] == '/')
			found = p + strlen("src/");
	return found;
}

/* --- as bytes -------------------------------------------------------------------------- */

static void put_u64(struct state_out *o, uint64_t value)
{
	state_put_bytes(o, &value, sizeof(value));
}

/*
 * The machine's clock stands still while it is kept: it goes on from the last time
 * that is written down.  Times of records have a fixed width, so that two logs that
 * differ in a time alone are equally long.
 */
void log_save(struct machine *m, struct state_out *o)
{
	struct log *log = m->log;
	char text[LOG_TEXT_MAX];
	struct record r = { 0 };
	uint64_t n = 0;

	lock_mutex(&log->lock);
	for (uint64_t at = log->tail; at < log->head; at += sizeof(r) + r.len, n++)
		ring_get(log->ring, at, &r, sizeof(r));
	put_u64(o, r.us > log->limit_from ? r.us : log->limit_from);
	state_put(o, log->seq);
	state_put(o, log->limit_from);
	state_put(o, log->limit_used);
	state_put(o, log->limit_lost);
	state_put(o, n);
	for (uint64_t at = log->tail; at < log->head; at += sizeof(r) + r.len) {
		ring_get(log->ring, at, &r, sizeof(r));
		ring_get(log->ring, at + sizeof(r), text, r.len);
		put_u64(o, r.us);
		state_put(o, r.level);
		state_put(o, r.len);
		state_put_bytes(o, text, r.len);
	}
	unlock_mutex(&log->lock);
}

static uint64_t get_u64(struct state_in *in)
{
	const unsigned char *bytes = state_get_bytes(in, sizeof(uint64_t));
	uint64_t value = 0;

	if (bytes)
		memcpy(&value, bytes, sizeof(value));
	return value;
}

static void load_record(struct log *log, struct state_in *in)
{
	struct record r = { .us = get_u64(in) };
	const unsigned char *text;

	r.level = (uint8_t)state_get_max(in, 7, "a level that is not known");
	r.len = (uint16_t)state_get_max(in, LOG_TEXT_MAX, "a record that is too long");
	text = state_get_bytes(in, r.len);
	if (text)
		append_record(log, &r, (const char *)text);
}

int log_load(struct machine *m, struct state_in *in)
{
	struct log *log = m->log;
	uint64_t clock = get_u64(in);
	uint64_t seq = state_get(in);
	uint64_t n;

	if (clock > UINT64_MAX / 2000)
		state_wrong(in, "a clock that cannot be");
	lock_mutex(&log->lock);
	log->head = log->tail = 0;
	log->boot_ns = host_ns() - clock * 1000;
	log->limit_from = state_get(in);
	log->limit_used = state_get(in);
	log->limit_lost = (unsigned)state_get_max(in, UINT32_MAX, "too many messages");
	n = state_get_count(in, "more records than the part has room for");
	while (n-- && !in->wrong)
		load_record(log, in);
	log->seq = seq;
	unlock_mutex(&log->lock);
	return state_get_end(in);
}
