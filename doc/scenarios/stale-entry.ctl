# A stale TLB entry, and a guard page: what a processor sees of an area that was freed.
#
#	vmallocfs -o memory=64M,vmalloc=1M,lazy_max_pages=128 mnt
#
# Read ctl for what the loads answer, sys/devices/system/cpu/cpu0/tlb for the entries of
# the TLB, and proc/kmsg for what the log says of the two faults.  vmallocfs-replay passes
# over the lines of processors.

vmalloc a 8K
cpu 0 store 0xffffc90000000000 6f6c64
say Processor 0 has stored three bytes in a, and its TLB now has an entry for that page.
sleep 5
vfree a
say a is freed lazily: the page tables have nothing there any more, but no TLB was flushed.
sleep 5
cpu 0 load 0xffffc90000000000 3
say The load still works: the TLB answers, with the frame that was a's. The entry is stale.
sleep 6
purge

# This line fails with EFAULT.
cpu 0 load 0xffffc90000000000 3
say The purge has flushed the TLB. The same load faults, and the log says that a was freed.
sleep 6
vmalloc b 8K
cpu 0 load 0xffffc90000001ffd 3
say b has the two pages now; its last three bytes can be read.
sleep 5

# This line fails with EFAULT, too.
cpu 0 load 0xffffc90000002000
say One byte further is the guard page of b. It is never mapped, so what runs past the end faults.
