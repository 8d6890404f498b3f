/*
 * How programs come and go, as the manifest says: one that is started on demand and leaves when
 * nobody uses it; one that crashes through all of its levels; one that a crash stops.
 */
#include <libc/expect.h>
#include <life/proto.h>
#include <servers/supervisor/policy.h>
#include <templates/programs.h>

static uint64_t ask_supervisor(uint64_t word[RTOS_WORDS])
{
	expect(sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK);
	return word[0];
}

static enum policy_state state_of(const char *name)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, programs_find(name)};

	expect(ask_supervisor(word) == SUPERVISOR_OK);
	return (enum policy_state)word[1];
}

static void use(const char *port, enum supervisor_operation what)
{
	uint64_t word[RTOS_WORDS] = {what, sys_given(RTOS_GIVEN_USE, port, 0)->address};

	expect(ask_supervisor(word) == SUPERVISOR_OK);
}

/* Until that start of a program is over. */
static void wait_for_end(const char *name, uint64_t start)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_WAIT, programs_find(name), start};

	expect(ask_supervisor(word) == SUPERVISOR_OK);
}

/* An answer with the number of its server's earlier starts, and its count. */
static void expect_answer(const char *port, enum life_operation what, uint64_t starts,
                          uint64_t count)
{
	uint64_t word[RTOS_WORDS] = {what};

	expect(sys_call(sys_given(RTOS_GIVEN_USE, port, 0)->handle, word, 0) == RTOS_OK);
	expect(word[0] == 0 && word[1] == starts && word[2] == count);
}

static void expect_nobody(const char *port, enum life_operation what)
{
	uint64_t word[RTOS_WORDS] = {what};

	expect(sys_call(sys_given(RTOS_GIVEN_USE, port, 0)->handle, word, 0) == RTOS_NO_SERVER);
}

/* Its server loses its kept memory. This waiting call ends with that news. */
static void expect_anew(const char *port, enum life_operation what)
{
	uint64_t word[RTOS_WORDS] = {what};

	expect(sys_call(sys_given(RTOS_GIVEN_USE, port, 0)->handle, word, 0) == RTOS_NEW_EPOCH);
}

/* ---- on demand ---- */

static void test_demand(void)
{
	const uint64_t lazy = programs_find("lazy");
	uint64_t closed;

	expect(state_of("lazy") == POLICY_RESTS && programs_starts(lazy) == 0);
	use("lazy", SUPERVISOR_OPEN);
	expect_answer("lazy", LIFE_COUNT, 0, 1);
	sys_sleep(3 * LIFE_LEAVE_MS);
	expect_answer("lazy", LIFE_COUNT, 0, 2); /* it stays as long as it is used */
	closed = sys_now();
	use("lazy", SUPERVISOR_CLOSE);
	wait_for_end("lazy", 1);
	expect(sys_now() - closed >= sys_ticks(LIFE_LEAVE_MS - 1));
	expect(state_of("lazy") == POLICY_RESTS);
	use("lazy", SUPERVISOR_OPEN);
	expect_answer("lazy", LIFE_COUNT, 1, 3); /* its kept memory is there */
	expect_answer("lazy", LIFE_FAULT, 2, 3); /* a crash isn't the end of a use */
	use("lazy", SUPERVISOR_CLOSE);
	wait_for_end("lazy", 3);
	expect(state_of("lazy") == POLICY_RESTS);
}

/* A user's end is the end of its use. */
static void test_user_ends(void)
{
	expect(programs_start(programs_find("user")) == SUPERVISOR_OK);
	wait_for_end("user", 2);
	wait_for_end("lazy", 4);
	expect(state_of("lazy") == POLICY_RESTS);
	use("lazy", SUPERVISOR_OPEN);
	expect_answer("lazy", LIFE_COUNT, 4, 5); /* the user counted, too */
	use("lazy", SUPERVISOR_CLOSE);
}

/* ---- levels ---- */

/* The time that its client waits for its successor. */
static uint64_t fault(uint64_t starts, uint64_t count)
{
	const uint64_t before = sys_now();

	expect_answer("frail", LIFE_FAULT, starts, count);
	return sys_now() - before;
}

static void test_levels(void)
{
	expect_answer("frail", LIFE_COUNT, 0, 1);
	expect(fault(1, 1) < sys_ticks(LIFE_DELAY_MS / 2)); /* the first one waits for nothing */
	expect_answer("frail", LIFE_COUNT, 1, 2);
	expect(fault(2, 2) >= sys_ticks(LIFE_DELAY_MS - 1));
	expect_answer("frail", LIFE_COUNT, 2, 3);
	expect_anew("frail", LIFE_FAULT); /* the next level */
	expect_answer("frail", LIFE_COUNT, 3, 1);
	expect_anew("frail", LIFE_FAULT);
	expect_answer("frail", LIFE_COUNT, 4, 1);
	expect_nobody("frail", LIFE_FAULT); /* given up, in the middle of a call */
	expect(state_of("frail") == POLICY_GIVEN_UP);
	expect_nobody("frail", LIFE_COUNT);
	expect(programs_start(programs_find("frail")) == SUPERVISOR_OK);
	expect_answer("frail", LIFE_COUNT, 5, 2);
	(void)fault(6, 2); /* on the first level again: it is kept */
}

static void test_stop(void)
{
	expect_answer("brittle", LIFE_COUNT, 0, 1);
	expect_nobody("brittle", LIFE_FAULT);
	expect(state_of("brittle") == POLICY_STOPPED);
	expect(programs_start(programs_find("brittle")) == SUPERVISOR_OK);
	expect_answer("brittle", LIFE_COUNT, 1, 2);
}

int main(void)
{
	test_demand();
	test_user_ends();
	test_levels();
	test_stop();
	return expect_end();
}
