#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Servers under load, bare and recorded, as an ordinary user: clients see no error, the server ends with the
# same status, and nothing of the recording is lost.
# shellcheck source=tests/soak/soak.sh
. "$(dirname "$0")/soak.sh"

limit=$patience
who=$(users | tail -n 1)
port=$((20000 + $$ % 20000))

# within SECONDS COMMAND...: until it succeeds.
within() {
	tries=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

# server NAME READY LOAD STOP COMMAND...: the first three are commands for eval.
server() {
	name=$1
	ready=$2
	load=$3
	stop=$4
	shift 4
	if ! command -v "$1" >/dev/null; then
		skip "there is no $1 here" "$name"
		return
	fi
	rm -rf "$trace"
	once bare "$@"
	once recorded "$heddle" record -o "$trace" -- "$@"
	is "$(cat "$T/bare.load")" 0 "$name: the load succeeds, bare"
	is "$(cat "$T/recorded.load")" 0 "$name: the load succeeds"
	is "$(cat "$T/recorded.status")" "$(cat "$T/bare.status")" "$name: exit status"
	whole "$name"
}

# once HOW COMMAND...: what comes of it is in $T/HOW.load, $T/HOW.status.
once() {
	how=$1
	shift
	(by "$who" "$@" >"$T/out" 2>"$T/err" </dev/null; echo $? >"$T/$how.status") &
	if within 60 eval "$ready"; then
		eval "$load" >"$T/load.out" 2>&1
		echo $? >"$T/$how.load"
		note "$T/load.out" >"$T/load.note"
		[ "$(cat "$T/$how.load")" = 0 ] || cat "$T/load.note"
	else
		echo 'not ready' >"$T/$how.load"
		note "$T/err"
	fi
	eval "$stop" >/dev/null 2>&1
	wait
}

redis() {
	socket=$T/user/redis
	server redis "redis-cli -s $socket ping" \
		"redis-benchmark -s $socket -q -n 40000 -c 50 -P 4 -t set,get,lpush,lpop,incr" \
		"redis-cli -s $socket shutdown nosave" \
		redis-server --port 0 --unixsocket "$socket" --io-threads 4 --io-threads-do-reads yes \
		--save '' --appendonly no --dir "$T/user"
}

memcached() {
	server memcached "memcstat --servers=127.0.0.1:$port" \
		"memcslap --servers=127.0.0.1:$port --concurrency=8 --execute-number=4000 --test=set &&
		memcslap --servers=127.0.0.1:$port --concurrency=8 --execute-number=4000 --test=get" \
		"kill -TERM \"\$(cat $T/user/memcached.pid)\"" \
		memcached -l 127.0.0.1 -p "$port" -U 0 -t 4 -P "$T/user/memcached.pid"
}

mariadb() {
	if ! command -v mariadb-install-db >/dev/null || ! command -v sysbench >/dev/null; then
		skip 'there is no mariadb-install-db or no sysbench here' mariadb
		return
	fi
	data=$T/user/mariadb
	socket=$T/user/mariadb.socket
	by "$who" mariadb-install-db --no-defaults --datadir="$data" \
		--auth-root-authentication-method=normal >"$T/out" 2>&1 || note "$T/out"
	admin="mariadb-admin --no-defaults -u root -S $socket"
	bench="sysbench oltp_read_write --mysql-socket=$socket --mysql-user=root --mysql-db=sbtest"
	bench="$bench --tables=2 --table-size=2000 --threads=4 --time=8"
	server mariadb "$admin ping" \
		"$admin drop -f sbtest; $admin create sbtest; $bench prepare && $bench run && $bench cleanup" "$admin shutdown" \
		mariadbd --no-defaults --datadir="$data" --socket="$socket" --skip-networking \
		--pid-file="$T/user/mariadb.pid" --thread-handling=pool-of-threads
	rm -rf "$data"
}

nginx() {
	mkdir -p "$T/user/nginx/logs"
	chmod -R 777 "$T/user/nginx"
	head -c 300000 /dev/urandom >"$T/user/nginx/file"
	cat >"$T/user/nginx/nginx.conf" <<-END
		daemon off;
		worker_processes 2;
		pid $T/user/nginx/pid;
		error_log $T/user/nginx/logs/error;
		thread_pool default threads=4;
		events { worker_connections 128; }
		http {
		    access_log off;
		    aio threads;
		    client_body_temp_path $T/user/nginx/body;
		    proxy_temp_path $T/user/nginx/proxy;
		    fastcgi_temp_path $T/user/nginx/fastcgi;
		    uwsgi_temp_path $T/user/nginx/uwsgi;
		    scgi_temp_path $T/user/nginx/scgi;
		    server { listen 127.0.0.1:$port; root $T/user/nginx; }
		}
	END
	server nginx "ab -n 1 http://127.0.0.1:$port/file" \
		"ab -q -n 3000 -c 16 http://127.0.0.1:$port/file | grep -E 'Failed requests: +0$'" \
		"kill -QUIT \"\$(cat $T/user/nginx/pid)\"" \
		nginx -p "$T/user/nginx" -c "$T/user/nginx/nginx.conf" -e "$T/user/nginx/logs/error"
}

postgres() {
	bin=$(find /usr/lib/postgresql -name bin -type d 2>/dev/null | tail -n 1)
	if [ -z "$bin" ]; then
		skip 'there is no /usr/lib/postgresql here' postgres
		return
	fi
	data=$T/user/postgres
	by "$who" "$bin/initdb" -D "$data" -U postgres -A trust >"$T/out" 2>&1 || note "$T/out"
	options="-h $T/user -U postgres -p $port"
	server postgres "$bin/pg_isready $options" \
		"$bin/pgbench $options -i -q postgres && $bin/pgbench $options -c 4 -j 2 -T 8 postgres" \
		"by $who $bin/pg_ctl -D $data -m fast stop" \
		"$bin/postgres" -D "$data" -p "$port" -k "$T/user" -c listen_addresses= -c fsync=off
	rm -rf "$data"
}

redis
memcached
mariadb
nginx
postgres
finish
