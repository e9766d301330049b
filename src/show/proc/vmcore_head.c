/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/vmcore: a machine as kdump would write it, in an ELF core file with small
 * offsets, which has the frames in use and no others.
 *
 *	0	+----------------------+
 *		| ELF header           |
 *	64	+----------------------+
 *		| PT_NOTE              |  the notes of kcore
 *		| PT_NOTE              |  what the caller puts at the end, if anything
 *		| PT_LOAD ...          |  direct map: each frame in use, in runs, with p_paddr
 *		| PT_LOAD ...          |  areas: the same offsets once more, p_paddr -1
 *		| PT_LOAD ...          |  vmemmap: pages of it, p_paddr -1
 *		| PT_LOAD ...          |  the kernel's data (kernel/), likewise
 *		+----------------------+
 *		| a section header     |  if there are 65,535 segments or more
 *		| notes                |
 *		+ - - - - - - - - - - -+
 *		| zeros to a page's end|
 *		+----------------------+
 *		| frames               |  in ascending order, each one once
 *		| vmemmap, kernel data |  pages that are alike once
 *		| the caller's         |
 *		+----------------------+
 *
 * A machine of 32 bits has the same in a file of 64 bits, for i386, as kdump writes it for
 * PAE: one of 32 bits could not name RAM above 4 GiB.  Frames that the direct map does not
 * have, those of HighMem, have the address -1 there, and their p_paddr says which they
 * are.  In place of the vmemmap it has mem_map.
 *
 * Pages of the vmemmap are alike where 64 frames in a row are, as those of a large
 * area mostly are; so they take little room, but a segment each.  So are those of the
 * kernel's mem_section on a large machine.
 */
#include <elf.h>
#include <string.h>

#include <vmallocfs/page.h>
#include <vmallocfs/pgtable.h>
#include <vmallocfs/state.h>
#include <vmallocfs/vmalloc.h>

#include "show/kernel/kernel_image.h"
#include "show/proc/core_notes.h"
#include "show/show.h"

#define WALK_PAGES 512

/* Pages of an area that lie in frames with slots in a row. */
struct area_piece {
	vaddr_t addr;
	uint64_t slot;
	uint64_t n;
};

/* --- areas ------------------------------------------------------------------------- */

struct areas_walk {
	struct machine *m;
	const struct moment *mo;
	GArray *pieces;
	const struct moment_run *run; /* that of the frame before: mostly the next one's, too */
};

static void add_mapped_page(struct areas_walk *w, vaddr_t addr, pfn_t pfn)
{
	struct area_piece *last = NULL;
	struct area_piece piece = { .addr = addr, .n = 1 };

	if (!w->run || pfn < w->run->pfn || pfn >= w->run->pfn + w->run->n)
		w->run = moment_run_of(w->mo, pfn);
	if (!w->run)
		return; /* an entry of a table that a user wrote, and a free frame */
	piece.slot = w->run->slot + (pfn - w->run->pfn);
	if (w->pieces->len)
		last = &g_array_index(w->pieces, struct area_piece, w->pieces->len - 1);
	if (last && last->addr + (last->n << PAGE_SHIFT) == addr &&
	    last->slot + last->n == piece.slot)
		last->n++;
	else
		g_array_append_val(w->pieces, piece);
}

/* The pages of an area that the tables map to RAM. */
static void add_area_pages(void *arg, const struct vm_struct *area)
{
	struct areas_walk *w = arg;
	struct machine *m = w->m;
	uint64_t left = area->size >> PAGE_SHIFT;
	vaddr_t at = area->addr;

	if (area->flags & VM_IOREMAP)
		return;
	left -= area->flags & VM_NO_GUARD ? 0 : 1;
	while (left) {
		unsigned char *host[WALK_PAGES];
		enum fault fault;
		size_t n = pgtable_run(m, m->cr3, at, MIN(left, WALK_PAGES), ACCESS_READ, host,
				       &fault);

		for (size_t i = 0; i < n; i++)
			if (host[i])
				add_mapped_page(w, at + (i << PAGE_SHIFT),
						(pfn_t)(host[i] - m->ram) >> PAGE_SHIFT);
		if (fault != FAULT_NONE)
			n++;
		if (!n)
			break;
		n = MIN(n, left);
		at += n << PAGE_SHIFT;
		left -= n;
	}
}

GArray *show_vmcore_areas(struct machine *m, const struct moment *mo)
{
	struct areas_walk w = {
		.m = m,
		.mo = mo,
		.pieces = g_array_new(FALSE, FALSE, sizeof(struct area_piece)),
	};

	vmlist_for_each(m, add_area_pages, &w);
	return w.pieces;
}

/* --- the vmemmap ------------------------------------------------------------------- */

/* A page of it, or of the kernel's data, and which of the distinct ones it is. */
struct vmemmap_page {
	vaddr_t addr;
	guint which;
};

struct vmemmap {
	const struct machine *m;
	struct page_form form;
	unsigned per_page; /* struct pages in a page of it */
	GByteArray *pages; /* the distinct ones */
	GHashTable *known; /* bytes -> its number plus one; the keys are copies */
	GArray *at;	   /* struct vmemmap_page */
	guint8 page[PAGE_SIZE];
	pfn_t first; /* of the page that is being made */
	bool any;    /* it has a frame in use */
};

static guint page_hash(gconstpointer p)
{
	const uint64_t *word = p;
	uint64_t hash = 0;

	for (size_t i = 0; i < PAGE_SIZE / sizeof(*word); i++)
		hash = (hash ^ word[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return (guint)(hash >> 32);
}

static gboolean page_equal(gconstpointer a, gconstpointer b)
{
	return !memcmp(a, b, PAGE_SIZE);
}

/* v->page is what stands at addr; it is zeros afterwards. */
static void put_made_page(struct vmemmap *v, vaddr_t addr)
{
	struct vmemmap_page page = { .addr = addr };

	page.which = GPOINTER_TO_UINT(g_hash_table_lookup(v->known, v->page));
	if (!page.which) {
		g_byte_array_append(v->pages, v->page, PAGE_SIZE);
		page.which = v->pages->len / PAGE_SIZE;
		g_hash_table_insert(v->known, memcpy(g_malloc(PAGE_SIZE), v->page, PAGE_SIZE),
				    GUINT_TO_POINTER(page.which));
	}
	page.which--;
	g_array_append_val(v->at, page);
	memset(v->page, 0, PAGE_SIZE);
}

static void vmemmap_page_done(struct vmemmap *v)
{
	if (v->any)
		put_made_page(v, shown_page(v->m, v->first));
	v->any = false;
}

static void vmemmap_add(struct vmemmap *v, pfn_t pfn, const struct moment_run *r)
{
	pfn_t first = pfn - pfn % v->per_page;
	guint8 *at = v->page + (pfn - first) * v->form.size;
	uint64_t flags = r->flags;

	if (first != v->first)
		vmemmap_page_done(v);
	v->first = first;
	v->any = true;
	memcpy(at, &flags, v->form.flags);
	memcpy(at + v->form.refcount, &r->refcount, sizeof(r->refcount));
}

/* The pages from pfn on that all lie in one run are alike: how many frames that were. */
static uint64_t vmemmap_add_alike(struct vmemmap *v, pfn_t pfn, const struct moment_run *r)
{
	uint64_t n = (r->pfn + r->n - pfn) / v->per_page * v->per_page;
	guint which;

	for (uint64_t i = 0; i < v->per_page; i++)
		vmemmap_add(v, pfn + i, r);
	vmemmap_page_done(v);
	which = g_array_index(v->at, struct vmemmap_page, v->at->len - 1).which;
	for (uint64_t i = v->per_page; i < n; i += v->per_page) {
		struct vmemmap_page page = { shown_page(v->m, pfn + i), which };

		g_array_append_val(v->at, page);
	}
	return n;
}

static void vmemmap_make(struct vmemmap *v, const struct moment *mo)
{
	size_t n;
	const struct moment_run *r = moment_runs(mo, &n);

	for (size_t i = 0; i < n; i++) {
		pfn_t pfn = r[i].pfn;
		const pfn_t end = pfn + r[i].n;

		while (pfn < end) {
			if (pfn % v->per_page == 0 && end - pfn >= v->per_page)
				pfn += vmemmap_add_alike(v, pfn, &r[i]);
			else
				vmemmap_add(v, pfn++, &r[i]);
		}
	}
	vmemmap_page_done(v);
}

static void kernel_make(struct vmemmap *v, GBytes *kernel)
{
	gsize size;
	const guint8 *data = g_bytes_get_data(kernel, &size);

	for (gsize at = 0; at < size; at += PAGE_SIZE) {
		memcpy(v->page, data + at, MIN(size - at, PAGE_SIZE));
		put_made_page(v, kernel_image_of(v->m)->start + at);
	}
}

/* --- the head ------------------------------------------------------------------------ */

static void put_segment(GByteArray *out, const Elf64_Phdr *phdr)
{
	g_byte_array_append(out, (const guint8 *)phdr, sizeof(*phdr));
}

static void put_load(GByteArray *out, vaddr_t addr, paddr_t phys, uint64_t offset, uint64_t size)
{
	const Elf64_Phdr phdr = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = offset,
		.p_vaddr = addr,
		.p_paddr = phys,
		.p_filesz = size,
		.p_memsz = size,
		.p_align = PAGE_SIZE,
	};

	put_segment(out, &phdr);
}

/* Frames [pfn, end), whose bytes are at the offset.  Returns how many segments those are. */
static guint put_frame_run(GByteArray *out, const struct machine *m, pfn_t pfn, pfn_t end,
			   uint64_t offset)
{
	const pfn_t low = PAGE_ALIGN(m->direct_map_size) >> PAGE_SHIFT;
	const paddr_t phys = pfn << PAGE_SHIFT;

	if (pfn < low && end > low)
		return put_frame_run(out, m, pfn, low, offset) +
		       put_frame_run(out, m, low, end, offset + ((low - pfn) << PAGE_SHIFT));
	if (out)
		put_load(out, pfn < low ? m->page_offset_base + phys : (vaddr_t)-1, phys, offset,
			 (end - pfn) << PAGE_SHIFT);
	return 1;
}

/* Runs of frames that follow each other are one segment, whatever their descriptors say. */
static guint put_direct_map(GByteArray *out, const struct machine *m, const struct moment *mo,
			    uint64_t offset)
{
	size_t n;
	const struct moment_run *r = moment_runs(mo, &n);
	guint segments = 0;

	for (size_t i = 0, next; i < n; i = next) {
		pfn_t end = r[i].pfn + r[i].n;

		for (next = i + 1; next < n && r[next].pfn == end; next++)
			end += r[next].n;
		segments +=
			put_frame_run(out, m, r[i].pfn, end, offset + (r[i].slot << PAGE_SHIFT));
	}
	return segments;
}

static void put_areas(GByteArray *out, const GArray *areas, uint64_t offset)
{
	for (guint i = 0; i < areas->len; i++) {
		const struct area_piece *p = &g_array_index(areas, struct area_piece, i);

		put_load(out, p->addr, (paddr_t)-1, offset + (p->slot << PAGE_SHIFT),
			 p->n << PAGE_SHIFT);
	}
}

static void put_vmemmap(GByteArray *out, const struct vmemmap *v, uint64_t offset)
{
	for (guint i = 0; i < v->at->len; i++) {
		const struct vmemmap_page *p = &g_array_index(v->at, struct vmemmap_page, i);

		put_load(out, p->addr, (paddr_t)-1, offset + ((uint64_t)p->which << PAGE_SHIFT),
			 PAGE_SIZE);
	}
}

/* Where the parts of the file begin. */
struct vmcore_plan {
	uint64_t segments;
	uint64_t notes;
	uint64_t notes_size;
	uint64_t frames;
	uint64_t vmemmap;
	uint64_t tail;
	uint64_t tail_size;
};

static void put_note_segments(GByteArray *out, const struct vmcore_plan *p)
{
	const Elf64_Phdr notes = {
		.p_type = PT_NOTE,
		.p_offset = p->notes,
		.p_filesz = p->notes_size,
	};
	const Elf64_Phdr tail = {
		.p_type = PT_NOTE,
		.p_offset = p->tail,
		.p_filesz = p->tail_size,
	};

	put_segment(out, &notes);
	if (p->tail_size)
		put_segment(out, &tail);
}

static void put_segment_count(GByteArray *out, const struct vmcore_plan *p)
{
	const Elf64_Shdr section = { .sh_info = (Elf64_Word)p->segments };

	if (p->segments >= PN_XNUM)
		g_byte_array_append(out, (const guint8 *)&section, sizeof(section));
}

void show_vmcore(const struct machine *m, const struct moment *mo, uint64_t tail, struct vmcore *v)
{
	struct vmemmap vmemmap = {
		.m = m,
		.form = page_form_of(m),
		.per_page = (unsigned)PAGE_SIZE / page_form_of(m).size,
		.pages = g_byte_array_new(),
		.known = g_hash_table_new_full(page_hash, page_equal, g_free, NULL),
		.at = g_array_new(FALSE, FALSE, sizeof(struct vmemmap_page)),
	};
	g_autoptr(GByteArray) notes = g_byte_array_new();
	GByteArray *out = g_byte_array_new();
	struct vmcore_plan p = { .tail_size = tail };
	guint size;

	vmemmap_make(&vmemmap, mo);
	if (v->kernel)
		kernel_make(&vmemmap, v->kernel);
	core_put_notes(notes, m);
	core_put_build_id(notes, m);
	p.segments = 1 + !!tail + put_direct_map(NULL, m, mo, 0) + v->areas->len + vmemmap.at->len;
	p.notes = sizeof(Elf64_Ehdr) + p.segments * sizeof(Elf64_Phdr) +
		  (p.segments >= PN_XNUM ? sizeof(Elf64_Shdr) : 0);
	p.notes_size = notes->len;
	p.frames = PAGE_ALIGN(p.notes + p.notes_size);
	p.vmemmap = p.frames + (moment_frames(mo) << PAGE_SHIFT);
	p.tail = p.vmemmap + vmemmap.pages->len;

	core_put_header(out, m, p.segments);
	put_note_segments(out, &p);
	put_direct_map(out, m, mo, p.frames);
	put_areas(out, v->areas, p.frames);
	put_vmemmap(out, &vmemmap, p.vmemmap);
	put_segment_count(out, &p);
	g_byte_array_append(out, notes->data, notes->len);
	size = out->len;
	g_byte_array_set_size(out, (guint)p.frames);
	memset(out->data + size, 0, p.frames - size);

	v->head = g_byte_array_free_to_bytes(out);
	v->vmemmap = g_byte_array_free_to_bytes(vmemmap.pages);
	g_hash_table_unref(vmemmap.known);
	g_array_unref(vmemmap.at);
	g_clear_pointer(&v->areas, g_array_unref);
	g_clear_pointer(&v->kernel, g_bytes_unref);
}

void vmcore_clear(struct vmcore *v)
{
	g_clear_pointer(&v->areas, g_array_unref);
	g_clear_pointer(&v->kernel, g_bytes_unref);
	g_clear_pointer(&v->head, g_bytes_unref);
	g_clear_pointer(&v->vmemmap, g_bytes_unref);
}
