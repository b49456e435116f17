/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine's session daemon, which all recordings of root share.
 *
 * One file in the daemon's directory arbitrates. A lock on its first byte guards
 * joining and leaving. Each recording holds a lock on the byte of its own
 * number while it runs; the kernel drops it however the recording ends, so nothing can
 * be stale: a session whose byte is free belongs to nobody, and when no byte
 * is locked the last one is out. The file's text names the daemon that heddle
 * started: pid and start time.
 */
#include "libtrace/machine.h"

#include <fcntl.h>
#include <inttypes.h>
#include <lttng/lttng.h>
#include <poll.h>
#include <sys/stat.h>

#include "libtrace/bounded.h"
#include "libtrace/processes.h"

#define DIRECTORY "/var/run/lttng"
#define LOCK_PATH DIRECTORY "/heddle.lock"
#define PID_PATH DIRECTORY "/lttng-sessiond.pid"

#define GATE_TIMEOUT_MS 60000
#define GATE_STEP_MS 20
#define SECOND_NS INT64_C(1000000000)

static int lock_range(int fd, int command, short type, off_t start, off_t length)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = start,
		.l_len = length,
	};

	if (fcntl(fd, command, &lock) < 0)
		return -errno;
	return command == F_OFD_GETLK ? lock.l_type != F_UNLCK : 0;
}

/* A length of 0 reaches to the end: all recordings. */
static bool is_locked_by_others(int fd, off_t start, off_t length)
{
	return lock_range(fd, F_OFD_GETLK, F_WRLCK, start, length) != 0;
}

static int lock_gate(int fd)
{
	int ret = -EAGAIN;

	for (int waited = 0; ret == -EAGAIN && waited < GATE_TIMEOUT_MS; waited += GATE_STEP_MS) {
		ret = lock_range(fd, F_OFD_SETLK, F_WRLCK, 0, 1);
		if (ret == -EAGAIN)
			poll(NULL, 0, GATE_STEP_MS);
	}
	return ret;
}

static void unlock_gate(int fd)
{
	lock_range(fd, F_OFD_SETLK, F_UNLCK, 0, 1);
}

/* The file with its gate locked, and still the one that others would open. */
static int open_gate(struct error *err)
{
	struct stat status;

	mkdir(DIRECTORY, 0755);
	for (;;) {
		int fd = open(LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return fail(err, errno, "cannot open '" LOCK_PATH "': %s", strerror(errno));
		int ret = lock_gate(fd);
		if (ret == 0 && fstat(fd, &status) == 0 && status.st_nlink > 0)
			return fd;
		close(fd);
		if (ret < 0)
			return fail(err, -ret, "cannot lock '" LOCK_PATH "': %s", strerror(-ret));
	}
}

static void write_note(int fd, pid_t pid)
{
	struct process process;

	if (processes_get(pid, &process) == 0 && ftruncate(fd, 0) == 0 &&
	    lseek(fd, 0, SEEK_SET) == 0)
		dprintf(fd, "%d %" PRIu64 "\n", pid, process.start_time);
}

/* The running daemon that heddle started, 0: none. */
static pid_t noted_pid(int fd)
{
	char note[64];
	struct process process;
	uint64_t start_time;
	int pid;

	ssize_t length = pread(fd, note, sizeof(note) - 1, 0);
	if (length <= 0)
		return 0;
	note[length] = '\0';
	if (sscanf(note, "%d %" SCNu64, &pid, &start_time) != 2 || pid <= 0 ||
	    processes_get(pid, &process) < 0 || process.start_time != start_time ||
	    process.state == 'Z')
		return 0;
	return pid;
}

static pid_t running_pid(void)
{
	cleanup_fclose FILE *file = fopen(PID_PATH, "re");
	int pid;

	return file && fscanf(file, "%d", &pid) == 1 && pid > 0 ? pid : 0;
}

static int ask_alive(void *nothing)
{
	(void)nothing;
	return lttng_session_daemon_alive();
}

static bool is_serving(void)
{
	return bounded_call(ask_alive, NULL, 10 * SECOND_NS, NULL, NULL) == 1;
}

/* A daemon that heddle did not start and whose pid is not known is used unwatched. */
static int find_or_start(int fd, struct daemon *daemon, struct error *err)
{
	if (is_serving()) {
		pid_t pid = running_pid();
		return pid ? daemon_adopt(daemon, pid, err) : 0;
	}
	unlink(MACHINE_LOG);
	int ret = daemon_start(daemon, MACHINE_LOG, false, err);
	if (ret == 0) {
		write_note(fd, daemon->pid);
		return 0;
	}
	unlink(MACHINE_LOG);
	/* Somebody may have started it at the same moment, not through heddle. */
	if (is_serving() && running_pid())
		ret = daemon_adopt(daemon, running_pid(), err);
	return ret;
}

/* Number of the recording that has this session, 0 where it is not heddle's. */
static uint64_t run_of_session(const char *name)
{
	size_t length = strlen(MACHINE_SESSION_PREFIX);
	char *end;

	if (strncmp(name, MACHINE_SESSION_PREFIX, length) != 0)
		return 0;
	uint64_t run = strtoull(name + length, &end, 10);
	return *end == '\0' && run <= INT64_MAX ? run : 0;
}

/* Sessions of all, after those of killed recordings were removed; negative on failure. */
static int sweep_sessions(void *lock)
{
	struct lttng_session *sessions = NULL;
	int count = lttng_list_sessions(&sessions);
	int left = count;

	for (int i = 0; i < count; i++) {
		uint64_t run = run_of_session(sessions[i].name);

		if (run && !is_locked_by_others(*(int *)lock, run, 1) &&
		    lttng_destroy_session_no_wait(sessions[i].name) >= 0)
			left--;
	}
	free(sessions);
	return left;
}

/*
 * The thread of a call that timed out may use the descriptor later: it gets
 * one that stays.
 */
static int sweep(int lock)
{
	int *own = malloc(sizeof(*own));

	if (!own)
		return -ENOMEM;
	*own = fcntl(lock, F_DUPFD_CLOEXEC, 0);
	int ret = bounded_call(sweep_sessions, own, 20 * SECOND_NS, NULL, NULL);
	if (ret != -ETIMEDOUT) {
		close(*own);
		free(own);
	}
	return ret;
}

int machine_join(struct machine *machine, uint64_t run, struct daemon *daemon, struct error *err)
{
	int fd = open_gate(err);

	if (fd < 0)
		return fd;
	int ret = find_or_start(fd, daemon, err);
	if (ret == 0) {
		sweep(fd);
		ret = lock_range(fd, F_OFD_SETLK, F_WRLCK, run, 1);
		if (ret < 0)
			fail(err, -ret, "cannot lock '" LOCK_PATH "': %s", strerror(-ret));
	}
	*machine = (struct machine){ .lock = fd, .run = run };
	if (ret < 0)
		machine_leave(machine, daemon, false);
	else
		unlock_gate(fd);
	return ret;
}

/* The gate is locked. Returns whether the daemon that heddle started goes on. */
static bool end_if_unused(int fd, struct daemon *daemon, bool is_last, bool is_broken)
{
	struct error ignored;
	pid_t noted = noted_pid(fd);

	/* Another recording may have started it after ours had ended too early. */
	if (noted && daemon->pid && daemon->pid != noted)
		is_broken = false;
	bool is_unused = is_broken || (is_last && sweep(fd) == 0);
	if (!noted || !is_unused)
		return noted;
	if (daemon->pid != noted) {
		daemon_done(daemon);
		if (daemon_adopt(daemon, noted, &ignored) < 0)
			return true;
	}
	daemon_end(daemon, is_broken);
	return false;
}

void machine_leave(struct machine *machine, struct daemon *daemon, bool is_broken)
{
	int fd = machine->lock;

	if (fd < 0)
		return;
	if (lock_gate(fd) == 0) {
		lock_range(fd, F_OFD_SETLK, F_UNLCK, machine->run, 1);
		bool is_last = !is_locked_by_others(fd, 1, 0);

		if (!end_if_unused(fd, daemon, is_last, is_broken) && is_last) {
			unlink(MACHINE_LOG);
			unlink(LOCK_PATH);
		}
	}
	daemon_done(daemon);
	/* A call of sweep() that hangs may hold the same lock through its own descriptor. */
	unlock_gate(fd);
	close(fd);
	*machine = (struct machine){ .lock = -1 };
}
