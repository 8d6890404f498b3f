/* The log takes lines, and tells them. Its lines are in kept memory (rtos/ring.h). */
#include <lib/string.h>
#include <rtos/probe.h>
#include <rtos/ring.h>
#include <rtos/sys.h>

static struct ring main_ring;

/* How old the line is. Only the supervisor's word about that counts. */
static uint64_t main_ago(const struct sys_message *message)
{
	return (message->badge & LOG_PASSES_ON) != 0 ? LOG_TEXT_AGO(message->word[1]) : 0;
}

/* Adds a line. If the call was delivered before, its line may be there already. */
static uint64_t main_write(const struct sys_message *message)
{
	const uint64_t ago = main_ago(message), now = sys_milliseconds();
	struct ring_line line = {.identity = message->identity,
	                         .ms = (uint32_t)(ago < now ? now - ago : 0),
	                         .badge = (uint32_t)message->badge % LOG_PASSES_ON,
	                         .length = LOG_TEXT_LENGTH(message->word[1])};

	if (line.length > LOG_TEXT)
		return LOG_BAD;
	memcpy(line.text, &message->word[2], line.length);
	if (message->deliveries == 0 || !ring_has(&main_ring, message->identity))
		ring_add(&main_ring, &line);
	return LOG_OK;
}

static uint64_t main_read(uint64_t word[RTOS_WORDS])
{
	const struct ring_line *line = ring_from(&main_ring, word[1]);

	if (!line)
		return LOG_NONE;
	word[1] = line->number;
	memcpy(&word[2], line->text, LOG_TEXT);
	return LOG_LINE(line->length, line->badge, line->ms) | LOG_OK;
}

static void main_serve(struct sys_message *message)
{
	if (message->word[0] == LOG_WRITE)
		message->word[0] = main_write(message);
	else if (message->word[0] == LOG_READ)
		message->word[0] = main_read(message->word);
	else
		message->word[0] = LOG_BAD;
}

/* Checks that no line is behind the newest one. */
static void main_probe(struct sys_message *message, const struct rtos_given *keep)
{
	uint64_t word[RTOS_WORDS] = {LOG_READ, UINT64_MAX};

	if (!ring_is_sound(&main_ring, (void *)keep->address, keep->size))
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, main_read(word) == LOG_NONE ? PROBE_RIGHT : PROBE_WRONG);
}

/* Without memory to keep lines in there is no log. */
int main(void)
{
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);
	const struct rtos_given *port = sys_given(RTOS_GIVEN_OFFER, NULL, 0);
	struct sys_message message = {.identity = 0};

	if (!keep)
		return 1;
	ring_open(&main_ring, (void *)keep->address, keep->size);
	sys_well();
	for (;;) {
		const enum rtos_status status =
		    sys_reply_wait(port->handle, &message, sys_beat_deadline());

		if (status == RTOS_OK && probe_asks(&message))
			main_probe(&message, keep);
		else if (status == RTOS_OK)
			main_serve(&message);
		sys_beat();
	}
}
