/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is seen of the threads of COMMAND's family: collected, and written as events. */
#ifndef ANALYZER_SIGHTING_H
#define ANALYZER_SIGHTING_H

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "analyzer/notes.h"
#include "analyzer/walk.h"
#include "libtrace/error.h"

/* A thread. */
struct sighting {
	pid_t pid, tid;
	char state; /* as of ps(1) */
	char name[16];
	int64_t cpu_ns;
	unsigned count; /* of frames, 0: none were taken */
	uint64_t frames[WALK_FRAMES];
};

struct sightings {
	GArray *threads; /* struct sighting */
	GArray *modules; /* those of the frames; struct sighting_module */
	GArray *unseen;	 /* struct sighting_unseen */
};

struct sighting_limits {
	int64_t until_ns;    /* CLOCK_MONOTONIC */
	_Atomic bool is_cut; /* by another thread: to end as soon as can be */
};

void sightings_init(struct sightings *sightings);
void sightings_done(struct sightings *sightings);

/* Those of the traced processes of the family; except: as of family_signal(). See halt.h. */
void sightings_collect(struct sightings *sightings, const pid_t *except,
		       const struct sighting_limits *limits);

int sightings_write(const struct sightings *sightings, struct notes *notes, int64_t time_ns,
		    struct error *err) MUST_CHECK;

/* That nothing was seen of any thread, and why. */
int sightings_write_none(struct notes *notes, int64_t time_ns, const char *why,
			 struct error *err) MUST_CHECK;

#endif
