# SPDX-License-Identifier: GPL-2.0-or-later

dist_bin_SCRIPTS += %D%/vmallocfs-quiz
