/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memload SOCKET CONNECTIONS ROUNDS: requests to a memcached at a Unix socket.
 *
 * A request stores a value and gets three, at random, so that on two processors the server takes
 * about three million locks a second, seven for a key. In a round each connection sends one
 * request, then each answer is read. Prints the seconds that all rounds took.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define KEYS 10000 /* of five characters each */
#define GETS 3
#define SETS 1
#define REQUESTS 64 /* different ones, made before */
#define MOST_CONNECTIONS 64

#define VALUE "a value of thirty-two characters"
#define STORED "STORED\r\n"
#define END "END\r\n"
#define ANSWER_BYTES                                                                               \
	(SETS * strlen(STORED) + GETS * strlen("VALUE k0000 0 32\r\n" VALUE "\r\n") + strlen(END))

struct request {
	char text[SETS * 64 + GETS * 8 + 16];
	size_t length;
};

static struct request requests[REQUESTS];
static int connections[MOST_CONNECTIONS];

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "memload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void send_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t sent = write(fd, text, length);

		if (sent < 0)
			die("cannot send");
		text += sent;
		length -= (size_t)sent;
	}
}

/* All values have one length, so an answer with all of them has one too. */
static void receive(int fd, size_t length)
{
	char text[1024];
	size_t got = 0;

	while (got < length) {
		ssize_t more = read(fd, text + got, sizeof(text) - got);

		if (more < 0)
			die("cannot receive");
		if (more == 0)
			break;
		got += (size_t)more;
	}
	if (got != length || memcmp(text + got - 2, "\r\n", 2) != 0) {
		fprintf(stderr, "memload: not the answer that was expected\n");
		exit(1);
	}
}

static int connected(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(address.sun_path)) {
		fprintf(stderr, "memload: the path '%s' is too long\n", path);
		exit(1);
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die(path);
	return fd;
}

static unsigned int random_key(void)
{
	static uint64_t random = 1;

	random = random * 6364136223846793005U + 1442695040888963407U;
	return (unsigned int)(random >> 33) % KEYS;
}

static size_t put_set(char *text, unsigned int key)
{
	return (size_t)sprintf(text, "set k%04u 0 0 %zu\r\n%s\r\n", key, strlen(VALUE), VALUE);
}

static void make_requests(void)
{
	for (int r = 0; r < REQUESTS; r++) {
		char *end = requests[r].text;

		for (int i = 0; i < SETS; i++)
			end += put_set(end, random_key());
		end += sprintf(end, "get");
		for (int i = 0; i < GETS; i++)
			end += sprintf(end, " k%04u", random_key());
		end += sprintf(end, "\r\n");
		requests[r].length = (size_t)(end - requests[r].text);
	}
}

static void fill(int fd)
{
	char text[128];

	for (unsigned int key = 0; key < KEYS; key++) {
		send_all(fd, text, put_set(text, key));
		receive(fd, strlen(STORED));
	}
}

static void load(int count, long rounds)
{
	for (long i = 0; i < rounds; i++) {
		for (int c = 0; c < count; c++) {
			const struct request *request = &requests[(i + c) % REQUESTS];

			send_all(connections[c], request->text, request->length);
		}
		for (int c = 0; c < count; c++)
			receive(connections[c], ANSWER_BYTES);
	}
}

int main(int argc, char **argv)
{
	int count = argc == 4 ? atoi(argv[2]) : 0;
	long rounds = argc == 4 ? atol(argv[3]) : 0;
	struct timespec before, after;

	if (count < 1 || count > MOST_CONNECTIONS || rounds < 1) {
		fputs("usage: memload SOCKET CONNECTIONS ROUNDS\n", stderr);
		return 2;
	}
	for (int c = 0; c < count; c++)
		connections[c] = connected(argv[1]);
	make_requests();
	fill(connections[0]);
	clock_gettime(CLOCK_MONOTONIC, &before);
	load(count, rounds);
	clock_gettime(CLOCK_MONOTONIC, &after);
	printf("%.3f\n", (double)(after.tv_sec - before.tv_sec) +
				 (double)(after.tv_nsec - before.tv_nsec) / 1e9);
	return 0;
}
