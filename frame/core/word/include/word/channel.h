/*
 * Channels, from any core: what brokers are told of the ends' lives, and word that is left for an
 * end at its home core.
 */
#ifndef WORD_CHANNEL_H
#define WORD_CHANNEL_H

#include <kumiki/channel.h>
#include <state/shared.h>

/* What a channel's brokers read of its ends. The home core of an end's partition writes that end's
 * word. */
static inline struct channel_told *channel_told(uint32_t channel)
{
	return (struct channel_told *)(LAYOUT_TOLD + (uint64_t)channel * PAGE_SIZE);
}

/* Leaves word for an end of the bundle: bits of enum end_signal. With 0 the end's home core only
 * looks at the broker. */
void end_signal(uint32_t number, uint32_t bits);

/* Does so for the ends of a channel at these places, a bit each: only for a few of them, as each
 * takes long. Returns the places that are left. */
uint64_t end_signal_places(uint32_t channel, uint64_t places, enum end_signal bits);

#endif
