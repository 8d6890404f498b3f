/*
 * Judges the supervisor from a client's side: whatever the victim does, each call is answered once,
 * with the right answer, or with the one error that is promised. Prints its results on the console,
 * and ends with "judge: N passed, M failed".
 */
#include <lib/string.h>
#include <proto/console.h>
#include <proto/supervisor.h>
#include <rtos/console.h>
#include <rtos/sys.h>
#include <servers/proto.h>

#define JUDGE_ROUNDS 1000

static uint32_t judge_passed, judge_failed;
static uint64_t judge_number;
static uint64_t judge_starts;                           /* of the victim, as its last answer says */
static uint64_t judge_fault_worst, judge_console_worst; /* the counter's ticks */

static void judge_expect(bool good, const char *what, uint64_t value)
{
	struct text text = {.length = 0};

	if (good) {
		judge_passed++;
		return;
	}
	judge_failed++;
	text_add(&text, "judge: failed: ");
	text_add(&text, what);
	text_add(&text, ", was ");
	text_hex(&text, value);
	text_add(&text, "\n");
	(void)console_print(&text);
}

/* The answer's words stay in `word`. */
static enum rtos_status judge_ask(enum victim_operation operation, uint64_t word[RTOS_WORDS])
{
	word[0] = operation;
	word[1] = ++judge_number;
	return sys_call(sys_given(RTOS_GIVEN_USE, "victim", 0)->handle, word, 0);
}

/* Each earlier delivery has ended the victim. Where a host's pause is the victim's, too, that may
 * end it while it is well; follow() in test_rtos_servers.py counts the ends. */
static void judge_deliveries(const uint64_t word[RTOS_WORDS], uint64_t least, const char *what)
{
	judge_expect(word[3] >= least && word[3] <= word[2] - judge_starts, what, word[3]);
	judge_starts = word[2];
}

/* The server dies of it, and the caller sees nothing but the answer of the next one. */
static void judge_survives(enum victim_operation operation, const char *what)
{
	uint64_t word[RTOS_WORDS] = {0};
	const enum rtos_status status = judge_ask(operation, word);

	judge_expect(status == RTOS_OK, what, status);
	judge_expect(word[1] == judge_number + 1, "the number", word[1]);
	judge_deliveries(word, 1, "one delivery before");
}

static void judge_echo(void)
{
	uint64_t word[RTOS_WORDS] = {0};
	const enum rtos_status status = judge_ask(VICTIM_ECHO, word);

	judge_expect(status == RTOS_OK && word[1] == judge_number + 1, "echo", status);
	judge_deliveries(word, 0, "no delivery before");
}

/* A call counts once, though it was delivered twice. The counts outlive each crash. */
static void judge_counts(void)
{
	for (uint64_t i = 1; i <= 3; i++) {
		uint64_t word[RTOS_WORDS] = {0};

		(void)judge_ask(VICTIM_COUNT, word);
		judge_expect(word[4] == i, "the kept count", word[4]);
		judge_deliveries(word, 1, "counted by one before");
	}
}

/* A call that kills each server is set aside; the next one is answered as ever. */
static void judge_deadly(void)
{
	uint64_t word[RTOS_WORDS] = {0};
	const enum rtos_status status = judge_ask(VICTIM_DEADLY, word);

	judge_expect(status == RTOS_SET_ASIDE, "a deadly call's status", status);
	judge_echo();
}

static void judge_say_worst(const char *what, uint64_t ticks)
{
	struct text text = {.length = 0};

	text_add(&text, what);
	text_number(&text, ticks * (1000000000 / sys_program->counter_hz));
	text_add(&text, " ns\n");
	(void)console_print(&text);
}

static uint64_t judge_supervisor(uint64_t operation, uint64_t first, uint64_t second,
                                 uint64_t word[RTOS_WORDS])
{
	word[0] = operation;
	word[1] = first;
	word[2] = second;
	(void)sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0);
	return word[0];
}

/* Nothing is lost, nothing leaks. And how long a client waits for the answer at the most. */
static void judge_many(void)
{
	uint64_t before[RTOS_WORDS] = {0}, after[RTOS_WORDS] = {0}, worst = 0;

	(void)judge_supervisor(SUPERVISOR_MEMORY, 0, 0, before);
	for (uint32_t i = 0; i < JUDGE_ROUNDS; i++) {
		const uint64_t start = sys_now();

		judge_survives(VICTIM_FAULT, "a fault among many");
		worst = sys_now() - start > worst ? sys_now() - start : worst;
		judge_echo();
	}
	(void)judge_supervisor(SUPERVISOR_MEMORY, 0, 0, after);
	judge_expect(after[1] == before[1], "pages that leaked", before[1] - after[1]);
	judge_expect(after[3] == before[3], "handles that leaked", after[3] - before[3]);
	judge_fault_worst = worst;
}

/* It has no rights but the manifest's. */
static void judge_rights(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	judge_expect(judge_supervisor(SUPERVISOR_COMMAND, sys_program->number, 1, word) ==
	                 SUPERVISOR_DENIED,
	             "a command to itself", word[0]);
	judge_expect(judge_supervisor(SUPERVISOR_COMMAND, 64, 1, word) == SUPERVISOR_BAD,
	             "a command to nobody", word[0]);
	judge_expect(judge_supervisor(SUPERVISOR_STATE, 0, 0, word) == SUPERVISOR_BAD,
	             "the state of init", word[0]);
	judge_expect(judge_supervisor(77, 0, 0, word) == SUPERVISOR_BAD, "no operation", word[0]);
	judge_expect(sys_do(RTOS_PRINT, RTOS_HANDLE_MACHINE, 0, 0, 0, 0, 0, NULL) != RTOS_OK,
	             "the machine", 0);
}

/* The program's number, by its name; 64: there is none. */
static uint64_t judge_find(const char *name)
{
	uint64_t word[RTOS_WORDS] = {0}, wanted[2] = {0};

	memcpy(wanted, name, string_length(name));
	for (uint64_t i = 0; i < 64; i++)
		if (judge_supervisor(SUPERVISOR_STATE, i, 0, word) == SUPERVISOR_OK &&
		    word[5] == wanted[0] && word[6] == wanted[1])
			return i;
	return 64;
}

/* Where a host's pause is a program's, too, the supervisor may believe that it hangs: its words
 * about that would come into the middle of what this program says from now on. */
static void judge_stops_victim(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	judge_expect(judge_supervisor(SUPERVISOR_COMMAND, judge_find("victim"), SUPERVISOR_DO_STOP,
	                              word) == SUPERVISOR_OK,
	             "the victim's stop", word[0]);
}

/* It manages the console: a driver that is restarted under its clients' hands. */
static void judge_restarts_console(void)
{
	const uint64_t console = judge_find("console");
	uint64_t word[RTOS_WORDS] = {0}, starts, worst = 0;

	(void)judge_supervisor(SUPERVISOR_STATE, console, 0, word);
	starts = word[3];
	for (uint64_t i = 1; i <= 5; i++) {
		const uint64_t before = sys_now();

		judge_expect(judge_supervisor(SUPERVISOR_COMMAND, console, SUPERVISOR_DO_RESTART,
		                              word) == SUPERVISOR_OK,
		             "a restart of the console", word[0]);
		judge_expect(console_write("judge: still there\n", 19) == RTOS_OK, "writing", 0);
		worst = sys_now() - before > worst ? sys_now() - before : worst;
		(void)judge_supervisor(SUPERVISOR_STATE, console, 0, word);
		judge_expect(word[3] == starts + i, "the console's starts", word[3]);
	}
	judge_console_worst = worst;
}

/*
 * A reader may give up waiting for input any number of times. It may ask again, and so may others.
 */
static void judge_reads_in_vain(void)
{
	char bytes[CONSOLE_TEXT];
	size_t count = 0;

	for (uint64_t i = 0; i < 40; i++) {
		const uint64_t soon = sys_now() + sys_ticks(1);

		judge_expect(console_read_until(bytes, &count, soon) == RTOS_TIMED_OUT,
		             "a read in vain", i);
	}
}

/* A line from the console, by its driver's interrupts, told again. */
static void judge_reads(void)
{
	struct text text = {.length = 0};
	char bytes[CONSOLE_TEXT + 1] = "";
	size_t count = 0;

	(void)console_write("judge: type a line\n", 19);
	text_add(&text, "judge: read '");
	while (bytes[0] != '\r') {
		const enum rtos_status status = console_read(bytes, &count);

		judge_expect(status == RTOS_OK && count > 0, "reading", status);
		for (size_t i = 0; i < count && bytes[i] != '\r'; i++) {
			const char one[2] = {bytes[i], 0};

			text_add(&text, one);
		}
		bytes[0] = bytes[count - 1];
	}
	text_add(&text, "'\n");
	(void)console_print(&text);
}

/* The moment when the manifest's last program begins, and the memory of the whole system then. */
static void judge_begins(uint64_t now)
{
	uint64_t word[RTOS_WORDS] = {0};
	struct text text = {.length = 0};

	(void)judge_supervisor(SUPERVISOR_MEMORY, 0, 0, word);
	text_add(&text, "judge: begins after ");
	text_number(&text, now * (1000000000 / sys_program->counter_hz));
	text_add(&text, " ns; ");
	text_number(&text, word[1]);
	text_add(&text, " pages are free\n");
	(void)console_print(&text);
}

int main(void)
{
	const uint64_t now = sys_now();
	struct text text = {.length = 0};

	judge_begins(now);
	judge_echo();
	judge_survives(VICTIM_FAULT, "a fault");
	judge_survives(VICTIM_EXIT, "an exit");
	judge_survives(VICTIM_HANG, "a hang");
	judge_survives(VICTIM_LOSE, "a call that isn't answered");
	judge_survives(VICTIM_SPIN, "a run-away");
	judge_survives(VICTIM_BREAK, "an illegal call");
	judge_survives(VICTIM_GREEDY, "a broken quota");
	judge_counts();
	judge_deadly();
	judge_many();
	judge_rights();
	judge_stops_victim();
	judge_restarts_console();
	judge_reads_in_vain();
	judge_say_worst("judge: a fault costs its client at most ", judge_fault_worst);
	judge_say_worst("judge: a new console driver has written after at most ",
	                judge_console_worst);
	judge_reads();
	text_add(&text, "tests: ");
	text_number(&text, judge_passed);
	text_add(&text, " passed, ");
	text_number(&text, judge_failed);
	text_add(&text, " failed\n");
	(void)console_print(&text);
	return judge_failed != 0;
}
