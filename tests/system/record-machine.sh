#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Recordings of root share the machine's daemon: the last one out ends it. Run in a namespace of
# its own, where no daemon of the real machine is met and /dev/shm is as small as a container's.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

[ "$(id -u)" = 0 ] || skip_all 'only root meets the machine'\''s daemon'
unshare -m mount -t tmpfs tmpfs /run 2>/dev/null || skip_all 'no mount namespace here'

# $T/apart SHM COMMAND...: with a /run of its own, and a /dev/shm of that size.
cat >"$T/apart" <<'EOS'
size=$1
shift
mount -t tmpfs tmpfs /run && mount -t tmpfs -o "size=$size,mode=1777" tmpfs /dev/shm && exec "$@"
EOS

overlap() {
	cat >"$T/overlap" <<-'EOS'
		"$1" record -o "$3/first" -- sh -c "sleep 1; $2 2 1000 own" & first=$!
		sleep 0.3
		"$1" record -o "$3/killed" -- sleep 5 & killed=$!
		sleep 0.3
		"$1" record -o "$3/last" -- sh -c "$2 2 1000 own; sleep 2" & last=$!
		sleep 0.7
		kill -KILL $killed
		wait $first && wait $last
		echo "status $?"
		ls /run/lttng/heddle* 2>/dev/null
		lttng --no-sessiond list 2>&1
	EOS
	run unshare -m sh "$T/apart" 64m \
		sh "$T/overlap" "$heddle" "$programs/lockloop" "$T/user"
	is "$status" 1 'overlapping recordings: no daemon is left to ask'
	like "$T/out" '^status 0$' 'overlapping recordings: both succeed'
	unlike "$T/out" '/run/lttng/heddle' 'overlapping recordings: no lock and no log is left'
	for name in first last; do
		is "$("$heddle" dump "$T/user/$name" | grep -c 'process_start.*text="[^ ]*lockloop')" 1 \
			"overlapping recordings: $name holds its own program alone"
	done
}

small_memory() {
	run unshare -m sh "$T/apart" 2m "$heddle" record --plain -o "$T/user/small" -- \
		sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do sleep 1 & done; wait'
	is "$status" 125 'too little shared memory: exit code'
	like "$T/err" 'some processes were not recorded' 'too little shared memory: it says so'
}

overlap
small_memory
finish
