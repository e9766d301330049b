# Lazy purge: what was freed waits, so that one flush of the TLBs does for many frees.
#
#	vmallocfs -o memory=64M,vmalloc=1M,lazy_max_pages=128 mnt
#	vmallocfs-replay --vmalloc=1M --lazy=128 doc/scenarios/lazy-purge.ctl

say Up to 128 pages of freed areas may wait for a purge.
sleep 3
vmalloc a 120K
sleep 1
vmalloc b 120K
sleep 1
vmalloc c 120K
sleep 1
vmalloc d 120K
sleep 1
vfree a
say a is freed, but its 31 pages wait: TLBs may still have entries for them.
sleep 5
vmalloc e 120K
say So e does not go where a was, though nothing is there any more.
sleep 5
vfree b
sleep 1
vfree c
sleep 1
vfree d
say 124 pages wait. The next free goes beyond 128.
sleep 5
vfree e
say That purged all five ranges at once: one flush of the TLBs instead of five.
sleep 5
vmalloc f 120K
say And f goes to the lowest address again.
sleep 4
vfree f
sleep 2
purge
say A purge can be asked for, too. A request that finds no place asks for one by itself.
