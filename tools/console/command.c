/*
 * The operator's commands over the link. It sends one LINK_COMMAND after another, and prints their
 * LINK_ANSWERs. An answer can quote a partition's text, so it is filtered here, too.
 */
#include "session.h"
#include <host/link.h>
#include <lib/operatorline.h>
#include <lib/termfilter.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COMMAND_HELLO_MS 10000
#define COMMAND_TURN_MS  3000 /* a LINK_PING so often: it tells the system that we are here */

struct command_state {
	struct link link;
	struct command_way way;
	struct termfilter filter;
	bool watches; /* it runs until the person ends it */
	const char *line;
	int64_t heard; /* ms: when the last part of an answer came */
};

static int64_t command_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void command_show(struct command_state *state, uint8_t byte)
{
	struct termop op;
	bool again;

	do {
		again = termfilter_put(&state->filter, byte, &op);
		if (op.kind == TERMOP_NEWLINE)
			fputc('\n', state->way.out);
		for (; op.kind == TERMOP_CHAR && op.character; op.character >>= 8)
			fputc((int)(op.character & 0xff), state->way.out);
	} while (again);
}

static bool command_failed(const struct command_state *state, const char *what, const char *more)
{
	fflush(state->way.out);
	fprintf(state->way.complaints, "kumiki %s: '%s': %s%s\n", state->way.name, state->line,
	        what, more);
	return false;
}

static bool command_closed(struct command_state *state)
{
	return command_failed(
	    state, link_why(&state->link, "the machine is off, or the link was closed"), "");
}

static bool command_late(const struct command_state *state)
{
	fflush(state->way.out);
	fprintf(state->way.complaints, "kumiki %s: '%s': ", state->way.name, state->line);
	link_too_late(&state->link, state->way.silence, "no answer (does the system still run?)",
	              state->way.complaints);
	return false;
}

/* True: the answer is whole, and *good says whether the command succeeded. */
static bool command_frame(struct command_state *state, const struct linkframe *frame, bool *good)
{
	char said[160];

	if (frame->type == LINK_ERROR) {
		*good = command_failed(
		    state, "the system refuses: ", link_fault(frame, said, sizeof(said)));
		return true;
	}
	if (frame->type != LINK_ANSWER || frame->size < 3)
		return false;
	state->heard = command_now();
	for (size_t i = 3; i < frame->size; i++)
		command_show(state, frame->payload[i]);
	*good = frame->payload[2] == 0;
	return frame->payload[1] != 0;
}

static bool command_waits(struct command_state *state)
{
	if (terminal_ended())
		return !state->watches &&
		       command_failed(state, "interrupted; what it began goes on", "");
	if (command_now() - state->heard >= link_patient(&state->link, state->way.silence))
		return command_late(state);
	return link_send(&state->link, LINK_PING, NULL, 0) || command_closed(state);
}

static bool command_answer(struct command_state *state)
{
	struct linkframe frame;
	enum link_result result;
	bool good = false;
	int turn = state->way.silence < COMMAND_TURN_MS ? state->way.silence : COMMAND_TURN_MS;

	state->heard = command_now();
	for (;;) {
		result = link_receive(&state->link, &frame, turn);
		if (result == LINK_GOT_FRAME && command_frame(state, &frame, &good))
			return good;
		if (result == LINK_CLOSED)
			return command_closed(state);
		if (result == LINK_NOTHING && !command_waits(state))
			return false;
	}
}

static bool command_line(struct command_state *state, const char *line)
{
	uint8_t payload[LINK_PAYLOAD_MAX] = {0}; /* line 0 of the link */
	size_t size = strlen(line);

	state->line = line;
	if (size >= sizeof(payload) - 1)
		return command_failed(state, "this is too long for a command", "");
	memcpy(payload + 1, line, size + 1);
	if (!link_send(&state->link, LINK_COMMAND, payload, 1 + size))
		return command_closed(state);
	return command_answer(state);
}

/* The rights that the command needs from a hub. If all lines only look, the right to look is
 * enough. */
static uint32_t command_rights(const char *const lines[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!operator_only_looks(lines[i], (uint32_t)strlen(lines[i])))
			return LINK_ORDER;
	return LINK_LOOK;
}

static bool command_open(struct command_state *state, const char *path, uint32_t rights)
{
	struct linkframe welcome;

	if (!link_open(&state->link, path, state->way.complaints))
		return false;
	state->link.rights = rights;
	if (state->link.output == STDOUT_FILENO)
		state->way.out = state->way.complaints;
	terminal_catch();
	return link_hello(&state->link, &welcome, COMMAND_HELLO_MS, state->way.complaints);
}

static int command_close(struct command_state *state, bool good)
{
	good = link_printed(state->way.out, state->way.name, state->way.complaints) && good;
	link_close(&state->link, true);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int command_run(const char *path, const char *const lines[], size_t count,
                const struct command_way *way)
{
	struct command_state state = {.way = *way};
	bool good = command_open(&state, path, command_rights(lines, count));

	for (size_t i = 0; good && i < count; i++)
		good = command_line(&state, lines[i]);
	return command_close(&state, good);
}

/* ---- commands that are repeated ---- */

/* Paints over the text before: clears the rest of each line, and the screen below the last line. */
static void command_paint(const char *text, bool screen, FILE *out)
{
	if (screen)
		fputs("\x1b[H", out);
	for (; *text; text++) {
		if (screen && *text == '\n')
			fputs("\x1b[K", out);
		putc(*text, out);
	}
	if (screen)
		fputs("\x1b[J", out);
	fflush(out);
}

/* Gets one answer, and shows it when it is whole. If the person ends the command, that isn't a
 * failure. */
static bool command_again(struct command_state *state, const char *line, bool screen)
{
	FILE *out = state->way.out;
	char *text = NULL;
	size_t size;
	bool good;

	state->way.out = open_memstream(&text, &size);
	if (!state->way.out) {
		state->way.out = out;
		return command_failed(state, "out of memory", "");
	}
	good = command_line(state, line);
	fclose(state->way.out);
	state->way.out = out;
	if (good || !terminal_ended())
		command_paint(text, screen, out);
	free(text);
	return good;
}

int command_watch(const char *path, const char *line, bool screen, const struct command_way *way)
{
	struct command_state state = {.way = *way, .watches = true};
	bool good = command_open(&state, path, command_rights(&line, 1));

	if (good && screen)
		fputs("\x1b[H\x1b[J", state.way.out);
	while (good && !terminal_ended() && !ferror(state.way.out))
		good = command_again(&state, line, screen);
	return command_close(&state, good || terminal_ended());
}
