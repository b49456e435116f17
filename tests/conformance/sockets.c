/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets: connections, and what goes through them. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/conformance/conform.h"

/* What _FORTIFY_SOURCE makes of recv() and recvfrom(). */
ssize_t __recv_chk(int fd, void *buffer, size_t count, size_t size, int flags);
ssize_t __recvfrom_chk(int fd, void *buffer, size_t count, size_t size, int flags,
		       struct sockaddr *address, socklen_t *length);

/* What the compiler knows nothing of. */
static void *volatile nowhere = (void *)8;

static int near_end, far_end; /* a pair that is connected */
static int listening;
static struct sockaddr_un name; /* of the listening socket */
static socklen_t name_length;
static char buffer[1000000];

static void make_pair(int type)
{
	int ends[2];

	if (socketpair(AF_UNIX, type, 0, ends) == -1)
		conform_give_up("make a pair of sockets");
	near_end = ends[0];
	far_end = ends[1];
}

static void close_pair(void)
{
	close(near_end);
	close(far_end);
}

static void listen_to_name(void)
{
	name.sun_family = AF_UNIX;
	listening = socket(AF_UNIX, SOCK_STREAM, 0);
	/* The kernel chooses a name that nobody else has. */
	if (bind(listening, (struct sockaddr *)&name, sizeof(name.sun_family)) == -1 ||
	    listen(listening, 0) == -1)
		conform_give_up("listen");
	name_length = sizeof(name);
	getsockname(listening, (struct sockaddr *)&name, &name_length);
}

static int call_connect(void *unused)
{
	(void)unused;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int result = connect(fd, (struct sockaddr *)&name, name_length);
	close(fd);
	return result;
}

static void connections(void)
{
	struct sockaddr_un nobody = { .sun_family = AF_UNIX, .sun_path = "/nonexistent/socket" };
	struct sockaddr_un from;
	socklen_t length = sizeof(from);

	near_end = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_CALL("connect: nobody there",
		   connect(near_end, (struct sockaddr *)&nobody, sizeof(nobody)));
	CHECK_CALL("connect: no descriptor", connect(-1, (struct sockaddr *)&name, name_length));
	CHECK_CALL("connect: no socket", connect(0, (struct sockaddr *)&name, name_length));
	CHECK_CALL("connect: no such address", connect(near_end, nowhere, name_length));
	CHECK_CALL("connect: negative length",
		   connect(near_end, (struct sockaddr *)&name, (socklen_t)-1));
	CHECK_CALL("connect", connect(near_end, (struct sockaddr *)&name, name_length));
	far_end = accept(listening, (struct sockaddr *)&from, &length);
	check_number("accept", far_end >= 0);
	check_number("accept: length of the name", length);
	CHECK_CALL("connect: again", connect(near_end, (struct sockaddr *)&name, name_length));
	close_pair();
	near_end = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_CALL("connect again", connect(near_end, (struct sockaddr *)&name, name_length));
	far_end = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	check_number("accept4: flags of the descriptor", fcntl(far_end, F_GETFD));
	check_number("accept4: does not block", (fcntl(far_end, F_GETFL) & O_NONBLOCK) != 0);
	CHECK_CALL("recv: nothing there", recv(far_end, buffer, 1, 0));
	CHECK_CALL("accept4: no such flag", accept4(listening, NULL, NULL, 77));
	CHECK_CALL("accept: no descriptor", accept(-1, NULL, NULL));
	CHECK_CALL("accept: no socket", accept(0, NULL, NULL));
	CHECK_CALL("accept: does not listen", accept(near_end, NULL, NULL));
	fcntl(listening, F_SETFL, O_NONBLOCK);
	CHECK_CALL("accept: nobody comes", accept(listening, NULL, NULL));
	fcntl(listening, F_SETFL, 0);
	close_pair();
}

static void loopback(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int server = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(server, (struct sockaddr *)&address, length) == -1 || listen(server, 1) == -1)
		conform_give_up("listen to the loopback");
	getsockname(server, (struct sockaddr *)&address, &length);
	near_end = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_CALL("connect: loopback", connect(near_end, (struct sockaddr *)&address, length));
	far_end = accept(server, (struct sockaddr *)&address, &length);
	check_number("accept: loopback", far_end >= 0 && address.sin_family == AF_INET);
	CHECK_CALL("send: loopback", send(near_end, "hello", 5, MSG_NOSIGNAL));
	CHECK_CALL("recv: loopback, all", recv(far_end, buffer, 5, MSG_WAITALL));
	close(near_end);
	CHECK_CALL("recv: loopback, closed", recv(far_end, buffer, 5, 0));
	close(far_end);
	getsockname(server, (struct sockaddr *)&address, &length);
	close(server);
	near_end = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_CALL("connect: nobody listens",
		   connect(near_end, (struct sockaddr *)&address, length));
	close(near_end);
}

static void bytes(void)
{
	struct sockaddr_un from;
	socklen_t length = sizeof(from);

	make_pair(SOCK_STREAM);
	CHECK_CALL("send", send(near_end, "hello", 5, 0));
	CHECK_CALL("recv: a part", recv(far_end, buffer, 2, 0));
	CHECK_CALL("recv: a look", recv(far_end, buffer, 10, MSG_PEEK));
	CHECK_CALL("recv: the rest", recv(far_end, buffer, 10, 0));
	CHECK_CALL("recv: no wait", recv(far_end, buffer, 10, MSG_DONTWAIT));
	CHECK_CALL("sendto", sendto(near_end, "hello", 5, 0, NULL, 0));
	CHECK_CALL("recvfrom", recvfrom(far_end, buffer, 2, 0, (struct sockaddr *)&from, &length));
	CHECK_CALL("__recvfrom_chk",
		   __recvfrom_chk(far_end, buffer, 2, sizeof(buffer), 0, NULL, NULL));
	CHECK_CALL("__recv_chk", __recv_chk(far_end, buffer, 2, sizeof(buffer), 0));
	CHECK_CALL("__recv_chk: no wait",
		   __recv_chk(far_end, buffer, 2, sizeof(buffer), MSG_DONTWAIT));
	CHECK_CALL("recvfrom: no wait", recvfrom(far_end, buffer, 2, MSG_DONTWAIT, NULL, NULL));
	CHECK_CALL("send: no descriptor", send(-1, "x", 1, 0));
	CHECK_CALL("send: no socket", send(0, "x", 1, 0));
	CHECK_CALL("send: no such address", send(near_end, nowhere, 1, 0));
	CHECK_CALL("sendto: connected", sendto(near_end, "x", 1, 0, (void *)&name, name_length));
	CHECK_CALL("recv: no descriptor", recv(-1, buffer, 1, 0));
	CHECK_CALL("recv: no socket", recv(0, buffer, 1, 0));
	CHECK_CALL("recv: out of band", recv(far_end, buffer, 1, MSG_OOB | MSG_DONTWAIT));
	CHECK_CALL("send: as much as fits",
		   send(near_end, buffer, sizeof(buffer), MSG_DONTWAIT) < (ssize_t)sizeof(buffer));
	CHECK_CALL("send: does not fit", send(near_end, buffer, sizeof(buffer), MSG_DONTWAIT));
	close(far_end);
	CHECK_CALL("send: nobody reads", send(near_end, "x", 1, MSG_NOSIGNAL));
	close(near_end);
	make_pair(SOCK_DGRAM);
	CHECK_CALL("send: a datagram", send(near_end, "hello", 5, 0));
	CHECK_CALL("recv: cut off", recv(far_end, buffer, 2, MSG_TRUNC));
	CHECK_CALL("send: too long", send(near_end, buffer, sizeof(buffer), 0));
	close_pair();
}

/* A message with a descriptor. */
static void pass_descriptor(void)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = { 0 };
	struct iovec part = { buffer, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int ends[2];

	if (pipe(ends) == -1)
		conform_give_up("make a pipe");
	make_pair(SOCK_STREAM);
	control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
					   .cmsg_level = SOL_SOCKET,
					   .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.header), &ends[1], sizeof(int));
	CHECK_CALL("sendmsg: a descriptor", sendmsg(near_end, &message, 0));
	memset(&control, 0, sizeof(control));
	CHECK_CALL("recvmsg: a descriptor", recvmsg(far_end, &message, MSG_CMSG_CLOEXEC));
	check_number("recvmsg: what came", control.header.cmsg_type == SCM_RIGHTS);
	memcpy(&ends[1], CMSG_DATA(&control.header), sizeof(int));
	CHECK_CALL("write to it", write(ends[1], "q", 1));
	CHECK_CALL("read what was written", read(ends[0], buffer, 5));
	message.msg_controllen = 0;
	CHECK_CALL("recvmsg: no wait", recvmsg(far_end, &message, MSG_DONTWAIT));
	CHECK_CALL("recvmsg: no such address", recvmsg(far_end, nowhere, 0));
	CHECK_CALL("sendmsg: no such address", sendmsg(near_end, nowhere, 0));
	CHECK_CALL("sendmsg: no descriptor", sendmsg(-1, &message, 0));
	CHECK_CALL("sendmsg: no wait", sendmsg(near_end, &message, MSG_DONTWAIT));
	close(ends[0]);
	close(ends[1]);
	close_pair();
}

static void several(void)
{
	struct iovec parts[3] = { { buffer, 3 }, { buffer + 10, 4 }, { buffer + 20, 5 } };
	struct mmsghdr messages[3] = { 0 };
	struct timespec moment = { .tv_nsec = 5000000 };

	make_pair(SOCK_DGRAM);
	for (int i = 0; i < 3; i++)
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i], .msg_iovlen = 1 };
	CHECK_CALL("sendmmsg", sendmmsg(near_end, messages, 3, 0));
	CHECK_CALL("recvmmsg: one", recvmmsg(far_end, messages, 1, 0, NULL));
	CHECK_CALL("recvmmsg: those there", recvmmsg(far_end, messages, 3, MSG_WAITFORONE, NULL));
	check_number("recvmmsg: length", messages[1].msg_len);
	CHECK_CALL("recvmmsg: no wait", recvmmsg(far_end, messages, 3, MSG_DONTWAIT, NULL));
	CHECK_CALL("sendmmsg: no wait", sendmmsg(near_end, messages, 2, MSG_DONTWAIT));
	CHECK_CALL("recvmmsg: with a time limit",
		   recvmmsg(far_end, messages, 3, MSG_WAITFORONE, &moment));
	CHECK_CALL("recvmmsg: no descriptor", recvmmsg(-1, messages, 3, 0, NULL));
	CHECK_CALL("sendmmsg: no descriptor", sendmmsg(-1, messages, 3, 0));
	struct timeval limit = { .tv_usec = 5000 };
	setsockopt(far_end, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	CHECK_CALL("recv: time limit of the socket", recv(far_end, buffer, 1, 0));
	close_pair();
}

static int call_accept(void *unused)
{
	(void)unused;
	int fd = accept(listening, NULL, NULL);
	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

static int call_recv(void *unused)
{
	(void)unused;
	return (int)recv(far_end, buffer, 1, 0);
}

static int call_recvfrom(void *unused)
{
	(void)unused;
	return (int)recvfrom(far_end, buffer, 1, 0, NULL, NULL);
}

static int call_recvmsg(void *unused)
{
	struct iovec part = { buffer, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	(void)unused;
	return (int)recvmsg(far_end, &message, 0);
}

static int call_recvmmsg(void *unused)
{
	struct iovec part = { buffer, 1 };
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };

	(void)unused;
	return recvmmsg(far_end, &message, 1, 0, NULL);
}

static int call_send(void *unused)
{
	(void)unused;
	return (int)send(near_end, buffer, sizeof(buffer), 0);
}

static void check_receiver(const char *call_name, int (*call)(void *))
{
	struct blocked blocked;
	char line[64];

	snprintf(line, sizeof(line), "%s: waits", call_name);
	blocked_start(&blocked, -1, call, NULL);
	CHECK_CALL("send a byte", send(near_end, "x", 1, 0));
	blocked_check_count(line, &blocked);
	snprintf(line, sizeof(line), "%s: signal", call_name);
	blocked_start(&blocked, -1, call, NULL);
	blocked_signal(&blocked, 0);
	blocked_check(line, &blocked);
	snprintf(line, sizeof(line), "%s: signal, SA_RESTART", call_name);
	blocked_start(&blocked, -1, call, NULL);
	blocked_signal_through(&blocked, SA_RESTART);
	CHECK_CALL("send a byte", send(near_end, "x", 1, 0));
	blocked_check_count(line, &blocked);
	snprintf(line, sizeof(line), "%s: cancelled", call_name);
	check_cancelled(line, -1, call, NULL);
}

static void *recv_cancelled(void *unused)
{
	pthread_cancel(pthread_self());
	call_recv(unused);
	return NULL;
}

static void waits(void)
{
	struct blocked blocked, other;

	make_pair(SOCK_STREAM);
	check_receiver("recv", call_recv);
	check_receiver("recvfrom", call_recvfrom);
	check_receiver("recvmsg", call_recvmsg);
	check_receiver("recvmmsg", call_recvmmsg);
	check_number("recv: cancellation pending",
		     join_thread(run_thread(recv_cancelled, NULL)) == PTHREAD_CANCELED);
	check_cancelled("send: cancelled", -1, call_send, NULL);
	blocked_start(&blocked, -1, call_send, NULL);
	blocked_signal(&blocked, 0);
	blocked_check("send: signal", &blocked);
	close_pair();
	blocked_start(&blocked, -1, call_accept, NULL);
	blocked_signal(&blocked, 0);
	blocked_check("accept: signal", &blocked);
	check_cancelled("accept: cancelled", -1, call_accept, NULL);
	blocked_start(&blocked, -1, call_accept, NULL);
	CHECK_CALL("connect to the waiter", call_connect(NULL));
	blocked_check("accept: waits", &blocked);
	/* The queue holds one; the second waits for room. */
	CHECK_CALL("connect: queued", call_connect(NULL));
	check_cancelled("connect: cancelled", -1, call_connect, NULL);
	blocked_start(&other, -1, call_connect, NULL);
	CHECK_CALL("accept: the queued one", call_accept(NULL));
	blocked_check("connect: waits", &other);
}

int main(void)
{
	conform_start();
	signal(SIGPIPE, SIG_IGN);
	close(0);
	if (open("/dev/null", O_RDWR) != 0)
		conform_give_up("open /dev/null");
	listen_to_name();
	connections();
	loopback();
	bytes();
	pass_descriptor();
	several();
	waits();
	return 0;
}
