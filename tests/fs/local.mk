# SPDX-License-Identifier: GPL-2.0-or-later

# One behaviour a file; each mounts for itself.
FS_TESTS = \
	%D%/access.sh \
	%D%/anyoffset.sh \
	%D%/arch.sh \
	%D%/attributes.sh \
	%D%/baddump.sh \
	%D%/badinput.sh \
	%D%/badload.sh \
	%D%/callers.sh \
	%D%/check.sh \
	%D%/consequences.sh \
	%D%/contents.sh \
	%D%/copyin.sh \
	%D%/core_runs.sh \
	%D%/cpu.sh \
	%D%/create.sh \
	%D%/ctl.sh \
	%D%/ctl_cpu.sh \
	%D%/ctl_names.sh \
	%D%/ctl_rename.sh \
	%D%/ctl_sizes.sh \
	%D%/ctl_sleep.sh \
	%D%/ctl_twins.sh \
	%D%/damage.sh \
	%D%/descriptors.sh \
	%D%/enough.sh \
	%D%/experiments.sh \
	%D%/fallocate.sh \
	%D%/faults.sh \
	%D%/fixed.sh \
	%D%/grow.sh \
	%D%/heldopen.sh \
	%D%/history.sh \
	%D%/hostend.sh \
	%D%/hostmem.sh \
	%D%/image_changes.sh \
	%D%/image_listed.sh \
	%D%/init_on_alloc.sh \
	%D%/inodes.sh \
	%D%/ioremap.sh \
	%D%/kcore.sh \
	%D%/kcore_drgn.sh \
	%D%/kcore_gdb.sh \
	%D%/kinds.sh \
	%D%/kmem.sh \
	%D%/kmsg.sh \
	%D%/knobs.sh \
	%D%/lazy.sh \
	%D%/load.sh \
	%D%/loaded.sh \
	%D%/loop.sh \
	%D%/lseek.sh \
	%D%/map_html.sh \
	%D%/map_beside.sh \
	%D%/map_looks.sh \
	%D%/map_past.sh \
	%D%/map_svg.sh \
	%D%/map_txt.sh \
	%D%/mem.sh \
	%D%/mount8.sh \
	%D%/names.sh \
	%D%/node.sh \
	%D%/node_files.sh \
	%D%/node_exporter.sh \
	%D%/nodevice.sh \
	%D%/nospace.sh \
	%D%/nothreads.sh \
	%D%/nowindows.sh \
	%D%/oneliners.sh \
	%D%/oom.sh \
	%D%/openflags.sh \
	%D%/options.sh \
	%D%/pae.sh \
	%D%/pae_image.sh \
	%D%/placement.sh \
	%D%/policy.sh \
	%D%/pools.sh \
	%D%/proc.sh \
	%D%/random_damage.sh \
	%D%/reached.sh \
	%D%/readonly.sh \
	%D%/readwrite.sh \
	%D%/rename.sh \
	%D%/restore.sh \
	%D%/restore_goes_on.sh \
	%D%/replay.sh \
	%D%/scenarios.sh \
	%D%/signals.sh \
	%D%/statfs.sh \
	%D%/spaces.sh \
	%D%/status.sh \
	%D%/status_json.sh \
	%D%/stress.sh \
	%D%/texts.sh \
	%D%/tlb_walk.sh \
	%D%/trace.sh \
	%D%/trace_files.sh \
	%D%/tree.sh \
	%D%/truncate.sh \
	%D%/unlink.sh \
	%D%/user.sh \
	%D%/vfree.sh \
	%D%/vmallocinfo.sh \
	%D%/vmap.sh \
	%D%/vmcore.sh \
	%D%/vmlinux.sh \
	%D%/walk.sh \
	%D%/whyfail.sh \
	%D%/xattr.sh

# Programs that these tests use.
FS_TEST_HELPERS = %D%/beside %D%/map %D%/stress %D%/sys
check_PROGRAMS += $(FS_TEST_HELPERS)

# The mount without optimisation at link time, in which each function can be counted.
check_PROGRAMS += %D%/plain_vmallocfs
tests_fs_plain_vmallocfs_CPPFLAGS = $(vmallocfs_CPPFLAGS)
tests_fs_plain_vmallocfs_SOURCES = src/fs/start/vmallocfs.c
tests_fs_plain_vmallocfs_LDADD = libfs.a libinput.a libshow.a libvmalloc.a libmachine.a \
	$(GLIB_LIBS) $(FUSE_LIBS) $(INPUT_LIBS)

if KDUMPFILE
check_PROGRAMS += tests/fs/kdump_read
tests_fs_kdump_read_CPPFLAGS = $(KDUMPFILE_CFLAGS)
tests_fs_kdump_read_LDADD = $(KDUMPFILE_LIBS)
check_PROGRAMS += tests/fs/tlb_walk
tests_fs_tlb_walk_CPPFLAGS = $(KDUMPFILE_CFLAGS)
tests_fs_tlb_walk_LDADD = -laddrxlat
endif
tests_fs_beside_LDADD =
tests_fs_map_LDADD =
tests_fs_stress_SOURCES = \
	%D%/stress.c \
	%D%/stress.h \
	%D%/stress_ctl.c \
	%D%/stress_damage.c \
	%D%/stress_files.c
tests_fs_stress_LDADD =
# Scripts start it for one call each.  A sanitizer would take longer to begin than the call.
tests_fs_sys_CFLAGS = -std=gnu11 $(WARN_CFLAGS)
tests_fs_sys_LDADD =

EXTRA_DIST += \
	$(FS_TESTS) \
	%D%/browser.py \
	%D%/calls.py \
	%D%/lib.sh \
	%D%/map_html.py \
	%D%/map_beside.py \
	%D%/map_looks.py \
	%D%/map_past.py \
	%D%/pixels.py
