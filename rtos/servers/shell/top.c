/* See commands.h. */
#include "commands.h"
#include <kumiki/rtos/image.h>
#include <lib/string.h>
#include <proto/supervisor.h>
#include <rtos/console.h>
#include <rtos/sys.h>

#define TOP_SECONDS_MAX 3600u

static bool top_ask(uint64_t operation, uint64_t program, uint64_t word[RTOS_WORDS])
{
	word[0] = operation;
	word[1] = program;
	return sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK &&
	       word[0] == SUPERVISOR_OK;
}

/* A number of seconds; 0: this is none. */
static uint32_t top_seconds(const char *digits)
{
	uint32_t seconds = 0;

	while (*digits >= '0' && *digits <= '9' && seconds <= TOP_SECONDS_MAX)
		seconds = seconds * 10 + (uint32_t)(*digits++ - '0');
	return *digits == '\0' && seconds <= TOP_SECONDS_MAX ? seconds : 0;
}

static void top_column(struct text *text, size_t until)
{
	while (text->length < until)
		text_add(text, " ");
}

/* Adds the share that these ticks have of the time that passed. */
static void top_share(struct text *text, uint64_t ticks, uint64_t passed)
{
	const uint64_t share = passed == 0 ? 0 : ticks * 1000 / passed;

	text_number(text, share / 10);
	text_add(text, ".");
	text_number(text, share % 10);
}

/* Prints a program's line. If it has a new process, all ticks of that count. */
static void top_line(uint64_t program, uint64_t before, uint64_t passed)
{
	uint64_t state[RTOS_WORDS] = {0}, use[RTOS_WORDS] = {0};
	struct text text = {.length = 0};
	char name[RTOS_NAME_SIZE + 1] = "";

	if (!top_ask(SUPERVISOR_STATE, program, state) || !top_ask(SUPERVISOR_USE, program, use) ||
	    use[4] == 0)
		return;
	memcpy(name, &state[5], RTOS_NAME_SIZE);
	text_add(&text, name);
	top_column(&text, 18);
	top_share(&text, use[1] >= before ? use[1] - before : use[1], passed);
	top_column(&text, 26);
	text_number(&text, (use[4] - use[3]) * (RTOS_PAGE_SIZE / 1024));
	top_column(&text, 36);
	text_number(&text, use[4] * (RTOS_PAGE_SIZE / 1024));
	top_column(&text, 46);
	text_number(&text, use[2]);
	top_column(&text, 55);
	text_number(&text, use[5]);
	text_add(&text, "\n");
	(void)console_print(&text);
}

void top_command(const struct line *line)
{
	static const char wrong[] = "how many seconds?\n";
	static const char head[] =
	    "PROGRAM           CPU %   USED KiB  OF KiB    THREADS  HANDLES\n";
	const uint32_t seconds = line->words > 1 ? top_seconds(line->word[1]) : 1;
	uint64_t before[RTOS_IMAGE_PROGRAMS_MAX], word[RTOS_WORDS] = {0};
	const uint64_t began = sys_now();
	uint64_t passed;

	if (seconds == 0) {
		(void)console_write(wrong, sizeof(wrong) - 1);
		return;
	}
	for (uint64_t i = 0; i < RTOS_IMAGE_PROGRAMS_MAX; i++)
		before[i] = top_ask(SUPERVISOR_USE, i, word) ? word[1] : 0;
	sys_sleep(seconds * 1000ULL);
	passed = sys_now() - began;
	(void)console_write(head, sizeof(head) - 1);
	for (uint64_t i = 0; i < RTOS_IMAGE_PROGRAMS_MAX; i++)
		top_line(i, before[i], passed);
}
