/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The windows in which the listing's machine placed its areas.
 *
 * They come, in this order, from the user; from the listing or a file next to it;
 * from the rules of the architecture, which addresses and callers tell; from the
 * areas themselves, rounded outwards.
 *
 * The rules use the lowest ordinary area.  An area is not ordinary if it holds code
 * (modules may have a window of their own), if it was mapped at boot at a fixed
 * address, or if it is a per-CPU area, since those lie at the top.
 */
#include <inttypes.h>
#include <string.h>

#include <vmallocfs/types.h>

#include "input/listing_said.h"

#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)
#define MIB (UINT64_C(1) << 20)

/* What the rules need to know about the areas. */
struct facts {
	uint64_t lowest;      /* start of the lowest ordinary area; UINT64_MAX: none */
	uint64_t highest;     /* end of the highest area of all, modules apart */
	uint64_t percpu_end;  /* of the highest per-CPU area, 0: none */
	uint64_t code_lowest; /* of code that lies in a window of its own */
	bool x86;	      /* of 32 bits */
};

/* Code at addresses where x86-64 and riscv64 have their modules. */
#define TEXT_START UINT64_C(0xffffffff00000000)

static bool is_in(uint64_t addr, uint64_t start, uint64_t end)
{
	return addr >= start && addr < end;
}

/*
 * 32 bits: modules lie just below PAGE_OFFSET, which depends on the kernel's
 * configuration.  Sets the window, and returns true if there is one.
 */
static bool find_modules_32(struct listing *l)
{
	static const uint64_t page_offsets[] = { 0xc0000000, 0xb0000000, 0x80000000, 0x40000000 };

	for (size_t i = 0; i < G_N_ELEMENTS(page_offsets); i++) {
		uint64_t end = page_offsets[i], low = end;
		bool code = false, above = false;

		for (guint k = 0; k < l->areas->len; k++) {
			const struct listed *a = listing_area(l, k);

			above = above || a->start >= end;
			if (a->overlaps || !is_in(a->start, end - 256 * MIB, end))
				continue;
			code = code || listed_roles(l, a) & NAME_CODE;
			low = MIN(low, a->start);
		}
		if (!code || !above)
			continue;
		/* arm has the last 16 MiB below it; on others only the areas tell. */
		l->modules.start = low >= end - 16 * MIB ? end - 16 * MIB : low & -MIB;
		l->modules.end = end;
		l->modules.from = g_strdup("its modules below PAGE_OFFSET");
		return true;
	}
	return false;
}

static void find_facts(const struct listing *l, struct facts *f)
{
	uint64_t low = UINT64_MAX;

	*f = (struct facts){ .lowest = UINT64_MAX, .code_lowest = UINT64_MAX };
	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);
		unsigned roles = listed_roles(l, a);

		if (a->overlaps)
			continue;
		if (a->start >= TEXT_START || is_in(a->start, l->modules.start, l->modules.end)) {
			f->code_lowest = MIN(f->code_lowest, a->start);
			continue;
		}
		f->highest = MAX(f->highest, listed_end(a));
		f->x86 = f->x86 || roles & NAME_I386;
		if (roles & NAME_PERCPU)
			f->percpu_end = MAX(f->percpu_end, listed_end(a));
		else if (!(roles & (NAME_STATIC | NAME_CODE)))
			f->lowest = MIN(f->lowest, a->start);
		low = MIN(low, a->start);
	}
	if (f->lowest == UINT64_MAX && !f->percpu_end)
		f->lowest = low;
}

/* Windows by the lowest ordinary area. */
struct rule {
	const char *arch;
	uint64_t from, to; /* where that area lies */
	uint64_t start;	   /* 0: the area, rounded down to 1 GiB */
	uint64_t end;	   /* 0: start + size */
	uint64_t size;
	uint64_t modules_start, modules_end;
	bool last_unused;
};

#define X86_MODULES 0xffffffffa0000000, 0xffffffffff000000
#define ARM64_END_48 0xfffffbfff0000000
#define ARM64_END_39 0xfffffffdf0000000

/* Narrow ranges come first. Random bases are the rest of the wide ones. */
static const struct rule rules[] = {
	{ "x86-64 before 2.6.31", 0xffffc20000000000, 0xffffc20040000000, 0xffffc20000000000,
	  0xffffe20000000000, 0, 0xffffffff88000000, 0xfffffffffff00000, true },
	{ "x86-64", 0xffffc90000000000, 0xffffc90040000000, 0xffffc90000000000, 0, 32 * TIB,
	  X86_MODULES, true },
	{ "x86-64 with five levels", 0xffa0000000000000, 0xffa0000040000000, 0xffa0000000000000, 0,
	  12800 * TIB, X86_MODULES, true },
	{ "riscv64 with 48 bits", 0xffff8f8000000000, 0xffff8f8040000000, 0xffff8f8000000000, 0,
	  32 * TIB, 0xffffffff00000000, 0xffffffff80000000, false },
	{ "riscv64 with 57 bits", 0xff20000000000000, 0xff20000040000000, 0xff20000000000000,
	  0xff60000000000000, 0, 0xffffffff00000000, 0xffffffff80000000, false },
	{ "arm64 with 48 bits before 5.4", 0xffff000000000000, 0xffff800000000000,
	  0xffff000008000000, 0xffff7dffbfff0000, 0, 0xffff000000000000, 0xffff000008000000,
	  false },
	{ "arm64 with 48 bits", 0xffff800008000000, 0xffff800010000000, 0xffff800008000000,
	  ARM64_END_48, 0, 0xffff800000000000, 0xffff800008000000, false },
	{ "arm64 with 48 bits", 0xffff800010000000, 0xffff800080000000, 0xffff800010000000,
	  ARM64_END_48, 0, 0xffff800000000000, 0xffff800010000000, false },
	{ "arm64 with 48 bits since 6.2", 0xffff800080000000, 0xffff888000000000,
	  0xffff800080000000, ARM64_END_48, 0, 0xffff800000000000, 0xffff800080000000, false },
	{ "arm64 with 39 bits before 5.4", 0xffffff8008000000, 0xffffffc000000000,
	  0xffffff8008000000, 0xffffffbebfff0000, 0, 0xffffff8000000000, 0xffffff8008000000,
	  false },
	{ "arm64 with 39 bits", 0xffffffc008000000, 0xffffffc010000000, 0xffffffc008000000,
	  ARM64_END_39, 0, 0xffffffc000000000, 0xffffffc008000000, false },
	{ "arm64 with 39 bits", 0xffffffc010000000, 0xffffffc080000000, 0xffffffc010000000,
	  ARM64_END_39, 0, 0xffffffc000000000, 0xffffffc010000000, false },
	{ "riscv64 with 39 bits", 0xffffffc800000000, 0xffffffd800000000, 0xffffffc800000000,
	  0xffffffd800000000, 0, 0xffffffff00000000, 0xffffffff80000000, false },
	{ "arm64 with 39 bits since 6.2", 0xffffffc080000000, 0xffffffc800000000,
	  0xffffffc080000000, ARM64_END_39, 0, 0xffffffc000000000, 0xffffffc080000000, false },
	{ "x86-64, random base", 0xffff888000000000, 0xffffff0000000000, 0, 0, 32 * TIB,
	  X86_MODULES, true },
	{ "x86-64 with five levels, random base", 0xff10000000000000, 0xffff000000000000, 0, 0,
	  12800 * TIB, X86_MODULES, true },
	{ "ppc64 with radix tables", 0xc008000000000000, 0xc00a000000000000, 0xc008000000000000,
	  0xc00a000000000000, 0, 0, 0, false },
	{ "ppc64", 0xd000000000000000, 0xd000080000000000, 0xd000000000000000, 0xd000080000000000,
	  0, 0, 0, false },
	{ "sparc64", 0x0000000100000000, 0x0000010000000000, 0x0000000100000000, 0x0000010000000000,
	  0, 0, 0, false },
};

/* The start of a random base: per-CPU areas lie at the end, the first others at the start. */
static uint64_t random_base(const struct rule *r, const struct facts *f)
{
	uint64_t by_top = ((f->percpu_end + GIB - 1) & -GIB) - r->size;

	if (f->percpu_end && by_top < f->percpu_end &&
	    (f->lowest == UINT64_MAX || by_top <= f->lowest))
		return by_top;
	return f->lowest & -GIB;
}

/* If an area is not in the window, this is the wrong rule. */
static bool covers(uint64_t start, uint64_t end, const struct facts *f)
{
	return (f->lowest == UINT64_MAX || start <= f->lowest) && f->percpu_end <= end &&
	       (f->lowest == UINT64_MAX || f->lowest < end);
}

static const struct rule *apply_rules(struct listing *l, const struct facts *f)
{
	uint64_t lowest = f->lowest == UINT64_MAX ? f->percpu_end - 1 : f->lowest;

	for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
		const struct rule *r = &rules[i];
		uint64_t start, end;

		if (!is_in(lowest, r->from, r->to))
			continue;
		start = r->start ? r->start : random_base(r, f);
		end = r->end ? r->end : start + r->size;
		if (end <= start || !covers(start, end, f))
			continue;
		l->vmalloc.start = start;
		l->vmalloc.end = end;
		l->vmalloc.last_unused = r->last_unused;
		l->vmalloc.from = g_strdup_printf("the rule for %s", r->arch);
		l->modules.start = r->modules_start;
		l->modules.end = r->modules_end;
		l->arch = r->arch;
		return r;
	}
	return NULL;
}

/* With KASLR, x86-64's modules begin higher; the lowest of them tells. */
static void choose_modules(struct listing *l, const struct facts *f)
{
	const uint64_t with_kaslr = UINT64_C(0xffffffffc0000000);

	if (l->modules.end == UINT64_C(0xffffffffff000000) && f->code_lowest >= with_kaslr &&
	    f->code_lowest != UINT64_MAX)
		l->modules.start = with_kaslr;
	if (l->modules.end)
		l->modules.from = g_strdup(l->vmalloc.from);
}

#define ARM_ALIGN (8 * MIB)

/* Ends of windows of 32 bits, ascending. */
static const uint64_t i386_ends[] = { 0xfeffe000, 0xff3fe000, 0xff7fe000, 0xffbfe000 };
static const uint64_t arm_ends[] = { 0xff000000, 0xff800000 };

static void apply_rules_32(struct listing *l, const struct facts *f)
{
	const uint64_t *ends = f->x86 ? i386_ends : arm_ends;
	size_t n = f->x86 ? G_N_ELEMENTS(i386_ends) : G_N_ELEMENTS(arm_ends);
	uint64_t align = f->x86 ? PAGE_SIZE : ARM_ALIGN;
	uint64_t lowest = f->lowest == UINT64_MAX ? f->percpu_end - 1 : f->lowest;
	uint64_t end = 0;

	/* Per-CPU areas are placed from the end down. */
	if (f->percpu_end && f->percpu_end == f->highest)
		end = f->percpu_end;
	for (size_t i = 0; i < n && !end; i++)
		if (ends[i] >= f->highest)
			end = ends[i];
	if (!end)
		end = MIN((f->highest + ARM_ALIGN - 1) & -ARM_ALIGN, UINT64_C(1) << 32);
	l->vmalloc.start = MAX(lowest & -align, l->modules.end > lowest ? 0 : l->modules.end);
	l->vmalloc.end = end;
	l->arch = f->x86 ? "i386" : "32 bits";
	l->vmalloc.from = g_strdup_printf("the rule for %s", l->arch);
}

/* VmallocTotal is the window's length. The end of the window that was guessed moves. */
static void apply_total_32(struct listing *l, const struct facts *f, uint64_t total)
{
	const uint64_t *ends = f->x86 ? i386_ends : arm_ends;
	size_t n = f->x86 ? G_N_ELEMENTS(i386_ends) : G_N_ELEMENTS(arm_ends);
	const uint64_t near = 64 * MIB;

	for (size_t i = 0; i <= n; i++) {
		uint64_t end = i ? ends[i - 1] : l->vmalloc.end;

		if (end < f->highest || end <= total || end - total > f->lowest ||
		    f->lowest - (end - total) > near)
			continue;
		l->vmalloc.start = end - total;
		l->vmalloc.end = end;
		return;
	}
	l->vmalloc.end = l->vmalloc.start + total;
}

static void apply_total(struct listing *l, const struct facts *f, const struct listing_said *said)
{
	struct listing_window *w = &l->vmalloc;
	g_autofree char *by = w->from;
	bool fits = said->total <= UINT64_MAX - w->start && f->lowest != UINT64_MAX;

	w->from = NULL;
	if (w->end - w->start == said->total) {
		w->from = g_strdup_printf("%s; VmallocTotal agrees", by);
	} else if (fits && !l->wide && said->total >> 32 == 0) {
		apply_total_32(l, f, said->total);
	} else if (fits && !l->arch && w->start + said->total >= f->highest) {
		w->end = w->start + said->total;
	} else {
		w->from = g_strdup_printf("%s; VmallocTotal is another size", by);
	}
	if (!w->from)
		w->from = g_strdup_printf("VmallocTotal of %s",
					  said->total_in ? said->total_in : "the listing");
}

/* The areas alone, rounded outwards. */
static void apply_areas(struct listing *l, const struct facts *f)
{
	uint64_t unit = l->wide ? GIB : ARM_ALIGN;
	uint64_t lowest = MIN(f->lowest, f->percpu_end ? f->percpu_end - 1 : UINT64_MAX);

	l->vmalloc.start = lowest & -unit;
	l->vmalloc.end = (f->highest + unit - 1) & -unit;
	if (!l->vmalloc.end)
		l->vmalloc.end = -PAGE_SIZE;
	l->vmalloc.from = g_strdup("the areas, rounded outwards");
}

/* How many ordinary areas and how many areas of code lie in a range. */
static void count_in(const struct listing *l, const struct said_range *r, guint *data, guint *code)
{
	*data = *code = 0;
	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);

		if (is_in(a->start, r->start, r->end))
			++*(listed_roles(l, a) & NAME_CODE ? code : data);
	}
}

static void set_window(struct listing_window *w, uint64_t start, uint64_t end, bool last_unused,
		       const char *from)
{
	g_free(w->from);
	*w = (struct listing_window){ start, end, last_unused, g_strdup(from) };
}

static const char *const said_by[NR_SAID_BY] = {
	[SAID_IMAGE] = "the image",
	[SAID_DUMP] = "the dump",
	[SAID_NUMBER] = "VMALLOC_START and VMALLOC_END",
	[SAID_BOOT] = "the kernel's boot messages",
	[SAID_FAILED] = "the kernel's failure message",
	[SAID_TRACE] = "vstart and vend of a trace",
};

/* The range of a failed request belongs to the window whose areas lie there: code, or data. */
static struct listing_window *which(struct listing *l, enum said_by by, struct listing_window *w,
				    guint data, guint code)
{
	if (by != SAID_FAILED)
		return w;
	return code && !data ? &l->modules : &l->vmalloc;
}

/* A window that was named counts if areas lie in it: the log may be of another machine. */
static void apply_one(struct listing *l, enum said_by by, const struct said_range *r,
		      struct listing_window *w)
{
	guint data, code;

	count_in(l, r, &data, &code);
	if (r->start && r->end > r->start && (data || code || by == SAID_IMAGE))
		set_window(which(l, by, w, data, code), r->start, r->end, r->last_unused,
			   said_by[by]);
}

static void apply_said(struct listing *l, const struct listing_said *said)
{
	for (int by = NR_SAID_BY - 1; by >= 0; by--) {
		apply_one(l, (enum said_by)by, &said->vmalloc[by], &l->vmalloc);
		apply_one(l, (enum said_by)by, &said->modules[by], &l->modules);
	}
}

/* A size alone moves the same end as a kernel's vmalloc= does: the start with 32 bits. */
static void apply_options(struct listing *l, const struct listing_options *o)
{
	const struct listing_window *v = &o->vmalloc, *m = &o->modules;
	struct listing_window *w = &l->vmalloc;

	if (v->end)
		set_window(w, v->start, v->end, v->last_unused, "vmalloc=");
	else if (o->vmalloc_size && !l->wide && o->vmalloc_size < w->end)
		set_window(w, w->end - o->vmalloc_size, w->end, w->last_unused, "vmalloc=");
	else if (o->vmalloc_size && l->wide && o->vmalloc_size < -PAGE_SIZE - w->start)
		set_window(w, w->start, w->start + o->vmalloc_size, w->last_unused, "vmalloc=");
	if (m->end)
		set_window(&l->modules, m->start, m->end, m->last_unused, "modules=");
}

void listing_choose_windows(struct listing *l, const struct listing_options *o,
			    const struct listing_said *said)
{
	struct facts f;

	if (l->image) {
		apply_said(l, said);
		apply_options(l, o);
		return;
	}
	if (l->hidden || !l->areas->len)
		return;
	if (!l->wide)
		find_modules_32(l);
	find_facts(l, &f);
	if (f.lowest == UINT64_MAX && !f.percpu_end) {
		/* All areas are modules. */
		f.lowest = f.code_lowest;
		f.highest = f.code_lowest + 1;
	}
	if (!l->wide)
		apply_rules_32(l, &f);
	else if (apply_rules(l, &f))
		choose_modules(l, &f);
	else
		apply_areas(l, &f);
	if (said->total)
		apply_total(l, &f, said);
	apply_said(l, said);
	apply_options(l, o);
}
