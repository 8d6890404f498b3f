/*
 * Verifying a bundle, fifth part: channels and their ends. lib/bundle_machine.c and
 * lib/bundle_partition.c call this file, under the rules of lib/bundle.c.
 */
#include "bundle_check.h"

struct bundle_span bundle_end_span(const struct bundle_end *end)
{
	return (struct bundle_span){end->ipa, BUNDLE_END_SIZE};
}

static bool bundle_macs_equal(const struct bundle_end *a, const struct bundle_end *b)
{
	for (uint32_t i = 0; i < BUNDLE_MAC_SIZE; i++)
		if (a->mac[i] != b->mac[i])
			return false;
	return true;
}

/* A network's end has the address of a single station, which isn't 0. Ends of other channels have
 * zeros. */
static bool bundle_mac_good(const struct bundle_channel *channel, const struct bundle_end *end)
{
	uint32_t any = 0;
	for (uint32_t i = 0; i < BUNDLE_MAC_SIZE; i++)
		any |= end->mac[i];
	if (channel->kind != BUNDLE_NETWORK)
		return any == 0;
	return any != 0 && (end->mac[0] & 1) == 0;
}

/* A partition can have only one end of a channel, and only one end of a network can have a MAC
 * address. */
static bool bundle_end_good(const struct bundle_header *bundle,
                            const struct bundle_channel *channel, uint32_t index)
{
	const struct bundle_end *ends = bundle_ends(bundle), *end = &ends[index];
	if (end->partition >= bundle->partitions.count || !bundle_spi_good(end->intid) ||
	    !bundle_span_valid(bundle_end_span(end), BUNDLE_PAGE) ||
	    !bundle_mac_good(channel, end) || (end->reserved[0] | end->reserved[1]) != 0)
		return false;
	for (uint32_t i = channel->ends.first; i < index; i++)
		if (ends[i].partition == end->partition ||
		    (channel->kind == BUNDLE_NETWORK && bundle_macs_equal(&ends[i], end)))
			return false;
	return true;
}

/* If several partitions use a disk, it is read-only. */
static bool bundle_flags_good(const struct bundle_channel *channel)
{
	if (channel->kind != BUNDLE_CHANNEL_DISK)
		return channel->flags == 0;
	return channel->flags == BUNDLE_CHANNEL_READ_ONLY ||
	       (channel->flags == 0 && channel->ends.count == 2);
}

static bool bundle_rate_good(const struct bundle_channel *channel)
{
	return channel->rate == 0 ||
	       (channel->kind == BUNDLE_NETWORK && channel->rate <= BUNDLE_RATE_MAX);
}

static bool bundle_wait_good(const struct bundle_channel *channel)
{
	return channel->wait == 0 ||
	       (channel->kind == BUNDLE_CHANNEL_DISK && channel->wait <= BUNDLE_WAIT_MAX);
}

static bool bundle_channel_good(const struct bundle_header *bundle, uint32_t index, uint32_t next)
{
	const struct bundle_channel *channels = bundle_channels(bundle),
	                            *channel = &channels[index];
	return bundle_text_good(channel->name, sizeof(channel->name)) &&
	       bundle_channel_ends_max(channel->kind) != 0 && bundle_flags_good(channel) &&
	       bundle_rate_good(channel) && bundle_wait_good(channel) &&
	       channel->ends.first == next &&
	       channel->ends.count >= bundle_channel_ends_min(channel->kind) &&
	       channel->ends.count <= bundle_channel_ends_max(channel->kind) &&
	       channel->ends.count <= bundle->ends.count - next;
}

static bool bundle_ends_few(const struct bundle_header *bundle)
{
	uint32_t count[BUNDLE_PARTITIONS_MAX] = {0};
	for (uint32_t i = 0; i < bundle->ends.count; i++)
		if (++count[bundle_ends(bundle)[i].partition] > BUNDLE_PARTITION_ENDS_MAX)
			return false;
	return true;
}

struct bundle_verdict bundle_check_channels(const struct bundle_header *bundle)
{
	uint32_t next = 0;
	for (uint32_t c = 0; c < bundle->channels.count; c++) {
		const struct bundle_channel *channel = &bundle_channels(bundle)[c];
		if (!bundle_channel_good(bundle, c, next))
			return bundle_bad(BUNDLE_BAD_CHANNEL, c);
		for (; next < channel->ends.first + channel->ends.count; next++)
			if (!bundle_end_good(bundle, channel, next))
				return bundle_bad(BUNDLE_BAD_END, next);
	}
	if (next != bundle->ends.count || !bundle_ends_few(bundle))
		return bundle_bad(BUNDLE_BAD_CHANNEL, bundle->channels.count);
	return bundle_good();
}

struct bundle_verdict bundle_check_ends(const struct bundle_header *bundle, uint32_t index,
                                        const struct bundle_span *spans, uint32_t count)
{
	const struct bundle_range range = bundle_partitions(bundle)[index].regions;
	const struct bundle_region *regions = bundle_regions(bundle) + range.first;
	const struct bundle_end *ends = bundle_ends(bundle);
	for (uint32_t i = 0; i < bundle->ends.count; i++) {
		const struct bundle_span own = bundle_end_span(&ends[i]);
		if (ends[i].partition != index)
			continue;
		for (uint32_t j = 0; j < count; j++)
			if (bundle_span_overlaps(own, spans[j]))
				return bundle_bad(BUNDLE_BAD_END, i);
		for (uint32_t j = 0; j < range.count; j++)
			if (bundle_span_overlaps(
			        own, (struct bundle_span){regions[j].ipa, regions[j].size}))
				return bundle_bad(BUNDLE_BAD_END, i);
		for (uint32_t j = 0; j < i; j++)
			if (ends[j].partition == index &&
			    bundle_span_overlaps(own, bundle_end_span(&ends[j])))
				return bundle_bad(BUNDLE_BAD_END, i);
	}
	return bundle_good();
}
