#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of heddle's words in bash, with and without the package bash-completion, and in zsh:
# what is offered, and what becomes of lines that are typed.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

bash_file=$build/completion/heddle
zsh_directory=$build/completion
bash_completion=/usr/share/bash-completion/bash_completion

commands=$("$heddle" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')

# offered WORD...: what bash offers for the last of the words behind heddle.
offered() {
	bash -c '. "$0"
		COMP_WORDS=(heddle "$@") COMP_CWORD=$#
		_heddle
		[ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' "$bash_file" "$@" | sort
}

tables() {
	for command in $commands; do
		"$heddle" "$command" --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' | tr -d ' ' |
			tr ',' '\n' | sort >"$T/options"
		offered "$command" - >"$T/out"
		same "$T/options" "$T/out" "$command: bash offers its options"
		sed -n "/^_heddle_$command()/,/^}/p" "$zsh_directory/_heddle" |
			sed -nE "s/^\t\t'(\([^)]*\)|\*)?(--?[a-z-]+)[]+=[].*/\2/p" | sort >"$T/out"
		same "$T/options" "$T/out" "$command: zsh knows its options"
	done
	{
		echo "$commands"
		printf '%s\n' help -h --help --version
	} | sort >"$T/wanted"
	offered '' >"$T/out"
	same "$T/wanted" "$T/out" 'bash offers the commands'
	for list in $(offered list ''); do
		"$heddle" list "$list" >/dev/null 2>&1 || echo "$list"
	done >"$T/out"
	is "$(cat "$T/out")" '' 'each list that is offered is there'
	is "$(offered list '' | wc -l)" "$("$heddle" list | grep -c '^[a-z]*:$')" 'each list is offered'
	"$heddle" list formats | cut -d' ' -f1 | sort >"$T/wanted"
	offered report --format '' >"$T/out"
	same "$T/wanted" "$T/out" 'bash offers the formats'
	"$heddle" list rules | cut -d' ' -f1 | sort >"$T/wanted"
	offered explain '' >"$T/out"
	same "$T/wanted" "$T/out" 'bash offers the rules'
}

# Each line is what is typed and what heddle is then called with.
typed() {
	cat <<-'END'
		heddle ch\t|<check>
		heddle he\t exp\t|<help><explain>
		heddle list ru\t|<list><rules>
		heddle explain self\t|<explain><self-deadlock>
		heddle report --fail-on wa\t x|<report><--fail-on><warning><x>
		heddle report --fail-on=wa\t x|<report><--fail-on=warning><x>
		heddle report --format js\t x|<report><--format><json><x>
		heddle report --format json:no\t x|<report><--format><json:notes.txt><x>
		heddle report --format=json:no\t x|<report><--format=json:notes.txt><x>
		heddle report --top no\t x|<report><--top><no><x>
		heddle report -o no\t my\tx|<report><-o><notes.txt><my trace/x>
		heddle report -- --fail\t|<report><--><--fail>
		heddle check --error-e\t 5 x|<check><--error-exitcode><5><x>
		heddle record -o bui\tx|<record><-o><build/x>
		heddle record -o no\t x|<record><-o><no><x>
		heddle record --detail sum\t some-pro\t|<record><--detail><summary><some-program>
		heddle check -- some-pro\t|<check><--><some-program>
		heddle check -- build/ru\t|<check><--><build/run-it>
		heddle check --strict some-program al\t|<check><--strict><some-program><alphabet>
		heddle check --timeout=5 -- some-program x al\t|<check><--timeout=5><--><some-program><x><alphabet>
		heddle check --noise=5 some-pro\t|<check><--noise=5><some-program>
		heddle check --noise some-pro\t|<check><--noise><some-program>
		heddle check --timeout 5 some-program --fail\t|<check><--timeout><5><some-program><--fail>
	END
}

# types NAME SHELL [ARGUMENT...]
types() {
	name=$1
	shift
	typed | sed 's/|<.*//' >"$T/lines"
	typed | sed 's/.*|</</' >"$T/wanted"
	(cd "$T/place" && HOME=$T/user PATH=$T/bin:$PATH exec timeout -k 5 60 \
		python3 "$source/tests/type_lines.py" "$@" <"$T/lines") >"$T/out" 2>"$T/err"
	status=$?
	same "$T/wanted" "$T/out" "$name completes what is typed"
}

mkdir -p "$T/bin" "$T/place/build" "$T/place/my trace"
touch "$T/place/notes.txt"
for program in bin/some-program place/build/run-it; do
	printf '#!/bin/sh\n' >"$T/$program"
	chmod +x "$T/$program"
done
cat >"$T/heddle.sh" <<-'END'
	heddle()
	{
		printf '<%s>' "$@"
		echo
	}
	PS1= PS2=
	unset HISTFILE
END
cat "$T/heddle.sh" "$bash_file" - >"$T/bashrc" <<-'END'
	_some_program() { [[ $2 != a* ]] || COMPREPLY=(alphabet); }
	complete -F _some_program some-program
	bind 'set bell-style none' 'set enable-bracketed-paste off'
END
mkdir "$T/zsh"
cat "$T/heddle.sh" - >"$T/zsh/.zshrc" <<-END
	setopt no_prompt_cr no_beep no_global_rcs
	fpath=('$zsh_directory' \$fpath)
	autoload -Uz compinit
	compinit -u -d '$T/zsh/dump'
	_some_program() { compadd alphabet }
	compdef _some_program some-program
END

if command -v bash >/dev/null; then
	tables
	types bash bash --noprofile --rcfile "$T/bashrc" -i
	if [ -r "$bash_completion" ]; then
		cat "$bash_completion" "$T/bashrc" >"$T/bashrc-more"
		types 'bash with bash-completion' bash --noprofile --rcfile "$T/bashrc-more" -i
	else
		skip 'bash-completion is not installed' 'bash with bash-completion completes what is typed'
	fi
else
	skip 'bash is not installed' 'bash completes what is typed'
fi
if command -v shellcheck >/dev/null; then
	shellcheck -x "$bash_file" >"$T/out" 2>&1
	is "$(cat "$T/out")" '' 'shellcheck has nothing to say about the completion for bash'
else
	skip 'shellcheck is not installed' 'shellcheck has nothing to say about the completion for bash'
fi
if command -v zsh >/dev/null; then
	ok 'zsh reads its completion' zsh -n "$zsh_directory/_heddle"
	ZDOTDIR=$T/zsh
	export ZDOTDIR
	types zsh zsh -o no_global_rcs -i
else
	skip 'zsh is not installed' 'zsh completes what is typed'
fi
finish
