# SPDX-License-Identifier: GPL-2.0-or-later
#
# The core as a library: its headers, one archive of the two lower layers, and
# what pkg-config says about them.

pkginclude_HEADERS = \
	%D%/vmallocfs/cpu.h \
	%D%/vmallocfs/history.h \
	%D%/vmallocfs/machine.h \
	%D%/vmallocfs/page.h \
	%D%/vmallocfs/pgtable.h \
	%D%/vmallocfs/state.h \
	%D%/vmallocfs/types.h \
	%D%/vmallocfs/vmalloc.h

lib_LIBRARIES = libvmallocfs.a
libvmallocfs_a_SOURCES =
libvmallocfs_a_LIBADD = vmallocfs.$(OBJEXT)
CLEANFILES += vmallocfs.$(OBJEXT)

# One object, so that what the headers do not declare can be made local to it.
$(libmachine_a_OBJECTS) $(libvmalloc_a_OBJECTS): LAYER_CPPFLAGS = -fvisibility=hidden
vmallocfs.$(OBJEXT): $(libmachine_a_OBJECTS) $(libvmalloc_a_OBJECTS)
	$(AM_V_GEN)$(CC) $(CFLAGS) -fno-lto -nostdlib -r -o $@.tmp \
		$(libmachine_a_OBJECTS) $(libvmalloc_a_OBJECTS) && \
	$(OBJCOPY) --localize-hidden $@.tmp && mv $@.tmp $@

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = vmallocfs.pc
