/*
 * The console's side of include/kumiki/link.h. It answers the host's frames, and sends output and
 * traces as frames. Text comes back when the host says so or falls silent. Called by console.c and
 * keys.c. A turn sends at most one frame of output for each source, and one of a trace.
 */
#include <console/console.h>
#include <kumiki/trace.h>
#include <lib/bundle.h>
#include <service/call.h>

#define LINK_SILENCE_MS (1000ULL * LINK_SILENCE_SECONDS)
#define LINK_BEGUN_MAX  128u /* of a line that was begun before the host came */
#define LINK_OUTPUT_MAX 256u /* characters of a source in one frame */
/* Output and traces leave room for answers: so an answer stands behind few bytes in a slow UART. */
#define LINK_BULK_ROOM    (WRITER_SIZE - LINKFRAME_MAX)
#define LINK_TRACE_HEADER 16u
#define LINK_TRACE_EVENTS ((LINK_PAYLOAD_MAX - LINK_TRACE_HEADER) / sizeof(struct trace_event))

/* A later run of the service finds this in its own ring. */
static void link_set_framed(struct console *console, bool framed)
{
	console->link.framed = framed;
	console->link.rest = 0;
	if (console->own)
		console->own->framed = framed;
}

/* If the host spoke frames with the run before, the host's next bytes are the rest of a frame, or
 * frames: no person types them. */
void link_start(struct console *console, uint64_t now)
{
	if (console->own && console->own->framed)
		console->link.rest = now + LINK_SILENCE_MS * console->ms;
}

bool link_has_keys(const struct console *console, uint64_t now)
{
	return console->link.framed || now < console->link.rest;
}

static uint8_t *link_payload(struct console *console)
{
	return console->link.frame + LINKFRAME_HEADER;
}

static void link_send(struct console *console, enum link_type type, size_t size)
{
	size_t whole = linkframe_close(console->link.frame, (uint8_t)type, size);

	writer_write(&console->writer, console->link.frame, whole);
}

/* Sends what is wrong with `frame`. NULL: the frame was broken. */
static void link_error(struct console *console, const struct linkframe *frame, const char *text)
{
	size_t size = 0;

	link_payload(console)[size++] = frame ? frame->type : 0;
	link_payload(console)[size++] = frame && frame->size ? frame->payload[0] : 0;
	for (; *text; text++)
		link_payload(console)[size++] = (uint8_t)*text;
	link_send(console, LINK_ERROR, size);
}

/* Lets the rings go on: all events are sent, or nobody waits for them any more. */
static void link_trace_over(struct console *console)
{
	if (console->link.tracing)
		service_trace(false);
	console->link.tracing = false;
}

/* memcpy() without the C library's header, which a service doesn't have. */
static void link_copy(void *to, const void *from, size_t size)
{
	__builtin_memcpy(to, from, size);
}

/* The frame's buffer is no place for a struct, so the welcome is put together in one of this
 * function. */
static void link_welcome(struct console *console)
{
	const struct console_info *info = console->info;
	struct link_welcome welcome = {
	    .revision = LINK_REVISION,
	    .partitions = console->partitions,
	    .cores = info->cores < BUNDLE_CORES_MAX ? info->cores : BUNDLE_CORES_MAX,
	    .vcpus = info->vcpu_count < BUNDLE_VCPUS_MAX ? info->vcpu_count : BUNDLE_VCPUS_MAX,
	    .counter_hz = info->counter_hz,
	};
	const struct bundle_header *bundle = tables_bundle(console);
	size_t size = sizeof(welcome);

	link_copy(welcome.system, info->system, sizeof(welcome.system));
	link_copy(welcome.vcpu_partition, info->vcpus, sizeof(welcome.vcpu_partition));
	link_copy(link_payload(console), &welcome, sizeof(welcome));
	for (uint32_t i = 0; i < console->source_count; i++) {
		link_copy(link_payload(console) + size, info->sources[i].name,
		          sizeof(struct link_source));
		size += sizeof(struct link_source);
	}
	for (uint32_t i = 0; i < bundle->channels.count; i++) {
		link_copy(link_payload(console) + size, bundle_channels(bundle)[i].name,
		          sizeof(struct link_source));
		size += sizeof(struct link_source);
	}
	link_send(console, LINK_WELCOME, size);
}
_Static_assert(sizeof(struct link_welcome) +
                       (CONSOLE_SOURCES_MAX + BUNDLE_CHANNELS_MAX) * sizeof(struct link_source) <=
                   LINK_PAYLOAD_MAX,
               "a welcome is one frame");

/* Sends the unfinished line, mostly a prompt, so that an attaching user sees it. */
static void link_begun(struct console *console)
{
	uint8_t *payload = link_payload(console);

	for (uint8_t i = 0; i < console->source_count; i++) {
		const struct reader *reader = &console->readers[i];
		uint32_t count = 0;

		if (reader->ring && writer_room(&console->writer) >= LINKFRAME_MAX)
			count = reader_begun(reader, payload + 1, LINK_BEGUN_MAX);
		payload[0] = i;
		if (count)
			link_send(console, LINK_OUTPUT, 1 + count);
	}
}

/* A host that was attached to an earlier run has seen no text of this one, but comes back soon. */
static void link_again(struct console *console)
{
	struct console_link *link = &console->link;

	if (!link->greeted && link->heard - console->began < LINK_SILENCE_MS * console->ms)
		say_why(console);
	link->greeted = true;
}

static void link_hello(struct console *console, const struct linkframe *frame)
{
	if (frame->size < 4 || frame->payload[0] != LINK_REVISION || frame->payload[1] ||
	    frame->payload[2] || frame->payload[3]) {
		link_error(console, frame,
		           "this frame speaks revision " LINK_REVISION_TEXT " of the link");
		return;
	}
	if (!console->link.framed)
		termscreen_close(&console->screen);
	link_trace_over(console);
	line_leave(console); /* an earlier client's commands end */
	debug_leave(console);
	update_leave(console);
	link_set_framed(console, true);
	console->link.bad = console->link.parser.bad; /* an earlier client's frames */
	keys_leave(console);
	link_welcome(console);
	link_begun(console);
	link_again(console);
}

/* Text begins again. Lines that were begun as text before the host came are over: a source's next
 * characters get a prefix. */
static void link_end(struct console *console)
{
	if (!console->link.framed)
		return;
	link_set_framed(console, false);
	link_trace_over(console);
	for (uint32_t i = 0; i < console->source_count; i++)
		termline_clear(&console->shown[i].line);
	line_leave(console);
	debug_leave(console);
	update_leave(console);
	keys_return(console);
	writer_text(&console->writer, "\r\n");
	text_notice(console, "plain text again (Ctrl-] ? for help)", NULL, NULL);
}

/* Gives keys to a partition. Returns how many found room. */
static uint16_t link_keys(struct console *console, uint8_t source, const uint8_t *keys,
                          uint32_t count)
{
	uint16_t took = 0;

	while (took < count && reader_give_key(&console->readers[source], keys[took]))
		took++;
	if (took)
		service_notify(source);
	return took;
}

static bool link_source(struct console *console, const struct linkframe *frame)
{
	if (frame->size >= 1 && frame->payload[0] < console->partitions &&
	    console->readers[frame->payload[0]].ring)
		return true;
	link_error(console, frame, "no partition with a console has that number");
	return false;
}

static void link_input(struct console *console, const struct linkframe *frame)
{
	if (!link_source(console, frame))
		return;
	uint8_t source = frame->payload[0];
	uint16_t took = link_keys(console, source, frame->payload + 1, frame->size - 1u);

	link_payload(console)[0] = source;
	link_payload(console)[1] = 0;
	link_payload(console)[2] = (uint8_t)took;
	link_payload(console)[3] = (uint8_t)(took >> 8);
	link_send(console, LINK_TOOK, 4);
}

static void link_command(struct console *console, const struct linkframe *frame)
{
	if (frame->size < 1 || frame->payload[0] >= LINK_LINES || console->runs[frame->payload[0]])
		link_error(console, frame, "another command is being carried out on that line");
	else
		line_take(console, frame->payload[0], (const char *)frame->payload + 1,
		          frame->size - 1u);
}

/* Cancels a command. The host gets a last answer: no further answer of this command is on its way.
 */
static void link_cancel(struct console *console, const struct linkframe *frame)
{
	uint8_t line = frame->size < 1 ? LINK_LINES : frame->payload[0];

	if (line >= LINK_LINES || !console->runs[line])
		return;
	line_cancel(console, line);
	(void)link_answer(console, line, true, 1, "", 0);
}

bool link_answer(struct console *console, uint8_t line, bool last, uint8_t status, const char *text,
                 uint32_t size)
{
	if (writer_room(&console->writer) < LINKFRAME_MAX)
		return false;
	link_payload(console)[0] = line;
	link_payload(console)[1] = last;
	link_payload(console)[2] = status;
	link_copy(link_payload(console) + 3, text, size);
	link_send(console, LINK_ANSWER, 3u + size);
	return true;
}
_Static_assert(LINE_ANSWER_MAX + 3 <= LINK_PAYLOAD_MAX, "a step's answer is one frame");

bool link_reply(struct console *console, enum link_type type, const uint8_t head[8],
                const void *data, uint32_t size)
{
	if (writer_room(&console->writer) < LINKFRAME_MAX)
		return false;
	link_copy(link_payload(console), head, 8);
	link_copy(link_payload(console) + 8, data, size);
	link_send(console, type, 8 + size);
	return true;
}
_Static_assert(8 + sizeof(struct debug_request) + DEBUG_DATA_SIZE <= LINK_PAYLOAD_MAX,
               "a request is one frame, and so is an answer");

bool link_left(struct console *console, uint8_t partition)
{
	if (writer_room(&console->writer) < LINKFRAME_MAX)
		return false;
	link_payload(console)[0] = partition;
	link_send(console, LINK_LEFT, 1);
	return true;
}

static void link_leave(struct console *console, const struct linkframe *frame)
{
	if (frame->size >= 1 && frame->payload[0] < console->partitions)
		debug_quit(console, frame->payload[0]);
	else
		link_error(console, frame, "no partition has that number");
}

static void link_debug(struct console *console, const struct linkframe *frame)
{
	const char *wrong = debug_request(console, frame->payload, frame->size);

	if (wrong != NULL)
		link_error(console, frame, wrong);
}

static void link_update(struct console *console, const struct linkframe *frame)
{
	const char *wrong = update_request(console, frame->payload, frame->size);

	if (wrong != NULL)
		link_error(console, frame, wrong);
}

/* Begins to send a core's ring. The ring goes on until its core has time to hold it, so the end is
 * where the core is at this moment. */
static void link_trace_core(struct console *console, uint8_t core)
{
	struct console_link *link = &console->link;
	uint64_t next = __atomic_load_n(&trace_ring_of(console, core)->next, __ATOMIC_ACQUIRE);

	link->trace_core = core;
	link->trace_end = next;
	link->trace_next = trace_oldest(next);
}

static void link_get_trace(struct console *console)
{
	service_trace(true);
	console->link.tracing = true;
	link_trace_core(console, 0);
}

static void link_frame(struct console *console, const struct linkframe *frame)
{
	if (frame->type != LINK_HELLO && !console->link.framed) {
		link_error(console, frame, "say hello first");
		return;
	}
	switch (frame->type) {
	case LINK_HELLO:
		link_hello(console, frame);
		break;
	case LINK_BYE:
		link_end(console);
		break;
	case LINK_PING:
		link_copy(link_payload(console), frame->payload, frame->size < 8 ? frame->size : 8);
		link_send(console, LINK_PONG, frame->size < 8 ? frame->size : 8);
		break;
	case LINK_INPUT:
		link_input(console, frame);
		break;
	case LINK_GET_TRACE:
		link_get_trace(console);
		break;
	case LINK_COMMAND:
		link_command(console, frame);
		break;
	case LINK_CANCEL:
		link_cancel(console, frame);
		break;
	case LINK_LEAVE:
		link_leave(console, frame);
		break;
	case LINK_DEBUG:
		link_debug(console, frame);
		break;
	case LINK_UPDATE:
		link_update(console, frame);
		break;
	default:
		link_error(console, frame, "unknown type of frame");
		break;
	}
}

void link_byte(struct console *console, uint64_t now)
{
	struct console_link *link = &console->link;
	struct linkframe frame;

	link->byte = now;
	while (linkframe_next(&link->parser, &frame)) {
		link->heard = now;
		link_frame(console, &frame);
	}
	if (link->bad != link->parser.bad && link->framed)
		link_error(console, NULL, "a frame's length or checksum was wrong");
	link->bad = link->parser.bad;
}

void link_expire(struct console *console, uint64_t now)
{
	struct console_link *link = &console->link;

	if (linkframe_inside(&link->parser) && now - link->byte > LINK_FRAME_MS * console->ms)
		linkframe_reset(&link->parser);
	if (link->framed && now - link->heard > LINK_SILENCE_MS * console->ms)
		link_end(console);
	else if (link->rest != 0 && now >= link->rest)
		link_set_framed(console, false);
}

/* The host's silence matters when there is something to send. So it needs no timer, unless the host
 * debugs or the traces stand still for the host. While nothing happens, the service sleeps without
 * an end, and by that sleep the frame knows that everything is said. */
uint64_t link_deadline(const struct console *console)
{
	const struct console_link *link = &console->link;

	uint64_t silence = link->framed && (debug_is_on(console) || link->tracing)
	                       ? link->heard + LINK_SILENCE_MS * console->ms + 1
	                       : UINT64_MAX;
	uint64_t rest = link->byte + LINK_FRAME_MS * console->ms + 1;

	return linkframe_inside(&link->parser) && rest < silence ? rest : silence;
}

/* Writes the count of lost characters, which stands in the stream in place of these characters. */
static size_t link_lost(struct console *console, uint8_t source, uint8_t *at)
{
	static const char text[] = " characters lost)\r\n";
	uint32_t lost = reader_lost(&console->readers[source]);
	uint8_t digits[10];
	size_t size = 0, count = 0;

	if (!lost)
		return 0;
	for (; lost; lost /= 10)
		digits[count++] = (uint8_t)('0' + lost % 10);
	at[size++] = '\r';
	at[size++] = '\n';
	at[size++] = '(';
	while (count)
		at[size++] = digits[--count];
	link_copy(at + size, text, sizeof(text) - 1);
	return size + sizeof(text) - 1;
}

static bool link_output(struct console *console, uint8_t source)
{
	struct reader *reader = &console->readers[source];
	uint8_t *payload = link_payload(console);
	size_t size = 1;

	if (writer_room(&console->writer) < LINK_BULK_ROOM)
		return reader_waiting(reader) > 0;
	payload[0] = source;
	size += link_lost(console, source, payload + size);
	uint32_t count = text_allowed(console, source);

	if (count > LINK_OUTPUT_MAX - size)
		count = (uint32_t)(LINK_OUTPUT_MAX - size);
	count = reader_copy(reader, payload + size, count);
	reader_skip(reader, count);
	size += count;
	if (size > 1)
		link_send(console, LINK_OUTPUT, size);
	if (count)
		console_publish(console, source);
	return size > 1;
}

void link_end_line(struct console *console, uint8_t source)
{
	uint8_t *payload = link_payload(console);

	payload[0] = source;
	payload[1] = '\r';
	payload[2] = '\n';
	link_send(console, LINK_OUTPUT, 3);
}

/* Copies events, then looks at `next` again. Events that may have been overwritten meanwhile aren't
 * sent. */
static uint32_t link_trace_copy(struct console *console, uint8_t *to)
{
	struct console_link *link = &console->link;
	const struct trace_ring *ring = trace_ring_of(console, link->trace_core);
	uint64_t oldest = trace_oldest(__atomic_load_n(&ring->next, __ATOMIC_ACQUIRE));
	uint32_t count = 0;

	if (link->trace_next < oldest)
		link->trace_next = oldest;
	while (count < LINK_TRACE_EVENTS && link->trace_next + count < link->trace_end) {
		const volatile struct trace_event *from =
		    &ring->events[(link->trace_next + count) % TRACE_RING_EVENTS];
		struct trace_event event = {from->head, from->data};

		link_copy(to + count * sizeof(event), &event, sizeof(event));
		count++;
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	oldest = trace_oldest(__atomic_load_n(&ring->next, __ATOMIC_RELAXED));
	if (link->trace_next >= oldest)
		return count;
	link->trace_next = oldest; /* the whole copy is doubtful: the next copy begins there */
	return 0;
}

static bool link_trace(struct console *console)
{
	struct console_link *link = &console->link;
	uint8_t *payload = link_payload(console);

	if (!link->tracing || writer_room(&console->writer) < LINK_BULK_ROOM)
		return link->tracing;
	uint32_t count = link_trace_copy(console, payload + LINK_TRACE_HEADER);
	uint64_t header[2] = {link->trace_core, link->trace_next};

	if (count) {
		link_copy(payload, header, sizeof(header));
		link_send(console, LINK_TRACE,
		          LINK_TRACE_HEADER + count * sizeof(struct trace_event));
		link->trace_next += count;
	} else if (link->trace_next >= link->trace_end) {
		payload[0] = link->trace_core;
		link_send(console, LINK_TRACE_END, 1);
		if (link->trace_core + 1u < console->info->cores)
			link_trace_core(console, (uint8_t)(link->trace_core + 1u));
		else
			link_trace_over(console);
	}
	return true;
}

bool link_pump(struct console *console, uint64_t now)
{
	bool sent = false;
	uint32_t count = console->source_count;

	(void)now;
	for (uint32_t i = 0; i < count; i++)
		sent |= link_output(console, (uint8_t)((console->link.next + i) % count));
	if (count)
		console->link.next = (uint8_t)((console->link.next + 1) % count);
	sent |= link_trace(console);
	return sent;
}
