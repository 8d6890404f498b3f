/*
 * On a core of another architecture: writes random values from a seed all over its mailbox, also to
 * the minder's own words. The last write ends its life. Judges nothing.
 */
#include <kumiki/remote.h>
#include <remote/remote.h>
#include <stdio.h>

#define SPOIL_WRITES 200000u /* before the words that can end it */

#define SPOIL_STATE  (offsetof(struct remote_mailbox, state) / 4)
#define SPOIL_WITHIN (offsetof(struct remote_mailbox, beat_within) / 4)

extern const volatile struct remote_boot remote_boot;

static uint32_t spoil_seed;

/* xorshift32 */
static uint32_t spoil_random(void)
{
	spoil_seed ^= spoil_seed << 13;
	spoil_seed ^= spoil_seed >> 17;
	spoil_seed ^= spoil_seed << 5;
	return spoil_seed;
}

static uint32_t spoil_value(void)
{
	const uint32_t kind = spoil_random() % 4;

	if (kind == 0)
		return spoil_random() % 5;
	return kind == 1 ? ~0u : spoil_random();
}

void remote_main(const void *tree)
{
	volatile uint32_t *words = (volatile uint32_t *)remote_boot.mailbox;
	const uint32_t life = remote_life();

	(void)tree;
	spoil_seed = life * 2654435761u + 1;
	printf("spoil: life %lu\n", (unsigned long)life);
	for (uint32_t done = 0;; done++) {
		const uint32_t at = spoil_random() % (sizeof(struct remote_mailbox) / 4);
		const uint32_t value = spoil_value();
		const bool ends = at == SPOIL_STATE || at == SPOIL_WITHIN;

		/* Not what would be the last of its lives. */
		if ((!ends || done >= SPOIL_WRITES) && (at != SPOIL_STATE || value != REMOTE_OFF))
			words[at] = value;
	}
}
