#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes ./configure, as it comes with a release.  Needs autoconf, automake and
# pkg-config.
cd "$(dirname "$0")" && exec autoreconf -i
