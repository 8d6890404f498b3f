/*
 * Gives files by TFTP (RFC 1350) to boot loaders of other partitions or machines: `tftp FOLDER`.
 * Nothing can be written. A transfer has a socket of its own, and so a port of its own. Each packet
 * waits for its answer. Without an answer it is sent again, and in the end the transfer is given
 * up. Restarts of the network's driver and of the files' server are a delay.
 */
#include "transfer.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <rtos/probe.h>
#include <rtos/sys.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TFTP_PORT      69
#define TFTP_TRANSFERS 8
#define TFTP_WAIT      1000 /* milliseconds for an answer */
#define TFTP_LOOK      200  /* milliseconds until it looks for a probe */

static struct transfer transfers[TFTP_TRANSFERS];

/* First comes the port that hears requests, then each transfer's port. A transfer without a port is
 * free. */
static struct pollfd polled[1 + TFTP_TRANSFERS];

static const char *folder;

static int64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool is_same(const struct sockaddr_in *a, const struct sockaddr_in *b)
{
	return a->sin_addr.s_addr == b->sin_addr.s_addr && a->sin_port == b->sin_port;
}

static void send_to(int from, const struct sockaddr_in *to, const uint8_t *packet, size_t size)
{
	(void)sendto(from, packet, size, 0, (const struct sockaddr *)to, sizeof(*to));
}

static void refuse(int from, const struct sockaddr_in *to, enum tftp_error error, const char *why)
{
	uint8_t packet[TFTP_MOST];

	send_to(from, to, packet, tftp_write_error(packet, error, why));
}

/* ---- a transfer ---- */

static void end(size_t i)
{
	(void)close(transfers[i].file);
	(void)close(polled[1 + i].fd);
	polled[1 + i].fd = -1;
}

static void send_again(size_t i)
{
	struct transfer *transfer = &transfers[i];

	transfer->due = now() + TFTP_WAIT;
	send_to(polled[1 + i].fd, &transfer->client, transfer->packet, transfer->size);
}

/* Reads and sends the next block. A block that isn't full is the last one. */
static void send_next(size_t i)
{
	struct transfer *transfer = &transfers[i];
	size_t size = 0;

	while (size < transfer->request.block) {
		const ssize_t got = read(transfer->file, transfer->packet + TFTP_HEAD + size,
		                         transfer->request.block - size);

		if (got < 0) {
			refuse(polled[1 + i].fd, &transfer->client, TFTP_OTHER,
			       "the file can't be read");
			end(i);
			return;
		}
		if (got == 0)
			break;
		size += (size_t)got;
	}
	transfer->last = size < transfer->request.block;
	transfer->size = TFTP_HEAD + size;
	transfer->tries = 0;
	tftp_write_data(transfer->packet, ++transfer->number);
	send_again(i);
}

/* Begins a transfer. Options are answered first; then the client's ACK of number 0 begins the file.
 */
static void begin_answer(size_t i, uint64_t size)
{
	struct transfer *transfer = &transfers[i];

	if (!transfer->request.wants_block && !transfer->request.wants_size) {
		send_next(i);
		return;
	}
	transfer->size = tftp_write_options(transfer->packet, &transfer->request, size);
	send_again(i);
}

static void hear(size_t i)
{
	struct transfer *transfer = &transfers[i];
	uint8_t packet[TFTP_MOST];
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	const ssize_t size = recvfrom(polled[1 + i].fd, packet, sizeof(packet), MSG_DONTWAIT,
	                              (struct sockaddr *)&from, &length);
	uint32_t kind;

	if (size < 0)
		return;
	if (!is_same(&from, &transfer->client)) {
		refuse(polled[1 + i].fd, &from, TFTP_STRANGER, "this transfer isn't yours");
		return;
	}
	kind = tftp_kind(packet, (size_t)size);
	if (kind == TFTP_ERROR ||
	    (kind == TFTP_ACK && tftp_number(packet) == transfer->number && transfer->last))
		end(i);
	else if (kind == TFTP_ACK && tftp_number(packet) == transfer->number)
		send_next(i);
}

static void send_if_due(size_t i)
{
	if (now() < transfers[i].due)
		return;
	if (++transfers[i].tries < TRANSFER_TRIES)
		send_again(i);
	else
		end(i);
}

/* ---- requests ---- */

/* Finds a free place. A client that repeats its request has lost the first answer, so its earlier
 * transfer ends. */
static size_t find_place(const struct sockaddr_in *client)
{
	size_t place = TFTP_TRANSFERS;

	for (size_t i = 0; i < TFTP_TRANSFERS; i++)
		if (polled[1 + i].fd >= 0 && is_same(&transfers[i].client, client))
			end(i);
	for (size_t i = 0; i < TFTP_TRANSFERS && place == TFTP_TRANSFERS; i++)
		if (polled[1 + i].fd < 0)
			place = i;
	return place;
}

static int open_port(uint16_t port)
{
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
	const int made = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (made >= 0 && bind(made, (const struct sockaddr *)&any, sizeof(any)) == 0)
		return made;
	if (made >= 0)
		(void)close(made);
	return -1;
}

/* Opens a file. -1: there is no such file, or it is a folder. */
static int open_file(const char *name, uint64_t *size)
{
	char path[TFTP_NAME_MOST + 64];
	struct stat status;
	int file;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return -1;
	file = open(path, O_RDONLY);
	if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
		*size = (uint64_t)status.st_size;
		return file;
	}
	if (file >= 0)
		(void)close(file);
	return -1;
}

static void begin(const struct sockaddr_in *client, const struct tftp_request *request)
{
	const size_t place = find_place(client);
	uint64_t size;
	int file;

	if (place == TFTP_TRANSFERS) {
		refuse(polled[0].fd, client, TFTP_OTHER, "too many transfers; ask again later");
		return;
	}
	file = open_file(request->name, &size);
	if (file < 0) {
		refuse(polled[0].fd, client, TFTP_NO_FILE, "there is no such file");
		return;
	}
	transfers[place] = (struct transfer){.file = file, .client = *client, .request = *request};
	polled[1 + place] = (struct pollfd){.fd = open_port(0), .events = POLLIN};
	if (polled[1 + place].fd < 0) {
		(void)close(file);
		refuse(polled[0].fd, client, TFTP_OTHER, "there is no free port");
		return;
	}
	begin_answer(place, size);
}

static void hear_request(void)
{
	uint8_t packet[TFTP_MOST];
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	const ssize_t size = recvfrom(polled[0].fd, packet, sizeof(packet), MSG_DONTWAIT,
	                              (struct sockaddr *)&from, &length);
	struct tftp_request request;
	enum tftp_error error;
	const char *why;

	if (size < 0 || tftp_kind(packet, (size_t)size) == TFTP_ERROR)
		return;
	if (tftp_read_request(&request, packet, (size_t)size, &error, &why))
		begin(&from, &request);
	else
		refuse(polled[0].fd, &from, error, why);
}

/* ---- probes ---- */

static const char *given_folder(void)
{
	uint32_t count;
	const char *argument = sys_arguments(&count);

	return count == 1 ? argument : "/boot";
}

static bool is_sound(void)
{
	bool sound = folder == given_folder() && polled[0].fd >= 0 && polled[0].events == POLLIN;

	for (size_t i = 0; i < TFTP_TRANSFERS; i++)
		if (polled[1 + i].fd >= 0)
			sound = sound && polled[1 + i].events == POLLIN &&
			        transfer_is_sound(&transfers[i]);
	return sound;
}

/* A file beside the folder is refused. */
static bool is_right(void)
{
	static const uint8_t beside[] = "\0\1../x\0octet";
	struct tftp_request request;
	enum tftp_error error;
	const char *why;

	return !tftp_read_request(&request, beside, sizeof(beside), &error, &why);
}

/* Answers a probe, if one has come. The port is for probes alone. */
static void look_for_probe(void)
{
	const struct rtos_given *offer = sys_given(RTOS_GIVEN_OFFER, NULL, 0);
	struct sys_message message = {.identity = 0};

	if (!offer || sys_reply_wait(offer->handle, &message, SYS_AT_ONCE) != RTOS_OK)
		return;
	if (!is_sound())
		probe_answer(&message, PROBE_UNSOUND);
	else
		probe_answer(&message, is_right() ? PROBE_RIGHT : PROBE_WRONG);
	(void)sys_reply(&message);
}

/* ---- the loop ---- */

/* Milliseconds until a packet is sent again, or until the next look. */
static int until_due(void)
{
	int64_t first = now() + TFTP_LOOK;

	for (size_t i = 0; i < TFTP_TRANSFERS; i++)
		if (polled[1 + i].fd >= 0 && transfers[i].due < first)
			first = transfers[i].due;
	first -= now();
	return first > 0 ? (int)first : 0;
}

static void work(void)
{
	if (polled[0].revents != 0)
		hear_request();
	for (size_t i = 0; i < TFTP_TRANSFERS; i++)
		if (polled[1 + i].fd >= 0 && polled[1 + i].revents != 0)
			hear(i);
	for (size_t i = 0; i < TFTP_TRANSFERS; i++)
		if (polled[1 + i].fd >= 0)
			send_if_due(i);
}

int main(void)
{
	uint64_t beat = 0;

	folder = given_folder();
	for (size_t i = 0; i < TFTP_TRANSFERS; i++)
		polled[1 + i].fd = -1;
	polled[0] = (struct pollfd){.fd = open_port(TFTP_PORT), .events = POLLIN};
	if (polled[0].fd < 0) {
		perror("tftp: it can't have port 69");
		return 1;
	}
	sys_well();
	while (poll(polled, 1 + TFTP_TRANSFERS, until_due()) >= 0) {
		work();
		look_for_probe();
		sys_beat_when_due(&beat);
	}
	perror("tftp");
	return 1;
}
