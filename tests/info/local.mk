# SPDX-License-Identifier: GPL-2.0-or-later

# One program, nothing mounted.
INFO_SH_TESTS = \
	%D%/cases.sh \
	%D%/dumps.sh \
	%D%/options.sh \
	%D%/pictures.sh \
	%D%/series.sh

# The program as it is without libkdumpfile: what is said in place of reading dumps comes first.
check_PROGRAMS += %D%/info_without_dumps
tests_info_info_without_dumps_CPPFLAGS = $(vmallocfs_info_CPPFLAGS)
tests_info_info_without_dumps_SOURCES = src/info/vmallocfs_info.c src/input/dump/dump_absent.c
tests_info_info_without_dumps_LDADD = libinfo.a libinput.a libshow.a libvmalloc.a libmachine.a $(GLIB_LIBS) $(INPUT_LIBS) -lm

EXTRA_DIST += $(INFO_SH_TESTS) %D%/lib.sh
