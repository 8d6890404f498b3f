/*
 * The other side of tests/system/test_rtos_net.py: obeys lines that come by a stream at port 4000,
 * each connection in a thread of its own, and sends the datagrams of port 4001 back.
 *
 * sink N: takes N bytes, and says how many were right. source N: sends as many. connect PORT N:
 * takes them by a connection to the host. ticks: the CPU time of the driver and the server so far.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <proto/supervisor.h>
#include <pthread.h>
#include <rtos/sys.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEER_PORT     4000
#define PEER_HOST     0x0a000202 /* as QEMU's network for users has it */
#define PEER_WORDS    2048
#define PEER_MOST     24
#define PEER_PROGRAMS 64
#define PEER_PATIENCE 50 /* milliseconds */

struct peer {
	int connection;
	bool busy;
	uint64_t words[PEER_WORDS];
};

static struct peer peers[PEER_MOST];

/* As word_of() of rtos_net.py. */
static uint64_t peer_word(uint64_t number)
{
	return number * 0x9e3779b97f4a7c15 + 0xbf58476d1ce4e5b9;
}

/* How many of the bytes were right and came; fewer: errno says why. */
static uint64_t peer_sink(struct peer *peer, int from, uint64_t bytes)
{
	uint64_t all = 0;

	while (all < bytes) {
		const uint64_t left = bytes - all;
		const size_t size = left < sizeof(peer->words) ? left : sizeof(peer->words);
		const ssize_t done = recv(from, peer->words, size, MSG_WAITALL);

		if (done < 0)
			printf("peer: %s\n", strerror(errno));
		if (done <= 0)
			return all;
		for (size_t i = 0; i < (size_t)done / 8; i++)
			if (peer->words[i] != peer_word(all / 8 + i))
				return all + i * 8;
		all += (uint64_t)done;
	}
	return all;
}

static uint64_t peer_source(struct peer *peer, uint64_t bytes)
{
	uint64_t all = 0;

	while (all < bytes) {
		const uint64_t left = bytes - all;
		const size_t size = left < sizeof(peer->words) ? left : sizeof(peer->words);
		ssize_t done;

		for (size_t i = 0; i < size / 8; i++)
			peer->words[i] = peer_word(all / 8 + i);
		done = send(peer->connection, peer->words, size, 0);
		if (done < 0)
			printf("peer: %s\n", strerror(errno));
		if (done <= 0)
			return all;
		all += (uint64_t)done;
	}
	return all;
}

static uint64_t peer_connect(struct peer *peer, uint16_t port, uint64_t bytes)
{
	const struct sockaddr_in host = {
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(PEER_HOST)}};
	const int made = socket(AF_INET, SOCK_STREAM, 0);
	uint64_t done = 0;

	if (made >= 0 && connect(made, (const struct sockaddr *)&host, sizeof(host)) == 0)
		done = peer_sink(peer, made, bytes);
	if (made >= 0)
		(void)close(made);
	return done;
}

/* The ticks of the program with that name. */
static uint64_t peer_ticks(const char *name)
{
	const rtos_handle_t supervisor = sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle;

	for (uint64_t i = 0; i < PEER_PROGRAMS; i++) {
		uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, i};

		if (sys_call(supervisor, word, 0) != RTOS_OK || word[0] != SUPERVISOR_OK ||
		    strncmp((const char *)&word[5], name, RTOS_NAME_SIZE) != 0)
			continue;
		word[0] = SUPERVISOR_USE;
		word[1] = i;
		return sys_call(supervisor, word, 0) == RTOS_OK ? word[1] : 0;
	}
	return 0;
}

static int peer_obey(struct peer *peer, const char *line, char answer[64])
{
	char *end;
	unsigned long number;

	if (strcmp(line, "ticks") == 0)
		return snprintf(answer, 64, "%lu %lu\n", (unsigned long)peer_ticks("nic"),
		                (unsigned long)peer_ticks("net"));
	if (strncmp(line, "sink ", 5) == 0)
		return snprintf(
		    answer, 64, "%lu %d\n",
		    (unsigned long)peer_sink(peer, peer->connection, strtoul(line + 5, NULL, 10)),
		    errno);
	if (strncmp(line, "source ", 7) == 0) {
		(void)peer_source(peer, strtoul(line + 7, NULL, 10));
		return 0;
	}
	if (strncmp(line, "connect ", 8) != 0)
		return snprintf(answer, 64, "what?\n");
	number = strtoul(line + 8, &end, 10);
	errno = 0;
	return snprintf(answer, 64, "%lu %d\n",
	                (unsigned long)peer_connect(peer, (uint16_t)number, strtoul(end, NULL, 10)),
	                errno);
}

/* False: the connection is over. */
static bool peer_line(int connection, char *line, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (recv(connection, line + i, 1, 0) != 1)
			return false;
		if (line[i] == '\n') {
			line[i] = '\0';
			return true;
		}
	}
	return false;
}

static void *peer_run(void *argument)
{
	struct peer *peer = argument;
	char line[64], answer[64];

	while (peer_line(peer->connection, line, sizeof(line))) {
		const int size = peer_obey(peer, line, answer);

		if (size > 0 && send(peer->connection, answer, (size_t)size, 0) != size)
			break;
	}
	(void)close(peer->connection);
	__atomic_store_n(&peer->busy, false, __ATOMIC_RELEASE);
	return NULL;
}

static int peer_open(int type, uint16_t port)
{
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
	const int made = socket(AF_INET, type, 0);

	if (made < 0 || bind(made, (const struct sockaddr *)&any, sizeof(any)) != 0 ||
	    (type == SOCK_STREAM && listen(made, PEER_MOST) != 0))
		exit(1);
	return made;
}

/* Whether a wait for a datagram that nobody sends ends, and not before its time. */
static bool peer_ends_waiting(int number)
{
	struct pollfd entry = {.fd = number, .events = POLLIN};
	const uint64_t began = sys_milliseconds();

	return poll(&entry, 1, PEER_PATIENCE) == 0 && sys_milliseconds() - began >= PEER_PATIENCE;
}

static void *peer_datagrams(void *argument)
{
	static char bytes[2048];
	const int number = *(const int *)argument;

	for (;;) {
		struct sockaddr_in from;
		socklen_t size = sizeof(from);
		const ssize_t length =
		    recvfrom(number, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &size);

		if (length < 0)
			exit(2);
		(void)sendto(number, bytes, (size_t)length, 0, (struct sockaddr *)&from, size);
	}
}

static void peer_begin(int connection)
{
	pthread_t thread;

	for (size_t i = 0; i < PEER_MOST; i++) {
		if (__atomic_load_n(&peers[i].busy, __ATOMIC_ACQUIRE))
			continue;
		peers[i].busy = true;
		peers[i].connection = connection;
		if (pthread_create(&thread, NULL, peer_run, &peers[i]) == 0)
			(void)pthread_detach(thread);
		else
			exit(3);
		return;
	}
	(void)close(connection);
}

int main(void)
{
	const int listener = peer_open(SOCK_STREAM, PEER_PORT);
	int datagrams = peer_open(SOCK_DGRAM, PEER_PORT + 1);
	pthread_t thread;

	if (!peer_ends_waiting(datagrams))
		return 5;
	if (pthread_create(&thread, NULL, peer_datagrams, &datagrams) != 0)
		return 4;
	printf("peer: ready\n");
	for (;;) {
		const int connection = accept(listener, NULL, NULL);

		if (connection < 0)
			return 5;
		peer_begin(connection);
	}
}
