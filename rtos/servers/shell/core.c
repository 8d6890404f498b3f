/* See commands.h. */
#include "commands.h"
#include <kumiki/rtos/call.h>
#include <lib/crc32c.h>
#include <proto/supervisor.h>
#include <rtos/console.h>
#include <rtos/sys.h>

static void core_say(const char *what)
{
	struct text text = {.length = 0};

	text_add(&text, what);
	(void)console_print(&text);
}

/* Asks for a part of the record. SUPERVISOR_OK: words 1 to 7 are as proto/supervisor.h says. */
static uint64_t core_ask(uint64_t offset, uint64_t word[RTOS_WORDS])
{
	word[0] = SUPERVISOR_CRASH;
	word[1] = offset;
	if (sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) != RTOS_OK)
		return SUPERVISOR_BAD;
	return word[0];
}

/* Prints "core OFFSET WORD WORD WORD WORD WORD". A row of zeros is left out. */
static void core_row(uint64_t offset, const uint64_t row[SUPERVISOR_CRASH_BYTES / 8])
{
	struct text text = {.length = 0};
	uint64_t any = 0;

	text_add(&text, "core ");
	text_hex(&text, offset);
	for (uint32_t i = 0; i < SUPERVISOR_CRASH_BYTES / 8; i++) {
		text_add(&text, " ");
		text_hex(&text, row[i]);
		any |= row[i];
	}
	text_add(&text, "\n");
	if (any != 0)
		(void)console_print(&text);
}

static void core_end(uint64_t size, uint32_t crc)
{
	struct text text = {.length = 0};

	text_add(&text, "core end ");
	text_number(&text, size);
	text_add(&text, " ");
	text_hex(&text, crc);
	text_add(&text, "\n");
	(void)console_print(&text);
}

/* Prints all rows. False: another crash came. The sum is over whole rows, with zeros behind the
 * last byte. */
static bool core_rows(uint64_t number, uint64_t size, uint32_t *crc)
{
	uint64_t word[RTOS_WORDS] = {0};

	for (uint64_t offset = 0; offset < size; offset += SUPERVISOR_CRASH_BYTES) {
		if (core_ask(offset, word) != SUPERVISOR_OK || word[1] != number)
			return false;
		*crc = crc32c(*crc, &word[3], SUPERVISOR_CRASH_BYTES);
		core_row(offset, &word[3]);
	}
	return true;
}

void core_command(const struct line *line)
{
	uint64_t word[RTOS_WORDS] = {0};
	const uint64_t answer = core_ask(0, word);
	const uint64_t size = word[2];
	uint32_t crc = 0;

	(void)line;
	if (answer != SUPERVISOR_OK)
		core_say("the manifest doesn't let the shell manage the crashed program\n");
	else if (word[1] == 0)
		core_say("nothing has crashed\n");
	else if (core_rows(word[1], size, &crc))
		core_end(size, crc);
	else
		core_say("another one crashed meanwhile; again\n");
}
