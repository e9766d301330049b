/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsing the command line.
 */
#include <errno.h>
#include <string.h>

#include "input/listing.h"
#include "input/size.h"
#include "replay/output_name.h"
#include "replay/replay_options.h"

#define MEMORY (UINT64_C(16) << 20) /* of machines that hand out address space and no frames */

static void replay_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void replay_usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("vmallocfs-replay: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

/* Values as they stand on the command line. */
struct option_words {
	char *policy_help; /* what --help says of --policy */
	char *policy;
	char *lazy;
	char *unusable;
	char *cpus;
	char *vmalloc;
	char *threads;
	char *misses;
	char *from;
	char *to;
	char *at;
	char *failures;
	char *points;
	gboolean csv;
	gboolean json;
	gboolean follow;
	gboolean strict;
	gboolean version;
	char **traces;
};

static void free_option_words(struct option_words *w)
{
	g_free(w->policy_help);
	g_free(w->policy);
	g_free(w->lazy);
	g_free(w->unusable);
	g_free(w->cpus);
	g_free(w->misses);
	g_free(w->vmalloc);
	g_free(w->threads);
	g_free(w->from);
	g_free(w->to);
	g_free(w->at);
	g_free(w->failures);
	g_free(w->points);
	g_strfreev(w->traces);
}

static int add_policy(struct replay_config *c, enum vm_policy policy)
{
	for (unsigned i = 0; i < c->nr_policies; i++)
		if (c->policy[i] == policy)
			return 0;
	c->policy[c->nr_policies++] = policy;
	return 0;
}

/* All of them, for people. For g_free. */
static char *policy_names(void)
{
	const char *names[NR_VM_POLICIES + 1] = { NULL };

	for (unsigned i = 0; i < NR_VM_POLICIES; i++)
		names[i] = vm_policy_name((enum vm_policy)i);
	return g_strjoinv(", ", (char **)names);
}

static int take_policies(struct replay_config *c, const char *word)
{
	g_auto(GStrv) names = g_strsplit(word, ",", -1);
	enum vm_policy policy;

	for (char **name = names; *name; name++) {
		if (!strcmp(*name, "all")) {
			for (unsigned i = 0; i < NR_VM_POLICIES; i++)
				add_policy(c, (enum vm_policy)i);
			continue;
		}
		if (vm_policy_parse(*name, &policy)) {
			g_autofree char *known = policy_names();

			replay_usage_error("'%s' is not a policy; there are %s, and all", *name,
					   known);
			return -EINVAL;
		}
		add_policy(c, policy);
	}
	if (!c->nr_policies) {
		replay_usage_error("--policy= names no policy; try --policy=all");
		return -EINVAL;
	}
	return 0;
}

static int take_vmalloc(struct replay_config *c, const char *word)
{
	struct listing_window w;
	const char *wrong;

	if (strchr(word, '-') && listing_parse_window(word, &w, NULL)) {
		c->window_start = w.start;
		c->window_end = w.end;
		return 0;
	}
	if (!size_parse(word, &c->machine.vmalloc_size)) {
		replay_usage_error(
			"--vmalloc=%s is neither a size, such as 64M, nor a window START-END in whole "
			"pages",
			word);
		return -EINVAL;
	}
	c->clip = true;
	wrong = machine_config_check(&c->machine);
	if (wrong) {
		replay_usage_error("%s", wrong);
		return -EINVAL;
	}
	return 0;
}

/* Enough for any host. More would only be threads that sleep. */
#define THREADS_MAX 1024

static int take_threads(struct replay_config *c, const char *word)
{
	guint64 n;

	if (!g_ascii_string_to_unsigned(word, 10, 1, THREADS_MAX, &n, NULL)) {
		replay_usage_error("--threads=%s is not possible; give a number from 1 to %d", word,
				   THREADS_MAX);
		return -EINVAL;
	}
	c->threads = (unsigned)n;
	return 0;
}

static int take_replay_cpus(struct replay_config *c, const char *word)
{
	guint64 n;

	if (!g_ascii_string_to_unsigned(word, 10, 1, CPUS_MAX, &n, NULL)) {
		replay_usage_error("--cpus=%s is no number of processors, which is 1 to %u", word,
				   CPUS_MAX);
		return -EINVAL;
	}
	c->machine.cpus = (unsigned)n;
	c->has_cpus = true;
	return 0;
}

static int take_unusable(struct replay_config *c, const char *text)
{
	c->unusable = UNUSABLE_PAGES;
	if (!text || g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &c->unusable, NULL))
		return 0;
	replay_usage_error("--unusable=%s is not a number of pages", text);
	return -EINVAL;
}

static int take_misses(struct replay_config *c, const char *word)
{
	guint64 n = G_MAXUINT64;

	if (strcmp(word, "all") &&
	    !g_ascii_string_to_unsigned(word, 10, 0, G_MAXUINT64, &n, NULL)) {
		replay_usage_error("--misses=%s is no number; --misses alone lists all", word);
		return -EINVAL;
	}
	c->follow = true;
	c->misses = n;
	return 0;
}

/* As many as are kept where none was said: they are read by people. */
#define FAILURES_KEPT 1000

static int take_failures(struct replay_config *c, const char *word)
{
	guint64 n = FAILURES_KEPT;

	if (*word && !g_ascii_string_to_unsigned(word, 10, 1, G_MAXUINT32, &n, NULL)) {
		replay_usage_error("--failures=%s is no number above 0; --failures alone lists the "
				   "first %d",
				   word, FAILURES_KEPT);
		return -EINVAL;
	}
	c->failures = n;
	c->names = true;
	return 0;
}

static int take_moment(const char *option, const char *word, struct trace_moment *ret)
{
	if (!word || trace_moment_parse(word, ret))
		return 0;
	replay_usage_error("%s%s is neither the number of an event nor seconds, such as 2.5s",
			   option, word);
	return -EINVAL;
}

/* Of each policy. Ten million rows are as much as most tools can take in. */
#define POINTS_MAX 10000000

static int take_series(struct replay_options *o, const char *points)
{
	guint64 n = SERIES_POINTS;

	if (points && !o->series) {
		replay_usage_error("--points=%s needs --series=FILE.csv", points);
		return -EINVAL;
	}
	if (points && !g_ascii_string_to_unsigned(points, 10, 2, POINTS_MAX, &n, NULL)) {
		replay_usage_error("--points=%s is no number of points, which is 2 to %d", points,
				   POINTS_MAX);
		return -EINVAL;
	}
	o->replay.series = o->series ? n : 0;
	o->replay.chrome = o->chrome;
	o->replay.html = o->html;
	o->replay.names |= o->replay.chrome || o->replay.html;
	return 0;
}

static int take_span(struct replay_options *o, const struct option_words *w)
{
	struct replay_config *c = &o->replay;

	if (take_moment("--from=", w->from, &c->from) || take_moment("--to=", w->to, &c->to))
		return -EINVAL;
	if (w->at && w->to) {
		replay_usage_error(
			"--at and --to exclude each other: --at=N ends the replay after N");
		return -EINVAL;
	}
	if (take_moment("--at=", w->at, &c->to))
		return -EINVAL;
	c->at = w->at;
	c->names |= c->at;
	if (c->from.given && c->to.given && c->from.timed == c->to.timed &&
	    c->from.value > c->to.value) {
		replay_usage_error("--from=%s is after the end, which is %s", w->from,
				   w->at ? w->at : w->to);
		return -EINVAL;
	}
	if (!o->layout || (c->at && c->nr_policies <= 1))
		return 0;
	replay_usage_error(c->at ? "--layout=%s is the layout of one policy; name one with --policy"
				 : "--layout=%s needs --at=N, which says of which moment",
			   o->layout);
	return -EINVAL;
}

/* format: what the option writes, as names of files end, or NULL if it writes nothing. */
static int take_file(const char *option, const char *path, const char *format)
{
	const char *other = path && format ? output_name_other(path, format) : NULL;

	if (other)
		replay_usage_error("%s%s would not be %s: it is written as %s", option, path, other,
				   *format ? format : "text");
	else if (path && !path[0])
		replay_usage_error("%s names no file", option);
	else
		return 0;
	return -EINVAL;
}

static int take_replay_words(struct replay_options *o, const struct option_words *w)
{
	struct replay_config *c = &o->replay;

	if (w->policy && take_policies(c, w->policy))
		return -EINVAL;
	if (w->vmalloc && take_vmalloc(c, w->vmalloc))
		return -EINVAL;
	if (w->cpus && take_replay_cpus(c, w->cpus))
		return -EINVAL;
	c->follow = w->follow;
	if (w->misses && take_misses(c, w->misses))
		return -EINVAL;
	if (take_unusable(c, w->unusable))
		return -EINVAL;
	if (w->lazy) {
		guint64 pages;

		if (!g_ascii_string_to_unsigned(w->lazy, 10, 0, G_MAXUINT64, &pages, NULL)) {
			replay_usage_error("--lazy=%s is not a number of pages", w->lazy);
			return -EINVAL;
		}
		c->has_lazy = true;
		c->lazy = pages;
	}
	if (w->threads && take_threads(c, w->threads))
		return -EINVAL;
	if (take_file("--load=", o->load, NULL) || take_file("--diff=", o->diff, NULL) ||
	    take_file("--svg=", o->svg, "svg") || take_file("--timeline=", o->timeline, "svg") ||
	    take_file("--layout=", o->layout, "") || take_file("--series=", o->series, "csv") ||
	    take_file("--chrome=", o->chrome, "json") || take_file("--html=", o->html, "html"))
		return -EINVAL;
	if (take_series(o, w->points))
		return -EINVAL;
	if ((w->failures && take_failures(c, w->failures)) || take_span(o, w))
		return -EINVAL;
	if (w->csv && (c->at || c->failures || o->diff)) {
		replay_usage_error("%s has no place in CSV; use --json, or neither",
				   c->at	 ? "--at"
				   : c->failures ? "--failures"
						 : "--diff");
		return -EINVAL;
	}
	if (w->csv && w->json) {
		replay_usage_error("--csv and --json exclude each other");
		return -EINVAL;
	}
	o->report.format = w->csv ? REPORT_CSV : w->json ? REPORT_JSON : REPORT_TABLE;
	o->report.layout = o->layout;
	c->strict = w->strict;
	c->load = o->load;
	c->timeline = o->timeline;
	c->map = o->svg;
	if (!w->traces || !w->traces[0]) {
		replay_usage_error(
			"which trace? usage: vmallocfs-replay [OPTION]... TRACE; - is standard "
			"input; try vmallocfs-replay --help");
		return -EINVAL;
	}
	if (w->traces[1]) {
		replay_usage_error(
			"one argument too many: '%s'; usage: vmallocfs-replay [OPTION]... TRACE",
			w->traces[1]);
		return -EINVAL;
	}
	o->trace = g_strdup(w->traces[0]);
	return 0;
}

static GOptionContext *replay_option_context(struct replay_options *o, struct option_words *w)
{
	g_autofree char *names = policy_names();

	w->policy_help =
		g_strdup_printf("Where areas go: %s (the first is the default); all", names);
	/* clang-format off */
	const GOptionEntry entries[] = {
		{ "policy", 0, 0, G_OPTION_ARG_STRING, &w->policy,
		  w->policy_help, "P[,P...]" },
		{ "lazy", 0, 0, G_OPTION_ARG_STRING, &w->lazy,
		  "Freed ranges stay busy until more than N pages wait", "N" },
		{ "unusable", 0, 0, G_OPTION_ARG_STRING, &w->unusable,
		  "A hole that takes no area of N pages counts as unusable (16)", "N" },
		{ "cpus", 0, 0, G_OPTION_ARG_STRING, &w->cpus,
		  "Possible processors of the kernel (what the trace says, or 1); linux-6.12 has pools for each", "N" },
		{ "vmalloc", 0, 0, G_OPTION_ARG_STRING, &w->vmalloc,
		  "Address space for areas (32T); windows of the trace are cut to it", "SIZE|START-END" },
		{ "load", 0, 0, G_OPTION_ARG_FILENAME, &o->load,
		  "Begin with the layout of a saved /proc/vmallocinfo", "FILE" },
		{ "threads", 0, 0, G_OPTION_ARG_STRING, &w->threads,
		  "Threads for the policies (one for each processor of the host)", "N" },
		{ "follow", 0, 0, G_OPTION_ARG_NONE, &w->follow,
		  "Judge policies step by step: areas also go where the trace has them", NULL },
		{ "misses", 0, 0, G_OPTION_ARG_STRING, &w->misses,
		  "The same, with a list of what would have been placed elsewhere, the first N or all", "N" },
		{ "from", 0, 0, G_OPTION_ARG_STRING, &w->from,
		  "Figures begin at event N, or S seconds after the first", "N|Ss" },
		{ "to", 0, 0, G_OPTION_ARG_STRING, &w->to,
		  "The replay ends after event N, or S seconds after the first", "N|Ss" },
		{ "at", 0, 0, G_OPTION_ARG_STRING, &w->at,
		  "The same, and the report has the holes and areas of that moment", "N|Ss" },
		{ "layout", 0, 0, G_OPTION_ARG_FILENAME, &o->layout,
		  "Where the areas of --at go, as a /proc/vmallocinfo", "FILE" },
		{ "failures", 0, 0, G_OPTION_ARG_STRING, &w->failures,
		  "List placements that failed, the first N (1000), with why and the holes", "N" },
		{ "diff", 0, 0, G_OPTION_ARG_FILENAME, &o->diff,
		  "Also say what is not as in a report that --json wrote", "OTHER.json" },
		{ "csv", 0, 0, G_OPTION_ARG_NONE, &w->csv, "Report as CSV", NULL },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &w->json, "Report as JSON", NULL },
		{ "svg", 0, 0, G_OPTION_ARG_FILENAME, &o->svg,
		  "Draw the address space at the end (the last placement, if all is freed then)", "FILE.svg" },
		{ "timeline", 0, 0, G_OPTION_ARG_FILENAME, &o->timeline,
		  "Draw fragmentation, largest hole, span and peak address over the trace", "FILE.svg" },
		{ "series", 0, 0, G_OPTION_ARG_FILENAME, &o->series,
		  "Write the figures over the trace, a row for each policy and point", "FILE.csv" },
		{ "points", 0, 0, G_OPTION_ARG_STRING, &w->points,
		  "At most N points of each policy in --series (1000)", "N" },
		{ "chrome", 0, 0, G_OPTION_ARG_FILENAME, &o->chrome,
		  "Write areas and counters for Perfetto and chrome://tracing", "FILE.json" },
		{ "html", 0, 0, G_OPTION_ARG_FILENAME, &o->html,
		  "Write a page that steps through the trace, with a map for each policy", "FILE.html" },
		{ "strict", 0, 0, G_OPTION_ARG_NONE, &w->strict,
		  "End at the first thing wrong with the trace", NULL },
		{ "list", 0, 0, G_OPTION_ARG_STRING, &o->list,
		  "Print the words of a list: policies or arch", "NAME" },
		{ "version", 'V', 0, G_OPTION_ARG_NONE, &w->version, "Print the version", NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &w->traces, NULL, NULL },
		{ 0 },
	};
	/* clang-format on */
	GOptionContext *context = g_option_context_new("TRACE");

	g_option_context_set_summary(
		context,
		"Replays a trace of vmalloc's address space, and reports what it did to it.\n"
		"TRACE is a recording (.ops), commands of ctl, ftrace text or the output of\n"
		"perf script; plain, gzip or zstd; - is standard input.");
	g_option_context_add_main_entries(context, entries, NULL);
	return context;
}

/* GLib would take the word after an option for its value, if that may have one. */
static void spell_out(char **args, const char *option, const char *whole)
{
	for (char **arg = args; *arg && strcmp(*arg, "--"); arg++) {
		if (strcmp(*arg, option))
			continue;
		g_free(*arg);
		*arg = g_strdup(whole);
	}
}

int replay_options_init(struct replay_options *o, int argc, char **argv)
{
	const struct machine_config defaults = MACHINE_CONFIG_DEFAULT;
	g_autoptr(GOptionContext) context = NULL;
	g_autoptr(GError) error = NULL;
	/* GLib removes words from the list that it parses. */
	g_auto(GStrv) args = g_strdupv(argv);
	struct option_words words = { 0 };
	int err = 0;

	(void)argc;
	*o = (struct replay_options){ .replay.machine = defaults };
	o->replay.machine.memory = MEMORY;
	o->replay.machine.init_on_alloc = false;
	spell_out(args, "--misses", "--misses=all");
	spell_out(args, "--failures", "--failures=");
	context = replay_option_context(o, &words);
	if (!g_option_context_parse_strv(context, &args, &error)) {
		replay_usage_error("%s; try vmallocfs-replay --help", error->message);
		err = -EINVAL;
	}
	o->version = words.version;
	if (!err && !o->version && !o->list)
		err = take_replay_words(o, &words);
	/* GLib keeps pointers to the texts of the entries. */
	g_clear_pointer(&context, g_option_context_free);
	free_option_words(&words);
	return err;
}

void replay_options_deinit(struct replay_options *o)
{
	g_free(o->list);
	g_free(o->diff);
	g_free(o->series);
	g_free(o->chrome);
	g_free(o->html);
	g_free(o->layout);
	g_free(o->load);
	g_free(o->svg);
	g_free(o->timeline);
	g_free(o->trace);
}
