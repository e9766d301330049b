/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmallocfs-info: what a saved address space says, and what would be enough.
 *
 * Exit status: 0; 1 if a file cannot be read, or something cannot be written;
 * 2 for a wrong command line; 3 if what --enough asks for does not fit.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "info/image_changes.h"
#include "info/info_report.h"
#include "input/dump/dump.h"
#include "input/image/image.h"
#include "input/progress_bar.h"
#include "input/word_lists.h"

enum { EXIT_OK = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_NO_ROOM = 3 };

static void put_line(const char *file, const char *text)
{
	fprintf(stderr, "vmallocfs-info: %s%s%s\n", file, *file ? ": " : "", text);
}

/* A packed dump takes a while: a terminal is shown how far it is. */
static int read_one(const struct info_options *o, const char *file, struct listing **ret,
		    char **error)
{
	struct listing_options how = o->listing;
	struct progress_bar bar;
	int err;

	how.as_dump = info_dump_is_asked(&o->dump);
	progress_bar_init(&bar, "unpacking");
	how.progress = &bar.progress;
	err = listing_read(file, &how, ret, error);
	progress_bar_clear(&bar);
	return err;
}

/* Reads all files. Returns how many, or after a failure -1 minus those before it. */
static int read_files(const struct info_options *o, struct info *info)
{
	int n = 0;

	for (char **file = o->files; *file; file++) {
		g_autofree char *error = NULL;
		g_autofree char *name = listing_title(*file);
		g_autoptr(GString) summary = g_string_new(NULL);
		struct listing *l;

		if (read_one(o, *file, &l, &error)) {
			put_line("", error);
			break;
		}
		info_init(&info[n++], l, o->by);
		listing_summary(l, summary);
		put_line(name, summary->str);
	}
	return o->files[n] ? -n - 1 : n;
}

/* Asks the same of each file, until one cannot be answered; a line on stderr says why. */
static int ask_all(const struct info_report *r, const char *option,
		   const struct info_request *request, struct info_answer *answers)
{
	for (unsigned i = 0; i < r->n; i++) {
		int err = info_ask(&r->info[i], request, &answers[i]);
		g_autofree char *why = NULL;

		if (!err)
			continue;
		if (err == -ENOENT && r->info[i].l->hidden)
			why = g_strdup("cannot be answered: the addresses are hidden");
		else if (err == -ENOENT)
			why = g_strdup("cannot be answered: no window of modules is known; "
				       "--modules=START-END says where it is");
		else
			why = g_strdup(err == -EINVAL ? "no address space has that size"
						      : g_strerror(-err));
		fprintf(stderr, "vmallocfs-info: %s: %s %s\n", r->info[i].l->path, option, why);
		return err;
	}
	return 0;
}

/* g_file_set_contents_full() is not used: it would leave the end of an older, longer file. */
static int write_info_file(const char *path, GBytes *content)
{
	FILE *f = fopen(path, "we");
	gsize len;
	const char *data = g_bytes_get_data(content, &len);
	bool good = f && fwrite(data, 1, len, f) == len;
	int err = errno;

	if (f && fclose(f) && good) {
		err = errno;
		good = false;
	}
	if (good)
		return 0;
	put_line(path, g_strerror(err));
	return -EIO;
}

static int write_pictures(const struct info_report *r)
{
	const struct info_options *o = r->o;
	int err = 0;

	if (o->svg) {
		g_autoptr(GBytes) svg = info_svg(&r->info[r->n - 1]);

		err = write_info_file(o->svg, svg);
	}
	if (!err && o->html) {
		g_autoptr(GBytes) html = info_html(r);

		err = write_info_file(o->html, html);
	}
	return err;
}

/* True for a terminal, unless the environment says that it has no colours. */
static bool on_terminal(void)
{
	const char *term = g_getenv("TERM");

	return isatty(STDOUT_FILENO) && !g_getenv("NO_COLOR") && term && strcmp(term, "dumb");
}

static int put_output(const GString *out)
{
	if (fwrite(out->str, 1, out->len, stdout) == out->len && !fflush(stdout))
		return 0;
	put_line("standard output", g_strerror(errno));
	return -EIO;
}

static int print_info_report(const struct info_report *r)
{
	g_autoptr(GString) out = g_string_new(NULL);

	if (r->o->format == FORMAT_JSON)
		info_json(r, out);
	else if (r->o->format == FORMAT_CSV)
		info_csv(r, out);
	else
		info_text(r, on_terminal(), out);
	return put_output(out);
}

/* What is asked of dumps alone takes the place of the report. */
static int answer_of_dumps(const struct info_report *r)
{
	g_autoptr(GString) out = g_string_new(NULL);
	int status = EXIT_OK;

	for (unsigned i = 0; i < r->n; i++) {
		const struct listing *l = r->info[i].l;
		g_autofree char *error = NULL, *name = listing_title(l->path);

		if (!info_dump_answer(&r->o->dump, l, out, &error))
			continue;
		put_line(name, error);
		status = EXIT_REFUSED;
	}
	return put_output(out) ? EXIT_REFUSED : status;
}

/* Two images of one machine tell more than which callers have what. */
static int compare_images(struct info_report *r)
{
	const struct listing *from = r->info[0].l, *to = r->info[r->n - 1].l;
	g_autofree char *error = NULL;

	if (r->n < 2 || !from->image || !to->image)
		return 0;
	if (!image_same_config(from->image, to->image)) {
		put_line("", "the images are not of one machine: files and bytes are not compared");
		return 0;
	}
	if (!info_image_changes(from, to, &r->image_changes, &error))
		return 0;
	put_line("", error);
	return -EBADMSG;
}

static int report(struct info_report *r)
{
	const struct info_options *o = r->o;
	int status = EXIT_OK;

	if (info_dump_is_asked(&o->dump))
		return answer_of_dumps(r);
	/* A question without an answer does not keep the rest from being reported. */
	if (r->enough && ask_all(r, "--enough", &o->enough, r->enough))
		status = EXIT_REFUSED;
	if (r->next && ask_all(r, "--next", &o->next, r->next))
		status = EXIT_REFUSED;
	if (compare_images(r))
		status = EXIT_REFUSED;
	if (print_info_report(r) || write_pictures(r))
		return EXIT_REFUSED;
	for (unsigned i = 0; i < r->n && r->enough && !status; i++)
		if (!info_fits(&r->enough[i]))
			status = EXIT_NO_ROOM;
	return status;
}

static int read_and_report(const struct info_options *o)
{
	guint files = g_strv_length(o->files);
	g_autofree struct info *info = g_new0(struct info, files);
	g_autofree struct info_answer *enough = g_new0(struct info_answer, files);
	g_autofree struct info_answer *next = g_new0(struct info_answer, files);
	struct info_report r = {
		.o = o,
		.info = info,
		.enough = o->has_enough ? enough : NULL,
		.next = o->has_next ? next : NULL,
	};
	int n = read_files(o, info), status = EXIT_REFUSED;

	r.n = (unsigned)(n < 0 ? -n - 1 : n);
	if (n > 0)
		status = report(&r);
	if (r.image_changes)
		g_array_unref(r.image_changes);
	for (unsigned i = 0; i < r.n; i++)
		info_deinit(&info[i]);
	return status;
}

static int print_info_version(void)
{
	g_autofree char *dumps = dump_version();

	return printf("vmallocfs-info " PACKAGE_VERSION "\n%s\n", dumps) < 0 || fflush(stdout);
}

/* What --list= asks for: an exit status. */
static int print_info_list(const char *name)
{
	g_autoptr(GString) words = g_string_new(NULL);

	if (!word_list_append(name, words)) {
		fprintf(stderr,
			"vmallocfs-info: --list=%s is not known; there are policies and arch\n",
			name);
		return EXIT_USAGE;
	}
	return fputs(words->str, stdout) < 0 || fflush(stdout) ? EXIT_REFUSED : EXIT_OK;
}

int main(int argc, char **argv)
{
	struct info_options o;
	int status;

	if (info_options_init(&o, argc, argv))
		status = EXIT_USAGE;
	else if (o.list)
		status = print_info_list(o.list);
	else if (o.version)
		status = print_info_version() ? EXIT_REFUSED : EXIT_OK;
	else
		status = read_and_report(&o);
	info_options_deinit(&o);
	return status;
}
