/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Booting with the areas of a listing.
 *
 *	choose_areas	the areas that this machine can have at their own addresses;
 *			the others are counted
 *	check_frames	whether there are enough frames for them and their page tables
 *	restore_all	the areas and waiting ranges, one after another, lowest first
 *
 * Nothing is made before it is known that there is room.  If an area cannot be
 * made after all, those made before it are freed again.
 */
#include "input/load.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <vmallocfs/vmalloc.h>

#include "input/load_dump.h"

#define MIB (UINT64_C(1) << 20)

struct loading {
	struct machine *m; /* NULL while it is asked what machine there should be */
	const struct arch *arch;
	uint64_t ram_size;
	const struct listing *l;
	GArray *areas; /* struct vm_restore, ascending; caller and node_pages are filled in last */
	GArray *index; /* guint: which area of the listing each is */
	struct load_dump *dump; /* what a dump's page tables say, or NULL */
	uint64_t nr_pages;
	uint64_t frames, tables; /* that all of it takes at most */
	uint64_t unmapped;	 /* ioremaps whose device memory is RAM here */
	uint64_t in_the_way;	 /* areas where this machine has its direct map or vmemmap */
	uint64_t elsewhere;	 /* areas at addresses that this machine cannot name */
	unsigned max_nodes;	 /* that any area has frames on */
};

/* The kernel's part of the address space, without its last page. */
static bool is_nameable(const struct listed *a, const struct arch *arch)
{
	return a->start >= arch->kernel_start && listed_end(a) <= arch->end - PAGE_SIZE;
}

static struct vm_restore *restore_at(const struct loading *b, guint i)
{
	return &g_array_index(b->areas, struct vm_restore, i);
}

static bool meets_range(const struct listed *a, vaddr_t start, uint64_t size)
{
	return a->start < start + size && start < listed_end(a);
}

/* Where the machine has its direct map or vmemmap. */
static bool is_in_the_way(const struct listed *a, const struct machine *m)
{
	return meets_range(a, m->page_offset_base, m->direct_map_size) ||
	       meets_range(a, m->vmemmap_base, PAGE_ALIGN(m->nr_frames * STRUCT_PAGE_SIZE));
}

bool load_can_place(const struct listed *a, const struct machine_config *config)
{
	return machine_range_is_free(config, a->start, a->size);
}

/* How many frames an area owns. A page of another kernel may be several of ours. */
static uint64_t frames_of(const struct listing *l, const struct listed *a)
{
	uint64_t most = (a->size - (a->guard ? UINT64_C(1) << l->page_shift : 0)) >> PAGE_SHIFT;
	unsigned shift = l->page_shift - PAGE_SHIFT;

	if (a->flags & VM_IOREMAP || a->kind != LISTED_AREA)
		return 0;
	return a->pages > most >> shift ? most : a->pages << shift;
}

static struct vm_restore restore_of(const struct listing *l, const struct listed *a)
{
	unsigned flags = a->flags | VM_SYMBOL | (a->guard ? 0 : VM_NO_GUARD);

	return (struct vm_restore){
		.addr = a->start,
		.size = a->size,
		.nr_pages = frames_of(l, a),
		.phys_addr = a->has_phys ? a->phys : 0,
		.flags = flags,
	};
}

/* Bytes of an ioremap that can be mapped, since they are device memory here too. */
static uint64_t device_bytes(uint64_t ram_size, const struct vm_restore *r)
{
	uint64_t size = r->size - (r->flags & VM_NO_GUARD ? 0 : PAGE_SIZE);
	paddr_t phys = r->phys_addr & PAGE_MASK;

	if (!(r->flags & VM_IOREMAP) || phys < ram_size || phys >= PHYS_END ||
	    size > PHYS_END - phys)
		return 0;
	return size;
}

static unsigned nodes_of(const struct listing *l, const struct listed *a)
{
	unsigned nodes = 0;

	for (uint32_t i = 0; i < a->nr_nodes; i++)
		nodes = MAX(nodes, listing_node(l, a, i)->node + 1);
	return nodes;
}

/* Chooses the areas that such a machine can have. */
static void choose_areas(struct loading *b)
{
	for (guint i = 0; i < b->l->areas->len; i++) {
		const struct listed *a = listing_area(b->l, i);
		struct vm_restore r = restore_of(b->l, a);

		if (a->overlaps)
			continue;
		if (!is_nameable(a, b->arch) || (b->m && a->start < b->m->kernel_start)) {
			b->elsewhere++;
		} else if (b->m && is_in_the_way(a, b->m)) {
			b->in_the_way++;
		} else {
			g_array_append_val(b->areas, r);
			g_array_append_val(b->index, i);
			b->nr_pages += r.nr_pages;
			b->unmapped += r.flags & VM_IOREMAP && !device_bytes(b->ram_size, &r);
			b->max_nodes = MAX(b->max_nodes, nodes_of(b->l, a));
		}
	}
}

/* With less RAM more ioremaps are mapped: a machine without RAM would need the most tables. */
static void loading_init(struct loading *b, struct machine *m, const struct arch *arch,
			 const struct listing *l)
{
	*b = (struct loading){
		.m = m,
		.arch = arch,
		.ram_size = m ? m->ram_size : 0,
		.l = l,
		.areas = g_array_sized_new(FALSE, FALSE, sizeof(struct vm_restore), l->areas->len),
		.index = g_array_sized_new(FALSE, FALSE, sizeof(guint), l->areas->len),
	};
}

static void loading_deinit(struct loading *b)
{
	g_array_unref(b->areas);
	g_array_unref(b->index);
}

/*
 * How many page tables the areas need at most: at each level, the number of
 * one-table spans that their mapped ranges touch.
 */
static uint64_t tables_needed(const struct loading *b)
{
	uint64_t tables = 0;

	for (enum pg_level level = PG_LEVEL_PMD; level <= b->arch->levels; level++) {
		uint64_t next = 0; /* first span that is not counted yet */

		for (guint i = 0; i < b->areas->len; i++) {
			const struct vm_restore *r = restore_at(b, i);
			uint64_t n = (r->nr_pages << PAGE_SHIFT) + device_bytes(b->ram_size, r);
			uint64_t first = r->addr >> level_shift(level);
			uint64_t last = (r->addr + n - 1) >> level_shift(level);

			if (!n || last < next)
				continue;
			tables += last - MAX(first, next) + 1;
			next = last + 1;
		}
	}
	return tables;
}

#define SPARE_FRAMES 16 /* for the direct map's own tables, which grow with memory */

/* The RAM in whole MiB that has that many frames, and those that the machine itself takes. */
static uint64_t memory_for(uint64_t frames)
{
	frames += SPARE_FRAMES;
	frames += frames >> 27; /* one PUD table for 512 GiB of direct map */
	return (frames + MIB / PAGE_SIZE - 1) / (MIB / PAGE_SIZE);
}

/* What it takes: of a dump its page tables say it. */
static int measure(struct loading *b, char **error)
{
	choose_areas(b);
	b->frames = b->nr_pages;
	b->tables = tables_needed(b);
	return load_dump_has_tables(b->l) ? load_dump_measure(b->l, &b->frames, &b->tables, error)
					  : 0;
}

static int check_frames(const struct loading *b, char **error)
{
	uint64_t tables = b->tables;
	uint64_t free = nr_free_pages(b->m);
	uint64_t memory = memory_for(b->frames + tables + (b->m->nr_frames - free));

	if (b->frames + tables <= free)
		return 0;
	if (memory > b->arch->memory_max / MIB)
		*error = g_strdup_printf("its areas take %" PRIu64
					 " frames, more than any machine here can have",
					 b->frames + tables);
	else
		*error = g_strdup_printf("its areas take %" PRIu64 " frames, %" PRIu64
					 " of them for page tables, and this machine has %" PRIu64
					 " free; boot with memory=%" PRIu64 "M",
					 b->frames + tables, tables, free, memory);
	return -ENOMEM;
}

/* The number of areas whose addresses such page tables can hold. */
static guint count_nameable(const struct listing *l, const struct arch *arch)
{
	guint n = 0;

	for (guint i = 0; i < l->areas->len; i++)
		n += is_nameable(listing_area(l, i), arch);
	return n;
}

static int check_addresses(const struct listing *l, const struct arch *arch, char **error)
{
	guint here = count_nameable(l, arch);

	if (l->hidden) {
		*error = g_strdup("its addresses are hashed or hidden, so that no area can be put "
				  "where it was; save it again as root with "
				  "kernel.kptr_restrict=1, or boot with no_hash_pointers; "
				  "vmallocfs-info tells what can be told without");
		return -EINVAL;
	}
	/* Modules of kernels with five levels lie where those of four do. */
	if (here && here >= l->areas->len - here)
		return 0;
	*error = g_strdup_printf("page tables of %s cannot hold its addresses (0x%" PRIx64
				 " ...); vmallocfs-info reads it",
				 arch->name, listing_area(l, 0)->start);
	return -EINVAL;
}

/* Four levels, as long as they hold all that any page tables here could. */
static enum machine_arch arch_for(const struct listing *l)
{
	guint four = count_nameable(l, machine_arch(ARCH_X86_64));
	guint five = count_nameable(l, machine_arch(ARCH_X86_64_5));

	if (count_nameable(l, machine_arch(ARCH_X86_PAE)) > five)
		return ARCH_X86_PAE;
	return five > four ? ARCH_X86_64_5 : ARCH_X86_64;
}

/* The end as its kernel has it: the last byte, or the first one after it. */
static vaddr_t end_of(const struct listing_window *w)
{
	return w->end - (w->last_unused ? 1 : 0);
}

/* Windows of the kernel that the listing is of, if a machine can have them; else says why not. */
static void take_windows_of(struct listing *l, const struct load_decided *decided,
			    struct machine_config *config)
{
	const struct machine_config before = *config;

	if (!decided->vmalloc && l->vmalloc.end) {
		config->vmalloc_start = l->vmalloc.start;
		config->vmalloc_end = end_of(&l->vmalloc);
	}
	if (!decided->modules && l->modules.end) {
		config->modules_start = l->modules.start;
		config->modules_end = end_of(&l->modules);
	}
	l->unfit = machine_config_check(config);
	/* If it was wrong before, the caller will be told of that. */
	if (l->unfit && machine_config_check(&before))
		l->unfit = NULL;
	if (l->unfit)
		*config = before;
}

/* The memory for a listing: 0, or -EINVAL with *error. */
static int choose_memory(const struct listing *l, struct machine_config *config, char **error)
{
	const struct machine_config defaults = MACHINE_CONFIG_DEFAULT;
	const uint64_t most = machine_arch(config->arch)->memory_max;
	uint64_t frames, memory;
	struct loading b;
	int err;

	loading_init(&b, NULL, machine_arch(config->arch), l);
	err = measure(&b, error);
	frames = MIN(b.frames + b.tables, most >> PAGE_SHIFT);
	loading_deinit(&b);
	/* The frames of a dump are on the nodes that they were on. */
	if (load_dump_has_tables(l))
		frames *= config->nodes;
	/* Some more, so that there is room for experiments. */
	memory = memory_for(frames + frames / 64 + (2048 + config->nodes * 1024));
	memory = MIN(memory, most / MIB) * MIB;
	config->memory = MAX(memory, defaults.memory);
	return err;
}

int load_configure(struct listing *l, const struct load_decided *decided,
		   struct machine_config *config, char **error)
{
	int err;

	if (!decided->arch)
		config->arch = arch_for(l);
	if (!decided->arch && !decided->vmalloc)
		config->vmalloc_size = machine_arch(config->arch)->vmalloc_size;
	err = check_addresses(l, machine_arch(config->arch), error);
	if (err)
		return err;
	if (!decided->nodes && load_dump_has_tables(l))
		config->nodes = MIN(load_dump_nodes(l), NODES_MAX);
	if (!decided->memory)
		err = choose_memory(l, config, error);
	take_windows_of(l, decided, config);
	if (err || !decided->strict || !l->unfit)
		return err;
	*error = g_strdup_printf("its windows do not fit this machine: %s", l->unfit);
	return -EINVAL;
}

/* The caller as the kernel printed it; NULL if the area has no caller. */
static char *caller_of(const struct listing *l, const struct listed *a)
{
	const char *caller = listing_name(l, a->caller), *module = listing_name(l, a->module);

	return module ? g_strdup_printf("%s [%s]", caller, module) : g_strdup(caller);
}

/* Frames by node, as far as this machine has the nodes; NULL if they are not told, or wrong. */
static uint64_t *node_pages_of(const struct loading *b, const struct listed *a, uint64_t nr_pages)
{
	uint64_t sum = 0, *pages;

	if (!a->nr_nodes || b->m->nr_nodes < 2 || b->l->page_shift != PAGE_SHIFT)
		return NULL;
	for (uint32_t i = 0; i < a->nr_nodes; i++)
		if (__builtin_add_overflow(sum, listing_node(b->l, a, i)->pages, &sum))
			return NULL;
	if (sum != nr_pages)
		return NULL;
	pages = g_new0(uint64_t, b->m->nr_nodes);
	for (uint32_t i = 0; i < a->nr_nodes; i++) {
		const struct listed_node *n = listing_node(b->l, a, i);

		pages[n->node % b->m->nr_nodes] += n->pages;
	}
	return pages;
}

static const struct listed *listed_at(const struct loading *b, guint i)
{
	return listing_area(b->l, g_array_index(b->index, guint, i));
}

static int restore_one(const struct loading *b, guint i)
{
	const struct listed *a = listed_at(b, i);
	struct vm_restore r = *restore_at(b, i);
	g_autofree char *caller = caller_of(b->l, a);
	g_autofree uint64_t *node_pages = node_pages_of(b, a, r.nr_pages);

	if (a->kind == LISTED_UNPURGED)
		return vm_restore_waiting(b->m, r.addr, r.size);
	r.caller = caller;
	r.node_pages = node_pages;
	if (b->dump) {
		int err = load_dump_area(b->dump, a, &r);

		if (err)
			return err;
	}
	return vm_restore_area(b->m, &r);
}

/* Frees the first n areas again. */
static void undo(const struct loading *b, guint n, uint64_t lazy_max)
{
	purge_vmap_area_lazy(b->m);
	vmalloc_set_lazy_max(b->m, 0);
	while (n--) {
		const struct vm_restore *r = restore_at(b, n);

		if (listed_at(b, n)->kind == LISTED_UNPURGED)
			continue;
		if (r->nr_pages)
			vfree(b->m, r->addr);
		else
			vunmap(b->m, r->addr);
	}
	vmalloc_set_lazy_max(b->m, lazy_max);
}

/* A kernel with waiting ranges frees lazily. From now on this machine does so too. */
static void make_room_to_wait(const struct loading *b)
{
	uint64_t waiting = 0;

	for (guint i = 0; i < b->areas->len; i++)
		if (listed_at(b, i)->kind == LISTED_UNPURGED)
			waiting += restore_at(b, i)->size >> PAGE_SHIFT;
	if (waiting && waiting > vmalloc_lazy_max(b->m))
		vmalloc_set_lazy_max(b->m, MAX(waiting, vmalloc_linux_lazy_max(b->m)));
}

static int restore_all(struct loading *b, char **error)
{
	uint64_t lazy_max = vmalloc_lazy_max(b->m);

	make_room_to_wait(b);
	for (guint i = 0; i < b->areas->len; i++) {
		int err = restore_one(b, i);

		if (err) {
			*error = g_strdup_printf("line %" PRIu64 ": this area cannot be made: %s",
						 listed_at(b, i)->line, g_strerror(-err));
			undo(b, i, lazy_max);
			return err;
		}
	}
	return 0;
}

static void log_count(struct machine *m, uint64_t n, const char *what)
{
	if (n)
		printk(m, KERN_INFO, "load: %llu %s", (unsigned long long)n, what);
}

/* Logs what a user of the machine should know and cannot see in the listing. */
static void log_summary(const struct loading *b, const char *name)
{
	g_autoptr(GString) summary = g_string_new(NULL);
	struct machine *m = b->m;
	uint64_t modules = 0, outside = 0, areas = 0;

	for (guint i = 0; i < b->areas->len; i++) {
		const struct vm_restore *r = restore_at(b, i);
		int space = vm_space_of(m, r->addr, r->size);

		if (listed_at(b, i)->kind == LISTED_UNPURGED)
			continue;
		areas++;
		modules += space == VM_SPACE_MODULES;
		outside += space == VM_OUTSIDE;
	}
	listing_summary(b->l, summary);
	printk(m, KERN_INFO, "load: %s: %s", name, summary->str);
	printk(m, KERN_INFO,
	       "load: %llu area%s with %llu page%s, %llu in modules, %llu outside all spaces",
	       (unsigned long long)areas, areas == 1 ? "" : "s", (unsigned long long)b->nr_pages,
	       b->nr_pages == 1 ? "" : "s", (unsigned long long)modules,
	       (unsigned long long)outside);
	log_count(m, b->dump ? 0 : b->unmapped,
		  "ioremap areas are not mapped: their physical addresses are RAM here");
	log_count(m, b->in_the_way,
		  "areas are left out: they overlap the direct map or the vmemmap of this machine");
	log_count(m, b->elsewhere,
		  "areas are left out: this machine's page tables cannot hold their addresses");
	log_count(m, vmalloc_nr_lazy(m), "pages wait for a purge; lazy_max_pages allows that many");
	if (b->max_nodes > m->nr_nodes)
		printk(m, KERN_INFO,
		       "load: frames of %u nodes are on %u here; nodes=%u keeps them apart",
		       b->max_nodes, m->nr_nodes, b->max_nodes);
}

int load_listing(struct machine *m, const struct listing *l, char **error)
{
	g_autofree char *name = listing_title(l->path);
	g_autofree char *what = NULL;
	struct loading b;
	int err = check_addresses(l, m->arch, &what);

	loading_init(&b, m, m->arch, l);
	if (!err)
		err = measure(&b, &what);
	if (!err)
		err = check_frames(&b, &what);
	if (!err && load_dump_has_tables(l) && !(b.dump = load_dump_begin(m, l))) {
		what = g_strdup("neither the machine nor the host may have too little memory for "
				"its pages; boot with a larger memory=");
		err = -ENOMEM;
	}
	if (!err)
		err = restore_all(&b, &what);
	if (b.dump)
		load_dump_end(b.dump, !err);
	if (!err)
		log_summary(&b, name);
	else
		*error = g_strdup_printf("%s: %s", name, what);
	loading_deinit(&b);
	return err;
}

int load_file(struct machine *m, const char *path, char **error)
{
	const struct listing_options o = { .memory = true };
	struct listing *l;
	int err = listing_read(path, &o, &l, error);

	if (err)
		return err;
	err = load_listing(m, l, error);
	listing_free(l);
	return err;
}
