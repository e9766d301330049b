/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmallocfs: boots a machine, mounts it, serves it until it is unmounted or
 * told to stop.
 *
 * Whatever can be wrong is found before the program goes to the background,
 * so that it is said on the terminal and in the exit status: 2 for a wrong
 * command line, 1 for everything else.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <vmallocfs/history.h>
#include <vmallocfs/vmalloc.h>

#include "fs/requests/loop.h"
#include "fs/start/boot_knobs.h"
#include "fs/start/fs.h"
#include "fs/start/hostlimit.h"
#include "fs/start/lists.h"
#include "fs/start/mountpoint.h"
#include "fs/start/options.h"
#include "fs/start/restore_image.h"
#include "input/dump/dump.h"
#include "show/show.h"
#include "input/listing.h"
#include "input/load.h"
#include "input/progress_bar.h"

/* What libfuse has to say, under our name; a message may come in several pieces. */
static void log_fuse(enum fuse_log_level level, const char *fmt, va_list ap)
{
	(void)level;
	if (g_str_has_prefix(fmt, "fuse: ")) {
		fputs("vmallocfs: ", stderr);
		fmt += strlen("fuse: ");
	}
	vfprintf(stderr, fmt, ap);
}

/*
 * Reads the layout that load= names, and makes the machine one for it: 0, or
 * EXIT_REFUSED after a line on stderr.
 */
static int read_layout(const struct options *o, struct machine_config *config, struct listing **ret)
{
	struct progress_bar bar;
	const struct listing_options how = {
		.strict = o->strict,
		.memory = true,
		.progress = &bar.progress,
	};
	g_autofree char *error = NULL, *name = listing_title(o->load), *why = NULL;
	struct listing *l;
	int err;

	progress_bar_init(&bar, "unpacking");
	err = listing_read(o->load, &how, &l, &error);
	progress_bar_clear(&bar);
	if (err) {
		fprintf(stderr, "vmallocfs: %s\n", error);
		return EXIT_REFUSED;
	}
	if (load_configure(l, &o->decided, config, &why)) {
		fprintf(stderr, "vmallocfs: %s: %s\n", name, why);
		listing_free(l);
		return EXIT_REFUSED;
	}
	*ret = l;
	return 0;
}

static void print_summary(const struct listing *l)
{
	g_autoptr(GString) summary = g_string_new(NULL);
	g_autofree char *name = listing_title(l->path);

	listing_summary(l, summary);
	if (l->image)
		g_string_append(summary, "; restore= would boot its machine, files and all");
	fprintf(stderr, "vmallocfs: %s: %s\n", name, summary->str);
}

/* A machine with its address space and, if there is one, a layout. 0 or EXIT_REFUSED. */
static int boot_with(const struct machine_config *config, const struct listing *l,
		     struct machine **ret)
{
	g_autofree char *error = NULL;
	struct machine *m;
	int err = machine_boot(config, &m);

	if (err) {
		fprintf(stderr,
			"vmallocfs: the host has no room for this machine (%s): "
			"choose a smaller memory=%s\n",
			g_strerror(-err), config->host_limit ? ", or a larger hostmem=" : "");
		return EXIT_REFUSED;
	}
	err = vmalloc_init(m);
	if (err) {
		fprintf(stderr, "vmallocfs: the host is out of memory\n");
		goto destroy;
	}
	if (l && load_listing(m, l, &error)) {
		fprintf(stderr, "vmallocfs: %s\n", error);
		goto exit_vmalloc;
	}
	*ret = m;
	return 0;

exit_vmalloc:
	vmalloc_exit(m);
destroy:
	machine_destroy(m);
	return EXIT_REFUSED;
}

static int boot(const struct options *o, struct machine **ret, struct image **image)
{
	struct machine_config config = o->machine;
	struct listing *l = NULL;
	int status;

	if (o->restore)
		return restore_boot(o, ret, image);
	if (o->load && read_layout(o, &config, &l))
		return EXIT_REFUSED;
	if (!o->has_hostmem)
		config.host_limit = host_limit_default("/proc", "/sys/fs/cgroup");
	status = boot_with(&config, l, ret);
	if (!status && l)
		print_summary(l);
	listing_free(l);
	return status;
}

static void halt(struct machine *m)
{
	vmalloc_exit(m);
	machine_destroy(m);
}

/*
 * Signals.  A session that is told to exit may drop a request that one of its
 * threads has just read, and the coherence thread may be waiting for what that
 * request does.  So a thread waits for the signals, ends the coherence thread
 * while requests are still served, and only then the loop.
 */
struct watch {
	struct fuse_session *se;
	struct fs *fs;
	struct loop *loop;
	pthread_t thread;
	sigset_t signals;
	_Atomic bool stopped; /* fs_stop() was done */
	_Atomic bool left_loop;
};

static void *watch_signals(void *arg)
{
	struct watch *w = arg;
	int sig;

	sigwait(&w->signals, &sig);
	if (w->left_loop)
		return NULL;
	fs_stop(w->fs);
	w->stopped = true;
	loop_stop(w->loop);
	return NULL;
}

/* From here on the signals wait for the thread to take them. */
static void watch_init(struct watch *w, struct fs *fs, struct fuse_session *se)
{
	*w = (struct watch){ .se = se, .fs = fs };
	sigemptyset(&w->signals);
	sigaddset(&w->signals, SIGHUP);
	sigaddset(&w->signals, SIGINT);
	sigaddset(&w->signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &w->signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Requests until unmounted or told to stop. 0 or a negative errno. */
static int serve_watched(struct watch *w)
{
	int err = -pthread_create(&w->thread, NULL, watch_signals, w);

	if (err)
		return err;
	err = loop_run(w->loop);
	w->left_loop = true;
	/*
	 * The thread waits in sigwait(), perhaps for ever: the mount is gone, and no
	 * user sends a signal.  SIGTERM is one of those that it waits for.  It is sent
	 * to that thread alone: sent to the process it would stay pending if the
	 * thread has just taken a signal of a user's, and end the program later.
	 */
	pthread_kill(w->thread, SIGTERM);
	pthread_join(w->thread, NULL);
	return err;
}

/* Starts the helper threads, serves requests, and joins the threads. */
static int serve(struct watch *w, const struct options *o)
{
	const struct loop_config config = {
		.max_threads = o->single_threaded ? 1 : o->max_threads,
		.max_idle_threads = o->max_idle_threads,
	};
	int err = loop_create(w->se, &config, &w->loop);

	if (err)
		return err;
	err = fs_start(w->fs, w->se);
	if (err)
		goto destroy;
	err = serve_watched(w);
	if (!w->stopped)
		fs_stop(w->fs);
destroy:
	loop_destroy(w->loop);
	return err;
}

static int serve_mount(struct fs *fs, struct options *o, const char *dir)
{
	struct fuse_session *se;
	struct watch watch;
	int status = EXIT_REFUSED;
	int err;

	se = fuse_session_new(&o->fuse, &fs_operations, sizeof(fs_operations), fs);
	if (!se)
		return EXIT_REFUSED;
	watch_init(&watch, fs, se);
	if (fuse_session_mount(se, dir)) {
		fprintf(stderr, "vmallocfs: %s could not be mounted\n", dir);
		goto destroy;
	}
	if (fuse_daemonize(o->foreground)) {
		fprintf(stderr, "vmallocfs: cannot go to the background; try -f\n");
		goto unmount;
	}
	err = serve(&watch, o);
	if (err)
		fprintf(stderr, "vmallocfs: stopped: %s\n", g_strerror(-err));
	else
		status = EXIT_OK;
unmount:
	fuse_session_unmount(se);
destroy:
	fuse_session_destroy(se);
	return status;
}

/*
 * What the parent left open, a lock perhaps, would stay open with the daemon.  A layout in
 * /dev/fd/N has been read by now.  A dump stays open: it is ours, and has FD_CLOEXEC, which
 * nothing inherited has.
 */
static void close_inherited(void)
{
	g_autoptr(GDir) fds = g_dir_open("/proc/self/fd", 0, NULL);
	const char *name;

	if (!fds) {
		for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
			if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
				close(fd);
		return;
	}
	while ((name = g_dir_read_name(fds))) {
		int fd = atoi(name);

		if (fd > STDERR_FILENO && !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
			close(fd);
	}
}

/* What was loaded or restored was there before: it is no event. */
static int begin_history(struct machine *m, uint64_t events)
{
	if (!vmalloc_set_history(m, events))
		return EXIT_OK;
	fprintf(stderr, "vmallocfs: no memory for the history; choose a smaller history_events=\n");
	return EXIT_REFUSED;
}

/* 0, or EXIT_USAGE after a line on stderr. */
static int set_knobs(struct fs *fs, const struct options *o)
{
	g_autofree char *why = NULL;

	if (!boot_knobs_set(fs, o->knobs, &why))
		return EXIT_OK;
	fprintf(stderr, "vmallocfs: %s\n", why);
	return EXIT_USAGE;
}

/*
 * The files of a machine that has booted, until it is unmounted.  Closes the image that
 * it came from, if it is not NULL.  Returns the exit status.
 */
static int serve_machine(struct machine *m, const struct fs_config *config, struct options *o,
			 const char *dir, struct image *image)
{
	int status = EXIT_REFUSED;
	struct fs *fs = NULL;

	if (fs_create(m, config, &fs))
		fputs("vmallocfs: no host memory is left for the files; choose a larger hostmem=\n",
		      stderr);
	else
		status = image ? restore_files(o, fs, image) : EXIT_OK;
	image_close(image);
	if (!status)
		status = begin_history(m, o->history_events);
	if (!status)
		status = set_knobs(fs, o);
	if (!status)
		status = serve_mount(fs, o, dir);
	if (fs)
		fs_destroy(fs);
	return status;
}

static int mount_machine(struct options *o)
{
	struct fs_config config = { .uid = getuid(),
				    .gid = getgid(),
				    .noatime = o->noatime,
				    .max_read = o->max_read,
				    .nr_inodes = o->nr_inodes,
				    .nowindows = o->nowindows };
	g_autofree char *why = mountpoint_check(o->dir, o->nonempty);
	struct image *image = NULL;
	struct machine *m;
	char *dir;
	int status;

	if (why) {
		fprintf(stderr, "vmallocfs: %s\n", why);
		return EXIT_REFUSED;
	}
	dir = realpath(o->dir, NULL); /* in the background the program is elsewhere */
	if (!dir) {
		fprintf(stderr, "vmallocfs: %s: %s\n", o->dir, g_strerror(errno));
		return EXIT_REFUSED;
	}
	status = boot(o, &m, &image);
	if (status)
		goto free_dir;
	close_inherited();
	status = serve_machine(m, &config, o, dir, image);
	halt(m);
free_dir:
	free(dir);
	return status;
}

static void print_mount_version(void)
{
	g_autofree char *dumps = dump_version();

	printf("vmallocfs " PACKAGE_VERSION "\n%s\n%s\n", dumps, kernel_image_version());
}

static int exit_status(int err)
{
	return err == -EINVAL ? EXIT_USAGE : err ? EXIT_REFUSED : EXIT_OK;
}

int main(int argc, char **argv)
{
	struct options o;
	int status = EXIT_OK;

	fuse_set_log_func(log_fuse);
	if (options_init(&o, argc, argv))
		status = EXIT_USAGE;
	else if (o.help)
		options_help();
	else if (o.list)
		status = exit_status(lists_print(o.list));
	else if (o.version)
		print_mount_version();
	else
		status = mount_machine(&o);
	options_deinit(&o);
	return status;
}
