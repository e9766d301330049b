/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated x86 machine: physical memory, nodes, page tables, a log.
 *
 *	physical address space
 *	0        16M       4G                 ram_size            io_start
 *	+--------+---------+------------------+-------------------+----------- -
 *	|  DMA   |  DMA32  |     Normal       |   nothing there   | device memory
 *	+--------+---------+------------------+-------------------+----------- -
 *	|<-- node 0 -->|<-- node 1 -->|  . . .|                    (ioremap)
 *
 * With 32-bit addresses (x86-pae) the zones are DMA, Normal and HighMem.  Only RAM below
 * HighMem is in the direct map.
 *
 * RAM is one sparse host mapping that starts at physical address 0; a frame
 * costs host memory once it is touched.  Page tables are frames of that RAM,
 * their bytes what a CPU would read, so cr3 and ram together are the whole
 * machine.  There is no global state: every call names its machine, and many
 * may live in one process.
 *
 *	#include <vmallocfs/vmalloc.h>
 *
 *	int main(void)
 *	{
 *		struct machine_config config = MACHINE_CONFIG_DEFAULT;
 *		struct machine *m;
 *		int err;
 *
 *		config.memory = UINT64_C(1) << 30;
 *		err = machine_boot(&config, &m);	// 0 or -errno
 *		if (err)
 *			return 1;
 *		err = vmalloc_init(m);			// its address space
 *		if (!err) {
 *			vaddr_t a = vmalloc(m, 10000, "a");
 *			vwrite(m, "hello", a, 5);
 *			vfree(m, a);
 *			vmalloc_exit(m);
 *		}
 *		machine_destroy(m);
 *		return err != 0;
 *	}
 *
 * Locks, outermost first: the address space's (vmalloc.h), pgtable_lock, a processor's,
 * a zone's, the fault injection's, the trace's, the log's.  A function takes the locks it
 * needs unless it says otherwise.
 */
#ifndef VMALLOCFS_MACHINE_H
#define VMALLOCFS_MACHINE_H

#include <pthread.h>
#include <vmallocfs/types.h>

VMALLOCFS_BEGIN_DECLS

struct page;
struct node;
struct log;
struct moment;
struct trace;
struct vmlist;
struct cpu;

/*
 * What lies where on a machine with four levels of page tables, unless it is booted
 * with other windows.  The members of struct machine say where a machine has it.
 */
#define VMALLOC_START UINT64_C(0xffffc90000000000)
#define VMALLOC_SIZE_MAX (UINT64_C(1) << 45) /* 32 TiB */
#define VMEMMAP_START UINT64_C(0xffffea0000000000)
#define PAGE_OFFSET UINT64_C(0xffff888000000000) /* the direct map */
#define MODULES_VADDR UINT64_C(0xffffffffa0000000)

#define MEMORY_MIN (UINT64_C(1) << 20)
#define MEMORY_MAX                                                                                 \
	(UINT64_C(1) << 45)	     /* half of the 46 physical bits; device memory has the rest */
#define PHYS_END (UINT64_C(1) << 46) /* first address beyond what the CPU can name */
#define NODES_MAX 64
#define CPUS_MAX 1024
#define MOMENTS_MAX 2 /* at a time, state.h */

/* The forms of page tables that a machine can have. */
enum machine_arch { ARCH_X86_64, ARCH_X86_64_5, ARCH_X86_PAE };
#define NR_ARCHS 3

/* What such a form comes with.  Addresses are those that Linux has without KASLR. */
struct arch {
	const char *name;      /* as arch= takes it */
	unsigned levels;       /* of the page tables */
	unsigned address_bits; /* that they translate */
	vaddr_t kernel_start;  /* the kernel's part of the address space begins here or above */
	vaddr_t end;	       /* the first address after it; 0: 2^64 */
	vaddr_t page_offset;   /* the direct map */
	vaddr_t vmalloc_start; /* the vmalloc window, */
	uint64_t vmalloc_size; /* and its bytes; on x86-pae an upper bound of them */
	vaddr_t vmemmap_start;
	uint64_t memory_max; /* bytes of RAM */
};

/* True if all addresses of such a machine fit into 32 bits. */
static inline bool arch_is_32bit(const struct arch *arch)
{
	return arch->address_bits == 32;
}

/* Static. */
const struct arch *machine_arch(enum machine_arch arch);

/* False if no form has that name. */
bool machine_arch_by_name(const char *name, enum machine_arch *ret);

struct machine_config {
	uint64_t memory; /* bytes of RAM, rounded down to whole pages */
	unsigned nodes;	 /* RAM is shared out evenly, in blocks of 4 MiB */
	unsigned cpus;	 /* possible processors; 0 is one */
	/*
	 * Bytes of the vmalloc window, rounded down to whole pages.  On x86-pae the window ends
	 * where Linux has its end, and what lies below it is left to the direct map; the arch's
	 * vmalloc_size, or VMALLOC_SIZE_MAX, leaves the size to the rule of Linux: 120 MiB, or
	 * with less RAM whatever the direct map leaves.
	 */
	uint64_t vmalloc_size;
	bool init_on_alloc;  /* new frames read as zero */
	uint64_t host_limit; /* bytes of the host's memory to take at most; 0: no limit */
	enum machine_arch arch;

	/*
	 * Windows that lie where some other kernel had them; an end of 0 leaves the
	 * window where the arch has it.  Kernels have two kinds of ends.  One that
	 * is the last byte (it ends in fff) comes after a page that is never given
	 * out; one that is page-aligned is the first byte after the window, and
	 * areas may reach it.
	 */
	vaddr_t vmalloc_start, vmalloc_end; /* vmalloc_size is not looked at then */
	vaddr_t modules_start, modules_end;
};

/* The members in their order, because C++17 knows no names here. */
#define MACHINE_CONFIG_DEFAULT                                                                     \
	{                                                                                          \
		UINT64_C(256) << 20, 1, 1, VMALLOC_SIZE_MAX, true, 0, ARCH_X86_64, 0, 0, 0, 0      \
	}

/*
 * A kind of call that can be made to fail, with the attributes of Linux's fault
 * injection.  A call passes these tests, in this order, and fails if none of them
 * lets it off:
 *
 *	min_order, ignore_gfp_*, cache_filter	calls of this kind never fail
 *	nth		while it counts, only the call that brings it to 0 fails
 *	probability	0: never
 *	task_filter	set: never, as no task here is marked to fail
 *	times		0: never again; -1: without end; falls with each failure
 *	space		more than the call's size: that is taken off it, and no failure
 *	interval	above 1: only each so many calls that came here
 *	probability	in percent
 *
 * Chance is the machine's own and the same for each one that is booted.  A
 * call's size is bytes for failslab and frames for fail_page_alloc.  The stack
 * trace attributes are kept and mean nothing: there is no stack.
 */
struct fault_attr {
	/*
	 * The nth call from now fails, once (1 is the next call; 0 is never),
	 * and FAULT_BY_CHANCE on top while probability is not 0.  0 is off: a
	 * call looks at nothing else then.
	 */
	_Atomic(uint64_t) nth;

	/* Any thread may write these, but probability through fault_set_probability(). */
	_Atomic(uint64_t) probability;
	_Atomic(uint64_t) interval;
	_Atomic(int32_t) times;
	_Atomic(int32_t) space;
	_Atomic(uint64_t) verbose;	   /* 0: failures are not logged */
	_Atomic(uint32_t) ratelimit_ms;	   /* so many lines ... */
	_Atomic(uint32_t) ratelimit_burst; /* ... in that time; 0 ms: no limit */
	_Atomic(uint32_t) min_order;
	_Atomic(bool) ignore_gfp_wait; /* what may wait does not fail */
	_Atomic(bool) ignore_gfp_highmem;
	_Atomic(bool) cache_filter; /* only marked caches fail, and none is */
	_Atomic(bool) task_filter;
	_Atomic(uint64_t) stacktrace_depth;
	_Atomic(uint64_t) require_start;
	_Atomic(uint64_t) require_end;
	_Atomic(uint64_t) reject_start;
	_Atomic(uint64_t) reject_end;

	/* Under fault_lock. */
	const char *name;
	uint64_t count; /* calls that came as far as interval */
	uint64_t limit_from;
	uint64_t limit_used;
};

#define FAULT_BY_CHANCE (UINT64_C(1) << 63)
#define STACKTRACE_DEPTH_MAX 32

/*
 * Where the bytes of some frames are until they are touched first, such as a crash dump.
 * read() fills a page for a frame that was marked with page_set_unread(), and returns 0, or
 * -errno if its bytes cannot be had.  It may be called from any thread, by one at a time.
 * release() is called when the machine ends.
 */
struct frame_source {
	int (*read)(void *arg, pfn_t pfn, void *to);
	void (*release)(void *arg);
	void *arg;
};

struct machine {
	/* Fixed at boot. */
	unsigned char *ram;   /* host address of physical address 0 */
	uint64_t ram_size;    /* bytes */
	pfn_t nr_frames;      /* ram_size in frames; every pfn below it is RAM */
	struct page *mem_map; /* one descriptor a frame, by pfn */
	struct node *node;    /* nr_nodes of them, by ascending address */
	unsigned nr_nodes;
	unsigned nr_cpus;	      /* possible processors, at least one */
	pfn_t node_frames;	      /* frames a node has; the last takes the rest */
	pfn_t zone_end[2];	      /* where the first and the second zone end */
	uint32_t zone_flip, zone_low; /* which zones a gfp_t allows, gfp_zone() */
	paddr_t cr3;		      /* physical address of the kernel's PGD */
	paddr_t io_start;	      /* device memory begins here, above RAM */
	uint64_t host_limit;	      /* bytes of host memory, or 0 */
	_Atomic(uint64_t) *backed;    /* a bit for 2 MiB of RAM: the host holds bytes of them */
	_Atomic(uint64_t) *described; /* likewise: their descriptors are counted */

	/* What lies where in its address space; Linux has these variables too. */
	const struct arch *arch;
	const struct level_rules *level_rules; /* of its page tables, pgtable.h */
	unsigned top_level;		       /* of its page tables: the level of the PGD */
	vaddr_t gap_start, gap_last; /* first and last address that they cannot translate */
	vaddr_t kernel_start;	     /* where the kernel's part of the address space begins */
	vaddr_t address_last;	     /* the last address of that part, and of all */
	vaddr_t page_offset_base;    /* where the direct map begins */
	uint64_t direct_map_size;    /* bytes of RAM, from 0 on, that it maps: all but HighMem */
	vaddr_t vmemmap_base;	     /* the array of struct page; on x86-pae no address, page.h */
	vaddr_t vmalloc_start;
	vaddr_t vmalloc_end;   /* as VMALLOC_END is in Linux, see machine_config */
	vaddr_t modules_start; /* 0: x86-pae, and modules are in the vmalloc window */
	vaddr_t modules_end;   /* the first byte after them; 0 likewise */

	/*
	 * How vmallocinfo orders its lines: Linux since 6.9 has so many lists of areas, and
	 * those that begin in one piece of the address space of list_zone bytes are in one
	 * list, the next ones in the next.  0 or 1: by address.  Set by a layout at boot.
	 */
	unsigned list_nodes;
	uint64_t list_zone;

	/* Knobs, read and written at any time. */
	_Atomic(unsigned) cpu; /* the processor that requests run on, see machine_cpu() */
	_Atomic(bool) init_on_alloc;
	_Atomic(bool) in_interrupt;  /* what in_interrupt() answers */
	_Atomic(bool) crashed;	     /* a BUG was hit: no more allocation or data access */
	_Atomic(bool) panic_on_oops; /* a fault of a processor crashes the machine */
	_Atomic(uint64_t) tlb_single_page_flush_ceiling; /* pages that are flushed one by one */
	_Atomic(uint32_t) tlb_sets[3]; /* by enum tlb_size; set with cpu_set_tlb_shape(), cpu.h */
	_Atomic(uint32_t) tlb_ways[3];
	struct fault_attr fail_page_alloc; /* data frames; by chance, those of tables too */
	struct fault_attr fail_table;	   /* frames for page tables */
	struct fault_attr failslab;	   /* kmalloc */

	/* Statistics. */
	_Atomic(uint64_t) nr_flush_cache_vmap;
	_Atomic(uint64_t) nr_flush_cache_vunmap;
	_Atomic(uint64_t) nr_flush_tlb;
	_Atomic(uint64_t) tlb_hits;	   /* accesses that a TLB entry allowed */
	_Atomic(uint64_t) tlb_misses;	   /* those that took a walk */
	_Atomic(uint64_t) tlb_fills;	   /* entries that walks have put into TLBs */
	_Atomic(uint64_t) tlb_flushes;	   /* times that a processor has flushed, all or a range */
	_Atomic(uint64_t) tlb_shootdowns;  /* of these, because another processor asked it to */
	_Atomic(uint64_t) nr_table_frames; /* frames that are page tables now */
	_Atomic(uint64_t) nr_bad_page;	   /* "Bad page state" lines so far */
	_Atomic(uint64_t) nr_warn;	   /* WARN_ONs hit so far */
	_Atomic(uint64_t) kmalloc_live;	   /* kmalloc'ed blocks not yet freed */
	_Atomic(uint64_t) host_used;	   /* bytes of the host's memory, as far as counted */
	_Atomic(uint64_t) host_checked; /* host_used may grow to this without asking, hostmem.h */

	pthread_mutex_t fault_lock;   /* fault injection that is not off */
	uint64_t fault_random;	      /* its chance */
	struct frame_source source;   /* set before others see the machine; read: NULL for none */
	pthread_mutex_t source_lock;  /* reading from it */
	pthread_mutex_t pgtable_lock; /* adding tables and mappings, pgtable.h */
	struct cpu *cpus;	      /* nr_cpus of them; cpu.h */
	_Atomic(uint32_t) nr_tlbs;    /* of them, those that have a TLB */
	struct log *log;
	struct trace *trace;
	_Atomic(uint32_t) trace_wanted;	    /* a bit for each type of event that is recorded */
	_Atomic(bool) task_wanted;	    /* the address space remembers its events */
	struct vmlist *vmlist;		    /* the address space; belongs to the layer above */
	pthread_mutex_t moment_lock;	    /* the next one, and the copies that they have */
	struct moment *moment[MOMENTS_MAX]; /* state.h; NULL: none */
};

/*
 * Boots a machine: frames, zones, direct map, empty log.  Touches memory for
 * the tables of the direct map only.  -EINVAL: a value is out of range (see
 * machine_config_check); -ENOMEM: the host has no room for the mappings.
 * The address space is not set up: vmalloc_init() does that.
 */
int machine_boot(const struct machine_config *config, struct machine **ret);

/* Frees everything.  The layers above have let go of the machine before. */
void machine_destroy(struct machine *m);

/*
 * With true the calling thread promises that while it uses a machine, no other thread uses
 * the same one; its calls then take no locks of machines.  With false it takes the promise
 * back.  The promise is about all machines that this thread calls, until it is taken back.
 * A program that hands a machine from one thread to another must order their accesses, as
 * a mutex does.  Never call this from a function that a machine calls.
 */
void machine_alone(bool alone);

/*
 * The vmalloc window as [vmalloc_start, vmalloc_window_end()); areas are given out
 * up to vmalloc_usable_end(), which may be a page less.
 */
static inline vaddr_t vmalloc_window_end(const struct machine *m)
{
	return (m->vmalloc_end + 1) & PAGE_MASK;
}

static inline vaddr_t vmalloc_usable_end(const struct machine *m)
{
	return m->vmalloc_end & PAGE_MASK;
}

static inline uint64_t vmalloc_window_size(const struct machine *m)
{
	return vmalloc_window_end(m) - m->vmalloc_start;
}

/*
 * The processor that the calling thread runs on, below nr_cpus.  It is m->cpu,
 * unless the thread was put on another one: machine_run_on() does so from now
 * on, and with a negative number puts it back.  0, -EINVAL (there is no such
 * processor), -ENOMEM.
 */
unsigned machine_cpu(const struct machine *m);
int machine_run_on(struct machine *m, int cpu);

/* NULL if the machine can be booted, else one line (static) that says what to change. */
const char *machine_config_check(const struct machine_config *config);

/* Bytes of memory that find room beside the windows of such a machine. */
uint64_t machine_memory_max(const struct machine_config *config);

/*
 * True if such a machine has nothing of its own at [start, start + size), which is
 * in the kernel's half of its addresses, so that an area can be restored there.
 */
bool machine_range_is_free(const struct machine_config *config, vaddr_t start, uint64_t size);

static inline bool machine_is_32bit(const struct machine *m)
{
	return arch_is_32bit(m->arch);
}

/* How many hexadecimal digits an address is printed with: 16 or 8. */
static inline int address_digits(const struct machine *m)
{
	return machine_is_32bit(m) ? 8 : 16;
}

/* The same without a machine: the addresses of a 64-bit kernel are all above 32 bits. */
static inline int kernel_address_digits(vaddr_t addr)
{
	return addr >> 32 ? 16 : 8;
}

/*
 * Where an address stands in files that have one byte for each address of the kernel, and
 * the address that stands there: a file offset cannot be negative, so the upper bits that
 * all addresses of the kernel have in common are left out.  Those of 32 bits stay as they are.
 */
static inline uint64_t address_to_offset(const struct machine *m, vaddr_t addr)
{
	return addr & (m->gap_start - 1);
}

static inline vaddr_t offset_to_address(const struct machine *m, uint64_t offset)
{
	return offset | (m->gap_last == UINT64_MAX ? 0 : m->kernel_start);
}

/*
 * Host memory for the core's own bookkeeping, counted and subject to failslab.
 * NULL when there is no memory.  With __GFP_ZERO it is zeroed.
 */
void *kmalloc(struct machine *m, size_t size, gfp_t gfp);
void kfree(struct machine *m, const void *p);

/*
 * The host's memory.  Everything that grows with what users of the machine do is
 * counted in host_used: frames that were written, page tables, descriptors, page
 * arrays, kmalloc.  A request that would pass host_limit fails with ENOMEM, and a
 * line in the log (rate-limited) says why.
 *
 * host_charge counts memory that a layer above takes for itself: false if that
 * would pass the limit or the host does not have it, and then nothing is counted.
 * host_left: the bytes up to the limit, UINT64_MAX without one.
 *
 * host_has: true if the host has so many bytes now and a few megabytes besides.  GLib
 * ends the process when it gets no memory.  So code that may need much asks first, and
 * the few megabytes stay for small allocations, which do not ask.
 * host_recheck: call it before taking memory that is not counted; the next charge then
 * asks the host again.
 */
bool host_charge(struct machine *m, uint64_t bytes);
void host_uncharge(struct machine *m, uint64_t bytes);
uint64_t host_left(const struct machine *m);
bool host_has(uint64_t bytes);
void host_recheck(struct machine *m);

/* True if this call, of that size in bytes, shall fail.  A failure is logged. */
bool should_fail(struct machine *m, struct fault_attr *attr, gfp_t gfp, size_t size);

/* fail-nth: sets, and returns, how many calls there are left to count. */
void fault_set_nth(struct machine *m, struct fault_attr *attr, uint64_t nth);
uint64_t fault_nth(const struct fault_attr *attr);

void fault_set_probability(struct machine *m, struct fault_attr *attr, uint64_t percent);

/*
 * Physical memory as a device sees it.  Copies at most count bytes from or to
 * physical address addr and returns how many were copied: fewer at the end of
 * RAM, 0 beyond it.  Any frame may be read and written; what a write does to
 * page tables is what it would do on hardware.
 */
size_t phys_read(struct machine *m, void *buf, paddr_t addr, size_t count);
size_t phys_write(struct machine *m, const void *buf, paddr_t addr, size_t count);

/*
 * The log.  Levels are Linux's.  Messages carry no trailing newline; a message
 * longer than a record is cut.  When the ring is full the oldest records go.
 */
#define KERN_EMERG 0
#define KERN_ALERT 1
#define KERN_CRIT 2
#define KERN_ERR 3
#define KERN_WARNING 4
#define KERN_NOTICE 5
#define KERN_INFO 6

void printk(struct machine *m, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * True if a rate-limited message may be printed now: ten at once, and one more
 * every five seconds after that.  If messages were suppressed before it, it first
 * logs "printk: N messages suppressed."
 */
bool printk_ratelimit(struct machine *m);

/*
 * How many of the len bytes at s (at least one) are a character that may stand in a
 * line of a listing or of the log as it is.  0: the first byte has to be escaped.  It
 * is a blank, a control character, a backslash or no UTF-8, or it begins a character
 * that would steer a terminal or reorder the line.
 */
size_t plain_char(const char *s, size_t len);

/*
 * The log so far in the format of /proc/kmsg, "<level>[seconds.micros] text\n"
 * a record, malloc'ed for the caller.  0 or -ENOMEM.
 */
int log_read(struct machine *m, char **ret, size_t *len);

/* Grows by one with every record; tells a reader that there is news. */
uint64_t log_seq(const struct machine *m);

/*
 * Tracing: events go to a ring, whose oldest are overwritten when
 * it is full.  Recording never waits for a reader.  Types are off at first, the
 * switch for all of them is on.
 */
enum trace_type {
	TRACE_ALLOC_VMAP_AREA,	      /* addr, size, align, start and end of window, failed */
	TRACE_PURGE_VMAP_AREA_LAZY,   /* start, end, ranges purged */
	TRACE_FREE_VMAP_AREA_NOFLUSH, /* addr, pages that wait, how many may */
};
#define NR_TRACE_TYPES 3
#define TRACE_EVENTS 16384 /* that the ring has room for at first */
#define TRACE_EVENTS_MAX (1u << 20)
#define TRACE_ANY_CPU (-1)
#define TRACE_COMM 16

struct trace_event {
	uint64_t us; /* since boot */
	enum trace_type type;
	int32_t pid;
	unsigned cpu;
	char comm[TRACE_COMM]; /* ends in NUL */
	uint64_t arg[6];
};

/* Whether events of this type are recorded; mostly false, at the cost of one load. */
static inline bool trace_wants(const struct machine *m, enum trace_type type)
{
	return atomic_load_explicit(&m->trace_wanted, memory_order_relaxed) >> type & 1;
}

/* Records an event with n arguments, at most 6. */
void trace_event(struct machine *m, enum trace_type type, const uint64_t *arg, size_t n);

void trace_set_on(struct machine *m, bool on);
bool trace_is_on(const struct machine *m);
void trace_enable(struct machine *m, enum trace_type type, bool on);
bool trace_enabled(const struct machine *m, enum trace_type type);

/*
 * The process for which this thread works on this machine from now on, and the time.
 * It is of use while machine_wants_task().
 */
void trace_set_task(struct machine *m, int32_t pid, const char *comm);

/*
 * Whose request this thread works on: the process, and microseconds since boot when
 * trace_set_task() was called; good until this thread calls that again.  Without such a call
 * it is process 0, "<idle>", now, and *none is what is returned.
 */
struct machine_task {
	uint64_t us;
	int32_t pid;
	char comm[TRACE_COMM];
};
const struct machine_task *machine_task(const struct machine *m, struct machine_task *none);

/* Whether events are recorded that name the process. */
static inline bool machine_wants_task(const struct machine *m)
{
	return atomic_load_explicit(&m->trace_wanted, memory_order_relaxed) ||
	       atomic_load_explicit(&m->task_wanted, memory_order_relaxed);
}

/*
 * How many events the ring has room for.  Resizing keeps the newest that fit: 0,
 * -EINVAL for 0 or more than TRACE_EVENTS_MAX, -ENOMEM.
 */
size_t trace_size(struct machine *m);
int trace_resize(struct machine *m, size_t events);

/*
 * The functions that end in _of see the events of one processor, or with
 * TRACE_ANY_CPU all of them, as those without it do.
 *
 * trace_read_of() makes a copy of the ring, oldest event first, which the caller
 * frees with free().  *written counts the overwritten ones, too.  0 or -ENOMEM.
 */
int trace_read_of(struct machine *m, int cpu, struct trace_event **ret, size_t *n,
		  uint64_t *written);

/*
 * Takes up to max events out of the ring: how many.  *lost were overwritten
 * before them, since the last call that took any.
 */
size_t trace_consume_of(struct machine *m, int cpu, struct trace_event *ret, size_t max,
			uint64_t *lost);

/* True if there are events to take.  Takes no lock. */
bool trace_pending_of(const struct machine *m, int cpu);

/* Takes them all out, and forgets what was lost. */
void trace_clear_of(struct machine *m, int cpu);

static inline int trace_read(struct machine *m, struct trace_event **ret, size_t *n,
			     uint64_t *written)
{
	return trace_read_of(m, TRACE_ANY_CPU, ret, n, written);
}

static inline size_t trace_consume(struct machine *m, struct trace_event *ret, size_t max,
				   uint64_t *lost)
{
	return trace_consume_of(m, TRACE_ANY_CPU, ret, max, lost);
}

static inline bool trace_pending(const struct machine *m)
{
	return trace_pending_of(m, TRACE_ANY_CPU);
}

static inline void trace_clear(struct machine *m)
{
	trace_clear_of(m, TRACE_ANY_CPU);
}

/*
 * fn is called after each event and when the switch is turned.  Locks of the core
 * are held meanwhile, so it must do no more than wake a thread.  With NULL there is
 * no listener, and no call of the old one is under way when trace_listen() returns.
 */
typedef void trace_listener(void *arg);
void trace_listen(struct machine *m, trace_listener *fn, void *arg);

/* Microseconds since boot. */
uint64_t machine_uptime_us(const struct machine *m);

void machine_warn(struct machine *m, const char *file, int line, const char *func);
void machine_bug(struct machine *m, const char *file, int line);

static inline bool machine_warn_on(struct machine *m, bool cond, const char *file, int line,
				   const char *func)
{
	if (cond)
		machine_warn(m, file, line, func);
	return cond;
}

static inline bool machine_bug_on(struct machine *m, bool cond, const char *file, int line)
{
	if (cond)
		machine_bug(m, file, line);
	return cond;
}

/*
 * WARN_ON logs its place in the source and goes on.  BUG_ON logs its place and
 * crashes the simulated machine, never the host process.  Both have the value of
 * the condition.
 */
#define WARN_ON(m, cond) machine_warn_on((m), (cond), __FILE__, __LINE__, __func__)
#define BUG_ON(m, cond) machine_bug_on((m), (cond), __FILE__, __LINE__)

VMALLOCFS_END_DECLS

#endif
