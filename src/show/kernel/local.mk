# SPDX-License-Identifier: GPL-2.0-or-later

libshow_a_CPPFLAGS += -I%D% -DGDB_SCRIPT='"$(gdbscriptdir)/vmallocfs-gdb.py"'
libshow_a_SOURCES += \
	%D%/kernel_data.c \
	%D%/kernel_elf.c \
	%D%/kernel_image.c \
	%D%/kernel_image.h \
	%D%/image_types.h \
	%D%/vmlinux.c
EXTRA_DIST += %D%/image_structs.h %D%/kernel.c %D%/kernel.lds

# gdb trusts scripts in this folder, if it was itself installed below the same one.
gdbscriptdir = $(datadir)/gdb/auto-load
dist_gdbscript_DATA = %D%/vmallocfs-gdb.py

# What the simulated kernel's image is made with, on any host; KERNEL_CC is configure's.
KERNEL_CFLAGS = -std=gnu11 -g -gdwarf-4 -fno-eliminate-unused-debug-types -O0 -ffreestanding -fno-pic \
	-fno-asynchronous-unwind-tables -fno-stack-protector -fcf-protection=none
KERNEL_LINK = -nostdlib -static -Wl,--build-id=sha1 -Wl,-z,max-page-size=4096

# For each width of addresses: what makes it, and where it begins (image_types.h).
KERNEL_64 = -mcmodel=kernel -Wl,--defsym=image_start=0xffffffff81000000
KERNEL_32 = -m32 -Wl,--defsym=image_start=0x10000000

if KERNEL_IMAGE
CLEANFILES += %D%/kernel.elf %D%/kernel_elf.h
nodist_libshow_a_SOURCES += %D%/kernel_elf.h

# The debug information says src/, wherever the sources are.
kernel_sources = %D%/kernel.c %D%/image_types.h %D%/image_structs.h %D%/kernel.lds
make_kernel = $(MKDIR_P) %D% && \
	$(KERNEL_CC) $(KERNEL_CFLAGS) -ffile-prefix-map=$(srcdir)/= $(KERNEL_LINK) \
		-Wl,-T,$(srcdir)/%D%/kernel.lds -o $@ $(srcdir)/%D%/kernel.c
%D%/kernel.elf: $(kernel_sources)
	$(AM_V_GEN)$(make_kernel) $(KERNEL_64)
%D%/kernel_elf.h: %D%/kernel.elf
	$(AM_V_GEN)od -An -v -t x1 %D%/kernel.elf | sed 's/ \(..\)/0x\1,/g' >$@.tmp && mv $@.tmp $@
%D%/libshow_a-kernel_elf.$(OBJEXT): %D%/kernel_elf.h
endif

if KERNEL_IMAGE_32
CLEANFILES += %D%/kernel32.elf %D%/kernel_elf32.h
nodist_libshow_a_SOURCES += %D%/kernel_elf32.h

%D%/kernel32.elf: $(kernel_sources)
	$(AM_V_GEN)$(make_kernel) $(KERNEL_32)
%D%/kernel_elf32.h: %D%/kernel32.elf
	$(AM_V_GEN)od -An -v -t x1 %D%/kernel32.elf | sed 's/ \(..\)/0x\1,/g' >$@.tmp && mv $@.tmp $@
%D%/libshow_a-kernel_elf.$(OBJEXT): %D%/kernel_elf32.h
endif
