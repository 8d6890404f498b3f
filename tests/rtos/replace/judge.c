/*
 * Servers that are replaced while clients call them without a pause (docs/rtos/replace.md): by a
 * version with another record, by versions that fail at each step, and while supervisor, loader or
 * server end at any moment. No client sees an error, and no call is lost or carried out twice.
 */
#include <libc/expect.h>
#include <pthread.h>
#include <replace/counter.h>
#include <rtos/heir.h>
#include <rtos/run.h>
#include <stdio.h>
#include <stdlib.h>
#include <templates/programs.h>

#define ADDS   30 /* of each client, before and after a step */
#define PAUSES 10 /* replacements that are timed */

static uint32_t counter;
static uint64_t took; /* ticks: a whole replacement, from laying out on, at the most */

static struct order *order(void)
{
	return (void *)sys_given(RTOS_GIVEN_WINDOW, "order", 0)->address;
}

static const volatile struct tally *tally(int client)
{
	return (void *)sys_given(RTOS_GIVEN_WINDOW, client ? "tally2" : "tally1", 0)->address;
}

/* Each client goes on for a while, without an error. */
static void clients_go_on(void)
{
	for (int i = 0; i < CLIENTS; i++) {
		const uint64_t before = tally(i)->adds;

		while (tally(i)->adds < before + ADDS && tally(i)->wrong == 0)
			sys_sleep(1);
		expect(tally(i)->wrong == 0);
	}
}

static uint64_t version(void)
{
	uint64_t word[RTOS_WORDS] = {COUNTER_VERSION};

	expect(sys_call(sys_given(RTOS_GIVEN_USE, "counter", 0)->handle, word, 0) == RTOS_OK);
	return word[1];
}

static enum supervisor_answer ordered(uint32_t program, uint64_t word[RTOS_WORDS])
{
	word[0] = SUPERVISOR_REPLACE;
	word[1] = program;
	expect(sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK);
	return (enum supervisor_answer)word[0];
}

static enum supervisor_answer replace(uint32_t program, const char *path, uint64_t word[RTOS_WORDS])
{
	expect(run_lay(path, program) == LOADER_OK);
	return ordered(program, word);
}

static void kill_it(uint32_t program)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_COMMAND, program, SUPERVISOR_DO_KILL};

	expect(sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK &&
	       word[0] == SUPERVISOR_OK);
}

/* The version crashes soon after it began, so the boot image's comes back. */
static void back(void)
{
	if (version() == COUNTER_NEW_VERSION)
		kill_it(counter);
	expect(version() == COUNTER_OLD_VERSION);
}

static void test_refusals(void)
{
	uint64_t word[RTOS_WORDS] = {0};
	const uint32_t client = (uint32_t)programs_find("client1");

	expect(ordered(counter, word) == SUPERVISOR_NO_VERSION);
	expect(run_lay("/boot/nothing", counter) == LOADER_NO_FILE);
	expect(run_lay("/boot/text", counter) == LOADER_NOT_ELF);
	expect(run_lay("/boot/empty", counter) == LOADER_NOT_ELF);
	expect(run_lay("/boot/pie.elf", counter) == LOADER_NOT_STATIC);
	expect(run_lay("/boot/bin/replace-none", client) == LOADER_NO_PROGRAM);
	expect(run_lay("/boot/bin/replace-none", 1000) == LOADER_DENIED);
	expect(run_lay("/boot/bin/replace-judge", (uint32_t)programs_find("breaker")) ==
	       LOADER_TOO_LARGE);
	expect(run_lay("a path of more characters than go into a message", counter) == LOADER_BAD);
	expect(run_lay("/boot/bin/bootfs", (uint32_t)programs_find("bootfs")) == LOADER_OK);
	expect(ordered((uint32_t)programs_find("bootfs"), word) == SUPERVISOR_DENIED);
	expect(ordered(counter, word) == SUPERVISOR_NO_VERSION);
	expect(version() == COUNTER_OLD_VERSION);
}

/* The report about a version that fails. The former one serves again, with all counts. */
static void fails(const char *path, uint64_t state, uint64_t value)
{
	uint64_t word[RTOS_WORDS] = {0};

	expect(replace(counter, path, word) == SUPERVISOR_FAILED);
	expect(word[1] == state && (value == 0 || word[2] == value));
	expect(version() == COUNTER_OLD_VERSION);
	clients_go_on();
}

static void test_failures(void)
{
	uint64_t word[RTOS_WORDS] = {0};
	uint64_t starts;

	fails("/boot/bin/replace-start", RTOS_PROCESS_FAULTED, 0);
	fails("/boot/bin/replace-convert", RTOS_PROCESS_FAULTED, 0);
	fails("/boot/bin/replace-probe", RTOS_PROCESS_EXITED, HEIR_NO_PROBE);
	fails("/boot/bin/replace-client", RTOS_PROCESS_FAULTED, 0);
	starts = programs_starts(counter);
	expect(replace(counter, "/boot/bin/replace-after", word) == SUPERVISOR_OK);
	clients_go_on();
	expect(programs_starts(counter) == starts + 2);
	expect(version() == COUNTER_OLD_VERSION);
}

static void *in_vain(void *unused)
{
	fails("/boot/bin/replace-wait", RTOS_PROCESS_KILLED, 0);
	return unused;
}

/* One that isn't well after a second is given up; meanwhile nobody else is replaced. */
static void test_one_at_a_time(void)
{
	const uint64_t starts = programs_starts(counter);
	uint64_t word[RTOS_WORDS] = {0};
	pthread_t thread;

	expect(pthread_create(&thread, NULL, in_vain, NULL) == 0);
	while (programs_starts(counter) == starts)
		sys_sleep(1);
	expect(run_lay("/boot/bin/replace-none", counter) == LOADER_BUSY);
	expect(ordered(counter, word) == SUPERVISOR_BUSY);
	expect(pthread_join(thread, NULL) == 0);
}

static void *restarted_meanwhile(void *unused)
{
	uint64_t word[RTOS_WORDS] = {0};

	expect(replace(counter, "/boot/bin/replace-wait", word) == SUPERVISOR_FAILED);
	return unused;
}

/* A manager restarts the program before the new version is well: its time goes on. */
static void test_restarted(void)
{
	const uint64_t starts = programs_starts(counter);
	pthread_t thread;

	expect(pthread_create(&thread, NULL, restarted_meanwhile, NULL) == 0);
	while (programs_starts(counter) == starts)
		sys_sleep(1);
	expect(programs_restart(counter) == SUPERVISOR_OK);
	expect(pthread_join(thread, NULL) == 0);
	clients_go_on();
	expect(version() == COUNTER_OLD_VERSION);
}

static uint64_t longest(void)
{
	const uint64_t one = tally(0)->longest, other = tally(1)->longest;

	return one > other ? one : other;
}

static int shorter(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* The longest call of either client, of which one waits at any moment. */
static void test_pauses(void)
{
	uint64_t pauses[PAUSES];

	for (int i = 0; i < PAUSES; i++) {
		uint64_t word[RTOS_WORDS] = {0};
		const uint64_t began = sys_now();

		order()->round++;
		expect(replace(counter, "/boot/bin/replace-none", word) == SUPERVISOR_OK);
		took = sys_now() - began > took ? sys_now() - began : took;
		clients_go_on();
		pauses[i] = longest() * (1000000000 / sys_hertz());
		expect(version() == COUNTER_NEW_VERSION);
		back();
		clients_go_on();
	}
	qsort(pauses, PAUSES, sizeof(pauses[0]), shorter);
	printf("FIGURE replace.whole %lu\n", (unsigned long)(took * (1000000000 / sys_hertz())));
	printf("FIGURE replace.bytes %lu\n", (unsigned long)sizeof(struct counter_old));
	printf("FIGURE replace.pause.median %lu\n", (unsigned long)pauses[PAUSES / 2]);
	printf("FIGURE replace.pause %lu\n", (unsigned long)pauses[PAUSES - 1]);
}

/* Again and again, each version by the next one; an ordered restart gives it a new process. */
static void test_many(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	for (int i = 0; i < 3; i++) {
		expect(replace(counter, "/boot/bin/replace-none", word) == SUPERVISOR_OK);
		clients_go_on();
		expect(programs_restart(counter) == SUPERVISOR_OK);
		clients_go_on();
		expect(version() == COUNTER_NEW_VERSION);
	}
	back();
}

/* A driver and the loader are replaced by versions with the same record. */
static void test_others(void)
{
	static const char *const names[] = {"console", "loader"};
	static const char *const paths[] = {"/boot/bin/console", "/boot/bin/loader"};

	for (int i = 0; i < 2; i++) {
		const uint32_t program = (uint32_t)programs_find(names[i]);
		const uint64_t starts = programs_starts(program);
		uint64_t word[RTOS_WORDS] = {0};

		expect(replace(program, paths[i], word) == SUPERVISOR_OK);
		expect(programs_starts(program) == starts + 1);
		printf("%s was replaced\n", names[i]);
		kill_it(program);
		while (programs_starts(program) < starts + 2)
			sys_sleep(1);
	}
}

static void break_in(enum breaker_what what, uint64_t ticks)
{
	uint64_t word[RTOS_WORDS] = {BREAKER_AT, ticks, what};

	expect(sys_call(sys_given(RTOS_GIVEN_USE, "breaker", 0)->handle, word, 0) == RTOS_OK);
}

/* Somebody ends at a moment of a replacement. Whichever version serves then, nothing is lost. */
static void test_broken(uint64_t rounds)
{
	uint64_t random = 1, replaced = 0, failed = 0;

	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t word[RTOS_WORDS] = {0};
		enum supervisor_answer answer;

		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		break_in((enum breaker_what)(i % BREAKER_KINDS), (random >> 33) % took);
		while (run_lay("/boot/bin/replace-none", counter) == LOADER_BUSY)
			sys_sleep(1);
		answer = ordered(counter, word);
		expect(answer == SUPERVISOR_OK || answer == SUPERVISOR_FAILED ||
		       answer == SUPERVISOR_NO_VERSION || answer == SUPERVISOR_NOT_QUIET ||
		       answer == SUPERVISOR_NO_SERVER);
		replaced += answer == SUPERVISOR_OK;
		failed += answer != SUPERVISOR_OK;
		sys_sleep(took * 1000 / sys_hertz() + 1); /* the breaker has broken */
		clients_go_on();
		back();
	}
	printf("broken in %lu times: %lu were replaced, %lu not\n", (unsigned long)rounds,
	       (unsigned long)replaced, (unsigned long)failed);
}

int main(int argc, char **argv)
{
	struct programs_memory before;

	counter = (uint32_t)programs_find("counter");
	clients_go_on();
	test_refusals();
	test_failures();
	before = programs_memory();
	test_one_at_a_time();
	test_restarted();
	if (argc > 2) /* it takes a second of computing */
		fails("/boot/bin/replace-loop", RTOS_PROCESS_KILLED, 0);
	test_pauses();
	test_many();
	test_others();
	test_broken(argc > 1 ? strtoul(argv[1], NULL, 10) : 1);
	/* After its own restart the supervisor has two pages more until the loader's next one. */
	expect(programs_memory().pages >= before.pages);
	expect(programs_memory().handles == before.handles);
	return expect_end();
}
