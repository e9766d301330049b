/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restoring an image.  What its machine was booted with cannot be changed, so that
 * options which say it are refused; knobs on the command line win over the image's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "fs/files/files_state.h"
#include "fs/inode/mount.h"
#include "fs/start/hostlimit.h"
#include "fs/start/restore_image.h"
#include "input/dump/dump_file.h"
#include "input/listing.h"
#include "input/progress_bar.h"

static int restore_refused(const struct options *o, const char *error)
{
	g_autofree char *name = listing_title(o->restore);

	fprintf(stderr, "vmallocfs: %s: %s\n", name, error);
	return EXIT_REFUSED;
}

/* What of the image an option would say: "NAME=VALUE", for g_free. */
static char *memory_option(const struct machine_config *c)
{
	if (c->memory % (UINT64_C(1) << 20))
		return g_strdup_printf("memory=%" PRIu64 "K", c->memory >> 10);
	return g_strdup_printf("memory=%" PRIu64 "M", c->memory >> 20);
}

static char *nodes_option(const struct machine_config *c)
{
	return g_strdup_printf("nodes=%u", c->nodes);
}

static char *cpus_option(const struct machine_config *c)
{
	return g_strdup_printf("cpus=%u", c->cpus);
}

static char *arch_option(const struct machine_config *c)
{
	return g_strdup_printf("arch=%s", machine_arch(c->arch)->name);
}

static char *vmalloc_option(const struct machine_config *c)
{
	return g_strdup_printf("vmalloc=0x%" PRIx64 "-0x%" PRIx64, c->vmalloc_start,
			       c->vmalloc_end + (c->vmalloc_end & 1));
}

static char *modules_option(const struct machine_config *c)
{
	return g_strdup_printf("modules=0x%" PRIx64 "-0x%" PRIx64, c->modules_start,
			       c->modules_end + (c->modules_end & 1));
}

static char *load_option(const struct machine_config *c)
{
	(void)c;
	return g_strdup("areas of its own");
}

static int check_conflicts(const struct options *o, const struct machine_config *c)
{
	const struct {
		const char *name;
		bool given;
		char *(*has)(const struct machine_config *c);
	} conflicts[] = {
		{ "memory", o->decided.memory, memory_option },
		{ "nodes", o->decided.nodes, nodes_option },
		{ "cpus", o->has_cpus, cpus_option },
		{ "arch", o->decided.arch, arch_option },
		{ "vmalloc", o->decided.vmalloc, vmalloc_option },
		{ "modules", o->decided.modules, modules_option },
		{ "load", o->load != NULL, load_option },
	};
	g_autofree char *name = listing_title(o->restore);

	for (size_t i = 0; i < G_N_ELEMENTS(conflicts); i++) {
		g_autofree char *has = NULL;

		if (!conflicts[i].given)
			continue;
		has = conflicts[i].has(c);
		fprintf(stderr, "vmallocfs: %s= cannot be given with restore=: %s has %s\n",
			conflicts[i].name, name, has);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

int restore_boot(const struct options *o, struct machine **ret, struct image **image)
{
	g_autofree char *error = NULL;
	struct progress_bar bar;
	struct image *img;
	uint64_t limit = o->machine.host_limit;
	int status;
	int err;

	progress_bar_init(&bar, "unpacking");
	err = image_open(o->restore, &bar.progress, &img, &error);
	progress_bar_clear(&bar);
	if (err)
		return restore_refused(o, error);
	status = check_conflicts(o, image_config(img));
	if (status)
		goto close;
	if (!o->has_hostmem)
		limit = host_limit_default("/proc", "/sys/fs/cgroup");
	if (image_boot(img, limit, ret, &error)) {
		status = restore_refused(o, error);
		goto close;
	}
	*image = img;
	return EXIT_OK;

close:
	image_close(img);
	return status;
}

int restore_files(const struct options *o, struct fs *fs, struct image *image)
{
	g_autofree char *error = NULL;
	struct state_in in;
	int err;

	image_files(image, &in);
	err = files_load(fs, &in);
	if (err == -ENOMEM)
		return restore_refused(o, "no host memory is left for the files; choose a larger "
					  "hostmem=");
	if (err) {
		error = image_wrong(image, "FILE", &in);
		return restore_refused(o, error);
	}
	if (image_finish(image, fs->m, &error))
		return restore_refused(o, error);
	if (o->has_init_on_alloc)
		fs->m->init_on_alloc = o->machine.init_on_alloc;
	return EXIT_OK;
}
