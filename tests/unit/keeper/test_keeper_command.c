/*
 * Signed commands: whose they are, for whom, and once.
 *
 * Shows: operator.mqtt-commands.
 */
#include "signed.h"
#include <keeper/numbers.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <unit.h>

#define NOW 1796135400 /* 2026-12-01T14:30:00Z */
#define TEXT                                                                                       \
	"{\"node\":\"press-7\",\"number\":7,\"end\":\"2026-12-01T14:31:00Z\",\"act\":\"restart\"," \
	"\"system\":\"rt\"}"

static struct command_keys keys;
static char said[4096];

static bool reads(const char *text)
{
	FILE *complaints = fmemopen(said, sizeof(said), "w");
	bool good;

	said[0] = '\0';
	good = command_keys_read(&keys, "keys", text, strlen(text), complaints);
	fclose(complaints);
	return good;
}

/* One key counts, with the other's line behind a '#'. */
static void start(void)
{
	char text[256];

	snprintf(text, sizeof(text), "# who may\nanna operate %s\n#ben change %s\n", signed_key(0),
	         signed_key(1));
	assert_true(reads(text));
	assert_int_equal(keys.count, 1);
}

static void end(void)
{
}

const struct unit_fixture unit_each = {start, end};

/* Why a message isn't a command for press-7; "": it is. */
static const char *refused(const char *message)
{
	struct command command;
	const char *why = command_read(&command, &keys, "press-7", message, strlen(message));

	assert_true(why != NULL || command.key != NULL);
	assert_true(command.key != NULL || (command.act == NULL && command.number == 0));
	command_free(&command);
	return why != NULL ? why : "";
}

TEST(test_a_good_command)
{
	const char *message = signed_message(0, TEXT);
	struct command command;

	assert_null(command_read(&command, &keys, "press-7", message, strlen(message)));
	assert_string_equal(command.key->name, "anna");
	assert_int_equal(command.key->role, ROLE_OPERATE);
	assert_int_equal(command.question.what, BACK_RESTART);
	assert_string_equal(command.question.system, "rt");
	assert_int_equal(command.number, 7);
	assert_int_equal(command.end, NOW + 60);
	assert_int_equal(json_object_size(command.act), 2);
	assert_null(command_wrong(&command, 6, NOW));
	assert_non_null(strstr(command_wrong(&command, 7, NOW), "isn't greater"));
	assert_non_null(strstr(command_wrong(&command, UINT64_MAX, NOW), "isn't greater"));
	assert_null(command_wrong(&command, 0, NOW + 59));
	assert_non_null(strstr(command_wrong(&command, 0, NOW + 60), "is past"));
	assert_null(command_wrong(&command, 0, NOW + 60 - COMMAND_AHEAD_S));
	assert_non_null(strstr(command_wrong(&command, 0, NOW + 59 - COMMAND_AHEAD_S), "ahead"));
	command_free(&command);
}

TEST(test_whose_it_is)
{
	char message[2048], *at;

	assert_string_equal(refused(signed_message(0, TEXT)), "");
	assert_non_null(strstr(refused(signed_message(1, TEXT)), "isn't among the keys"));
	snprintf(message, sizeof(message), "%s", signed_message(1, TEXT));
	at = strstr(message, signed_key(1));
	assert_non_null(at);
	memcpy(at, signed_key(0), COMMAND_KEY_SIZE - 1);
	assert_non_null(strstr(refused(message), "signature is wrong"));
}

/* Each byte of the text, and each of the signature's, counts. */
TEST(test_each_change_is_found)
{
	static const char *const parts[] = {"press", "resta", "14:3",
	                                    "number\\\":", "signature\":\""};
	char message[2048];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char *at;

		snprintf(message, sizeof(message), "%s", signed_message(0, TEXT));
		at = strstr(message, parts[i]) + strlen(parts[i]);
		*at = *at == 'A' ? 'B' : 'A';
		assert_non_null(strstr(refused(message), "signature is wrong"));
	}
}

/* Signed, but no command for this node. */
TEST(test_what_is_no_command)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
	    {"", "isn't as a command is"},
	    {"[]", "isn't as a command is"},
	    {"{}", "isn't as a command is"},
	    {TEXT TEXT, "isn't as a command is"},
#define WITH(node, number, end, rest)                                                              \
	"{\"node\":" node ",\"number\":" number ",\"end\":" end "," rest "}"
#define END     "\"2026-12-01T14:31:00Z\""
#define RESTART "\"act\":\"restart\",\"system\":\"rt\""
	    {WITH("\"press-8\"", "7", END, RESTART), "another node"},
	    {WITH("\"press-70\"", "7", END, RESTART), "another node"},
	    {WITH("7", "7", END, RESTART), "isn't as a command is"},
	    {WITH("\"press-7\"", "0", END, RESTART), "isn't as a command is"},
	    {WITH("\"press-7\"", "-1", END, RESTART), "isn't as a command is"},
	    {WITH("\"press-7\"", "7.5", END, RESTART), "isn't as a command is"},
	    {WITH("\"press-7\"", "\"7\"", END, RESTART), "isn't as a command is"},
	    {WITH("\"press-7\"", "9223372036854775808", END, RESTART), "isn't as a command is"},
	    {WITH("\"press-7\"", "7", "1796135400", RESTART), "isn't as a command is"},
	    {WITH("\"press-7\"", "7", "\"2026-12-01T14:31:00\"", RESTART), "isn't as"},
	    {WITH("\"press-7\"", "7", "\"2026-12-01T14:31:00Z \"", RESTART), "isn't as"},
	    {WITH("\"press-7\"", "7", "\"2026-12-1T14:31:00Z\"", RESTART), "isn't as"},
	    {WITH("\"press-7\"", "7", "\"2026-02-31T14:31:00Z\"", RESTART), "isn't as"},
	    {WITH("\"press-7\"", "7", "\"tomorrow\"", RESTART), "isn't as"},
	    {WITH("\"press-7\"", "7", END, "\"act\":\"list\""), "isn't as a command is"},
	    {WITH("\"press-7\"", "7", END, "\"system\":\"rt\""), "isn't as a command is"},
	    {WITH("\"press-7\"", "7", END, RESTART ",\"more\":1"), "isn't as a command is"},
	    {WITH("\"press-7\"", "7", END, RESTART ",\"number\":9"), "isn't as a command is"},
	    {WITH("\"press-7\"", "7", END, RESTART ",\"off\":true"), "isn't as a command is"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_non_null(strstr(refused(signed_message(0, cases[i].text)), cases[i].words));
}

TEST(test_what_is_no_message)
{
	char message[COMMAND_MAX + 64];

	assert_non_null(strstr(refused(""), "isn't as a command is"));
	assert_non_null(strstr(refused("restart rt"), "isn't as a command is"));
	assert_non_null(strstr(refused(TEXT), "isn't as a command is"));
	assert_non_null(strstr(refused("{\"key\":1,\"text\":2,\"signature\":3}"), "isn't as"));
	snprintf(message, sizeof(message), "%s", signed_message(0, TEXT));
	memcpy(message + strlen(message) - 1, ",\"a\":1}", sizeof(",\"a\":1}"));
	assert_non_null(strstr(refused(message), "isn't as a command is"));
	snprintf(message, sizeof(message), "%*s", (int)sizeof(message) - 1, "");
	memcpy(message, signed_message(0, TEXT), strlen(signed_message(0, TEXT)));
	assert_non_null(strstr(refused(message), "isn't as a command is"));
	message[COMMAND_MAX] = '\0';
	assert_string_equal(refused(message), "");
}

TEST(test_mistakes_among_the_keys)
{
	static const char *const cases[][2] = {
	    {"anna operate", "a line has"},
	    {"anna operate %s more", "a line has"},
	    {"-anna operate %s", "a name has"},
	    {"anna see %s", "operate or change"},
	    {"anna root %s", "operate or change"},
	    {"anna operate x%s", "no public key"},
	    {"anna operate AAAA", "no public key"},
	    {"ben operate %s\nben operate %s", "a line already"},
	    {"good operate %s", "a line already"},
	};
	char line[256], text[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(line, sizeof(line), cases[i][0], signed_key(1), signed_key(1));
#pragma GCC diagnostic pop
		snprintf(text, sizeof(text), "good operate %s\n%s\n", signed_key(0), line);
		assert_false(reads(text));
		assert_non_null(strstr(said, cases[i][1]));
		assert_non_null(strstr(said, i == 7 ? "keys:3: error: " : "keys:2: error: "));
	}
}

/* ---- numbers ---- */

static struct numbers numbers;

static bool opens(const char *folder)
{
	FILE *complaints = fmemopen(said, sizeof(said), "w");
	bool good;

	said[0] = '\0';
	good = numbers_open(&numbers, folder, complaints);
	fclose(complaints);
	return good;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* A number is there for the next keeper, also of a key that is gone meanwhile. */
TEST(test_numbers_stay)
{
	char folder[] = "/tmp/kumiki-numbers-XXXXXX", path[64];

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/" NUMBERS_FILE, folder);
	assert_true(opens(folder));
	assert_int_equal(numbers_last(&numbers, signed_key(0)), 0);
	assert_true(numbers_set(&numbers, signed_key(0), 7));
	assert_true(numbers_set(&numbers, signed_key(1), INT64_MAX));
	assert_true(numbers_set(&numbers, signed_key(0), 8));
	numbers_close(&numbers);
	assert_true(opens(folder));
	assert_int_equal(numbers_last(&numbers, signed_key(0)), 8);
	assert_int_equal(numbers_last(&numbers, signed_key(1)), INT64_MAX);
	numbers_close(&numbers);
	write_file(path, "no number\n");
	assert_false(opens(folder));
	assert_non_null(strstr(said, "can't be read"));
	numbers_close(&numbers);
	write_file(path, "a 1\na 2\n");
	assert_false(opens(folder));
	numbers_close(&numbers);
	write_file(path, "a 12"); /* it isn't whole */
	assert_false(opens(folder));
	numbers_close(&numbers);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* A number that the disk doesn't take isn't the last one. */
TEST(test_a_disk_that_takes_nothing)
{
	char folder[] = "/tmp/kumiki-numbers-XXXXXX";

	assert_non_null(mkdtemp(folder));
	assert_true(opens(folder));
	assert_int_equal(rmdir(folder), 0);
	assert_false(numbers_set(&numbers, signed_key(0), 7));
	assert_int_equal(numbers_last(&numbers, signed_key(0)), 0);
	numbers_close(&numbers);
}
