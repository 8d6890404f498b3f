/*
 * A keeper that gets commands: what it carries out, once, and what it writes into the log. No
 * broker is there: a test hands over the messages.
 *
 * Shows: operator.mqtt-commands.
 */
#include "keeper_play.h"
#include "signed.h"
#include <keeper/fleet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <unit.h>

static char folder[64];
static FILE *complaints;
static struct log keeper_log;
static struct fleet fleet;

static const char *path_of(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_keys(const char *text)
{
	FILE *file;

	(void)unlink(path_of("keys"));
	file = fopen(path_of("keys"), "we");
	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* Two keys count: anna's may operate, and ben's change. */
static void start_fleet(void)
{
	static char keys[96];
	const struct fleet_place place = {
	    .mqtt = {.address = "127.0.0.1", .port = 1, .node = "press-7"}, .commands = keys};

	snprintf(keys, sizeof(keys), "%s", path_of("keys"));

	assert_true(fleet_open(&fleet, &place, &play.picture, &keeper_log, folder, complaints));
}

static void start(void)
{
	char keys[256];

	snprintf(folder, sizeof(folder), "/tmp/kumiki-fleet-XXXXXX");
	assert_non_null(mkdtemp(folder));
	complaints = fopen("/dev/null", "we");
	play_start();
	assert_true(log_open(&keeper_log, folder, complaints));
	play.events.log = &keeper_log;
	snprintf(keys, sizeof(keys), "anna operate %s\nben change %s\n", signed_key(0),
	         signed_key(1));
	write_keys(keys);
	start_fleet();
}

static void end(void)
{
	fleet_close(&fleet);
	play.events.log = NULL;
	play_end();
	log_close(&keeper_log);
	(void)fclose(complaints);
	(void)unlink(path_of("keys"));
	(void)unlink(path_of(LOG_FILE));
	(void)unlink(path_of(LOG_KEY));
	(void)unlink(path_of(NUMBERS_FILE));
	assert_int_equal(rmdir(folder), 0);
}

const struct unit_fixture unit_each = {start, end};

static void command(unsigned int key, uint64_t number, const char *act)
{
	const time_t until = time(NULL) + COMMAND_AHEAD_S / 2;
	char text[512], time[32];
	const char *message;
	struct tm tm;

	(void)strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&until, &tm));
	snprintf(text, sizeof(text), "{\"node\":\"press-7\",\"number\":%llu,\"end\":\"%s\",%s}",
	         (unsigned long long)number, time, act);
	message = signed_message(key, text);
	fleet_command(&fleet, message, strlen(message));
}

/* Whether this stands in the log on the disk. */
static bool logged(const char *words)
{
	static char text[1 << 20];
	FILE *file = fopen(path_of(LOG_FILE), "re");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	(void)fclose(file);
	return strstr(text, words) != NULL;
}

static bool numbered(const char *number)
{
	char text[256] = "";
	FILE *file = fopen(path_of(NUMBERS_FILE), "re");

	if (file == NULL)
		return false;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	(void)fclose(file);
	return strstr(text, number) != NULL;
}

#define RESTART "\"act\":\"restart\",\"system\":\"rt\""

/* The number is on the disk before the machine is asked, and the end of the act in the log. */
TEST(test_an_act)
{
	command(0, 7, RESTART);
	assert_int_equal(fake_back.waiting, 1);
	assert_int_equal(fake_back.asked.what, BACK_RESTART);
	assert_string_equal(fake_back.asked.system, "rt");
	assert_true(numbered(" 7\n"));
	fake_back_answer(BACK_DONE, "rt restarts\n");
	assert_true(logged("KUMIKI_KIND=act\nKUMIKI_SYSTEM=rt\nMESSAGE=restart by anna by MQTT: "
	                   "done: rt restarts\n"));
	command(0, 8, RESTART);
	fake_back_answer(BACK_FAILED, "rt restarts already");
	assert_true(logged("MESSAGE=restart by anna by MQTT: failed: rt restarts already\n"));
}

/* Also by the next keeper, and also if the first one was killed before the machine answered. */
TEST(test_no_command_is_carried_out_twice)
{
	command(0, 7, RESTART);
	fake_back_answer(BACK_DONE, "rt restarts");
	command(0, 7, RESTART);
	command(0, 6, RESTART);
	assert_int_equal(fake_back.waiting, 0);
	assert_true(logged("MESSAGE=restart by anna by MQTT: refused: its number isn't greater"));
	fleet_close(&fleet);
	start_fleet();
	command(0, 7, RESTART);
	assert_int_equal(fake_back.waiting, 0);
	command(1, 1, RESTART); /* each key has numbers of its own */
	assert_int_equal(fake_back.waiting, 1);
	fake_back_answer(BACK_DONE, "rt restarts");
}

/* What was refused with a reason isn't done later, when the reason is gone. */
TEST(test_a_refusal_is_final)
{
	command(0, 7, "\"act\":\"restart\",\"system\":\"later\"");
	assert_true(logged("MESSAGE=restart by anna by MQTT: refused: there is no such system\n"));
	assert_true(numbered(" 7\n"));
	fake_back.full = true;
	command(0, 8, RESTART);
	assert_true(logged("refused: too many questions wait"));
	fake_back.full = false;
	command(0, 8, RESTART);
	assert_int_equal(fake_back.waiting, 0);
}

TEST(test_roles)
{
	command(0, 1, "\"act\":\"stop\",\"system\":\"rt\",\"off\":true");
	assert_int_equal(fake_back.waiting, 0);
	assert_true(logged("MESSAGE=stop by anna by MQTT: refused: its key's role isn't enough"));
	command(1, 1, "\"act\":\"stop\",\"system\":\"rt\",\"off\":true");
	assert_int_equal(fake_back.waiting, 1);
	assert_true(fake_back.asked.off);
	fake_back_answer(BACK_DONE, "all is off");
	command(0, 2, "\"act\":\"give\",\"core\":1");
	assert_int_equal(fake_back.asked.what, BACK_GIVE);
	fake_back_answer(BACK_DONE, "core 1 is nobody's");
}

/* A key that is taken out of the file commands nothing more; a file with a mistake changes nothing.
 */
TEST(test_a_key_is_taken_away)
{
	char keys[256];

	snprintf(keys, sizeof(keys), "ben change %s\n", signed_key(1));
	write_keys(keys);
	fleet_turn(&fleet, 1000000);
	command(0, 7, RESTART);
	assert_int_equal(fake_back.waiting, 0);
	assert_true(logged("MESSAGE=a command by somebody by MQTT: refused: its key isn't among"));
	write_keys("what is this\n");
	fleet_turn(&fleet, 1001000);
	command(1, 7, RESTART);
	assert_int_equal(fake_back.waiting, 1);
	fake_back_answer(BACK_DONE, "rt restarts");
}

/* Without its number on the disk no command is carried out. */
TEST(test_a_number_that_can_t_be_kept)
{
	assert_int_equal(mkdir(path_of(NUMBERS_FILE ".new"), 0700), 0);
	command(0, 7, RESTART);
	assert_int_equal(rmdir(path_of(NUMBERS_FILE ".new")), 0);
	assert_int_equal(fake_back.waiting, 0);
	assert_true(logged("refused: its number can't be kept"));
	command(0, 7, RESTART);
	assert_int_equal(fake_back.waiting, 1);
	fake_back_answer(BACK_DONE, "rt restarts");
}

/* A broker can't fill the disk by refusals, nor hold up the page. */
TEST(test_a_flood)
{
	fleet_turn(&fleet, 1000000);
	for (unsigned int i = 0; i < 1000; i++)
		fleet_command(&fleet, "x", 1);
	assert_false(logged("left out"));
	fleet_turn(&fleet, 1001000);
	assert_true(
	    logged("MESSAGE=a command by somebody by MQTT: refused: it isn't as a command"));
	assert_true(logged("MESSAGE=992 messages by MQTT left out\n"));
	command(0, 7, RESTART);
	assert_int_equal(fake_back.waiting, 1);
	fake_back_answer(BACK_DONE, "rt restarts");
}
