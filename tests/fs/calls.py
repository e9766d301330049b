# SPDX-License-Identifier: GPL-2.0-or-later
"""For gdb: notes each call of some functions, inlined ones included.

reached.sh starts it with these variables of the environment:
  CALLS_FUNCTIONS   their names, separated by blanks
  CALLS_LOG         a file; each call becomes a line with the function's name
  CALLS_END         when a file of this name exists, the next call ends it
  CALLS_PROGRAM     a program and its arguments, which ends when each function was
                    called; without it gdb is attached to a process already

It writes "ready" to the log before the process goes on.
"""

import os
import gdb

functions = os.environ["CALLS_FUNCTIONS"].split()
log = os.open(os.environ["CALLS_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
end = os.environ.get("CALLS_END")
program = os.environ.get("CALLS_PROGRAM")
missing = set(functions)


class Call(gdb.Breakpoint):
    """Is met and never stops anything, except at the very end."""

    def __init__(self, function):
        super().__init__(function, internal=True)
        self.function = function

    def stop(self):
        os.write(log, (self.function + "\n").encode())
        missing.discard(self.function)
        return not missing if program else os.path.exists(end)


gdb.execute("set pagination off")
gdb.execute("set confirm off")
# A program may lack some of the functions, but not the symbols of all.
known = [name for name in functions if gdb.lookup_global_symbol(name)]
if not known:
    os.write(log, b"there are no debugging symbols\n")
    gdb.execute("quit 1")
for name in known:
    Call(name)
os.write(log, b"ready\n")
gdb.execute("run " + program if program else "continue")
if gdb.selected_inferior().pid:
    gdb.execute("kill" if program else "detach")
