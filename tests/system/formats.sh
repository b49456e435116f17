#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The formats for continuous integration: what their readers take, whatever names a program has,
# the same for the same fault, and several of them in one run.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

checks=$source/tests/validate
modules=${HEDDLE_NPM_DIR:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/heddle/npm}/node_modules
multitool=$modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
scenarios=$source/tests/scenarios

# report_all NAME OPTION... TRACE...: what is reported in each format, in files of that name.
report_all() {
	name=$1
	shift
	run "$heddle" report --junit-strict --format "sarif:$name.sarif" --format "junit:$name.xml" \
		--format "github:$name.github" --format "codequality:$name.codequality" \
		--format "json:$name.json" "$@"
}

# A result for each rule, from as many scenarios.
each_rule() {
	rules=$("$heddle" list rules | cut -d' ' -f1)
	for rule in $rules; do
		grep -lE "^(error|warning|note) $rule," "$scenarios"/*.expected | head -n 1
	done | sort -u | sed 's/expected$/events/' >"$T/traces"
	# shellcheck disable=SC2046 # words
	report_all rules --class-order --long-wait 0.001 --long-hold 0.001 $(cat "$T/traces")
	for rule in $rules; do
		grep -q "\"ruleId\": \"$rule\"" rules.sarif || echo "$rule"
	done >"$T/missing"
	is "$(cat "$T/missing")" '' 'a report has a result of each rule'
}

# hostile FILE: a deadlock whose threads, locks and program have such names.
hostile() {
	python3 - "$1" <<-'END'
		import sys
		names = [
		    r"]]><![CDATA[", r"</script><!-- &amp; \"'", r"a\n::error::b\x0d\n]]>", r"\xff\xfe\xc0\xaf\xed\xa0\x80",
		    r"\x01\x08\x0b\x1b[31m\x7f\xc2\x9b", r"%0A%25,:{0} [a](1) \\", "n" * 10240, r"\xef\xbf\xbf\xe2\x80\xae",
		]
		clock = 0
		def event(pid, tid, text):
		    global clock
		    clock += 1
		    out.write("0.%09d %d/%d %s\n" % (clock, pid, tid, text))
		with open(sys.argv[1], "w") as out:
		    for number, name in enumerate(names):
		        pid = 100 * (number + 1)
		        locks = [0x5000, 0x6000]
		        event(pid, pid, 'process_start value=1 text="./%s"' % name)
		        for i in 0, 1:
		            event(pid, pid, 'object_name object=0x%x text="%s%d"' % (locks[i], name, i))
		            event(pid, pid, "thread_create_begin object=0x%x value=16384 site=0x400" % (i + 1))
		            event(pid, pid, "thread_create_end object=0x%x other=0x700%d site=0x400" % (i + 1, i))
		            event(pid, pid + i + 1, "thread_start object=0x%x other=0x700%d value=16384" % (i + 1, i))
		            event(pid, pid + i + 1, 'thread_name object=0x700%d text="%s%d"' % (i, name, i))
		        for i in 0, 1:
		            event(pid, pid + i + 1, "mutex_lock object=0x%x site=0x500" % locks[i])
		        for i in 0, 1:
		            event(pid, pid + i + 1, "mutex_lock_begin object=0x%x site=0x600" % locks[1 - i])
		    out.write('1.0 1/1 recording_end value=9 text="timeout"\n')
	END
}

# A program, its source and a file that it speaks of have names that nothing should have.
hostile_files() {
	directory="ho]]>st & [a](1) %41, {0}:
$(printf 'n\303\274\377')"
	long=$(printf '%05000d' 0)
	mkdir "$directory"
	cat >"$directory/<b> a.c" <<-END
		#define _GNU_SOURCE
		#include <pthread.h>

		static void lock(pthread_mutex_t *mutex)
		{
			pthread_mutex_lock(mutex);
		}

		#line 1 "$long.c"
		static void unlock(pthread_mutex_t *mutex)
		{
			pthread_mutex_unlock(mutex);
			pthread_mutex_unlock(mutex);
		}

		#line 20 "../outside.c"
		int main(void)
		{
			static pthread_mutex_t mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

			lock(&mutex);
			unlock(&mutex);
		}
	END
	(cd "$directory" && gcc -g -O0 -o '<b> a' '<b> a.c') >"$T/out" 2>"$T/err"
	is $? 0 'a program of a hostile name is built'
	run "$heddle" check --trace files-trace --junit-strict --source-root "$directory" \
		--format sarif:files.sarif --format junit:files.xml --format github:files.github \
		--format codequality:files.codequality --format json:files.json -- "./$directory/<b> a"
	is "$status" 66 'a program of a hostile name: exit code'
	is "$(json files.sarif '[l["physicalLocation"]["artifactLocation"]["uri"][-9:]
		for l in r["runs"][0]["results"][0]["relatedLocations"]]')" \
		"['0000000.c', '0000000.c']" 'a place with a long name'
	report_all root --source-root . files-trace
	is "$(json root.sarif '["%0A" in l["physicalLocation"]["artifactLocation"]["uri"]
		for l in r["runs"][0]["results"][0]["locations"]]')" \
		'[True]' 'a place with a newline in its name'
}

# unfit FILE...: those that Microsoft's validator has something to say of by GitHub's rules, and what.
unfit() {
	# It says 0 whatever it finds, and would leave files in a temporary directory.
	TMPDIR=$T/user DOTNET_EnableDiagnostics=0 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 \
		"$multitool" validate "$@" --rule-kind Ghas -o validated --log ForceOverwrite >validated.out 2>&1
	grep -q "^Done. $# files scanned" validated.out || cat validated.out
	json validated '"\n".join(l["physicalLocation"]["artifactLocation"]["uri"] + " " + x["ruleId"]
		for x in r["runs"][0]["results"] for l in x["locations"])' | sort -u
}

schema_fits() {
	ok "$1" node "$checks/schema.js" "$modules" "$2" "$3"/*."$4"
	sed 's/^/# /' "$T/ok.out"
}

sarif() {
	ok 'SARIF: what GitHub requires' python3 "$checks/sarif_for_github.py" ./*.sarif
	sed 's/^/# /' "$T/ok.out"
	mkdir bad
	for change in 's/"endLine"/"lastLine"/' 's/("uri": ")/\1\//' 's/"shortDescription"/"short"/' \
		's/"results"/"findings"/' 's/"id": 1,/"id": 7,/'; do
		sed -E "$change" files.sarif >bad/changed.sarif
		ok "SARIF: its check does not take $change" \
			test -n "$(python3 "$checks/sarif_for_github.py" bad/changed.sarif)"
	done
	if ! [ -x "$multitool" ] || ! command -v node >"$T/out"; then
		skip 'the validators of npm are not installed, see scripts/setup' 'SARIF: schema and validator'
		return
	fi
	schema_fits 'SARIF: the schema' "${multitool%/*}/sarif-2.1.0.json" . sarif
	is "$(unfit ./*.sarif)" '' "SARIF: Microsoft's validator, by GitHub's rules"
	sed -E 's/"text": "[^"]*",?$/"text": ""/' files.sarif >bad/changed.sarif
	ok "SARIF: Microsoft's validator does not take all" test -n "$(unfit bad/changed.sarif)"
	sed 's/"level": "error"/"level": "fatal"/' files.sarif >bad/changed.sarif
	ok 'SARIF: the schema does not take all' \
		test -n "$(node "$checks/schema.js" "$modules" "${multitool%/*}/sarif-2.1.0.json" bad/changed.sarif)"
}

others() {
	ok "JUnit, strict: the schema" xmllint --noout --schema "$checks/junit.xsd" ./*.xml
	grep -v ' validates$' "$T/ok.out" | head -n 20 | sed 's/^/# /'
	"$heddle" report --format junit --source-root . files-trace >bad/files.xml
	like bad/files.xml ' file="[^"]*00\.c" line="4">' 'JUnit: files of tests are told'
	ok 'JUnit: what is not strict does not fit' \
		test -n "$(xmllint --noout --schema "$checks/junit.xsd" bad/files.xml 2>&1 | grep "attribute 'file'")"
	sed -E 's/ file="[^"]*" line="[0-9]+"//' bad/files.xml >bad/strict.xml
	ok 'JUnit: but for files and lines it does' \
		xmllint --noout --schema "$checks/junit.xsd" bad/strict.xml
	cat ./*.github >all.github
	is "$(grep -avE '^::(error|warning|notice) (file=[^:,]+,line=[0-9]+,endLine=[0-9]+,)?title=heddle[^:,]*::.' all.github)" \
		'' 'GitHub: each line is an annotation'
	is "$(tr -d '\n' <all.github | LC_ALL=C tr -d ' -~\200-\377')" '' 'GitHub: nothing that a terminal obeys'
	if ! [ -d "$modules/ajv" ] || ! command -v node >"$T/out"; then
		skip 'the validators of npm are not installed, see scripts/setup' 'Code Quality and JSON: schemas'
		return
	fi
	schema_fits 'Code Quality: the schema' "$checks/codequality.schema.json" . codequality
	schema_fits 'JSON: the schema' "$schema" . json
}

# The same fault in runs beside each other, below a shell: other process ids, addresses and moments.
same_fault() {
	who=$(users | tail -n 1)
	for n in 1 2 3 4 5; do
		for row in 1 6 11; do
			by "$who" "$heddle" check --timeout 5 --trace "trace-$row-$n" --source-root "$source" \
				--format "sarif:same-$row-$n" -- sh -c '"$0" "$1"; exit' "$programs/peers" "$row" \
				>"$T/out" 2>"$T/err" &
		done
	done
	wait
	for row in 1 6 11; do
		is "$(cat same-"$row"-? | grep -c '"ruleId"')" "$((5 * $(grep -c '"ruleId"' "same-$row-1")))" \
			"program $row, five runs: findings"
		grep -h 'heddleFingerprint' "same-$row"-? | sort | uniq -c | awk '$1 != 5' >"$T/out"
		is "$(cat "$T/out")" '' "program $row, five runs: one fingerprint for each finding"
		is "$(cksum <"same-$row-1") $(cat "same-$row"-? | wc -c)" \
			"$(cksum <"same-$row-5") $((5 * $(wc -c <"same-$row-1")))" "program $row, five runs: the same bytes"
		same "same-$row-2" "same-$row-4" "program $row, five runs: the same bytes again"
	done
	is "$(json same-6-1 '[[s["location"]["message"]["text"].split(";")[0] for s in t["locations"]]
		for t in r["runs"][0]["results"][0]["codeFlows"][0]["threadFlows"]]')" \
		"[['hangs_backwards #2 [peers] holds right', 'hangs_backwards #2 [peers] waits for left'], ['hangs_forwards #1 [peers] holds left', 'hangs_forwards #1 [peers] waits for right']]" \
		'a thread flow for each thread, which shows its order'
}

several() {
	run "$heddle" check --format sarif:several.sarif --format junit:several.xml --format text -- "$programs/peers" 2
	is "$status" 0 'several: exit code'
	like "$T/out" '^Verdict: clean' 'several: text on standard output'
	like several.sarif '"results": \[\],' 'several: SARIF of a clean run'
	like several.xml ' failures="0"' 'several: JUnit of a clean run'
	run "$heddle" check --format sarif:/nonexistent/a --format text -- touch ran
	is "$status $(test -e ran || echo not run)" '125 not run' 'a file that cannot be written is told before the command runs'
	rm -f several.*
	run "$heddle" report --format sarif:/dev/full --format junit:several.xml --format text \
		"$scenarios/deadlock-abba.events"
	is "$status" 3 'a file that is full: exit code'
	one_sentence "$T/err" 'a file that is full: one sentence'
	like "$T/out" '^Verdict: findings' 'a file that is full: text is there'
	like several.xml '<failure ' 'a file that is full: JUnit is there'
	run sh -c '"$0" "$@" | :' "$heddle" check --format text --format sarif:several.sarif -- "$programs/peers" 2
	like several.sarif '"results"' 'a reader that went away: the file is there'
}

cd "$T/user" || exit 99
each_rule
hostile "$T/hostile.events"
report_all hostile "$T/hostile.events"
is "$(json hostile.sarif 'len(r["runs"][0]["results"])')" 8 'hostile names: findings'
report_all more "$source/tests/data/hostile.events"
report_all quiet "$source/tests/data/quiet.events"
report_all lossy "$source/tests/data/lossy"
report_all joined "$T/hostile.events" "$source/tests/data/lossy" "$scenarios/deadlock-abba.events"
like joined.xml '<skipped message="the trace is incomplete: 1 of 3 traces is incomplete">' \
	'several traces: one of them is incomplete'
if command -v gcc >"$T/out"; then
	hostile_files
else
	skip 'gcc is not installed' 'files of hostile names'
fi
sarif
others
several
same_fault
rm -rf ./*
finish
