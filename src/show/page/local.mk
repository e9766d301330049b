# SPDX-License-Identifier: GPL-2.0-or-later

libshow_a_SOURCES += %D%/map_html.c %D%/page_history.c %D%/page_history.h

# The page of map.html, as C strings.
PAGE_FILES = \
	%D%/map.html \
	%D%/map.css \
	%D%/carrier.js \
	%D%/space.js \
	%D%/dom.js \
	%D%/past.js \
	%D%/view.js \
	%D%/pointer.js \
	%D%/figures.js \
	%D%/hole.js \
	%D%/details.js \
	%D%/list.js \
	%D%/chart.js \
	%D%/panel.js \
	%D%/timeline.js \
	%D%/moment.js \
	%D%/live.js \
	%D%/guest.js \
	%D%/pairs.js \
	%D%/beside.js
EXTRA_DIST += %D%/embed.awk $(PAGE_FILES)
CLEANFILES += %D%/map_html_page.h

nodist_libshow_a_SOURCES += %D%/map_html_page.h
%D%/map_html_page.h: $(PAGE_FILES) %D%/embed.awk
	$(AM_V_GEN)$(MKDIR_P) %D% && \
	$(AWK) -v dir=$(srcdir)/%D% -f $(srcdir)/%D%/embed.awk \
		$(srcdir)/%D%/map.html >$@.tmp && mv $@.tmp $@
%D%/libshow_a-map_html.$(OBJEXT): %D%/map_html_page.h
