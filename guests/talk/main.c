/* SPDX-License-Identifier: MIT-0 */
/*
 * Talk: two partitions that send each other numbered items over a channel, and judge what arrives.
 * The one called "steady" stays; any other one resets itself at a random moment, again and again,
 * wherever it is. What must outlive a reset, the number of the last item that it took, it has in
 * memory that restarts keep. Nothing that was acknowledged may be lost, and nothing may come twice
 * that was.
 *
 * Its description gives it a window with doorbells (both write) and, to the other one, kept memory.
 */
#include <guest/channel.h>
#include <guest/cpu.h>
#include <guest/doorbell.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <stdio.h>
#include <string.h>

#define TALK_ASK       1u /* the request: how many items have you taken? */
#define TALK_ITEM_MAX  600u
#define TALK_LIFE_MAX  2000u /* microseconds */
#define TALK_LIFE_BASE 500u

static struct {
	struct channel channel;
	uint32_t ring; /* doorbell */
	bool steady;
	volatile uint64_t *taken; /* items that were taken, ever */
	uint64_t next;            /* the next one to send */
	uint64_t first;           /* where the count of acknowledged ones begins */
	bool asked, knows;
	uint32_t conversation;
	uint64_t repeated, wrong;
} talk;

static volatile uint32_t talk_heard;
static uint64_t talk_steady_taken;

static void talk_on_ring(uint32_t intid)
{
	(void)intid;
	talk_heard++;
}

/* An item says its number; the rest follows from that. */
static size_t talk_fill(uint8_t *bytes, uint64_t number)
{
	const size_t size = 8 + number * 31 % (TALK_ITEM_MAX - 8);

	memcpy(bytes, &number, 8);
	for (size_t i = 8; i < size; i++)
		bytes[i] = (uint8_t)(number + i);
	return size;
}

static void talk_wrong(const char *what, uint64_t number)
{
	talk.wrong++;
	printf("talk: WRONG: %s, item %lu, %lu were taken\n", what, (unsigned long)number,
	       (unsigned long)*talk.taken);
}

/* ---- the moment of death ---- */

static void talk_reset(uint32_t intid)
{
	(void)intid;
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

/* Each life of another length; the counter is as good as dice. */
static void talk_wind_up(void)
{
	const uint64_t span = time_frequency() / 1000000;
	const uint64_t dice = (time_counter() ^ *talk.taken << 7) * 2654435761u >> 8;

	cpu_write(cntv_cval_el0, time_counter() + span * (TALK_LIFE_BASE + dice % TALK_LIFE_MAX));
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	gic_enable(BOARD_VTIMER_INTERRUPT, talk_reset);
}

/* ---- talking ---- */

static void talk_new_conversation(void)
{
	talk.conversation = talk.channel.conversations;
	talk.asked = talk.knows = false;
	if (talk.steady)
		printf("talk: life %u of the other side; taken %lu, repeated %lu, wrong %lu\n",
		       (unsigned int)channel_other(&talk.channel), (unsigned long)*talk.taken,
		       (unsigned long)talk.repeated, (unsigned long)talk.wrong);
}

static bool talk_control(void)
{
	struct channel_message message;
	const uint64_t words[CHANNEL_WORDS] = {*talk.taken};

	if (channel_control(&talk.channel, &message) != CHANNEL_OK)
		return false;
	if ((message.id & CHANNEL_ANSWER) == 0)
		return channel_answer(&talk.channel, &message, words) == CHANNEL_OK;
	/* The steady one knows itself what was acknowledged: that much must be there. */
	if (talk.steady && message.words[0] < talk.first + channel_acknowledged(&talk.channel))
		talk_wrong("acknowledged and forgotten", message.words[0]);
	talk.next = message.words[0];
	talk.first = talk.next - channel_acknowledged(&talk.channel);
	talk.knows = true;
	return true;
}

static bool talk_ask(void)
{
	const uint64_t words[CHANNEL_WORDS] = {0};

	if (talk.asked)
		return false;
	talk.asked = channel_request(&talk.channel, TALK_ASK, words, NULL) == CHANNEL_OK;
	return talk.asked;
}

static bool talk_send(void)
{
	uint8_t bytes[TALK_ITEM_MAX];

	if (!talk.knows)
		return false;
	if (channel_send(&talk.channel, bytes, talk_fill(bytes, talk.next)) != CHANNEL_OK)
		return false;
	talk.next++;
	return true;
}

static bool talk_take(void)
{
	uint8_t bytes[TALK_ITEM_MAX], wanted[TALK_ITEM_MAX];
	uint64_t number = 0;
	size_t size = 0;

	if (channel_receive(&talk.channel, bytes, sizeof(bytes), &size) != CHANNEL_OK)
		return false;
	memcpy(&number, bytes, 8);
	if (size != talk_fill(wanted, number) || memcmp(bytes, wanted, size) != 0)
		talk_wrong("not as it was sent", number);
	else if (number > *talk.taken)
		talk_wrong("something before it is lost", number);
	else if (number < *talk.taken)
		talk.repeated++;
	else
		*talk.taken = number + 1; /* one store: it is taken, or not */
	(void)channel_done(&talk.channel);
	return true;
}

static void talk_turn(void)
{
	const uint32_t heard = talk_heard;
	bool changed = false, busy = false;
	enum channel_status status = channel_poll(&talk.channel, &changed);

	if (status == CHANNEL_OK && talk.channel.conversations != talk.conversation)
		talk_new_conversation();
	if (status == CHANNEL_BROKEN)
		talk_wrong("the other side broke the rules", 0);
	if (status == CHANNEL_OK) {
		busy |= talk_ask();
		busy |= talk_control();
		busy |= talk_send();
		busy |= talk_take();
	}
	if (changed || busy)
		doorbell_ring(talk.ring);
	else
		cpu_sleep_until(&talk_heard, heard + 1);
	cpu_unmask_interrupts();
}

/* ---- the beginning ---- */

/* The halves of the window: the lower one is that of the side that rings the lower doorbell. */
static void talk_open(struct tree_node window, uint32_t generation)
{
	char *base = (char *)(uintptr_t)tree_number(window, "reg", 0);
	const size_t half = tree_number(window, "reg", 2) / 2;
	char *upper = base + half;

	talk.ring = tree_cell(window, "kumiki,rings", 0);
	channel_open(&talk.channel, talk.steady ? base : upper, talk.steady ? upper : base, half,
	             generation);
}

static bool talk_is_steady(void)
{
	const uint64_t name = psci_call4(KUMIKI_CALL_NAME, 0, 0, 0).x[0];

	return memcmp(&name, "steady", 7) == 0;
}

void guest_main(void *device_tree)
{
	const struct tree_node window = tree_compatible(device_tree, "kumiki,window-1.0", 0);
	const uint32_t generation = doorbell_generation();

	talk.steady = talk_is_steady();
	talk.taken = &talk_steady_taken;
	if (!talk.steady)
		talk.taken = (volatile uint64_t *)(uintptr_t)tree_number(
		    tree_named(device_tree, "kept@", 0), "reg", 0);
	if (generation == 1)
		*talk.taken = 0;
	gic_enable(tree_interrupt(window, 0), talk_on_ring);
	talk_open(window, generation);
	printf("talk: life %u, taken %lu\n", (unsigned int)generation, (unsigned long)*talk.taken);
	if (!talk.steady)
		talk_wind_up();
	doorbell_ring(talk.ring);
	cpu_unmask_interrupts();
	for (;;)
		talk_turn();
}
