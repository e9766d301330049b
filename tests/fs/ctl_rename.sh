#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ctl makes and removes files under names that others rename at that moment, and
# of which the kernel knows other files, or none.
. "$(dirname "$0")/lib.sh"
requires python3 -c ''
start_fs -o memory=64M
cd "$mnt"

cat >"$tmp/work.py" <<'EOF'
import errno, os, sys, time

end = time.monotonic() + 4

def command(ctl):
    for name in (b"a", b"b"):
        try:
            os.write(ctl, b"vmalloc %s 4K\nvfree %s\n" % (name, name) * 30)
        except FileExistsError:
            os.write(ctl, b"resize %s 8K\n" % name)

def rename():
    os.close(os.open("a", os.O_CREAT | os.O_WRONLY))
    os.rename("a", "b")
    os.rename("b", "a")

ctl = os.open("ctl", os.O_WRONLY)
while time.monotonic() < end:
    try:
        command(ctl) if sys.argv[1] == "command" else rename()
    except OSError as e: # removed meanwhile; ESTALE: twice in one call
        if e.errno not in (errno.ENOENT, errno.ESTALE):
            raise
EOF
workers=()
for act in command command command rename rename rename; do
	python3 "$tmp/work.py" $act &
	workers+=($!)
done
for worker in "${workers[@]}"; do
	wait "$worker"
done

# What the kernel knows is what there is: a listing has the numbers of the moment.
for name in a b; do
	is "$(stat -c %i $name 2>/dev/null)" "$(ls -U1i | awk -v name=$name '$2 == name { print $1 }')"
done
echo reset >ctl
for name in a b; do
	expect_errno ENOENT stat $name size
done
is "$(key areas)" 0
is "$(knob check)" ok
cd /
stop_fs
