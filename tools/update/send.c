/*
 * An update over the link (LINK_UPDATE): asks by which tables the machine runs, says what they and
 * the image's disagree about, sends the package, and waits for what came of it. Each part is sent
 * when the one before is answered. When the frame is replaced, the console begins anew, and with it
 * the link.
 */
#include <host/link.h>
#include <host/update.h>
#include <inttypes.h>
#include <lib/bundle.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SEND_HELLO_MS  10000
#define SEND_ANSWER_MS 5000  /* for a part's answer */
#define SEND_RESULT_MS 10000 /* from the last part until the new frame has stayed */
#define SEND_TURN_MS   200   /* the machine is asked so often what came of it */
#define SEND_HEAD      8u    /* order, refused, zeros, offset */
#define SEND_NAME      "kumiki update: "

/* The longest tables that a machine may tell: all of the greatest size are far below. */
#define SEND_TABLES_MOST (1u << 20)

struct send {
	struct link link;
	const struct update_package *package;
	FILE *complaints;
	uint8_t *tables; /* of the machine, aligned for a bundle */
	/* The last answer. */
	uint8_t verdict; /* enum package_verdict */
	uint32_t offset;
	size_t size;
	uint8_t bytes[LINK_PAYLOAD_MAX + 1]; /* with a closing NUL */
};

static int64_t send_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool send_failed(const struct send *send, const char *what, const char *why)
{
	fprintf(send->complaints, SEND_NAME "%s%s\n", what, why);
	return false;
}

/* ---- a part and its answer ---- */

static bool send_part(struct send *send, enum package_order order, uint32_t offset,
                      const void *bytes, size_t size)
{
	uint8_t payload[SEND_HEAD + PACKAGE_PIECE_SIZE] = {(uint8_t)order};

	memcpy(payload + 4, &offset, sizeof(offset));
	if (size != 0)
		memcpy(payload + SEND_HEAD, bytes, size);
	return link_send(&send->link, LINK_UPDATE, payload, SEND_HEAD + size);
}

/* Takes an answer to this order. False: the frame is something else. */
static bool send_take(struct send *send, enum package_order order, const struct linkframe *frame)
{
	if (frame->type != LINK_UPDATED || frame->size < SEND_HEAD || frame->payload[0] != order)
		return false;
	send->verdict = frame->payload[1];
	memcpy(&send->offset, frame->payload + 4, sizeof(send->offset));
	send->size = frame->size - SEND_HEAD;
	memcpy(send->bytes, frame->payload + SEND_HEAD, send->size);
	send->bytes[send->size] = 0;
	return true;
}

/* The words of an answer; a machine that isn't what it seems may send anything. */
static const char *send_words(struct send *send)
{
	for (size_t i = 0; i < send->size; i++)
		if (send->bytes[i] < ' ' || send->bytes[i] > '~')
			send->bytes[i] = '?';
	return (const char *)send->bytes;
}

/* Sends a part and waits for its answer. False: it has complained. */
static bool send_and_hear(struct send *send, enum package_order order, uint32_t offset,
                          const void *bytes, size_t size)
{
	const int patience = link_patient(&send->link, SEND_ANSWER_MS);
	const int64_t deadline = send_now() + patience;
	struct linkframe frame;
	enum link_result result = LINK_CLOSED;
	char said[160];

	if (send_part(send, order, offset, bytes, size))
		while ((result = link_receive(&send->link, &frame, patience)) == LINK_GOT_FRAME &&
		       send_now() < deadline) {
			if (send_take(send, order, &frame))
				return true;
			if (link_wants_hello(&frame))
				return send_failed(send, "the machine began anew meanwhile",
				                   "; try again");
			if (frame.type == LINK_ERROR && frame.size != 0 &&
			    (frame.payload[0] == LINK_UPDATE || frame.payload[0] == 0))
				return send_failed(send, "the system refuses: ",
				                   link_fault(&frame, said, sizeof(said)));
		}
	if (result == LINK_CLOSED)
		return send_failed(send, link_why(&send->link, "the link was closed"),
		                   "; the machine forgets what came");
	link_too_late(&send->link, SEND_ANSWER_MS, SEND_NAME "no answer", send->complaints);
	return false;
}

/* ---- does the image fit the machine? ---- */

/* The machine may be any program, so its tables are verified as an image's are. */
static const struct bundle_header *send_tables(struct send *send)
{
	const struct bundle_header *running = (const void *)send->tables;
	uint32_t size = 0;

	do {
		if (!send_and_hear(send, PACKAGE_TABLES, size, NULL, 0))
			return NULL;
		if (send->offset != size || send->size > SEND_TABLES_MOST - size)
			break;
		memcpy(send->tables + size, send->bytes, send->size);
		size += (uint32_t)send->size;
	} while (send->size != 0);
	if (size >= sizeof(*running) && running->magic == BUNDLE_MAGIC &&
	    running->revision != BUNDLE_REVISION) {
		fprintf(send->complaints,
		        SEND_NAME "the machine's tables have revision %" PRIu32
		                  ", and those of the image revision %d; start the machine anew "
		                  "with the image\n",
		        running->revision, BUNDLE_REVISION);
		return NULL;
	}
	if (size < sizeof(*running) || running->tables_size > size ||
	    bundle_verify(running, (size_t)running->bundle_size).fault != BUNDLE_OK) {
		(void)send_failed(send, "the machine tells tables that make no sense", "");
		return NULL;
	}
	return running;
}

static bool send_compare(struct send *send)
{
	const struct bundle_header *running = send_tables(send);
	char *lines = NULL;
	size_t size = 0;
	FILE *out;
	unsigned int count;

	if (running == NULL)
		return false;
	out = open_memstream(&lines, &size);
	if (out == NULL)
		return send_failed(send, "out of memory", "");
	count = update_compare(running, send->package->image->bundle, out);
	(void)fclose(out);
	if (count != 0)
		fprintf(send->complaints,
		        SEND_NAME "'%s' has other partitions or other hardware than the machine; "
		                  "an update brings a frame alone. What differs:\n%s",
		        send->package->name, lines);
	free(lines);
	return count == 0;
}

/* ---- the package ---- */

static bool send_accepted(struct send *send, enum package_order order, uint32_t offset,
                          const void *bytes, size_t size)
{
	if (!send_and_hear(send, order, offset, bytes, size))
		return false;
	return send->verdict == PACKAGE_GOOD ||
	       send_failed(send, "the machine refuses: ", send_words(send));
}

struct send_piece {
	uint32_t at, size;
};

/* Goes to the piece behind this one. Zeros aren't sent: a byte takes longest on a UART. False:
 * there are only zeros. */
static bool send_next(const struct update_package *package, struct send_piece *piece)
{
	const uint32_t end = package->head.image_size;
	const uint8_t *bytes = package->image->bytes;
	uint32_t at = piece->at + piece->size, size;

	while (at < end && bytes[at] == 0)
		at++;
	size = end - at < PACKAGE_PIECE_SIZE ? end - at : PACKAGE_PIECE_SIZE;
	while (size != 0 && bytes[at + size - 1] == 0)
		size--;
	*piece = (struct send_piece){at, size};
	return size != 0;
}

/* Only a person wants to see it. What is said next begins on the same line. */
static void send_progress(const struct send *send, uint32_t sent)
{
	if (isatty(fileno(send->complaints)))
		fprintf(send->complaints, SEND_NAME "%" PRIu64 " %% sent\r",
		        (uint64_t)sent * 100 / send->package->head.image_size);
}

static bool send_image(struct send *send)
{
	const struct update_package *package = send->package;
	uint8_t head[sizeof(package->head) + PACKAGE_SIGNATURE];
	struct send_piece piece = {0, 0};

	memcpy(head, &package->head, sizeof(package->head));
	memcpy(head + sizeof(package->head), package->signature, PACKAGE_SIGNATURE);
	if (!send_accepted(send, PACKAGE_BEGIN, 0, head, sizeof(head)))
		return false;
	while (send_next(package, &piece)) {
		if (!send_accepted(send, PACKAGE_PIECE, piece.at, package->image->bytes + piece.at,
		                   piece.size))
			return false;
		send_progress(send, piece.at + piece.size);
	}
	return true;
}

/* ---- what came of it ---- */

enum send_state { SEND_WAITS, SEND_ANEW, SEND_REFUSED, SEND_TOLD, SEND_LOST };

/* Waits a moment for what the machine says. */
static enum send_state send_listen(struct send *send)
{
	struct linkframe frame;
	enum link_result result;

	while ((result = link_receive(&send->link, &frame, SEND_TURN_MS)) == LINK_GOT_FRAME) {
		if (send_take(send, PACKAGE_END, &frame))
			return SEND_REFUSED;
		if (send_take(send, PACKAGE_RESULT, &frame))
			return SEND_TOLD;
		if (link_wants_hello(&frame))
			return SEND_ANEW;
	}
	return result == LINK_CLOSED ? SEND_LOST : SEND_WAITS;
}

/* Asks until there is a newer result than number `before`, and it is final. */
static bool send_result(struct send *send, uint32_t before, FILE *out)
{
	const int64_t deadline = send_now() + link_patient(&send->link, SEND_RESULT_MS);
	struct linkframe welcome;

	while (send_now() < deadline) {
		switch (send_listen(send)) {
		case SEND_LOST:
			return send_failed(send, link_why(&send->link, "the link was closed"),
			                   " before the machine told what came of the update");
		case SEND_REFUSED:
			return send_failed(send, "the machine refuses: ", send_words(send));
		case SEND_ANEW:
			if (!link_hello(&send->link, &welcome, SEND_HELLO_MS, send->complaints))
				return false;
			break;
		case SEND_TOLD:
			if (send->offset == before || send->verdict == PACKAGE_EARLY)
				break;
			if (send->verdict != PACKAGE_GOOD)
				return send_failed(send, send_words(send), "");
			fprintf(out, "%s\n", send_words(send));
			return true;
		case SEND_WAITS:
			break;
		}
		if (!send_part(send, PACKAGE_RESULT, 0, NULL, 0))
			return send_failed(send, "the link was closed", "");
	}
	link_too_late(&send->link, SEND_RESULT_MS,
	              SEND_NAME "the machine didn't tell what came of the update",
	              send->complaints);
	return false;
}

static bool send_all(struct send *send, FILE *out)
{
	uint32_t before;

	if (!send_compare(send) || !send_and_hear(send, PACKAGE_RESULT, 0, NULL, 0))
		return false;
	before = send->offset;
	if (!send_image(send))
		return false;
	if (!send_part(send, PACKAGE_END, 0, NULL, 0))
		return send_failed(send, "the link was closed", "");
	return send_result(send, before, out);
}

bool update_send(const char *link, const struct update_package *package, FILE *out,
                 FILE *complaints)
{
	struct send *send = calloc(1, sizeof(*send));
	struct linkframe welcome;
	bool good;

	if (send != NULL)
		send->tables = calloc(1, SEND_TABLES_MOST);
	if (send == NULL || send->tables == NULL) {
		free(send);
		fputs(SEND_NAME "out of memory\n", complaints);
		return false;
	}
	send->package = package;
	send->complaints = complaints;
	good = link_open(&send->link, link, complaints);
	if (good) {
		good = link_hello(&send->link, &welcome, SEND_HELLO_MS, complaints) &&
		       send_all(send, out);
		link_close(&send->link, true);
	}
	free(send->tables);
	free(send);
	return good;
}
