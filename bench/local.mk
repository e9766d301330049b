# SPDX-License-Identifier: GPL-2.0-or-later

BENCHES = \
	%D%/bench_core \
	%D%/bench_image \
	%D%/bench_maps \
	%D%/bench_mount \
	%D%/bench_policy \
	%D%/bench_requests \
	%D%/bench_space \
	%D%/bench_windows \
	%D%/null_fs
EXTRA_PROGRAMS += $(BENCHES)
CLEANFILES += $(BENCHES)

bench_bench_core_LDADD = $(CORE_LIBS)
bench_bench_core_LDFLAGS = $(CORE_LDFLAGS)
bench_bench_policy_LDADD = $(CORE_LIBS)
bench_bench_policy_LDFLAGS = $(CORE_LDFLAGS)
bench_bench_maps_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS)
bench_bench_maps_LDADD = libshow.a $(CORE_LIBS) $(GLIB_LIBS)
bench_bench_maps_LDFLAGS = $(CORE_LDFLAGS)
bench_gen_trace_LDADD =
bench_bench_space_LDADD = $(CORE_LIBS)
bench_bench_space_LDFLAGS = $(CORE_LDFLAGS)
if KDUMPFILE
BENCHES += %D%/bench_dump
bench_bench_dump_CPPFLAGS = $(AM_CPPFLAGS) $(KDUMPFILE_CFLAGS)
bench_bench_dump_LDADD = $(KDUMPFILE_LIBS)
endif
bench_bench_image_LDADD =
bench_bench_mount_LDADD =
bench_bench_requests_LDADD =
bench_bench_windows_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS)
bench_bench_windows_LDADD = libshow.a libvmalloc.a libmachine.a $(GLIB_LIBS)
# It takes the time of these two, which have to be functions for that.
bench_bench_windows_LDFLAGS = -Wl,--wrap=vmlist_for_each,--wrap=vmlist_for_each_range
bench_null_fs_CPPFLAGS = $(AM_CPPFLAGS) $(FUSE_CFLAGS)
bench_null_fs_LDADD = $(FUSE_LIBS)

bench-programs: all
	$(MAKE) $(AM_MAKEFLAGS) $(BENCHES) %D%/gen_trace$(EXEEXT) \
		tests/replay/model_trace$(EXEEXT)

bench: bench-programs
	%D%/bench_space$(EXEEXT)
	%D%/bench_policy$(EXEEXT)
	%D%/bench_core$(EXEEXT)
	%D%/bench_maps$(EXEEXT)
	$(BASH) $(srcdir)/%D%/bench_mount.sh
	$(BASH) $(srcdir)/%D%/bench_requests.sh
	$(BASH) $(srcdir)/%D%/bench_ctl.sh
	$(BASH) $(srcdir)/%D%/bench_image.sh
	$(BASH) $(srcdir)/%D%/bench_listing.sh
	$(BASH) $(srcdir)/%D%/bench_windows.sh
	$(BASH) $(srcdir)/%D%/bench_dump.sh
	$(BASH) $(srcdir)/%D%/bench_gdb.sh
	$(BASH) $(srcdir)/%D%/bench_replay.sh

.PHONY: bench bench-programs
check_PROGRAMS += %D%/gen_trace
EXTRA_DIST += \
	%D%/RESULTS.md \
	%D%/bench_ctl.sh \
	%D%/bench_dump.sh \
	%D%/bench_gdb.sh \
	%D%/bench_image.sh \
	%D%/bench_listing.sh \
	%D%/bench_mount.sh \
	%D%/bench_replay.sh \
	%D%/bench_requests.sh \
	%D%/bench_windows.sh
