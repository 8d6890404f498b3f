/*
 * The operator's command line of `kumiki console`. The line is edited here, and sent when it is
 * whole. It is shown as text of the source "kumiki", like the answers and the system's own words.
 * These stand above an open prompt. keys.c and session.c call this file.
 */
#include "session.h"
#include <lib/operatorline.h>
#include <stdio.h>
#include <string.h>

#define PROMPT      "kumiki> "
#define PROMPT_LINE 60u /* with prefix and prompt, it fits in a row of a small terminal */
#define PROMPT_ON   0   /* its commands run on this line of the link */

static void prompt_show(struct session *session, const char *text)
{
	session_show(session, session->partitions, (const uint8_t *)text, strlen(text));
}

static void prompt_put(void *to, char character)
{
	struct session *session = to;

	session_show(session, session->partitions, (const uint8_t *)&character, 1);
}

/* Shows the part of a system's line that has come. The rest of that line comes when no prompt is
 * open. */
static void prompt_flush(struct session *session)
{
	struct session_prompt *prompt = &session->prompt;

	if (prompt->news_size)
		session_show(session, session->partitions, prompt->news, prompt->news_size);
	prompt->news_size = 0;
}

/* Opens the prompt again, if no command runs and the keys go to the command line. */
static void prompt_return(struct session *session)
{
	struct session_prompt *prompt = &session->prompt;

	prompt->open = prompt->wanted && !prompt->runs;
	if (!prompt->open)
		return;
	prompt_show(session, PROMPT);
	lineedit_show(&prompt->edit);
}

void prompt_open(struct session *session)
{
	struct session_prompt *prompt = &session->prompt;

	prompt->edit.show = prompt_put;
	prompt->edit.to = session;
	prompt->edit.size = PROMPT_LINE;
	prompt->wanted = true;
	prompt_return(session);
}

void prompt_close(struct session *session)
{
	struct session_prompt *prompt = &session->prompt;

	prompt->wanted = prompt->open = false;
	prompt->edit.escape = 0;
	lineedit_clear(&prompt->edit);
	prompt_flush(session);
}

/* ---- lines above the prompt ---- */

/* Writes a whole line, without its end, over the prompt. The prompt comes back below the line. */
static void prompt_above(struct session *session, const uint8_t *line, size_t size)
{
	size_t covered = strlen(PROMPT) + session->prompt.edit.length;

	prompt_show(session, "\r");
	session_show(session, session->partitions, line, size);
	for (; size < covered; size++)
		prompt_show(session, " ");
	prompt_show(session, "\n");
	prompt_return(session);
}

void prompt_news(struct session *session, const uint8_t *bytes, size_t size)
{
	struct session_prompt *prompt = &session->prompt;

	if (!prompt->open) {
		session_show(session, session->partitions, bytes, size);
		return;
	}
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != '\n' && bytes[i] != '\r')
			prompt->news[prompt->news_size++] = bytes[i];
		if (bytes[i] != '\n' && prompt->news_size < sizeof(prompt->news))
			continue;
		prompt_above(session, prompt->news, prompt->news_size);
		prompt->news_size = 0;
	}
}

/* ---- keys ---- */

/* Adds a candidate to the list. Candidates that don't fit are left out. */
static void prompt_candidate(void *to, const char *candidate)
{
	struct session *session = to;
	char *list = session->prompt.list;
	size_t size = strlen(list);

	if (candidate) {
		snprintf(list + size, sizeof(session->prompt.list) - size, "%s%s", size ? "  " : "",
		         candidate);
		return;
	}
	prompt_above(session, (const uint8_t *)list, size);
}

static void prompt_complete(struct session *session)
{
	const struct operator_names names = {session->names, session->partitions};

	session->prompt.list[0] = 0;
	operator_complete(&session->prompt.edit, &names, prompt_candidate, session);
}

/* Whether the line may be sent. A console that only looks gives no orders, even if no hub would
 * refuse them. */
static bool prompt_may(struct session *session, const char *line, size_t size)
{
	if (!session->options->look || operator_only_looks(line, (uint32_t)size))
		return true;
	prompt_show(session, "this console only looks: it was started with --look\n");
	return false;
}

/* Sends the line. If the link is gone, this is noticed at the next message. */
static void prompt_enter(struct session *session)
{
	struct session_prompt *prompt = &session->prompt;
	uint8_t payload[1 + LINEEDIT_MAX] = {PROMPT_ON};
	size_t size = prompt->edit.length;

	memcpy(payload + 1, prompt->edit.line, size);
	lineedit_clear(&prompt->edit);
	prompt->runs = strspn((const char *)payload + 1, " ") < size &&
	               prompt_may(session, (const char *)payload + 1, size);
	prompt->open = false;
	if (!prompt->runs) {
		prompt_return(session);
		return;
	}
	prompt_flush(session);
	(void)link_send(&session->link, LINK_COMMAND, payload, 1 + size);
}

static void prompt_key(struct session *session, uint8_t key)
{
	struct session_prompt *prompt = &session->prompt;

	switch (lineedit_key(&prompt->edit, key)) {
	case LINEEDIT_WHOLE:
		prompt_enter(session);
		break;
	case LINEEDIT_CANCEL:
		prompt_show(session, "^C\n");
		lineedit_clear(&prompt->edit);
		prompt_return(session);
		break;
	case LINEEDIT_COMPLETE:
		prompt_complete(session);
		break;
	case LINEEDIT_GOES_ON:
		break;
	}
}

size_t prompt_take(struct session *session, const uint8_t *keys, size_t count)
{
	size_t took = 0;

	while (took < count && session->prompt.open)
		prompt_key(session, keys[took++]);
	return took;
}

static void prompt_end(struct session *session)
{
	static const uint8_t line = PROMPT_ON;

	(void)link_send(&session->link, LINK_CANCEL, &line, 1);
}

bool prompt_cancel(struct session *session)
{
	if (!session->prompt.runs)
		return false;
	prompt_show(session, "^C\n");
	prompt_end(session);
	return true;
}

/* ---- the system's answers ---- */

static void prompt_over(struct session *session)
{
	session->prompt.runs = false;
	prompt_return(session);
}

void prompt_answer(struct session *session, const struct linkframe *frame)
{
	if (frame->size < 3 || frame->payload[0] != PROMPT_ON || !session->prompt.runs)
		return;
	session_show(session, session->partitions, frame->payload + 3, frame->size - 3u);
	if (frame->payload[1])
		prompt_over(session);
}

void prompt_error(struct session *session, const struct linkframe *frame)
{
	char said[160];

	if (!session->prompt.runs)
		return;
	prompt_show(session, link_fault(frame, said, sizeof(said)));
	prompt_show(session, "\n");
	prompt_over(session);
}

void prompt_damaged(struct session *session, const struct linkframe *frame)
{
	char said[160];

	if (!session->prompt.runs)
		return;
	prompt_show(session, link_fault(frame, said, sizeof(said)));
	prompt_show(session, "\n");
	prompt_end(session);
	prompt_over(session);
}

void prompt_again(struct session *session)
{
	if (!session->prompt.runs)
		return;
	prompt_show(session, "the system has lost this command; look, and give it again\n");
	prompt_over(session);
}
