# SPDX-License-Identifier: GPL-2.0-or-later

libvmalloc_a_SOURCES += \
	%D%/gapcheck.c \
	%D%/gapfit.c \
	%D%/gapnode.c \
	%D%/gapnode.h \
	%D%/gapsize.c \
	%D%/gapsize.h \
	%D%/gapsort.c \
	%D%/gapspan.c \
	%D%/gaptree.c \
	%D%/gaptree.h \
	%D%/gapwalk.c \
	%D%/kernelbalance.c \
	%D%/kernelcheck.c \
	%D%/kernelkeep.c \
	%D%/kernelnode.h \
	%D%/kerneltree.c \
	%D%/kerneltree.h \
	%D%/pools.c \
	%D%/pools.h
