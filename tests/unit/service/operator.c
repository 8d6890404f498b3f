/* See operator.h. */
#include "operator.h"
#include <stdio.h>
#include <string.h>
#include <unit.h>

const char *const operator_names[] = {"linux", "linux-rt", "heart", NULL};
struct terminal operator_terminal;

void operator_show(void)
{
	const char *sent = fake_sent();

	terminal_put(&operator_terminal, (const uint8_t *)sent, strlen(sent));
	assert_null(operator_terminal.fault);
}

void operator_type(const char *keys)
{
	fake_type(keys, strlen(keys));
	fake_run(50);
	operator_show();
}

void operator_start(void)
{
	fake_start(operator_names);
	for (unsigned int i = 0; i < 3; i++) {
		fake_life(i, LIFE_LOADING);
		fake_life(i, LIFE_RUNNING);
	}
	terminal_start(&operator_terminal, 160);
	operator_type("\035c");
}

void operator_prompt_is(const char *line)
{
	static const char before[] = "[kumiki] kumiki> ";
	const char *row = terminal_row(&operator_terminal, operator_terminal.row);
	char expected[128];

	snprintf(expected, sizeof(expected), "%s%s", before, line);
	for (size_t end = strlen(expected); expected[end - 1] == ' '; end--)
		expected[end - 1] = 0;
	assert_string_equal(row, expected);
}

void operator_cursor_is(unsigned int column)
{
	assert_int_equal(operator_terminal.column, strlen("[kumiki] kumiki> ") + column);
}

bool operator_row_says(const char *text)
{
	for (unsigned int row = operator_terminal.row; row-- > 0;)
		if (strcmp(terminal_row(&operator_terminal, row), text) == 0)
			return true;
	return false;
}

const char *operator_answer(void)
{
	return terminal_row(&operator_terminal, operator_terminal.row - 1);
}

void operator_open(void)
{
	fake_type("\035c", 2);
	fake_run(50);
	(void)fake_sent();
}

void operator_asks(const char *line, unsigned int milliseconds, const char *answer)
{
	char whole[160];
	const char *sent;

	fake_type(line, strlen(line));
	fake_type("\r", 1);
	fake_run(milliseconds);
	sent = fake_sent();
	snprintf(whole, sizeof(whole), "[kumiki] %s\r\n", answer);
	if (!strstr(sent, whole))
		fail_msg("no line \"%s\" in:\n%s", answer, sent);
}
