/* See flows.h. */
#include "flows.h"
#include <lib/string.h>

#define FLOWS_SECOND UINT64_C(1000000000)
#define FLOWS_HOUR   (3600 * FLOWS_SECOND)
#define FLOWS_SAY    (60 * FLOWS_SECOND)   /* between two records of a flow */
#define FLOWS_IDLE   (60 * FLOWS_SECOND)   /* without a frame for so long, the flow has ended */
#define FLOWS_TCP    (3600 * FLOWS_SECOND) /* the same, for TCP that passes */
#define FLOWS_ENDING (10 * FLOWS_SECOND)   /* the same, after FIN or RST */
#define FLOWS_FULL   (10 * FLOWS_SECOND)   /* without room in the log for so long, nothing passes */

#define FLOWS_GROUP_BITS 7

/* ---- counts ---- */

/* Keeps the order of stores. A crash ends this very thread, and a core sees its own stores in
 * order. */
static void flows_in_order(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static bool flows_has_counts(const struct counts *counts)
{
	return (counts->frames[0] | counts->frames[1]) != 0;
}

static void flows_count(struct counts *counts, bool outward, uint64_t frames, uint64_t bytes,
                        uint64_t now)
{
	if (!flows_has_counts(counts))
		counts->from = now;
	counts->frames[!outward] += frames;
	counts->bytes[!outward] += bytes;
}

/* Forgets counts that are in a record. */
static void flows_forget(struct counts *counts)
{
	for (int i = 0; i < 2; i++)
		counts->frames[i] = counts->bytes[i] = 0;
	flows_in_order();
	counts->put = 0;
}

/* Puts counts into a record. If the program ends meanwhile, counts->put shows the next one whether
 * the record counts. */
static void flows_put(struct counts *counts, struct pending *pending, struct gatelog_record *record)
{
	record->from = counts->from;
	for (int i = 0; i < 2; i++) {
		record->frames[i] = counts->frames[i];
		record->bytes[i] = counts->bytes[i];
	}
	counts->put = pending->put + 1;
	flows_in_order();
	pending_put(pending, record);
	flows_in_order();
	flows_forget(counts);
}

static void flows_settle(struct counts *counts, const struct pending *pending)
{
	if (counts->put != 0 && counts->put == pending->put)
		flows_forget(counts);
	counts->put = 0;
}

/* ---- records ---- */

static void flows_put_address(uint8_t bytes[4], uint32_t address)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(address >> (24 - 8 * i));
}

/* Puts a record of the flow's counts. False: there is no room for it now. */
static bool flows_say(struct flows *flows, struct flow *flow, struct pending *pending, uint64_t now)
{
	struct gatelog_record record = {.magic = GATELOG_MAGIC,
	                                .kind = GATELOG_FLOW,
	                                .reason = flow->reason,
	                                .outward = flow->outward,
	                                .protocol = flow->protocol,
	                                .until = flow->last,
	                                .type = flow->type,
	                                .rule = flow->rule};

	if (!flows_has_counts(&flow->counts))
		return true;
	if (!pending_has_room_for_frames(pending))
		return false;
	for (uint32_t i = 0; i < 2; i++) {
		const uint32_t side = flow->outward ? i : 1 - i;

		flows_put_address(record.address[i], flow->address[i]);
		record.port[i] = flow->port[i];
		if (flow->has_card[side])
			memcpy(record.card[i], flow->card[side], sizeof(record.card[i]));
	}
	flows_put(&flow->counts, pending, &record);
	flows->records[!flow->outward]++;
	flow->told = now;
	flow->said = true;
	return true;
}

/* Puts a record of a tally: the first one at once, then at most one a minute. */
static void flows_say_tally(struct tally *tally, enum gatelog_kind kind, struct pending *pending,
                            uint64_t now)
{
	struct gatelog_record record = {
	    .magic = GATELOG_MAGIC, .kind = (uint8_t)kind, .reason = GATELOG_DENIED, .until = now};

	if (!flows_has_counts(&tally->counts) || !pending_has_room_for_frames(pending) ||
	    (tally->told != 0 && now - tally->told < FLOWS_SAY))
		return;
	flows_put(&tally->counts, pending, &record);
	tally->told = now;
}

/* ---- limits ---- */

static bool flows_spent(const struct flows *flows, bool outward)
{
	return flows->records[!outward] >= (outward ? FLOWS_RECORDS_INSIDE : FLOWS_RECORDS_OUTSIDE);
}

/* Whether that side may begin another flow. There has to be room for the flow's record. */
static bool flows_may_begin(const struct flows *flows, const struct pending *pending, bool outward)
{
	return flows->begun[!outward] < FLOWS_NEW_MOST && !flows_spent(flows, outward) &&
	       pending_has_room_for_frames(pending);
}

/* Whether nothing may pass, since what passes now might never be in the log. */
static bool flows_is_shut(const struct flows *flows, const struct pending *pending, uint64_t now)
{
	return pending_is_halted(pending) || (flows->full != 0 && now - flows->full > FLOWS_FULL &&
	                                      !pending_has_room_for_frames(pending));
}

/* ---- finding ---- */

/* Where a frame has the address, port or card of the inside (0) or of the outside (1). */
static uint32_t flows_side(bool outward, uint32_t side)
{
	return outward ? side : 1 - side;
}

static uint64_t flows_mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 32;
}

/* The number of the frame's group. */
static uint32_t flows_lead(const struct flows *flows, const struct frame *frame, bool outward)
{
	uint64_t hash = flows_mix(flows->secret, (uint64_t)frame->type << 8 | frame->protocol);

	for (uint32_t i = 0; i < 2; i++) {
		const uint32_t side = flows_side(outward, i);
		uint64_t card = 0;

		if (!frame_has_addresses(frame))
			memcpy(&card, frame->card[side], sizeof(frame->card[side]));
		hash = flows_mix(hash, frame->address[side]);
		hash = flows_mix(hash, (uint64_t)frame->port[side] << 48 | card);
	}
	_Static_assert(FLOWS_GROUPS == 1 << FLOWS_GROUP_BITS, "each number is a group's");
	return (uint32_t)(hash >> (64 - FLOWS_GROUP_BITS));
}

/* Whether a card fits. The receiver's card of a frame with addresses doesn't matter, as it may be a
 * broadcast's. */
static bool flows_is_card(const struct flow *flow, const struct frame *frame, bool outward,
                          uint32_t i)
{
	const uint32_t side = flows_side(outward, i);

	return (frame_has_addresses(frame) && side != 0) || !flow->has_card[i] ||
	       memcmp(flow->card[i], frame->card[side], sizeof(flow->card[i])) == 0;
}

static bool flows_is(const struct flow *flow, const struct frame *frame, bool outward)
{
	bool same = flow->used && flow->type == frame->type && flow->protocol == frame->protocol &&
	            flow->found == (uint8_t)frame->found;

	for (uint32_t i = 0; i < 2 && same; i++) {
		const uint32_t side = flows_side(outward, i);

		same = flow->address[i] == frame->address[side] &&
		       flow->port[i] == frame->port[side] && flows_is_card(flow, frame, outward, i);
	}
	return same;
}

static uint32_t flows_worth(const struct flow *flow)
{
	if (!flow->used)
		return 0;
	return flow->allowed ? 2u + flow->outward : 1;
}

/* A place for another flow; NULL: all flows there are worth more. */
static struct flow *flows_place(struct flow *group, const struct flow *other)
{
	struct flow *place = &group[0];

	for (uint32_t i = 1; i < FLOWS_GROUP; i++) {
		const uint32_t worth = flows_worth(&group[i]), least = flows_worth(place);

		if (worth < least || (worth == least && group[i].last < place->last))
			place = &group[i];
	}
	return flows_worth(place) <= flows_worth(other) ? place : NULL;
}

/* ---- deciding ---- */

static void flows_decide(struct flow *flow, const struct flows *flows, const struct rules *rules,
                         const struct frame *frame)
{
	const struct rule *rule = rules_find(rules, frame, flow->outward);

	flow->generation = flows->generation;
	flow->rule = rule ? rule->line : 0;
	flow->reason = rule && rule->allows ? GATELOG_ALLOWED : GATELOG_DENIED;
	flow->ending = false;
	if (frame->found != FRAME_WHOLE)
		flow->reason =
		    frame->found == FRAME_FRAGMENT ? GATELOG_FRAGMENT : GATELOG_MALFORMED;
	flow->allowed = flow->reason == GATELOG_ALLOWED;
}

/* Refuses TCP that doesn't begin. This isn't called for a flow that passed already. */
static void flows_need_begin(struct flow *flow, const struct frame *frame)
{
	if (flow->allowed && frame->type == FRAME_TYPE_IP && frame->protocol == FRAME_TCP &&
	    !frame->begins) {
		flow->allowed = false;
		flow->reason = GATELOG_NO_BEGIN;
	}
}

static void flows_note_card(struct flow *flow, const struct frame *frame, bool outward, uint32_t i)
{
	memcpy(flow->card[i], frame->card[flows_side(outward, i)], sizeof(flow->card[i]));
	flow->has_card[i] = true;
}

static struct flow flows_make(const struct flows *flows, const struct rules *rules,
                              const struct frame *frame, bool outward, uint64_t now)
{
	struct flow flow = {.used = true,
	                    .outward = outward,
	                    .found = (uint8_t)frame->found,
	                    .type = frame->type,
	                    .protocol = frame->protocol,
	                    .told = now};

	for (uint32_t i = 0; i < 2; i++) {
		flow.address[i] = frame->address[flows_side(outward, i)];
		flow.port[i] = frame->port[flows_side(outward, i)];
		if (!frame_has_addresses(frame))
			flows_note_card(&flow, frame, outward, i);
	}
	flows_decide(&flow, flows, rules, frame);
	flows_need_begin(&flow, frame);
	return flow;
}

/* Whether a refused flow begins anew: by the other side, or now rightly. */
static bool flows_begins_anew(const struct flow *flow, const struct frame *frame, bool outward)
{
	return !flow->allowed &&
	       (flow->outward != outward || (flow->reason == GATELOG_NO_BEGIN && frame->begins));
}

/* The frame, turned to look like its flow's first frame, so that rules see who began. */
static struct frame flows_first(const struct flow *flow, const struct frame *frame, bool outward)
{
	struct frame first = *frame;

	if (flow->outward == outward)
		return first;
	for (uint32_t i = 0; i < 2; i++) {
		first.address[i] = frame->address[1 - i];
		first.port[i] = frame->port[1 - i];
	}
	return first;
}

/* Puts a flow into its place. If the program ends meanwhile, the place is empty. */
static void flows_settle_in(struct flow *place, struct flow flow)
{
	place->used = flow.used = false;
	flows_in_order();
	*place = flow;
	flows_in_order();
	place->used = true;
}

/* The frame's flow. NULL: there are too many new flows, or there is no room for another one. */
static struct flow *flows_find(struct flows *flows, const struct rules *rules,
                               struct pending *pending, const struct frame *frame, bool outward,
                               uint64_t now)
{
	struct flow *group = flows->flow[flows_lead(flows, frame, outward)], *flow = group;
	struct flow made;

	while (flow < group + FLOWS_GROUP && !flows_is(flow, frame, outward))
		flow++;
	if (flow < group + FLOWS_GROUP && !flows_begins_anew(flow, frame, outward))
		return flow;
	if (!flows_may_begin(flows, pending, outward))
		return NULL;
	made = flows_make(flows, rules, frame, outward, now);
	if (flow == group + FLOWS_GROUP)
		flow = flows_place(group, &made);
	if (!flow || (flow->used && !flows_say(flows, flow, pending, now)))
		return NULL;
	flows->begun[!outward]++;
	flows_settle_in(flow, made);
	return flow;
}

/* Decides by the rules that hold now. What the former rules decided is logged before. False: there
 * is no room for that. A flow that didn't pass has to begin. */
static bool flows_renew(struct flows *flows, struct flow *flow, const struct rules *rules,
                        struct pending *pending, const struct frame *frame, bool outward,
                        uint64_t now)
{
	const struct frame first = flows_first(flow, frame, outward);
	const bool passed = flow->allowed;

	if (flow->generation == flows->generation)
		return true;
	if (!flows_say(flows, flow, pending, now))
		return false;
	flows_decide(flow, flows, rules, &first);
	if (!passed)
		flows_need_begin(flow, &first);
	flow->said = false;
	return true;
}

bool flows_pass(struct flows *flows, const struct rules *rules, struct pending *pending,
                const struct frame *frame, bool outward, size_t size, uint64_t now)
{
	struct flow *flow = NULL;

	if (!flows_is_shut(flows, pending, now))
		flow = flows_find(flows, rules, pending, frame, outward, now);
	if (!flow || !flows_renew(flows, flow, rules, pending, frame, outward, now)) {
		flows_count(&flows->crowd.counts, outward, 1, size, now);
		return false;
	}
	flows_note_card(flow, frame, outward, !outward);
	flows_count(&flow->counts, outward, 1, size, now);
	flow->last = now;
	flow->ending = frame->ends || (flow->ending && !frame->begins);
	return flow->allowed;
}

void flows_lose(struct flows *flows, bool outward, uint64_t frames, uint64_t now)
{
	flows_count(&flows->lost.counts, outward, frames, 0, now);
}

/* ---- time ---- */

static uint64_t flows_patience(const struct flow *flow)
{
	if (flow->ending)
		return FLOWS_ENDING;
	return flow->allowed && flow->type == FRAME_TYPE_IP && flow->protocol == FRAME_TCP
	           ? FLOWS_TCP
	           : FLOWS_IDLE;
}

/* Logs a flow. Its first record comes within a second, the next records each minute, and the last
 * when it has been silent for long. */
static void flows_look(struct flows *flows, struct flow *flow, struct pending *pending,
                       uint64_t now)
{
	const bool over = now - flow->last > flows_patience(flow);
	const uint64_t often = flows_spent(flows, flow->outward) ? FLOWS_HOUR : FLOWS_SAY;

	if ((over || !flow->said || now - flow->told > often) &&
	    flows_say(flows, flow, pending, now) && over)
		flow->used = false;
}

static void flows_look_at_limits(struct flows *flows, const struct pending *pending, uint64_t now)
{
	flows->begun[0] = flows->begun[1] = 0;
	if (now - flows->hour >= FLOWS_HOUR) {
		flows->hour = now;
		flows->records[0] = flows->records[1] = 0;
	}
	if (pending_has_room_for_frames(pending))
		flows->full = 0;
	else if (flows->full == 0)
		flows->full = now;
}

void flows_tick(struct flows *flows, struct pending *pending, uint64_t now)
{
	flows_look_at_limits(flows, pending, now);
	flows_say_tally(&flows->crowd, GATELOG_CROWD, pending, now);
	flows_say_tally(&flows->lost, GATELOG_LOST, pending, now);
	for (uint32_t i = 0; i < FLOWS_GROUPS; i++)
		for (uint32_t j = 0; j < FLOWS_GROUP; j++)
			if (flows->flow[i][j].used)
				flows_look(flows, &flows->flow[i][j], pending, now);
}

void flows_rules_changed(struct flows *flows)
{
	flows->generation++;
}

/* A frame of the flow, from the inside. */
static struct frame flows_frame(const struct flow *flow)
{
	struct frame frame = {.type = flow->type, .protocol = flow->protocol};

	for (uint32_t i = 0; i < 2; i++) {
		frame.address[i] = flow->address[i];
		frame.port[i] = flow->port[i];
		memcpy(frame.card[i], flow->card[i], sizeof(frame.card[i]));
	}
	return frame;
}

static bool flows_possible(const struct flows *flows, uint32_t group, const struct flow *flow)
{
	const struct frame frame = flows_frame(flow);

	return !flow->used ||
	       (flow->reason < GATELOG_REASONS &&
	        flow->allowed == (flow->reason == GATELOG_ALLOWED) &&
	        flow->generation <= flows->generation && flows_lead(flows, &frame, true) == group);
}

bool flows_are_sound(const struct flows *flows, uint64_t secret)
{
	bool sound = flows->secret == secret;

	for (uint32_t i = 0; i < FLOWS_GROUPS; i++)
		for (uint32_t j = 0; j < FLOWS_GROUP; j++)
			sound = sound && flows_possible(flows, i, &flows->flow[i][j]);
	return sound;
}

void flows_begin(struct flows *flows, const struct pending *pending, uint64_t secret)
{
	flows->secret = secret;
	flows_settle(&flows->crowd.counts, pending);
	flows_settle(&flows->lost.counts, pending);
	for (uint32_t i = 0; i < FLOWS_GROUPS; i++)
		for (uint32_t j = 0; j < FLOWS_GROUP; j++) {
			struct flow *flow = &flows->flow[i][j];

			flows_settle(&flow->counts, pending);
			if (!flows_possible(flows, i, flow))
				flow->used = false;
		}
	flows->generation++;
}
