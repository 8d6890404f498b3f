/*
 * The operator's commands with --json: whole and valid documents, for any output of guests and the
 * longest names. The schema judges them in tests/system/test_json_running.py.
 *
 * Shows: operator.json.
 */
#include "operator.h"
#include <kumiki/hold.h>
#include <lib/lifejson.h>
#include <stdio.h>
#include <string.h>
#include <unit.h>

#define MS (FAKE_HZ / 1000)

static char text[1u << 20];

/* Returns the document as a terminal gets it: behind the prefix, its lines joined. */
static const char *document(const char *line, unsigned int milliseconds)
{
	static const char prefix[] = "[kumiki] ";
	const char *at, *end;

	text[0] = 0;
	fake_type(line, strlen(line));
	fake_type("\r", 1);
	fake_run(milliseconds);
	at = strstr(fake_sent(), "[kumiki] {");
	assert_non_null(at);
	for (; (end = strstr(at, "\r\n")) != NULL; at = end + 2) {
		assert_memory_equal(at, prefix, strlen(prefix));
		at += strlen(prefix);
		strncat(text, at, (size_t)(end - at));
	}
	return text;
}

/*
 * Checks that brackets fit, strings end, all characters are printable ASCII, and no string has a
 * bracket.
 */
static void is_whole(const char *json)
{
	char open[16] = "";
	size_t depth = 0;
	bool quoted = false;

	for (const char *c = json; *c; c++) {
		assert_true(*c >= ' ' && *c < 0x7f);
		if (quoted && *c == '\\')
			c++;
		else if (*c == '"')
			quoted = !quoted;
		else if (quoted)
			assert_true(*c != '[');
		else if (*c == '{' || *c == '[')
			open[depth++] = *c == '{' ? '}' : ']';
		else if (*c == '}' || *c == ']')
			assert_int_equal(open[--depth], *c);
		assert_true(depth < sizeof(open) - 1);
		assert_true(depth > 0 || strcmp(c, "}") == 0);
	}
	assert_false(quoted);
}

TEST(test_list)
{
	operator_start();
	fake_event(2, &(struct life_status){LIFE_HELD, STOP_CPUS_OFF, 7, 2});
	fake.now = 3 * FAKE_HZ;
	(void)fake_sent();
	assert_string_equal(
	    document("list --json", 0),
	    "{\"schema\": 1, \"document\": \"list\", \"system\": \"test\", \"time_us\": 3000000, "
	    "\"partitions\": ["
	    "{\"name\": \"linux\", \"number\": 1, \"state\": \"running\", \"starts\": 1, "
	    "\"restarts_lately\": 0, \"cores\": [0]}"
	    ",{\"name\": \"linux-rt\", \"number\": 2, \"state\": \"running\", \"starts\": 1, "
	    "\"restarts_lately\": 0, \"cores\": [0]}"
	    ",{\"name\": \"heart\", \"number\": 3, \"state\": \"held\", \"starts\": 7, "
	    "\"restarts_lately\": 2, \"last_end\": \"cpus off\", \"cores\": [0]}"
	    "]}");
}

/* Restarts count for the time of the system's policy, and no longer. */
TEST(test_restarts_lately)
{
	operator_start();
	fake_event(2, &(struct life_status){LIFE_RUNNING, STOP_PANIC, 3, 2});
	fake.now += 60ull * FAKE_HZ;
	(void)fake_sent();
	assert_non_null(strstr(document("show heart --json", 0), "\"restarts_lately\": 2"));
	fake.now += 2ull * FAKE_HZ;
	(void)fake_sent();
	assert_non_null(strstr(document("show heart --json", 0), "\"restarts_lately\": 0"));
	(void)fake_sent();
	assert_null(strstr(document("list --json", 0), "\"restarts_lately\": 2"));
}

TEST(test_only_commands_that_look)
{
	static const char *const lines[] = {"stop heart --json", "power --json",
	                                    "cores hand --json", "help --json",
	                                    "give 1 linux --json"};

	operator_start();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		operator_type(lines[i]);
		operator_type("\r");
		assert_non_null(strstr(operator_answer(), "write it so: "));
	}
	operator_type("show nobody --json\r");
	assert_non_null(strstr(operator_answer(), "there is no partition 'nobody'"));
	assert_int_equal(fake.tellings, 0);
}

static void expect(const char *json, const char *words)
{
	if (!strstr(json, words))
		fail_msg("'%s' is not in:%s", words, json);
}

TEST(test_log_of_hostile_bytes)
{
	static const char bytes[] =
	    "\"}]}\\\n[kumiki] kumiki> stop heart\r\n\x1b[2J\x9b\xff\0\xc3\xa9";
	const char *json;

	operator_start();
	fake_print_bytes(0, bytes, sizeof(bytes) - 1);
	fake_run(CONSOLE_SILENCE_MS + 1);
	(void)fake_sent();
	json = document("log linux all --json", 0);
	is_whole(json);
	expect(json, "\"printed\": 44, \"unread\": 0, \"console\": ["
	             "\"\\\"}]}\\\\\\u000a\""
	             ",\"\\u005bkumiki] kumiki> stop heart\\u000d\\u000a\""
	             ",\"\\u001b\\u005b2J\\ufffd\\ufffd\\u0000\\u00e9\""
	             "], \"events_ever\": 2, ");
	expect(json, "\"crashes\": 0}");
	json = document("log linux 1 --json", 0);
	expect(json, "\"console\": [\"\\u001b");
	expect(document("log linux 0 --json", 0), "\"console\": [], ");
}

/* A box full of the bytes that need most room, and characters of several bytes. */
TEST(test_long_log)
{
	static const char euro[] = {'\xe2', '\x82', '\xac'};
	unsigned int whole = 0;
	const char *json;

	operator_start();
	for (unsigned int i = 0; i < BLACKBOX_CONSOLE_SIZE / 1024 + 1; i++) {
		char block[1024];

		memset(block, i & 1 ? 0xff : 1, sizeof(block));
		memcpy(block + LIFEJSON_ROW - 1, euro, sizeof(euro));
		fake_print_bytes(0, block, sizeof(block));
		fake_run(1);
	}
	fake_run(CONSOLE_SILENCE_MS + 1);
	(void)fake_sent();
	json = document("log linux all --json", 0);
	is_whole(json);
	for (json = strstr(json, "\\u20ac"); json; json = strstr(json + 1, "\\u20ac"))
		whole++;
	assert_int_equal(whole, BLACKBOX_CONSOLE_SIZE / 1024);
}

TEST(test_log_of_a_crash)
{
	struct miss *miss;
	struct blackbox *box;
	const char *json;

	operator_start();
	box = &fake.box[0];
	box->crashes = 2;
	box->report_time = FAKE_HZ / 2;
	box->words_size = (uint32_t)snprintf(box->words, sizeof(box->words), "one\n%0200d\n", 7);
	miss = &box->misses.misses[0];
	*miss = (struct miss){.at = 2 * MS, .time = 3 * MS, .number = 1};
	box->misses.next = 1;
	fake.ring[0].misses = box->misses;
	(void)fake_sent();
	json = document("log linux --json", 0);
	is_whole(json);
	expect(json, "\"misses_ever\": 1, \"misses\": [{\"time_us\": 3000, \"vcpu\": 0, "
	             "\"after_us\": 1000, \"meanwhile\": [");
	expect(json, "\"crashes\": 2, \"crash_time_us\": 500000, \"crash\": [\"one\\u000a\",\"000");
	expect(json, "007\\u000a\"], \"crash_whole\": true}");
	box->former_size = (uint32_t)snprintf(box->former, sizeof(box->former), "before\nend");
	box->former_words = (uint32_t)snprintf(box->former + box->former_size, 8, "it died");
	json = document("log linux --json", 0);
	is_whole(json);
	expect(json,
	       "true, \"former\": [\"before\\u000a\",\"end\"], \"former_crash\": [\"it died\"]}");
}

TEST(test_top_and_accounts)
{
	const char *json;

	operator_start();
	fake.info.cores = 2;
	fake.tables.vcpus[1].budget_us = 1000;
	fake.accounts.core[0] = (struct core_account){.since = fake.now, .runs = 0};
	fake.accounts.core[1] = (struct core_account){.since = fake.now, .runs = TRACE_NO_VCPU};
	fake.accounts.vcpu[0] = (struct vcpu_account){
	    .ran = 5 * MS, .since = fake.now, .state = ACCOUNT_RUNS, .priority = 100};
	json = document("top 2 --json", 2010);
	is_whole(json);
	expect(json, "{\"core\": 1, \"vcpus_percent\": 0.0, \"services_percent\": 0.0, "
	             "\"idle_percent\": 100.0, \"off_percent\": 0.0}");
	expect(json, "{\"partition\": \"linux\", \"vcpu\": 0, \"state\": \"runs\", \"core\": 0, "
	             "\"priority\": 100, \"ran_percent\": 100.0, \"stolen_percent\": 0.0, "
	             "\"misses\": 0, \"moves\": 0}");
	expect(json, "\"budget_used_us\": 0, \"budget_us\": 1000, ");
	json = document("accounts --json", 0);
	is_whole(json);
	expect(json, "\"unit\": \"tick\", \"counter\": ");
	expect(json, "\"counter_hz\": 62500000, \"cores\": [{\"core\": 0, ");
	expect(json, ",{\"partition\": \"linux-rt\", \"vcpu\": 1, \"core\": 0, \"ran\": 0, ");
}

TEST(test_accounts_in_words)
{
	operator_start();
	fake.info.cores = 2;
	fake.accounts.core[0] = (struct core_account){
	    .since = fake.now, .runs = 0, .service = 3 * MS, .idle = 2000 * MS, .off = 7 * MS};
	fake.accounts.core[1] = (struct core_account){.since = fake.now, .runs = 0, .unseen = 1};
	fake.accounts.vcpu[0] = (struct vcpu_account){.ran = 5 * MS,
	                                              .since = fake.now,
	                                              .stolen = 1500 * MS,
	                                              .switches = 9,
	                                              .moves = 2,
	                                              .misses = 3,
	                                              .exhausted = 4};
	operator_type("accounts\r");
	assert_true(operator_row_says("[kumiki]   0   0.003       2.000       0.007"));
	assert_true(operator_row_says("[kumiki]   1   0.000       not seen    0.000"));
	assert_true(operator_row_says(
	    "[kumiki] vCPU            runs        stolen      switches   moves misses exhausted"));
	assert_true(operator_row_says(
	    "[kumiki] linux.0         0.005       1.500       9          2     3      4"));
}

TEST(test_cores)
{
	const char *json;

	operator_start();
	fake.info.cores = 2;
	fake.tables.cores[1].holders = 3;
	fake.tables.vcpus[0].cores = 3;
	fake.tables.vcpus[1].cores = 2;
	fake.accounts.core[1].hold = HOLD_RECORD(0, HOLD_NOBODY, 1, 0xffffffff);
	json = document("cores --json", 0);
	is_whole(json);
	expect(json, "\"by_themselves\": false, \"cores\": [{\"core\": 0, \"partitions\": ");
	expect(json, ",{\"core\": 1, \"partitions\": [\"linux\", \"linux-rt\"], \"holder\": "
	             "\"linux\", \"may_hold\": [\"linux\", \"linux-rt\"], \"asked_for\": null, "
	             "\"asked_until_us\": ");
}

/* Eight partitions with the longest names. Each one manages and waits for all, on all cores. */
TEST(test_the_longest_answers)
{
	static char name[BUNDLE_PARTITIONS_MAX][BUNDLE_NAME_SIZE];
	static const char *names[BUNDLE_PARTITIONS_MAX + 1];
	static const char *const lines[] = {"list --json", "cores --json", "accounts --json",
	                                    "top --json"};
	char show[64];

	for (unsigned int i = 0; i < BUNDLE_PARTITIONS_MAX; i++) {
		memset(name[i], 'm', BUNDLE_NAME_SIZE - 1);
		name[i][0] = (char)('a' + i);
		names[i] = name[i];
	}
	fake_start(names);
	fake.info.cores = BUNDLE_CORES_MAX;
	for (unsigned int i = 0; i < BUNDLE_PARTITIONS_MAX; i++) {
		struct bundle_partition *config = &fake.tables.partitions[i];

		config->life = (struct bundle_life){.after = 0xff,
		                                    .manages = 0xff,
		                                    .limit = UINT32_MAX,
		                                    .window = UINT32_MAX,
		                                    .delay = UINT32_MAX,
		                                    .at_limit = LIFE_DO_OFF};
		config->priority = config->interrupts.count = 255;
		fake.box[i].crashes = UINT32_MAX;
		fake.tables.vcpus[i].cores = 0xff;
		fake.tables.cores[i].holders = 0xff;
		fake.tables.cores[i].holder = 0;
		fake.accounts.core[i].hold = HOLD_RECORD(i, 7 - i, 1, 0xffffffffffull);
		fake_event(i, &(struct life_status){LIFE_SUSPENDING, STOP_DEADLINE, UINT32_MAX,
		                                    UINT32_MAX});
	}
	operator_open();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		is_whole(document(lines[i], 1010));
	snprintf(show, sizeof(show), "show %s --json", name[7]);
	is_whole(document(show, 0));
	snprintf(show, sizeof(show), "log %s --json", name[7]);
	is_whole(document(show, 0));
	assert_false(fake.shell.commands[LINE_PROMPT].size == COMMAND_TEXT);
}
