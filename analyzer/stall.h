/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Does anything move? Decided from what is seen now and then, by clocks that the caller gives. */
#ifndef ANALYZER_STALL_H
#define ANALYZER_STALL_H

#include <stdbool.h>
#include <stdint.h>

/* Whoever computes without a traced call has so many times longer. */
#define STALL_BUSY_FACTOR 10

/* What is seen at one moment. */
struct stall_sample {
	uint64_t movement; /* another number where something was recorded, or a process came or went */
	unsigned waiting; /* threads in waits that do not end by themselves */
	int64_t cpu_ns;	  /* that all processes have used */
	bool is_running;  /* some thread runs, or would if a processor or a disk were free */
};

struct stall {
	int64_t limit_ns;
	int64_t period_ns; /* between two looks */
	int64_t look_ns;   /* when to look next */
	bool has_sample;
	uint64_t movement;
	int64_t seen_ns;  /* the latest look */
	int64_t moved_ns; /* at which something had moved */
	int64_t cpu_ns;	  /* at that one */
};

/* The first look is due at once. limit_ns: above 0. */
void stall_init(struct stall *stall, int64_t limit_ns, int64_t now_ns);

/*
 * Take what is seen at now_ns. True: nothing has been recorded for limit_ns, nor has a process come or
 * gone, while a thread waited all the time. Where the processes have used more than a tenth of
 * a processor meanwhile, or a thread runs, it takes STALL_BUSY_FACTOR times as long. Where the looks
 * themselves were held up, all begins anew.
 */
bool stall_take(struct stall *stall, const struct stall_sample *sample, int64_t now_ns);

/* For how long nothing has moved. */
int64_t stall_idle_ns(const struct stall *stall, int64_t now_ns);

#endif
