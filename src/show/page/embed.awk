# SPDX-License-Identifier: GPL-2.0-or-later
#
# Turns the page's sources into two C strings, page_head and page_tail.
#
#	awk -f embed.awk -v dir=DIRECTORY DIRECTORY/map.html
#
# A line "@include FILE" of map.html stands for the file, the line "@DATA" for
# what the program puts between the two strings.

function embed(line) {
	gsub(/\\/, "&&", line)
	gsub(/"/, "\\\\&", line)
	print "\t\"" line "\\n\""
}

BEGIN {
	print "/* Made from src/show/page/ by embed.awk. */"
	print "static const char page_head[] ="
}

$1 == "@include" {
	file = dir "/" $2
	while ((got = (getline line < file)) > 0)
		embed(line)
	if (got < 0) {
		print "embed.awk: cannot read " file | "cat >&2"
		exit 1
	}
	close(file)
	next
}

$1 == "@DATA" {
	print "\t;"
	print "static const char page_tail[] ="
	next
}

{ embed($0) }

END { print "\t;" }
