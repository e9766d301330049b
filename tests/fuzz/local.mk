# SPDX-License-Identifier: GPL-2.0-or-later

# Each fuzzer's corpus, with any compiler; see below.
FUZZ_NAMES = command image info listing replay trace vmallocinfo
CORPUS_TESTS = \
	%D%/corpus_command \
	%D%/corpus_image \
	%D%/corpus_info \
	%D%/corpus_listing \
	%D%/corpus_replay \
	%D%/corpus_trace \
	%D%/corpus_vmallocinfo
check_PROGRAMS += $(CORPUS_TESTS)

# The same fuzzer twice: with libFuzzer's main, and with one that reads files.
FUZZ_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS)
FUZZ_LIBS = libinfo.a libreplay.a libinput.a libshow.a libvmalloc.a libmachine.a $(GLIB_LIBS) $(INPUT_LIBS) -lm
FUZZERS = \
	%D%/fuzz_command \
	%D%/fuzz_image \
	%D%/fuzz_info \
	%D%/fuzz_listing \
	%D%/fuzz_replay \
	%D%/fuzz_trace \
	%D%/fuzz_vmallocinfo

tests_fuzz_corpus_command_SOURCES = %D%/fuzz_command.c %D%/replay_corpus.c
tests_fuzz_corpus_command_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_corpus_command_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_command_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_command_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_command_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_corpus_image_SOURCES = %D%/fuzz_image.c %D%/replay_corpus.c
tests_fuzz_corpus_image_CPPFLAGS = $(FUZZ_CPPFLAGS) $(FUSE_CFLAGS)
tests_fuzz_corpus_image_LDADD = libfs.a $(FUZZ_LIBS) $(FUSE_LIBS)
tests_fuzz_fuzz_image_CPPFLAGS = $(FUZZ_CPPFLAGS) $(FUSE_CFLAGS)
tests_fuzz_fuzz_image_LDADD = libfs.a $(FUZZ_LIBS) $(FUSE_LIBS)
tests_fuzz_fuzz_image_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_corpus_info_SOURCES = %D%/fuzz_info.c %D%/replay_corpus.c
tests_fuzz_corpus_info_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_corpus_info_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_info_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_info_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_info_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_corpus_listing_SOURCES = %D%/fuzz_listing.c %D%/replay_corpus.c
tests_fuzz_corpus_listing_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_corpus_listing_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_listing_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_listing_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_listing_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_corpus_replay_SOURCES = %D%/fuzz_replay.c %D%/replay_corpus.c
tests_fuzz_corpus_replay_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_corpus_replay_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_replay_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_replay_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_replay_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_corpus_trace_SOURCES = %D%/fuzz_trace.c %D%/replay_corpus.c
tests_fuzz_corpus_trace_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_corpus_trace_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_trace_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_trace_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_trace_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_corpus_vmallocinfo_SOURCES = %D%/fuzz_vmallocinfo.c %D%/replay_corpus.c
tests_fuzz_corpus_vmallocinfo_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_corpus_vmallocinfo_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_vmallocinfo_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_vmallocinfo_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_vmallocinfo_LDFLAGS = -fsanitize=fuzzer

# make fuzz FUZZ_SECONDS=300 FUZZ_NAMES=command
if FUZZING
fuzz: $(FUZZERS)
	@FUZZ_SECONDS='$(FUZZ_SECONDS)' $(BASH) $(srcdir)/%D%/fuzz.sh $(FUZZ_NAMES)

# Takes what they found over into the source tree, as far as it is new.
fuzz-merge: $(FUZZERS)
	@FUZZ_MERGE=1 $(BASH) $(srcdir)/%D%/fuzz.sh $(FUZZ_NAMES)
else
fuzz fuzz-merge:
	@echo "make $@ needs: ./configure CC=clang --enable-fuzzing" >&2; exit 1
endif

.PHONY: fuzz fuzz-merge
EXTRA_PROGRAMS += $(FUZZERS)
CLEANFILES += $(FUZZERS)
if KDUMPFILE
FUZZ_NAMES += dump
CORPUS_TESTS += %D%/corpus_dump
FUZZERS += %D%/fuzz_dump
tests_fuzz_corpus_dump_SOURCES = %D%/fuzz_dump.c %D%/replay_corpus.c
tests_fuzz_corpus_dump_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_corpus_dump_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_dump_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_dump_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_dump_LDFLAGS = -fsanitize=fuzzer
endif

noinst_HEADERS += %D%/fuzz.h %D%/fuzz_file.h %D%/fuzz_machine.h
EXTRA_DIST += %D%/corpus %D%/fuzz.sh
