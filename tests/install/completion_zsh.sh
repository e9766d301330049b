#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of zsh: the script parses, and <Tab> in an interactive zsh completes.
. "$(dirname "$0")/lib.sh"
requires_tools zsh
requires zsh -fc 'zmodload zsh/zpty'

zsh -n "$top_srcdir/completion/_vmallocfs"
cd "$tmp"
mkdir dump home
touch home/.zshrc layout.txt
cat >tab.zsh <<'EOF'
zmodload zsh/zpty zsh/datetime
# wait_for TEXT: reads what the other zsh prints, until TEXT is there or 20 s are over.
wait_for() {
	local chunk deadline=$((EPOCHSECONDS + 20))
	while [[ $seen != *$1* ]]; do
		if zpty -r -t z chunk; then
			seen+=$chunk
		elif ((EPOCHSECONDS > deadline)); then
			print -r -- "no '$1' in: $seen"
			exit 1
		else
			zselect -t 1 2>/dev/null
		fi
	done
	seen=
}
zmodload zsh/zselect
seen=
zpty -b z "env ZDOTDIR=$PWD/home TERM=dumb zsh -fiV"
zpty -w z "PS1= PATH=$BUILD:\$PATH; fpath=($COMPLETION \$fpath); autoload -Uz compinit; compinit -u -d $PWD/zcompdump; print rea''dy"
wait_for ready
# Each line: what is typed before <Tab>, and what the line is then.
while IFS='|' read -r typed want; do
	# The second half of the line makes it print itself, instead of running it.
	zpty -w -n z "print -r -- "
	zpty -w -n z $'\C-a\C-k'
	zpty -w -n z "$typed"$'\t'$'\C-aprint -r -- \'<\C-e>\'\n'
	wait_for "<$want>"
done <<'LINES'
vmallocfs-replay --policy=firs|vmallocfs-replay --policy=first-fit
vmallocfs-replay --policy=top-down,firs|vmallocfs-replay --policy=top-down,first-fit
vmallocfs-replay --timel|vmallocfs-replay --timeline=
vmallocfs-replay --load=lay|vmallocfs-replay --load=layout.txt
vmallocfs-info --eno|vmallocfs-info --enough=
vmallocfs -o memory=64M,nowin|vmallocfs -o memory=64M,nowindows
vmallocfs -o arch=x86-64-|vmallocfs -o arch=x86-64-5
vmallocfs -o arch=x86-p|vmallocfs -o arch=x86-pae
vmallocfs -o load=lay|vmallocfs -o load=layout.txt
vmallocfs --list=kno|vmallocfs --list=knobs
LINES
zpty -d z
print all
EOF
out=$(BUILD=$top_builddir COMPLETION=$top_srcdir/completion timeout 120 zsh -f tab.zsh) || fail "$out"
is "$out" all
