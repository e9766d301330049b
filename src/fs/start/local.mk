# SPDX-License-Identifier: GPL-2.0-or-later

libfs_a_SOURCES += \
	%D%/boot_knobs.c \
	%D%/boot_knobs.h \
	%D%/fs.c \
	%D%/fs.h \
	%D%/hostlimit.c \
	%D%/hostlimit.h \
	%D%/lists.c \
	%D%/lists.h \
	%D%/mountpoint.c \
	%D%/mountpoint.h \
	%D%/options.c \
	%D%/options.h \
	%D%/restore_image.c \
	%D%/restore_image.h \
	%D%/tree.c \
	%D%/tree.h

bin_PROGRAMS += vmallocfs
vmallocfs_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS) $(FUSE_CFLAGS)
vmallocfs_SOURCES = %D%/vmallocfs.c
vmallocfs_LDADD = libfs.a libinput.a libshow.a $(CORE_LIBS) \
	$(GLIB_LIBS) $(FUSE_LIBS) $(INPUT_LIBS)
vmallocfs_LDFLAGS = $(CORE_LDFLAGS)
