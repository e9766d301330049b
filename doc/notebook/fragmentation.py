#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# %% [markdown]
# # Fragmentation, measured while it happens
#
# This page mounts a machine with 4 MiB of vmalloc space, lets areas come and go under
# two policies, and draws how the free space falls into pieces.  Open it as a notebook
# (Jupyter with jupytext, VS Code, Spyder), or run it as a script:
#
#     python3 fragmentation.py [DIR]
#
# The pictures and the tables go to DIR, or to the current directory.  The programs
# vmallocfs and vmallocfs-replay must be in PATH.

# %%
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time

import matplotlib

if __name__ == "__main__" and "ipykernel" not in sys.modules:
    matplotlib.use("Agg")
import matplotlib.pyplot as plt

OUT = sys.argv[1] if len(sys.argv) > 1 and "ipykernel" not in sys.modules else "."
STEPS = int(os.environ.get("STEPS", "400"))
POLICIES = ["first-fit", "worst-fit"]


# %% [markdown]
# ## A machine that lasts as long as a block
#
# `vmallocfs -f` stays in the foreground, so that its end is the end of the machine.

# %%
class Machine:
    def __init__(self, **options):
        self.options = ",".join(f"{name}={value}" for name, value in options.items())

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="vmallocfs-notebook.")
        self.daemon = subprocess.Popen(["vmallocfs", "-f", "-o", self.options, self.dir])
        while not os.path.exists(self.path("status.json")):
            if self.daemon.poll() is not None:
                os.rmdir(self.dir)
                raise SystemExit("vmallocfs did not mount")
            time.sleep(0.01)
        return self

    def __exit__(self, *error):
        self.daemon.terminate()
        self.daemon.wait()
        os.rmdir(self.dir)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def figures(self):
        with open(self.path("status.json"), encoding="utf-8") as f:
            return json.load(f)["figures"]

    def set(self, knob, value):
        with open(self.path("sys/kernel/mm/vmalloc", knob), "w", encoding="ascii") as f:
            f.write(f"{value}\n")


# %% [markdown]
# ## The scenario
#
# About forty areas live at a time.  Most are small, every fifth is large.  Each step is a
# command of `ctl`; the same words are a trace that vmallocfs-replay reads.

# %%
def scenario(steps, seed=1):
    rng = random.Random(seed)
    living = []
    for i in range(steps):
        if len(living) > 25 + rng.randrange(30):
            yield f"vfree {living.pop(rng.randrange(len(living)))}"
        else:
            living.append(f"a{i}")
            size = rng.randrange(4, 64) if rng.randrange(5) else rng.randrange(128, 512)
            yield f"vmalloc a{i} {size}K"


def run(policy, commands):
    """The figures after each step, and how many steps found no place."""
    rows, failed = [], 0
    with Machine(memory="64M", vmalloc="4M") as m:
        m.set("policy", policy)
        missing = set()
        for command in commands:
            word, name = command.split()[:2]
            if word == "vfree" and name in missing:
                continue
            try:
                with open(m.path("ctl"), "w", encoding="ascii") as ctl:
                    ctl.write(command + "\n")
            except OSError:
                failed += 1
                missing.add(name)
            rows.append(m.figures())
    return rows, failed


commands = list(scenario(STEPS))
results = {policy: run(policy, commands) for policy in POLICIES}

# %% [markdown]
# ## What it looked like
#
# The upper picture has what is free, and the largest hole in it.  An allocation fails
# when the largest hole is smaller than it, however much is free.

# %%
fig, (space, frag) = plt.subplots(2, 1, sharex=True, figsize=(9, 6))
for color, (policy, (rows, failed)) in zip(("tab:blue", "tab:red"), results.items()):
    kib = [[row[key] / 1024 for row in rows] for key in ("free", "largest_hole")]
    space.plot(kib[0], color=color, linestyle=":", label=f"{policy}: free")
    space.plot(kib[1], color=color, label=f"{policy}: largest hole")
    frag.plot([row["fragmentation"] for row in rows], color=color, label=f"{policy}, {failed} failed")
space.set_ylabel("KiB")
frag.set_ylabel("fragmentation")
frag.set_xlabel("step")
space.legend()
frag.legend()
fig.tight_layout()
fig.savefig(os.path.join(OUT, "fragmentation.png"), dpi=100)

# %% [markdown]
# ## All policies
#
# The same commands as a trace: vmallocfs-replay runs them under each policy, and its CSV
# has a row for each.

# %%
trace = os.path.join(OUT, "fragmentation.trace")
with open(trace, "w", encoding="ascii") as f:
    f.write("\n".join(commands) + "\n")
report = subprocess.run(
    ["vmallocfs-replay", "--policy=all", "--vmalloc=4M", "--csv", trace],
    check=True, stdout=subprocess.PIPE, text=True)
policies = list(csv.DictReader(report.stdout.splitlines()))
for row in policies:
    print(f"{row['policy']:12} {row['failures']:>4} failed, "
          f"fragmentation of the span {float(row['span_fragmentation_mean']):.2f}")

fig, axes = plt.subplots(figsize=(9, 3.5))
axes.barh([row["policy"] for row in policies], [int(row["failures"]) for row in policies])
axes.invert_yaxis()
axes.set_xlabel("allocations that found no place")
fig.tight_layout()
fig.savefig(os.path.join(OUT, "policies.png"), dpi=100)

# %% [markdown]
# The mount and the replay are two programs over the same core: they agree.

# %%
replayed = {row["policy"]: int(row["failures"]) for row in policies}
for policy, (rows, failed) in results.items():
    assert replayed[policy] == failed, (policy, replayed[policy], failed)
print("the mount and the replay agree")
