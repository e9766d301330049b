/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsing the command line.
 */
#include "info/info_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "input/size.h"

#define TOP_TEXT 20 /* rows of a text table without --top= */

static void info_usage_error(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

static void info_usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("vmallocfs-info: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

/* Values as they stand on the command line. */
struct info_words {
	char *vmalloc, *modules, *by, *top, *enough, *next;
	gboolean holes, json, csv, strict, version;
};

static int take_windows(struct info_options *o, const struct info_words *w)
{
	struct listing_options *l = &o->listing;

	if (w->vmalloc && !listing_parse_window(w->vmalloc, &l->vmalloc, &l->vmalloc_size)) {
		info_usage_error(
			"--vmalloc=%s is not a window; give START-END in whole pages, as in "
			"--vmalloc=0xf1000000-0xf5110000, or a size, as in --vmalloc=128M",
			w->vmalloc);
		return -EINVAL;
	}
	if (w->modules && !listing_parse_window(w->modules, &l->modules, NULL)) {
		info_usage_error(
			"--modules=%s is not a window; give START-END in whole pages, as in "
			"--modules=0xffffffffc0000000-0xffffffffff000000",
			w->modules);
		return -EINVAL;
	}
	return 0;
}

static int take_by(struct info_options *o, const char *word)
{
	static const char *const names[] = {
		[BY_CALLER] = "caller",
		[BY_MODULE] = "module",
		[BY_KIND] = "kind",
		[BY_SIZE] = "size",
	};

	o->by_word = names[BY_CALLER];
	for (size_t i = 0; word && i < G_N_ELEMENTS(names); i++) {
		if (strcmp(word, names[i]))
			continue;
		o->by = (enum info_by)i;
		o->by_word = names[i];
		return 0;
	}
	if (!word)
		return 0;
	info_usage_error("--by=%s: there are caller, module, kind and size", word);
	return -EINVAL;
}

/* SIZE[:ALIGN[:SPACE]]. */
static int take_request(const char *option, const char *word, struct info_request *ret)
{
	g_auto(GStrv) parts = g_strsplit(word, ":", -1);
	guint n = g_strv_length(parts);

	*ret = (struct info_request){ 0 };
	if (n && n <= 3 && size_parse(parts[0], &ret->size) && ret->size &&
	    (n < 2 || !*parts[1] || size_parse(parts[1], &ret->align)) &&
	    !(ret->align & (ret->align - 1)) &&
	    (n < 3 || !strcmp(parts[2], "modules") || !strcmp(parts[2], "vmalloc"))) {
		ret->modules = n == 3 && !strcmp(parts[2], "modules");
		return 0;
	}
	info_usage_error(
		"%s=%s: give SIZE, SIZE:ALIGN or SIZE:ALIGN:modules, with ALIGN a power of two, as "
		"in %s=64M:16M",
		option, word, option);
	return -EINVAL;
}

static int take_top(struct info_options *o, const char *word)
{
	guint64 n;

	o->top = o->format == FORMAT_TEXT ? TOP_TEXT : 0;
	if (!word)
		return 0;
	if (!g_ascii_string_to_unsigned(word, 10, 0, G_MAXUINT32, &n, NULL)) {
		info_usage_error("--top=%s is not a number of rows; 0 is all", word);
		return -EINVAL;
	}
	o->top = n;
	return 0;
}

static int take_files(const struct info_options *o)
{
	unsigned stdins = 0;

	if (!o->files || !o->files[0]) {
		info_usage_error(
			"which file? usage: vmallocfs-info [OPTION]... FILE...; - is standard "
			"input; try vmallocfs-info --help");
		return -EINVAL;
	}
	for (char **file = o->files; *file; file++)
		stdins += !strcmp(*file, "-");
	if (stdins > 1) {
		info_usage_error("standard input can be read once");
		return -EINVAL;
	}
	return 0;
}

static int take_dump_words(struct info_options *o)
{
	g_autofree char *wrong = NULL;

	if (info_dump_parse(&o->dump, &wrong)) {
		info_usage_error("%s", wrong);
		return -EINVAL;
	}
	if (info_dump_is_asked(&o->dump) && (o->format != FORMAT_TEXT || o->svg || o->html)) {
		info_usage_error("--pages, --translate and --verify answer as text");
		return -EINVAL;
	}
	return 0;
}

static int take_info_words(struct info_options *o, const struct info_words *w)
{
	if (w->csv && w->json) {
		info_usage_error("--csv and --json exclude each other");
		return -EINVAL;
	}
	o->format = w->csv ? FORMAT_CSV : w->json ? FORMAT_JSON : FORMAT_TEXT;
	o->listing.strict = w->strict;
	o->holes = w->holes;
	o->has_enough = w->enough;
	o->has_next = w->next;
	if (take_windows(o, w) || take_by(o, w->by) || take_top(o, w->top))
		return -EINVAL;
	if (w->enough && take_request("--enough", w->enough, &o->enough))
		return -EINVAL;
	if (w->next && take_request("--next", w->next, &o->next))
		return -EINVAL;
	if ((o->svg && !*o->svg) || (o->html && !*o->html)) {
		info_usage_error("--svg= and --html= need the name of a file");
		return -EINVAL;
	}
	return take_dump_words(o) ? -EINVAL : take_files(o);
}

static GOptionContext *info_option_context(struct info_options *o, struct info_words *w)
{
	/* clang-format off */
	const GOptionEntry entries[] = {
		{ "vmalloc", 0, 0, G_OPTION_ARG_STRING, &w->vmalloc,
		  "The window, if the listing does not tell", "START-END|SIZE" },
		{ "modules", 0, 0, G_OPTION_ARG_STRING, &w->modules,
		  "The window of modules", "START-END" },
		{ "by", 0, 0, G_OPTION_ARG_STRING, &w->by,
		  "Who uses it: caller (default), module, kind, size", "WHAT" },
		{ "top", 0, 0, G_OPTION_ARG_STRING, &w->top,
		  "Rows of tables (20 as text, else all); 0 is all", "N" },
		{ "enough", 0, 0, G_OPTION_ARG_STRING, &w->enough,
		  "What would be enough for vmalloc(SIZE); exit status 3 if it does not fit", "SIZE[:ALIGN[:modules]]" },
		{ "next", 0, 0, G_OPTION_ARG_STRING, &w->next,
		  "Where the next vmalloc(SIZE) goes, under each policy", "SIZE[:ALIGN[:modules]]" },
		{ "holes", 0, 0, G_OPTION_ARG_NONE, &w->holes, "List the holes", NULL },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &w->json, "Report as JSON", NULL },
		{ "csv", 0, 0, G_OPTION_ARG_NONE, &w->csv, "Report as CSV", NULL },
		{ "svg", 0, 0, G_OPTION_ARG_FILENAME, &o->svg, "Draw the address space", "FILE.svg" },
		{ "html", 0, 0, G_OPTION_ARG_FILENAME, &o->html,
		  "Write a page with the tables and the picture", "FILE.html" },
		{ "pages", 0, 0, G_OPTION_ARG_STRING, &o->dump.pages_word,
		  "List the frames of an area; only of a crash dump", "ADDRESS" },
		{ "translate", 0, 0, G_OPTION_ARG_STRING, &o->dump.translate_word,
		  "Walk the page tables; only of a crash dump", "ADDRESS" },
		{ "verify", 0, 0, G_OPTION_ARG_NONE, &o->dump.verify,
		  "Compare areas with page tables; only of a crash dump", NULL },
		{ "strict", 0, 0, G_OPTION_ARG_NONE, &w->strict,
		  "Treat what would be passed over as an error", NULL },
		{ "list", 0, 0, G_OPTION_ARG_STRING, &o->list,
		  "Print the words of a list: policies or arch", "NAME" },
		{ "version", 'V', 0, G_OPTION_ARG_NONE, &w->version, "Print the version", NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->files, NULL, NULL },
		{ 0 },
	};
	/* clang-format on */
	GOptionContext *context = g_option_context_new("FILE...");

	g_option_context_set_summary(
		context,
		"Tells what a saved /proc/vmallocinfo says: the window, who uses it, what is free,\n"
		"and what would be enough for a request that failed.  FILE is of any kernel on any\n"
		"machine, as it was saved, pasted or mailed; plain, gzip or zstd; - is standard\n"
		"input.  Several files are compared.");
	g_option_context_add_main_entries(context, entries, NULL);
	return context;
}

int info_options_init(struct info_options *o, int argc, char **argv)
{
	g_autoptr(GOptionContext) context = NULL;
	g_autoptr(GError) error = NULL;
	/* GLib removes words from the list that it parses. */
	g_auto(GStrv) args = g_strdupv(argv);
	struct info_words words = { 0 };
	int err = 0;

	(void)argc;
	*o = (struct info_options){ 0 };
	context = info_option_context(o, &words);
	if (!g_option_context_parse_strv(context, &args, &error)) {
		info_usage_error("%s; try vmallocfs-info --help", error->message);
		err = -EINVAL;
	}
	o->version = words.version;
	if (!err && !o->version && !o->list)
		err = take_info_words(o, &words);
	g_free(words.vmalloc);
	g_free(words.modules);
	g_free(words.by);
	g_free(words.top);
	g_free(words.enough);
	g_free(words.next);
	return err;
}

void info_options_deinit(struct info_options *o)
{
	g_free(o->dump.pages_word);
	g_free(o->dump.translate_word);
	g_free(o->list);
	g_free(o->svg);
	g_free(o->html);
	g_strfreev(o->files);
}
