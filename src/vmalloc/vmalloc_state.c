/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address space as bytes.  doc/image.md has the format.  A new member of struct
 * vm_struct or struct vmlist, or of what they point to, has to be saved here.
 *
 *	save	the index from end to end: areas; then what waits, pools, device
 *		ranges, and what the policy remembers
 *	load	areas, what waits and pools go into an empty index; then the policy,
 *		whose second order follows from it, but for its shape
 *
 * Page tables are frames, and so are page arrays of more than a page: they are not
 * here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vmallocfs/state.h>

#include "vmalloc/array.h"
#include "vmalloc/generation.h"
#include "vmalloc/index/kerneltree.h"
#include "vmalloc/saved_area.h"
#include "vmalloc/vmlist.h"

/* --- saving ------------------------------------------------------------------------------ */

static bool is_in_host_memory(const struct page_array *array)
{
	return array->capacity && !array->addr;
}

/* The entries of such a page array. */
static uint64_t *host_entries(struct page_array *array)
{
	return array->capacity == 1 ? &array->only : array->host;
}

/* Those in use: runs of frames. */
static void save_entries(const struct machine *m, struct vm_struct *area, struct state_out *o)
{
	const uint64_t *entry = host_entries(&area->pages);
	uint64_t held = area_nr_held(area);
	pfn_t end = 0;

	for (uint64_t i = 0, n; i < held; i += n) {
		pfn_t pfn = vmemmap_to_pfn(m, entry[i]);

		for (n = 1; i + n < held && entry[i + n] == pfn_to_vmemmap(m, pfn + n);)
			n++;
		state_put_signed(o, (int64_t)(pfn - end));
		state_put(o, n);
		end = pfn + n;
	}
}

static void save_area(const struct machine *m, struct vm_struct *a, struct state_out *o)
{
	state_put(o, a->addr >> PAGE_SHIFT);
	state_put(o, a->size >> PAGE_SHIFT);
	state_put(o, a->requested_size);
	state_put(o, a->flags);
	state_put(o, a->gfp);
	state_put(o, a->prot);
	state_put_signed(o, a->node);
	state_put(o, a->tag);
	state_put(o, a->pool_node);
	state_put(o, a->phys_addr);
	state_put(o, a->nr_pages);
	state_put_string(o, a->caller);
	state_put(o, a->array_of ? a->array_of->addr >> PAGE_SHIFT : 0);
	for (unsigned i = 0; a->node_pages && i < m->nr_nodes; i++)
		state_put(o, a->node_pages[i]);
	state_put(o, a->pages.addr >> PAGE_SHIFT);
	state_put(o, a->pages.capacity);
	state_put(o, is_in_host_memory(&a->pages));
	if (is_in_host_memory(&a->pages))
		save_entries(m, a, o);
}

static uint64_t count_saved(const struct vmlist *v)
{
	struct gap_cursor c;
	uint64_t n = 0;

	for (void *item = gaptree_seek(&v->tree, 0, &c); item; item = gaptree_next(&c))
		n += !is_freed(v, item);
	return n;
}

static void save_areas(const struct machine *m, struct state_out *o)
{
	const struct vmlist *v = m->vmlist;
	struct gap_cursor c;

	state_put(o, v->last_tag);
	state_put(o, count_saved(v));
	for (void *item = gaptree_seek(&v->tree, 0, &c); item; item = gaptree_next(&c))
		if (!is_freed(v, item))
			save_area(m, item, o);
}

static void save_lazy(const struct lazy *l, struct state_out *o)
{
	state_put(o, l->max_pages);
	state_put(o, l->max_is_set);
	state_put(o, l->n);
	for (size_t i = 0; i < l->n; i++) {
		state_put(o, l->range[i].addr >> PAGE_SHIFT);
		state_put(o, l->range[i].size >> PAGE_SHIFT);
		state_put(o, l->range[i].pool_node);
	}
}

static void save_pooled(void *arg, unsigned node, uint64_t pages, vaddr_t addr)
{
	struct state_out *o = arg;

	state_put(o, node);
	state_put(o, pages);
	state_put(o, addr >> PAGE_SHIFT);
}

static void save_device_ranges(const struct gaptree *t, struct state_out *o)
{
	struct gap_cursor c;

	state_put(o, gaptree_count(t));
	for (void *item = gaptree_seek(t, 0, &c); item; item = gaptree_next(&c)) {
		struct gap_extent e = gaptree_extent(&c);

		state_put(o, e.start >> PAGE_SHIFT);
		state_put(o, (e.end - e.start) >> PAGE_SHIFT);
	}
}

void vmalloc_save(struct machine *m, struct state_out *o)
{
	struct vmlist *v = m->vmlist;

	vmlist_read_lock(m);
	save_areas(m, o);
	save_lazy(&v->lazy, o);
	state_put(o, v->pools ? v->pools->ranges : 0);
	pools_for_each(m, save_pooled, o);
	state_put(o, v->pool_start);
	state_put(o, v->pool_end);
	save_device_ranges(&v->io, o);
	state_put_string(o, vm_policy_name(vmalloc_policy(m)));
	state_put(o, v->tree.placed_end);
	state_put(o, v->modules_placed_end);
	state_put(o, v->lazy.ceiling_is_set);
	state_put(o, v->tree.steps);
	state_put(o, v->tree.kernel != NULL);
	if (v->tree.kernel)
		kerneltree_save(v->tree.kernel, o);
	vmlist_read_unlock(m);
}

/* --- loading ----------------------------------------------------------------------------- */

static int load_entries(struct machine *m, struct vm_struct *area, struct state_in *in)
{
	uint64_t held = area_nr_held(area);
	pfn_t end = 0;
	uint64_t *entry;
	int err;

	err = array_alloc_host(m, area->pages.capacity, &area->pages);
	if (err)
		return err;
	entry = host_entries(&area->pages);
	memset(entry, 0, area->pages.capacity * sizeof(uint64_t));
	for (uint64_t i = 0; i < held;) {
		pfn_t pfn = end + (uint64_t)state_get_signed(in);
		uint64_t n = state_get_max(in, held - i, "more frames than the area has");

		if (!in->wrong && (!n || pfn >= m->nr_frames || n > m->nr_frames - pfn))
			state_wrong(in, "a frame beyond RAM in a page array");
		if (in->wrong)
			return -EINVAL;
		end = pfn + n;
		for (; pfn < end; pfn++)
			entry[i++] = pfn_to_vmemmap(m, pfn);
	}
	return 0;
}

/* What an area's numbers may be, given each other and the machine. */
static void check_loaded_area(const struct machine *m, const struct vm_struct *a, bool host,
			      struct state_in *in)
{
	const struct page_array *array = &a->pages;
	const struct vm_restore r = {
		.addr = a->addr,
		.size = a->size,
		.nr_pages = a->nr_pages,
	};

	if (in->wrong)
		return;
	if (a->node < NUMA_NO_NODE || a->node >= (int)m->nr_nodes)
		state_wrong(in, "an area of a node that is not there");
	else if (a->flags & VM_UNINITIALIZED)
		state_wrong(in, "an area that is half-built");
	else if (check_restore(m, &r))
		state_wrong(in, "an area where none can be");
	else if (a->requested_size > a->size && !(a->flags & VM_IOREMAP))
		state_wrong(in, "an area that is smaller than was asked for");
	else if (host != is_in_host_memory(array) || (array->addr && array->capacity < 2))
		state_wrong(in, "a page array that is in two places, or in none");
	else if (area_nr_held(a) > array->capacity ||
		 array->capacity > m->nr_frames + ARRAY_PER_PAGE)
		state_wrong(in, "a page array of a size that cannot be");
}

/* Copies the saved caller, if the area has one.  0 or -ENOMEM. */
static int load_caller(struct machine *m, const struct vm_saved_area *saved, struct vm_struct *a)
{
	if (!saved->caller)
		return 0;
	a->caller = make_caller(m, a, saved->caller, saved->caller_len);
	return a->caller ? 0 : -ENOMEM;
}

/* An area whose owner's address, if it is an array, goes to *owner. */
static int load_area(struct machine *m, struct state_in *in, vaddr_t *owner, struct vm_struct **ret)
{
	struct vm_saved_area saved;
	struct vm_struct *a;

	if (get_saved_area(in, m->nr_nodes, m->nr_cpus, &saved))
		return -EINVAL;
	a = new_vm_struct(m, saved.flags, saved.node, NULL);
	*ret = a;
	if (!a || load_caller(m, &saved, a))
		return -ENOMEM;
	*owner = saved.array_of;
	a->addr = saved.addr;
	a->size = saved.size;
	a->requested_size = saved.requested_size;
	a->gfp = saved.gfp;
	a->prot = saved.prot;
	a->tag = saved.tag;
	a->pool_node = (uint16_t)saved.pool_node;
	a->phys_addr = saved.phys_addr;
	a->nr_pages = saved.nr_pages;
	for (unsigned i = 0; a->node_pages && i < m->nr_nodes; i++)
		a->node_pages[i] = saved.node_pages[i];
	a->pages.addr = saved.array;
	a->pages.capacity = saved.capacity;
	check_loaded_area(m, a, saved.host_array, in);
	if (in->wrong) {
		a->pages = (struct page_array){ 0 }; /* there is nothing to free */
		return -EINVAL;
	}
	return saved.host_array ? load_entries(m, a, in) : 0;
}

static int insert_area(struct machine *m, struct vm_struct *a, struct state_in *in)
{
	int err = gaptree_insert(&m->vmlist->tree, a->addr, a->size, a);

	if (err != -EBUSY && err != -EINVAL)
		return err;
	state_wrong(in, "an area where another one is, or none can be");
	return -EINVAL;
}

/* One that is not in the index.  Its array, if that is an area, does not know it yet. */
static void drop_area(struct machine *m, struct vm_struct *a)
{
	if (a)
		a->pages.addr = 0;
	free_vm_struct(m, a);
}

/* Areas first, then whose arrays they are: an owner may come after its array. */
static int load_areas(struct machine *m, struct state_in *in)
{
	struct vmlist *v = m->vmlist;
	struct vm_struct **area;
	vaddr_t *owner;
	uint64_t n;
	int err = 0;

	v->last_tag = (uint32_t)state_get_max(in, 0xffffff, "an owner that cannot be");
	n = state_get_count(in, "more areas than the part has room for");
	area = calloc(n + 1, sizeof(struct vm_struct *));
	owner = calloc(n + 1, sizeof(*owner));
	if (!area || !owner)
		err = -ENOMEM;
	for (uint64_t i = 0; i < n && !err; i++) {
		err = load_area(m, in, &owner[i], &area[i]);
		if (!err)
			err = insert_area(m, area[i], in);
		if (err)
			drop_area(m, area[i]);
	}
	for (uint64_t i = 0; i < n && !err; i++) {
		if (!owner[i])
			continue;
		area[i]->array_of = __find_vm_area(m, owner[i]);
		if (!area[i]->array_of)
			state_wrong(in, "a page array of an area that is not there");
	}
	for (uint64_t i = 0; i < n && !err; i++) {
		unsigned depth = 0;

		for (const struct vm_struct *a = area[i]; a && depth <= VM_ARRAY_DEPTH_MAX;
		     a = a->array_of)
			depth++;
		if (depth > VM_ARRAY_DEPTH_MAX) {
			for (uint64_t j = 0; j < n; j++)
				area[j]->array_of = NULL;
			state_wrong(in, "a page array that is its own");
			break;
		}
	}
	free(area);
	free(owner);
	return err ? err : in->wrong ? -EINVAL : 0;
}

static int load_lazy(struct machine *m, struct state_in *in)
{
	struct vmlist *v = m->vmlist;
	struct lazy *l = &v->lazy;
	uint64_t n;

	l->max_pages = state_get(in);
	l->max_is_set = state_get_max(in, 1, "a switch that is neither on nor off");
	n = state_get_count(in, "more ranges that wait than the part has room for");
	if (!n)
		return 0;
	l->range = kmalloc(m, n * sizeof(*l->range), GFP_KERNEL);
	if (!l->range)
		return -ENOMEM;
	l->room = n;
	while (l->n < n && !in->wrong) {
		struct lazy_range r;
		int err;

		get_saved_waiting(in, m->nr_cpus, &r);
		err = in->wrong ? -EINVAL : gaptree_insert(&v->tree, r.addr, r.size, &l->item);
		if (err == -ENOMEM)
			return err;
		if (err) {
			state_wrong(in, "a range that waits where an area is, or none can be");
			break;
		}
		add_waiting(m, &r);
	}
	return 0;
}

/* Pools are filled from the front, so the last one goes in first. */
static int load_pools(struct machine *m, struct state_in *in)
{
	struct vmlist *v = m->vmlist;
	uint64_t n = state_get_count(in, "more ranges in pools than the part has room for");
	struct saved_pooled *p = calloc(n + 1, sizeof(*p));
	int err = p ? 0 : -ENOMEM;

	if (n && !err)
		err = pools_create(m, m->nr_cpus, &v->pools);
	for (uint64_t i = 0; i < n && !err && !in->wrong; i++) {
		get_saved_pooled(in, m->nr_cpus, &p[i]);
		err = in->wrong || !p[i].pages
			      ? -EINVAL
			      : gaptree_insert(&v->tree, p[i].addr, p[i].pages << PAGE_SHIFT,
					       &v->pooled_item);
		if (err && err != -ENOMEM)
			state_wrong(in, "a range of a pool where an area is, or none can be");
	}
	while (n-- && !err && !in->wrong)
		err = pools_put(v->pools, p[n].node, p[n].pages, p[n].addr);
	free(p);
	return err;
}

static int load_device_ranges(struct machine *m, struct state_in *in)
{
	uint64_t n = state_get_count(in, "more device ranges than the part has room for");
	int err = 0;

	while (n-- && !err && !in->wrong) {
		paddr_t start = state_get_pages(in);
		uint64_t size = state_get_pages(in);

		if (!phys_is_device(m, start, size))
			state_wrong(in, "a device range where RAM is");
		else
			err = gaptree_insert(&m->vmlist->io, start, size, m);
	}
	if (err && err != -ENOMEM)
		state_wrong(in, "a device range where another one is");
	return err;
}

static int load_policy(struct machine *m, struct state_in *in)
{
	struct vmlist *v = m->vmlist;
	enum vm_policy policy = VM_FIRST_FIT;
	char *name;
	int err = state_get_string(in, &name);

	if (err)
		return err;
	if (!in->wrong && (!name || vm_policy_parse(name, &policy)))
		state_wrong(in, "a policy that is not known");
	free(name);
	if (!in->wrong && v->pools && !policy_has_pools(m, policy))
		state_wrong(in, "pools of a policy that has none");
	if (in->wrong)
		return -EINVAL;
	if (policy_has_pools(m, policy) && !v->pools)
		err = pools_create(m, m->nr_cpus, &v->pools);
	if (!err)
		err = gaptree_set_policy(&v->tree, policy);
	if (err)
		return err;
	atomic_store_explicit(&v->policy, policy, memory_order_relaxed);
	v->tree.placed_end = state_get(in);
	v->modules_placed_end = state_get(in);
	v->lazy.ceiling_is_set = state_get_max(in, 1, "a switch that is neither on nor off");
	v->tree.steps = state_get(in);
	if (state_get_max(in, 1, "a tree that is neither there nor not") !=
	    (v->tree.kernel != NULL))
		state_wrong(in, "a tree of holes that does not belong to the policy");
	else if (v->tree.kernel)
		kerneltree_load(v->tree.kernel, in);
	if (!in->wrong && v->tree.kernel && gaptree_check(&v->tree, NULL, NULL))
		state_wrong(in, "a tree of holes that is not one");
	/* The areas are still to be freed. */
	if (in->wrong && v->tree.kernel)
		gaptree_set_policy(&v->tree, VM_FIRST_FIT);
	return 0;
}

static int load_all(struct machine *m, struct state_in *in)
{
	struct vmlist *v = m->vmlist;
	int err = load_areas(m, in);

	if (!err)
		err = load_lazy(m, in);
	if (!err)
		err = load_pools(m, in);
	v->pool_start = state_get(in);
	v->pool_end = state_get(in);
	if (!err)
		err = load_device_ranges(m, in);
	if (!err)
		err = load_policy(m, in);
	vmlist_changed(v);
	return err;
}

int vmalloc_load(struct machine *m, struct state_in *in)
{
	int err;

	vmlist_write_lock(m);
	err = load_all(m, in);
	vmlist_write_unlock(m);
	if (err == -ENOMEM)
		return err;
	return state_get_end(in);
}
