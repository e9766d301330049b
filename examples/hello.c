/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boots a machine, allocates two areas, writes to one, lists both, frees them.
 *
 *	cc hello.c $(pkg-config --cflags --libs vmallocfs) -o hello
 */
#include <inttypes.h>
#include <stdio.h>
#include <vmallocfs/vmalloc.h>

static void print_area(void *unused, const struct vm_struct *area)
{
	(void)unused;
	printf("0x%" PRIx64 "  %6" PRIu64 " bytes  %2" PRIu64 " pages  %s\n", area->addr,
	       area->requested_size, area->nr_pages, area->caller);
}

static void use(struct machine *m)
{
	char back[16] = "";
	vaddr_t text = vmalloc(m, 10000, "text");
	vaddr_t table = vmalloc(m, 65536, "table");

	if (!text || !table) {
		perror("vmalloc");
		return;
	}
	vmlist_for_each(m, print_area, NULL);

	/* An address of the machine is a number: its bytes are copied, not pointed at. */
	vwrite(m, "hello, machine", text + 5000, 15);
	vread(m, back, text + 5000, 15);
	puts(back);

	vfree(m, text);
	vfree(m, table);
	printf("%" PRIu64 " areas are left\n", vmlist_count(m));
}

int main(void)
{
	struct machine_config config = MACHINE_CONFIG_DEFAULT;
	struct machine *m;

	if (machine_boot(&config, &m) != 0)
		return 1;
	if (vmalloc_init(m) != 0) {
		machine_destroy(m);
		return 1;
	}
	use(m);
	vmalloc_exit(m);
	machine_destroy(m);
	return 0;
}
