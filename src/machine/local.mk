# SPDX-License-Identifier: GPL-2.0-or-later

noinst_LIBRARIES += libmachine.a
libmachine_a_SOURCES = \
	%D%/address_map.c \
	%D%/address_map.h \
	%D%/alone.c \
	%D%/bitmap.h \
	%D%/buddy.c \
	%D%/cache.c \
	%D%/cache.h \
	%D%/cpu.c \
	%D%/fault.c \
	%D%/frames_state.c \
	%D%/giveback.c \
	%D%/hostmem.c \
	%D%/hostmem.h \
	%D%/inject.c \
	%D%/kmalloc.c \
	%D%/lock.h \
	%D%/log.c \
	%D%/log.h \
	%D%/machine.c \
	%D%/machine_state.c \
	%D%/moment.c \
	%D%/moment_copy.c \
	%D%/moment.h \
	%D%/page.c \
	%D%/page_check.c \
	%D%/pgmap.c \
	%D%/pgtable.c \
	%D%/plain.c \
	%D%/phys.c \
	%D%/processor.h \
	%D%/shootdown.c \
	%D%/shortage.c \
	%D%/slab.c \
	%D%/slab.h \
	%D%/source.c \
	%D%/state.c \
	%D%/tlb.c \
	%D%/tlb.h \
	%D%/trace.c \
	%D%/trace.h \
	%D%/version.c \
	%D%/zone.h
