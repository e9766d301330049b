# SPDX-License-Identifier: GPL-2.0-or-later

# One program, nothing mounted.
REPLAY_SH_TESTS = \
	%D%/bad.sh \
	%D%/dumps.sh \
	%D%/follow.sh \
	%D%/forms.sh \
	%D%/html.sh \
	%D%/inputs.sh \
	%D%/kernels.sh \
	%D%/memory.sh \
	%D%/model.sh \
	%D%/options.sh \
	%D%/outputs.sh \
	%D%/recordings.sh \
	%D%/report.sh \
	%D%/series.sh \
	%D%/span.sh

EXTRA_DIST += $(REPLAY_SH_TESTS) %D%/lib.sh %D%/html.py

check_PROGRAMS += %D%/model_trace
tests_replay_model_trace_LDADD =
