/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of ctl: every command comes out as it was written, and whatever else a
 * line may hold is refused with a reason, without a look beyond its end.
 */
#include <errno.h>

#include "input/command.h"
#include "unit.h"

static char *line; /* of its very own size, so that sanitizers see a look beyond */

static int parse_bytes(const char *text, size_t len, struct command *ret)
{
	const char *why = NULL;
	int err;

	free(line);
	line = malloc(len + 1);
	memcpy(line, text, len);
	line[len] = '\n';
	memset(ret, 0xff, sizeof(*ret));
	err = command_parse(line, len, ret, &why);
	unit_assert(!err || err == -EINVAL);
	unit_assert(!err == !why);
	unit_assert(!why || *why);
	return err;
}

static struct command parse(const char *text)
{
	struct command c;

	ck_assert_msg(parse_bytes(text, strlen(text), &c) == 0, "refused: %s", text);
	return c;
}

static void refused(const char *text)
{
	struct command c;

	ck_assert_msg(parse_bytes(text, strlen(text), &c) == -EINVAL, "taken: %s", text);
}

START_TEST(nothing)
{
	static const char *const lines[] = {
		"", " ", "\t \t", "#", "# vmalloc a 1", "  #\\9 \001"
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		ck_assert_int_eq(parse(lines[i]).type, COMMAND_NONE);
}
END_TEST

START_TEST(names_and_sizes)
{
	static const struct {
		const char *word;
		enum command_type type;
	} rows[] = {
		{ "vmalloc", COMMAND_VMALLOC },
		{ "resize", COMMAND_RESIZE },
		{ "get_vm_area", COMMAND_GET_VM_AREA },
		{ "ioremap", COMMAND_IOREMAP },
		{ "alloc", COMMAND_ALLOC },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[64];
		struct command c;

		snprintf(text, sizeof(text), "\t%s  dir/x\t64K ", rows[i].word);
		c = parse(text);
		ck_assert_int_eq(c.type, rows[i].type);
		ck_assert_str_eq(c.name, "dir/x");
		ck_assert_uint_eq(c.size, 65536);
		ck_assert_uint_eq(c.align | c.start | c.end | c.addr, 0);
		ck_assert(!c.has_window && !c.has_offset && !c.rest);
		ck_assert_str_eq(command_word(c.type), rows[i].word);

		snprintf(text, sizeof(text), "%s", rows[i].word);
		refused(text);
		snprintf(text, sizeof(text), "%s a", rows[i].word);
		refused(text);
		snprintf(text, sizeof(text), "%s a b", rows[i].word);
		refused(text);
		snprintf(text, sizeof(text), "%s a 1 1 0 1 1", rows[i].word);
		refused(text);
		snprintf(text, sizeof(text), "%ss a 1", rows[i].word);
		refused(text);
		snprintf(text, sizeof(text), "%c%s a 1", rows[i].word[0], rows[i].word + 2);
		refused(text);
	}
	refused("vmalloc a 1 1");
	refused("resize a 1 1");
	refused("ioremap a 1 1");
}
END_TEST

START_TEST(words_alone)
{
	ck_assert_int_eq(parse("purge").type, COMMAND_PURGE);
	ck_assert_int_eq(parse(" reset ").type, COMMAND_RESET);
	refused("purge x");
	refused("reset x");
	refused("reset #");
	ck_assert_int_eq(parse("policy best-fit").type, COMMAND_POLICY);
	ck_assert_str_eq(parse("policy best-fit").name, "best-fit");
	refused("policy");
	refused("policy a b");
	ck_assert_int_eq(parse("on 0x10").type, COMMAND_ON);
	ck_assert_uint_eq(parse("on 0x10").size, 16);
	refused("on");
	refused("on a");
	refused("on -1");
	refused("on 1K");
	refused("on 1 2");
	ck_assert_int_eq(parse("free 0x10").type, COMMAND_FREE);
	ck_assert_str_eq(parse("free 0x10").name, "0x10");
	refused("free");
	refused("free a b");
	refused("VMALLOC a 1");
	refused("x");
	refused("get_vm_are a 1");
	refused("vmallocvmallocvmallocvmallocvmalloc a 1");
	ck_assert_str_eq(command_word(COMMAND_NONE), "");
}
END_TEST

START_TEST(vfree_of_either)
{
	struct command c = parse("vfree a");

	ck_assert_int_eq(c.type, COMMAND_VFREE);
	ck_assert_str_eq(c.name, "a");
	c = parse("vfree 0xffffc90000000000");
	ck_assert_ptr_null(c.name);
	ck_assert_uint_eq(c.addr, UINT64_C(0xffffc90000000000));
	/* As $((0xffffc90000000000)) prints it. */
	c = parse("vfree -60473139527680");
	ck_assert_ptr_null(c.name);
	ck_assert_uint_eq(c.addr, UINT64_C(0xffffc90000000000));
	ck_assert_str_eq(parse("vfree -6x").name, "-6x");
	ck_assert_str_eq(parse("vfree -").name, "-");
	ck_assert_str_eq(parse("vfree \\0551").name, "-1");
	ck_assert_str_eq(parse("vfree -9223372036854775809").name, "-9223372036854775809");
	c = parse("get_vm_area a 4K -60473139527680 -60473072418817");
	ck_assert_uint_eq(c.start, UINT64_C(0xffffc90000000000));
	ck_assert_uint_eq(c.end, UINT64_C(0xffffc90003ffffff));
	refused("get_vm_area a -4096");
	refused("get_vm_area a 4K -8 -60473139527680 -60473072418817");
	c = parse("vfree 0XFFFF");
	ck_assert_ptr_null(c.name);
	ck_assert_uint_eq(c.addr, 0xffff);
	ck_assert_str_eq(parse("vfree 12").name, "12");
	ck_assert_str_eq(parse("vfree \\060x1").name, "0x1");
	refused("vfree");
	refused("vfree 0x");
	refused("vfree 0xg");
	refused("vfree 0x1K");
	refused("vfree 0x10000000000000000");
	refused("vfree a b");
	refused("vfree 0x1 b");
}
END_TEST

START_TEST(windows)
{
	struct command c = parse("get_vm_area a 1 4K");

	ck_assert_uint_eq(c.align, 4096);
	ck_assert(!c.has_window);
	c = parse("get_vm_area a 1 0x1000 0x1fff");
	ck_assert_uint_eq(c.align, 0);
	ck_assert(c.has_window);
	ck_assert_uint_eq(c.start, 0x1000);
	ck_assert_uint_eq(c.end, 0x1fff);
	c = parse("get_vm_area a 1 2M 0xffffc90000000000 0xffffffffffffffff");
	ck_assert_uint_eq(c.align, 2 << 20);
	ck_assert_uint_eq(c.start, UINT64_C(0xffffc90000000000));
	ck_assert_uint_eq(c.end, UINT64_MAX);
	ck_assert_uint_eq(parse("get_vm_area a 1 0").align, 0);
	refused("get_vm_area a 1 3");
	refused("get_vm_area a 1 x");
	refused("get_vm_area a 1 2 1");
	refused("get_vm_area a 1 1 x");
	refused("get_vm_area a 1 1 1 x");
	refused("get_vm_area a 1 1 2K 3K");
	refused("get_vm_area a 1 1 1 2 3");
}
END_TEST

START_TEST(offsets)
{
	struct command c = parse("alloc n1 36864 0x0");

	ck_assert(c.has_offset);
	ck_assert_uint_eq(c.addr, 0);
	c = parse("alloc n1 36864 0xa000");
	ck_assert_uint_eq(c.addr, 0xa000);
	ck_assert(!parse("alloc n1 36864").has_offset);
	refused("alloc n1 36864 x");
	refused("alloc n1 36864 1K");
}
END_TEST

START_TEST(numbers)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 },
		{ "00", 0 },
		{ "017", 15 },
		{ "0x1f", 31 },
		{ "0X1F", 31 },
		{ "18446744073709551615", UINT64_MAX },
		{ "0xffffffffffffffff", UINT64_MAX },
		{ "01777777777777777777777", UINT64_MAX },
		{ "1K", 1024 },
		{ "010K", 8192 },
		{ "0x10M", 16 << 20 },
		{ "3G", UINT64_C(3) << 30 },
		{ "16777215T", UINT64_C(16777215) << 40 },
	};
	static const char *const bad[] = {
		"-1",
		"+1",
		"1.5",
		"1k",
		"1KB",
		"1KK",
		"K",
		"0x",
		"0xK",
		"08",
		"1e3",
		"1,000",
		"''",
		"18446744073709551616",
		"0x10000000000000000",
		"02000000000000000000000",
		"99999999999999999999999999999999999999",
		"16777216T",
		"18446744073709551615K",
		"1\\060",
		"\\061",
		"08K",
	};
	char text[128];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		snprintf(text, sizeof(text), "vmalloc a %s", good[i].text);
		ck_assert_uint_eq(parse(text).size, good[i].value);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), "vmalloc a %s", bad[i]);
		refused(text);
	}
}
END_TEST

START_TEST(escapes)
{
	ck_assert_str_eq(parse("vfree a\\040b").name, "a b");
	ck_assert_str_eq(parse("vfree \\134\\012\\177\\377").name, "\\\n\177\377");
	ck_assert_str_eq(parse("vmalloc \\141\\142\\143 1").name, "abc");
	ck_assert_uint_eq(parse("vmalloc \\141\\142\\143 7").size, 7);
	ck_assert_str_eq(parse("free \303\244\200\377").name, "\303\244\200\377");
	refused("vfree a\\");
	refused("vfree a\\0");
	refused("vfree a\\04");
	refused("vfree a\\04 0");
	refused("vfree a\\08x");
	refused("vfree a\\n");
	refused("vfree a\\\\");
	refused("vfree a\\000");
	refused("vfree a\\400");
	refused("vfree a\\777");
	refused("vmalloc\\040a 1");
	refused("vm\\141lloc a 1");
}
END_TEST

START_TEST(sources)
{
	struct command c = parse("vmap t a b:2-2  dir/c\\040d:0x10-0x1f\te:x x\\0721");
	struct command_source s;
	const char *why;

	ck_assert_int_eq(c.type, COMMAND_VMAP);
	ck_assert_str_eq(c.name, "t");
	ck_assert_int_eq(command_next_source(&c, &s, &why), 1);
	ck_assert_str_eq(s.name, "a");
	ck_assert_uint_eq(s.first, 0);
	ck_assert_uint_eq(s.last, UINT64_MAX);
	ck_assert_int_eq(command_next_source(&c, &s, &why), 1);
	ck_assert_str_eq(s.name, "b");
	ck_assert_uint_eq(s.first, 2);
	ck_assert_uint_eq(s.last, 2);
	ck_assert_int_eq(command_next_source(&c, &s, &why), 1);
	ck_assert_str_eq(s.name, "dir/c d");
	ck_assert_uint_eq(s.first, 16);
	ck_assert_uint_eq(s.last, 31);
	ck_assert_int_eq(command_next_source(&c, &s, &why), 1);
	ck_assert_str_eq(s.name, "e:x");
	ck_assert_int_eq(command_next_source(&c, &s, &why), 1);
	ck_assert_str_eq(s.name, "x:1");
	ck_assert_int_eq(command_next_source(&c, &s, &why), 0);
	ck_assert_int_eq(command_next_source(&c, &s, &why), 0);
	refused("vmap");
	refused("vmap t");
	refused("vmap t ");
}
END_TEST

static const char *const bad_sources[] = {
	"a:0",
	"a:0-",
	"a:0--1",
	"a:2-1",
	"a:0-1-2",
	"a:0-x",
	"a:0x-1",
	":0-1",
	"a:0-1K",
	"a:0,1",
	"a:1:2:3",
	"a\\:0-1",
	"a:0-1\\",
	"a:0-1\\040",
	"\\",
	"a\001b",
	"a:0-18446744073709551616",
	"a:18446744073709551616-1",
};

START_TEST(sources_that_are_none)
{
	char text[128];
	struct command c;
	struct command_source s;
	const char *why = NULL;

	snprintf(text, sizeof(text), "vmap t a %s", bad_sources[_i]);
	c = parse(text);
	ck_assert_int_eq(command_next_source(&c, &s, &why), 1);
	ck_assert_int_eq(command_next_source(&c, &s, &why), -EINVAL);
	ck_assert_ptr_nonnull(why);
}
END_TEST

START_TEST(bytes_of_all_kinds)
{
	static const char *const good[] = { "vmalloc abc 12", "get_vm_area a 1 1 0 1",
					    "vmap a b c",     "vfree 0x1234",
					    "reset ",	      "alloc a 1 0x1" };
	struct command c;
	struct command_source s;
	const char *why;
	char text[64];

	/* Any one byte, anywhere; only the NUL and control characters are always refused. */
	for (size_t g = 0; g < sizeof(good) / sizeof(*good); g++) {
		size_t len = strlen(good[g]);

		for (size_t at = 0; at < len; at++) {
			for (int byte = 0; byte < 256; byte++) {
				int err;

				memcpy(text, good[g], len);
				text[at] = (char)byte;
				err = parse_bytes(text, len, &c);
				while (!err && c.type == COMMAND_VMAP &&
				       (err = command_next_source(&c, &s, &why)) > 0)
					err = 0;
				if (byte < 32 && byte != '\t')
					unit_assert(err == -EINVAL);
			}
		}
	}
	ck_assert_int_eq(parse_bytes("vfree a\0b", 9, &c), -EINVAL);
	ck_assert_int_eq(parse_bytes("\0", 1, &c), -EINVAL);
	ck_assert_int_eq(parse_bytes("reset\0", 6, &c), -EINVAL);
	ck_assert_int_eq(parse_bytes("vmap a b\0", 9, &c), -EINVAL);
	ck_assert_int_eq(parse_bytes("vmap a \0", 8, &c), -EINVAL);
	ck_assert_int_eq(parse_bytes("#\0\1", 3, &c), 0);
	refused("vfree a\r");
}
END_TEST

START_TEST(junk)
{
	static const char *const words[] = { "vmalloc", "vfree", "resize", "get_vm_area",
					     "ioremap", "vmap",	 "purge",  "reset",
					     "policy",	"alloc", "free",   "#" };
	uint64_t state = 1;
	char text[80];

	for (int i = 0; i < 200000; i++) {
		struct command c;
		struct command_source s;
		const char *why;
		size_t len = 0;

		if (i & 1)
			len = (size_t)snprintf(text, sizeof(text), "%s ",
					       words[unit_random(&state) % 12]);
		for (size_t n = unit_random(&state) % 40; n; n--) {
			uint64_t r = unit_random(&state);

			text[len++] = i & 2 ? (char)r : " \\0123:x-K"[r % 10];
		}
		if (!parse_bytes(text, len, &c) && c.type == COMMAND_VMAP)
			while (command_next_source(&c, &s, &why) > 0)
				;
	}
}
END_TEST

START_TEST(long_lines)
{
	const size_t len = 4 << 20;
	char *text = malloc(len);
	struct command c;

	memset(text, 'a', len);
	ck_assert_int_eq(parse_bytes(text, len, &c), -EINVAL);
	memcpy(text, "vfree ", 6);
	ck_assert_int_eq(parse_bytes(text, len, &c), 0);
	ck_assert_uint_eq(strlen(c.name), len - 6);
	memset(text, ' ', len);
	ck_assert_int_eq(parse_bytes(text, len, &c), 0);
	ck_assert_int_eq(c.type, COMMAND_NONE);
	memset(text, '9', len);
	memcpy(text, "resize a ", 9);
	ck_assert_int_eq(parse_bytes(text, len, &c), -EINVAL);
	free(text);
}
END_TEST

START_TEST(processors)
{
	static const char *const bad[] = {
		"cpu",
		"cpu x load 0",
		"cpu 0",
		"cpu 0 loads 0",
		"cpu 0 load",
		"cpu 0 load x",
		"cpu 0 load 0 0",
		"cpu 0 load 0 4097",
		"cpu 0 load 0 1 1",
		"cpu 0 store 0",
		"cpu 0 store 0 0",
		"cpu 0 store 0 0x",
		"cpu 0 store 0 00 00",
		"cpu 0 exec",
		"cpu 0 exec 0 0",
		"cpu 0 flush x",
		"cpu 0 flush 0 0",
		"cpu 0 age 0",
		"cpu 0 age",
		"cpu 0 cr3",
		"cpu 0 cr3 0",
		"cpu 0 cr3 kernels",
		"remap",
		"remap a",
		"remap a 0",
		"remap a 0 1 2",
		"remap a x 1",
		"unmap",
		"unmap x",
		"unmap 1 2",
	};
	struct command c = parse("cpu 3 load 0xffffc90000000000");

	ck_assert_int_eq(c.type, COMMAND_CPU);
	ck_assert_int_eq(c.verb, CPU_LOAD);
	ck_assert_uint_eq(c.cpu, 3);
	ck_assert_uint_eq(c.addr, UINT64_C(0xffffc90000000000));
	ck_assert_uint_eq(c.size, 8);
	ck_assert_uint_eq(parse("cpu 0 load 0 4K").size, 4096);
	c = parse("cpu 0 store 0x10 00fFa1");
	ck_assert_int_eq(c.verb, CPU_STORE);
	ck_assert_uint_eq(c.size, 3);
	ck_assert_mem_eq(c.bytes, "\0\xff\xa1", 3);
	ck_assert_int_eq(parse("cpu 0 exec 1").verb, CPU_EXEC);
	ck_assert_int_eq(parse("cpu 0 flush").verb, CPU_FLUSH);
	ck_assert_int_eq(parse("cpu 0 flush 0").verb, CPU_FLUSH_PAGE);
	ck_assert_uint_eq(parse("cpu 0 age 0 2M").size, 2 << 20);
	ck_assert_uint_eq(parse("cpu 0 cr3 kernel").size, 0);
	ck_assert_uint_eq(parse("cpu 0 cr3 7").size, 7);
	c = parse("remap vmalloc_user/a 2 3");
	ck_assert_str_eq(c.name, "vmalloc_user/a");
	ck_assert_uint_eq(c.pgoff, 2);
	ck_assert_uint_eq(c.size, 3);
	c = parse("remap 0xffffc90000000000 0 1");
	ck_assert_ptr_null(c.name);
	ck_assert_uint_eq(c.addr, UINT64_C(0xffffc90000000000));
	ck_assert_uint_eq(parse("unmap 5").size, 5);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(bad[i]);
}
END_TEST

START_TEST(pauses_and_words)
{
	static const char *const bad[] = {
		"sleep",     "sleep x",	   "sleep -1",	"sleep +1",  "sleep .",
		"sleep 1.x", "sleep 1e1",  "sleep 0x1", "sleep 1 2", "sleep 60.000000001",
		"sleep 61",  "sleep 1.2.", "say",	"say \t ",
	};
	char text[300] = "say ";

	ck_assert_int_eq(parse("sleep 0").type, COMMAND_SLEEP);
	ck_assert_uint_eq(parse("sleep 0").size, 0);
	ck_assert_uint_eq(parse("sleep 12").size, 12 * COMMAND_SECOND);
	ck_assert_uint_eq(parse("sleep 60.000").size, COMMAND_SLEEP_MAX);
	ck_assert_uint_eq(parse("sleep .5").size, COMMAND_SECOND / 2);
	ck_assert_uint_eq(parse("sleep 2.").size, 2 * COMMAND_SECOND);
	ck_assert_uint_eq(parse("sleep 1.0000000019").size, COMMAND_SECOND + 1);
	ck_assert_str_eq(parse("say \t two  words # \\ \001\xff \t").text,
			 "two  words # \\ \001\xff");
	memset(text + 4, 'x', COMMAND_SAY_MAX);
	ck_assert_uint_eq(strlen(parse(text).text), COMMAND_SAY_MAX);
	strcat(text, "x");
	refused(text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(bad[i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("command");
	TCase *t = tcase_create("command");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, nothing);
	tcase_add_test(t, names_and_sizes);
	tcase_add_test(t, words_alone);
	tcase_add_test(t, vfree_of_either);
	tcase_add_test(t, windows);
	tcase_add_test(t, offsets);
	tcase_add_test(t, numbers);
	tcase_add_test(t, escapes);
	tcase_add_test(t, sources);
	tcase_add_loop_test(t, sources_that_are_none, 0,
			    sizeof(bad_sources) / sizeof(*bad_sources));
	tcase_add_test(t, bytes_of_all_kinds);
	tcase_add_test(t, junk);
	tcase_add_test(t, long_lines);
	tcase_add_test(t, processors);
	tcase_add_test(t, pauses_and_words);
	suite_add_tcase(s, t);
	return unit_main(s);
}
