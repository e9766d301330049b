# SPDX-License-Identifier: GPL-2.0-or-later
#
# The core as programs link it.  Where the compiler can optimise at link time, the two
# lower layers are compiled once more for that, and each program inlines across their
# files.  The archives stay as they are: tests link them, and others do.

if LTO
EXTRA_LIBRARIES += libcore_lto.a
libcore_lto_a_SOURCES = $(libmachine_a_SOURCES) $(libvmalloc_a_SOURCES)
libcore_lto_a_CFLAGS = $(AM_CFLAGS) $(LTO_CFLAGS) -fvisibility=hidden
# The objects themselves, because an archive of them would need an ar of its own.
CORE_LIBS = $(libcore_lto_a_OBJECTS)
CORE_LDFLAGS = $(LTO_CFLAGS)
else
CORE_LIBS = libvmalloc.a libmachine.a
CORE_LDFLAGS =
endif
