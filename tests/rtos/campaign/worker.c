/*
 * The server that faults are put into. It trusts nothing that it has had in its hands for long:
 * what doesn't fit its sum isn't answered, the worker ends instead, and its successor gets the
 * call.
 */
#include <campaign/proto.h>
#include <rtos/keep.h>
#include <rtos/sys.h>

#define WORKER_CLIENTS 16
#define WORKER_VERSION 1

enum worker_exit { WORKER_BAD_CALL = 20, WORKER_BAD_STATE, WORKER_BAD_WORK, WORKER_BAD_ANSWER };

/* What each client was told, and by which call: a call that comes again isn't counted again. */
struct worker {
	struct {
		uint64_t count, identity;
	} client[WORKER_CLIENTS];
};

/* Written by nobody; global, so that the compiler doesn't know that. */
uint64_t worker_keys[32] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};
static const uint64_t worker_table[64] = {2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5, 9, 0, 4, 5};
static uint64_t worker_work_first;

__attribute__((used, retain)) void worker_leak(void);
__attribute__((used, retain)) _Noreturn void worker_spin(void);

/* ---- what faults are made of, beside damage: the host sends a thread here ---- */

/* All that its quota holds, then on as if nothing were. */
void worker_leak(void)
{
	uint64_t made = 0;

	while (sys_do(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0, &made) == RTOS_OK)
		;
	(void)main();
}

_Noreturn void worker_spin(void)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
}

/* ---- the work ---- */

static __attribute__((noinline)) uint64_t worker_mix(void)
{
	uint64_t mixed = 1;

	for (uint32_t i = 0; i < 64; i++) {
		mixed =
		    (mixed ^ worker_table[i] ^ worker_keys[i % 32]) * 6364136223846793005ULL + 1;
		mixed ^= mixed >> 29;
	}
	return mixed;
}

/* The same each time. */
static void worker_work(void)
{
	const uint64_t mixed = worker_mix();

	if (worker_work_first == 0)
		worker_work_first = mixed;
	if (worker_work_first != mixed)
		sys_exit(WORKER_BAD_WORK);
}

static uint64_t worker_count(const struct sys_message *message)
{
	void *kept = (void *)sys_given(RTOS_GIVEN_KEEP, NULL, 0)->address;
	const uint64_t client = message->badge % WORKER_CLIENTS;
	struct worker worker = {.client = {{.count = 0}}};
	struct keep keep;

	if (keep_open(&keep, kept, &worker, sizeof(worker), WORKER_VERSION) == KEEP_DAMAGED)
		sys_exit(WORKER_BAD_STATE);
	if (message->word[0] == WORK_NEXT && worker.client[client].identity != message->identity) {
		worker.client[client].count++;
		worker.client[client].identity = message->identity;
		keep_write(&keep, &worker);
	}
	return worker.client[client].count;
}

/* The answer is what came, with the count; what came had a sum, and still has it. */
static void worker_answer(struct sys_message *message)
{
	uint64_t *word = message->word;
	uint64_t sum;

	if (work_sum(word) != word[7])
		sys_exit(WORKER_BAD_CALL);
	worker_work();
	word[6] = worker_count(message);
	word[0] = 0;
	sum = work_sum(word);
	__asm__ volatile("" ::: "memory");
	word[7] = sum;
	if (work_sum(word) != sum)
		sys_exit(WORKER_BAD_ANSWER);
}

int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, "work", 0)->handle;
	struct sys_message message = {.identity = 0};

	for (;;) {
		const uint64_t half = sys_ticks(sys_program->heartbeat_ms) / 2;

		if (sys_reply_wait(port, &message, sys_now() + half) == RTOS_OK)
			worker_answer(&message);
		sys_beat();
	}
}
