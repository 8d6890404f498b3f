/*
 * On a core of another architecture: ends in each way that there is, one life after the other, and
 * then once more from the first. Judges nothing.
 */
#include <guest/tree.h>
#include <kumiki/remote.h>
#include <remote/remote.h>
#include <stdio.h>
#include <string.h>

extern const volatile struct remote_boot remote_boot;

/* What was said is heard before the end: the minder takes it first. */
static void ends_stand_still(void)
{
	remote_beats_within(2000);
	remote_beat();
	for (;;)
		remote_pause();
}

static void ends_overwrite_mailbox(void)
{
	volatile struct remote_mailbox *box = (volatile struct remote_mailbox *)remote_boot.mailbox;

	while (box->text_taken != box->text_written)
		remote_pause();
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
		ends_stand_still();
		break;
	case 4:
		ends_overwrite_mailbox();
		break;
	default:
		remote_off();
	}
}
