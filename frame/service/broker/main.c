/* A broker's main, its turns, and the queues of receivers; see broker/broker.h. */
#include <broker/device.h>
#include <broker/kind.h>
#include <broker/net.h>
#include <broker/receive.h>
#include <kumiki/service.h>

_Noreturn void service_main(const struct broker_info *info);

/* ---- ends ---- */

static uint32_t life_of(const struct broker *broker, uint32_t place)
{
	return __atomic_load_n(&broker->told->life[place], __ATOMIC_SEQ_CST);
}

bool broker_is_there(const struct broker *broker, uint32_t place)
{
	const struct channel_end *end = &broker->memory->end[place];
	uint32_t life = life_of(broker, place);
	uint32_t status = __atomic_load_n(&end->status, __ATOMIC_SEQ_CST);

	return life != 0 && life == __atomic_load_n(&end->life, __ATOMIC_SEQ_CST) &&
	       (status & (DEVICE_DRIVER_OK | DEVICE_NEEDS_RESET)) == DEVICE_DRIVER_OK;
}

static bool try_lock(const struct broker *broker, struct channel_end *end)
{
	uint32_t free = 0;

	return __atomic_compare_exchange_n(&end->owner, &free, broker->info->place + 1, false,
	                                   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* Others would wait for a queue that this broker has when the frame stops it. */
static bool is_late(struct broker *broker)
{
	if (broker->until == SERVICE_FOREVER || broker_now() < broker->until)
		return false;
	broker->looks |= 1ULL << broker->info->place;
	return true;
}

/* Tries again after noting that this broker waits: an owner that gave the queue back before may not
 * have seen the note. */
bool broker_lock(struct broker *broker, uint32_t place)
{
	struct channel_end *end = &broker->memory->end[place];

	if (is_late(broker))
		return false;
	if (try_lock(broker, end))
		return true;
	__atomic_fetch_or(&end->waiters, 1u << broker->info->place, __ATOMIC_SEQ_CST);
	return try_lock(broker, end);
}

void broker_unlock(struct broker *broker, uint32_t place)
{
	struct channel_end *end = &broker->memory->end[place];

	__atomic_store_n(&end->owner, 0, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&end->waiters, __ATOMIC_SEQ_CST) != 0)
		broker->looks |= __atomic_exchange_n(&end->waiters, 0, __ATOMIC_SEQ_CST) &
		                 ~(1u << broker->info->place);
}

/* ---- turns ---- */

/* An earlier run may have broken an end, and been killed before it told the end's driver. */
static void tell_broken(const struct broker *broker)
{
	uint64_t broken = 0;

	for (uint32_t i = 0; i < broker->info->ends; i++)
		if ((broker->memory->end[i].status & DEVICE_NEEDS_RESET) != 0)
			broken |= 1u << i;
	if (broken != 0)
		broker_tell_changed(broken);
}

void broker_start(struct broker *broker, const struct broker_info *info)
{
	*broker = (struct broker){.info = info,
	                          .kind = kind_of(info),
	                          .again = SERVICE_FOREVER,
	                          .until = SERVICE_FOREVER,
	                          .told = (const void *)(uintptr_t)info->told,
	                          .memory = (void *)(uintptr_t)info->memory};
	broker->own = &broker->memory->end[info->place];
	for (uint32_t i = 0; i < info->ends; i++)
		broker->given[i] = net_address(info->mac[i]);
	broker->own->failure = info->failure;
	tell_broken(broker);
	receive_recover(broker);
	if (broker->kind->start != NULL)
		broker->kind->start(broker);
}

/* Resets the device if the partition has begun a new life. False: the partition doesn't run, and
 * its memory isn't to be touched; or another broker has the queue. */
static bool follow_life(struct broker *broker)
{
	uint32_t life = life_of(broker, broker->info->place);

	return life != 0 && (life == broker->own->life || device_reset(broker, life));
}

static void answer(struct broker *broker)
{
	uint64_t value;

	if (!broker->asked || !device_access(broker, broker->what, broker->value, &value))
		return;
	broker->asked = false;
	broker_answer(value);
}

void broker_turn(struct broker *broker)
{
	if (!follow_life(broker))
		return;
	broker->kind->turn(broker);
	answer(broker);
	receive_feed(broker);
}

void broker_hear(struct broker *broker, const struct broker_word *word)
{
	const uint64_t all = (1ULL << broker->info->ends) - 1;

	if ((word->work & CHANNEL_WORK_REQUEST) != 0) {
		broker->asked = true;
		broker->what = word->what;
		broker->value = word->value;
	}
	if ((word->work & CHANNEL_WORK_UNTIL) != 0)
		broker->until = word->until;
	if ((word->work & CHANNEL_WORK_JOINED) != 0)
		broker->looks |= all & ~(1ULL << broker->info->place);
}

void service_main(const struct broker_info *info)
{
	static struct broker broker;

	broker_start(&broker, info);
	for (;;) {
		struct broker_word word;
		uint32_t carried;

		broker_turn(&broker);
		__builtin_memcpy(&carried, broker.carried, sizeof(carried));
		word = broker_rest(broker.interrupts, broker.looks, broker.again, carried);
		__builtin_memset(broker.carried, 0, sizeof(broker.carried));
		broker.interrupts = broker.looks = 0;
		broker.again = broker.until = SERVICE_FOREVER;
		if (word.work != CHANNEL_WORK_QUEUE) /* mostly it is that */
			broker_hear(&broker, &word);
	}
}
