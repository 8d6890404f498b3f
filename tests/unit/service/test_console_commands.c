/*
 * The operator's commands: their words, their refusals, and their calls to the frame.
 *
 * Shows: operator.commands.
 */
#include "operator.h"
#include <string.h>
#include <unit.h>

/* ---- commands ---- */

TEST(test_blank_and_unknown)
{
	operator_start();
	operator_type("\r");
	operator_prompt_is("");
	operator_type("   \r");
	operator_prompt_is("");
	operator_type("lst\r");
	assert_string_equal(operator_answer(),
	                    "[kumiki] there is no command 'lst'; did you mean 'list'?");
	operator_type("frobnicate\r");
	assert_string_equal(operator_answer(),
	                    "[kumiki] there is no command 'frobnicate'; 'help' shows all commands");
	operator_type("show linus\r");
	assert_string_equal(operator_answer(),
	                    "[kumiki] there is no partition 'linus'; did you mean 'linux'?");
	operator_type("stop qqqqqq\r");
	assert_string_equal(operator_answer(),
	                    "[kumiki] there is no partition 'qqqqqq'; 'list' shows all partitions");
	operator_type("help shw\r");
	assert_string_equal(operator_answer(),
	                    "[kumiki] there is no command 'shw'; did you mean 'show'?");
	operator_prompt_is("");
	assert_int_equal(fake.tellings, 0);
}

TEST(test_wrong_operands)
{
	static const char *const lines[] = {"show\r",           "list linux\r",
	                                    "stop linux now\r", "log linux x\r",
	                                    "log linux 3 4\r",  "start a b c d e\r"};

	operator_start();
	for (unsigned int i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		operator_type(lines[i]);
		assert_non_null(strstr(operator_answer(), "[kumiki] write it so: "));
		operator_prompt_is("");
	}
	assert_int_equal(fake.tellings, 0);
}

TEST(test_list)
{
	operator_start();
	fake_life(2, LIFE_SUSPENDED);
	operator_type("list\r");
	assert_true(operator_row_says(
	    "[kumiki]  #  name              state       starts  cores     last end"));
	assert_true(operator_row_says(
	    "[kumiki]  1  linux             running     1       0         nothing yet"));
	assert_true(operator_row_says(
	    "[kumiki]  3  heart             suspended   1       0         nothing yet"));
}

TEST(test_show)
{
	fake_start(operator_names);
	fake.tables.partitions[1].regions = (struct bundle_range){0, 10};
	fake.tables.partitions[1].life.after = 5;
	fake.tables.partitions[1].flags |= BUNDLE_MANUAL;
	fake.tables.partitions[1].priority = 7;
	for (unsigned int i = 0; i < 10; i++)
		fake.tables.regions[i] = (struct bundle_region){.ipa = 0x1000,
		                                                .pa = 0x1000 * i,
		                                                .size = 0x3000,
		                                                .kind = BUNDLE_DEVICE,
		                                                .label = "uart"};
	terminal_start(&operator_terminal, 160);
	operator_type("\035cshow linux-rt\r");
	assert_true(operator_row_says("[kumiki] linux-rt: stopped"));
	assert_true(operator_row_says("[kumiki]   cores: 0; vCPUs: 1; priority: 7; interrupts: 0"));
	assert_true(
	    operator_row_says("[kumiki]   on a crash: restart; at most 5 in 60 s, then: restart"));
	assert_true(operator_row_says("[kumiki]   starts when it is told to"));
	assert_true(operator_row_says("[kumiki]   starts after: linux, heart"));
	assert_true(operator_row_says("[kumiki]   uart          12 KiB at 0x1000"));
	assert_true(operator_row_says("[kumiki]   uart          12 KiB at 0x9000 as 0x1000"));
	operator_prompt_is("");
}

TEST(test_help_is_whole)
{
	operator_start();
	operator_type("help\r");
	assert_true(operator_row_says("[kumiki] list [--json]: all partitions in a line each"));
	assert_true(
	    operator_row_says("[kumiki] help [COMMAND]: this; --json: an answer for programs"));
	assert_false(fake.shell.commands[LINE_PROMPT].size == COMMAND_TEXT);
	assert_true(operator_row_says(
	    "[kumiki] Tab completes, up and down bring earlier lines back, Ctrl-C ends a command; "
	    "Ctrl-] 1 goes to a partition"));
	operator_type("help log\r");
	assert_non_null(strstr(operator_answer(), "log NAME [LINES | all] [--json]: "));
}

TEST(test_trace)
{
	operator_start();
	fake.trace[0].events[0] =
	    (struct trace_event){.head = (uint64_t)TRACE_EXIT << 56 | (uint64_t)2 << 48 |
	                                 ((fake.now - 625) & ((1ULL << 48) - 1)),
	                         .data = (uint64_t)0x5a000000 << 32 | 0x1234};
	fake.trace[0].next = 1;
	operator_type("trace\r");
	assert_non_null(strstr(operator_answer(), "exit      linux-rt.1      HVC, at ..0x1234"));
	operator_type("trace heart\r");
	assert_string_equal(operator_answer(),
	                    "[kumiki] heart hasn't ended yet; 'trace' alone shows what "
	                    "happens now");
	fake_life(2, LIFE_STOPPING);
	operator_type("trace heart\r");
	assert_non_null(strstr(operator_answer(), "exit      linux-rt.1      HVC, at ..0x1234"));
}

static void trace_one(uint8_t type, uint32_t esr)
{
	fake.trace[0].events[0] =
	    (struct trace_event){.head = (uint64_t)type << 56 | (uint64_t)2 << 48 |
	                                 ((fake.now - 625) & ((1ULL << 48) - 1)),
	                         .data = (uint64_t)esr << 32 | 0x1234};
	fake.trace[0].next = 1;
	operator_type("trace\r");
}

/*
 * As in the picture of a trace, a guest's access to an emulated device is no abort of the guest's.
 * A fault is.
 */
TEST(test_trace_of_a_device)
{
	operator_start();
	trace_one(TRACE_EXIT, 0x24u << 26 | 1u << 24 | 2u << 22 | 1u << 6);
	assert_non_null(strstr(operator_answer(),
	                       "linux-rt.1      device register, writes 4 bytes, at ..0x1234"));
	trace_one(TRACE_EXIT, 0x24u << 26 | 1u << 24);
	assert_non_null(strstr(operator_answer(), "device register, reads 1 byte, at ..0x1234"));
	trace_one(TRACE_EXIT, 0x24u << 26);
	assert_non_null(strstr(operator_answer(), "device register, at ..0x1234"));
	trace_one(TRACE_FAULT, 0x24u << 26 | 1u << 24);
	assert_non_null(strstr(operator_answer(), "data abort, at ..0x1234"));
}

/* ---- a life, commanded ---- */

static void obeys(uint64_t partition, uint64_t command)
{
	static const enum life_state then[] = {LIFE_RUNNING, LIFE_STOPPED, LIFE_RUNNING,
	                                       LIFE_SUSPENDED, LIFE_RUNNING};

	if (command == LIFE_RESTART || (command == LIFE_START && fake.told[1] == LIFE_START))
		fake_life((unsigned int)partition, LIFE_LOADING);
	fake_life((unsigned int)partition, then[command]);
}

TEST(test_commands_reach_the_frame)
{
	static const struct {
		const char *line;
		enum life_command command;
	} lines[] = {{"suspend linux-rt\r", LIFE_SUSPEND},
	             {"resume linux-rt\r", LIFE_RESUME},
	             {"restart linux-rt\r", LIFE_RESTART},
	             {"stop linux-rt\r", LIFE_STOP},
	             {"start linux-rt\r", LIFE_START}};

	operator_start();
	fake.obeys = obeys;
	for (unsigned int i = 0; i < 5; i++) {
		operator_type(lines[i].line);
		assert_int_equal(fake.tellings, i + 1);
		assert_int_equal(fake.told[0], 1);
		assert_int_equal(fake.told[1], lines[i].command);
		operator_prompt_is("");
	}
}

TEST(test_a_pointless_command_isnt_told_to_the_frame)
{
	operator_start();
	operator_type("resume linux\r");
	assert_string_equal(operator_answer(), "[kumiki] linux runs already");
	operator_type("start linux\r");
	assert_string_equal(operator_answer(), "[kumiki] linux runs already");
	fake_life(0, LIFE_STOPPED);
	operator_type("stop linux\r");
	assert_string_equal(operator_answer(), "[kumiki] linux is stopped already");
	operator_type("suspend linux\r");
	assert_string_equal(operator_answer(),
	                    "[kumiki] linux doesn't run: only what runs can be suspended");
	operator_type("resume linux\r");
	assert_string_equal(operator_answer(),
	                    "[kumiki] linux isn't suspended: there is nothing to resume");
	fake.tables.partitions[0].flags |= BUNDLE_NO_RESTART;
	operator_type("start linux\r");
	assert_string_equal(operator_answer(),
	                    "[kumiki] linux can't be started again: one of its devices can't "
	                    "be silenced");
	fake_life(0, LIFE_HELD);
	operator_type("start linux\r");
	assert_string_equal(operator_answer(),
	                    "[kumiki] linux is held as it crashed: restart it, or stop it");
	assert_int_equal(fake.tellings, 0);
}

TEST(test_a_partition_that_cannot_be_held_is_not_suspended)
{
	operator_start();
	fake.tables.partitions[0].flags |= BUNDLE_NO_SUSPEND;
	operator_type("suspend linux\r");
	assert_string_equal(operator_answer(),
	                    "[kumiki] linux can't be suspended: nothing holds its core of "
	                    "another architecture where it is; stop it");
	assert_int_equal(fake.tellings, 0);
	operator_type("stop linux\r");
	assert_int_equal(fake.tellings, 1);
}

/*
 * A partition that waits, is suspended, is held or begins again keeps the machine on, as in the
 * frame.
 *
 * Shows: operator.last.
 */
TEST(test_the_last_partition_stops_at_a_second_word)
{
	static const struct life_status alive[] = {{LIFE_WAITING, STOP_NONE, 1, 0},
	                                           {LIFE_SUSPENDED, STOP_NONE, 1, 0},
	                                           {LIFE_HELD, STOP_CRASH, 1, 0},
	                                           {LIFE_STOPPING, STOP_RESTART, 1, 0},
	                                           {LIFE_STOPPING, STOP_RESET, 1, 0}};
	static const unsigned int count = sizeof(alive) / sizeof(alive[0]);

	operator_start();
	fake.obeys = obeys;
	fake_life(1, LIFE_STOPPED);
	fake.tables.partitions[2].life.limit = 5;
	for (unsigned int i = 0; i < count; i++) {
		fake_event(2, &alive[i]);
		operator_type("stop linux\r");
		assert_int_equal(fake.tellings, i + 1);
		fake_life(0, LIFE_RUNNING);
	}
	fake_life(2, LIFE_STOPPED);
	operator_type("stop linux\r");
	assert_string_equal(operator_answer(),
	                    "[kumiki] linux is the last partition that isn't stopped: the machine "
	                    "goes off behind it; if it may, write 'stop linux off'");
	assert_int_equal(fake.shell.commands[LINE_PROMPT].status, 1);
	operator_type("stop linux of\r");
	assert_non_null(strstr(operator_answer(), "write it so: stop NAME [off]"));
	assert_int_equal(fake.tellings, count);
	operator_type("restart linux\r");
	operator_type("stop linux o\t\r");
	assert_true(operator_row_says("[kumiki] the machine goes off behind linux"));
	assert_int_equal(fake.tellings, count + 2);
	operator_prompt_is("");
}

/* A partition that is told to stop counts at once: both may stop in the same moment. */
TEST(test_two_partitions_that_stop_together)
{
	static const struct life_status ends[] = {{LIFE_STOPPING, STOP_COMMAND, 1, 0},
	                                          {LIFE_STOPPING, STOP_OFF, 1, 0},
	                                          {LIFE_STOPPING, STOP_RESET, 1, 5}};

	operator_start();
	fake_life(1, LIFE_STOPPED);
	fake.tables.partitions[2].life.limit = 5;
	fake.tables.partitions[2].life.at_limit = LIFE_DO_STOP;
	for (unsigned int i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		fake_event(2, &ends[i]);
		operator_type("stop linux\r");
		assert_non_null(strstr(operator_answer(), "linux is the last partition"));
	}
	assert_int_equal(fake.tellings, 0);
}

TEST(test_a_partition_that_another_line_stops_counts)
{
	static const char line[] = "stop heart";

	operator_start();
	fake_life(1, LIFE_STOPPED);
	command_begin(&fake.shell, 0, line, sizeof(line) - 1);
	fake_run(1);
	assert_int_equal(fake.tellings, 1);
	operator_type("stop linux\r");
	assert_non_null(strstr(operator_answer(), "linux is the last partition"));
	assert_int_equal(fake.tellings, 1);
}

TEST(test_a_machine_that_stays_on)
{
	operator_start();
	fake.obeys = obeys;
	operator_type("stop heart off\r");
	assert_true(operator_row_says(
	    "[kumiki] the machine stays on, as others aren't stopped, behind heart"));
	operator_type("stop linux-rt\r");
	fake.tables.header.flags |= BUNDLE_STAY_ON;
	operator_type("stop linux\r");
	assert_int_equal(fake.tellings, 3);
	fake_life(0, LIFE_RUNNING);
	operator_type("stop linux off\r");
	assert_true(operator_row_says(
	    "[kumiki] the machine stays on, as kumiki,stay-on says, behind linux"));
}

/* The partition has never run, as its first start was broken off. */
TEST(test_a_partition_that_never_ran_can_be_started)
{
	operator_start();
	fake.tables.partitions[0].flags |= BUNDLE_NO_RESTART;
	fake.box[0].events = 0;
	fake_event(0, &(struct life_status){LIFE_LOADING, STOP_NONE, 1, 0});
	fake_event(0, &(struct life_status){LIFE_STOPPED, STOP_COMMAND, 1, 0});
	operator_type("start linux\r");
	assert_int_equal(fake.tellings, 1);
	assert_int_equal(fake.told[1], LIFE_START);
	fake_event(0, &(struct life_status){LIFE_RUNNING, STOP_COMMAND, 2, 0});
	fake_event(0, &(struct life_status){LIFE_STOPPED, STOP_OFF, 2, 0});
	fake_run(20);
	operator_type("start linux\r");
	assert_int_equal(fake.tellings, 1);
}

/*
 * The prompt comes back when the command has been carried out. If that takes too long, the service
 * says so.
 */
TEST(test_a_command_waits_for_its_outcome)
{
	operator_start();
	operator_type("stop linux\r");
	fake_life(0, LIFE_STOPPING);
	operator_type("");
	assert_string_equal(terminal_row(&operator_terminal, operator_terminal.row), "");
	assert_false(fake.console.editor.open);
	fake_run(COMMAND_WAIT_MS + 1000);
	operator_show();
	assert_string_equal(operator_answer(),
	                    "[kumiki] linux is still stopping after 30 s; the result "
	                    "will be printed");
	operator_prompt_is("");
	operator_type("stop linux\r");
	fake_life(0, LIFE_STOPPED);
	operator_type("");
	operator_prompt_is("");
}
