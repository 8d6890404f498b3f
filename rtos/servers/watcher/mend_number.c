/*
 * The number of a process goes back into the PID tree (mend_change.h), as idr_alloc() does it: a
 * radix tree whose nodes count their slots in use, and have a bit for each slot where, or below
 * which, something is free. Only a slot of a node that is there is filled: the kernel frees a node
 * with its last number.
 */
#include "mend_change.h"

#define NUMBER_BITS   6u
#define NUMBER_SLOTS  (1u << NUMBER_BITS)
#define NUMBER_LEVELS 6u
#define NUMBER_NODE   2u /* in the low bits of an entry that leads to a node */
#define NUMBER_TAGS   3u
#define NUMBER_BYTE   0xffu

/* The nodes on the way down, and in each of them the slot. */
struct number_way {
	uint64_t node[NUMBER_LEVELS];
	uint32_t slot[NUMBER_LEVELS];
	uint32_t depth;
};

static bool number_enter(struct number_way *way, const struct guest *guest, uint64_t node,
                         uint32_t number, uint32_t *shift)
{
	const uint64_t address = node + guest->facts->node_shift;
	const uint32_t above = *shift;
	uint32_t half;

	if (way->depth == NUMBER_LEVELS || !guest_half(guest, address & ~3ULL, &half))
		return false;
	*shift = half >> address % 4 * 8 & NUMBER_BYTE;
	if (way->depth == 0 ? *shift >= NUMBER_LEVELS * NUMBER_BITS ||
	                          (uint64_t)number >> *shift >= NUMBER_SLOTS
	                    : *shift + NUMBER_BITS != above)
		return false;
	way->node[way->depth] = node;
	way->slot[way->depth++] = (uint64_t)number >> *shift & (NUMBER_SLOTS - 1);
	return true;
}

/* From the root to the slot of the number; *at is where that is. */
static bool number_descend(struct mend *mend, const struct guest *guest, uint32_t number,
                           struct number_way *way, uint64_t *at)
{
	const struct watchfacts *facts = guest->facts;
	uint32_t shift = 0;
	uint64_t entry;

	*at = guest_address(guest, facts->init_pid_ns) + facts->namespace_idr + facts->idr_rt +
	      facts->root_head;
	do {
		if (!guest_word(guest, *at, &entry) || (entry & NUMBER_TAGS) != NUMBER_NODE ||
		    !mend_look_at(mend, guest, *at, entry) ||
		    !number_enter(way, guest, entry & ~(uint64_t)NUMBER_TAGS, number, &shift))
			return false;
		*at = way->node[way->depth - 1] + facts->node_slots +
		      way->slot[way->depth - 1] * MEND_POINTER;
	} while (shift != 0);
	return true;
}

/* Slots that aren't free are in use, also those that a fork has yet to fill. */
static bool number_count(struct mend *mend, const struct guest *guest, uint64_t node, uint64_t left)
{
	const uint64_t address = node + guest->facts->node_count;
	const uint32_t shift = address % 4 * 8;
	uint32_t count = NUMBER_SLOTS, half;

	for (; left != 0; left &= left - 1)
		count--;
	return guest_half(guest, address & ~3ULL, &half) &&
	       mend_half(mend, guest, address & ~3ULL, NUMBER_BYTE << shift,
	                 half & NUMBER_BYTE << shift, count << shift);
}

/* The slot isn't free any more, and counts; nor, if it was the node's last free one, is the node's
 * own slot. A tree without any free slot has another mark of that, and is left alone. */
static bool number_take(struct mend *mend, const struct guest *guest, const struct number_way *way)
{
	for (uint32_t i = way->depth; i > 0; i--) {
		const uint64_t address = way->node[i - 1] + guest->facts->node_free;
		uint64_t bits, left;

		if (!guest_word(guest, address, &bits))
			return false;
		left = bits & ~(1ULL << way->slot[i - 1]);
		if (!mend_change(mend, guest, address, bits, left))
			return false;
		if (i == way->depth && !number_count(mend, guest, way->node[i - 1], left))
			return false;
		if (left != 0)
			return true;
	}
	return false;
}

bool mend_number(struct mend *mend, const struct guest *guest, uint64_t task)
{
	const struct watchfacts *facts = guest->facts;
	struct number_way way = {.depth = 0};
	uint64_t back, pid, at;
	uint32_t number;

	if (!mend_lives(mend, guest, task) ||
	    !guest_word(guest, task + facts->task_link + MEND_POINTER, &back))
		return false;
	pid = back - facts->pid_tasks;
	return guest_half(guest, pid + facts->pid_number, &number) &&
	       number_descend(mend, guest, number, &way, &at) &&
	       mend_change(mend, guest, at, 0, pid) && number_take(mend, guest, &way);
}
