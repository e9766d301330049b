# SPDX-License-Identifier: GPL-2.0-or-later

noinst_LIBRARIES += libfs.a
libfs_a_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS) $(FUSE_CFLAGS)
libfs_a_SOURCES =

include %D%/ctl/local.mk
include %D%/files/local.mk
include %D%/inode/local.mk
include %D%/requests/local.mk
include %D%/start/local.mk
include %D%/threads/local.mk
