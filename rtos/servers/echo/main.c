/*
 * Sends back what it gets, by streams and by datagrams, at port 7 (RFC 862). This is an example of
 * a program that serves many clients at once with one thread. It says nothing and keeps nothing.
 * When the network's server is started anew, connections are gone, and the two sockets of the port
 * go on.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <rtos/probe.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ECHO_PORT   7
#define ECHO_BYTES  4096 /* bytes of a connection that may wait to be sent */
#define ECHO_MOST   24   /* connections */
#define ECHO_OTHERS 2    /* the listener, and the socket for datagrams */
#define ECHO_LOOK   200  /* milliseconds until it looks for a probe */

static struct pollfd echo_polled[ECHO_OTHERS + ECHO_MOST];

static struct echo_connection {
	size_t from, to; /* the part of its bytes that waits to be sent */
	char bytes[ECHO_BYTES];
} echo_connections[ECHO_MOST];

static int echo_open(int type)
{
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(ECHO_PORT)};
	const int made = socket(AF_INET, type | SOCK_NONBLOCK, 0);

	if (made < 0 || bind(made, (const struct sockaddr *)&any, sizeof(any)) != 0 ||
	    (type == SOCK_STREAM && listen(made, ECHO_MOST) != 0)) {
		perror("echo: it can't have port 7");
		return -1;
	}
	return made;
}

/* Accepts a connection. Without a free place, connections wait to be accepted. */
static void echo_accept(void)
{
	bool full = true;

	for (size_t i = 0; i < ECHO_MOST; i++) {
		struct pollfd *polled = &echo_polled[ECHO_OTHERS + i];

		if (polled->fd >= 0)
			continue;
		polled->fd = accept(echo_polled[0].fd, NULL, NULL);
		polled->events = POLLIN;
		polled->revents = 0;
		echo_connections[i].from = echo_connections[i].to = 0;
		full = false;
		break;
	}
	echo_polled[0].events = full ? 0 : POLLIN;
}

static void echo_datagram(int number)
{
	static char bytes[ECHO_BYTES];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	const ssize_t length =
	    recvfrom(number, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&from, &size);

	if (length >= 0)
		(void)sendto(number, bytes, (size_t)length, 0, (struct sockaddr *)&from, size);
}

/* Receives or sends for a connection. False: the connection is over. */
static bool echo_go_on(struct pollfd *polled, struct echo_connection *connection)
{
	ssize_t done;

	if (connection->from == connection->to) {
		done = recv(polled->fd, connection->bytes, ECHO_BYTES, MSG_DONTWAIT);
		connection->from = 0;
		connection->to = done > 0 ? (size_t)done : 0;
		if (done == 0 || (done < 0 && errno != EAGAIN))
			return false;
	}
	if (connection->from != connection->to) {
		done = send(polled->fd, connection->bytes + connection->from,
		            connection->to - connection->from, MSG_DONTWAIT);
		if (done < 0 && errno != EAGAIN)
			return false;
		connection->from += done > 0 ? (size_t)done : 0;
	}
	polled->events = connection->from == connection->to ? POLLIN : POLLOUT;
	return true;
}

static void echo_connection(size_t i)
{
	struct pollfd *polled = &echo_polled[ECHO_OTHERS + i];

	if (polled->fd < 0 || polled->revents == 0 || echo_go_on(polled, &echo_connections[i]))
		return;
	(void)close(polled->fd);
	polled->fd = -1;
	echo_polled[0].events = POLLIN;
}

/* ---- probes ---- */

static bool echo_is_free(size_t i)
{
	return echo_polled[ECHO_OTHERS + i].fd < 0;
}

static bool echo_connection_is_sound(size_t i)
{
	const struct echo_connection *connection = &echo_connections[i];
	const short events = connection->from == connection->to ? POLLIN : POLLOUT;

	return connection->from <= connection->to && connection->to <= ECHO_BYTES &&
	       echo_polled[ECHO_OTHERS + i].events == events;
}

/* The listener is left out only while no place is free. */
static bool echo_is_sound(void)
{
	const bool listens = echo_polled[0].events == POLLIN;
	bool sound = echo_polled[0].fd >= 0 && (listens || echo_polled[0].events == 0) &&
	             echo_polled[1].fd >= 0 && echo_polled[1].events == POLLIN;

	for (size_t i = 0; i < ECHO_MOST; i++)
		sound = sound && (echo_is_free(i) ? listens : echo_connection_is_sound(i));
	return sound;
}

/* Answers a probe, if one has come. The port is for probes alone. There is no question with a known
 * answer: an echo is what came. */
static void echo_look_for_probe(void)
{
	const struct rtos_given *offer = sys_given(RTOS_GIVEN_OFFER, NULL, 0);
	struct sys_message message = {.identity = 0};

	if (!offer || sys_reply_wait(offer->handle, &message, SYS_AT_ONCE) != RTOS_OK)
		return;
	if (probe_asks(&message))
		probe_answer(&message, echo_is_sound() ? PROBE_RIGHT : PROBE_UNSOUND);
	else
		message.word[0] = 1;
	(void)sys_reply(&message);
}

/* ---- the loop ---- */

static void echo_work(void)
{
	if (echo_polled[0].revents != 0)
		echo_accept();
	if (echo_polled[1].revents != 0)
		echo_datagram(echo_polled[1].fd);
	for (size_t i = 0; i < ECHO_MOST; i++)
		echo_connection(i);
}

int main(void)
{
	uint64_t beat = 0;

	echo_polled[0] = (struct pollfd){.fd = echo_open(SOCK_STREAM), .events = POLLIN};
	echo_polled[1] = (struct pollfd){.fd = echo_open(SOCK_DGRAM), .events = POLLIN};
	if (echo_polled[0].fd < 0 || echo_polled[1].fd < 0)
		return 1;
	for (size_t i = 0; i < ECHO_MOST; i++)
		echo_polled[ECHO_OTHERS + i].fd = -1;
	sys_well();
	while (poll(echo_polled, ECHO_OTHERS + ECHO_MOST, ECHO_LOOK) >= 0) {
		echo_work();
		echo_look_for_probe();
		sys_beat_when_due(&beat);
	}
	perror("echo");
	return 1;
}
