/*
 * Streams of events (text/event-stream): see door.h. A stream renders what is new for it when its
 * client has taken all before, so a slow client never makes a queue: of states and output it gets
 * the newest, and of events it hears how many it lost.
 */
#include <inttypes.h>
#include <keeper/login.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_BLOCK 4096u
#define STREAM_STILL_MS                                                                            \
	15000 /* a line for a client that hears nothing, which shows if it is gone */
#define STREAM_ID "Last-Event-ID"

struct stream {
	struct request *request;
	uint64_t next;     /* the next event */
	uint64_t revision; /* of the state that was sent last */
	uint32_t printed[BUNDLE_PARTITIONS_MAX];
	int64_t still; /* when something has to be sent, though nothing is new */
	bool suspended;
	bool over; /* the last event is in `text` */
	char *text;
	size_t size, sent;
};

/* ---- what is new ---- */

/* Whether whoever reads has logged out, or may read no more. */
static bool stream_is_closed(const struct stream *stream)
{
	struct login *login = stream->request->door->login;

	return login != NULL && !login_holds(login, stream->request);
}

static bool stream_has_printed(const struct stream *stream)
{
	return memcmp(stream->printed, stream->request->door->events->printed,
	              sizeof(stream->printed)) != 0;
}

static bool stream_has_news(const struct stream *stream)
{
	const struct door *door = stream->request->door;

	return door->ending || stream_is_closed(stream) || door->over[0] != '\0' ||
	       stream->next < door->events->next || stream->revision != door->picture->revision ||
	       stream_has_printed(stream) || door->now >= stream->still;
}

static void stream_write_events(struct stream *stream, FILE *out)
{
	const struct events *events = stream->request->door->events;
	const uint64_t oldest = events_oldest(events);

	if (stream->next < oldest) {
		fprintf(out, "event: lost\ndata: {\"events\":%" PRIu64 "}\n\n",
		        oldest - stream->next);
		stream->next = oldest;
	}
	for (; stream->next < events->next; stream->next++) {
		const struct event *event = events_get(events, stream->next);

		fprintf(out, "id: %" PRIu64 "\nevent: %s\ndata: %s\n\n", stream->next, event->name,
		        event->data);
	}
}

static void stream_write_printed(struct stream *stream, FILE *out)
{
	const struct events *events = stream->request->door->events;
	const char *comma = "";

	fputs("event: printed\ndata: {\"numbers\":[", out);
	for (uint32_t i = 0; i < BUNDLE_PARTITIONS_MAX; i++) {
		if (stream->printed[i] == events->printed[i])
			continue;
		fprintf(out, "%s%" PRIu32, comma, i + 1);
		comma = ",";
	}
	fputs("]}\n\n", out);
	memcpy(stream->printed, events->printed, sizeof(stream->printed));
}

static void stream_write_over(const struct door *door, FILE *out)
{
	json_t *over = json_pack("{s:s}", "why", door->over);
	char *text = json_dumps(over, PICTURE_WRITE);

	fprintf(out, "event: over\ndata: %s\n\n", text != NULL ? text : "{}");
	free(text);
	json_decref(over);
}

static void stream_write(struct stream *stream, FILE *out)
{
	const struct door *door = stream->request->door;
	const char *state;

	stream_write_events(stream, out);
	if (stream_has_printed(stream))
		stream_write_printed(stream, out);
	state = stream->revision != door->picture->revision ? picture_text(door->picture) : NULL;
	if (state != NULL)
		fprintf(out, "event: state\ndata: %s\n\n", state);
	else if (door->now >= stream->still)
		fputs(": still here\n\n", out);
	stream->revision = door->picture->revision;
	if (door->over[0] != '\0')
		stream_write_over(door, out);
	stream->over = door->over[0] != '\0';
}

/* False: there was no memory. */
static bool stream_render(struct stream *stream)
{
	FILE *out;

	free(stream->text);
	stream->text = NULL;
	stream->size = stream->sent = 0;
	out = open_memstream(&stream->text, &stream->size);
	if (out == NULL)
		return false;
	stream_write(stream, out);
	stream->still = stream->request->door->now + STREAM_STILL_MS;
	return fclose(out) == 0;
}

/* ---- sending ---- */

/* A client that has taken all is waited for by nobody. */
static ssize_t stream_pause(struct stream *stream)
{
	stream->suspended = true;
	stream->request->client->until = 0;
	MHD_suspend_connection(stream->request->connection);
	return 0;
}

static ssize_t stream_read(void *context, uint64_t position, char *to, size_t room)
{
	struct stream *stream = context;
	const struct door *door = stream->request->door;
	size_t count = stream->size - stream->sent;

	(void)position;
	if (count == 0 && (door->ending || stream->over || stream_is_closed(stream)))
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (count == 0 && !stream_has_news(stream))
		return stream_pause(stream);
	if (count == 0 && !stream_render(stream))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	count = stream->size - stream->sent;
	if (count > room)
		count = room;
	memcpy(to, stream->text + stream->sent, count);
	stream->sent += count;
	stream->request->client->until = door->now + DOOR_STEP_MS;
	return (ssize_t)count;
}

void stream_turn(struct door *door)
{
	for (size_t i = 0; i < DOOR_STREAMS; i++) {
		struct stream *stream = door->streams[i];

		if (stream == NULL || !stream->suspended || !stream_has_news(stream))
			continue;
		stream->suspended = false;
		stream->request->client->until = door->now + DOOR_STEP_MS;
		MHD_resume_connection(stream->request->connection);
	}
}

/* ---- beginning and end ---- */

/* A client that comes back says which event it had last; a new one hears of what is to come. */
static uint64_t stream_first(const struct request *request)
{
	const struct events *events = request->door->events;
	const char *text =
	    MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, STREAM_ID);
	char *end = NULL;
	uint64_t last = 0;

	if (text != NULL && *text >= '0' && *text <= '9')
		last = strtoull(text, &end, 10);
	if (end == NULL || *end != '\0' || last >= events->next)
		return events->next;
	return last + 1;
}

static struct stream **stream_place(struct door *door)
{
	for (size_t i = 0; i < DOOR_STREAMS; i++)
		if (door->streams[i] == NULL)
			return &door->streams[i];
	return NULL;
}

enum MHD_Result stream_open(struct request *request)
{
	struct stream **place = stream_place(request->door);
	struct stream *stream;

	if (place == NULL)
		return door_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
		                   "as many clients as can read events do so; close one of them");
	stream = calloc(1, sizeof(*stream));
	if (stream == NULL)
		return MHD_NO;
	stream->request = request;
	stream->next = stream_first(request);
	stream->still = request->door->now;
	memcpy(stream->printed, request->door->events->printed, sizeof(stream->printed));
	request->stream = *place = stream;
	return door_send(request, MHD_HTTP_OK,
	                 MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
	                                                   stream_read, stream, NULL),
	                 "text/event-stream");
}

void stream_close(struct request *request)
{
	struct stream *stream = request->stream;

	if (stream == NULL)
		return;
	for (size_t i = 0; i < DOOR_STREAMS; i++)
		if (request->door->streams[i] == stream)
			request->door->streams[i] = NULL;
	free(stream->text);
	free(stream);
	request->stream = NULL;
}
