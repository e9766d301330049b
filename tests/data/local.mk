# SPDX-License-Identifier: GPL-2.0-or-later

EXTRA_DIST += \
	%D%/README \
	%D%/buddyinfo-linux-6.1.txt \
	%D%/iomem-linux-6.1.txt \
	%D%/lazy-window-seed1.ops \
	%D%/map-empty-80.txt \
	%D%/map-kinds-40.txt \
	%D%/map-kinds-60-ascii.txt \
	%D%/map-kinds-80.txt \
	%D%/map-linux-120-ascii.txt \
	%D%/map-linux-80.txt \
	%D%/meminfo-linux-6.1.txt \
	%D%/page_tables-linux-6.1.txt \
	%D%/placement-window-seed1.ops \
	%D%/show-status.txt \
	%D%/show-vmallocinfo.txt \
	%D%/vmallocinfo-linux-6.1.txt \
	%D%/zoneinfo-linux-6.1.txt
