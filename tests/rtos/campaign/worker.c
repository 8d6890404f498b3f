/*
 * The server that gets the faults. It trusts none of its older data: if data doesn't fit its sum,
 * the worker ends without an answer, and its successor gets the call.
 */
#include <campaign/proto.h>
#include <rtos/keep.h>
#include <rtos/sys.h>
#include <stdlib.h>
#include <string.h>

#define WORKER_CLIENTS 16
#define WORKER_VERSION 1
#define WORKER_LINKS   32
#define WORKER_WORDS   24

enum worker_exit {
	WORKER_BAD_CALL = 20,
	WORKER_BAD_STATE,
	WORKER_BAD_WORK,
	WORKER_BAD_ANSWER,
	WORKER_NO_MEMORY
};

/*
 * The last answer of each client, and its call: a repeated call isn't counted again. The call's own
 * number identifies it, because the sum covers that. The kernel's words beside it may have been
 * damaged since.
 */
struct worker {
	struct {
		uint64_t count, number;
	} client[WORKER_CLIENTS];
	uint64_t life; /* another one whenever all of this was lost */
	uint64_t sum;
};

/* Written by nobody; global, so that the compiler doesn't know that. */
uint64_t worker_keys[32] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};
static const uint64_t worker_table[64] = {2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5, 9, 0, 4, 5};
static uint64_t worker_work_first;

/* A chain in the heap. Each word is needed for each answer. */
struct worker_link {
	struct worker_link *next;
	uint64_t word[WORKER_WORDS];
};
static struct worker_link *worker_chain;

__attribute__((used, retain)) void worker_leak(void);
__attribute__((used, retain)) _Noreturn void worker_spin(void);

static void worker_serve(void);

/* ---- faults that aren't damage: the host sends a thread here ---- */

/* All that its quota holds, then on as if nothing were. */
void worker_leak(void)
{
	uint64_t made = 0;

	while (sys_do(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0, &made) == RTOS_OK)
		;
	worker_serve();
}

_Noreturn void worker_spin(void)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
}

/* ---- the work ---- */

static void *worker_allocate(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		sys_exit(WORKER_NO_MEMORY);
	return memory;
}

static void worker_make_chain(void)
{
	for (uint64_t i = 0; i < WORKER_LINKS; i++) {
		struct worker_link *link = worker_allocate(sizeof(*link));

		for (uint64_t j = 0; j < WORKER_WORDS; j++)
			link->word[j] = worker_table[i] * worker_keys[j];
		link->next = worker_chain;
		worker_chain = link;
	}
}

static uint64_t worker_follow_chain(void)
{
	uint64_t mixed = 0;

	for (const struct worker_link *link = worker_chain; link != NULL; link = link->next)
		for (uint32_t i = 0; i < WORKER_WORDS; i++)
			mixed = mixed * 3 + link->word[i];
	return mixed;
}

static __attribute__((noinline)) uint64_t worker_mix(void)
{
	uint64_t mixed = worker_follow_chain();

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

static uint64_t worker_sum(const struct worker *worker)
{
	return crc32c(0, worker, offsetof(struct worker, sum));
}

/* A copy that doesn't fit its own sum was damaged before it was written: then its call wasn't
 * answered, and the copy before it is the one that counts. False: there is none, though there was.
 */
static bool worker_find(struct keep *keep, struct worker *worker)
{
	void *kept = (void *)sys_given(RTOS_GIVEN_KEEP, NULL, 0)->address;
	enum keep_found found;

	*worker = (struct worker){.life = sys_program->starts & 0xff};
	worker->sum = worker_sum(worker);
	found = keep_open(keep, kept, worker, sizeof(*worker), WORKER_VERSION);
	if (found == KEEP_FOUND && worker->sum != worker_sum(worker) &&
	    keep_refuse(keep, worker) != KEEP_FOUND)
		return false;
	return found != KEEP_DAMAGED && worker->sum == worker_sum(worker);
}

/* Nothing good is there: perhaps it is this worker that can't see it. Only if a fresh one can't
 * either, for the same call, all begins anew, which clients see. */
static void worker_open(struct keep *keep, struct worker *worker, uint32_t deliveries)
{
	const struct rtos_given *given = sys_given(RTOS_GIVEN_KEEP, NULL, 0);

	if (worker_find(keep, worker))
		return;
	if (deliveries != 0)
		memset((void *)given->address, 0, given->size);
	sys_exit(WORKER_BAD_STATE);
}

/* Read back before it counts. */
static void worker_keep_one(struct keep *keep, const struct worker *worker)
{
	struct worker kept;

	keep_write(keep, worker);
	if (!worker_find(keep, &kept) || memcmp(&kept, worker, sizeof(kept)) != 0)
		sys_exit(WORKER_BAD_STATE);
}

/* Two copies, so that damage to one doesn't bring back the state before. */
static void worker_keep(struct keep *keep, const struct worker *worker)
{
	worker_keep_one(keep, worker);
	worker_keep_one(keep, worker);
}

static void worker_change(struct worker *worker, const uint64_t word[RTOS_WORDS])
{
	const uint64_t client = word[2] % WORKER_CLIENTS;

	worker->client[client].count++;
	worker->client[client].number = word[1];
	worker->sum = worker_sum(worker);
}

/* A kept count can't be taken back. So the call in it has to be this call, as it came. */
static void worker_commit(struct keep *keep, const struct worker *worker,
                          const uint64_t word[RTOS_WORDS])
{
	__asm__ volatile("" ::: "memory");
	if (work_sum(word) != word[7] || word[0] != WORK_NEXT ||
	    worker->client[word[2] % WORKER_CLIENTS].number != word[1])
		sys_exit(WORKER_BAD_CALL);
	worker_keep(keep, worker);
}

/* Read and changed twice: both results have to be equal, before and after the decision. */
static void worker_count_twice(struct worker *worker, struct worker *again,
                               const struct sys_message *message)
{
	const uint64_t *word = message->word;
	struct keep keep;

	worker_open(&keep, worker, message->deliveries);
	worker_open(&keep, again, message->deliveries);
	if (memcmp(again, worker, sizeof(*again)) != 0)
		sys_exit(WORKER_BAD_STATE);
	if (word[0] != WORK_NEXT || worker->client[word[2] % WORKER_CLIENTS].number == word[1])
		return;
	worker_change(worker, word);
	worker_change(again, word);
	if (memcmp(again, worker, sizeof(*again)) != 0)
		sys_exit(WORKER_BAD_STATE);
	worker_commit(&keep, worker, word);
}

static void worker_count(struct worker *worker, const struct sys_message *message)
{
	struct worker *again = worker_allocate(sizeof(*again));

	worker_count_twice(worker, again, message);
	free(again);
}

/* A call that counts has been counted, another one hasn't. */
static bool worker_is_counted(const struct worker *worker, const uint64_t word[RTOS_WORDS])
{
	const uint64_t number = worker->client[word[2] % WORKER_CLIENTS].number;

	return (word[0] == WORK_NEXT) == (number == word[1]);
}

static uint64_t worker_counted(const struct worker *worker, const uint64_t word[RTOS_WORDS])
{
	const uint64_t count = worker->client[word[2] % WORKER_CLIENTS].count;

	return work_count((uint32_t)(worker->life << 24 | WORK_COUNT(count)), word[7]);
}

/* The answer is the call's words, with the count. The last look is right before it goes. */
static void worker_answer(struct sys_message *message)
{
	uint64_t *word = message->word;
	struct worker worker;

	if (work_sum(word) != word[7])
		sys_exit(WORKER_BAD_CALL);
	worker_work();
	worker_count(&worker, message);
	word[6] = worker_counted(&worker, word);
	__asm__ volatile("" ::: "memory");
	if (worker.sum != worker_sum(&worker) || work_sum(word) != word[7] ||
	    word[6] != worker_counted(&worker, word) || !worker_is_counted(&worker, word))
		sys_exit(WORKER_BAD_ANSWER);
}

static void worker_serve(void)
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

int main(void)
{
	worker_make_chain();
	worker_serve();
	return 0;
}
