# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of "heddle", with _heddle_options() and _heddle_argument(), which are made before it.

# _heddle_choose WORDS CURRENT: those of the words, parted by spaces, that begin with CURRENT.
_heddle_choose()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
	compopt +o default 2>/dev/null
}

# The command line from word $1 on is one of another command: as that is completed, else file names.
_heddle_other_command()
{
	local offset=$1 function
	# Those of the package bash-completion, newer and older.
	for function in _comp_command_offset _command_offset; do
		declare -F "$function" >/dev/null || continue
		"$function" "$offset"
		return
	done
	if [ "$COMP_CWORD" = "$offset" ]; then
		case ${COMP_WORDS[COMP_CWORD]} in
		*/*) ;;
		*) mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}" | sort -u) ;;
		esac
		return
	fi
	function=$(complete -p "${COMP_WORDS[offset]##*/}" 2>/dev/null | sed -n 's/.* -F \([^ ]*\) .*/\1/p')
	[ -n "$function" ] || return
	COMP_WORDS=("${COMP_WORDS[@]:offset}")
	COMP_CWORD=$((COMP_CWORD - offset))
	COMP_LINE="${COMP_WORDS[*]}"
	COMP_POINT=${#COMP_LINE}
	"$function" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
}

# _heddle_complete WHAT CURRENT: by a line of _heddle_argument(). No candidates means file names to bash.
_heddle_complete()
{
	case $1 in
	file) ;;
	directory) compopt +o default -o dirnames 2>/dev/null ;;
	value | optional) compopt +o default 2>/dev/null ;;
	*) _heddle_choose "${1#* }" "$2" ;;
	esac
}

# The argument of the option that is word $1, which takes WHAT ($2). To bash "--name=value" and "format:file"
# are three words each. Returns 1 where the argument lies before the current word; $next is then behind it.
_heddle_option_argument()
{
	local at=$(($1 + 1)) what=$2 current=${COMP_WORDS[COMP_CWORD]}
	if [ "${COMP_WORDS[at]}" = = ]; then
		at=$((at + 1))
	elif [ "$what" = optional ]; then
		next=$at
		return 1
	fi
	while [ "$at" -lt "$COMP_CWORD" ] && [ "${what%% *}" = format ] && [ "${COMP_WORDS[at + 1]}" = : ]; do
		at=$((at + 2))
		what='file'
	done
	next=$((at + 1))
	[ "$at" -ge "$COMP_CWORD" ] || return 1
	case $current in
	= | :) current= ;;
	esac
	_heddle_complete "$what" "$current"
}

_heddle()
{
	local command=${COMP_WORDS[1]} current=${COMP_WORDS[COMP_CWORD]} next=2 at word what takes are_over=
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		_heddle_choose "$(_heddle_options '')" "$current"
		return
	fi
	takes=$(_heddle_argument "$command")
	while [ "$next" -lt "$COMP_CWORD" ]; do
		at=$next
		next=$((at + 1))
		word=${COMP_WORDS[at]}
		case $are_over$word in
		--) are_over=yes ;;
		-*)
			what=$(_heddle_argument "$command" "$word")
			[ -z "$what" ] || ! _heddle_option_argument "$at" "$what" || return 0
			;;
		*)
			[ "$takes" != command ] || { _heddle_other_command "$at"; return; }
			;;
		esac
	done
	case $are_over$current in
	-*) _heddle_choose "$(_heddle_options "$command")" "$current" ;;
	*)
		[ "$takes" != command ] || { _heddle_other_command "$COMP_CWORD"; return; }
		_heddle_complete "$takes" "$current"
		;;
	esac
}

complete -o default -F _heddle heddle
