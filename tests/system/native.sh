#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The library of primitives as it is installed; the end of programs; what checkers say of it.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

rules=$build/tests/native/rules
sources() {
	find "$source/native" "$source/tests/native" -name '*.c' ! -name header.c
}

# What a user has: headers, library and pkg-config file below $T/usr, as `make install` puts them.
install() {
	run make -s -C "$build" prefix="$T/usr" install-libLTLIBRARIES install-includeHEADERS \
		install-heddleincludeHEADERS install-pkgconfigDATA
	is "$status" 0 'headers, library and pkg-config file are installed'
	sed -i "s|^prefix=.*|prefix=$T/usr|; s|^\(libdir\)=.*|\1=$T/usr/lib|; s|^\(includedir\)=.*|\1=$T/usr/include|" \
		"$T/usr/lib/pkgconfig/heddle.pc"
	flags=$(PKG_CONFIG_PATH=$T/usr/lib/pkgconfig pkg-config --cflags --libs heddle)
	like "$T/usr/lib/pkgconfig/heddle.pc" '^Version: [0-9.]+$' 'pkg-config tells the version'
}

# compile WHAT COMPILER...: header.c with every warning, and run.
compile() {
	what=$1
	shift
	# shellcheck disable=SC2086 # a list of words
	run "$@" -Wall -Wextra -Wpedantic -Wshadow -Werror "$source/tests/native/header.c" -o "$T/header" $flags
	is "$status" 0 "$what: compiles without a warning"
	run env LD_LIBRARY_PATH="$T/usr/lib" "$T/header"
	is "$(cat "$T/out") $status" 'all is well 0' "$what: and runs"
}

languages() {
	compile 'C11' gcc -std=c11 -Wstrict-prototypes
	compile 'C++17' g++ -std=c++17 -x c++
	if command -v clang >/dev/null; then
		compile 'C11, clang' clang -std=c11 -Wstrict-prototypes
	else
		skip 'clang is not installed' 'C11, clang: compiles without a warning'
	fi
}

# The names of the headers, of the library and of the manual are the same ones.
names() {
	cat "$source"/native/heddle/*.h | grep -vE '^(#define|typedef|inline)|^[^a-z]|\(\*heddle' |
		grep -oE '\bheddle_[a-z_]+\(' | tr -d '(' | sort -u >"$T/declared"
	readelf --dyn-syms -W "$T/usr/lib/libheddle.so.0" |
		awk '$7 != "UND" && $5 != "LOCAL" && $7 != "ABS" { sub(/@.*/, "", $8); print $8 }' |
		grep . | grep -v '^Name$' | sort -u >"$T/exported"
	same "$T/declared" "$T/exported" 'the library exports what the headers declare, and no more'
	sed -n 's/^\.Fn \(heddle_[a-z_]*\).*/\1/p' "$source/doc/heddle.3" | sort -u >"$T/told"
	grep -v '^heddle_with_' "$T/declared" >"$T/wanted"
	same "$T/wanted" "$T/told" 'the manual tells each function'
	grep -ohE '^	HEDDLE_[A-Z_]+ = -E' "$source/native/heddle/base.h" | tr -d '	' | cut -d' ' -f1 |
		while read -r error; do
			grep -q "It Dv $error\$" "$source/doc/heddle.3" || echo "$error"
		done >"$T/out"
	is "$(cat "$T/out")" '' 'the manual tells each error'
	readelf -d "$T/usr/lib/libheddle.so.0" >"$T/out"
	like "$T/out" 'SONAME.*\[libheddle\.so\.0\]' 'the library has a version'
	unlike "$T/out" 'NEEDED.*(lttng|babeltrace|glib|libdw)' 'the library needs nothing of the tool'
	if command -v mandoc >/dev/null; then
		mandoc -T lint -W warning "$source/doc/heddle.3" >"$T/out" 2>&1
		is "$(cat "$T/out")" '' 'mandoc has nothing to say about the manual'
	else
		skip 'mandoc is not installed' 'mandoc has nothing to say about the manual'
	fi
}

# end WAY STATUS OUTPUT DESCRIPTION
end() {
	run "$programs/native_end" "$1"
	is "$status $(tr '\n' ',' <"$T/out")" "$2 $3" "$4"
}

ends() {
	end waits 0 'worked,exit handler,' 'main returns: the program waits for its threads, then calls exit handlers'
	end exit 3 'worked,exit handler,' 'main calls exit: the same'
	end daemon 0 'exit handler,' 'a daemon does not keep the program'
	end other 4 'exit handler,' 'another thread calls exit: it waits for none'
	end fork 0 'child,exit handler,exit handler,' 'fork: the child has the forking thread, and what it owns'
	end fails 0 'exit handler,' 'a thread that fails does not end the program'
	is "$(cat "$T/err")" 'heddle: thread `careless` failed: the barrier is broken' 'it is told in one line'
}

# checked NAME COMMAND...: all rules hold, and the checker has nothing to say.
checked() {
	what=$1
	shift
	run "$@"
	is "$status $(grep -c '^ok' "$T/out") $(grep -vE '^(ok|1\.\.|heddle: thread)' "$T/out" "$T/err" | head -n 5)" \
		"0 $(sed -n 's/^1\.\.//p' "$T/out") " "$what finds nothing while every rule is checked"
}

checkers() {
	ok 'more than 150 rules are checked' test "$("$rules" 1 | grep -c '^ok')" -ge 150
	# Its word for memory that a thread's stack needs. That the system refuses a thread is a rule.
	cat >"$T/refused.supp" <<-'END'
		{
		   refused
		   Helgrind:PthAPIerror
		   obj:*vgpreload_helgrind*
		   obj:*/libheddle.so*
		}
	END
	# shellcheck disable=SC2046 # a list of files
	run gcc -std=gnu11 -D_GNU_SOURCE -DHAVE_VALGRIND_HELGRIND_H=0 -I"$source" -I"$source/native" -g -O1 \
		-fexceptions -pthread -fsanitize=thread $(sources) -o "$T/rules.tsan"
	if [ "$status" = 0 ] && "$T/rules.tsan" 1 >/dev/null 2>&1; then
		checked ThreadSanitizer "$T/rules.tsan" 200
	else
		skip 'ThreadSanitizer does not run here' 'ThreadSanitizer finds nothing while every rule is checked'
	fi
	if command -v valgrind >/dev/null && grep -q '^#define HAVE_VALGRIND_HELGRIND_H 1' "$build/config.h"; then
		checked Helgrind "$build/libtool" --mode=execute valgrind --tool=helgrind -q --error-exitcode=99 \
			--suppressions="$T/refused.supp" "$rules" 10
	else
		skip 'valgrind is not installed' 'Helgrind finds nothing while every rule is checked'
	fi
}

install
languages
names
ends
checkers
finish
