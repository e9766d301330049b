# SPDX-License-Identifier: GPL-2.0-or-later

noinst_LIBRARIES += libreplay.a
libreplay_a_CPPFLAGS = $(AM_CPPFLAGS) -Isrc/replay/page $(GLIB_CFLAGS)
libreplay_a_SOURCES = \
	%D%/batch.c \
	%D%/chrome.c \
	%D%/chrome.h \
	%D%/crew.c \
	%D%/crew.h \
	%D%/events.c \
	%D%/failures.c \
	%D%/failures.h \
	%D%/follow.c \
	%D%/follow.h \
	%D%/live.c \
	%D%/live.h \
	%D%/trace_moment.c \
	%D%/trace_moment.h \
	%D%/output_name.c \
	%D%/output_name.h \
	%D%/preload.c \
	%D%/replay.c \
	%D%/replay.h \
	%D%/replay_options.c \
	%D%/replay_options.h \
	%D%/report.c \
	%D%/report.h \
	%D%/report_callers.c \
	%D%/report_callers.h \
	%D%/report_columns.c \
	%D%/report_columns.h \
	%D%/report_diff.c \
	%D%/report_diff.h \
	%D%/report_failures.c \
	%D%/report_failures.h \
	%D%/report_file.c \
	%D%/report_file.h \
	%D%/report_followed.c \
	%D%/report_followed.h \
	%D%/report_moment.c \
	%D%/report_moment.h \
	%D%/run.c \
	%D%/run.h \
	%D%/run_figures.c \
	%D%/run_holes.c \
	%D%/run_holes.h \
	%D%/seen.c \
	%D%/seen.h \
	%D%/series.c \
	%D%/series.h \
	%D%/side_by_side.c \
	%D%/side_by_side.h \
	%D%/span.c \
	%D%/story.c \
	%D%/story.h \
	%D%/story_page.c \
	%D%/story_page.h \
	%D%/timeline.c \
	%D%/timeline.h

# The page of --html, as C strings.  It shares some of its parts with map.html.
REPLAY_PAGE_FILES = \
	%D%/page/replay.html \
	%D%/page/replay.css \
	%D%/page/rows.js \
	%D%/page/replay.js
EXTRA_DIST += $(REPLAY_PAGE_FILES)
CLEANFILES += %D%/page/replay_page.h

nodist_libreplay_a_SOURCES = %D%/page/replay_page.h
%D%/page/replay_page.h: $(REPLAY_PAGE_FILES) $(PAGE_FILES) src/show/page/embed.awk
	$(AM_V_GEN)$(MKDIR_P) %D%/page && \
	$(AWK) -v dir=$(srcdir)/%D%/page -f $(srcdir)/src/show/page/embed.awk \
		$(srcdir)/%D%/page/replay.html >$@.tmp && mv $@.tmp $@
%D%/libreplay_a-story_page.$(OBJEXT): %D%/page/replay_page.h

bin_PROGRAMS += vmallocfs-replay
vmallocfs_replay_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS)
vmallocfs_replay_SOURCES = %D%/vmallocfs_replay.c
vmallocfs_replay_LDADD = libreplay.a libinput.a libshow.a $(CORE_LIBS) \
	$(GLIB_LIBS) $(INPUT_LIBS) -lm
vmallocfs_replay_LDFLAGS = $(CORE_LDFLAGS)
