/*
 * Reads the description's channels: names, kinds, ends, given MAC addresses. wiring.c chooses the
 * ends' addresses and interrupts. This file also puts the results into the model, and chooses the
 * other ends' MAC addresses.
 */
#include "build.h"
#include <ctype.h>
#include <lib/bundle.h>
#include <lib/nearest.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static void channels_check_name(struct build *build, const struct dts_node *node)
{
	bool good = strlen(node->name) < BUNDLE_NAME_SIZE;

	for (const char *c = node->name; *c; c++)
		good = good && build_name_character(*c) && *c != '.';
	if (!good)
		complain(&build->complaints, node->place,
		         "'%s' can't be a channel's name; use 1 to %d letters, digits, '-' and "
		         "'_'",
		         node->name, BUNDLE_NAME_SIZE - 1);
}

static size_t channels_of(struct build *build, size_t appearance)
{
	size_t count = 0;

	for (size_t i = 0; i < build->channel_count; i++)
		count += build_end(&build->channels[i], appearance) != NULL;
	return count;
}

/* False, after a complaint: there are too many ends. */
static bool channels_has_room(struct build *build, const struct draft_channel *channel,
                              const struct draft *draft, struct dts_place place)
{
	const uint32_t most = bundle_channel_ends_max(channel->kind);

	if (channel->end_count == most)
		complain(&build->complaints, place,
		         "'%s' is one end too many for the %s '%s'; it has at most %u", draft->name,
		         bundle_channel_word(channel->kind), channel->name, most);
	else if (build_ends(build) == BUNDLE_ENDS_MAX)
		complain(&build->complaints, place,
		         "the channels have more than %d ends in all; take some out",
		         BUNDLE_ENDS_MAX);
	else if (channels_of(build, draft->appearance) == BUNDLE_PARTITION_ENDS_MAX)
		complain(&build->complaints, place,
		         "'%s' is on more than %d channels; take it out of some", draft->name,
		         BUNDLE_PARTITION_ENDS_MAX);
	else
		return true;
	return false;
}

static void channels_join(struct build *build, struct draft_channel *channel, const char *by,
                          const struct dts_item *item)
{
	const struct draft *draft = build_find(build, item->text);

	if (!draft) {
		life_unknown(build, by, item->place, item->text);
		return;
	}
	if (build_end(channel, draft->appearance)) {
		complain(&build->complaints, item->place,
		         "'%s' stands twice in 'kumiki,ends'; take one out", item->text);
		return;
	}
	if (channels_has_room(build, channel, draft, item->place))
		channel->ends[channel->end_count++] = (struct draft_end){
		    .place = item->place, .appearance = (uint32_t)draft->appearance};
}

/* The channel's kind, by its `compatible`. After a complaint it is 0, and the rest of the channel
 * can't be judged. */
static uint32_t channels_kind(struct build *build, const struct dts_node *node)
{
	struct nearest nearest = {.word = dts_string(node, "compatible")};

	if (!nearest.word || !vocabulary_good(node, "compatible"))
		return 0;
	for (uint32_t kind = BUNDLE_NETWORK; bundle_channel_word(kind); kind++) {
		const char *word =
		    arena_format(build->arena, "kumiki,%s", bundle_channel_word(kind));

		if (!strcmp(nearest.word, word))
			return kind;
		nearest_offer(&nearest, word);
	}
	complain(&build->complaints, dts_property(node, "compatible")->items->place,
	         "there is no channel of the kind '%s'; %s", nearest.word,
	         nearest_answer(&nearest)
	             ? arena_format(build->arena, "did you mean '%s'?", nearest_answer(&nearest))
	             : "write \"kumiki,network\", \"kumiki,console\", \"kumiki,disk\" or "
	               "\"kumiki,entropy\"");
	return 0;
}

/* Complains of properties that only channels of another kind have. */
static void channels_check_properties(struct build *build, const struct draft_channel *channel,
                                      const struct dts_node *node)
{
	static const struct {
		uint32_t kind;
		const char *name;
	} words[] = {{BUNDLE_CHANNEL_DISK, "kumiki,provider"},
	             {BUNDLE_CHANNEL_DISK, "kumiki,read-only"},
	             {BUNDLE_CHANNEL_DISK, "kumiki,wait-at-most-ms"},
	             {BUNDLE_NETWORK, "kumiki,frames-per-second"},
	             {BUNDLE_NETWORK, "kumiki,mac-addresses"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (channel->kind != words[i].kind && dts_property(node, words[i].name))
			complain(&build->complaints, dts_property(node, words[i].name)->place,
			         "'%s' is a %s's; '%s' is none, so take it out", words[i].name,
			         bundle_channel_word(words[i].kind), node->name);
}

/* A limit of the channel, 1 to `most`. 0: it has none. */
static uint32_t channels_limit(struct build *build, const struct dts_node *node, const char *name,
                               uint32_t most, const char *what)
{
	const struct dts_property *property = dts_property(node, name);
	uint32_t limit;

	if (!property || !vocabulary_good(node, name))
		return 0;
	limit = dts_cell(property, 0, 0);
	if (limit == 0 || limit > most)
		complain(&build->complaints, property->place,
		         "%s 1 to %u, not %u; without this property there is no limit", what, most,
		         limit);
	return limit;
}

static void channels_read_limits(struct build *build, struct draft_channel *channel,
                                 const struct dts_node *node)
{
	channel->rate = channels_limit(build, node, "kumiki,frames-per-second", BUNDLE_RATE_MAX,
	                               "the frames that an end can send in a second are");
	channel->wait = channels_limit(build, node, "kumiki,wait-at-most-ms", BUNDLE_WAIT_MAX,
	                               "the milliseconds that a request can wait are");
}

/* The provider is the first end. */
static void channels_provider(struct build *build, struct draft_channel *channel,
                              const struct dts_node *node)
{
	const struct dts_property *provider = dts_property(node, "kumiki,provider");

	if (!provider)
		complain(&build->complaints, node->place,
		         "nobody provides the disk '%s'; name a partition in 'kumiki,provider'",
		         channel->name);
	else if (vocabulary_good(node, "kumiki,provider"))
		channels_join(build, channel, "kumiki,provider", provider->items);
	if (dts_property(node, "kumiki,read-only"))
		channel->flags |= BUNDLE_CHANNEL_READ_ONLY;
}

/* The provider has the disk already, so it can't be a user, too. And only one user may write: two
 * writers would destroy a file system. */
static bool channels_check_disk(struct build *build, const struct draft_channel *channel,
                                const struct dts_node *node)
{
	const struct dts_property *ends = dts_property(node, "kumiki,ends");
	const char *provider = dts_string(node, "kumiki,provider");
	const struct dts_item *second = NULL;
	bool good = true;

	for (const struct dts_item *item = ends->items; item; item = item->next) {
		if (!second && strcmp(item->text, ends->items->text) != 0)
			second = item;
		if (provider && !strcmp(item->text, provider)) {
			complain(&build->complaints, item->place,
			         "'%s' provides the disk '%s' to itself; take it out of "
			         "'kumiki,ends'",
			         item->text, channel->name);
			good = false;
		}
	}
	if (second && (channel->flags & BUNDLE_CHANNEL_READ_ONLY) == 0) {
		complain(&build->complaints, second->place,
		         "one partition can write to the disk '%s', and this is the second one; "
		         "write 'kumiki,read-only;', or make a disk for each",
		         channel->name);
		good = false;
	}
	return good;
}

static const uint8_t channels_no_mac[BUNDLE_MAC_SIZE];

/* Six bytes of two hexadecimal digits, with a ':' between them. */
static bool channels_parse_mac(const char *text, uint8_t mac[BUNDLE_MAC_SIZE])
{
	for (uint32_t i = 0; i < BUNDLE_MAC_SIZE; i++, text += 3) {
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) ||
		    text[2] != (i + 1 < BUNDLE_MAC_SIZE ? ':' : 0))
			return false;
		mac[i] = (uint8_t)strtoul(text, NULL, 16);
	}
	return true;
}

static void channels_give_mac(struct build *build, struct draft_channel *channel,
                              struct draft_end *end, const struct dts_item *item)
{
	if (!strcmp(item->text, "generated"))
		return;
	if (!channels_parse_mac(item->text, end->mac)) {
		complain(&build->complaints, item->place,
		         "'%s' is no MAC address; write six bytes, as in \"02:00:00:00:00:01\", or "
		         "\"generated\"",
		         item->text);
		return;
	}
	if ((end->mac[0] & 1) != 0 || !memcmp(end->mac, channels_no_mac, sizeof(end->mac))) {
		complain(
		    &build->complaints, item->place,
		    "'%s' can't be the address of one end: its first byte must be even, and not "
		    "all bytes 0; take 02 for the first byte",
		    item->text);
		return;
	}
	for (const struct draft_end *other = channel->ends; other != end; other++)
		if (!memcmp(other->mac, end->mac, sizeof(end->mac)))
			complain(
			    &build->complaints, item->place,
			    "'%s' stands twice in 'kumiki,mac-addresses'; give each end its own",
			    item->text);
}

static void channels_read_macs(struct build *build, struct draft_channel *channel,
                               const struct dts_node *node)
{
	const struct dts_property *given = dts_property(node, "kumiki,mac-addresses");
	size_t count = 0;

	if (!given || !vocabulary_good(node, "kumiki,mac-addresses"))
		return;
	for (const struct dts_item *item = given->items; item; item = item->next, count++)
		if (count < channel->end_count)
			channels_give_mac(build, channel, &channel->ends[count], item);
	if (count != channel->end_count)
		complain(
		    &build->complaints, given->place,
		    "there are %zu addresses for %zu ends; write one for each, or \"generated\"",
		    count, channel->end_count);
}

static void channels_channel(struct build *build, const struct dts_node *node)
{
	const struct dts_property *ends = dts_property(node, "kumiki,ends");
	struct draft_channel *channel = &build->channels[build->channel_count++];
	size_t named = 0;

	channel->name = node->name;
	channels_check_name(build, node);
	channel->kind = channels_kind(build, node);
	if (!channel->kind)
		return;
	if (channel->kind == BUNDLE_CHANNEL_DISK)
		channels_provider(build, channel, node);
	channels_read_limits(build, channel, node);
	channels_check_properties(build, channel, node);
	if (!vocabulary_good(node, "kumiki,ends"))
		return;
	if (channel->kind == BUNDLE_CHANNEL_DISK && !channels_check_disk(build, channel, node))
		return;
	for (const struct dts_item *item = ends->items; item; item = item->next, named++)
		channels_join(build, channel, "kumiki,ends", item);
	if (channel->kind == BUNDLE_NETWORK && named == channel->end_count)
		channels_read_macs(build, channel, node);
	if (named == 1 && bundle_channel_ends_min(channel->kind) == 2 &&
	    channel->kind != BUNDLE_CHANNEL_DISK)
		complain(&build->complaints, ends->items->place,
		         "the %s '%s' has one end; name another partition in 'kumiki,ends'",
		         bundle_channel_word(channel->kind), channel->name);
}

void channels_read(struct build *build)
{
	const struct dts_node *channels = dts_child(build->tree->root, "channels");

	build->channels = arena_array(build->arena, BUNDLE_CHANNELS_MAX, sizeof(*build->channels));
	for (const struct dts_node *n = channels ? channels->children : NULL; n; n = n->next) {
		if (build->channel_count < BUNDLE_CHANNELS_MAX) {
			channels_channel(build, n);
			continue;
		}
		complain(&build->complaints, n->place,
		         "'%s' is one channel too many; %d are possible", n->name,
		         BUNDLE_CHANNELS_MAX);
		break;
	}
}

/* ---- into the model ---- */

/* FNV-1a, of 64 bits. */
static uint64_t channels_hash(uint64_t hash, const char *text)
{
	do {
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3ull;
	} while (*text++);
	return hash;
}

/* A locally administered address, by the names of the system, the channel and the partition: it
 * stays the same as long as these do. `again`: how many addresses were tried before, which other
 * ends of the channel have. */
static void channels_mac(const struct model *model, const struct model_channel *channel,
                         struct model_end *end, uint32_t again)
{
	uint64_t hash = 0xcbf29ce484222325ull + again;

	hash = channels_hash(hash, model->name);
	hash = channels_hash(hash, channel->name);
	hash = channels_hash(hash, model->partitions[end->partition].name);
	hash ^= hash >> 40;
	end->mac[0] = 0x02;
	for (uint32_t i = 1; i < BUNDLE_MAC_SIZE; i++)
		end->mac[i] = (uint8_t)(hash >> 8 * (BUNDLE_MAC_SIZE - 1 - i));
}

static bool channels_mac_taken(const struct model_channel *channel, const struct model_end *end)
{
	for (size_t i = 0; i < channel->end_count; i++)
		if (&channel->ends[i] != end &&
		    !memcmp(channel->ends[i].mac, end->mac, sizeof(end->mac)))
			return true;
	return false;
}

static uint32_t channels_partition(const struct build *build, uint32_t appearance)
{
	uint32_t index = 0;

	while (build->drafts[index].appearance != appearance)
		index++;
	return index;
}

/* Chooses the address of a network's end to which none is given. */
static void channels_choose_mac(const struct model *model, const struct model_channel *channel,
                                struct model_end *end)
{
	uint32_t again = 0;

	if (memcmp(end->mac, channels_no_mac, sizeof(end->mac)) != 0)
		return;
	do {
		channels_mac(model, channel, end, again++);
	} while (channels_mac_taken(channel, end));
}

static void channels_number_one(struct build *build, const struct draft_channel *draft,
                                struct model_channel *channel)
{
	*channel = (struct model_channel){.name = draft->name,
	                                  .kind = draft->kind,
	                                  .flags = draft->flags,
	                                  .rate = draft->rate,
	                                  .wait = draft->wait,
	                                  .end_count = draft->end_count};
	channel->ends = arena_array(build->arena, draft->end_count, sizeof(*channel->ends));
	for (size_t i = 0; i < draft->end_count; i++) {
		struct model_end *end = &channel->ends[i];

		*end = (struct model_end){.partition =
		                              channels_partition(build, draft->ends[i].appearance),
		                          .intid = draft->ends[i].intid,
		                          .ipa = draft->ends[i].ipa};
		memcpy(end->mac, draft->ends[i].mac, sizeof(end->mac));
	}
	for (size_t i = 0; i < draft->end_count && channel->kind == BUNDLE_NETWORK; i++)
		channels_choose_mac(build->model, channel, &channel->ends[i]);
}

void channels_number(struct build *build)
{
	struct model *model = build->model;

	model->channels = arena_array(build->arena, build->channel_count, sizeof(*model->channels));
	model->channel_count = build->channel_count;
	for (size_t i = 0; i < build->channel_count; i++)
		channels_number_one(build, &build->channels[i], &model->channels[i]);
}
