/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The structures of image_types.h, which says what KERNEL, POINTER, WORD, PHYS and
 * IMAGE_BITS are, and includes this once for each width of addresses.
 */

typedef PHYS KERNEL(phys_addr_t);

typedef struct {
	int counter;
} KERNEL(atomic_t);

typedef struct {
	WORD counter;
} KERNEL(atomic_long_t);

typedef struct {
	WORD pgd;
} KERNEL(pgd_t);

struct KERNEL(list_head) {
	POINTER(struct KERNEL(list_head)) next;
	POINTER(struct KERNEL(list_head)) prev;
};

struct KERNEL(rb_node) {
	WORD __rb_parent_color;
	POINTER(struct KERNEL(rb_node)) rb_right;
	POINTER(struct KERNEL(rb_node)) rb_left;
};

struct KERNEL(rb_root) {
	POINTER(struct KERNEL(rb_node)) rb_node;
};

/* What the vmemmap, or mem_map, shows of a frame; all but flags and _refcount are zeros. */
struct KERNEL(page) {
	WORD flags;
	struct KERNEL(list_head) lru;
	POINTER(void) mapping;
	WORD index;
	WORD private;
	KERNEL(atomic_t) _mapcount;
	KERNEL(atomic_t) _refcount;
#if IMAGE_BITS == 64
	WORD memcg_data;
#endif
};

struct KERNEL(vm_struct) {
	POINTER(struct KERNEL(vm_struct)) next;
	POINTER(void) addr;
	WORD size; /* guard included */
	WORD flags;
	POINTER(POINTER(struct KERNEL(page))) pages;
	unsigned page_order;
	unsigned nr_pages;
	KERNEL(phys_addr_t) phys_addr;
	POINTER(const void) caller;
};

struct KERNEL(vmap_area) {
	WORD va_start;
	WORD va_end;
	struct KERNEL(rb_node) rb_node;
	struct KERNEL(list_head) list;
	union {
		WORD subtree_max_size; /* of a hole */
		POINTER(struct KERNEL(vm_struct)) vm;
	};
	WORD flags;
};

#if IMAGE_BITS == 64
struct KERNEL(mem_section) {
	WORD section_mem_map;
	POINTER(void) usage;
};
#endif

struct KERNEL(mm_struct) {
	POINTER(KERNEL(pgd_t)) pgd;
};

#undef KERNEL
#undef POINTER
#undef WORD
#undef PHYS
#undef IMAGE_BITS
