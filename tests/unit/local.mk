# SPDX-License-Identifier: GPL-2.0-or-later
#
# A new unit test is one line, in the list of the layer that it tests.  It is
# compiled with that layer's flags, and links that layer and those below it,
# nothing above.

MACHINE_TESTS = \
	%D%/check_buddy \
	%D%/check_cpu \
	%D%/check_cpu_walk \
	%D%/check_fault \
	%D%/check_log \
	%D%/check_machine \
	%D%/check_page \
	%D%/check_pgmap \
	%D%/check_pgtable \
	%D%/check_tlb

# Another walk over the same tables, where the library of debuggers is there.
if KDUMPFILE
MACHINE_TESTS += %D%/check_addrxlat
endif

VMALLOC_TESTS = \
	%D%/check_address_map \
	%D%/check_access \
	%D%/check_area \
	%D%/check_check \
	%D%/check_churn \
	%D%/check_enough \
	%D%/check_gaprandom \
	%D%/check_gapsmall \
	%D%/check_gaptree \
	%D%/check_follow \
	%D%/check_generation \
	%D%/check_history \
	%D%/check_hostmem \
	%D%/check_kerneltree \
	%D%/check_lazy \
	%D%/check_locks \
	%D%/check_map \
	%D%/check_moment \
	%D%/check_noroom \
	%D%/check_nth \
	%D%/check_pae \
	%D%/check_pae_tables \
	%D%/check_page_array \
	%D%/check_policy \
	%D%/check_pools \
	%D%/check_resize \
	%D%/check_resize_fails \
	%D%/check_restore \
	%D%/check_small_print \
	%D%/check_user \
	%D%/check_vfree \
	%D%/check_vmalloc \
	%D%/check_vmap

INPUT_TESTS = \
	%D%/check_command \
	%D%/check_kallsyms \
	%D%/check_listing \
	%D%/check_listing_bad \
	%D%/check_listing_text \
	%D%/check_replay_input \
	%D%/check_replay_trace

# Dumps need a library that not everybody has.
if KDUMPFILE
INPUT_TESTS += %D%/check_dump %D%/check_dump_lacks %D%/check_dump_tables
endif

SHOW_TESTS = \
	%D%/check_extfrag \
	%D%/check_figures \
	%D%/check_iomem \
	%D%/check_image \
	%D%/check_json \
	%D%/check_kcore \
	%D%/check_layout \
	%D%/check_load \
	%D%/check_load_bad \
	%D%/check_map_svg \
	%D%/check_map_txt \
	%D%/check_meminfo \
	%D%/check_pae_show \
	%D%/check_ptdump \
	%D%/check_ptdump_bad \
	%D%/check_show \
	%D%/check_trace \
	%D%/check_vmcore \
	%D%/check_words \
	%D%/check_zoneinfo

if KDUMPFILE
SHOW_TESTS += %D%/check_load_dump
endif

REPLAY_TESTS = \
	%D%/check_replay \
	%D%/check_seen

INFO_TESTS = \
	%D%/check_info

REQUEST_TESTS = \
	%D%/check_hostlimit \
	%D%/check_loop \
	%D%/check_small_lock

UNIT_TESTS = \
	$(MACHINE_TESTS) \
	$(VMALLOC_TESTS) \
	$(INPUT_TESTS) \
	$(SHOW_TESTS) \
	$(REPLAY_TESTS) \
	$(INFO_TESTS) \
	$(REQUEST_TESTS)
check_PROGRAMS += $(UNIT_TESTS)

noinst_HEADERS += \
	%D%/dumps.h \
	%D%/frames.h \
	%D%/gapmodel.h \
	%D%/gaptwin.h \
	%D%/kinds.h \
	%D%/linuxmodel.h \
	%D%/listings.h \
	%D%/loads.h \
	%D%/loopmount.h \
	%D%/ptdump.h \
	%D%/random_tables.h \
	%D%/recording.h \
	%D%/resizing.h \
	%D%/scenes.h \
	%D%/kept_image.h \
	%D%/space.h \
	%D%/tables.h \
	%D%/texts.h \
	%D%/unit.h

MACHINE_TEST_LIBS = libmachine.a $(CHECK_LIBS)
VMALLOC_TEST_LIBS = libvmalloc.a $(MACHINE_TEST_LIBS)
INPUT_TEST_LIBS = libinput.a $(VMALLOC_TEST_LIBS) \
	$(GLIB_LIBS) $(INPUT_LIBS)
SHOW_TEST_LIBS = libinput.a libshow.a $(VMALLOC_TEST_LIBS) \
	$(GLIB_LIBS) $(INPUT_LIBS)
REPLAY_TEST_LIBS = libreplay.a libinput.a libshow.a $(VMALLOC_TEST_LIBS) \
	$(GLIB_LIBS) $(INPUT_LIBS) -lm
INFO_TEST_LIBS = libinfo.a libinput.a libshow.a $(VMALLOC_TEST_LIBS) \
	$(GLIB_LIBS) $(INPUT_LIBS) -lm
REQUEST_TEST_LIBS = libfs.a libinput.a libshow.a $(VMALLOC_TEST_LIBS) $(GLIB_LIBS) $(FUSE_LIBS)

# The layers' libraries and flags, as variables of the targets that need them.
$(MACHINE_TESTS:%=%$(EXEEXT)): LDADD = $(MACHINE_TEST_LIBS)
$(INPUT_TESTS:%=%$(EXEEXT)): LDADD = $(INPUT_TEST_LIBS)
$(SHOW_TESTS:%=%$(EXEEXT)): LDADD = $(SHOW_TEST_LIBS)
$(REPLAY_TESTS:%=%$(EXEEXT)): LDADD = $(REPLAY_TEST_LIBS)
$(INFO_TESTS:%=%$(EXEEXT)): LDADD = $(INFO_TEST_LIBS)
$(REQUEST_TESTS:%=%$(EXEEXT)): LDADD = $(REQUEST_TEST_LIBS)
$(INPUT_TESTS:%=%.$(OBJEXT)): LAYER_CPPFLAGS = $(GLIB_CFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS)
$(SHOW_TESTS:%=%.$(OBJEXT)): LAYER_CPPFLAGS = $(GLIB_CFLAGS)
$(REPLAY_TESTS:%=%.$(OBJEXT)): LAYER_CPPFLAGS = $(GLIB_CFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS)
$(REQUEST_TESTS:%=%.$(OBJEXT)): LAYER_CPPFLAGS = $(GLIB_CFLAGS) $(FUSE_CFLAGS)
$(INPUT_TESTS:%=%$(EXEEXT)): libinput.a
$(SHOW_TESTS:%=%$(EXEEXT)): libinput.a libshow.a
$(INFO_TESTS:%=%.$(OBJEXT)): LAYER_CPPFLAGS = $(GLIB_CFLAGS)
$(REPLAY_TESTS:%=%$(EXEEXT)): libreplay.a libinput.a libshow.a
$(INFO_TESTS:%=%$(EXEEXT)): libinfo.a libinput.a libshow.a
$(REQUEST_TESTS:%=%$(EXEEXT)): libfs.a libinput.a libshow.a
tests_unit_check_addrxlat_LDADD = $(MACHINE_TEST_LIBS) -laddrxlat
# It refuses threads and buffers.
tests_unit_check_loop_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pthread_create,--wrap=fuse_session_receive_buf
# It sees each lock that is taken, and each call of the index.
tests_unit_check_locks_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pthread_rwlock_rdlock,--wrap=pthread_rwlock_wrlock,--wrap=pthread_rwlock_unlock,--wrap=pthread_mutex_lock,--wrap=pthread_mutex_unlock,--wrap=gaptree_place,--wrap=gaptree_insert,--wrap=gaptree_remove,--wrap=gaptree_resize,--wrap=gaptree_replace,--wrap=gaptree_find,--wrap=gaptree_seek,--wrap=alloc_tables
