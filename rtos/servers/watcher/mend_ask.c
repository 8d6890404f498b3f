/* See mend_ask.h. */
#include "mend_ask.h"
#include <rtos/sys.h>

#define MEND_ASK_TRIES 20u /* milliseconds */

static volatile uint64_t *mend_register(volatile uint64_t *registers, uint32_t offset)
{
	return &registers[offset / sizeof(*registers)];
}

static void mend_put(volatile uint64_t *to, const struct watch_change *change)
{
	to[0] = change->address;
	to[1] = change->mask;
	to[2] = change->expected;
	to[3] = change->value;
}

/* While an answer is open, the registers take nothing. */
static uint32_t mend_answer(volatile uint64_t *registers)
{
	uint64_t answer = *mend_register(registers, WATCH_MEND);

	for (uint32_t i = 0; i < MEND_ASK_TRIES && answer == WATCH_MEND_ASKED; i++) {
		sys_sleep(1);
		answer = *mend_register(registers, WATCH_MEND);
	}
	return (uint32_t)answer;
}

bool mend_may(volatile uint64_t *registers)
{
	return mend_answer(registers) != WATCH_MEND_NOTHING;
}

uint32_t mend_registers(volatile uint64_t *registers, const struct mend *mend)
{
	if (mend_answer(registers) == WATCH_MEND_ASKED)
		return WATCH_MEND_ASKED;
	for (uint32_t i = 0; i < mend->count; i++)
		mend_put(mend_register(registers, WATCH_CHANGE(i)), &mend->change[i]);
	*mend_register(registers, WATCH_MEND) = mend->count;
	return mend_answer(registers);
}
