/*
 * Channels from any core: what brokers are told of the ends' lives, and word left for an end at its
 * home core.
 */
#ifndef WORD_CHANNEL_H
#define WORD_CHANNEL_H

#include <kumiki/channel.h>
#include <state/shared.h>

/* What a channel's brokers read. Each word is written by the home core of the end's partition. */
static inline struct channel_told *channel_told(uint32_t channel)
{
	return (struct channel_told *)(LAYOUT_TOLD + (uint64_t)channel * PAGE_SIZE);
}

/* Leaves word for an end of the bundle: enum end_signal, or 0 for a look at its broker alone. */
void end_signal(uint32_t number, uint32_t bits);

/* The same for ends of a channel at these places, a bit each: for a few of them, as each takes
 * long. Returns those that are left. */
uint64_t end_signal_places(uint32_t channel, uint64_t places, enum end_signal bits);

#endif
