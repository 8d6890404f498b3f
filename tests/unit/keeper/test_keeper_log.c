/* The keeper's log: what stands in it, and when it is on the disk. */
#include "keeper_play.h"
#include <keeper/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <unit.h>

static char folder[64], path[96], key_path[96], *said;
static size_t said_size;
static FILE *complaints;
static struct log keeper_log;

static void start(void)
{
	snprintf(folder, sizeof(folder), "/tmp/kumiki-log-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/" LOG_FILE, folder);
	snprintf(key_path, sizeof(key_path), "%s/" LOG_KEY, folder);
	complaints = open_memstream(&said, &said_size);
	assert_true(log_open(&keeper_log, folder, complaints));
}

static void end(void)
{
	log_close(&keeper_log);
	(void)fclose(complaints);
	free(said);
	(void)unlink(path);
	(void)unlink(key_path);
	assert_int_equal(rmdir(folder), 0);
}

const struct unit_fixture unit_each = {start, end};

/* The log as it is on the disk now. */
static const char *on_disk(void)
{
	static char text[4 << 20];
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	(void)fclose(file);
	return text;
}

static bool has(const char *words)
{
	return strstr(on_disk(), words) != NULL;
}

/* Closes the log, writes this behind it, and opens it again. */
static bool opens_with(const char *text)
{
	FILE *file;

	log_close(&keeper_log);
	file = fopen(path, "ae");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	return log_open(&keeper_log, folder, complaints);
}

/* A system can't pass for Kumiki before the machine has told the systems' names. */
TEST(test_systems_without_names_have_numbers)
{
	fake_back_reset();
	events_start(&play.events);
	play.events.log = &keeper_log;
	picture_start(&play.picture, NULL, &play.events, 1000);
	picture_output(&play.picture, 1, "a forged line\n", 14);
	picture_output(&play.picture, BACK_KUMIKI, "an own line\n", 12);
	log_turn(&keeper_log, 1000);
	assert_true(has("KUMIKI_SYSTEM=system 2\nMESSAGE=a forged line\n"));
	assert_true(has("KUMIKI_KIND=console\nMESSAGE=an own line\n"));
	picture_turn(&play.picture, 1000);
	(void)back_turn(NULL, 1000);
	picture_output(&play.picture, 1, "a line\n", 7);
	log_turn(&keeper_log, 1000);
	assert_true(has("KUMIKI_SYSTEM=rt\nMESSAGE=a line\n"));
	picture_free(&play.picture);
	events_free(&play.events);
}

/* A forged number costs no time. */
TEST(test_a_number_that_is_very_large)
{
	char record[64];

	snprintf(record, sizeof(record), "SYSLOG_IDENTIFIER=kumiki\nKUMIKI_NUMBER=%u\n\n",
	         LOG_GAP + 9);
	assert_false(opens_with(record));
	(void)fflush(complaints);
	assert_non_null(strstr(said, "log: its last number is none of its key; move the log"));
}

TEST(test_a_finding_s_begin_and_end)
{
	log_event(&keeper_log, "found", "{\"text\":\"rt runs more\",\"over\":false}");
	log_event(&keeper_log, "found", "{\"text\":\"rt runs more\",\"over\":true}");
	log_turn(&keeper_log, 0);
	assert_true(has("KUMIKI_KIND=found\nMESSAGE=rt runs more\n"));
	assert_true(has("KUMIKI_KIND=found\nMESSAGE=over: rt runs more\n"));
}

/* No turn of the log is between a log-in, a refusal or a log-out and its answer. */
TEST(test_what_the_door_does_is_on_the_disk_before_its_answer)
{
	char header[96], headers[256];

	play_start_users();
	play.login.record = &keeper_log;
	assert_int_equal(play_log_in("see", "a wrong password", header), 401);
	assert_true(has("MESSAGE=somebody at 127.0.0.1: failed to log in as 'see'\n"));
	assert_int_equal(play_log_in("see", play_password, header), 200);
	assert_true(has("MESSAGE=see at 127.0.0.1: logged in\n"));
	snprintf(headers, sizeof(headers), "%sContent-Type: application/json\r\n", header);
	assert_int_equal(
	    play_ask("POST /api/acts", headers, "{\"act\":\"stop\",\"system\":\"rt\"}"), 403);
	assert_true(has("MESSAGE=see at 127.0.0.1: refused at /api/acts: "));
	assert_int_equal(play_ask("DELETE /api/session", header, NULL), 200);
	assert_true(has("MESSAGE=see at 127.0.0.1: logged out\n"));
	play_end_users();
}

static off_t key_size_when_told;

static ssize_t tell(void *to, const char *text, size_t size)
{
	struct stat status = {0};

	(void)to;
	(void)text;
	(void)stat(key_path, &status);
	key_size_when_told = status.st_size;
	return (ssize_t)size;
}

/* A keeper that is killed after it has written the key has told it. */
TEST(test_the_first_key_is_told_before_it_is_used)
{
	FILE *told = fopencookie(NULL, "w", (cookie_io_functions_t){.write = tell});

	log_close(&keeper_log);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(key_path), 0);
	key_size_when_told = -1;
	assert_true(log_open(&keeper_log, folder, told));
	(void)fclose(told);
	assert_int_equal(key_size_when_told, 0);
	keeper_log.complaints = complaints;
}

/* How often this stands in the log. */
static unsigned int count(const char *words)
{
	unsigned int found = 0;

	for (const char *at = on_disk(); (at = strstr(at, words)) != NULL; at++)
		found++;
	return found;
}

static void print(uint32_t index, const char *system, unsigned int lines)
{
	while (lines-- > 0)
		log_output(&keeper_log, index, system, "x\n", 2);
}

/* A system in a flood fills no disk, and costs the others no line. */
TEST(test_a_flood_has_a_bound)
{
	char told[64];
	unsigned int kept;

	log_turn(&keeper_log, 5000);
	print(0, "linux", 10000);
	log_turn(&keeper_log, 5100);
	print(0, "linux", 1);
	print(1, "rt", 5);
	log_turn(&keeper_log, 5200);
	kept = count("KUMIKI_SYSTEM=linux\n");
	assert_in_range(strlen(on_disk()), LOG_BURST, LOG_BURST + 4096);
	assert_int_equal(count("KUMIKI_SYSTEM=rt\n"), 5);
	log_turn(&keeper_log, 6000);
	snprintf(told, sizeof(told), "KUMIKI_SYSTEM=linux\nMESSAGE=%u lines left out\n",
	         10001 - kept);
	assert_int_equal(count(told), 1);
	print(0, "linux", 10000);
	log_turn(&keeper_log, 6100);
	assert_in_range(strlen(on_disk()), LOG_BURST + LOG_SECOND, LOG_BURST + LOG_SECOND + 4096);
	assert_int_equal(count("left out"), 1);
}

TEST(test_empty_lines_are_no_records)
{
	log_output(&keeper_log, 0, "linux", "\n\r\n\none\n\n", 9);
	log_turn(&keeper_log, 0);
	assert_int_equal(count("KUMIKI_KIND=console\n"), 1);
	assert_true(has("MESSAGE=one\n"));
}
