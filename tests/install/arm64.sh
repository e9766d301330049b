#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The core, the examples and the model test on a processor of another kind, under qemu-user.
. "$(dirname "$0")/lib.sh"
requires_tools aarch64-linux-gnu-gcc qemu-aarch64-static
echo '#include <stdio.h>' >"$tmp/try.c"
requires aarch64-linux-gnu-gcc -fsyntax-only "$tmp/try.c" # its C library is a package of its own
MODEL_OPS=2000
core_with aarch64-linux-gnu-gcc qemu-aarch64-static
