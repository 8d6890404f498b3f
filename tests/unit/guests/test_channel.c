/*
 * Channels between two sides: in order, whole, acknowledged, through any number of lives of either
 * side; and with another side that writes whatever it likes, when it likes.
 *
 * Shows: talk.acknowledged.
 */
#include <guest/channel.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define AREA     CHANNEL_LEAST
#define ROUNDS   300000u
#define ITEM_MAX 200u

/* Areas of exactly their size, so that a sanitizer sees a step outside. */
static void *areas[2];
static uint32_t generations[2];

static uint32_t random_state = 1;
static uint32_t random_below(uint32_t below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % below;
}

static void set_up(void)
{
	random_state = 1;
	for (int i = 0; i < 2; i++) {
		areas[i] = malloc(AREA);
		assert_non_null(areas[i]);
		memset(areas[i], 0xa5, AREA); /* nobody wipes a window */
		generations[i] = 0;
	}
}

static void tear_down(void)
{
	free(areas[0]);
	free(areas[1]);
}

const struct unit_fixture unit_each = {set_up, tear_down};

static void begin_life(struct channel *channel, int side)
{
	channel_open(channel, areas[side], areas[1 - side], AREA, ++generations[side]);
}

static void connect(struct channel *a, struct channel *b)
{
	begin_life(a, 0);
	begin_life(b, 1);
	for (int i = 0; i < 3; i++) {
		(void)channel_poll(a, NULL);
		(void)channel_poll(b, NULL);
	}
	assert_int_equal(channel_poll(a, NULL), CHANNEL_OK);
	assert_int_equal(channel_poll(b, NULL), CHANNEL_OK);
}

static void expect_text(struct channel *channel, const char *text)
{
	char found[ITEM_MAX];
	size_t size = 0;

	assert_int_equal(channel_receive(channel, found, sizeof(found), &size), CHANNEL_OK);
	assert_int_equal(size, strlen(text));
	assert_memory_equal(found, text, size);
}

TEST(nobody_is_there)
{
	struct channel a;
	bool changed;

	begin_life(&a, 0);
	assert_int_equal(channel_poll(&a, &changed), CHANNEL_AWAY);
	assert_int_equal(channel_send(&a, "x", 1), CHANNEL_AWAY);
}

TEST(it_is_said_when_the_other_side_is_to_look)
{
	struct channel a, b;
	bool changed;

	begin_life(&a, 0);
	begin_life(&b, 1);
	assert_int_equal(channel_poll(&b, &changed), CHANNEL_AWAY);
	assert_true(changed);
	assert_int_equal(channel_poll(&a, &changed), CHANNEL_OK);
	assert_true(changed);
	assert_int_equal(channel_poll(&b, &changed), CHANNEL_OK);
	assert_false(changed);
	assert_int_equal(channel_other(&b), 1);
	assert_int_equal(a.conversations, 1);
}

TEST(messages_come_in_order)
{
	struct channel a, b;
	char rest[ITEM_MAX];
	size_t size;

	connect(&a, &b);
	assert_int_equal(channel_send(&a, "first", 5), CHANNEL_OK);
	assert_int_equal(channel_send(&a, "", 0), CHANNEL_OK);
	assert_int_equal(channel_send(&b, "back", 4), CHANNEL_OK);
	expect_text(&b, "first");
	expect_text(&b, "");
	assert_int_equal(channel_receive(&b, rest, sizeof(rest), &size), CHANNEL_EMPTY);
	expect_text(&a, "back");
	assert_int_equal(channel_poll(&a, NULL), CHANNEL_OK);
	assert_int_equal(channel_unacknowledged(&a), 2);
	assert_int_equal(channel_done(&b), CHANNEL_OK);
	assert_int_equal(channel_poll(&a, NULL), CHANNEL_OK);
	assert_int_equal(channel_unacknowledged(&a), 0);
	assert_true(channel_acknowledged(&a) == 2);
}

TEST(what_has_no_room_waits)
{
	struct channel a, b;
	char large[AREA] = "large";
	size_t size;

	connect(&a, &b);
	assert_int_equal(channel_send(&a, large, channel_largest(&a) + 1), CHANNEL_WRONG);
	assert_int_equal(channel_send(&a, large, channel_largest(&a)), CHANNEL_OK);
	assert_int_equal(channel_send(&a, "", 0), CHANNEL_FULL);
	/* A small buffer gets the beginning, and is told the length. */
	assert_int_equal(channel_receive(&b, large, 5, &size), CHANNEL_OK);
	assert_int_equal(size, channel_largest(&a));
	assert_int_equal(channel_send(&a, "", 0), CHANNEL_FULL);
	assert_int_equal(channel_done(&b), CHANNEL_OK);
	assert_int_equal(channel_send(&a, "", 0), CHANNEL_OK);
}

TEST(requests_are_answered)
{
	const uint64_t words[CHANNEL_WORDS] = {1, 2, 3, 4, 5, 6};
	struct channel a, b;
	struct channel_message message, other;
	uint32_t id;

	connect(&a, &b);
	assert_int_equal(channel_request(&a, 7, words, &id), CHANNEL_OK);
	assert_int_equal(channel_control(&b, &message), CHANNEL_OK);
	assert_int_equal(message.kind, 7);
	assert_int_equal(message.id, id);
	assert_memory_equal(message.words, words, sizeof(words));
	assert_int_equal(channel_control(&b, &other), CHANNEL_EMPTY);
	assert_int_equal(channel_answer(&b, &message, words), CHANNEL_OK);
	assert_int_equal(channel_control(&a, &other), CHANNEL_OK);
	assert_int_equal(other.id, id | CHANNEL_ANSWER);
	/* An answer is none to answer. */
	assert_int_equal(channel_answer(&a, &other, words), CHANNEL_WRONG);
	for (uint32_t i = 0; i < CHANNEL_CONTROLS; i++)
		assert_int_equal(channel_request(&a, i, words, NULL), CHANNEL_OK);
	assert_int_equal(channel_request(&a, 0, words, NULL), CHANNEL_FULL);
}

TEST(an_answer_to_nothing_is_refused)
{
	const uint64_t words[CHANNEL_WORDS] = {0};
	const struct channel_message never = {.kind = 1, .id = 3};
	struct channel_message message;
	struct channel a, b;

	connect(&a, &b);
	assert_int_equal(channel_answer(&b, &never, words), CHANNEL_OK);
	assert_int_equal(channel_control(&a, &message), CHANNEL_BROKEN);
	assert_int_equal(channel_send(&a, "x", 1), CHANNEL_BROKEN);
	/* Until it begins a new life. */
	begin_life(&b, 1);
	(void)channel_poll(&b, NULL);
	assert_int_equal(channel_poll(&a, NULL), CHANNEL_OK);
	assert_int_equal(channel_poll(&b, NULL), CHANNEL_OK);
}

TEST(a_new_life_knows_nothing_of_the_former)
{
	struct channel a, b;
	char bytes[ITEM_MAX];
	size_t size;

	connect(&a, &b);
	assert_int_equal(channel_send(&a, "old", 3), CHANNEL_OK);
	assert_int_equal(channel_send(&b, "old", 3), CHANNEL_OK);
	begin_life(&b, 1);
	assert_int_equal(channel_receive(&a, bytes, sizeof(bytes), &size), CHANNEL_AWAY);
	assert_int_equal(channel_poll(&a, NULL), CHANNEL_AWAY);
	assert_int_equal(channel_poll(&b, NULL), CHANNEL_OK);
	assert_int_equal(channel_receive(&b, bytes, sizeof(bytes), &size), CHANNEL_EMPTY);
	assert_int_equal(channel_poll(&a, NULL), CHANNEL_OK);
	assert_int_equal(channel_other(&a), 2);
	assert_int_equal(channel_send(&b, "new", 3), CHANNEL_OK);
	expect_text(&a, "new");
	assert_int_equal(a.conversations, 2);
	assert_true(channel_acknowledged(&a) == 0);
}

/* What was meant for one life is never sent to the next, however far that is. */
TEST(nothing_crosses_from_one_conversation_to_the_next)
{
	struct channel a, b;

	connect(&a, &b);
	assert_int_equal(channel_send(&a, "old", 3), CHANNEL_OK);
	begin_life(&b, 1);
	assert_int_equal(channel_poll(&b, NULL), CHANNEL_AWAY);
	assert_int_equal(channel_send(&a, "old", 3), CHANNEL_AWAY);
	assert_int_equal(channel_send(&a, "old", 3), CHANNEL_AWAY);
	assert_int_equal(channel_poll(&a, NULL), CHANNEL_OK);
	assert_int_equal(a.conversations, 2);
	assert_int_equal(channel_send(&a, "new", 3), CHANNEL_OK);
	assert_int_equal(channel_poll(&b, NULL), CHANNEL_OK);
	expect_text(&b, "new");
}

/* ---- lives and deaths ---- */

/* One side of a long talk: sends numbered items of all lengths, keeps what it must not forget. */
struct talker {
	struct channel channel;
	int side;
	uint32_t conversation;
	/* Kept through its lives: the number of items that it has taken. */
	uint32_t taken;
	/* Of this life. */
	uint64_t first, next; /* first item of this life; next to send */
	bool knows;           /* the other side has said where to go on */
	bool asked;
};

static void item_fill(uint8_t *bytes, uint32_t number, size_t *size)
{
	*size = 4 + number * 7 % (ITEM_MAX - 4);
	memcpy(bytes, &number, 4);
	for (size_t i = 4; i < *size; i++)
		bytes[i] = (uint8_t)(number + i);
}

static void talk_begin(struct talker *talker)
{
	begin_life(&talker->channel, talker->side);
	talker->conversation = 0;
	talker->knows = talker->asked = false;
}

/* In a new life, only the other side knows how far the items came. */
static void talk_ask(struct talker *talker)
{
	const uint64_t words[CHANNEL_WORDS] = {0};

	if (!talker->asked)
		talker->asked = channel_request(&talker->channel, 1, words, NULL) == CHANNEL_OK;
}

static void talk_control(struct talker *talker)
{
	struct channel_message message;
	const uint64_t words[CHANNEL_WORDS] = {talker->taken};

	if (channel_control(&talker->channel, &message) != CHANNEL_OK)
		return;
	if ((message.id & CHANNEL_ANSWER) == 0) {
		(void)channel_answer(&talker->channel, &message, words);
	} else {
		talker->knows = true;
		talker->first = message.words[0] - channel_acknowledged(&talker->channel);
		talker->next = message.words[0];
	}
}

static void talk_send(struct talker *talker)
{
	uint8_t bytes[ITEM_MAX];
	size_t size;

	if (!talker->knows)
		return;
	item_fill(bytes, (uint32_t)talker->next, &size);
	if (channel_send(&talker->channel, bytes, size) == CHANNEL_OK)
		talker->next++;
}

/* Items that were acknowledged are never asked for again; one that wasn't may come twice. */
static void talk_take(struct talker *talker)
{
	uint8_t bytes[ITEM_MAX], wanted[ITEM_MAX];
	size_t size, wanted_size;
	uint32_t number;

	if (channel_receive(&talker->channel, bytes, sizeof(bytes), &size) != CHANNEL_OK)
		return;
	memcpy(&number, bytes, 4);
	item_fill(wanted, number, &wanted_size);
	assert_int_equal(size, wanted_size);
	assert_memory_equal(bytes, wanted, size);
	assert_true(number <= talker->taken);
	if (number == talker->taken)
		talker->taken++;
	if (random_below(4) == 0)
		(void)channel_done(&talker->channel);
}

static void talk_step(struct talker *talker)
{
	if (channel_poll(&talker->channel, NULL) == CHANNEL_OK &&
	    talker->channel.conversations != talker->conversation) {
		talker->conversation = talker->channel.conversations;
		talker->asked = talker->knows = false;
	}
	talk_ask(talker);
	switch (random_below(3)) {
	case 0:
		talk_control(talker);
		break;
	case 1:
		talk_send(talker);
		break;
	default:
		talk_take(talker);
	}
	assert_int_not_equal(channel_poll(&talker->channel, NULL), CHANNEL_BROKEN);
	assert_true(!talker->knows ||
	            talker->first + channel_acknowledged(&talker->channel) <= talker->next);
}

/* What one side knows to be acknowledged, the other one has. */
static void talk_check(const struct talker *from, const struct talker *to)
{
	assert_true(!from->knows ||
	            from->first + channel_acknowledged(&from->channel) <= to->taken);
}

TEST(nothing_acknowledged_is_lost_in_many_lives)
{
	struct talker talkers[2] = {{.side = 0}, {.side = 1}};

	talk_begin(&talkers[0]);
	talk_begin(&talkers[1]);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		talk_step(&talkers[random_below(2)]);
		talk_check(&talkers[0], &talkers[1]);
		talk_check(&talkers[1], &talkers[0]);
		if (random_below(500) == 0)
			talk_begin(&talkers[random_below(2)]);
	}
	for (int i = 0; i < 2; i++) {
		assert_true(talkers[i].taken > ROUNDS / 50);
		assert_true(generations[i] > ROUNDS / 2000);
	}
}

/* ---- a hostile other side ---- */

/* Writes at random: fields with likely and unlikely values, and bytes anywhere. */
static void spoil(struct channel_area *area, const struct channel *victim)
{
	uint32_t *fields = &area->magic;
	const uint32_t field = random_below(8);

	switch (random_below(6)) {
	case 0:
		fields[field] = random_below(1u << 24) * 257u;
		break;
	case 1:
		fields[field] += random_below(64) - 8;
		break;
	case 2:
		((uint8_t *)area)[random_below(AREA)] = (uint8_t)random_below(256);
		break;
	default: /* what keeps the conversation going */
		area->magic = CHANNEL_MAGIC;
		area->generation = 1 + random_below(2);
		area->seen = victim->generation;
		if (random_below(8) == 0)
			area->data_written = area->data_taken = area->messages_done =
			    area->controls_written = area->controls_taken = 0;
	}
}

/* Whatever happens, nothing outside of the areas is touched, and no more than what was asked for.
 */
static void use(struct channel *channel)
{
	const uint64_t words[CHANNEL_WORDS] = {1};
	struct channel_message message = {.id = 1};
	uint8_t bytes[ITEM_MAX] = {0};
	size_t size = 0;

	switch (random_below(7)) {
	case 6:
		(void)channel_poll(channel, NULL);
		break;
	case 0:
		(void)channel_send(channel, bytes, random_below(ITEM_MAX));
		break;
	case 1:
		if (channel_receive(channel, bytes, random_below(ITEM_MAX), &size) == CHANNEL_OK)
			assert_true(size <= channel_largest(channel));
		break;
	case 2:
		(void)channel_done(channel);
		break;
	case 3:
		(void)channel_request(channel, 1, words, NULL);
		break;
	case 4:
		(void)channel_answer(channel, &message, words);
		break;
	default:
		(void)channel_control(channel, &message);
	}
	assert_true(channel_unacknowledged(channel) <= channel->sent);
	assert_true(channel->data_written - channel->data_taken <= channel->ring);
}

TEST(a_hostile_side_does_no_harm)
{
	struct channel channel;
	uint32_t conversations = 0;

	begin_life(&channel, 0);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		spoil(areas[1], &channel);
		use(&channel);
		conversations = channel.conversations;
		if (random_below(2000) == 0)
			begin_life(&channel, 0);
	}
	assert_true(conversations > 10);
}

TEST(counts_that_cannot_be_end_the_conversation)
{
	static const size_t fields[] = {offsetof(struct channel_area, data_taken),
	                                offsetof(struct channel_area, messages_done)};
	struct channel a, b;
	struct channel_area *area;
	char bytes[8];
	size_t size;

	for (size_t i = 0; i < 2; i++) {
		connect(&a, &b);
		area = areas[1];
		assert_int_equal(channel_send(&a, "x", 1), CHANNEL_OK);
		*(uint32_t *)(void *)((char *)area + fields[i]) = 1000;
		assert_int_equal(channel_poll(&a, NULL), CHANNEL_BROKEN);
	}
	connect(&a, &b);
	area = areas[1];
	area->data_written = a.ring + 8;
	assert_int_equal(channel_receive(&a, bytes, sizeof(bytes), &size), CHANNEL_BROKEN);
	connect(&a, &b);
	area->data_written = 4;
	assert_int_equal(channel_receive(&a, bytes, sizeof(bytes), &size), CHANNEL_BROKEN);
	connect(&a, &b);
	assert_int_equal(channel_send(&b, "x", 1), CHANNEL_OK);
	area->data[0] = 9; /* its length: more than there is */
	assert_int_equal(channel_receive(&a, bytes, sizeof(bytes), &size), CHANNEL_BROKEN);
	connect(&a, &b);
	assert_int_equal(channel_send(&b, "x", 1), CHANNEL_OK);
	area->data[4] = 1; /* its number */
	assert_int_equal(channel_receive(&a, bytes, sizeof(bytes), &size), CHANNEL_BROKEN);
	connect(&a, &b);
	area->controls_written = CHANNEL_CONTROLS + 1;
	assert_int_equal(channel_control(&a, &(struct channel_message){0}), CHANNEL_BROKEN);
}
