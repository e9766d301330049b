#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of bash: its own machinery finds our script by the command's name, as
# installed, and offers the options and the words that the programs know.
. "$(dirname "$0")/lib.sh"
machinery=/usr/share/bash-completion/bash_completion
[ -r $machinery ] || skip "this needs the package bash-completion"

quietly make -s -C "$top_builddir" install-dist_bashcompletionDATA install-data-hook \
	DESTDIR="$tmp" datadir=/share
export BASH_COMPLETION_USER_DIR=$tmp/none XDG_DATA_DIRS=$tmp/share
for name in vmallocfs vmallocfs-{info,quiz,replay,sweep}; do
	[ -r "$tmp/share/bash-completion/completions/$name" ] || fail "nothing is installed for $name"
done
cd "$tmp"
mkdir here
touch layout.txt
PATH=$top_builddir:$top_srcdir/src/sweep:$top_srcdir/src/quiz:$PATH

# complete WORD...: what <Tab> offers after a command line of these words, as Readline
# parts them; each word of a line "a=b" is given as a = b.
cat >ask.sh <<'EOF'
. /usr/share/bash-completion/bash_completion
# Loaded by the name of the command, which fails with 124 to be asked again.
_completion_loader "$1" || [ $? = 124 ] || exit 1
compopt() { :; }
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMP_LINE=
for ((i = 0; i < $#; i++)); do
	case ${COMP_WORDS[i]} in
	=) COMP_LINE=${COMP_LINE% }= ;;
	*) COMP_LINE+="${COMP_WORDS[i]} " ;;
	esac
done
COMP_LINE=${COMP_LINE% }
COMP_POINT=${#COMP_LINE}
COMP_TYPE=9 COMP_KEY=9
spec=$(complete -p "$1")
spec=${spec#*-F }
"${spec%% *}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
EOF
offers() {
	bash +e ask.sh "$@" 2>>errors | sort
}

is "$(offers vmallocfs-replay --policy = first)" first-fit
is "$(offers vmallocfs-replay --policy = '' | grep -vx all)" "$(vmallocfs-replay --list=policies | sort)"
is "$(offers vmallocfs-replay --policy = top-down,first)" top-down,first-fit
is "$(offers vmallocfs-replay --pol)" --policy=
is "$(offers vmallocfs-replay --load = lay)" layout.txt
is "$(offers vmallocfs-replay lay)" layout.txt
is "$(offers vmallocfs-sweep --policy = next)" next-fit
is "$(offers vmallocfs-sweep --list-r)" --list-runs
is "$(offers vmallocfs-quiz --policy = next)" next-fit
is "$(offers vmallocfs-info --eno)" --enough=
is "$(offers vmallocfs-info --by = k)" kind
is "$(offers vmallocfs -o mem)" memory=
is "$(offers vmallocfs -o memory = 64M,nowin)" 64M,nowindows
is "$(offers vmallocfs -o memory = 64M,arch = x86-64-)" x86-64-5
is "$(offers vmallocfs -o load = lay)" layout.txt
is "$(offers vmallocfs --list = k)" knobs
is "$(offers vmallocfs '' | grep -v share)" here
is "$(offers vmallocfs -o no-such)" ""
[ ! -s errors ] || { cat errors >&2; fail "it writes to stderr"; }
