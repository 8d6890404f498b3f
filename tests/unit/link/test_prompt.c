/* The command line of `kumiki console`, and the system's news around it, byte by byte. */
#include <console/session.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct session_options options;
static const char *const names[] = {"kumiki", "console"};
static struct session session;
static char text[4096];

static void written(void *context, const void *bytes, size_t size)
{
	(void)context;
	strncat(text, bytes, size);
}

/* Keys go into the prompt; what is sent goes nowhere. */
static void start(void)
{
	memset(&session, 0, sizeof(session));
	text[0] = 0;
	session.options = &options;
	session.sources = 1;
	session.link.output = -1;
	session.names[0] = session.shown[0].name = names[0];
	session.reserved = (struct termline_names){.name = names, .count = 2};
	session.screen.sources = session.shown;
	session.screen.write = written;
	termscreen_start(&session.screen, 1, &session.reserved);
	session.screen.focus = 0;
	prompt_open(&session);
}

static void type(const char *keys)
{
	assert_int_equal(prompt_take(&session, (const uint8_t *)keys, strlen(keys)), strlen(keys));
}

static void news(const char *words)
{
	prompt_news(&session, (const uint8_t *)words, strlen(words));
}

static void test_news_stand_above(void **state)
{
	(void)state;
	start();
	type("he");
	news("rt is ");
	assert_null(strstr(text, "rt is"));
	news("suspended\n");
	assert_non_null(strstr(text, "rt is suspended"));
	assert_string_equal(strstr(strstr(text, "suspended"), "kumiki> "), "kumiki> he");
}

/* A line whose first half came before a command, and whose second half came during it. */
static void test_no_half_line_is_kept_back(void **state)
{
	(void)state;
	start();
	news("rt is ");
	type("list\r");
	assert_true(session.prompt.runs);
	news("suspended\n");
	assert_non_null(strstr(text, "rt is suspended\r\n"));
	prompt_again(&session);
	news("heart runs\n");
	assert_non_null(strstr(text, "heart runs"));
	assert_null(strstr(text, "rt is heart"));
}

/* No command begins: the rest may still come. */
static void test_a_blank_line_changes_nothing(void **state)
{
	(void)state;
	start();
	news("rt is ");
	type("  \r");
	assert_false(session.prompt.runs);
	news("suspended\n");
	assert_non_null(strstr(text, "rt is suspended"));
}

/* Nobody knows whether it was the command: the prompt comes back. */
static void test_a_damaged_frame_ends_a_command(void **state)
{
	const struct linkframe damaged = {.size = 5, .payload = (const uint8_t *)"\0\0bad"};

	(void)state;
	start();
	type("list\r");
	assert_true(session.prompt.runs);
	prompt_damaged(&session, &damaged);
	assert_false(session.prompt.runs);
	assert_true(session.prompt.open);
	assert_non_null(strstr(text, "bad"));
}

static void test_who_only_looks_gives_no_orders(void **state)
{
	static const struct session_options looks = {.look = true};

	(void)state;
	start();
	session.options = &looks;
	type("restart rt\r");
	assert_false(session.prompt.runs);
	assert_non_null(strstr(text, "only looks"));
	type("power\r");
	assert_true(session.prompt.runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_news_stand_above),
	    cmocka_unit_test(test_no_half_line_is_kept_back),
	    cmocka_unit_test(test_a_blank_line_changes_nothing),
	    cmocka_unit_test(test_a_damaged_frame_ends_a_command),
	    cmocka_unit_test(test_who_only_looks_gives_no_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
