#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Other people's programs that come to an end by themselves: bare and recorded they do the same.
# shellcheck source=tests/soak/soak.sh
. "$(dirname "$0")/soak.sh"

compressors() {
	make_text "$T/user/text" 400000
	alike xz xz -T2 -1 -k -c "$T/user/text"
	alike zstd zstd -q -T2 -k -c "$T/user/text"
	alike pbzip2 pbzip2 -q -p2 -k -c "$T/user/text"
	rm "$T/user/text"
}

# Frames made by ffmpeg itself; the same bytes come out however threads take turns.
videos() {
	alike ffmpeg ffmpeg -nostdin -v error -f lavfi -i testsrc=duration=4:size=640x360:rate=25 \
		-threads 4 -c:v mpeg4 -flags +bitexact -fflags +bitexact -f avi -
	if command -v ffmpeg >/dev/null; then
		ffmpeg -nostdin -v error -f lavfi -i testsrc=duration=2:size=640x360:rate=25 \
			-pix_fmt yuv420p "$T/user/frames.y4m"
	fi
	alike x264 x264 --quiet --threads 4 --preset veryfast -o "$T/user/out.264" "$T/user/frames.y4m"
	rm -f "$T/user/frames.y4m" "$T/user/out.264"
}

java() {
	if ! command -v javac >/dev/null; then
		skip 'there is no javac here' java
		return
	fi
	mkdir "$T/user/java"
	cat >"$T/user/java/Hello.java" <<-'END'
		import java.util.concurrent.*;

		public class Hello {
		    public static void main(String[] arguments) throws Exception {
		        ExecutorService pool = Executors.newFixedThreadPool(4);
		        long sum = 0;
		        java.util.List<Future<Long>> parts = new java.util.ArrayList<>();
		        for (int i = 0; i < 100; i++) {
		            final long n = i;
		            parts.add(pool.submit(() -> n * n));
		        }
		        for (Future<Long> part : parts)
		            sum += part.get();
		        pool.shutdown();
		        System.out.println("hello " + sum);
		    }
		}
	END
	javac -d "$T/user/java" "$T/user/java/Hello.java" || return
	alike openjdk java -cp "$T/user/java" Hello
}

node() {
	cat >"$T/user/workers.js" <<-'END'
		const { Worker, isMainThread, parentPort, workerData } = require("worker_threads");
		if (isMainThread) {
		  let left = 4, sum = 0;
		  for (let i = 0; i < 4; i++) {
		    const worker = new Worker(__filename, { workerData: i });
		    worker.on("message", (part) => {
		      sum += part;
		      if (--left === 0) console.log("sum", sum);
		    });
		  }
		} else {
		  let part = 0;
		  for (let i = 0; i < 1e6; i++) part += (i * (workerData + 1)) % 7;
		  parentPort.postMessage(part);
		}
	END
	alike node node "$T/user/workers.js"
}

# A program of many threads, linked with other allocators, and with AddressSanitizer.
allocators() {
	cat >"$T/user/churn.c" <<-'END'
		#include <pthread.h>
		#include <stdio.h>
		#include <stdlib.h>

		static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
		static long total;

		static void *churn(void *seed)
		{
			unsigned state = (unsigned)(long)seed;
			char *kept[64] = { 0 };

			for (int i = 0; i < 50000; i++) {
				state = state * 1664525u + 1013904223u;
				free(kept[state >> 26]);
				kept[state >> 26] = malloc(state >> 18 & 8191);
				pthread_mutex_lock(&mutex);
				total += state >> 31;
				pthread_mutex_unlock(&mutex);
			}
			for (int i = 0; i < 64; i++)
				free(kept[i]);
			return NULL;
		}

		int main(void)
		{
			pthread_t threads[8];

			for (long i = 0; i < 8; i++)
				pthread_create(&threads[i], NULL, churn, (void *)i);
			for (int i = 0; i < 8; i++)
				pthread_join(threads[i], NULL);
			printf("%ld\n", total);
			return 0;
		}
	END
	for allocator in jemalloc.so.2 tcmalloc_minimal.so.4; do
		library=$(ldconfig -p | sed -n "s/.*lib$allocator .*=> //p" | head -n 1)
		if [ -z "$library" ]; then
			skip "there is no lib$allocator here" "$allocator"
			continue
		fi
		gcc -O2 -pthread -o "$T/user/churn" "$T/user/churn.c" "$library" &&
			alike "$allocator" "$T/user/churn"
	done
	gcc -O1 -fsanitize=address -pthread -o "$T/user/churn" "$T/user/churn.c" &&
		alike 'AddressSanitizer' env ASAN_OPTIONS=verify_asan_link_order=0 "$T/user/churn"
}

compressors
videos
java
node
allocators
finish
