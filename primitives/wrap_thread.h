/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the preload library knows of the calling thread. */
#ifndef PRIMITIVES_WRAP_THREAD_H
#define PRIMITIVES_WRAP_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "primitives/frames.h"
#include "primitives/noise_plan.h"

struct packer;

/* All zero for a thread that was never seen. */
struct wrap_thread {
	struct packer *packer; /* NULL: not yet, in an emission, or events are not packed */
	struct packer *own;    /* the same also in an emission */
	int32_t pid, tid;      /* 0 not asked yet */
	unsigned inside;       /* loading the tracer: all that is called is the tracer's */
	unsigned emitting;     /* how many emissions it is in: signal handlers may come between */
	bool is_tracer;	       /* a thread of LTTng's */
	bool is_summary;       /* uncontended operations on locks are counted, not recorded */
	bool has_start;	       /* runs under our start routine, which emits its exit */
	bool has_exited;       /* its exit was told before it left that routine */
	struct frames frames;
	struct noise_thread noise;
};

extern __thread struct wrap_thread wrap_thread __attribute__((tls_model("initial-exec")));

#endif
