#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A program that looks at a name while ctl makes the file sees it whole or not at all:
# the kernel would believe a size of 0 for an hour.
. "$(dirname "$0")/lib.sh"
requires python3 -c ''
start_fs -o memory=256M
cd "$mnt"
cat >"$tmp/look.py" <<'EOF'
import os, sys, time

end = time.monotonic() + 4

def look():
    try:
        os.stat("a")
    except FileNotFoundError:
        pass

def command(ctl):
    os.write(ctl, b"vmalloc a 256K\n")
    size = os.stat("a").st_size
    if size != 262144:
        sys.exit("a size of %d" % size)
    os.write(ctl, b"vfree a\n")

ctl = os.open("ctl", os.O_WRONLY)
while time.monotonic() < end:
    command(ctl) if sys.argv[1] == "command" else look()
EOF
python3 "$tmp/look.py" look &
looker=$!
python3 "$tmp/look.py" command
wait $looker
cd /
stop_fs
