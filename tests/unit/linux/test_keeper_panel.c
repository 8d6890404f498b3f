/* The keeper's back end for the panel, over a panel that the test plays. */
#include "fake_panel.h"
#include <keeper/back.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unit.h>

static struct back *back;
static int64_t now;
static unsigned int news, printed;
static struct blackbox box;
static struct {
	unsigned int count;
	enum back_result result;
	char text[4096];
} answer;

static void heard_news(void *to)
{
	(void)to;
	news++;
}

static void heard_output(void *to, uint32_t system)
{
	(void)to;
	printed |= 1u << system;
}

static void answered(void *to, const struct back_answer *given)
{
	(void)to;
	answer.count++;
	answer.result = given->result;
	snprintf(answer.text, sizeof(answer.text), "%s", given->text);
	assert_int_equal(strlen(given->text), given->size);
}

static void start(void)
{
	static const struct back_listener ears = {NULL, heard_news, heard_output, NULL};
	char where[300];

	snprintf(where, sizeof(where), "panel:%s", fake_tree_make());
	fake_panel_reset();
	box = (struct blackbox){.magic = BLACKBOX_MAGIC,
	                        .revision = BLACKBOX_REVISION,
	                        .size = sizeof(box),
	                        .printed = 6,
	                        .console = "hello\n"};
	fake_tree_box(&box);
	memset(&answer, 0, sizeof(answer));
	news = printed = 0;
	now = 1;
	back = back_open(where, &ears, stderr);
	assert_non_null(back);
}

static void end(void)
{
	if (back != NULL)
		back_close(back);
	fake_tree_remove();
}

const struct unit_fixture unit_each = {start, end};

static void put(enum back_what what, const char *system)
{
	struct back_question question = {.what = what, .lines = 5, .core = 2};

	snprintf(question.system, sizeof(question.system), "%s", system);
	assert_true(back_ask(back, &question, answered, NULL));
}

static void ask(enum back_what what, const char *system)
{
	put(what, system);
	assert_true(back_is_busy(back));
}

/* Asks, and gets this answer in the next turn. */
static void told(enum back_what what, const char *system, enum back_result result, const char *part)
{
	const unsigned int count = answer.count;

	ask(what, system);
	assert_true(back_turn(back, now));
	assert_int_equal(answer.count, count + 1);
	assert_int_equal(answer.result, result);
	if (strstr(answer.text, part) == NULL)
		fail_msg("no '%s' in '%s'", part, answer.text);
	assert_true(back_turn(back, now));
	assert_int_equal(answer.count, count + 1);
	assert_false(back_is_busy(back));
}

TEST(documents_are_those_of_the_link)
{
	told(BACK_LIST, "", BACK_DONE, "\"document\": \"list\", \"time_us\": 0, ");
	told(BACK_LIST, "", BACK_DONE, "{\"name\": \"other\", \"number\": 3, \"this_one\": false}");
	told(BACK_LIST, "", BACK_DONE,
	     "\"name\": \"small\", \"number\": 2, \"this_one\": false, "
	     "\"state\": \"running\", \"starts\": 1, ");
	told(BACK_CORES, "", BACK_DONE, "{\"core\": 3, \"holder\": \"other\", \"cpu\": 3}");
	told(BACK_SHOW, "small", BACK_DONE, "\"printed\": 6}");
	told(BACK_LOG, "small", BACK_DONE, "\"console\": [\n\"hello\\u000a\"\n]");
	assert_int_equal(back_heard(back), now);
}

TEST(news_on_a_console_is_told)
{
	assert_true(back_turn(back, now));
	assert_int_equal(printed, 1u << 1);
	printed = 0;
	assert_true(back_turn(back, now += 1000));
	assert_int_equal(printed, 0);
	box.printed++;
	fake_tree_box(&box);
	assert_true(back_turn(back, now + 999));
	assert_int_equal(printed, 0);
	assert_true(back_turn(back, now + 1000));
	assert_int_equal(printed, 1u << 1);
}

TEST(what_the_panel_cant_tell_is_said)
{
	told(BACK_ACCOUNTS, "", BACK_FAILED, "use the link");
	assert_string_equal(answer.text, back_untold(back));
	told(BACK_SHOW, "other", BACK_FAILED, "other isn't managed by this partition");
	told(BACK_LOG, "linux", BACK_FAILED, "linux is this partition");
	told(BACK_SHOW, "nobody", BACK_FAILED, "there is no partition nobody");
}

TEST(an_act_is_answered_when_it_is_done)
{
	ask(BACK_RESTART, "small");
	assert_true(back_turn(back, now));
	assert_int_equal(fake_panel.last_command, LIFE_RESTART);
	assert_int_equal(answer.count, 0);
	assert_false(back_is_busy(back)); /* nothing to do until something comes */
	put(BACK_SUSPEND, "small");       /* waits for its turn */
	told(BACK_LIST, "", BACK_DONE, "list");
	fake_panel.life[1] = (struct life_status){LIFE_RUNNING, STOP_RESTART, 2, 0};
	fake_panel_raise(1u << 31);
	assert_true(back_turn(back, now));
	assert_int_equal(news, 1);
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.result, BACK_DONE);
	assert_string_equal(answer.text, "small is running, start 2");
	assert_int_equal(fake_panel.commands, 1);
	assert_true(back_turn(back, now));
	assert_int_equal(fake_panel.last_command, LIFE_SUSPEND);
	fake_panel.life[1].state = LIFE_STOPPED;
	assert_true(back_turn(back, now));
	assert_int_equal(answer.result, BACK_FAILED);
	assert_int_equal(answer.count, 3);
}

TEST(an_act_ends_in_time)
{
	ask(BACK_STOP, "small");
	assert_true(back_turn(back, now));
	assert_true(back_turn(back, now + 29999));
	assert_int_equal(answer.count, 0);
	assert_true(back_turn(back, now + 30000));
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.result, BACK_FAILED);
	assert_string_equal(answer.text, "small is still running after 30 s");
	assert_true(back_turn(back, now + 60000));
	assert_int_equal(answer.count, 1);
}

TEST(only_what_the_description_allows_is_done)
{
	told(BACK_RESTART, "other", BACK_FAILED, "write `kumiki,manages = \"other\";`");
	told(BACK_STOP, "linux", BACK_FAILED, "no partition manages itself");
	told(BACK_START, "small", BACK_DONE, "small runs already");
	fake_panel.unheld = true;
	told(BACK_SUSPEND, "small", BACK_FAILED, "can't be suspended");
	fake_panel.life[1].state = LIFE_HELD;
	told(BACK_RESUME, "small", BACK_FAILED, "there is nothing to resume");
	assert_int_equal(fake_panel.commands, 0);
	assert_true(back_may_act(back));
}

TEST(cores_are_given)
{
	ask(BACK_GIVE, "small");
	assert_true(back_turn(back, now));
	assert_int_equal(answer.count, 0);
	fake_panel.hold[2] = (fake_panel.hold[2] & ~0xffull) | 1;
	assert_true(back_turn(back, now));
	assert_int_equal(answer.result, BACK_DONE);
	assert_string_equal(answer.text, "small has core 2");
	ask(BACK_GIVE, "");
	assert_true(back_turn(back, now));
	assert_true(back_turn(back, now + 30000));
	assert_string_equal(answer.text, "small keeps core 2: it didn't give it up in time; see "
	                                 "that it and its agent run");
	fake_panel.hold[2] = 2;
	told(BACK_GIVE, "small", BACK_FAILED, "core 2 is held by other");
	fake_panel.hold[2] = HOLD_FIXED;
	told(BACK_GIVE, "small", BACK_FAILED, "core 2 doesn't move");
	assert_int_equal(answer.count, 4);
}

TEST(each_question_is_answered_once)
{
	for (int i = 0; i < 16; i++)
		ask(BACK_LIST, "");
	ask(BACK_RESTART, "small");
	assert_false(back_ask(back, &(struct back_question){.what = BACK_LIST}, answered, NULL));
	assert_true(back_turn(back, now));
	assert_int_equal(answer.count, 16);
	ask(BACK_LIST, "");
	back_close(back);
	back = NULL;
	assert_int_equal(answer.count, 18);
	assert_int_equal(answer.result, BACK_SILENCE);
	assert_string_equal(answer.text, "the keeper ends");
}

TEST(another_link_is_refused)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_null(back_open("/tmp/link", NULL, out));
	assert_null(back_open("panels", NULL, out));
	fclose(out);
	assert_non_null(strstr(text, "give panel in place of '/tmp/link'"));
	free(text);
}
