/* See pair.h. */
#include "pair.h"

#define DONE_WORDS  4 /* of an entry (4.6): result, nothing, whose, which with phase and status */
#define DONE_PHASE  1u
#define DONE_ID     0xffffu
#define DONE_STATUS 17

_Static_assert(PAIR_ENTRIES * sizeof(struct pair_command) <= PAIR_PAGE, "it is one page");

void pair_begin(struct pair *pair, uint8_t *memory, uint64_t physical)
{
	volatile uint64_t *words = (volatile uint64_t *)(void *)memory;

	for (uint32_t i = 0; i < PAIR_BYTES / sizeof(*words); i++)
		words[i] = 0; /* no entry is new */
	*pair = (struct pair){.commands = (volatile struct pair_command *)(void *)memory,
	                      .done = (volatile uint32_t *)(void *)(memory + PAIR_PAGE),
	                      .phase = DONE_PHASE,
	                      .physical = physical};
}

void pair_connect(struct pair *pair, volatile uint32_t *tail_bell, volatile uint32_t *head_bell)
{
	pair->tail_bell = tail_bell;
	pair->head_bell = head_bell;
}

void pair_give(struct pair *pair, const struct pair_command *command)
{
	volatile struct pair_command *entry = &pair->commands[pair->tail];

	for (uint32_t i = 0; i < sizeof(command->word) / sizeof(command->word[0]); i++)
		entry->word[i] = command->word[i];
	pair->tail = (uint16_t)((pair->tail + 1) % PAIR_ENTRIES);
	pair_barrier(); /* the command is whole before the controller is told */
	*pair->tail_bell = pair->tail;
}

bool pair_take(struct pair *pair, struct pair_done *done)
{
	const volatile uint32_t *entry = &pair->done[pair->head * DONE_WORDS];
	const uint32_t last = entry[3];

	if ((last >> 16 & DONE_PHASE) != pair->phase)
		return false;
	pair_barrier(); /* the rest, and what was read, only after the phase */
	done->result = entry[0];
	done->id = (uint16_t)(last & DONE_ID);
	done->status = (uint16_t)(last >> DONE_STATUS);
	pair->head = (uint16_t)((pair->head + 1) % PAIR_ENTRIES);
	if (pair->head == 0)
		pair->phase ^= DONE_PHASE;
	pair->untold = true;
	return true;
}

void pair_settle(struct pair *pair)
{
	if (!pair->untold)
		return;
	pair->untold = false;
	pair_barrier(); /* the entries were read before the controller may use them again */
	pair_tell(pair);
}

void pair_tell(const struct pair *pair)
{
	*pair->head_bell = pair->head;
}
