/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for other processes: their end, their messages, their semaphores. */
#include "primitives/blocking.h"

PUBLIC pid_t wait(int *status)
{
	IO(-1, wait, status);
}

PUBLIC pid_t waitpid(pid_t pid, int *status, int options)
{
	IO_IF(!(options & WNOHANG), -1, waitpid, pid, status, options);
}

PUBLIC pid_t wait3(int *status, int options, struct rusage *usage)
{
	IO_IF(!(options & WNOHANG), -1, wait3, status, options, usage);
}

PUBLIC pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	IO_IF(!(options & WNOHANG), -1, wait4, pid, status, options, usage);
}

PUBLIC int waitid(idtype_t kind, id_t id, siginfo_t *info, int options)
{
	IO_IF(!(options & WNOHANG), -1, waitid, kind, id, info, options);
}

PUBLIC int system(const char *command)
{
	IO(-1, system, command);
}

PUBLIC ssize_t msgrcv(int queue, void *message, size_t size, long type, int flags)
{
	IO_IF(!(flags & IPC_NOWAIT), -1, msgrcv, queue, message, size, type, flags);
}

PUBLIC int msgsnd(int queue, const void *message, size_t size, int flags)
{
	IO_IF(!(flags & IPC_NOWAIT), -1, msgsnd, queue, message, size, flags);
}

/* Where one of them lowers or awaits 0, and says no IPC_NOWAIT. Long rows are not looked at. */
static bool may_wait(const struct sembuf *operations, size_t count)
{
	if (count == 0 || count > 64 || !blocking_can_read(operations, count * sizeof(*operations)))
		return true;
	for (size_t i = 0; i < count; i++) {
		if (operations[i].sem_op <= 0 && !(operations[i].sem_flg & IPC_NOWAIT))
			return true;
	}
	return false;
}

PUBLIC int semop(int set, struct sembuf *operations, size_t count)
{
	IO_IF(may_wait(operations, count), -1, semop, set, operations, count);
}

PUBLIC int semtimedop(int set, struct sembuf *operations, size_t count,
		      const struct timespec *timeout)
{
	IO_IF(!blocking_is_zero(timeout) && may_wait(operations, count), -1, semtimedop, set,
	      operations, count, timeout);
}

PUBLIC ssize_t mq_receive(mqd_t queue, char *message, size_t size, unsigned *priority)
{
	IO(queue, mq_receive, queue, message, size, priority);
}

PUBLIC ssize_t mq_timedreceive(mqd_t queue, char *restrict message, size_t size,
			       unsigned *restrict priority,
			       const struct timespec *restrict deadline)
{
	IO(queue, mq_timedreceive, queue, message, size, priority, deadline);
}

PUBLIC int mq_send(mqd_t queue, const char *message, size_t size, unsigned priority)
{
	IO(queue, mq_send, queue, message, size, priority);
}

PUBLIC int mq_timedsend(mqd_t queue, const char *message, size_t size, unsigned priority,
			const struct timespec *deadline)
{
	IO(queue, mq_timedsend, queue, message, size, priority, deadline);
}
