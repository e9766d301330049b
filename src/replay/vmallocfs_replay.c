/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmallocfs-replay: what a trace does to an address space, under one policy or
 * several.
 *
 * Exit status: 0, even if the trace has flaws; 1 if it cannot be read, or for its
 * first flaw with --strict, or if output cannot be written; 2 for a wrong command
 * line.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "input/dump/dump.h"
#include "input/listing.h"
#include "input/word_lists.h"
#include "replay/side_by_side.h"
#include "replay/replay_options.h"
#include "replay/report_file.h"
#include "replay/report_moment.h"
#include "replay/story_page.h"

enum { EXIT_OK = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

/* A bar on a terminal, for a trace that takes a while. */
struct bar {
	struct timespec start;
	bool shown;
};

#define BAR_WIDTH 40
#define BAR_AFTER 0.5 /* seconds */

static void draw_bar(void *arg, const struct replay *r, const struct input *in)
{
	struct bar *bar = arg;
	double done = input_progress(in);
	struct timespec now;
	int filled = (int)(done * BAR_WIDTH);

	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((double)(now.tv_sec - bar->start.tv_sec) +
		    (double)(now.tv_nsec - bar->start.tv_nsec) / 1e9 <
	    BAR_AFTER)
		return;
	bar->shown = true;
	if (done < 0) {
		fprintf(stderr, "\r%llu events", (unsigned long long)r->events);
		return;
	}
	fputs("\r[", stderr);
	for (int i = 0; i < BAR_WIDTH; i++)
		fputc(i < filled ? '#' : ' ', stderr);
	fprintf(stderr, "] %3.0f %%, %llu events", done * 100, (unsigned long long)r->events);
}

static void clear_bar(const struct bar *bar)
{
	if (bar->shown)
		fputs("\r\033[K", stderr);
}

/*
 * 0 or -EIO, with a line on stderr.  g_file_set_contents_full() is not used: it
 * would leave the end of an older, longer file.
 */
static int write_replay_file(const char *path, const char *text, gsize len)
{
	FILE *f = fopen(path, "we");
	bool good = f && fwrite(text, 1, len, f) == len;
	int err = errno;

	if (f && fclose(f) && good) {
		err = errno;
		good = false;
	}
	if (good)
		return 0;
	fprintf(stderr, "vmallocfs-replay: %s: %s\n", path, g_strerror(err));
	return -EIO;
}

static int draw_map(struct replay *r, const char *path)
{
	g_autoptr(GBytes) svg = replay_map_svg(r);
	gsize len;
	const char *text = g_bytes_get_data(svg, &len);

	return write_replay_file(path, text, len);
}

static int draw_timeline(const struct replay *r, const char *path)
{
	const struct timeline *lines[NR_VM_POLICIES];
	g_autoptr(GString) svg = NULL;

	for (unsigned i = 0; i < r->nr_runs; i++)
		lines[i] = r->run[i].timeline;
	svg = timeline_svg(lines, r->nr_runs, r->began);
	return write_replay_file(path, svg->str, svg->len);
}

static int write_layout(const struct replay *r, const char *path)
{
	g_autoptr(GString) text = moment_layout(&r->run[0]);

	return write_replay_file(path, text->str, text->len);
}

/* Flushes standard output. 0 or -EIO, with a line on stderr. */
static int end_output(bool good)
{
	if (good && !fflush(stdout))
		return 0;
	fprintf(stderr, "vmallocfs-replay: standard output: %s\n", g_strerror(errno));
	return -EIO;
}

static int print_replay_report(const struct replay *r, const struct replay_options *o,
			       const struct report_file *other)
{
	struct report_options options = o->report;
	g_autoptr(GString) text = NULL;

	options.other = other;
	text = replay_report(r, &options);

	return end_output(fwrite(text->str, 1, text->len, stdout) == text->len);
}

static int write_series(const struct replay *r, const char *path)
{
	g_autoptr(GString) csv = replay_series(r);

	return write_replay_file(path, csv->str, csv->len);
}

static int write_story(struct replay *r, const struct replay_options *o)
{
	g_autofree char *name = g_path_get_basename(o->trace);
	g_autoptr(GString) page = story_page(r, strcmp(o->trace, "-") ? name : "standard input");

	return write_replay_file(o->html, page->str, page->len);
}

/* What is written after the report. 0 or -EIO. */
static int write_outputs(struct replay *r, const struct replay_options *o)
{
	int err = 0;

	if (o->series)
		err = write_series(r, o->series);
	if (!err && o->layout)
		err = write_layout(r, o->layout);
	if (!err && o->svg)
		err = draw_map(r, o->svg);
	if (!err && o->timeline)
		err = draw_timeline(r, o->timeline);
	if (!err && o->html)
		err = write_story(r, o);
	return err;
}

/* The file of --chrome, which is written while the trace is read. NULL after a line on stderr. */
static FILE *open_chrome(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		fprintf(stderr, "vmallocfs-replay: %s: %s\n", path, g_strerror(errno));
	return f;
}

/* err: of the replay. What is left of a file that was not finished is of no use. */
static int close_chrome(FILE *f, const char *path, int err)
{
	struct stat st;
	bool regular = !fstat(fileno(f), &st) && S_ISREG(st.st_mode);
	int failed = fclose(f) ? errno : 0;

	if (failed && !err) {
		fprintf(stderr, "vmallocfs-replay: %s: %s\n", path, g_strerror(failed));
		err = -EIO;
	}
	if (err && regular)
		unlink(path);
	return err;
}

static int read_trace(struct replay *r, const struct replay_options *o, struct input *in)
{
	g_autofree char *error = NULL;
	struct bar bar = { 0 };
	FILE *chrome = NULL;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &bar.start);
	if (o->chrome) {
		chrome = open_chrome(o->chrome);
		if (!chrome)
			return -EIO;
		replay_write_chrome(r, chrome, CHROME_MAX);
	}
	err = replay_input(r, in, isatty(STDERR_FILENO) ? draw_bar : NULL, &bar, &error);
	clear_bar(&bar);
	if (err)
		fprintf(stderr, "vmallocfs-replay: %s: %s\n", o->trace, error);
	return chrome ? close_chrome(chrome, o->chrome, err) : err;
}

static int replay_and_report(const struct replay_options *o)
{
	g_autofree char *error = NULL;
	struct replay *r;
	struct report_file *other = NULL;
	struct input *in = NULL;
	int err;

	err = o->diff ? report_file_read(o->diff, &other, &error) : 0;
	if (!err)
		err = replay_create(&o->replay, &r, &error);
	if (err) {
		fprintf(stderr, "vmallocfs-replay: %s\n", error);
		report_file_free(other);
		return err;
	}
	if (r->load_summary) {
		g_autofree char *name = listing_title(o->load);

		fprintf(stderr, "vmallocfs-replay: %s: %s\n", name, r->load_summary->str);
	}
	err = input_open(o->trace, &in, &error);
	if (err)
		fprintf(stderr, "vmallocfs-replay: %s\n", error);
	else
		err = read_trace(r, o, in);
	if (!err)
		err = print_replay_report(r, o, other);
	if (!err)
		err = write_outputs(r, o);
	input_close(in);
	replay_destroy(r);
	report_file_free(other);
	return err;
}

static int print_replay_version(void)
{
	g_autofree char *dumps = dump_version();

	return end_output(printf("vmallocfs-replay " PACKAGE_VERSION "\n%s\n", dumps) >= 0);
}

/* What --list= asks for: an exit status. */
static int print_replay_list(const char *name)
{
	g_autoptr(GString) words = g_string_new(NULL);

	if (!word_list_append(name, words)) {
		fprintf(stderr,
			"vmallocfs-replay: --list=%s is not known; there are policies and arch\n",
			name);
		return EXIT_USAGE;
	}
	return fputs(words->str, stdout) < 0 || fflush(stdout) ? EXIT_REFUSED : EXIT_OK;
}

int main(int argc, char **argv)
{
	struct replay_options o;
	int status = EXIT_OK;

	if (replay_options_init(&o, argc, argv))
		status = EXIT_USAGE;
	else if (o.list)
		status = print_replay_list(o.list);
	else if (o.version)
		status = print_replay_version() ? EXIT_REFUSED : EXIT_OK;
	else if (replay_and_report(&o))
		status = EXIT_REFUSED;
	replay_options_deinit(&o);
	return status;
}
