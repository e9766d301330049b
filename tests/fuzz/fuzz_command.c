/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of ctl and of ops files, for input/command.h.
 *
 * A line that is refused has a reason.  What is understood is written out again
 * in one fixed form, every byte of a name as an escape, and taken apart once
 * more: it must say the same.
 */
#include <errno.h>
#include <inttypes.h>

#include <glib.h>

#include "fuzz.h"
#include "input/command.h"

static void put_name(GString *out, const char *name)
{
	g_string_append_c(out, ' ');
	for (; *name; name++)
		g_string_append_printf(out, "\\%03o", (unsigned char)*name);
}

/* A string that lies, with the NUL that ends it, within the line. */
static void check_inside(const char *s, const char *line, size_t len)
{
	FUZZ_ASSERT(s >= line && s <= line + len);
	FUZZ_ASSERT(memchr(s, '\0', (size_t)(line + len + 1 - s)));
}

static void put_sources(GString *out, struct command *c, const char *line, size_t len)
{
	struct command_source s;
	const char *why = NULL;
	unsigned n = 0;
	int err;

	while ((err = command_next_source(c, &s, &why)) > 0) {
		FUZZ_ASSERT(++n <= len);
		check_inside(s.name, line, len);
		FUZZ_ASSERT(s.first <= s.last);
		put_name(out, s.name);
		g_string_append_printf(out, ":%" PRIu64 "-%" PRIu64, s.first, s.last);
	}
	FUZZ_ASSERT(err == 0 || (err == -EINVAL && why));
	FUZZ_ASSERT(err || n);
	if (err) /* as much of it as was understood, and one more that is fine */
		g_string_append(out, " x");
}

static void put_cpu(GString *out, const struct command *c, const char *line, size_t len)
{
	static const char *const verbs[] = {
		"load", "store", "exec", "flush", "flush", "age", "cr3"
	};

	g_string_append_printf(out, " %" PRIu64 " %s", c->cpu, verbs[c->verb]);
	if (c->verb == CPU_CR3 && !c->size)
		g_string_append(out, " kernel");
	if (c->verb != CPU_FLUSH && c->verb != CPU_CR3)
		g_string_append_printf(out, " 0x%" PRIx64, c->addr);
	if (c->verb == CPU_LOAD || c->verb == CPU_AGE || (c->verb == CPU_CR3 && c->size))
		g_string_append_printf(out, " %" PRIu64, c->size);
	if (c->verb != CPU_STORE)
		return;
	FUZZ_ASSERT(c->size && c->size <= CPU_BYTES_MAX);
	FUZZ_ASSERT((char *)c->bytes >= line && (char *)c->bytes + c->size <= line + len);
	g_string_append_c(out, ' ');
	for (uint64_t i = 0; i < c->size; i++)
		g_string_append_printf(out, "%02x", c->bytes[i]);
}

/* The members that this command has and no others. */
static void put_command(GString *out, struct command *c, const char *line, size_t len)
{
	g_string_append(out, command_word(c->type));
	if (c->name) {
		check_inside(c->name, line, len);
		put_name(out, c->name);
	}
	switch (c->type) {
	case COMMAND_VMALLOC:
	case COMMAND_RESIZE:
	case COMMAND_IOREMAP:
	case COMMAND_ALLOC:
	case COMMAND_GET_VM_AREA:
		FUZZ_ASSERT(c->name);
		g_string_append_printf(out, " %" PRIu64, c->size);
		break;
	case COMMAND_CPU:
		put_cpu(out, c, line, len);
		break;
	case COMMAND_REMAP:
		if (!c->name)
			g_string_append_printf(out, " 0x%" PRIx64, c->addr);
		g_string_append_printf(out, " %" PRIu64 " %" PRIu64, c->pgoff, c->size);
		break;
	case COMMAND_SLEEP:
		FUZZ_ASSERT(c->size <= COMMAND_SLEEP_MAX);
		g_string_append_printf(out, " %" PRIu64 ".%09" PRIu64, c->size / COMMAND_SECOND,
				       c->size % COMMAND_SECOND);
		break;
	case COMMAND_SAY:
		check_inside(c->text, line, len);
		FUZZ_ASSERT(*c->text && strlen(c->text) <= COMMAND_SAY_MAX);
		g_string_append_printf(out, " %s", c->text);
		break;
	case COMMAND_UNMAP:
	case COMMAND_ON:
		g_string_append_printf(out, " %" PRIu64, c->size);
		break;
	case COMMAND_VFREE:
		if (!c->name)
			g_string_append_printf(out, " 0x%" PRIx64, c->addr);
		break;
	case COMMAND_VMAP:
		FUZZ_ASSERT(c->name && c->rest);
		put_sources(out, c, line, len);
		break;
	default:
		break;
	}
	if (c->type == COMMAND_GET_VM_AREA) {
		FUZZ_ASSERT(!(c->align & (c->align - 1)));
		g_string_append_printf(out, " %" PRIu64, c->align);
		if (c->has_window) {
			FUZZ_ASSERT(c->start <= c->end);
			g_string_append_printf(out, " 0x%" PRIx64 " 0x%" PRIx64, c->start, c->end);
		}
	}
	if (c->has_offset)
		g_string_append_printf(out, " 0x%" PRIx64, c->addr);
}

/* The line in its fixed form, or NULL if it says nothing; *err is what the parser said. */
static GString *understand(char *line, size_t len, int *err)
{
	struct command c;
	const char *why = NULL;
	GString *out;

	*err = command_parse(line, len, &c, &why);
	FUZZ_ASSERT(*err == 0 || (*err == -EINVAL && why && *why));
	if (*err || c.type == COMMAND_NONE)
		return NULL;
	out = g_string_new(NULL);
	put_command(out, &c, line, len);
	return out;
}

static void one_line(void *arg, char *line, size_t len)
{
	int err;
	GString *first = understand(line, len, &err);
	GString *copy, *second;

	(void)arg;
	if (!first)
		return;
	copy = g_string_new_len(first->str, (gssize)first->len);
	second = understand(copy->str, copy->len, &err);
	FUZZ_ASSERT(!err && second);
	FUZZ_ASSERT(g_string_equal(first, second) || strstr(first->str, " x"));
	g_string_free(first, TRUE);
	g_string_free(second, TRUE);
	g_string_free(copy, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_lines(data, size, 1, one_line, NULL);
	return 0;
}
