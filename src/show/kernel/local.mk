# SPDX-License-Identifier: GPL-2.0-or-later

libshow_a_CPPFLAGS += -I%D% -DGDB_SCRIPT='"$(gdbscriptdir)/vmallocfs-gdb.py"'
libshow_a_SOURCES += \
	%D%/kernel_data.c \
	%D%/kernel_elf.c \
	%D%/kernel_image.c \
	%D%/kernel_image.h \
	%D%/image_types.h \
	%D%/vmlinux.c
EXTRA_DIST += %D%/kernel.c %D%/kernel.lds

# gdb trusts scripts in this folder, if it was itself installed below the same one.
gdbscriptdir = $(datadir)/gdb/auto-load
dist_gdbscript_DATA = %D%/vmallocfs-gdb.py

# What the simulated kernel's image is made with, on any host; KERNEL_CC is configure's.
KERNEL_CFLAGS = -std=gnu11 -g -gdwarf-4 -fno-eliminate-unused-debug-types -O0 -ffreestanding -fno-pic -mcmodel=kernel \
	-fno-asynchronous-unwind-tables -fno-stack-protector -fcf-protection=none
KERNEL_LINK = -nostdlib -static -Wl,--build-id=sha1 -Wl,-z,max-page-size=4096

if KERNEL_IMAGE
CLEANFILES += %D%/kernel.elf %D%/kernel_elf.h
nodist_libshow_a_SOURCES += %D%/kernel_elf.h

# The debug information says src/, wherever the sources are.
%D%/kernel.elf: %D%/kernel.c %D%/image_types.h %D%/kernel.lds
	$(AM_V_GEN)$(MKDIR_P) %D% && \
	$(KERNEL_CC) $(KERNEL_CFLAGS) -ffile-prefix-map=$(srcdir)/= $(KERNEL_LINK) \
		-Wl,-T,$(srcdir)/%D%/kernel.lds -o $@ $(srcdir)/%D%/kernel.c
%D%/kernel_elf.h: %D%/kernel.elf
	$(AM_V_GEN)od -An -v -t x1 %D%/kernel.elf | sed 's/ \(..\)/0x\1,/g' >$@.tmp && mv $@.tmp $@
%D%/libshow_a-kernel_elf.$(OBJEXT): %D%/kernel_elf.h
endif
