/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One recording session of LTTng-UST, with the daemon that it needs.
 *
 * Buffers are per process: a program killed in the middle of writing an event
 * leaves its buffer unreadable from there on, which would stop every other
 * writer of a shared one for ever, since a full buffer makes its writer wait.
 */
#include "libtrace/session.h"

#include <inttypes.h>
#include <limits.h>
#include <lttng/lttng.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "libtrace/bounded.h"
#include "libtrace/daemon.h"
#include "libtrace/home.h"
#include "libtrace/machine.h"
#include "libtrace/recording.h"

#define SHARED_MEMORY "/dev/shm"

/*
 * A writer that finds its buffer full naps for 100 ms, whatever the consumer
 * does meanwhile. Measured with two threads that emit as fast as they can, 4 million
 * events: 21 to 34 s with 4 times 32 KiB a CPU, 4.1 with 64, 1.0 with 128,
 * 0.8 with 256, 0.65 with 512 and no better with 1024.
 */
#define BUFFER_SIZE_MAX (512 * 1024)
#define BUFFER_SIZE_MIN (32 * 1024)
#define PROCESSES_AT_ONCE 32

/* Of shared memory, the part that a process may take that writes all. */
#define SHARE_OF_ONE 4

#define START_TIMEOUT_NS INT64_C(30000000000)
#define STOP_TIMEOUT_NS INT64_C(120000000000)
#define GIVE_UP_TIMEOUT_NS INT64_C(5000000000)
#define PENDING_STEP_MS 5
#define DEATH_STEP_MS 20
#define DEATH_STEPS 25

/* What the consumer says when it could not write; it never reads that buffer again. */
#define WRITE_FAILED "Error consuming subbuffer"

/* What the daemon says when a process gets no buffer: it runs unrecorded. */
#define BUFFER_FAILED "Error creating UST channel"

/* liblttng-ctl writes to stderr unless this is set; not in its headers, but in all its versions. */
extern int lttng_opt_quiet __attribute__((weak));

struct session {
	uint64_t run;
	char name[64];
	char directory[PATH_MAX];
	char url[PATH_MAX + 32];
	bool is_private;
	bool has_one_writer;
	uint64_t buffer_size;
	struct daemon daemon;
	struct home home;	/* where is_private */
	struct machine machine; /* where not */
	char log[128];		/* messages of the daemon */
	off_t log_start;	/* those before are not about this session */
	bool is_created;
	void (*flushing)(void *argument);
	void *argument;
	int code;		 /* of LTTng, negative for an error; from the latest call */
	atomic_bool is_given_up; /* do not wait for what will not come */
};

uint64_t session_run(const struct session *session)
{
	return session->run;
}

const char *session_home(const struct session *session)
{
	return session->is_private ? session->home.path : NULL;
}

const char *session_home_before(const struct session *session)
{
	return session->is_private ? session->home.before : getenv("LTTNG_HOME");
}

pid_t session_daemon(const struct session *session)
{
	return session->daemon.pid;
}

void session_watch(const struct session *session, int fds[2])
{
	fds[0] = session->daemon.pidfd;
	fds[1] = session->daemon.consumer_pidfd;
}

static uint64_t buffer_size(uint64_t free_bytes, uint64_t cpus)
{
	uint64_t share = free_bytes / SESSION_BUFFERS / (cpus ? cpus : 1);
	uint64_t size = BUFFER_SIZE_MAX;

	while (size > BUFFER_SIZE_MIN && size > share)
		size /= 2;
	return size;
}

uint64_t session_buffer_size(uint64_t free_bytes, uint64_t cpus)
{
	return buffer_size(free_bytes / PROCESSES_AT_ONCE, cpus);
}

uint64_t session_buffer_size_of_one(uint64_t free_bytes, uint64_t cpus)
{
	return buffer_size(free_bytes / SHARE_OF_ONE, cpus);
}

static uint64_t buffer_size_here(enum session_writers writers)
{
	struct statvfs status;
	long configured = sysconf(_SC_NPROCESSORS_CONF);
	uint64_t cpus = configured > 0 ? (uint64_t)configured : 1;

	if (statvfs(SHARED_MEMORY, &status) < 0)
		return BUFFER_SIZE_MIN;
	uint64_t free_bytes = (uint64_t)status.f_bavail * status.f_frsize;
	return writers == SESSION_ONE ? session_buffer_size_of_one(free_bytes, cpus)
				      : session_buffer_size(free_bytes, cpus);
}

static int enable_channel(struct lttng_handle *handle, struct lttng_domain *domain,
			  uint64_t buffer_size)
{
	struct lttng_channel *channel = lttng_channel_create(domain);

	if (!channel)
		return -LTTNG_ERR_NOMEM;
	snprintf(channel->name, sizeof(channel->name), RECORDING_CHANNEL);
	channel->attr.overwrite = 0;
	channel->attr.subbuf_size = buffer_size;
	channel->attr.num_subbuf = SESSION_BUFFERS;
	channel->attr.output = LTTNG_EVENT_MMAP;
	int ret = lttng_channel_set_blocking_timeout(channel, -1);
	if (ret >= 0)
		ret = lttng_enable_channel(handle, channel);
	lttng_channel_destroy(channel);
	return ret;
}

static int enable_events(struct lttng_handle *handle, const struct session *session)
{
	char filter[64];
	struct lttng_event *event = lttng_event_create();

	if (!event)
		return -LTTNG_ERR_NOMEM;
	event->type = LTTNG_EVENT_TRACEPOINT;
	event->loglevel_type = LTTNG_EVENT_LOGLEVEL_ALL;
	snprintf(event->name, sizeof(event->name), RECORDING_PROVIDER ":*");
	snprintf(filter, sizeof(filter), "run == %" PRIu64, session->run);
	/* All programs of root meet in the machine's daemon; nobody else is in a private one. */
	int ret = lttng_enable_event_with_filter(handle, event, RECORDING_CHANNEL,
						 session->is_private ? NULL : filter);
	lttng_event_destroy(event);
	return ret;
}

static int create(struct session *session)
{
	struct lttng_domain domain = {
		.type = LTTNG_DOMAIN_UST,
		.buf_type = LTTNG_BUFFER_PER_PID,
	};
	int ret = lttng_create_session(session->name, session->url);

	if (ret < 0)
		return ret;
	session->is_created = true;
	struct lttng_handle *handle = lttng_create_handle(session->name, &domain);
	if (!handle)
		return -LTTNG_ERR_NOMEM;
	ret = enable_channel(handle, &domain, session->buffer_size);
	if (ret >= 0)
		ret = enable_events(handle, session);
	if (ret >= 0)
		ret = lttng_start_tracing(session->name);
	lttng_destroy_handle(handle);
	return ret;
}

static int stop(struct session *session)
{
	int ret = lttng_stop_tracing_no_wait(session->name);
	int pending = 0;

	while (ret >= 0 && (pending = lttng_data_pending(session->name)) == 1 &&
	       !atomic_load(&session->is_given_up))
		poll(NULL, 0, PENDING_STEP_MS);
	if (pending < 0)
		ret = pending;
	/*
	 * A private daemon takes its session with it. Destroying it takes half a second, in
	 * which nothing more is written: not pending means complete.
	 */
	if (session->is_private)
		return ret;
	int destroyed = lttng_destroy_session(session->name);
	return ret < 0 ? ret : destroyed;
}

/* Codes of LTTng and errno overlap: they must not share a return value. */
static int run_create(void *session)
{
	((struct session *)session)->code = create(session);
	return 0;
}

static int run_stop(void *session)
{
	((struct session *)session)->code = stop(session);
	return 0;
}

static int find_daemon(struct session *session, struct error *err)
{
	struct stat status;

	if (session->is_private) {
		int ret = home_enter(&session->home, &session->daemon, err);

		home_log(&session->home, session->log, sizeof(session->log));
		return ret;
	}
	int ret = machine_join(&session->machine, session->run, &session->daemon, err);
	snprintf(session->log, sizeof(session->log), MACHINE_LOG);
	if (stat(session->log, &status) == 0)
		session->log_start = status.st_size;
	return ret;
}

/* is_lost: a thread still uses the session, which must stay for ever. */
static void discard(struct session *session, bool is_broken, bool is_lost)
{
	/*
	 * The one writer is there still: its buffers were flushed when the session stopped. Others may have
	 * ended just before, and what they left the daemon sees to before it ends by itself.
	 */
	if (session->is_private)
		home_leave(&session->home, &session->daemon, is_broken || session->has_one_writer);
	else
		machine_leave(&session->machine, &session->daemon, is_broken);
	if (!is_lost)
		free(session);
}

/* Sets *is_lost when the call does not end. */
static int call_daemon(struct session *session, int (*run)(void *), int64_t timeout_ns,
		       bool *is_lost, struct error *err)
{
	int ret = bounded_call(run, session, timeout_ns, session->flushing, session->argument);

	*is_lost = ret == -ETIMEDOUT;
	if (*is_lost) {
		atomic_store(&session->is_given_up, true);
		return fail(err, ETIMEDOUT, "the session daemon does not answer");
	}
	if (ret < 0)
		return fail(err, -ret, "cannot make a thread: %s", strerror(-ret));
	if (session->code < 0)
		return fail(err, EIO, "LTTng: %s", lttng_strerror(session->code));
	return 0;
}

static uint64_t random_run(void)
{
	uint64_t run = 0;

	while (run == 0) {
		if (getrandom(&run, sizeof(run), 0) != sizeof(run))
			run = 0;
		run &= INT64_MAX;
	}
	return run;
}

static struct session *new_session(const char *directory, enum session_writers writers)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	if (&lttng_opt_quiet)
		lttng_opt_quiet = 1;
	daemon_init(&session->daemon);
	session->is_private = geteuid() != 0;
	session->has_one_writer = writers == SESSION_ONE;
	session->machine.lock = -1;
	session->run = random_run();
	session->buffer_size = buffer_size_here(writers);
	snprintf(session->name, sizeof(session->name), MACHINE_SESSION_PREFIX "%" PRIu64,
		 session->run);
	snprintf(session->directory, sizeof(session->directory), "%s", directory);
	snprintf(session->url, sizeof(session->url), "file://%s/" RECORDING_CTF, directory);
	return session;
}

int session_start(const char *directory, enum session_writers writers, struct session **ret_session,
		  struct error *err)
{
	struct error ignored;
	bool is_lost = false;
	struct session *session = new_session(directory, writers);

	if (!session)
		return fail(err, ENOMEM, "out of memory");
	int ret = find_daemon(session, err);
	if (ret == 0) {
		ret = call_daemon(session, run_create, START_TIMEOUT_NS, &is_lost, err);
		if (ret < 0)
			error_prefix(err, ret, "cannot start a tracing session");
	}
	if (ret == 0) {
		daemon_find_consumer(&session->daemon);
		*ret_session = session;
		return 0;
	}
	if (session->is_created && !is_lost)
		(void)!call_daemon(session, run_stop, GIVE_UP_TIMEOUT_NS, &is_lost, &ignored);
	discard(session, is_lost, is_lost);
	return ret;
}

/* Too little for the next piece of one CPU. */
static bool is_disk_full(const struct session *session)
{
	struct statvfs status;

	if (statvfs(session->directory, &status) < 0)
		return false;
	uint64_t blocks = session->is_private ? status.f_bavail : status.f_bfree;
	return blocks * status.f_frsize < session->buffer_size;
}

int session_check(const struct session *session, struct error *err)
{
	if (!daemon_is_alive(&session->daemon))
		return fail(err, EPIPE, "the tracing daemon ended during the recording");
	if (is_disk_full(session))
		return fail(err, ENOSPC, "no space is left on the device for the recording in '%s'",
			    session->directory);
	/* In the machine's daemon it may be another recording's disk. */
	if (session->is_private && daemon_has_said(session->log, 0, WRITE_FAILED))
		return fail(err, EIO, "the recording in '%s' cannot be written any more",
			    session->directory);
	return 0;
}

static int check_complete(const struct session *session, struct error *err)
{
	if (daemon_has_said(session->log, session->log_start, BUFFER_FAILED))
		return fail(err, ENOBUFS,
			    "some processes were not recorded: too little memory in '" SHARED_MEMORY
			    "'");
	return session_check(session, err);
}

int session_stop(struct session *session, void (*flushing)(void *), void *argument,
		 struct error *err)
{
	bool is_lost = false;
	struct error why;
	int state = session_check(session, &why);
	int ret = 0;

	session->flushing = flushing;
	session->argument = argument;
	atomic_store(&session->is_given_up, state < 0);
	/* Without a consumer it waits for ever, without a daemon there is nothing to stop. */
	if (state != -EPIPE)
		ret = call_daemon(session, run_stop,
				  state < 0 ? GIVE_UP_TIMEOUT_NS : STOP_TIMEOUT_NS, &is_lost, err);
	/* A dying daemon hangs up first and is seen to be dead a little later. */
	for (int i = 0; ret < 0 && state == 0 && !is_lost && i < DEATH_STEPS; i++) {
		state = session_check(session, &why);
		poll(NULL, 0, DEATH_STEP_MS);
	}
	if (state == 0)
		state = check_complete(session, &why);
	if (state < 0) {
		*err = why;
		ret = state;
	}
	discard(session, state == -EPIPE || is_lost, is_lost);
	return ret;
}
