/* See commands.h. */
#include "calendar.h"
#include "commands.h"
#include <rtos/clock.h>
#include <rtos/console.h>

#define DATE_SECOND UINT64_C(1000000000)

static void date_say(const char *string)
{
	struct text text = {.length = 0};

	text_add(&text, string);
	text_add(&text, "\n");
	(void)console_print(&text);
}

static void date_show(void)
{
	struct text text = {.length = 0};
	uint64_t now;

	if (clock_now(&now) != CLOCK_OK) {
		date_say("nobody knows the time");
		return;
	}
	calendar_add(&text, now / DATE_SECOND);
	text_add(&text, " UTC\n");
	(void)console_print(&text);
}

static void date_set(const char *day, const char *time)
{
	static const char *const refused[] = {
	    [CLOCK_BAD] = "the clock ends in February 2106",
	    [CLOCK_DENIED] = "the manifest doesn't let the shell set the clock",
	    [CLOCK_UNSET] = "the manifest gives the shell no clock"};
	enum clock_status status;
	uint64_t seconds;

	if (!calendar_read(day, time, &seconds)) {
		date_say("a day is 2026-11-21, a time 17:42:05");
		return;
	}
	status = clock_set(seconds * DATE_SECOND);
	if (status != CLOCK_OK)
		date_say(refused[status]);
}

void date_command(const struct line *line)
{
	if (line->words == 1)
		date_show();
	else
		date_set(line->word[1], line->words == 3 ? line->word[2] : "");
}
