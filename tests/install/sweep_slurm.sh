#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vmallocfs-sweep --slurm: an array job of a Slurm that this test starts, on loopback
# alone and without systemd, and ends.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip "this needs root"
requires_tools slurmctld slurmd munged sbatch scontrol
# Elsewhere Slurm takes the processes of a job to be children of systemd.
export VMALLOCFS_REPLAY=$top_builddir/vmallocfs-replay
cd "$tmp"
chmod 755 .

# free_port: a port of loopback that nobody has now.
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
mkdir state spool log
head -c 1024 /dev/urandom >munge.key
chmod 400 munge.key
cat >slurm.conf <<EOF
ClusterName=sweep
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$tmp/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0
StateSaveLocation=$tmp/state
SlurmdSpoolDir=$tmp/spool
SlurmctldPidFile=$tmp/slurmctld.pid
SlurmdPidFile=$tmp/slurmd.pid
SlurmctldLogFile=$tmp/log/slurmctld
SlurmdLogFile=$tmp/log/slurmd
MpiDefault=none
ReturnToService=2
InactiveLimit=0
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=10 State=UP
EOF
export SLURM_CONF=$tmp/slurm.conf
daemons=()
end_daemons() {
	local pid i
	for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || :; done
	for pid in "${daemons[@]}"; do
		for ((i = 0; i < 1000; i++)); do
			kill -0 "$pid" 2>/dev/null || continue 2
			sleep 0.01
		done
		kill -9 "$pid" 2>/dev/null || :
	done
}
trap 'end_daemons; rm -rf --one-file-system "$tmp"' EXIT

munged --foreground --force --key-file=munge.key --socket="$tmp/munge.socket" --pid-file="$tmp/munged.pid" \
	--seed-file="$tmp/munge.seed" --log-file="$tmp/log/munged" >log/munged.out 2>&1 &
daemons+=($!)
# eventually COMMAND...: it succeeds within half a minute.
eventually() {
	local i
	for ((i = 0; i < 300; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	tail -n 5 log/* >&2
	fail "not so after 30 s: $*"
}
eventually test -S munge.socket
slurmctld -D -c >log/slurmctld.out 2>&1 &
daemons+=($!)
slurmd -D >log/slurmd.out 2>&1 &
daemons+=($!)
is_idle() { [ "$(sinfo -h -o %t)" = idle ]; }
eventually is_idle

cp "$top_srcdir/tests/data/placement-window-seed1.ops" good.ops
echo 'no event' >bad.ops
sweep() {
	timeout 300 "$top_srcdir/src/sweep/vmallocfs-sweep" --slurm --out=s --strict --policy=first-fit,best-fit \
		good.ops bad.ops 2>err
}
status=0
sweep || status=$?
is "$status" 1 "$(cat err log/slurmctld)"
grep -q '^vmallocfs-sweep: 2 of 4 runs have a report' err || fail "$(cat err; tail -n 20 log/*)"
ls s/slurm-1.log s/slurm-4.log >/dev/null || fail "tasks have no log"
# What failed alone goes into the next array, and reports are those of a plain replay.
cp good.ops bad.ops
sweep || fail "$(cat err)"
grep -q '^vmallocfs-sweep: 4 runs, 2 to do' err || fail "$(cat err)"
for policy in first-fit best-fit; do
	want=$("$VMALLOCFS_REPLAY" --csv --policy=$policy good.ops | sed -n 2p | cut -d, -f 1-6)
	is "$(grep -cF ",$want," s/sweep.csv)" 2 "$policy: $(cat s/sweep.csv)"
done
