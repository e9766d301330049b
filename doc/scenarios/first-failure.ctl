# The first failure: enough bytes are free, and a request fails all the same.
#
#	vmallocfs -o memory=64M,vmalloc=1M mnt
#	vmallocfs-replay --vmalloc=1M --failures doc/scenarios/first-failure.ctl

say The window has 1 MiB. Each area takes its pages, and a guard page after them.
sleep 3
vmalloc a 192K
sleep 1
vmalloc b 192K
sleep 1
vmalloc c 192K
sleep 1
vmalloc d 192K
sleep 1
vmalloc e 192K
sleep 1
say Five areas of 48 pages and a guard each. First fit puts them one after the other.
sleep 5
vfree b
sleep 1
vfree d
sleep 1
say b and d are gone: 98 pages in two holes, and 10 at the end. Now a request for 64 pages.
sleep 5

# This line fails with ENOSPC, and the log says why.
vmalloc big 256K
say 108 pages are free, and 65 do not fit: the largest hole has 49. Addresses must be contiguous.
sleep 6
say c is in the way. A kernel cannot move it: the code that uses it has its address.
sleep 5
vfree c
say When c goes, its range and the two holes beside it are one hole.
sleep 4
vmalloc big 256K
say The same request again, and it lies where b was.
