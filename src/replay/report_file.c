/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small reader of JSON: values of an object are visited with their path, which is
 * all that is needed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/report_file.h"

#define DEPTH_MAX 32

struct json_reader {
	const char *p;
	const char *end;
	unsigned depth;
	struct report_file *file;
	GString *key[DEPTH_MAX]; /* of the value at each depth; in a list: empty */
	GString *policy;	 /* of the run that is read */
	GHashTable *numbers;	 /* of that run: key -> double */
};

static bool read_value(struct json_reader *j);

static void skip_json_blanks(struct json_reader *j)
{
	while (j->p < j->end && strchr(" \t\r\n", *j->p) && *j->p)
		j->p++;
}

static bool take_char(struct json_reader *j, char c)
{
	skip_json_blanks(j);
	if (j->p == j->end || *j->p != c)
		return false;
	j->p++;
	return true;
}

/* Escapes stay as they are: no key and no policy has one. */
static bool read_string(struct json_reader *j, GString *ret)
{
	g_string_truncate(ret, 0);
	if (!take_char(j, '"'))
		return false;
	for (; j->p < j->end && *j->p != '"'; j->p++) {
		if (*j->p == '\\' && j->p + 1 < j->end)
			g_string_append_c(ret, *j->p++);
		g_string_append_c(ret, *j->p);
	}
	return take_char(j, '"');
}

/* "runs", a list's element, KEY: the value is one of a run. */
static bool in_run(const struct json_reader *j)
{
	return j->depth == 3 && !strcmp(j->key[0]->str, "runs") && !j->key[1]->len;
}

static double *kept_number(double value)
{
	double *ret = g_new(double, 1);

	*ret = value;
	return ret;
}

static bool read_json_number(struct json_reader *j)
{
	char buf[64];
	size_t n = 0;
	char *end;
	double value;

	while (j->p < j->end && n + 1 < sizeof(buf) && strchr("+-.0123456789eE", *j->p) && *j->p)
		buf[n++] = *j->p++;
	buf[n] = '\0';
	value = g_ascii_strtod(buf, &end);
	if (!n || *end)
		return false;
	if (in_run(j))
		g_hash_table_insert(j->numbers, g_strdup(j->key[2]->str), kept_number(value));
	return true;
}

static bool read_word(struct json_reader *j)
{
	static const char *const words[] = { "true", "false", "null" };

	for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
		size_t len = strlen(words[i]);

		if ((size_t)(j->end - j->p) >= len && !memcmp(j->p, words[i], len)) {
			j->p += len;
			return true;
		}
	}
	return read_json_number(j);
}

/* The run is complete: its numbers go to the file, under the name of its policy. */
static void keep_json_run(struct json_reader *j)
{
	GHashTableIter iter;
	gpointer key, value;

	if (j->policy->len)
		g_hash_table_add(j->file->policies, g_strdup(j->policy->str));
	g_hash_table_iter_init(&iter, j->numbers);
	while (j->policy->len && g_hash_table_iter_next(&iter, &key, &value))
		g_hash_table_insert(j->file->figures,
				    g_strdup_printf("%s %s", j->policy->str, (char *)key),
				    kept_number(*(const double *)value));
	g_hash_table_remove_all(j->numbers);
	g_string_truncate(j->policy, 0);
}

/* What stands between the brackets of an object or a list. */
static bool read_json_members(struct json_reader *j, char close)
{
	GString *key = j->key[j->depth++];

	do {
		g_string_truncate(key, 0);
		if (close == '}' && (!read_string(j, key) || !take_char(j, ':')))
			return false;
		if (!read_value(j))
			return false;
	} while (take_char(j, ','));
	g_string_truncate(key, 0);
	j->depth--;
	return take_char(j, close);
}

static bool read_container(struct json_reader *j, char close)
{
	bool good;

	if (j->depth >= DEPTH_MAX)
		return false;
	good = take_char(j, close) || read_json_members(j, close);
	if (good && j->depth == 2 && !strcmp(j->key[0]->str, "runs"))
		keep_json_run(j);
	return good;
}

static bool read_value(struct json_reader *j)
{
	g_autoptr(GString) text = NULL;

	if (take_char(j, '{'))
		return read_container(j, '}');
	if (take_char(j, '['))
		return read_container(j, ']');
	skip_json_blanks(j);
	if (j->p == j->end || *j->p != '"')
		return read_word(j);
	text = g_string_new(NULL);
	if (!read_string(j, text))
		return false;
	if (in_run(j) && !strcmp(j->key[2]->str, "policy"))
		g_string_assign(j->policy, text->str);
	return true;
}

int report_file_parse(const char *text, gsize len, struct report_file **ret)
{
	struct report_file *f = g_new0(struct report_file, 1);
	struct json_reader j = {
		.p = text,
		.end = text + len,
		.file = f,
		.policy = g_string_new(NULL),
		.numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
	};
	bool good;

	f->figures = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	f->policies = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (unsigned i = 0; i < DEPTH_MAX; i++)
		j.key[i] = g_string_new(NULL);
	good = read_value(&j);
	skip_json_blanks(&j);
	good = good && j.p == j.end && g_hash_table_size(f->policies);
	for (unsigned i = 0; i < DEPTH_MAX; i++)
		g_string_free(j.key[i], TRUE);
	g_string_free(j.policy, TRUE);
	g_hash_table_unref(j.numbers);
	if (good) {
		*ret = f;
		return 0;
	}
	report_file_free(f);
	return -EINVAL;
}

int report_file_read(const char *path, struct report_file **ret, char **error)
{
	g_autoptr(GError) why = NULL;
	g_autofree char *text = NULL;
	gsize len;
	int err;

	if (!g_file_get_contents(path, &text, &len, &why)) {
		*error = g_strdup(why->message);
		return -EIO;
	}
	err = report_file_parse(text, len, ret);
	if (err)
		*error = g_strdup_printf("%s is not what vmallocfs-replay --json prints", path);
	return err;
}

void report_file_free(struct report_file *f)
{
	if (!f)
		return;
	g_hash_table_unref(f->figures);
	g_hash_table_unref(f->policies);
	g_free(f);
}

bool report_file_has(const struct report_file *f, const char *policy)
{
	return g_hash_table_contains(f->policies, policy);
}

bool report_file_figure(const struct report_file *f, const char *policy, const char *key,
			double *ret)
{
	g_autofree char *name = g_strdup_printf("%s %s", policy, key);
	const double *value = g_hash_table_lookup(f->figures, name);

	if (value)
		*ret = *value;
	return value;
}
