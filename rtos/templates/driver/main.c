/*
 * A driver to start a new one from (docs/rtos/write-a-driver.md): the PL031, a clock with an alarm
 * (Arm DDI 0224). It keeps nothing: the kernel holds calls that wait for an alarm, and delivers
 * them again to the next driver if this one crashes.
 */
#include "alarms.h"
#include <rtos/sys.h>
#include <templates/driver/proto.h>

/* Registers, in words. */
enum clock_register {
	CLOCK_DATA = 0x00 / 4,
	CLOCK_MATCH = 0x04 / 4,
	CLOCK_MASK = 0x10 / 4,
	CLOCK_CLEAR = 0x1c / 4,
};

#define CLOCK_ALARM 1u /* the only bit of the last two */

static struct {
	volatile uint32_t *clock;
	rtos_handle_t port, interrupt;
	struct alarms alarms;
} driver;

static uint64_t driver_time(uint64_t word[RTOS_WORDS])
{
	word[1] = driver.clock[CLOCK_DATA];
	return ALARM_OK;
}

/*
 * Answers the calls that are due and sets the alarm for the next one. The clock goes on meanwhile,
 * and a match with a second that has begun would never come: so it looks again after that.
 */
static void driver_alarms(void)
{
	do {
		struct alarm due;

		while (alarms_take(&driver.alarms, driver.clock[CLOCK_DATA], &due)) {
			struct sys_message answer = {.identity = due.identity, .token = due.token};

			answer.word[0] = driver_time(answer.word);
			(void)sys_reply(&answer); /* the caller may have given up */
		}
		if (driver.alarms.count == 0)
			return;
		driver.clock[CLOCK_MATCH] = driver.alarms.alarm[0].second;
	} while (driver.alarms.alarm[0].second <= driver.clock[CLOCK_DATA]);
}

/* Clears the interrupt first: one that comes after that is a new one. */
static void driver_interrupt(void)
{
	driver.clock[CLOCK_CLEAR] = CLOCK_ALARM;
	(void)sys_do(RTOS_INTERRUPT_DONE, driver.interrupt, 0, 0, 0, 0, 0, NULL);
	driver_alarms();
}

/* The call isn't answered now, but at its alarm. */
static void driver_wait(struct sys_message *message)
{
	const struct alarm alarm = {(uint32_t)message->word[1], message->identity, message->token};

	message->word[0] = ALARM_BAD;
	if (message->word[1] > UINT32_MAX)
		return;
	message->word[0] = ALARM_FULL;
	if (!alarms_add(&driver.alarms, &alarm))
		return;
	message->identity = 0;
	driver_alarms();
}

static void driver_serve(struct sys_message *message)
{
	switch (message->word[0]) {
	case ALARM_TIME:
		message->word[0] = driver_time(message->word);
		break;
	case ALARM_WAIT:
		driver_wait(message);
		break;
	default:
		message->word[0] = ALARM_BAD;
	}
}

/* Undoes whatever an earlier driver left in the device; then interrupts may come. */
static void driver_begin(void)
{
	const rtos_handle_t signals = sys_given(RTOS_GIVEN_SIGNALS, NULL, 0)->handle;

	driver.clock = (volatile uint32_t *)sys_given(RTOS_GIVEN_DEVICE, NULL, 0)->address;
	driver.port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	driver.interrupt = sys_given(RTOS_GIVEN_INTERRUPT, NULL, 0)->handle;
	driver.clock[CLOCK_CLEAR] = CLOCK_ALARM;
	driver.clock[CLOCK_MASK] = CLOCK_ALARM;
	(void)sys_do(RTOS_THREAD_BIND, signals, 0, 0, 0, 0, 0, NULL);
}

int main(void)
{
	struct sys_message message = {.identity = 0};

	driver_begin();
	for (;;) {
		const enum rtos_status status =
		    sys_reply_wait(driver.port, &message, sys_beat_deadline());

		sys_beat();
		if (status == RTOS_SIGNALLED)
			driver_interrupt();
		else if (status == RTOS_OK)
			driver_serve(&message);
	}
}
