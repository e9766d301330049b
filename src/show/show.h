/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts of a machine: what its files say, one function a file, and the head of
 * kcore.
 *
 * A text is made as a whole, from one look at the machine: records are copied
 * under the address space's lock and formatted after the lock was released.  A
 * text is a GBytes, which the caller unrefs.  It never changes once it was made,
 * so many readers can share one.
 *
 *	struct show_generation seen = show_generation_now(m);	// first this,
 *	GBytes *text = show_status(m);				// then the text
 *	...
 *	if (show_changed_since(m, &seen))
 *		...						// the text may be old
 *
 * No function here holds a lock when it returns.  Any thread may call any of
 * them at any time.
 */
#ifndef VMALLOCFS_SHOW_H
#define VMALLOCFS_SHOW_H

#include <glib.h>
#include <vmallocfs/page.h>
#include <vmallocfs/vmalloc.h>

#include "show/kernel/image_types.h"

/* The vmlist for people and scripts: "key: value" lines, an empty line, a line for each area. */
GBytes *show_status(struct machine *m);

/* The same as one JSON object: status.json. */
GBytes *show_status_json(struct machine *m);

/*
 * What happened in the address space, a line "SEQ TIME COMM-PID EVENT START-END SIZE NAME
 * [why]" for each event that is remembered, the oldest first.  NULL if the host has no
 * memory for it.
 */
GBytes *show_history(struct machine *m);

/* What is free: a line "START END SIZE SPACE" for each hole. */
GBytes *show_holes(struct machine *m);

/* The ranges in pools: a line "NODE PAGES START-END" for each. */
GBytes *show_pools(struct machine *m);

/* Who uses the space: a line "BYTES AREAS PAGES LARGEST CALLER" for each, most bytes first. */
GBytes *show_callers(struct machine *m);

/* A request for so many bytes: would it fit into that space now, and what would help? */
struct show_question {
	uint64_t size;
	uint64_t align; /* a power of two, or 0 */
	enum vm_space_id space;
};

/*
 * Appends the answer.  0, -EINVAL (no machine has such a request, or no such space),
 * -ENOMEM.
 */
int show_enough(GString *out, struct machine *m, const struct show_question *question);

/* The vmlist in the format of Linux 6.1's /proc/vmallocinfo. */
GBytes *show_vmallocinfo(struct machine *m);

/* The maps of users: a line "ID START END PGOFF FLAGS PGD FILE" for each. */
GBytes *show_vmas(struct machine *m);

/* What is in a processor's TLB: a line for each entry. */
GBytes *show_tlb(struct machine *m, unsigned cpu);

/* The log in the format of /proc/kmsg.  NULL if the host has no memory for it. */
GBytes *show_kmsg(struct machine *m);

/* The device ranges that areas map, and RAM, in the format of /proc/iomem. */
GBytes *show_iomem(struct machine *m);

/*
 * The first KCORE_HEAD bytes of proc/kcore: ELF header, program headers, notes.
 * They depend on nothing that changes after the boot.  After them each byte of
 * kernel space stands at its kcore_offset(), up to kcore_end(): the last page of
 * kernel space is not there.
 */
#define KCORE_HEAD PAGE_SIZE
GBytes *show_kcore(struct machine *m);

static inline uint64_t kcore_offset(const struct machine *m, vaddr_t addr)
{
	return address_to_offset(m, addr) + KCORE_HEAD;
}

static inline uint64_t kcore_end(const struct machine *m)
{
	return kcore_offset(m, m->address_last + 1 - PAGE_SIZE);
}

/*
 * proc/vmlinux: the simulated kernel's types and variables, and a symbol for each
 * area.  And what the variables hold: the bytes of kcore from the image's start
 * (kernel/kernel_image.h) on, after which there are zeros.  It is empty if the build
 * made no image or the machine has no room for it, and NULL if the host has no memory
 * or there are more areas than addresses for them.
 */
GBytes *show_vmlinux(struct machine *m);

/* False if the build made no image of that width. */
bool show_vmlinux_exists(const struct machine *m);

GBytes *show_kernel_data(struct machine *m);

/* So many bytes show_kernel_data() would have now, or less.  Costs next to nothing. */
uint64_t kernel_data_most(struct machine *m);

/* "types for debuggers: ...", for --version. Static. */
const char *kernel_image_version(void);

/*
 * proc/vmcore: the frames of a moment (state.h) as an ELF core file, before and
 * after their bytes.  vmcore_head.c has the layout.
 *
 *	struct vmcore v = { .areas = show_vmcore_areas(m, mo) };	// nothing else runs
 *	show_vmcore(m, mo, tail, &v);			// meanwhile all goes on
 *
 * The bytes of frame `slot` of the moment stand at v.head's size + slot * PAGE_SIZE,
 * then come v.vmemmap, and `tail` bytes of the caller's, which a note segment of
 * its own names if there are any.
 */
struct vmcore {
	GArray *areas;	 /* show_vmcore_areas(); taken over, NULL afterwards */
	GBytes *kernel;	 /* show_kernel_data() of the same moment, or NULL; likewise */
	GBytes *head;	 /* a multiple of PAGE_SIZE */
	GBytes *vmemmap; /* the distinct pages of it, and of the kernel's data */
};

struct moment;

/* Which frames of the moment each area maps. The page tables do not change meanwhile. */
GArray *show_vmcore_areas(struct machine *m, const struct moment *mo);
void show_vmcore(const struct machine *m, const struct moment *mo, uint64_t tail, struct vmcore *v);
void vmcore_clear(struct vmcore *v);

/*
 * A struct page as debuggers see it in the vmemmap, or with 32 bits in mem_map, where it is
 * smaller; all other bytes of it are zero.
 */
struct page_form {
	unsigned size;
	unsigned flags;	   /* bytes of them, at 0 */
	unsigned refcount; /* where that is, of 4 bytes */
};
#define STRUCT_PAGE_REFCOUNT 52
#define STRUCT_PAGE_SIZE_32 32
#define STRUCT_PAGE_REFCOUNT_32 28

static inline struct page_form page_form_of(const struct machine *m)
{
	if (machine_is_32bit(m))
		return (struct page_form){ STRUCT_PAGE_SIZE_32, 4, STRUCT_PAGE_REFCOUNT_32 };
	return (struct page_form){ STRUCT_PAGE_SIZE, 8, STRUCT_PAGE_REFCOUNT };
}

/* Where debuggers find the struct page of a frame. */
static inline vaddr_t shown_page(const struct machine *m, pfn_t pfn)
{
	return machine_is_32bit(m) ? KERNEL32_MEM_MAP + pfn * STRUCT_PAGE_SIZE_32
				   : pfn_to_vmemmap(m, pfn);
}

/*
 * Linux 6.1's files about frames, zones and page tables.  They show what can
 * change without an event that we count: page tables that a user writes to,
 * single frames that move from a zone's stack into its lists.  struct
 * show_generation does not see such a change, so none of these texts may be kept for a second
 * reader.  Zones and tables are read one after the other, each at its own moment.
 */
GBytes *show_meminfo(struct machine *m);	/* proc/meminfo */
GBytes *show_buddyinfo(struct machine *m);	/* proc/buddyinfo */
GBytes *show_pagetypeinfo(struct machine *m);	/* proc/pagetypeinfo */
GBytes *show_zoneinfo(struct machine *m);	/* proc/zoneinfo */
GBytes *show_ptdump(struct machine *m);		/* debugfs: page_tables/kernel */
GBytes *show_ptdump_current(struct machine *m); /* page_tables/current_kernel */
GBytes *show_extfrag_index(struct machine *m);	/* debugfs: extfrag/extfrag_index */
GBytes *show_unusable_index(struct machine *m); /* debugfs: extfrag/unusable_index */

/*
 * The files of sys/devices/system/node/nodeN.  A node's number is below m->nr_nodes.
 * The rule above holds for meminfo; the others never change.
 */
GBytes *show_node_meminfo(struct machine *m, unsigned node);
GBytes *show_node_numastat(struct machine *m, unsigned node);
GBytes *show_node_distance(struct machine *m, unsigned node);
GBytes *show_node_cpulist(struct machine *m, unsigned node);
GBytes *show_node_cpumap(struct machine *m, unsigned node);

/*
 * A page for a browser that draws the address space and the frames, and keeps
 * itself current.  It shows entries of page tables, so it may not be kept either.
 */
GBytes *show_map_html(struct machine *m);

/*
 * The files of Linux's tracefs.  show_trace() is the ring as it is now (NULL if
 * the host has no memory for it); show_format_*() is the layout of an event's
 * record, which never changes.  struct show_generation ignores the ring.
 */
GBytes *show_trace(struct machine *m);
GBytes *show_cpu_trace(struct machine *m, unsigned cpu); /* events of one processor */
GBytes *show_available_events(struct machine *m);
GBytes *show_set_event(struct machine *m); /* those that are recorded */
GBytes *show_format_alloc_vmap_area(struct machine *m);
GBytes *show_format_purge_vmap_area_lazy(struct machine *m);
GBytes *show_format_free_vmap_area_noflush(struct machine *m);

#define TRACE_SYSTEM "vmalloc"
const char *show_trace_event_name(enum trace_type type);

/* Append a line for an event, and one for events that were lost before the next. */
void show_trace_event(GString *out, const struct trace_event *e);
void show_trace_lost(GString *out, uint64_t lost);
#define TRACE_LINE_MAX 256 /* bytes of a line, at most */

/*
 * Counters, of which at least one changes whenever one of the texts from
 * show_status() to show_kcore() could change.  All of them have 64 bits, so that
 * there is no padding, and two can be compared with memcmp().
 */
struct show_generation {
	uint64_t areas;	       /* vmlist_seq() */
	uint64_t log_records;  /* log_seq() */
	uint64_t page_events;  /* nr_page_events() */
	uint64_t table_frames; /* that the page tables have now */
	uint64_t crashed;      /* 0 or 1 */
	uint64_t host_used;
	uint64_t counters; /* those of status and status.json, in sum: they only ascend */
	uint64_t stale;	   /* entries of TLBs */
};

/*
 * The counters now.  That costs next to nothing.  A text is at least as new as
 * counters that were read before the text was made.
 */
struct show_generation show_generation_now(struct machine *m);

/* Whether a text made after `seen` was read may be old by now. */
bool show_changed_since(struct machine *m, const struct show_generation *seen);

/*
 * Pictures of the address space and the frames, of bounded size for any machine:
 * one for a terminal, one for a slide (SVG 1.1, below 1 MiB).  They depend on the
 * options and on the lists of free frames.  struct show_generation sees neither;
 * show_zones_state() sees the lists.
 */
struct show_options {
	_Atomic unsigned map_width; /* columns of map.txt, MAP_WIDTH_MIN to MAP_WIDTH_MAX */
	_Atomic bool map_ascii;	    /* draw with ASCII characters alone */
};

#define MAP_WIDTH_MIN 40
#define MAP_WIDTH_MAX 500
#define MAP_WIDTH_DEFAULT 80

GBytes *show_map_txt(struct machine *m, const struct show_options *options);
GBytes *show_map_svg(struct machine *m, const struct show_options *options);

/* A number that changes when the lists of free frames do. Looks at every zone. */
uint64_t show_zones_state(struct machine *m);

/*
 * Appends a name so that it is one word on one line of a terminal: each byte of a
 * character for which plain_char() is 0 becomes \ooo (three octal digits), all
 * others stay.
 */
void show_escape(GString *out, const char *name);

/*
 * Appends what vmallocinfo calls these VM_ flags, joined by commas, in the
 * kernel's order: "vmalloc,user".  A lone "-" if no flag has a word.
 */
void show_flags(GString *out, unsigned flags);

#endif
