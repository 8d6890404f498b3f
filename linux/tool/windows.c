/* `kumikictl windows`, `ring` and `hear`: shared memory and doorbells. */
#include "kumikictl.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void windows_peer(FILE *out, const struct kumiki_peer *peer)
{
	fprintf(out, "    %s:", peer->name);
	if (peer->ring != KUMIKI_NO_BELL)
		fprintf(out, " rung by doorbell %" PRIu32, peer->ring);
	if (peer->bit != KUMIKI_NO_BELL)
		fprintf(out, "%s heard by bit %" PRIu32, peer->ring != KUMIKI_NO_BELL ? "," : "",
		        peer->bit);
	if (peer->ring == KUMIKI_NO_BELL && peer->bit == KUMIKI_NO_BELL)
		fputs(" no doorbells", out);
	fputc('\n', out);
}

int tool_windows(struct tool *tool)
{
	const struct kumiki *kumiki = &tool->kumiki;

	for (uint32_t i = 0; i < kumiki->window_count; i++) {
		const struct kumiki_window *window = &kumiki->windows[i];

		fprintf(tool->out, "window %s: %zu bytes at %#" PRIx64 "%s\n", window->name,
		        window->size, window->address, window->read_only ? ", read-only" : "");
		for (uint32_t peer = 0; peer < window->peer_count; peer++)
			windows_peer(tool->out, &window->peers[peer]);
	}
	for (uint32_t i = 0; i < kumiki->doorbell_count; i++) {
		fprintf(tool->out, "doorbell %s\n", kumiki->doorbells[i].name);
		windows_peer(tool->out, &kumiki->doorbells[i].peer);
	}
	if (kumiki->window_count == 0 && kumiki->doorbell_count == 0)
		fputs("this partition has no windows and no doorbells\n", tool->out);
	return TOOL_DONE;
}

/* Finds the other side by the names of the window and of the partition. NULL: there is none, and
 * this was printed. */
static const struct kumiki_peer *windows_find(struct tool *tool)
{
	const struct kumiki_window *window = kumiki_window(&tool->kumiki, tool->arguments[0]);

	if (window == NULL) {
		(void)tool_fail(tool);
		return NULL;
	}
	for (uint32_t i = 0; i < window->peer_count; i++)
		if (strcmp(window->peers[i].name, tool->arguments[1]) == 0)
			return &window->peers[i];
	(void)tool_say(tool, tool->arguments[1],
	               " doesn't see this window; `kumikictl windows` lists the partitions that "
	               "do");
	return NULL;
}

int tool_ring(struct tool *tool)
{
	const struct kumiki_peer *peer = NULL;
	uint32_t number;

	if (tool->argument_count == 2) {
		peer = windows_find(tool);
		if (peer == NULL)
			return TOOL_FAILED;
		number = peer->ring;
		if (number == KUMIKI_NO_BELL)
			return tool_say(tool, tool->arguments[0],
			                " has no doorbells: write `kumiki,doorbells;` in the "
			                "window's node of the system description");
	} else if (!tool_number(tool->arguments[0], &number)) {
		(void)tool_say(tool, tool->arguments[0],
		               ": a doorbell's number, or a window and a partition");
		return TOOL_USAGE;
	}
	return kumiki_ring(&tool->kumiki, number) == 0 ? TOOL_DONE : tool_fail(tool);
}

int tool_hear(struct tool *tool)
{
	const struct kumiki_peer *peer = windows_find(tool);
	uint32_t came;
	int result;

	if (peer == NULL)
		return TOOL_FAILED;
	if (peer->bit == KUMIKI_NO_BELL)
		return tool_say(tool, tool->arguments[0],
		                " has no doorbells: write `kumiki,doorbells;` in the window's node "
		                "of the system description");
	result = kumiki_wait(&tool->kumiki, 1u << peer->bit, tool->wait_ms, &came);
	if (result < 0)
		return tool_fail(tool);
	return result > 0 ? TOOL_DONE : tool_say(tool, tool->arguments[1], " didn't ring");
}
