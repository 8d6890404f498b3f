/* Keys of `kumiki console`: the hot key, and how all other keys go to their partition or to the
 * command line. */
#include "session.h"
#include <string.h>

#define KEYS_HOT       0x1d /* Ctrl-] */
#define KEYS_CANCEL    0x03 /* Ctrl-C */
#define KEYS_FRAME_MAX 128
#define KEYS_RETRY_MS  20

void session_notice(struct session *session, const char *first, const char *second)
{
	if (session->options->partition)
		return;
	termscreen_begin(&session->screen, "console");
	termscreen_text(&session->screen, first);
	if (second)
		termscreen_text(&session->screen, second);
	termscreen_end(&session->screen);
}

/* Changes the focus. Keys that wait for another source are dropped. */
static void keys_focus(struct session *session, uint8_t focus)
{
	if (session->options->partition ||
	    (focus == session->partitions && focus == session->screen.focus))
		return;
	if (focus != TERMSCREEN_NOBODY && focus > session->partitions) {
		session_notice(session, "no partition has that number", NULL);
		return;
	}
	prompt_close(session);
	termscreen_close(&session->screen);
	session->screen.focus = focus;
	session->keys.count = 0;
	if (focus == TERMSCREEN_NOBODY)
		session_notice(session, "keys go to nobody", NULL);
	else
		session_notice(session, "keys go to ", session->name[focus]);
	if (focus == session->partitions)
		prompt_open(session);
	else if (focus != TERMSCREEN_NOBODY)
		termscreen_again(&session->screen, focus);
}

static void keys_help(struct session *session)
{
	char number[] = "  1  ";

	session_notice(session,
	               "Ctrl-] 1..8: type to a partition; Ctrl-] 0: to none; Ctrl-] c: commands; "
	               "Ctrl-] q: leave; Ctrl-] Ctrl-]: sends Ctrl-]",
	               NULL);
	for (uint32_t i = 0; i < session->partitions; i++) {
		number[2] = (char)('1' + i);
		session_notice(session, number, session->name[i]);
	}
}

/* Says only once that keys go nowhere. */
static void keys_refuse(struct session *session)
{
	if (!session->keys.refused)
		session_notice(session, "this console only looks: keys go nowhere", NULL);
	session->keys.refused = true;
}

/* Adds a key. If the buffer is full, the key is dropped. */
static void keys_add(struct session *session, uint8_t key)
{
	struct session_keys *keys = &session->keys;

	if (session->options->look && !session->prompt.wanted)
		keys_refuse(session);
	else if (key == KEYS_CANCEL && session->prompt.wanted && prompt_cancel(session))
		keys->count = 0;
	else if (session->screen.focus != TERMSCREEN_NOBODY && keys->count < SESSION_KEYS_MAX)
		keys->bytes[keys->count++] = key;
}

/* A partition's number by its key. A number without a partition mustn't mean the command line. */
static uint8_t keys_number(const struct session *session, uint8_t key)
{
	uint8_t number = (uint8_t)(key - '1');

	return number < session->partitions ? number : BUNDLE_PARTITIONS_MAX + 1;
}

static void keys_hot(struct session *session, uint8_t key)
{
	if (key == KEYS_HOT)
		keys_add(session, key);
	else if (key == 'q' || key == 'Q')
		session->over = true;
	else if (key == '0')
		keys_focus(session, TERMSCREEN_NOBODY);
	else if (key >= '1' && key <= '8')
		keys_focus(session, keys_number(session, key));
	else if (key == 'c' || key == 'C')
		keys_focus(session, session->partitions);
	else
		keys_help(session);
}

void session_type(struct session *session, const uint8_t *bytes, size_t size)
{
	struct session_keys *keys = &session->keys;

	for (size_t i = 0; i < size; i++) {
		if (keys->hot) {
			keys->hot = false;
			keys_hot(session, bytes[i]);
		} else if (bytes[i] == KEYS_HOT) {
			keys->hot = true;
		} else {
			keys_add(session, bytes[i]);
		}
	}
}

static void keys_drop(struct session_keys *keys, size_t count)
{
	memmove(keys->bytes, keys->bytes + count, keys->count - count);
	keys->count -= count;
}

bool session_send_keys(struct session *session, int64_t now)
{
	struct session_keys *keys = &session->keys;
	uint8_t payload[1 + KEYS_FRAME_MAX] = {session->screen.focus};
	size_t size = keys->count < KEYS_FRAME_MAX ? keys->count : KEYS_FRAME_MAX;

	if (session->prompt.wanted) {
		keys_drop(keys, prompt_take(session, keys->bytes, keys->count));
		return true;
	}
	if (keys->asked || size == 0 || now < keys->not_before)
		return true;
	memcpy(payload + 1, keys->bytes, size);
	keys->asked = true;
	return link_send(&session->link, LINK_INPUT, payload, 1 + size);
}

/* Takes the system's answer to keys. If it is for a partition without the focus, these keys have
 * been dropped. */
void session_took(struct session *session, const struct linkframe *frame, int64_t now)
{
	struct session_keys *keys = &session->keys;
	size_t took;

	keys->asked = false;
	if (frame->size < 4 || frame->payload[0] != session->screen.focus)
		return;
	took = (size_t)(frame->payload[2] | frame->payload[3] << 8);
	if (took > keys->count)
		took = keys->count;
	keys->not_before = took ? now : now + KEYS_RETRY_MS;
	keys_drop(keys, took);
}
