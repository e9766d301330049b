#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# prometheus-node-exporter reads our proc/ as if it were a kernel's.
. "$(dirname "$0")/lib.sh"
requires prometheus-node-exporter --version
start_fs -o memory=64M,nodes=2
truncate -s 1M "$mnt/a"

# proc/ lacks what other collectors read; only these three are turned on.
prometheus-node-exporter --path.procfs="$mnt/proc" --web.listen-address=127.0.0.1:0 \
	--collector.disable-defaults --web.disable-exporter-metrics \
	--collector.meminfo --collector.buddyinfo --collector.zoneinfo 2>"$tmp/exporter.log" &
exporter=$!
cleanup_fn kill $exporter
port=
listens() {
	kill -0 $exporter || fail "it ended: $(cat "$tmp/exporter.log")"
	port=$(sed -n 's/.*Listening on.*address=127\.0\.0\.1:\([0-9]*\).*/\1/p' "$tmp/exporter.log")
	[ -n "$port" ]
}
eventually listens

exec 9<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /metrics HTTP/1.0\r\n\r\n' >&9
cat <&9 >"$tmp/metrics"
exec 9>&-

for collector in meminfo buddyinfo zoneinfo; do
	is "$(sed -n "s/^node_scrape_collector_success{collector=\"$collector\"} //p" \
		"$tmp/metrics")" 1 $collector
done
grep 'level=error' "$tmp/exporter.log" && fail "it complains"

# metric NAME: as a whole number; the exporter prints 6.5e+07 and the like.
metric() { awk -v name="$1" '$1 == name { printf "%d\n", $2 }' "$tmp/metrics"; }
is "$(metric node_memory_MemFree_bytes)" \
	$(($(awk '$1 == "MemFree:" { print $2 }' "$mnt/proc/meminfo") * 1024))
is "$(metric node_memory_VmallocUsed_bytes)" $(((1 << 20) + 4096))
is "$(metric 'node_buddyinfo_blocks{node="0",size="10",zone="DMA"}')" \
	"$(awk '$2 == "0," && $4 == "DMA" { print $15 }' "$mnt/proc/buddyinfo")"
is "$(metric 'node_zoneinfo_managed_pages{node="1",zone="DMA32"}')" \
	"$(awk '/^Node 1, zone *DMA32/ { on = 1 } on && $1 == "managed" { print $2; exit }' \
		"$mnt/proc/zoneinfo")"
kill $exporter
wait $exporter || true
stop_fs
