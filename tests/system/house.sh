#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The house in order: what the tables promise is there, and the style is kept.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

preload=$build/.libs/libheddle-preload.so
provider=$build/.libs/libheddle-provider.so

needed() {
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' '
}

libraries() {
	wrapped >"$T/wrapped"
	{ cat "$T/wrapped"; echo heddle_mark; echo heddle_name; echo heddle_recorder; } | sort >"$T/wanted"
	readelf --dyn-syms -W "$preload" |
		awk '$7 != "UND" && $5 != "LOCAL" && $7 != "ABS" { sub(/@.*/, "", $8); print $8 }' |
		grep . | grep -v '^Name$' | sort -u >"$T/exported"
	same "$T/wanted" "$T/exported" 'the preload library exports what it wraps, and no more'
	is "$(needed "$preload")" 'libc.so.6 ' 'the preload library needs libc alone'
	readelf --dyn-syms -W "$provider" |
		awk '$7 != "UND" && $5 == "GLOBAL" { sub(/@.*/, "", $8); print $8 }' |
		grep -vE '^(lttng_ust_tracepoint_|__(start|stop)_lttng_ust_)' | sort -u >"$T/out"
	is "$(cat "$T/out")" heddle_provider 'the provider library exports one symbol, besides the links of tracepoints'
	ldd "$provider" >"$T/out"
	unlike "$T/out" 'babeltrace|glib|lttng-ctl|libdw' 'the provider library needs nothing of the tool'
}

wrapped() {
	sed -nE 's/^(WRAPPED|ALIAS)\(([A-Za-z0-9_]*).*/\2/p' "$source/primitives/wrapped.def"
}

# What libc exports, as "name version address"; a version that is not the usual one ends in a dot.
libc_exports() {
	libc=$(ldd "$preload" | sed -n 's/.*libc\.so\.6 => \([^ ]*\).*/\1/p')
	readelf --dyn-syms -W "$libc" |
		awk '$4 ~ /FUNC|IFUNC/ && $7 != "UND" {
			usual = sub(/@@/, "@", $8); split($8, part, "@")
			print part[1], part[2] (usual ? "" : "."), $2 }' | sort -u
}

# Each function of the families of the table is wrapped, or left out for a reason.
families() {
	libc_exports >"$T/exports"
	cut -d' ' -f1 "$T/exports" | sort -u |
		grep -E '^(__)?(pthread|sem|thrd|mtx|cnd|tss)_|^call_once$' | grep -vxFf "$T/wrapped" >"$T/others"
	ok 'libc has such functions' test -s "$T/others"
	grep -v '^#' "$source/primitives/left-out.txt" >"$T/left-out"
	is "$(awk 'NF < 3' "$T/left-out")" '' 'each function that is left out has its reason'
	while read -r pattern _; do
		grep -xq "$(echo "$pattern" | sed 's/\*/.*/g')" "$T/others" || echo "$pattern"
	done <"$T/left-out" >"$T/out"
	is "$(cat "$T/out")" '' 'each pattern of what is left out matches a function that is not wrapped'
	sed 's/ .*//; s/\*/.*/g' "$T/left-out" >"$T/patterns"
	is "$(grep -vxf "$T/patterns" "$T/others" | tr '\n' ' ')" '' \
		'each function of the families of libc is wrapped or left out'
	while read -r name; do
		grep -q "^$name " "$T/exports" || echo "$name"
	done <"$T/wrapped" >"$T/out"
	is "$(cat "$T/out")" '' 'libc has each function that is wrapped'
}

# Names that libc has in two versions, each with code of its own, are there in both.
versions() {
	while read -r name; do
		sed -n "s/^$name //p" "$T/exports" | sort -u -k2 >"$T/of-name"
		[ "$(cut -d' ' -f2 "$T/of-name" | sort -u | wc -l)" -gt 1 ] || continue
		sed -n "s/^$name \([^ ]*\) .*/$name@\1/p" "$T/exports" | sed 's/\.$//'
	done <"$T/wrapped" | sort -u >"$T/wanted"
	ok 'libc has names in two versions' test -s "$T/wanted"
	readelf --dyn-syms -W "$preload" |
		awk '$7 != "UND" && $8 ~ /@/ && $7 != "ABS" { sub(/@@/, "@", $8); print $8 }' | sort -u >"$T/out"
	same "$T/wanted" "$T/out" 'names of two versions are provided in both'
}

events() {
	sed -n 's/^EVENT(\([a-z_]*\),.*/\1/p' "$source/libtrace/events.def" >"$T/events"
	sed -n 's/^TOOL_EVENT(\([a-z_]*\),.*/\1/p' "$source/libtrace/events.def" >"$T/tool-events"
	for event in $(cat "$T/events"); do
		grep -rqwE "EVENT_$event" "$source/primitives" "$source/native" || echo "$event"
	done >"$T/out"
	is "$(cat "$T/out")" '' 'each event has an emitter'
	for event in $(cat "$T/events" "$T/tool-events"); do
		grep -qw "$event" "$source"/tests/scenarios/*.events || echo "$event"
	done >"$T/out"
	is "$(cat "$T/out")" '' 'each event is in a scenario'
	"$source/scripts/events-table" >"$T/events.md"
	same "$T/events.md" "$source/doc/events.md" 'doc/events.md is what scripts/events-table makes'
	"$heddle" list events >"$T/out" 2>"$T/err"
	for event in $(cat "$T/events" "$T/tool-events"); do
		grep -qw "$event" "$T/out" || echo "$event"
	done >"$T/missing"
	is "$(cat "$T/missing")" '' 'heddle list events tells each event'
}

analyses() {
	for file in "$source"/analyzer/analyses/*.c; do
		sed -n 's/^const struct analysis analysis_\([a-z_]*\) .*/\1/p' "$file"
	done | tr _ - | sort >"$T/analyses"
	ok 'there are analyses' test -s "$T/analyses"
	for analysis in $(cat "$T/analyses"); do
		count=$(find "$source/tests/scenarios" -name "$analysis-*.events" | wc -l)
		ok "$analysis has three scenarios or more ($count)" test "$count" -ge 3
	done
	for scenario in "$source"/tests/scenarios/*.events; do
		[ -f "${scenario%.events}.expected" ] || basename "$scenario"
	done >"$T/out"
	is "$(cat "$T/out")" '' 'each scenario has its expected findings'
}

# Rules that scenarios and tests expect, against the table of rules, the manual and the README.
rules() {
	{
		sed -nE 's/^(error|warning|note) ([a-z-]*), .*/\2/p' "$source"/tests/scenarios/*.expected
		sed -n 's/.*assert_note([^,]*, "\([a-z-]*\)".*/\1/p' "$source/tests/unit/test_blocking.c"
	} | sort -u >"$T/seen"
	sed -n 's/^RULE("\([a-z-]*\)".*/\1/p' "$source"/analyzer/rules/*.def | sort >"$T/rules"
	ok 'there are rules' test -s "$T/rules"
	is "$(comm -23 "$T/seen" "$T/rules" | tr '\n' ' ')" '' 'each rule that tests see is explained'
	is "$(comm -13 "$T/seen" "$T/rules" | tr '\n' ' ')" '' 'each rule of the table is seen by a test'
	for rule in $(cat "$T/rules"); do
		grep -q "\`$rule\`" "$source/README.md" || echo "README $rule"
		grep -qE "^\.Cm $rule( |\$)" "$source/doc/heddle.1" || echo "manual $rule"
	done >"$T/out"
	is "$(cat "$T/out")" '' 'README and manual tell each rule'
	is "$(grep -l report_finding "$source"/analyzer/analyses/*.c | xargs -n 1 basename)" wording.c \
		'analyses make findings by wording_finding(), which knows the rules'
}

# Everything of the tree that a release needs is in Makefile.am, by name, a program of one
# source by the program's name.
distribution() {
	(cd "$source" && find examples libtrace primitives native analyzer tests scripts doc -type f \
		! -name '.*' ! -name '*.swp' ! -name '*.o' ! -name '*.lo' ! -path '*/__pycache__/*') | sort >"$T/tree"
	sed 's/$/ /' "$source/Makefile.am" >"$T/makefile"
	while read -r file; do
		case $file in
		tests/scenarios/*.events | tests/scenarios/*.expected) continue ;; # by a pattern
		esac
		grep -qF -e "$file" -e "${file%.c} " "$T/makefile" || echo "$file"
	done <"$T/tree" >"$T/out"
	is "$(cat "$T/out")" '' 'each file is in Makefile.am'
}

# options_of FILE: the forms of the options that a page tells, as --help has them, in order.
options_of() {
	sed -n 's/^\.It Fl //p' "$1" | sed -E 's/ , Fl -/, --/; s/^-/--/; s/^([a-z]) Ar [A-Z]+,/\1,/
		s/ Ns Op = Ns Ar ([A-Z]+)/[=\1]/; s/ Ar / /; s/^([a-z],)/-\1/'
}

# What --help tells of a command's options is what its page tells, and no page tells of others.
manual() {
	for command in $("$heddle" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
		page=$build/doc/heddle-$command.1
		"$heddle" "$command" --help | grep -oE '^ +(-[a-z], )?--[a-z-]+( [][A-Z:]+|\[=[A-Z]+\])?' |
			sed -E 's/^ +//' >"$T/helped"
		options_of "$page" >"$T/told"
		same "$T/helped" "$T/told" "the page of $command tells its options"
		"$source/scripts/manual-page" "$command" >"$T/page" 2>&1
		same "$T/page" "$page" "the page of $command is what scripts/manual-page makes"
		like "$source/doc/heddle.1" "^\.It Xr heddle-$command 1\$" "heddle(1) tells of $command"
		sed -E 's/^.*(--[a-z-]+).*/\1/; s/^-[a-z], //' "$T/helped" >>"$T/all"
	done
	echo --version >>"$T/all"
	sort -u "$T/all" >"$T/helped"
	pages="$source/doc/heddle.1 $build/doc/heddle-*.1"
	# shellcheck disable=SC2086 # a list of files
	sed 's/\\-/-/g; s/\\&//g; /^\.\\"/d' $pages | grep -oE -- 'Fl -[a-z][a-z-]*|--[a-z][a-z-]*' |
		sed 's/Fl -/--/' | sort -u >"$T/told"
	is "$(comm -13 "$T/helped" "$T/told")" '' 'the manual tells no option that is not there'
	if command -v mandoc >/dev/null; then
		# shellcheck disable=SC2086 # a list of files
		mandoc -T lint -W warning $pages >"$T/out" 2>&1
		is "$(cat "$T/out")" '' 'mandoc has nothing to say about the manual'
	else
		skip 'mandoc is not installed' 'mandoc has nothing to say about the manual'
	fi
	for analysis in $(cat "$T/analyses"); do
		grep -qw -- "$analysis" "$source/doc/heddle.1" || echo "$analysis"
	done >"$T/out"
	is "$(cat "$T/out")" '' 'the manual tells every analysis'
}

# Dependencies that must not reach the released tool, and texts that are promised.
promises() {
	ok 'LICENSE is the LGPL' grep -q 'GNU LESSER GENERAL PUBLIC LICENSE' "$source/LICENSE"
	for script in setup quickstart test; do
		ok "the README tells scripts/$script" grep -q "scripts/$script" "$source/README.md"
	done
	ok '.ci/run calls scripts/test' grep -q 'scripts/test' "$source/.ci/run"
}

style() {
	for check in format functions files includes prints paths licences shell cppcheck; do
		"$source/scripts/style" "$check" >"$T/out" 2>"$T/err"
		code=$?
		if [ "$code" = 77 ]; then
			skip "the tool for it is not installed" "style: $check"
		else
			result "$code" "style: $check"
		fi
	done
}

libraries
families
versions
events
analyses
rules
distribution
manual
promises
style
finish
