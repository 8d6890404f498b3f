/*
 * Chooses the instants for faults, and sees their outcome. It preempts the running program at any
 * instruction. Then the host puts the fault in (tests/system/server_campaign.py): it has a
 * breakpoint at RTOS_YIELD, which no other program calls.
 */
#include <campaign/proto.h>
#include <lib/string.h>
#include <proto/supervisor.h>
#include <rtos/sys.h>

#define SABOTEUR_CLIENTS  2
#define SABOTEUR_ANSWERS  4 /* of each client, before the server is made fresh */
#define SABOTEUR_LIMIT_MS 500
#define SABOTEUR_LOOKS    16000 /* at the clients, within the limit */
#define SABOTEUR_PROGRAMS 64
/* Ticks of the counter from setting a timer to a stop, by the host's time for an instruction. */
#define SABOTEUR_TICKS      64
#define SABOTEUR_SLOW_TICKS (8 * SABOTEUR_TICKS)

struct outcome {
	uint64_t answers[SABOTEUR_CLIENTS], errors, wrong, starts, level, lost;
};

static uint64_t saboteur_seed;
static uint64_t saboteur_managed[SABOTEUR_PROGRAMS]; /* numbers of the programs that it manages */
static uint32_t saboteur_count_managed;
static uint64_t saboteur_worker; /* the number of the one that the fault is put into */
/* Milliseconds: within which the clients go on, and from a fault to the first look. The first two
 * arguments set them. With a time to settle, clients make pauses but while a fault is put in. */
static uint64_t saboteur_limit_ms = SABOTEUR_LIMIT_MS, saboteur_settle_ms;

static rtos_handle_t saboteur_timer;

static uint64_t saboteur_random(uint64_t below)
{
	saboteur_seed = saboteur_seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (saboteur_seed >> 33) % below;
}

/*
 * QEMU believes that a CPU which a debugger has stopped sleeps, and goes on to the next deadline of
 * the machine before it stops time, too: so there is one right behind the stop.
 */
static void saboteur_stop(enum campaign_stop stop, struct sys_registers *call)
{
	struct sys_registers set = {
	    .x = {[8] = RTOS_TIMER_SET,
	          [9] = saboteur_timer,
	          [10] = sys_now() +
	                 (saboteur_settle_ms != 0 ? SABOTEUR_SLOW_TICKS : SABOTEUR_TICKS)}};

	sys_svc(&set);
	call->x[0] = stop;
	call->x[8] = RTOS_YIELD;
	sys_svc(call);
}

/* False: the supervisor didn't answer. */
static bool saboteur_supervisor(uint64_t operation, uint64_t first, uint64_t second,
                                uint64_t word[RTOS_WORDS])
{
	word[0] = operation;
	word[1] = first;
	word[2] = second;
	return sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word,
	                sys_now() + sys_ticks(SABOTEUR_LIMIT_MS)) == RTOS_OK &&
	       word[0] == SUPERVISOR_OK;
}

/* No program waits for its signal. */
static void saboteur_make_timer(void)
{
	uint64_t notification = 0, timer = 0;

	(void)sys_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &notification);
	(void)sys_do(RTOS_TIMER_CREATE, (rtos_handle_t)notification, 1, 0, 0, 0, 0, &timer);
	saboteur_timer = (rtos_handle_t)timer;
}

/* Those that it manages. It doesn't restart them by asking, as they are running already. */
static void saboteur_find_managed(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	for (uint64_t i = 0; i < SABOTEUR_PROGRAMS; i++)
		if (saboteur_supervisor(SUPERVISOR_COMMAND, i, SUPERVISOR_DO_START, word))
			saboteur_managed[saboteur_count_managed++] = i;
	saboteur_worker = saboteur_managed[0];
}

static uint64_t saboteur_number(const char *argument)
{
	uint64_t number = 0;

	while (*argument >= '0' && *argument <= '9')
		number = number * 10 + (uint64_t)(*argument++ - '0');
	return number;
}

static void saboteur_read_arguments(void)
{
	uint32_t count;
	const char *argument = sys_arguments(&count);

	if (count < 2)
		return;
	saboteur_limit_ms = saboteur_number(argument);
	saboteur_settle_ms = saboteur_number(argument + string_length(argument) + 1);
}

static volatile struct work_progress *saboteur_client(uint32_t client)
{
	return (volatile struct work_progress *)sys_given(RTOS_GIVEN_WINDOW, NULL, client)->address;
}

static void saboteur_hurry(bool hurry)
{
	for (uint32_t i = 0; i < SABOTEUR_CLIENTS && saboteur_settle_ms != 0; i++)
		saboteur_client(i)->hurry = hurry;
}

/* Starts and levels of those that it manages. False: the supervisor didn't answer. */
static bool saboteur_programs(uint64_t *starts, uint64_t *level)
{
	uint64_t word[RTOS_WORDS] = {0};

	*starts = *level = 0;
	for (uint32_t i = 0; i < saboteur_count_managed; i++) {
		if (!saboteur_supervisor(SUPERVISOR_STATE, saboteur_managed[i], 0, word))
			return false;
		*starts += word[3];
		*level |= word[2];
	}
	return true;
}

/* False: the supervisor didn't answer. */
static bool saboteur_look(struct outcome *outcome)
{
	uint64_t starts, level;
	const bool answered = saboteur_programs(&starts, &level);

	*outcome = (struct outcome){.starts = starts, .level = level};
	for (uint32_t i = 0; i < SABOTEUR_CLIENTS; i++) {
		outcome->answers[i] = saboteur_client(i)->answers;
		outcome->errors += saboteur_client(i)->errors;
		outcome->wrong += saboteur_client(i)->wrong;
		outcome->lost += saboteur_client(i)->lost;
	}
	return answered;
}

/* The number of their answers until now. */
static void saboteur_count(struct outcome *outcome)
{
	for (uint32_t i = 0; i < SABOTEUR_CLIENTS; i++)
		outcome->answers[i] = saboteur_client(i)->answers;
}

/* Waits for so many answers of each client, or (0) for a round. */
static bool saboteur_clients_went_on(const struct outcome *since, uint64_t answers)
{
	bool all = true;

	for (uint32_t i = 0; i < SABOTEUR_CLIENTS; i++)
		all = all && saboteur_client(i)->answers - since->answers[i] >=
		                 (answers != 0 ? answers : saboteur_client(i)->round);
	return all;
}

/* False: it took too long. */
static bool saboteur_wait_for_clients(const struct outcome *since, uint64_t answers)
{
	const uint64_t limit = sys_now() + sys_ticks(saboteur_limit_ms);

	while (!saboteur_clients_went_on(since, answers)) {
		if (sys_now() >= limit)
			return false;
		(void)sys_wait(0, sys_now() + sys_ticks(saboteur_limit_ms) / SABOTEUR_LOOKS);
	}
	return true;
}

/* At a random instruction of the running program, mostly while there is work. */
static enum campaign_answer saboteur_put_in(uint64_t most)
{
	struct sys_registers call = {.x = {0}};

	for (uint64_t i = saboteur_random(64); i > 0; i--)
		__asm__ volatile("");
	(void)sys_wait(0, sys_now() + 1 + saboteur_random(most));
	saboteur_stop(CAMPAIGN_FAULT, &call);
	saboteur_worker = saboteur_managed[call.x[1] % SABOTEUR_PROGRAMS];
	return (enum campaign_answer)call.x[0];
}

static void saboteur_restart(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	(void)saboteur_supervisor(SUPERVISOR_COMMAND, saboteur_worker, SUPERVISOR_DO_RESTART, word);
}

/* Until it is in. */
static void saboteur_begin(void)
{
	enum campaign_answer answer =
	    saboteur_put_in(saboteur_random(2) ? sys_ticks(1) / 32 : sys_ticks(1) / 2);

	while (answer == CAMPAIGN_AGAIN || answer == CAMPAIGN_SOON) {
		if (answer == CAMPAIGN_SOON)
			saboteur_restart();
		answer = saboteur_put_in(sys_ticks(1) / 16);
	}
	if (answer == CAMPAIGN_KILL)
		saboteur_restart();
}

/* Fresh for the next fault. */
static bool saboteur_renew(uint64_t starts)
{
	const uint64_t limit = sys_now() + sys_ticks(saboteur_limit_ms);
	uint64_t word[RTOS_WORDS] = {0}, now, level;

	if (!saboteur_supervisor(SUPERVISOR_COMMAND, saboteur_worker, SUPERVISOR_DO_RESTART, word))
		return false;
	do {
		if (sys_now() >= limit || !saboteur_programs(&now, &level))
			return false;
		(void)sys_wait(0, sys_now() + sys_ticks(saboteur_limit_ms) / SABOTEUR_LOOKS);
	} while (now == starts);
	return true;
}

/*
 * Dormant damage in the server's kept memory shows when a fresh server takes it over, and when the
 * clients check all of their data. It belongs to this fault, too. False: they don't go on.
 */
static bool saboteur_dormant(struct outcome *outcome)
{
	const uint64_t starts = outcome->starts;
	bool went_on = saboteur_renew(starts);

	saboteur_count(outcome);
	went_on = went_on && saboteur_wait_for_clients(outcome, 0);
	went_on = saboteur_look(outcome) && went_on;
	outcome->starts -= outcome->starts > starts;
	return went_on;
}

/* False: nothing more can be tried on this machine. It is lost; or the server fell to another of
 * its levels, where a crash has other consequences than on the first one. */
static bool saboteur_fault(void)
{
	struct sys_registers call = {.x = {0}};
	struct outcome before, after;
	bool went_on = saboteur_look(&before);
	const uint64_t start = sys_now();

	saboteur_hurry(true);
	saboteur_begin();
	saboteur_hurry(false);
	saboteur_count(&before);
	if (saboteur_settle_ms != 0)
		sys_sleep(saboteur_settle_ms);
	went_on = saboteur_wait_for_clients(&before, SABOTEUR_ANSWERS) && went_on;
	call.x[5] = sys_now() - start;
	went_on = saboteur_look(&after) && went_on;
	went_on = went_on && saboteur_dormant(&after);
	call.x[1] = !went_on;
	call.x[2] = after.wrong - before.wrong;
	call.x[3] = after.errors - before.errors;
	call.x[4] = after.starts - before.starts;
	call.x[6] = after.lost - before.lost;
	for (uint32_t i = 0; i < SABOTEUR_CLIENTS && saboteur_settle_ms != 0; i++) {
		if (call.x[7] == 0)
			call.x[7] = saboteur_client(i)->trouble;
		saboteur_client(i)->trouble = 0;
	}
	saboteur_stop(CAMPAIGN_RESULT, &call);
	return went_on && after.level == 0;
}

int main(void)
{
	struct sys_registers call = {.x = {0}};
	uint64_t first[RTOS_WORDS] = {0}, last[RTOS_WORDS] = {0};
	struct outcome begin;
	bool good = true;

	saboteur_make_timer();
	saboteur_read_arguments();
	saboteur_find_managed();
	(void)saboteur_look(&begin);
	(void)saboteur_wait_for_clients(&begin, SABOTEUR_ANSWERS);
	(void)saboteur_supervisor(SUPERVISOR_MEMORY, 0, 0, first);
	saboteur_stop(CAMPAIGN_BEGINS, &call);
	saboteur_seed = call.x[0];
	for (uint64_t i = call.x[1]; i > 0 && good; i--)
		good = saboteur_fault();
	(void)saboteur_supervisor(SUPERVISOR_MEMORY, 0, 0, last);
	call.x[1] = first[1] - last[1];
	call.x[2] = last[3] - first[3];
	saboteur_stop(CAMPAIGN_ENDS, &call);
	return 0;
}
