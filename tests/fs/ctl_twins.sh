#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ctl removes names while others write to files beside them, whose writes the
# coherence thread answers, and rename these files: no process waits for ever.
. "$(dirname "$0")/lib.sh"
requires python3 -c ''
start_fs -o memory=64M
cd "$mnt"
echo 'vmalloc vmalloc_user/u 64K' >ctl
ln vmalloc_user/u vmap/t
exec 7<>vmalloc_user/u # from here on the coherence thread answers writes to the twin

cat >"$tmp/threads.py" <<'EOF'
import os, threading, time

end = time.monotonic() + 4

def write():
    for name in ("vmap/t", "vmap/v"):
        try:
            fd = os.open(name, os.O_WRONLY)
        except OSError:
            continue
        for i in range(50):
            os.pwrite(fd, b"x" * 4096, 0)
        os.close(fd)

def rename():
    for pair in (("vmap/t", "vmap/v"), ("vmap/v", "vmap/t")):
        try:
            os.rename(*pair)
        except OSError:
            pass

ctl = os.open("ctl", os.O_WRONLY)

def command():
    os.write(ctl, b"vmap vmap/x vmalloc_user/u\n")
    os.stat("vmap/x")
    os.write(ctl, b"vfree vmap/x\n")

def work(act):
    while time.monotonic() < end:
        act()

threads = [threading.Thread(target=work, args=(act,), daemon=True)
           for act in (write, write, rename, rename, command)]
for t in threads:
    t.start()
for t in threads:
    t.join(60)
os._exit(any(t.is_alive() for t in threads))
EOF
timeout -k 10 60 python3 "$tmp/threads.py" 7<&- || fail "they wait for each other"
exec 7<&-
cd /
stop_fs
