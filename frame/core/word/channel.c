/* Word for ends of channels; see word/channel.h. */
#include <lib/bundle.h>
#include <state/core.h>
#include <word/channel.h>
#include <word/mail.h>

void end_signal(uint32_t number, uint32_t bits)
{
	uint32_t partition = bundle_ends(core_bundle)[number].partition;

	__atomic_fetch_or(&shared_memory->signal[number], bits, __ATOMIC_SEQ_CST);
	mail_post(core.home[partition], MAIL_DOORBELL, DOORBELL_END + number);
}

#define SIGNALS_MOST 3 /* at a time */

uint64_t end_signal_places(uint32_t channel, uint64_t places, enum end_signal bits)
{
	const struct bundle_range ends = bundle_channels(core_bundle)[channel].ends;

	places &= (1u << ends.count) - 1;
	for (uint32_t i = 0; i < SIGNALS_MOST && places != 0; i++, places &= places - 1)
		end_signal(ends.first + (uint32_t)__builtin_ctzll(places), (uint32_t)bits);
	return places;
}
