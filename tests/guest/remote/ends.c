/*
 * On a core of another architecture: ends in each way that there is, one life after the other, and
 * then once more from the first. Judges nothing.
 */
#include <guest/tree.h>
#include <kumiki/remote.h>
#include <remote/remote.h>
#include <stdio.h>
#include <string.h>

#define ENDS_BY_ZERO 200000000u /* cycles: 200 ms */

extern const volatile struct remote_boot remote_boot;

static volatile struct remote_mailbox *ends_box(void)
{
	return (volatile struct remote_mailbox *)remote_boot.mailbox;
}

/* The minder has looked once more. */
static void ends_be_heard(void)
{
	while (ends_box()->text_taken != ends_box()->text_written)
		remote_pause();
}

/* A count of beats comes by 0, if the program runs for long enough: that is none that hasn't begun.
 * For longer than the minder waits for such a one. */
static void ends_come_by_zero(void)
{
	uint32_t since;

	ends_be_heard();
	printf("ends: has begun\n"); /* the next look at it finds a beat */
	ends_be_heard();
	since = remote_cycles();
	ends_box()->beat = 0;
	while (remote_cycles() - since < ENDS_BY_ZERO)
		remote_pause();
}

/* The minder takes the partition's words first, and then its end. */
static void ends_stand_still(void)
{
	remote_beats_within(2000);
	remote_beat();
	for (;;)
		remote_pause();
}

static void ends_overwrite_mailbox(void)
{
	volatile struct remote_mailbox *box = ends_box();

	ends_be_heard();
	memset((void *)&box->state, 0x5a, sizeof(*box) - offsetof(struct remote_mailbox, state));
	for (;;)
		remote_pause();
}

void remote_main(const void *tree)
{
	const uint32_t life = remote_life();

	(void)tree;
	printf("ends: life %lu\n", (unsigned long)life);
	switch (life % 5) {
	case 1:
		remote_reset();
	case 2:
		__asm__ volatile("udf #0");
		break;
	case 3:
		ends_come_by_zero();
		ends_stand_still();
		break;
	case 4:
		ends_overwrite_mailbox();
		break;
	default:
		remote_off();
	}
}
