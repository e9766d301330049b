# SPDX-License-Identifier: GPL-2.0-or-later

include %D%/data/local.mk
include %D%/fs/local.mk
include %D%/fuzz/local.mk
include %D%/info/local.mk
include %D%/install/local.mk
include %D%/kernels/local.mk
include %D%/library/local.mk
include %D%/model/local.mk
include %D%/replay/local.mk
include %D%/unit/local.mk

STRUCTURE_TESTS = %D%/commit_msg.sh %D%/knots.sh %D%/layers.sh %D%/names.sh %D%/scripts.sh
TESTS = \
	$(STRUCTURE_TESTS) $(LIBRARY_TESTS) $(UNIT_TESTS) $(MODEL_TESTS) $(CORPUS_TESTS) $(FS_TESTS) \
	$(REPLAY_SH_TESTS) $(INFO_SH_TESTS) $(INSTALL_TESTS)
EXTRA_DIST += $(STRUCTURE_TESTS) %D%/errno_name.h %D%/mutants.sh %D%/mutants.txt %D%/scripts.py %D%/tsan.supp

LDADD = $(VMALLOC_TEST_LIBS)

# Unit tests speak TAP, scripts an exit status; 77 is "skipped".
TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TIME_LIMIT = timeout -k 10 900
LOG_COMPILER = $(TIME_LIMIT)
SH_LOG_COMPILER = $(TIME_LIMIT) $(BASH)
AM_TESTS_ENVIRONMENT = \
	CC='$(CC)'; TEST_CFLAGS='$(CFLAGS) $(SANITIZE_CFLAGS) $(LDFLAGS)'; export CC TEST_CFLAGS; \
	MALLOC_PERTURB_=$$(expr $$$$ % 255 + 1); export MALLOC_PERTURB_; \
	G_SLICE=always-malloc; export G_SLICE; \
	ASAN_OPTIONS=detect_stack_use_after_return=1:$$ASAN_OPTIONS; export ASAN_OPTIONS; \
	UBSAN_OPTIONS=print_stacktrace=1:$$UBSAN_OPTIONS; export UBSAN_OPTIONS; \
	TSAN_OPTIONS=halt_on_error=0:history_size=7:suppressions=$(abs_top_srcdir)/tests/tsan.supp:$$TSAN_OPTIONS; \
	export TSAN_OPTIONS;

# The unit tests once more, below valgrind, but for those that would take minutes there.
# valgrind runs one thread at a time: unless it is fair, one that spins keeps the others out.
check-valgrind:
	CK_TIMEOUT_MULTIPLIER=10 CK_EXCLUDE_TAGS=long VMALLOCFS_OPS=20000 \
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(UNIT_TESTS)' \
		LOG_COMPILER='$(TIME_LIMIT) $(VALGRIND) -q --fair-sched=yes --error-exitcode=99 \
			--leak-check=full --errors-for-leak-kinds=definite'

# What a build with --enable-tsan is for: the unit tests that start threads, those of what
# does so itself, and the stress test.  Nothing else is built.
check-tsan: vmallocfs tests/fs/stress
	threaded="$(CREW_TESTS) `cd $(srcdir) && grep -l pthread_create tests/unit/check_*.c | sed 's/\.c$$//' | tr '\n' ' '`"; \
	$(MAKE) $(AM_MAKEFLAGS) $$threaded && \
	CK_TIMEOUT_MULTIPLIER=10 $(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS="$$threaded tests/fs/stress.sh"
CREW_TESTS = tests/unit/check_replay tests/unit/check_seen

# What takes less than a minute; nothing is mounted.
check-quick:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(STRUCTURE_TESTS) $(LIBRARY_TESTS) $(UNIT_TESTS) $(EXTRA_TESTS)'

# What another compiler may get wrong: all that is not mounted, and two that are.
COMPILER_TESTS = $(LIBRARY_TESTS) $(UNIT_TESTS) $(MODEL_TESTS) $(CORPUS_TESTS) $(REPLAY_SH_TESTS) \
	$(INFO_SH_TESTS) tests/fs/stress.sh tests/fs/readwrite.sh
check-compiler:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(COMPILER_TESTS)'

.PHONY: check-compiler check-quick check-tsan check-valgrind
