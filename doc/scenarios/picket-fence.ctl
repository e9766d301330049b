# The picket fence: small areas that stay, between large ones that go.
#
#	vmallocfs -o memory=64M,vmalloc=1M mnt
#	vmallocfs-replay --vmalloc=1M --failures doc/scenarios/picket-fence.ctl

say In turns: an area of one page, which stays, and one of 15 pages, which does not.
sleep 3
vmalloc post01 4K
sleep 0.2
vmalloc wide01 60K
sleep 0.2
vmalloc post02 4K
sleep 0.2
vmalloc wide02 60K
sleep 0.2
vmalloc post03 4K
sleep 0.2
vmalloc wide03 60K
sleep 0.2
vmalloc post04 4K
sleep 0.2
vmalloc wide04 60K
sleep 0.2
vmalloc post05 4K
sleep 0.2
vmalloc wide05 60K
sleep 0.2
vmalloc post06 4K
sleep 0.2
vmalloc wide06 60K
sleep 0.2
vmalloc post07 4K
sleep 0.2
vmalloc wide07 60K
sleep 0.2
vmalloc post08 4K
sleep 0.2
vmalloc wide08 60K
sleep 0.2
vmalloc post09 4K
sleep 0.2
vmalloc wide09 60K
sleep 0.2
vmalloc post10 4K
sleep 0.2
vmalloc wide10 60K
sleep 0.2
vmalloc post11 4K
sleep 0.2
vmalloc wide11 60K
sleep 0.2
vmalloc post12 4K
sleep 0.2
vmalloc wide12 60K
sleep 0.2
vmalloc post13 4K
sleep 0.2
vmalloc wide13 60K
sleep 0.2
vmalloc post14 4K
sleep 0.2
vmalloc wide14 60K
sleep 0.2
say With their guards they fill the window: 14 times 2 and 16 pages.
sleep 5
say Now all that is wide goes.
vfree wide01
sleep 0.2
vfree wide02
sleep 0.2
vfree wide03
sleep 0.2
vfree wide04
sleep 0.2
vfree wide05
sleep 0.2
vfree wide06
sleep 0.2
vfree wide07
sleep 0.2
vfree wide08
sleep 0.2
vfree wide09
sleep 0.2
vfree wide10
sleep 0.2
vfree wide11
sleep 0.2
vfree wide12
sleep 0.2
vfree wide13
sleep 0.2
vfree wide14
sleep 0.2
say Of 255 pages 227 are free, and what is left stands like the posts of a fence.
sleep 6

# This line fails with ENOSPC.
vmalloc big 128K
say 32 pages and a guard do not fit: the largest hole, after the last post, has 19.
sleep 6
say The same areas once more, but what stays comes first.
sleep 3
reset
vmalloc post01 4K
sleep 0.1
vmalloc post02 4K
sleep 0.1
vmalloc post03 4K
sleep 0.1
vmalloc post04 4K
sleep 0.1
vmalloc post05 4K
sleep 0.1
vmalloc post06 4K
sleep 0.1
vmalloc post07 4K
sleep 0.1
vmalloc post08 4K
sleep 0.1
vmalloc post09 4K
sleep 0.1
vmalloc post10 4K
sleep 0.1
vmalloc post11 4K
sleep 0.1
vmalloc post12 4K
sleep 0.1
vmalloc post13 4K
sleep 0.1
vmalloc post14 4K
sleep 0.1
vmalloc wide01 60K
sleep 0.1
vmalloc wide02 60K
sleep 0.1
vmalloc wide03 60K
sleep 0.1
vmalloc wide04 60K
sleep 0.1
vmalloc wide05 60K
sleep 0.1
vmalloc wide06 60K
sleep 0.1
vmalloc wide07 60K
sleep 0.1
vmalloc wide08 60K
sleep 0.1
vmalloc wide09 60K
sleep 0.1
vmalloc wide10 60K
sleep 0.1
vmalloc wide11 60K
sleep 0.1
vmalloc wide12 60K
sleep 0.1
vmalloc wide13 60K
sleep 0.1
vmalloc wide14 60K
sleep 0.1
vfree wide01
sleep 0.1
vfree wide02
sleep 0.1
vfree wide03
sleep 0.1
vfree wide04
sleep 0.1
vfree wide05
sleep 0.1
vfree wide06
sleep 0.1
vfree wide07
sleep 0.1
vfree wide08
sleep 0.1
vfree wide09
sleep 0.1
vfree wide10
sleep 0.1
vfree wide11
sleep 0.1
vfree wide12
sleep 0.1
vfree wide13
sleep 0.1
vfree wide14
sleep 0.1
say The posts are together, and all that is free is one hole.
sleep 4
vmalloc big 128K
say It fits. Which areas live long matters as much as how large they are.
