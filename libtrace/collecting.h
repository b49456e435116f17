/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The collector's process itself, see collector.h: what it says to the recorder, and its main. */
#ifndef LIBTRACE_COLLECTING_H
#define LIBTRACE_COLLECTING_H

#include <stdint.h>
#include <sys/types.h>

#include "libtrace/arena.h"
#include "libtrace/collector.h"
#include "libtrace/error.h"

/*
 * The first message on the socket. A struct collecting_news follows each time that traced threads have
 * told of more rings of waits, and a struct collector_result at the end.
 */
struct collecting_ready {
	int32_t code; /* 0, or an errno */
	char text[sizeof(((struct error *)0)->text)];
};

struct collecting_news {
	uint32_t rings; /* how many so far, of waits.h */
};

/*
 * Run in a forked child of recorder until the other end of socket (of SOCK_SEQPACKET) is shut
 * down, or the recorder dies; then end.
 */
void collecting_run(const struct collector_options *options, const struct arena_file *file,
		    int socket, pid_t recorder) __attribute__((noreturn));

#endif
