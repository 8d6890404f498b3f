/* The command line of `kumiki console`, and the system's news around it, byte by byte. */
#include <console/session.h>
#include <stdio.h>
#include <string.h>
#include <unit.h>

static const struct session_options options;
static const char *const names[] = {"kumiki", "console"};
static struct session session;
static char text[4096];

static void written(void *context, const void *bytes, size_t size)
{
	(void)context;
	strncat(text, bytes, size);
}

/* Keys go into the prompt. Sent frames go nowhere. */
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

TEST(test_news_stand_above)
{
	start();
	type("he");
	news("rt is ");
	assert_null(strstr(text, "rt is"));
	news("suspended\n");
	assert_non_null(strstr(text, "rt is suspended"));
	assert_string_equal(strstr(strstr(text, "suspended"), "kumiki> "), "kumiki> he");
}

/* The first half of a line came before a command, and its second half during it. */
TEST(test_no_half_line_is_kept_back)
{
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
TEST(test_a_blank_line_changes_nothing)
{
	start();
	news("rt is ");
	type("  \r");
	assert_false(session.prompt.runs);
	news("suspended\n");
	assert_non_null(strstr(text, "rt is suspended"));
}

/* The damaged frame may have been the command's answer, so the prompt comes back. */
TEST(test_a_damaged_frame_ends_a_command)
{
	const struct linkframe damaged = {.size = 5, .payload = (const uint8_t *)"\0\0bad"};

	start();
	type("list\r");
	assert_true(session.prompt.runs);
	prompt_damaged(&session, &damaged);
	assert_false(session.prompt.runs);
	assert_true(session.prompt.open);
	assert_non_null(strstr(text, "bad"));
}

TEST(test_a_reader_gives_no_orders)
{
	static const struct session_options looks = {.look = true};

	start();
	session.options = &looks;
	type("restart rt\r");
	assert_false(session.prompt.runs);
	assert_non_null(strstr(text, "only looks"));
	type("power\r");
	assert_true(session.prompt.runs);
}
