#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The templates of scripts/ci for GitHub, GitLab and Jenkins: their shell parts are run as these services
# run them, on a suite of tests that deadlocks and on one that does not.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

ci=$source/scripts/ci
reports='heddle-reports'

# An interpreter that has yaml: the first one in PATH need not be the system's.
for python in python3 /usr/bin/python3 ''; do
	[ -z "$python" ] || ! "$python" -c 'import yaml' 2>/dev/null || break
done
[ -n "$python" ] || skip_all 'python3-yaml is not installed'
command -v cc >/dev/null || skip_all 'there is no C compiler'
command -v bash >/dev/null || skip_all 'bash is not installed'

# template FILE [NAME=VALUE...], in the project
template() {
	file=$1
	shift
	: >"$T/outputs"
	: >"$T/summary"
	run env -C "$T/user/project" PATH="$(dirname "$heddle"):$PATH" GITHUB_OUTPUT="$T/outputs" \
		GITHUB_STEP_SUMMARY="$T/summary" "$python" "$source/tests/run_template.py" "$ci/$file" "$@"
}

# shells FILE SHELL [NAME=VALUE]: shellcheck on the shell parts of a template.
shells() {
	if ! command -v shellcheck >/dev/null; then
		skip 'shellcheck is not installed' "$1: shellcheck on its shell parts"
		return
	fi
	shells_file=$1 shells_shell=$2
	shift 2
	template "$shells_file" --print "$@"
	grep -v '^+' "$T/out" >"$T/script"
	ok "$shells_file: it has shell parts" grep -q . "$T/script"
	# The flags are a list of words; and the script exits within.
	shellcheck -s "$shells_shell" -e SC2086,SC2317 "$T/script" >"$T/out" 2>&1
	is "$(cat "$T/out")" '' "$shells_file: shellcheck on its shell parts"
}

files() {
	(cd "$T/user/project/$reports" && echo *)
}

github() {
	shells github/action.yml bash command=true
	template github/action.yml
	like "$T/err" "missing: \['command'\]" 'github: the command is required'

	template github/action.yml command="echo ::error::mine; ./transfer_joined & wait \$!
		test -n \"$reports\"" upload-sarif=true
	is "$status" 0 'github: a clean run: exit status'
	is "$(files)" 'annotations.txt heddle.json heddle.sarif heddle.txt heddle.xml' \
		'github: a clean run: reports'
	like "$T/out" "^\+ github/codeql-action/upload-sarif@v3 sarif_file=$reports/heddle.sarif category=heddle" \
		'github: a clean run: what is mended is told to code scanning'
	# Between the stop and the word that ends it.
	is "$(sed -n '/^::stop-commands::/,/^::[0-9a-f]*::$/p' "$T/out" | grep -c '^::error::mine')" 1 \
		'github: the output of the command is not obeyed'

	template github/action.yml command=./selfdeadlock timeout=20 category=mine
	is "$status" 66 'github: a deadlock: exit status'
	like "$T/out" '^::error .*selfdeadlock\.c,line=[0-9]+.*::.*journal' 'github: a deadlock: an annotation'
	like "$T/out" "^\+ actions/upload-artifact@v4 name=$reports path=$reports" 'github: a deadlock: kept'
	like "$T/out" '^\+ not: Upload findings' 'github: a deadlock: not uploaded where nobody asks'
	like "$T/summary" '^Verdict: findings, 1 error' 'github: a deadlock: the summary'
	unlike "$T/summary" '<unknown' 'github: a deadlock: the summary is no HTML of ours'
	ok 'github: a deadlock: the recording is kept' "$heddle" dump "$T/user/project/$reports/trace"

	template github/action.yml command='./transfer; exit 3' fail-on=error
	is "$status" 3 'github: a warning where only errors fail, and a command that does: its exit status'
	like "$T/out" '^::warning .*transfer.c,' 'github: the warning is told'
	template github/action.yml command=true options=--nonsense
	is "$status" 2 'github: wrong usage: exit status'
}

gitlab() {
	rm -rf "$T/user/project/$reports"
	shells gitlab.yml bash
	template gitlab.yml HEDDLE_COMMAND='make check TESTS=transfer_joined'
	is "$status" 0 'gitlab: a clean run: exit status'
	is "$(files)" 'heddle.codequality.json heddle.txt heddle.xml' 'gitlab: a clean run: reports'
	template gitlab.yml
	is "$status" 66 'gitlab: a deadlock: exit status'
	like "$T/out" 'deadlock \(actual\)' 'gitlab: a deadlock: the log has the report'
	unlike "$T/out" 'is missing' 'gitlab: a deadlock: each artifact is there'
	like "$T/user/project/$reports/heddle.codequality.json" 'selfdeadlock\.c' 'gitlab: a deadlock: code quality'
	like "$T/user/project/$reports/heddle.xml" '<failure' 'gitlab: a deadlock: a test has failed'
}

jenkins() {
	shells Jenkinsfile sh
	template Jenkinsfile
	is "$status" 66 'jenkins: a deadlock: exit status'
	like "$T/out" 'deadlock \(actual\)' 'jenkins: a deadlock: the log has the report'
	like "$T/user/project/$reports/heddle.xml" '<failure' 'jenkins: a deadlock: a test has failed'
	like "$T/out" "^\+ keeps $reports/heddle.xml" 'jenkins: the results of tests are those of the report'
	echo 'check:' >"$T/user/project/Makefile"
	template Jenkinsfile
	is "$status $(files)" '0 heddle.txt heddle.xml' 'jenkins: a clean run'
}

unset MAKEFLAGS MFLAGS MAKELEVEL MAKE_TERMOUT MAKE_TERMERR
mkdir "$T/user/project"
# Findings are told of files of the project, so that it has to have some.
for program in selfdeadlock transfer transfer_joined; do
	cp "$source/examples/$program.c" "$T/user/project"
	(cd "$T/user/project" && cc -g -pthread -D_GNU_SOURCE "$program.c" -o "$program") || exit 99
done
cat >"$T/user/project/Makefile" <<-'END'
	TESTS = transfer_joined selfdeadlock
	check: $(TESTS:%=run-%)
	run-%: ; ./$*
END
github
gitlab
jenkins
finish
