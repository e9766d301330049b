/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is written for programs: status.json, holes, and the data in map.html.
 * Whatever names there are, each is one valid JSON text and says what status
 * says.
 */
#include "show/json.h"

#include <vmallocfs/vmalloc.h>

#include "texts.h"

/* --- a reader of JSON that forgives nothing ---------------------------------- */

static const char *read_value(const char *p);

static const char *read_blanks(const char *p)
{
	return p + strspn(p, " \t\n\r");
}

static const char *read_string(const char *p)
{
	unit_assert(*p == '"');
	for (p++; *p != '"'; p++) {
		unit_assert((unsigned char)*p >= ' ');
		if (*p != '\\')
			continue;
		p++;
		unit_assert(*p && strchr("\"\\/bfnrtu", *p));
		for (int i = 0; *p == 'u' && i < 4; i++)
			unit_assert(g_ascii_isxdigit(p[1 + i]));
	}
	return p + 1;
}

static const char *read_number(const char *p)
{
	const char *digits;

	p += *p == '-';
	digits = p;
	p += strspn(p, "0123456789");
	unit_assert(p > digits && (*digits != '0' || p == digits + 1));
	if (*p == '.') {
		size_t n = strspn(++p, "0123456789");

		unit_assert(n > 0);
		p += n;
	}
	return p;
}

static const char *read_members(const char *p, char end)
{
	p = read_blanks(p + 1);
	if (*p == end)
		return p + 1;
	for (;; p = read_blanks(p + 1)) {
		if (end == '}') {
			p = read_blanks(read_string(p));
			unit_assert(*p == ':');
			p = read_blanks(p + 1);
		}
		p = read_blanks(read_value(p));
		if (*p == end)
			return p + 1;
		unit_assert(*p == ',');
	}
}

static const char *read_value(const char *p)
{
	static const char *const words[] = { "true", "false", "null" };

	if (*p == '{')
		return read_members(p, '}');
	if (*p == '[')
		return read_members(p, ']');
	if (*p == '"')
		return read_string(p);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_str_has_prefix(p, words[i]))
			return p + strlen(words[i]);
	return read_number(p);
}

static void assert_json(const char *text)
{
	ck_assert(g_utf8_validate(text, -1, NULL));
	ck_assert_msg(!*read_blanks(read_value(read_blanks(text))), "more than one value");
}

/* The first number after a key. */
static uint64_t number_of(const char *json, const char *key)
{
	g_autofree char *quoted = g_strdup_printf("\"%s\": ", key);
	const char *at = strstr(json, quoted);

	ck_assert_msg(at, "no %s", key);
	return g_ascii_strtoull(at + strlen(quoted), NULL, 10);
}

/* The sum of all numbers after this key, from there on. */
static uint64_t sum_of(const char *json, const char *key, unsigned *n)
{
	g_autofree char *quoted = g_strdup_printf("\"%s\": ", key);
	uint64_t sum = 0;

	*n = 0;
	for (const char *p = json; (p = strstr(p, quoted)); ++*n) {
		p += strlen(quoted);
		sum += g_ascii_strtoull(p, NULL, 10);
	}
	return sum;
}

/* What `awk '/^KEY:/{print $2}' status` prints. */
static uint64_t status_of(struct machine *m, const char *key)
{
	g_autofree char *status = text_of(show_status, m);
	g_autofree char *prefix = g_strdup_printf("\n%s: ", key);
	const char *at = strstr(status, prefix);

	ck_assert_msg(at, "status has no %s", key);
	return g_ascii_strtoull(at + strlen(prefix), NULL, 10);
}

/* --- names --------------------------------------------------------------------- */

/* Undoes what a reader of JSON and then a reader of the manual would undo. */
static GString *decode(const char *p, const char *end)
{
	GString *string = g_string_new(NULL);
	GString *bytes = g_string_new(NULL);

	for (; p < end; p++) {
		if (*p != '\\') {
			g_string_append_c(string, *p);
		} else if (*++p == 'u') {
			g_autofree char *digits = g_strndup(p + 1, 4);

			g_string_append_unichar(string,
						(gunichar)g_ascii_strtoull(digits, NULL, 16));
			p += 4;
		} else {
			unit_assert(*p == '"' || *p == '\\');
			g_string_append_c(string, *p);
		}
	}
	unit_assert(g_utf8_validate(string->str, (gssize)string->len, NULL));
	for (const char *s = string->str; *s; s++) {
		if (*s == '\\') {
			unit_assert(strspn(s + 1, "01234567") >= 3);
			g_string_append_c(bytes, (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 |
							(s[3] - '0')));
			s += 3;
		} else {
			g_string_append_c(bytes, *s);
		}
	}
	g_string_free(string, TRUE);
	return bytes;
}

static void assert_name(const char *name, size_t len)
{
	char out[6 * 64];
	char *end = put_json_name(out, name, len);
	GString *back;

	unit_assert(len <= 64 && end <= out + JSON_NAME_FACTOR * len);
	for (char *p = out; p < end; p++)
		unit_assert((unsigned char)*p >= ' ' && *p != 0x7f && *p != '<');
	back = decode(out, end);
	unit_assert(back->len == len && !memcmp(back->str, name, len));
	g_string_free(back, TRUE);
}

START_TEST(names_come_back)
{
	/* The second halves of some are no UTF-8: overlong, surrogates, too large, cut short. */
	static const char *const pieces[] = {
		"a",
		" ",
		"\"",
		"\\",
		"\\101",
		"<",
		"\n",
		"\x1f",
		"\x7f",
		"é",
		"漢",
		"😀",
		"\x80",
		"\xff",
		"\xc0\xaf",
		"\xe0\x80\xaf",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xc3",
		"\xe6\xbc",
		"\xf0\x9f\x98",
	};
	uint64_t seed = 7;

	for (int c = 1; c < 256; c++) {
		char name[3] = { (char)c, 'x', (char)c };

		assert_name(name, 1);
		assert_name(name, 3);
	}
	for (int i = 0; i < 20000; i++) {
		g_autoptr(GString) name = g_string_new(NULL);

		while (name->len < 40 && unit_random(&seed) % 16)
			g_string_append(name, pieces[unit_random(&seed) % G_N_ELEMENTS(pieces)]);
		assert_name(name->str, name->len);
	}
	/* What needs no escape stays as it is. */
	{
		static const char plain[] = "vmap/a b-é漢.ko>&'";
		char out[256];

		*put_json_name(out, plain, strlen(plain)) = '\0';
		ck_assert_str_eq(out, plain);
	}
}
END_TEST

START_TEST(numbers_stay_exact)
{
	static const struct {
		uint64_t v;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 4096, "4096" },
		{ UINT64_C(1) << 53, "9007199254740992" },
		{ (UINT64_C(1) << 53) + 1, "\"9007199254740993\"" },
		{ UINT64_MAX, "\"18446744073709551615\"" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		char out[JSON_NUMBER_MAX + 1];

		*put_json_number(out, cases[i].v) = '\0';
		ck_assert_str_eq(out, cases[i].text);
	}
}
END_TEST

/* --- texts --------------------------------------------------------------------- */

/* Areas of all kinds with names that want to break out. */
static struct machine *boot_hostile(void)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct machine *m;
	vaddr_t addr[6];
	struct page *page;

	c.memory = MiB(64);
	c.nodes = 2;
	c.vmalloc_size = MiB(32);
	m = space_boot_config(&c);
	addr[0] = vmalloc(m, 1, "a");
	addr[1] = vmalloc_user(m, 100000, "</script><!--");
	addr[2] = vmalloc(m, MiB(4), "\"\\,\n\x01\x7f\xff\xc3");
	addr[3] = vmalloc_32(m, 5000, "gone \xed\xa0\x80");
	addr[4] = ioremap(m, m->io_start + 4096, 8192, PAGE_KERNEL_NOCACHE, "]}");
	page = vmalloc_to_page(m, addr[0]);
	addr[5] = vmap(m, &page, 1, VM_MAP, PAGE_KERNEL, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(addr); i++)
		ck_assert(addr[i]);
	ck_assert(get_vm_area(m, 12288, VM_ALLOC, "reserved"));
	vmalloc_set_lazy_max(m, 1000);
	vfree(m, addr[3]);
	return m;
}

/* The data of a page, between the element's start and end. */
static char *page_data(struct machine *m, gsize *size)
{
	static const char start[] = "id=\"data\">\n";
	g_autofree char *page = text_of(show_map_html, m);
	char *data = strstr(page, start);
	char *end;

	*size = strlen(page);
	ck_assert(g_utf8_validate(page, -1, NULL));
	ck_assert(data);
	data += strlen(start);
	end = strstr(data, "</script>");
	ck_assert(end && g_str_has_prefix(end, "</script>\n<script>\n/*"));
	return g_strndup(data, (gsize)(end - data));
}

START_TEST(texts_are_valid)
{
	struct machine *m = boot_hostile();
	g_autofree char *json = text_of(show_status_json, m);
	g_autofree char *data = NULL;
	gsize size;
	unsigned n;

	assert_json(json);
	ck_assert(!strchr(json, '<'));
	ck_assert_ptr_nonnull(strstr(json, "\"name\": \"[pages:\\\"\\\\134,\\u000a"));
	data = page_data(m, &size);
	assert_json(data);
	ck_assert(!strchr(data, '<'));
	ck_assert_uint_eq(size % 4096, 0);

	/* The same areas; each of the page's has its walk. */
	sum_of(strstr(json, "\"areas\": ["), "guard", &n);
	ck_assert_uint_eq(n, status_of(m, "areas"));
	sum_of(data, "guard", &n);
	ck_assert_uint_eq(n, status_of(m, "areas"));
	sum_of(data, "walk", &n);
	ck_assert_uint_eq(n, status_of(m, "areas"));
	space_end(m);
}
END_TEST

START_TEST(empty_machine)
{
	struct machine *m = space_boot_window(MiB(16), 1);
	g_autofree char *json = text_of(show_status_json, m);
	g_autofree char *holes = text_of(show_holes, m);
	gsize size;
	g_autofree char *data = page_data(m, &size);

	assert_json(json);
	assert_json(data);
	ck_assert_ptr_nonnull(strstr(json, "\"areas\": [],"));
	ck_assert_ptr_nonnull(strstr(json, "\"largest_hole_at\": null"));
	ck_assert_str_eq(holes, "0xffffffffa0000000 0xffffffffff000000 1593835520 modules\n");
	space_end(m);
}
END_TEST

/* What each text adds up to is what status says. */
static void assert_sums(struct machine *m)
{
	static const char *const keys[] = {
		"areas",
		"mapped",
		"unmapped",
		"guards",
		"lazy",
		"pooled",
		"holes",
		"free",
		"largest_hole",
		"frames",
		"free_frames",
		"page_table_frames",
		"host_memory",
		"host_limit",
		"nr_tlb_flush",
		"nr_flush_cache_vmap",
		"nr_flush_cache_vunmap",
		"nr_warn",
		"nr_bad_page",
	};
	g_autofree char *json = text_of(show_status_json, m);
	g_autofree char *text = text_of(show_holes, m);
	g_auto(GStrv) lines = lines_of(text);
	const char *areas = strstr(json, "\"areas\": [");
	const char *lazy = strstr(json, "\"lazy\": [");
	const char *callers = strstr(json, "\"callers\": [");
	const char *pooled = strstr(json, "\"pooled\": [");
	uint64_t sum = 0, largest = 0, last = 0;
	uint64_t window = m->vmalloc_end + 1 - m->vmalloc_start;
	unsigned n;

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		ck_assert_msg(number_of(json, keys[i]) == status_of(m, keys[i]), "%s", keys[i]);
	for (n = 0; lines[n]; n++) {
		unsigned long long start, end, size;
		int read = 0;

		unit_assert(sscanf(lines[n], "0x%llx 0x%llx %llu %n", &start, &end, &size, &read) ==
			    3);
		if (!strcmp(lines[n] + read, "modules"))
			break; /* the last line, as nothing is there */
		unit_assert(!strcmp(lines[n] + read, "vmalloc"));
		unit_assert(end - start == size && size > 0);
		unit_assert(start > last || (!n && start >= m->vmalloc_start));
		last = end;
		sum += size;
		largest = MAX(largest, size);
	}
	unit_assert(last < m->vmalloc_end);
	unit_assert(n == status_of(m, "holes"));
	unit_assert(sum == status_of(m, "free"));
	unit_assert(largest == status_of(m, "largest_hole"));
	/* The holes, the areas, what waits or is pooled, and the last page are the window. */
	unit_assert(sum + sum_of(areas, "size", &n) + PAGE_SIZE == window);
	unit_assert(sum_of(lazy, "size", &n) == status_of(m, "lazy") + status_of(m, "pooled"));
	unit_assert(sum_of(pooled, "size", &n) == status_of(m, "pooled"));
	unit_assert(sum_of(callers, "areas", &n) == status_of(m, "areas"));
	unit_assert(sum_of(callers, "bytes", &n) + status_of(m, "lazy") + status_of(m, "pooled") ==
		    sum_of(areas, "size", &n));
}

START_TEST(sums_are_those_of_status)
{
	struct machine *m = space_boot_window(MiB(64), 2000);
	vaddr_t addr[64] = { 0 };
	uint64_t seed = 3;

	for (int i = 0; i < 600; i++) {
		uint64_t r = unit_random(&seed);
		vaddr_t *a = &addr[r % G_N_ELEMENTS(addr)];

		if (i == 200)
			vmalloc_set_lazy_max(m, 300);
		if (*a) {
			vfree(m, *a);
			*a = 0;
		} else {
			*a = vmalloc(m, (r >> 8) % 40 * 4000 + 1, "x");
		}
		if (i % 20 == 0)
			assert_sums(m);
	}
	vmalloc_set_lazy_max(m, 0);
	assert_sums(m);
	space_end(m);
}
END_TEST

/* With more areas than it shows one by one, a page leaves none out and stays small. */
START_TEST(a_page_is_bounded)
{
	struct machine *m = space_boot(GiB(4), 1);
	g_autofree char *name = g_strnfill(250, '\x01');
	unsigned want = 30000, shown, merged, after;
	g_autofree vaddr_t *addr = g_new(vaddr_t, 2 * want);
	g_autofree char *data = NULL;
	uint64_t sum;
	gsize size;

	for (unsigned i = 0; i < 2 * want; i++)
		addr[i] = vmalloc(m, 4096 * (i % 3 + 1), i % 100 ? "a" : name);
	for (unsigned i = 0; i < 2 * want; i += 2)
		vfree(m, addr[i]);
	data = page_data(m, &size);
	assert_json(data);
	/* After the areas come callers and frames, which have "areas" as well. */
	sum_of(data, "guard", &shown);
	sum = sum_of(strstr(data, "\"areas\": ["), "areas", &merged);
	sum -= sum_of(strstr(data, "\n\"callers\": ["), "areas", &after);
	ck_assert_uint_eq(sum + shown, want);
	ck_assert_uint_le(merged - after + shown, 2048);
	ck_assert_uint_lt(size, MiB(4));
	space_end(m);
}
END_TEST

/* The same with names as long as a saved layout may have them. */
START_TEST(long_names_are_cut)
{
	struct machine *m = space_boot(MiB(256), 1);
	g_autofree char *name = g_strnfill(8000, '\x01');
	g_autofree char *data = NULL;
	gsize size;

	for (unsigned i = 0; i < 2048; i++)
		ck_assert(vmalloc(m, 1, name));
	data = page_data(m, &size);
	assert_json(data);
	ck_assert_uint_lt(size, MiB(6));
	space_end(m);
}
END_TEST

/* Page tables that hold anything: the walk ends, and says why. */
START_TEST(a_walk_of_damage)
{
	struct machine *m = space_boot_window(MiB(16), 256);
	vaddr_t a = vmalloc(m, 100000, "a");
	uint64_t seed = 11;

	for (int level = PG_LEVEL_PTE; level <= PG_LEVEL_PGD; level++) {
		paddr_t at = space_entry_addr(m, (enum pg_level)level, a);
		uint64_t entry = space_peek(m, at);

		for (int i = 0; i < 200; i++) {
			g_autofree char *data = NULL;
			gsize size;

			space_poke(m, at, i ? unit_random(&seed) >> i % 64 : 0);
			data = page_data(m, &size);
			assert_json(data);
			if (!i)
				ck_assert_ptr_nonnull(strstr(data, "\"fault\": \"not-present"));
		}
		space_poke(m, at, entry);
	}
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json");
	TCase *values = tcase_create("values");
	TCase *texts = tcase_create("texts");

	tcase_add_test(values, names_come_back);
	tcase_add_test(values, numbers_stay_exact);
	suite_add_tcase(suite, values);

	tcase_add_test(texts, texts_are_valid);
	tcase_add_test(texts, empty_machine);
	tcase_add_test(texts, sums_are_those_of_status);
	tcase_add_test(texts, a_page_is_bounded);
	tcase_add_test(texts, long_names_are_cut);
	tcase_add_test(texts, a_walk_of_damage);
	tcase_set_timeout(texts, SPACE_TIMEOUT);
	tcase_set_timeout(values, SPACE_TIMEOUT);
	suite_add_tcase(suite, texts);
	return unit_main(suite);
}
