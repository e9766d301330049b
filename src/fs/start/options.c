/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsing the command line.
 *
 * fuse_opt splits it; each option is then looked up in our tables: ours, those
 * that go on to libfuse or the kernel, and those that mount(8) and fstab use
 * among themselves, which are dropped.  Anything else is refused here, in one
 * line, before libfuse could print its usage.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fs/start/boot_knobs.h"
#include "fs/start/options.h"
#include "input/listing.h"
#include "input/size.h"
#include "show/show.h"
#include <vmallocfs/history.h>
#include <vmallocfs/vmalloc.h>

/* Threads are made when requests that take long need them, and mostly two are enough. */
#define DEFAULT_THREADS 10

/* Values as they stand on the command line. */
struct mount_words {
	char *memory;
	char *nodes;
	char *cpus;
	char *vmalloc;
	char *hostmem;
	char *modules;
	char *arch;
	char *init_on_alloc;
	char *load;
	char *restore;
	char *nr_inodes;
	char *history_events;
	int strict;
	char *fsname;
	char *subtype;
	unsigned max_read;
	unsigned max_threads;
	unsigned max_idle_threads;
	int clone_fd;
	int nonempty;
	int nowindows;
	int foreground;
	int debug;
	int single_threaded;
	char *list;
	int help;
	int version;
	struct options *options;
};

#define WORD(template, member)                                                                     \
	{                                                                                          \
		template, offsetof(struct mount_words, member), 1                                  \
	}

static const struct fuse_opt word_opts[] = {
	WORD("memory=%s", memory),
	WORD("nodes=%s", nodes),
	WORD("cpus=%s", cpus),
	WORD("vmalloc=%s", vmalloc),
	WORD("hostmem=%s", hostmem),
	WORD("modules=%s", modules),
	WORD("arch=%s", arch),
	WORD("init_on_alloc=%s", init_on_alloc),
	WORD("load=%s", load),
	WORD("restore=%s", restore),
	WORD("nr_inodes=%s", nr_inodes),
	WORD("history_events=%s", history_events),
	WORD("strict", strict),
	WORD("fsname=%s", fsname),
	WORD("subtype=%s", subtype),
	WORD("max_read=%u", max_read),
	WORD("max_threads=%u", max_threads),
	WORD("max_idle_threads=%u", max_idle_threads),
	WORD("clone_fd", clone_fd),
	WORD("nonempty", nonempty),
	WORD("nowindows", nowindows),
	WORD("-f", foreground),
	WORD("-d", debug),
	WORD("debug", debug),
	WORD("-s", single_threaded),
	WORD("--list=%s", list),
	WORD("-h", help),
	WORD("--help", help),
	WORD("-V", version),
	WORD("--version", version),
	FUSE_OPT_END,
};

/* Options of others; a name that ends in '=' takes a value, in '*' any rest. */
/* clang-format off */
static const char *const passed_on[] = {
	"rw", "ro", "dev", "nodev", "suid", "nosuid", "exec", "noexec", "async", "sync",
	"dirsync", "noatime", "allow_other", "allow_root", "auto_unmount", "context=",
	"fscontext=", "defcontext=", "rootcontext=", "-r",
};

static const char *const dropped[] = {
	"defaults", "auto", "noauto", "user", "nouser", "users", "nousers", "owner",
	"noowner", "group", "nogroup", "_netdev", "nofail", "user=", "comment=",
	"uhelper=", "x-*", "X-*", "atime", "diratime", "nodiratime", "relatime",
	"norelatime", "strictatime", "nostrictatime", "lazytime", "nolazytime", "iversion",
	"noiversion", "mand", "nomand", "silent", "loud", "default_permissions",
	"symfollow", "nosymfollow",
};

/* clang-format on */

/* Ours that make no sense alone. */
static const char *const need_value[] = {
	"memory", "nodes", "cpus",	    "vmalloc",	 "modules", "hostmem",
	"arch",	  "load",  "init_on_alloc", "nr_inodes", "restore", "history_events"
};

static void mount_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void mount_usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("vmallocfs: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

static bool matches(const char *option, const char *name)
{
	size_t len = strlen(name);

	if (name[len - 1] == '*')
		return !strncmp(option, name, len - 1);
	if (name[len - 1] == '=')
		return !strncmp(option, name, len);
	return !strcmp(option, name);
}

static bool listed(const char *option, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (matches(option, list[i]))
			return true;
	return false;
}

/* fuse_opt asks: 1 keeps the option for libfuse, 0 drops it, -1 is an error. */
static int take_option(void *data, const char *arg, int key, struct fuse_args *args)
{
	struct mount_words *words = data;
	struct options *o = words->options;
	bool needs_value;

	(void)args;
	if (key == FUSE_OPT_KEY_NONOPT) {
		if (o->source) {
			mount_usage_error(
				"one argument too many: '%s'; usage: vmallocfs [SOURCE] DIR", arg);
			return -1;
		}
		if (o->dir)
			o->source = o->dir;
		o->dir = g_strdup(arg);
		return 0;
	}
	if (!*arg) /* after a comma at the end, or between two */
		return 0;
	if (!strcmp(arg, "remount")) {
		mount_usage_error("remount cannot change a machine that runs; unmount it and mount "
				  "it again, or change what the kernel keeps with mount -i -o "
				  "remount,ro %s",
				  o->dir ? o->dir : "DIR");
		return -1;
	}
	if (!strcmp(arg, "noatime"))
		o->noatime = true;
	if (listed(arg, passed_on, G_N_ELEMENTS(passed_on)))
		return 1;
	if (listed(arg, dropped, G_N_ELEMENTS(dropped)))
		return 0;
	if (boot_knobs_add(o->knobs, arg, &needs_value))
		return 0;
	if (needs_value || listed(arg, need_value, G_N_ELEMENTS(need_value)))
		mount_usage_error("%s needs a value: %s=...; try vmallocfs --help", arg, arg);
	else
		mount_usage_error("unknown option '%s'; try vmallocfs --help", arg);
	return -1;
}

static int size_word(const char *name, const char *word, uint64_t *ret)
{
	if (!word || size_parse(word, ret))
		return 0;
	mount_usage_error(
		"%s=%s is no size; give bytes, or a number with K, M, G or T, as in %s=64M", name,
		word, name);
	return -EINVAL;
}

static int take_arch(struct machine_config *c, const char *word)
{
	g_autoptr(GString) names = g_string_new(NULL);

	if (word && !machine_arch_by_name(word, &c->arch)) {
		for (unsigned i = 0; i < NR_ARCHS; i++)
			g_string_append_printf(names, "%s%s", i ? ", " : "",
					       machine_arch((enum machine_arch)i)->name);
		mount_usage_error("arch=%s is not known; give one of: %s", word, names->str);
		return -EINVAL;
	}
	c->vmalloc_size = machine_arch(c->arch)->vmalloc_size;
	return 0;
}

/* START-END, or a size where there may be one. */
static int take_window(const char *name, const char *word, uint64_t *size, vaddr_t *start,
		       vaddr_t *end)
{
	struct listing_window w;

	if (!word || (size && size_parse(word, size)))
		return 0;
	if (!listing_parse_window(word, &w, NULL)) {
		mount_usage_error("%s=%s is not possible; give %sSTART-END in whole pages, as in "
				  "%s=0xffffc90000000000-0xffffc90004000000",
				  name, word, size ? "a size, as in vmalloc=64M, or " : "", name);
		return -EINVAL;
	}
	*start = w.start;
	*end = w.end - (w.last_unused ? 1 : 0);
	return 0;
}

/* The line that says what is wrong with a configuration, if anything is. */
static int check_machine_config(const struct machine_config *c)
{
	const char *wrong = machine_config_check(c);
	uint64_t most;

	if (!wrong)
		return 0;
	most = machine_memory_max(c);
	if (c->memory > most && c->memory <= MEMORY_MAX && most >= MEMORY_MIN)
		mount_usage_error("%s; memory=%" PRIu64 "M fits", wrong, most >> 20);
	else
		mount_usage_error("%s", wrong);
	return -EINVAL;
}

/* A machine has whole pages. */
static void say_if_rounded(const char *name, const char *word, uint64_t size)
{
	if (word && size & ~PAGE_MASK)
		mount_usage_error("%s=%s is rounded down to whole pages: %" PRIu64 " bytes", name,
				  word, size & PAGE_MASK);
}

static int take_mount_words(struct options *o, const struct mount_words *w)
{
	struct machine_config *c = &o->machine;
	uint64_t nodes = c->nodes, cpus = c->cpus;

	if (size_word("memory", w->memory, &c->memory) ||
	    size_word("hostmem", w->hostmem, &c->host_limit) || take_arch(c, w->arch) ||
	    take_window("vmalloc", w->vmalloc, &c->vmalloc_size, &c->vmalloc_start,
			&c->vmalloc_end) ||
	    take_window("modules", w->modules, NULL, &c->modules_start, &c->modules_end))
		return -EINVAL;
	/* A window of 32 bits says which page tables it takes. */
	if (!w->arch && c->vmalloc_end && !(c->vmalloc_end >> 32))
		c->arch = ARCH_X86_PAE;
	if (w->nodes && (!g_ascii_string_to_unsigned(w->nodes, 10, 0, NODES_MAX, &nodes, NULL))) {
		mount_usage_error("nodes=%s is not possible; give a number from 1 to %d", w->nodes,
				  NODES_MAX);
		return -EINVAL;
	}
	c->nodes = (unsigned)nodes;
	if (w->cpus && !g_ascii_string_to_unsigned(w->cpus, 10, 1, CPUS_MAX, &cpus, NULL)) {
		mount_usage_error("cpus=%s is not possible; give a number from 1 to %d", w->cpus,
				  CPUS_MAX);
		return -EINVAL;
	}
	c->cpus = (unsigned)cpus;
	if (w->init_on_alloc) {
		if (strcmp(w->init_on_alloc, "0") && strcmp(w->init_on_alloc, "1")) {
			mount_usage_error("init_on_alloc=%s is not possible; give 0 or 1",
					  w->init_on_alloc);
			return -EINVAL;
		}
		c->init_on_alloc = w->init_on_alloc[0] == '1';
	}
	if (size_word("nr_inodes", w->nr_inodes, &o->nr_inodes))
		return -EINVAL;
	if (w->nr_inodes && !o->nr_inodes) {
		mount_usage_error("nr_inodes=%s is not possible; give at least 1", w->nr_inodes);
		return -EINVAL;
	}
	o->history_events = HISTORY_EVENTS;
	if (w->history_events &&
	    !g_ascii_string_to_unsigned(w->history_events, 10, 0, HISTORY_EVENTS_MAX,
					&o->history_events, NULL)) {
		mount_usage_error("history_events=%s is not possible; give a number from 0 to %u",
				  w->history_events, HISTORY_EVENTS_MAX);
		return -EINVAL;
	}
	if (w->load && !w->load[0]) {
		mount_usage_error("load= names no file");
		return -EINVAL;
	}
	if (check_machine_config(c))
		return -EINVAL;
	say_if_rounded("memory", w->memory, c->memory);
	say_if_rounded("vmalloc", w->vmalloc, c->vmalloc_size);
	return 0;
}

/* "-oNAME=VALUE", whatever is in the value. */
static void add_escaped(struct fuse_args *args, const char *name, const char *value)
{
	g_autofree char *plain = g_strdup_printf("%s=%s", name, value);
	char *escaped = NULL;

	fuse_opt_add_opt_escaped(&escaped, plain);
	fuse_opt_add_arg(args, "-o");
	fuse_opt_add_arg(args, escaped);
	free(escaped);
}

static void add_own(struct options *o, const struct mount_words *w)
{
	const char *fsname = w->fsname ? w->fsname : o->source ? o->source : "vmallocfs";

	add_escaped(&o->fuse, "fsname", fsname);
	add_escaped(&o->fuse, "subtype", w->subtype ? w->subtype : "vmallocfs");
	/* The kernel checks modes and owners: without it every user could read what is 0400. */
	fuse_opt_add_arg(&o->fuse, "-odefault_permissions");
	if (w->max_read) {
		g_autofree char *max_read = g_strdup_printf("-omax_read=%u", w->max_read);

		fuse_opt_add_arg(&o->fuse, max_read);
	}
	if (w->debug)
		fuse_opt_add_arg(&o->fuse, "-odebug");
}

static void words_clear(struct mount_words *w)
{
	/* fuse_opt made them with malloc. */
	free(w->memory);
	free(w->nodes);
	free(w->cpus);
	free(w->vmalloc);
	free(w->hostmem);
	free(w->modules);
	free(w->arch);
	free(w->init_on_alloc);
	free(w->fsname);
	free(w->subtype);
	free(w->load);
	free(w->restore);
	free(w->list);
	free(w->nr_inodes);
	free(w->history_events);
}

int options_init(struct options *o, int argc, char **argv)
{
	const struct machine_config defaults = MACHINE_CONFIG_DEFAULT;
	struct mount_words words = {
		.options = o,
		.max_threads = DEFAULT_THREADS,
	};
	int err = 0;

	*o = (struct options){ .machine = defaults, .knobs = boot_knobs_new() };
	for (int i = 0; i < argc; i++)
		fuse_opt_add_arg(&o->fuse, argv[i]);
	if (fuse_opt_parse(&o->fuse, &words, word_opts, take_option)) {
		words_clear(&words);
		return -EINVAL;
	}
	o->help = words.help;
	o->version = words.version;
	o->list = g_strdup(words.list);
	o->nonempty = words.nonempty;
	o->nowindows = words.nowindows;
	o->max_read = words.max_read;
	o->max_threads = MAX(words.max_threads, 1);
	/* Threads that come and go with each request cost dearly: by default all stay. */
	o->max_idle_threads = words.max_idle_threads ? words.max_idle_threads : o->max_threads;
	o->single_threaded = words.single_threaded;
	o->foreground = words.foreground || words.debug;
	o->has_hostmem = words.hostmem;
	o->decided = (struct load_decided){
		.strict = words.strict,
		.memory = words.memory,
		.arch = words.arch,
		.vmalloc = words.vmalloc,
		.modules = words.modules,
		.nodes = words.nodes,
	};
	o->load = g_strdup(words.load);
	o->restore = g_strdup(words.restore);
	o->has_init_on_alloc = words.init_on_alloc;
	o->has_cpus = words.cpus;
	o->strict = words.strict;
	if (!o->help && !o->version && !o->list) {
		err = take_mount_words(o, &words);
		if (!err && !o->dir) {
			mount_usage_error(
				"where to? usage: vmallocfs [SOURCE] DIR; try vmallocfs --help");
			err = -EINVAL;
		}
	}
	if (!err)
		add_own(o, &words);
	words_clear(&words);
	return err;
}

void options_deinit(struct options *o)
{
	fuse_opt_free_args(&o->fuse);
	g_free(o->list);
	g_ptr_array_unref(o->knobs);
	g_free(o->load);
	g_free(o->restore);
	g_free(o->source);
	g_free(o->dir);
}

void options_list(void)
{
	for (const struct fuse_opt *opt = word_opts; opt->templ; opt++)
		if (opt->templ[0] != '-')
			printf("%.*s\n", (int)strcspn(opt->templ, "%"), opt->templ);
	for (size_t i = 0; i < G_N_ELEMENTS(passed_on); i++)
		if (passed_on[i][0] != '-')
			puts(passed_on[i]);
	boot_knobs_list();
}

void options_help(void)
{
	fputs("usage: vmallocfs [OPTION]... [SOURCE] DIR\n"
	      "Boots a simulated machine and mounts its vmalloc space on DIR.\n"
	      "\n"
	      "The machine:\n"
	      "    -o memory=SIZE        RAM (256M, or what the areas of load= need)\n"
	      "    -o nodes=N            NUMA nodes it is shared out to (1)\n"
	      "    -o cpus=N             processors (1); linux-6.12 has pools for each\n"
	      "    -o arch=NAME          x86-64, x86-64-5 (five levels) or x86-pae (32 bits)\n"
	      "    -o vmalloc=WINDOW     address space for areas: a size, or START-END (32T)\n"
	      "    -o modules=START-END  address space for modules\n"
	      "    -o hostmem=SIZE       memory of the host to take at most (what it can spare)\n"
	      "    -o init_on_alloc=0|1  new frames read as zero (1)\n"
	      "    -o history_events=N   events of the address space to remember (16384)\n"
	      "    -o load=FILE          begin with the layout of a saved /proc/vmallocinfo\n"
	      "    -o restore=FILE       go on with the machine that a copy of proc/vmcore has\n"
	      "    -o strict             refuse a FILE of which some would be passed over\n"
	      "    -o policy=NAME        how places are found (first-fit)\n"
	      "    -o lazy_max_pages=N   freed pages that wait for a purge (0)\n"
	      "    -o fail_page_alloc=INTERVAL:PROBABILITY:SPACE:TIMES, failslab=...\n"
	      "                          calls that fail\n"
	      "    -o KNOB=VALUE         any other file of sys/ that has one value\n"
	      "Sizes are bytes, or take K, M, G or T.\n"
	      "\n"
	      "The mount:\n"
	      "    -f                    stay in the foreground\n"
	      "    -d                    the same, and print each request\n"
	      "    -s                    one thread\n"
	      "    -o nr_inodes=N        files that can be made (as many as frames, at least 16K)\n"
	      "    -o nonempty           mount over whatever is in DIR\n"
	      "    -o nowindows          only files of areas, and status\n"
	      "    -o allow_other        let other users in, as far as modes allow\n"
	      "    -o auto_unmount       unmount even when the program is killed\n"
	      "    -o ro,noatime,...     as for any mount, see mount(8)\n"
	      "    -o fsname=NAME        name of the source in /proc/mounts\n"
	      "\n"
	      "    --list=NAME           print the words of a list: policies, knobs, arch, options\n"
	      "    -h, --help            print this\n"
	      "    -V, --version         print the version\n"
	      "\n"
	      "Unmount with umount DIR or fusermount3 -u DIR.\n",
	      stdout);
}
