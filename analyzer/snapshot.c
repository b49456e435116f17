/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where all threads of COMMAND's family stand at one moment. The work is done by a thread of its
 * own: files of /proc may hang with the process that they tell of, so it may have to be
 * left behind; and what it has attached to is let go by the kernel when it ends.
 */
#include "analyzer/snapshot.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "analyzer/clock.h"
#include "analyzer/sighting.h"

/* What is behind the budget to get to an end. */
#define PATIENCE_NS (SECOND_NS / 2)

struct job {
	struct sighting_limits limits;
	struct sightings sightings;
	pid_t except[4];
	int done; /* eventfd */
};

static void *work(void *argument)
{
	struct job *job = argument;
	uint64_t one = 1;

	sightings_collect(&job->sightings, job->except, &job->limits);
	(void)!write(job->done, &one, sizeof(one));
	return NULL;
}

/* True: it is done. */
static bool await(struct job *job, const struct snapshot_options *options)
{
	struct pollfd fds[] = { { job->done, POLLIN, 0 }, { options->signals, POLLIN, 0 } };
	int64_t until = job->limits.until_ns + PATIENCE_NS;

	for (int64_t now = clock_now_ns(); !fds[0].revents && now < until; now = clock_now_ns()) {
		poll(fds, 2, (int)((until - now) / 1000000) + 1);
		if (fds[1].revents && options->is_cut(options->argument))
			atomic_store(&job->limits.is_cut, true);
	}
	return fds[0].revents != 0;
}

static struct job *job_new(const struct snapshot_options *options)
{
	struct job *job = g_new0(struct job, 1);

	job->limits.until_ns = clock_now_ns() + options->budget_ns;
	for (size_t i = 0; i + 1 < G_N_ELEMENTS(job->except) && options->except[i]; i++)
		job->except[i] = options->except[i];
	sightings_init(&job->sightings);
	job->done = eventfd(0, EFD_CLOEXEC);
	return job;
}

static void job_free(struct job *job)
{
	sightings_done(&job->sightings);
	if (job->done >= 0)
		close(job->done);
	g_free(job);
}

int snapshot_take(const struct snapshot_options *options, struct notes *notes, int64_t time_ns,
		  struct error *err)
{
	struct job *job = job_new(options);
	pthread_t thread;

	if (job->done < 0 || pthread_create(&thread, NULL, work, job) != 0) {
		job_free(job);
		return sightings_write_none(notes, time_ns, "no thread could be made for it", err);
	}
	if (!await(job, options)) {
		/* It hangs. What it uses is its own from now on. */
		pthread_detach(thread);
		return sightings_write_none(notes, time_ns, "a process could not be read", err);
	}
	pthread_join(thread, NULL);
	int ret = sightings_write(&job->sightings, notes, time_ns, err);
	job_free(job);
	return ret;
}
