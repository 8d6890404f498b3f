/* SPDX-License-Identifier: MIT-0 */
/* Sends, takes and judges the messages: see talk/talk.h. */
#include <stdio.h>
#include <string.h>
#include <talk/talk.h>

#define TALK_ASK      1u /* the request: how many items have you taken? */
#define TALK_ITEM_MAX 600u

/* Makes an item: its contents depend only on its number. */
static size_t talk_fill(uint8_t *bytes, uint64_t number)
{
	const size_t size = 8 + (size_t)(number * 31 % (TALK_ITEM_MAX - 8));

	memcpy(bytes, &number, 8);
	for (size_t i = 8; i < size; i++)
		bytes[i] = (uint8_t)(number + i);
	return size;
}

static void talk_wrong(struct talk *talk, const char *what, uint64_t number)
{
	talk->wrong++;
	printf("talk: WRONG: %s, item %lu, %lu were taken\n", what, (unsigned long)number,
	       (unsigned long)*talk->taken);
}

/* ---- talking ---- */

static void talk_new_conversation(struct talk *talk)
{
	talk->conversation = talk->channel.conversations;
	talk->asked = talk->knows = false;
	if (talk->steady)
		printf("talk: life %u of the other side; taken %lu, repeated %lu, wrong %lu\n",
		       (unsigned int)channel_other(&talk->channel), (unsigned long)*talk->taken,
		       (unsigned long)talk->repeated, (unsigned long)talk->wrong);
}

static bool talk_control(struct talk *talk)
{
	struct channel_message message;
	const uint64_t words[CHANNEL_WORDS] = {*talk->taken};

	if (channel_control(&talk->channel, &message) != CHANNEL_OK)
		return false;
	if ((message.id & CHANNEL_ANSWER) == 0)
		return channel_answer(&talk->channel, &message, words) == CHANNEL_OK;
	/* The steady side knows how many items were acknowledged: the other side must have taken at
	 * least as many. */
	if (talk->steady && message.words[0] < talk->first + channel_acknowledged(&talk->channel))
		talk_wrong(talk, "acknowledged and forgotten", message.words[0]);
	talk->next = message.words[0];
	talk->first = talk->next - channel_acknowledged(&talk->channel);
	talk->knows = true;
	return true;
}

static bool talk_ask(struct talk *talk)
{
	const uint64_t words[CHANNEL_WORDS] = {0};

	if (talk->asked)
		return false;
	talk->asked = channel_request(&talk->channel, TALK_ASK, words, NULL) == CHANNEL_OK;
	return talk->asked;
}

static bool talk_send(struct talk *talk)
{
	uint8_t bytes[TALK_ITEM_MAX];

	if (!talk->knows)
		return false;
	if (channel_send(&talk->channel, bytes, talk_fill(bytes, talk->next)) != CHANNEL_OK)
		return false;
	talk->next++;
	return true;
}

static bool talk_take(struct talk *talk)
{
	uint8_t bytes[TALK_ITEM_MAX], wanted[TALK_ITEM_MAX];
	uint64_t number = 0;
	size_t size = 0;

	if (channel_receive(&talk->channel, bytes, sizeof(bytes), &size) != CHANNEL_OK)
		return false;
	memcpy(&number, bytes, 8);
	if (size != talk_fill(wanted, number) || memcmp(bytes, wanted, size) != 0)
		talk_wrong(talk, "not as it was sent", number);
	else if (number > *talk->taken)
		talk_wrong(talk, "something before it is lost", number);
	else if (number < *talk->taken)
		talk->repeated++;
	else
		*talk->taken = number + 1; /* one store decides that the item is taken */
	(void)channel_done(&talk->channel);
	return true;
}

bool talk_turn(struct talk *talk)
{
	bool changed = false;
	enum channel_status status = channel_poll(&talk->channel, &changed);

	if (status == CHANNEL_OK && talk->channel.conversations != talk->conversation)
		talk_new_conversation(talk);
	if (status == CHANNEL_BROKEN)
		talk_wrong(talk, "the other side broke the rules", 0);
	if (status == CHANNEL_OK) {
		changed |= talk_ask(talk);
		changed |= talk_control(talk);
		changed |= talk_send(talk);
		changed |= talk_take(talk);
	}
	return changed;
}

void talk_open(struct talk *talk, void *window, size_t size, uint32_t generation)
{
	const size_t half = size / 2;
	char *lower = window, *upper = lower + half;

	channel_open(&talk->channel, talk->steady ? lower : upper, talk->steady ? upper : lower,
	             half, generation);
}
