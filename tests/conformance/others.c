/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for other processes: their end, locks of files, messages, semaphores. */
#include <fcntl.h>
#include <mqueue.h>
#include <sys/file.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>

#include "tests/conformance/conform.h"
#include "tests/conformance/open_files.h"

/* What the compiler knows nothing of. */
static void *volatile nowhere = (void *)8;

static const struct timespec none, moment = { .tv_nsec = 5000000 };
static char buffer[64];

struct message {
	long type;
	char text[16];
};

/* A child that exits with status, or that a signal ends where it is negative. */
static pid_t child(int status)
{
	pid_t pid = fork();

	if (pid == 0 && status < 0)
		kill(getpid(), -status);
	if (pid == 0)
		_exit(status);
	return pid;
}

/* One that stays until it is killed. */
static pid_t lasting_child(void)
{
	pid_t pid = fork();

	while (pid == 0)
		pause();
	return pid;
}

static void check_wait(const char *name, pid_t result, pid_t expected, const int *status)
{
	check_number(name, result == expected);
	check_status(name, *status);
}

static void ends(void)
{
	int status = 0;
	struct rusage usage;
	siginfo_t info = { 0 };
	pid_t pid = child(3);

	check_wait("wait", wait(&status), pid, &status);
	pid = child(4);
	check_wait("waitpid", waitpid(pid, &status, 0), pid, &status);
	pid = child(-SIGKILL);
	check_wait("waitpid: killed", waitpid(-1, &status, 0), pid, &status);
	pid = child(5);
	check_wait("wait3", wait3(&status, 0, &usage), pid, &status);
	pid = child(-SIGTERM);
	check_wait("wait4: killed", wait4(pid, &status, 0, &usage), pid, &status);
	pid = child(6);
	CHECK_CALL("waitid: left there", waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	check_number("waitid: code", info.si_code == CLD_EXITED);
	check_number("waitid: status", info.si_status);
	CHECK_CALL("waitid", waitid(P_ALL, 0, NULL, WEXITED));
	CHECK_CALL("wait: no child", wait(&status));
	CHECK_CALL("waitpid: no child", waitpid(-1, &status, 0));
	CHECK_CALL("waitpid: no child, no wait", waitpid(-1, &status, WNOHANG));
	CHECK_CALL("waitpid: no such option", waitpid(-1, &status, 0x1000));
	CHECK_CALL("wait3: no child", wait3(&status, WNOHANG, NULL));
	CHECK_CALL("wait4: no child", wait4(-1, &status, 0, NULL));
	CHECK_CALL("waitid: no child", waitid(P_ALL, 0, &info, WEXITED));
	CHECK_CALL("waitid: no option", waitid(P_ALL, 0, &info, 0));
	pid = lasting_child();
	CHECK_CALL("waitpid: no wait", waitpid(pid, &status, WNOHANG));
	CHECK_CALL("wait4: no wait", wait4(pid, &status, WNOHANG, NULL));
	CHECK_CALL("waitid: no wait", waitid(P_ALL, 0, &info, WEXITED | WNOHANG));
	kill(pid, SIGSTOP);
	CHECK_CALL("waitpid: stopped", waitpid(pid, &status, WUNTRACED) == pid);
	check_number("waitpid: stopped by", WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	kill(pid, SIGKILL);
	check_wait("waitpid: killed when stopped", waitpid(pid, &status, 0), pid, &status);
}

static void commands(void)
{
	CHECK_CALL("system: is there a shell", system(NULL) != 0);
	check_status("system: exit", system("exit 7"));
	check_status("system: no such command", system("/nonexistent/command 2>/dev/null"));
	check_status("system: killed", system("kill -TERM $$"));
	fflush(stdout);
	check_status("system: output", system("echo the output of a command"));
}

static int call_wait(void *unused)
{
	int status;

	(void)unused;
	return wait(&status) > 0 ? status : -1;
}

static int call_waitpid(void *pid)
{
	int status;

	return waitpid(*(pid_t *)pid, &status, 0) > 0 ? status : -1;
}

static int call_waitid(void *pid)
{
	siginfo_t info;

	return waitid(P_PID, (id_t) * (pid_t *)pid, &info, WEXITED) == 0 ? info.si_status : -1;
}

static int call_system(void *unused)
{
	(void)unused;
	return system("read nothing");
}

/* A wait that a signal interrupts, then one that goes on, then one that is cancelled. */
static void check_waiter(const char *name, int (*call)(void *), void *argument, void (*end)(void *))
{
	struct blocked blocked;
	char line[64];

	snprintf(line, sizeof(line), "%s: signal", name);
	blocked_start(&blocked, -1, call, argument);
	blocked_signal(&blocked, 0);
	blocked_check_count(line, &blocked);
	snprintf(line, sizeof(line), "%s: cancelled", name);
	check_cancelled(line, -1, call, argument);
	snprintf(line, sizeof(line), "%s: waits", name);
	blocked_start(&blocked, -1, call, argument);
	end(argument);
	blocked_check_count(line, &blocked);
}

static void end_child(void *pid)
{
	kill(*(pid_t *)pid, SIGKILL);
}

static void *wait_cancelled(void *pid)
{
	pthread_cancel(pthread_self());
	call_waitpid(pid);
	return NULL;
}

static void waits_for_ends(void)
{
	pid_t pid = lasting_child();

	check_number("waitpid: cancellation pending",
		     join_thread(run_thread(wait_cancelled, &pid)) == PTHREAD_CANCELED);
	check_waiter("wait", call_wait, &pid, end_child);
	pid = lasting_child();
	check_waiter("waitpid", call_waitpid, &pid, end_child);
	pid = lasting_child();
	check_waiter("waitid", call_waitid, &pid, end_child);
	pid = lasting_child();
	struct blocked blocked;
	blocked_start(&blocked, -1, call_waitpid, &pid);
	blocked_signal_through(&blocked, SA_RESTART);
	end_child(&pid);
	blocked_check_count("waitpid: signal, SA_RESTART", &blocked);
	/* Its standard input is this process's pipe, which stays empty. */
	int saved = dup(0);
	dup2(input, 0);
	check_cancelled("system: cancelled", -1, call_system, NULL);
	dup2(saved, 0);
	close(saved);
	CHECK_CALL("wait: nothing is left", wait(NULL));
}

static int lock_file(void *fd)
{
	return flock(*(int *)fd, LOCK_EX);
}

static int lock_record(void *fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(*(int *)fd, F_OFD_SETLKW, &lock);
}

static void lockers(void)
{
	struct blocked blocked;
	char path[32];

	/* Locks belong to what was opened, so it is opened twice. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	int again = open(path, O_RDWR);
	CHECK_CALL("flock", flock(file, LOCK_EX));
	CHECK_CALL("flock: held", flock(again, LOCK_EX | LOCK_NB));
	blocked_start(&blocked, SYS_flock, lock_file, &again);
	blocked_signal(&blocked, 0);
	blocked_check("flock: signal", &blocked);
	blocked_start(&blocked, SYS_flock, lock_file, &again);
	CHECK_CALL("flock: unlock", flock(file, LOCK_UN));
	blocked_check("flock: waiter", &blocked);
	lock_record(&again);
	check_cancelled("fcntl: cancelled", SYS_fcntl, lock_record, &file);
	blocked_start(&blocked, SYS_fcntl, lock_record, &file);
	close(again);
	blocked_check("fcntl: waiter", &blocked);
	close(file);
}

static int call_msgrcv(void *queue)
{
	struct message message;

	return (int)msgrcv(*(int *)queue, &message, sizeof(message.text), 0, 0);
}

static void end_msgrcv(void *queue)
{
	struct message message = { .type = 5 };

	CHECK_CALL("msgsnd to the waiter", msgsnd(*(int *)queue, &message, 3, 0));
}

static void messages(void)
{
	struct message message = { .type = 2, .text = "hello" };
	int queue = msgget(IPC_PRIVATE, 0600);

	CHECK_CALL("msgsnd", msgsnd(queue, &message, 5, 0));
	CHECK_CALL("msgsnd: no wait", msgsnd(queue, &message, 4, IPC_NOWAIT));
	CHECK_CALL("msgrcv: too small", msgrcv(queue, &message, 1, 0, 0));
	CHECK_CALL("msgrcv: cut off", msgrcv(queue, &message, 1, 0, MSG_NOERROR));
	CHECK_CALL("msgrcv: by type", msgrcv(queue, &message, 16, 2, 0));
	CHECK_CALL("msgrcv: no wait", msgrcv(queue, &message, 16, 0, IPC_NOWAIT));
	CHECK_CALL("msgsnd: no type", msgsnd(queue, &(struct message){ 0 }, 5, 0));
	CHECK_CALL("msgsnd: no such address", msgsnd(queue, nowhere, 5, 0));
	CHECK_CALL("msgsnd: no queue", msgsnd(-1, &message, 5, 0));
	CHECK_CALL("msgrcv: no queue", msgrcv(-1, &message, 5, 0, 0));
	check_waiter("msgrcv", call_msgrcv, &queue, end_msgrcv);
	struct blocked blocked;
	blocked_start(&blocked, SYS_msgrcv, call_msgrcv, &queue);
	CHECK_CALL("msgctl: remove", msgctl(queue, IPC_RMID, NULL));
	blocked_check("msgrcv: removed", &blocked);
}

static int call_semop(void *set)
{
	struct sembuf lower = { .sem_op = -1 };

	return semop(*(int *)set, &lower, 1);
}

static void end_semop(void *set)
{
	struct sembuf raise_it = { .sem_op = 1 };

	CHECK_CALL("semop for the waiter", semop(*(int *)set, &raise_it, 1));
}

/* semop() is no cancellation point. */
static void semaphores(void)
{
	struct sembuf raise_both[] = { { 0, 1, 0 }, { 1, 1, 0 } }, lower = { 0, -1, 0 };
	struct sembuf try_lower = { 0, -1, IPC_NOWAIT }, outside = { 9, 1, 0 };
	struct timespec bad = { .tv_nsec = 1000000000 };
	int set = semget(IPC_PRIVATE, 2, 0600);
	struct blocked blocked;

	CHECK_CALL("semop: raise", semop(set, raise_both, 2));
	CHECK_CALL("semop: lower", semop(set, &lower, 1));
	CHECK_CALL("semop: no wait", semop(set, &try_lower, 1));
	CHECK_CALL("semop: outside", semop(set, &outside, 1));
	CHECK_CALL("semop: none", semop(set, &lower, 0));
	CHECK_CALL("semop: too many", semop(set, &lower, 100000));
	CHECK_CALL("semop: no such address", semop(set, nowhere, 1));
	CHECK_CALL("semop: no set", semop(-1, &lower, 1));
	CHECK_CALL("semtimedop: time is over", semtimedop(set, &lower, 1, &moment));
	CHECK_CALL("semtimedop: no time", semtimedop(set, &lower, 1, &none));
	CHECK_CALL("semtimedop: no such time", semtimedop(set, &lower, 1, &bad));
	CHECK_CALL("semtimedop: no such address of a time", semtimedop(set, &lower, 1, nowhere));
	blocked_start(&blocked, -1, call_semop, &set);
	blocked_signal(&blocked, SA_RESTART);
	blocked_check("semop: signal", &blocked);
	blocked_start(&blocked, -1, call_semop, &set);
	end_semop(&set);
	blocked_check("semop: waits", &blocked);
	blocked_start(&blocked, -1, call_semop, &set);
	pthread_cancel(blocked.thread);
	end_semop(&set);
	blocked_check("semop: not cancelled", &blocked);
	blocked_start(&blocked, -1, call_semop, &set);
	CHECK_CALL("semctl: remove", semctl(set, 0, IPC_RMID));
	blocked_check("semop: removed", &blocked);
}

static int call_mq_receive(void *queue)
{
	return (int)mq_receive(*(mqd_t *)queue, buffer, sizeof(buffer), NULL);
}

static void end_mq_receive(void *queue)
{
	CHECK_CALL("mq_send to the waiter", mq_send(*(mqd_t *)queue, "hello", 5, 0));
}

static int call_mq_send(void *queue)
{
	return mq_send(*(mqd_t *)queue, "hello", 5, 0);
}

static void end_mq_send(void *queue)
{
	CHECK_CALL("mq_receive for the waiter", call_mq_receive(queue));
}

static void check_queue(mqd_t queue, mqd_t no_wait)
{
	struct timespec deadline = near(CLOCK_REALTIME), over = past(CLOCK_REALTIME);
	struct timespec bad = with_ns(CLOCK_REALTIME, 1000000000);
	unsigned priority = 0;

	CHECK_CALL("mq_send", mq_send(queue, "first", 5, 3));
	CHECK_CALL("mq_timedsend", mq_timedsend(queue, "second", 6, 4, &deadline));
	CHECK_CALL("mq_send: full, no wait", mq_send(no_wait, "third", 5, 0));
	CHECK_CALL("mq_timedsend: time is over", mq_timedsend(queue, "third", 5, 0, &deadline));
	CHECK_CALL("mq_timedsend: no such time", mq_timedsend(queue, "third", 5, 0, &bad));
	CHECK_CALL("mq_send: too long", mq_send(queue, buffer, sizeof(buffer) + 1, 0));
	check_waiter("mq_send", call_mq_send, &queue, end_mq_send);
	CHECK_CALL("mq_receive: too small", mq_receive(queue, buffer, 1, NULL));
	CHECK_CALL("mq_receive", mq_receive(queue, buffer, sizeof(buffer), &priority));
	check_number("mq_receive: priority", priority);
	CHECK_CALL("mq_timedreceive", mq_timedreceive(queue, buffer, sizeof(buffer), NULL, &over));
	CHECK_CALL("mq_receive: empty, no wait", mq_receive(no_wait, buffer, sizeof(buffer), NULL));
	CHECK_CALL("mq_timedreceive: time is over",
		   mq_timedreceive(queue, buffer, sizeof(buffer), NULL, &over));
	CHECK_CALL("mq_timedreceive: no such time",
		   mq_timedreceive(queue, buffer, sizeof(buffer), NULL, &bad));
	CHECK_CALL("mq_receive: no queue", mq_receive(-1, buffer, sizeof(buffer), NULL));
	CHECK_CALL("mq_send: no queue", mq_send(-1, buffer, 1, 0));
	check_waiter("mq_receive", call_mq_receive, &queue, end_mq_receive);
}

static void queues(void)
{
	struct mq_attr attributes = { .mq_maxmsg = 2, .mq_msgsize = sizeof(buffer) };
	char name[64];

	snprintf(name, sizeof(name), "/heddle-conform-%d", getpid());
	mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
	if (queue == (mqd_t)-1) {
		check_result("there are no message queues", queue, errno);
		return;
	}
	mqd_t no_wait = mq_open(name, O_RDWR | O_NONBLOCK);
	mq_unlink(name);
	check_queue(queue, no_wait);
	mq_close(queue);
	mq_close(no_wait);
}

static void attributes(void)
{
	CHECK_CALL("prctl, no such", prctl(-1, 0, 0, 0, 0));
	CHECK_CALL("prctl, of one argument", prctl(PR_GET_DUMPABLE));
	CHECK_CALL("prctl, of two", prctl(PR_SET_TIMERSLACK, 70000));
	CHECK_CALL("prctl, which gives it", prctl(PR_GET_TIMERSLACK));
	CHECK_CALL("prctl, no filter", prctl(PR_SET_SECCOMP, 42, NULL));
}

int main(void)
{
	conform_start();
	open_all();
	ends();
	commands();
	waits_for_ends();
	lockers();
	messages();
	semaphores();
	queues();
	attributes();
	return 0;
}
