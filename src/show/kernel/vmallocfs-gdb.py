# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands for gdb on a mounted vmallocfs: gdb MOUNT/proc/vmlinux MOUNT/proc/kcore

vmlist       the areas, a line each
vmwalk ADDR  the entries of the page tables that lead to an address
vmwho ADDR   whose area, whose guard page or which hole an address lies in

gdb loads this file by itself where it was installed below gdb's own prefix;
elsewhere: source vmallocfs-gdb.py.  gdb keeps what it has read of a core file: after
the machine has changed, "core-file MOUNT/proc/kcore" makes it look again.
"""

import bisect

import gdb

PAGE_SIZE = 4096
ADDRESS_BITS = 0x000FFFFFFFFFF000

# The words of page_tables/kernel, by bit.
FLAGS = ((1, "RW"), (2, "USR"), (3, "PWT"), (4, "PCD"), (5, "A"), (6, "D"), (8, "GLB"), (63, "NX"))
PRESENT = 1
LARGE = 1 << 7

AREA_FLAGS = (
    (0x01, "ioremap"),
    (0x02, "vmalloc"),
    (0x04, "vmap"),
    (0x08, "user"),
    (0x10, "vpages"),
    (0x100, "dma-coherent"),
    (0x200, "sparse"),
    (0x400, "vm_map_ram"),
)
VM_NO_GUARD = 0x40


def number(expression):
    return int(gdb.parse_and_eval(expression))


def address(argument):
    """The address that an expression of gdb's command line gives."""
    if not argument:
        raise gdb.GdbError("An address is missing: a number, or an expression such as (char *)&b + 4096.")
    return int(gdb.parse_and_eval(f"(unsigned long)({argument})"))


def is_32bit():
    return number("sizeof(long)") == 4


def levels():
    """The names of the tables, from the one that CR3 names on."""
    if is_32bit():
        return ["PGD", "PMD", "PTE"]
    return ["PGD", "P4D", "PUD", "PMD", "PTE"] if number("__pgtable_l5_enabled") else ["PGD", "PUD", "PMD", "PTE"]


def read_entry(addr):
    """An entry of a page table, which has 8 bytes with PAE as well."""
    return int.from_bytes(gdb.selected_inferior().read_memory(addr, 8).tobytes(), "little")


class Area:
    def __init__(self, vm):
        self.start = int(vm["addr"])
        self.size = int(vm["size"])
        self.flags = int(vm["flags"])
        self.pages = int(vm["nr_pages"])
        self.guard = 0 if self.flags & VM_NO_GUARD else PAGE_SIZE

    def end(self):
        return self.start + self.size

    def name(self):
        symbol = gdb.execute(f"info symbol {self.start}", to_string=True)
        return "[none]" if symbol.startswith("No symbol") else symbol.split(" in section")[0].strip()

    def line(self):
        words = ",".join(word for flag, word in AREA_FLAGS if self.flags & flag) or "-"
        return f"{self.start:#x}-{self.end():#x} {self.size:9} {self.pages:6} {words:16} {self.name()}"


def areas():
    """The vmlist, ascending.  It is a list without an end only if the core file is damaged."""
    vm = gdb.parse_and_eval("vmlist")
    seen = set()
    while vm and int(vm) not in seen:
        seen.add(int(vm))
        yield Area(vm.dereference())
        vm = vm["next"]


class VmList(gdb.Command):
    """List the areas of the vmalloc space: START-END SIZE PAGES FLAGS NAME."""

    def __init__(self):
        super().__init__("vmlist", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        if argument:
            raise gdb.GdbError("vmlist takes no argument.")
        for area in areas():
            print(area.line())


class VmWalk(gdb.Command):
    """Walk the page tables: vmwalk ADDR prints the entry of each level, and its flags."""

    def __init__(self):
        super().__init__("vmwalk", gdb.COMMAND_DATA, gdb.COMPLETE_SYMBOL)

    def invoke(self, argument, from_tty):
        addr = address(argument)
        direct_map = number("page_offset_base")
        names = levels()
        table = number("(unsigned long)init_mm.pgd")
        for i, name in enumerate(names):
            shift = 12 + 9 * (len(names) - 1 - i)
            at = table + (addr >> shift & 511) * 8
            entry = read_entry(at)
            leaf = name == "PTE" or (name in ("PUD", "PMD") and entry & LARGE)
            words = [word for bit, word in FLAGS if entry >> bit & 1]
            if not entry & PRESENT:
                print(f"{name} {at:#x}: {entry:#018x} not present")
                return
            print(f"{name} {at:#x}: {entry:#018x} {' '.join(words)}{' leaf' if leaf else ''}")
            if leaf:
                inside = addr & ((1 << shift) - 1)
                frame = entry & ADDRESS_BITS & ~((1 << shift) - 1)
                print(f"{addr:#x} is at physical address {frame + inside:#x}")
                return
            table = direct_map + (entry & ADDRESS_BITS)


class VmWho(gdb.Command):
    """Say what an address lies in: vmwho ADDR names an area, its guard page, or a hole."""

    def __init__(self):
        super().__init__("vmwho", gdb.COMMAND_DATA, gdb.COMPLETE_SYMBOL)

    def invoke(self, argument, from_tty):
        addr = address(argument)
        known = list(areas())
        i = bisect.bisect_right([area.start for area in known], addr) - 1
        if i >= 0 and addr < known[i].end() - known[i].guard:
            print(f"{addr:#x} is {known[i].name()} + {addr - known[i].start}")
            print(known[i].line())
        elif i >= 0 and addr < known[i].end():
            past = addr - (known[i].end() - known[i].guard)
            print(f"{addr:#x} is the guard page of {known[i].name()}, {past} bytes past its end")
            print(known[i].line())
        else:
            before = known[i].name() if i >= 0 else "nothing"
            after = known[i + 1].name() if i + 1 < len(known) else "nothing"
            print(f"{addr:#x} is in no area: {before} lies before it, {after} after it")


VmList()
VmWalk()
VmWho()
