/*
 * A client of the worker's, without an end: each answer is checked, and the outcome is written to
 * the client's window.
 */
#include <campaign/proto.h>
#include <lib/string.h>
#include <rtos/sys.h>

#define CLIENT_ROUND 4

static uint64_t client_random = 88172645463325252ULL;
static uint64_t client_number; /* of its calls */
static uint32_t client_counted, client_life;
static bool client_knows = true; /* how often it was counted */

static uint64_t client_next(void)
{
	client_random ^= client_random << 13;
	client_random ^= client_random >> 7;
	client_random ^= client_random << 17;
	return client_random;
}

/* After an error nobody knows whether the call was carried out. */
static bool client_count_is_right(uint64_t word6, bool counts)
{
	const uint32_t expected = client_counted + counts;
	const bool right = !client_knows || WORK_COUNT(word6) == expected;

	client_knows = true;
	client_counted = WORK_COUNT(word6);
	return right;
}

/* The worker says that it lost its counts. */
static bool client_is_told(uint64_t word6)
{
	const bool told = client_life != WORK_LIFE(word6) && client_number > 1;

	client_life = WORK_LIFE(word6);
	return told;
}

static bool client_fits(const uint64_t word[RTOS_WORDS])
{
	return work_sum(word) == word[7] && work_count((uint32_t)word[6], word[7]) == word[6];
}

static void client_ask(volatile struct work_progress *progress)
{
	uint64_t word[RTOS_WORDS], sent[RTOS_WORDS];
	enum rtos_status status;

	for (uint32_t i = 3; i <= WORK_PAYLOAD; i++)
		word[i] = client_next();
	word[0] = word[3] % 2 == 0 ? WORK_ECHO : WORK_NEXT;
	word[1] = ++client_number;
	word[2] = sys_program->number;
	word[6] = 0;
	word[7] = work_sum(word);
	memcpy(sent, word, sizeof(sent));
	status = sys_call(sys_given(RTOS_GIVEN_USE, "work", 0)->handle, word, 0);
	if (status != RTOS_OK || !client_fits(word) || client_is_told(word[6])) {
		client_knows = false;
		progress->errors++;
	} else if (memcmp(word, sent, (WORK_PAYLOAD + 1) * sizeof(word[0])) != 0 ||
	           !client_count_is_right(word[6], sent[0] == WORK_NEXT)) {
		progress->wrong++;
	}
	progress->answers++;
}

int main(void)
{
	volatile struct work_progress *progress =
	    (volatile struct work_progress *)sys_given(RTOS_GIVEN_WINDOW, NULL, 0)->address;

	client_random += sys_program->number;
	progress->round = CLIENT_ROUND;
	for (;;)
		client_ask(progress);
}
