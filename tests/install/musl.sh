#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The core needs no glibc: musl's compiler builds it, the examples and the model test, and
# they run.  So the code that stands in for what only glibc has (src/machine/lock.h) is run.
. "$(dirname "$0")/lib.sh"
requires_tools musl-gcc
core_with musl-gcc
