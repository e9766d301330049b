#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The core, its examples, the model test and unit tests on a processor of another kind, under
# qemu-user.  PACKAGES=whole runs the unit tests of both layers, which takes minutes; else
# those of the machine run alone.
. "$(dirname "$0")/lib.sh"
requires_tools aarch64-linux-gnu-gcc qemu-aarch64-static
echo '#include <stdio.h>' >"$tmp/try.c"
requires aarch64-linux-gnu-gcc -fsyntax-only "$tmp/try.c" # its C library is a package of its own
MODEL_OPS=2000
core_with aarch64-linux-gnu-gcc qemu-aarch64-static

# The unit tests need libcheck for that processor.  Debian's package of it cannot be installed
# beside the host's, so it is fetched and unpacked here.
requires_tools dpkg-deb dpkg-query
fetch=/usr/lib/apt/apt-helper
[ -x $fetch ] || skip "the unit tests need apt, which fetches libcheck for arm64"
pool=${VMALLOCFS_POOL:-http://deb.debian.org/debian/pool/main}

# foreign PATH-IN-POOL PACKAGE: unpacks the package of arm64 whose version the host has.
foreign() {
	local version file
	version=$(dpkg-query -W -f '${Version}' "$2" 2>/dev/null) || skip "the unit tests need $2"
	file=$2_${version#*:}_arm64.deb
	(cd "$tmp" && timeout 60 $fetch download-file "$pool/$1/$file" "$tmp/$file" >/dev/null 2>&1) ||
		skip "the unit tests need $file, which cannot be fetched"
	dpkg-deb -x "$tmp/$file" "$tmp/arm64"
}
foreign c/check check
foreign s/subunit libsubunit-dev

# The names in a list of tests/unit/local.mk, without those that need a library.
names_in() {
	sed -n "/^$1 = /,/[^\\\\]\$/s,.*%D%/check_\([a-z_0-9]*\).*,\1,p" "$top_srcdir/tests/unit/local.mk"
}
tests=$(names_in MACHINE_TESTS)
[ "${PACKAGES-}" != whole ] || tests+=" $(names_in VMALLOC_TESTS)"
wraps=$(sed -n 's/^tests_unit_check_locks_LDFLAGS = .*\(-Wl,--wrap=.*\)/\1/p' "$top_srcdir/tests/unit/local.mk")

compile="aarch64-linux-gnu-gcc -std=gnu11 -O1 -pthread -D_GNU_SOURCE -I$top_srcdir/include"
compile+=" -I$top_srcdir/src -I$top_srcdir/tests -I$tmp/arm64/usr/include"
libs="-L$tmp/arm64/usr/lib/aarch64-linux-gnu -lcheck -lsubunit -lm -lrt"

# one TEST: its last line says how it went.
cat >one <<END
test=\$1 wraps=
[ \$test != locks ] || wraps="$wraps"
$compile \$wraps -static "$top_srcdir/tests/unit/check_\$test.c" libvmallocfs.a $libs -o "check_\$test" 2>"\$test.log" ||
	{ tail -n 5 "\$test.log"; echo "\$test: it cannot be built"; exit 0; }
qemu-aarch64-static "./check_\$test" >"\$test.log" 2>&1
status=\$?
grep '^not ok' "\$test.log"
echo "\$test: status \$status, \$(grep -c '^ok' "\$test.log") passed"
END
# What a machine above 64G needs of addresses and of time is too much for an emulated processor.
# Of points that a test tries one after the other, each fiftieth will do.
export CK_EXCLUDE_TAGS=above64G CK_TIMEOUT_MULTIPLIER=40 srcdir=$top_srcdir
export VMALLOCFS_OPS=${UNIT_OPS-300} VMALLOCFS_STRIDE=${UNIT_STRIDE-50}
echo "skipped: $(grep -l above64G "$top_srcdir"/tests/unit/check_*.c | xargs -n 1 basename), what has the tag above64G"
# shellcheck disable=SC2086 # a list of words
printf '%s\n' $tests | xargs -P "$(nproc)" -I{} sh one {} >said
cat said
is "$(grep -c ': status 0, [1-9][0-9]* passed$' said)" "$(wc -w <<<"$tests")" "tests that passed"
