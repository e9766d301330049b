/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Booting with the layout of a saved vmallocinfo.
 *
 *	read	every line is taken apart; the first bad one ends it
 *	check	the areas are sorted: overlaps, addresses that are taken, frames
 *	restore	one after another, lowest first
 *
 * Nothing is made before everything is known to be sound, and if making fails
 * after all, what was made is freed again.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include <vmallocfs/vmalloc.h>

#include "input/load.h"
#include "input/parse.h"

#define NOTHING SIZE_MAX

struct saved_area {
	unsigned long line;
	struct vm_restore restore; /* caller and node_pages are filled in last */
	size_t caller;		   /* offset in callers, or NOTHING */
	size_t nodes;		   /* index of the first of nr_nodes counts, or NOTHING */
};

struct layout {
	struct machine *m;
	unsigned long lines; /* read so far: the number of the last */
	GArray *areas;	     /* struct saved_area, in the file's order, then sorted */
	GString *callers;    /* terminated strings */
	GArray *nodes;	     /* uint64_t */
	unsigned max_nodes;  /* that any line counts frames on */
	uint64_t nr_pages;
	uint64_t vm_map_ram; /* lines that are no area */
	uint64_t unpurged;
};

static void layout_init(struct layout *l, struct machine *m)
{
	*l = (struct layout){
		.m = m,
		.areas = g_array_new(FALSE, FALSE, sizeof(struct saved_area)),
		.callers = g_string_new(NULL),
		.nodes = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
	};
}

static void layout_deinit(struct layout *l)
{
	g_array_unref(l->areas);
	g_string_free(l->callers, TRUE);
	g_array_unref(l->nodes);
}

static struct saved_area *area_at(const struct layout *l, guint i)
{
	return &g_array_index(l->areas, struct saved_area, i);
}

static void add_area(struct layout *l, const struct saved_line *line)
{
	struct saved_area a = {
		.line = l->lines,
		.restore = {
			.addr = line->addr,
			.size = line->size,
			.nr_pages = line->nr_pages,
			.phys_addr = line->phys_addr,
			.flags = line->flags | VM_SYMBOL,
		},
		.caller = NOTHING,
		.nodes = NOTHING,
	};

	if (line->caller) {
		a.caller = l->callers->len;
		g_string_append_len(l->callers, line->caller, (gssize)line->caller_len);
		g_string_append_c(l->callers, '\0');
	}
	if (line->nodes && l->m->nr_nodes > 1) {
		a.nodes = l->nodes->len;
		g_array_append_vals(l->nodes, line->node_pages, l->m->nr_nodes);
	}
	l->max_nodes = MAX(l->max_nodes, line->nodes);
	g_array_append_val(l->areas, a);
}

static int add_line(struct layout *l, const char *text, size_t len, char **error)
{
	struct saved_line line;

	l->lines++;
	if (len && text[len - 1] == '\r') /* it was on another system in between */
		len--;
	if (!len)
		return 0;
	*error = saved_line_parse(text, len, l->m->nr_nodes, &line);
	if (*error)
		return -EINVAL;

	switch (line.kind) {
	case SAVED_AREA:
		add_area(l, &line);
		break;
	case SAVED_VM_MAP_RAM:
		l->vm_map_ram++;
		break;
	case SAVED_UNPURGED:
		l->unpurged++;
		break;
	}
	return 0;
}

/* Feeds all lines of fd to add_line().  The buffer holds one line of the greatest length. */
static int read_lines(struct layout *l, int fd, char **error)
{
	char buf[SAVED_LINE_MAX + 1];
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, buf + len, sizeof(buf) - len);
		char *start = buf, *newline;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = -errno;

			*error = g_strdup_printf("cannot be read: %s", g_strerror(-err));
			return err;
		}
		if (!n)
			break;
		len += (size_t)n;
		while ((newline = memchr(start, '\n', len))) {
			int err = add_line(l, start, (size_t)(newline - start), error);

			if (err)
				return err;
			len -= (size_t)(newline + 1 - start);
			start = newline + 1;
		}
		if (len == sizeof(buf)) {
			l->lines++;
			*error = g_strdup_printf("longer than %d bytes, which no line of a "
						 "vmallocinfo is",
						 SAVED_LINE_MAX);
			return -EINVAL;
		}
		memmove(buf, start, len);
	}
	if (len) {
		/* A bad line is reported as such; a good one may still be half of another. */
		int err = add_line(l, buf, len, error);

		if (err)
			return err;
		*error = g_strdup("the file ends within this line, without a newline; save it "
				  "again");
		return -EINVAL;
	}
	return 0;
}

static int read_file(struct layout *l, const char *path, char **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0) {
		err = -errno;
		*error = g_strdup_printf("cannot be opened: %s", g_strerror(-err));
		return err;
	}
	err = read_lines(l, fd, error);
	close(fd);
	if (err && l->lines) {
		g_autofree char *what = *error;

		*error = g_strdup_printf("line %lu: %s", l->lines, what);
	}
	if (!err && !l->areas->len) {
		*error = g_strdup("there is no area in it; save a machine's /proc/vmallocinfo, "
				  "as root");
		err = -EINVAL;
	}
	return err;
}

static gint by_addr(gconstpointer a, gconstpointer b)
{
	vaddr_t x = ((const struct saved_area *)a)->restore.addr;
	vaddr_t y = ((const struct saved_area *)b)->restore.addr;

	return (x > y) - (x < y);
}

static bool meets(const struct vm_restore *r, vaddr_t start, uint64_t size)
{
	return r->addr < start + size && start <= r->addr + r->size - 1;
}

/* Why this machine cannot have an area there, or NULL. */
static const char *place_taken(const struct machine *m, const struct vm_restore *r)
{
	if (meets(r, PAGE_OFFSET, m->ram_size))
		return "this machine has its direct map there; record on a kernel booted with "
		       "nokaslr, or boot with less memory=";
	if (meets(r, VMEMMAP_START, m->nr_frames * 64))
		return "this machine has its vmemmap there; record on a kernel booted with "
		       "nokaslr, or boot with less memory=";
	if (r->addr + r->size - 1 >= -PAGE_SIZE)
		return "no area can have the last page of the address space";
	return NULL;
}

/* Sorts; then an area can only meet the one before it. */
static int check_places(struct layout *l, char **error)
{
	g_array_sort(l->areas, by_addr);
	for (guint i = 0; i < l->areas->len; i++) {
		const struct saved_area *a = area_at(l, i);
		const struct saved_area *b = i ? area_at(l, i - 1) : NULL;
		const char *taken = place_taken(l->m, &a->restore);

		if (b && meets(&b->restore, a->restore.addr, 1)) {
			*error = g_strdup_printf("lines %lu and %lu: their areas overlap",
						 MIN(a->line, b->line), MAX(a->line, b->line));
			return -EINVAL;
		}
		if (taken) {
			*error = g_strdup_printf("line %lu: %s", a->line, taken);
			return -EINVAL;
		}
	}
	return 0;
}

/* Pages of device memory that is device memory here too, so that it can be mapped. */
static uint64_t device_pages(const struct machine *m, const struct vm_restore *r)
{
	uint64_t size = r->size - PAGE_SIZE;
	paddr_t phys = r->phys_addr & PAGE_MASK;

	if (!(r->flags & VM_IOREMAP) || phys < m->ram_size || phys >= PHYS_END ||
	    size > PHYS_END - phys)
		return 0;
	return size >> PAGE_SHIFT;
}

/*
 * Page tables that the areas need at most: at each level, how many spans of
 * one table their mapped ranges touch.
 */
static uint64_t tables_needed(const struct layout *l)
{
	uint64_t tables = 0;

	for (enum pg_level level = PG_LEVEL_PMD; level < PG_LEVELS; level++) {
		uint64_t next = 0; /* first span that is not counted yet */

		for (guint i = 0; i < l->areas->len; i++) {
			const struct vm_restore *r = &area_at(l, i)->restore;
			uint64_t n = r->nr_pages + device_pages(l->m, r);
			uint64_t first = r->addr >> level_shift(level);
			uint64_t last = (r->addr + (n << PAGE_SHIFT) - 1) >> level_shift(level);

			if (!n || last < next)
				continue;
			tables += last - MAX(first, next) + 1;
			next = last + 1;
		}
	}
	return tables;
}

#define MIB (UINT64_C(1) << 20)
#define SPARE_FRAMES 16 /* for the direct map's own tables, which grow with memory */

static int check_frames(struct layout *l, char **error)
{
	struct machine *m = l->m;
	uint64_t tables = tables_needed(l);
	uint64_t free = nr_free_pages(m);
	uint64_t memory = 0;

	for (guint i = 0; i < l->areas->len; i++)
		l->nr_pages += area_at(l, i)->restore.nr_pages;
	if (l->nr_pages + tables <= free)
		return 0;

	/* One PUD table a 512 GiB of direct map. */
	memory = l->nr_pages + tables + (m->nr_frames - free) + SPARE_FRAMES;
	memory += memory >> 27;
	memory = (memory + MIB / PAGE_SIZE - 1) / (MIB / PAGE_SIZE);
	if (memory > MEMORY_MAX / MIB)
		*error = g_strdup_printf("its areas take %" PRIu64
					 " frames, more than any machine here can have",
					 l->nr_pages + tables);
	else
		*error = g_strdup_printf("its areas take %" PRIu64 " frames, %" PRIu64
					 " of them for page tables, and this machine has %" PRIu64
					 " free; boot with memory=%" PRIu64 "M",
					 l->nr_pages + tables, tables, free, memory);
	return -ENOMEM;
}

/* Takes the first n areas away again. */
static void undo(struct layout *l, guint n)
{
	while (n--) {
		const struct vm_restore *r = &area_at(l, n)->restore;

		if (r->nr_pages)
			vfree(l->m, r->addr);
		else
			vunmap(l->m, r->addr);
	}
}

static int restore(struct layout *l, char **error)
{
	for (guint i = 0; i < l->areas->len; i++) {
		struct saved_area *a = area_at(l, i);
		int err;

		if (a->caller != NOTHING)
			a->restore.caller = l->callers->str + a->caller;
		if (a->nodes != NOTHING)
			a->restore.node_pages = &g_array_index(l->nodes, uint64_t, a->nodes);
		err = vm_restore_area(l->m, &a->restore);
		if (err) {
			*error = g_strdup_printf("line %lu: this area cannot be made: %s", a->line,
						 g_strerror(-err));
			undo(l, i);
			return err;
		}
		if (l->m->crashed) {
			/* No allocation any more: what there is by now is the layout. */
			printk(l->m, KERN_WARNING,
			       "load: the machine crashed at line %lu; %u areas are not made",
			       a->line, l->areas->len - i - 1);
			g_array_set_size(l->areas, i + 1);
		}
	}
	return 0;
}

/* What a reader of the layout should know and cannot see in it. */
static void log_summary(const struct layout *l, const char *name)
{
	struct machine *m = l->m;
	uint64_t nr_pages = 0, outside = 0, unmapped = 0;

	for (guint i = 0; i < l->areas->len; i++) {
		const struct vm_restore *r = &area_at(l, i)->restore;

		nr_pages += r->nr_pages;
		outside += r->addr + r->size - 1 < m->vmalloc_start || r->addr > m->vmalloc_end;
		unmapped += r->flags & VM_IOREMAP && !device_pages(m, r);
	}
	printk(m, KERN_INFO,
	       "load: %u areas with %llu pages, %llu areas outside the vmalloc window, from %s",
	       l->areas->len, (unsigned long long)nr_pages, (unsigned long long)outside, name);
	if (l->vm_map_ram || l->unpurged)
		printk(m, KERN_INFO,
		       "load: left out %llu lines that are no areas: %llu vm_map_ram, %llu unpurged vm_area",
		       (unsigned long long)(l->vm_map_ram + l->unpurged),
		       (unsigned long long)l->vm_map_ram, (unsigned long long)l->unpurged);
	if (unmapped)
		printk(m, KERN_INFO,
		       "load: %llu ioremap areas are not mapped: their physical addresses are no device memory here",
		       (unsigned long long)unmapped);
	if (l->max_nodes > m->nr_nodes)
		printk(m, KERN_INFO,
		       "load: frames of %u nodes share %u here; nodes=%u has them apart",
		       l->max_nodes, m->nr_nodes, l->max_nodes);
}

int load_file(struct machine *m, const char *path, char **error)
{
	g_autofree char *name = g_strescape(path, NULL);
	g_autofree char *what = NULL;
	struct layout l;
	int err;

	layout_init(&l, m);
	err = read_file(&l, path, &what);
	if (!err)
		err = check_places(&l, &what);
	if (!err)
		err = check_frames(&l, &what);
	if (!err)
		err = restore(&l, &what);
	if (!err)
		log_summary(&l, name);
	else
		*error = g_strdup_printf("%s: %s", name, what);
	layout_deinit(&l);
	return err;
}
