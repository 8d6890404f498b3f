/* How long a disk's user waits: to the tick, with a provider that hangs, is away or never came, and
 * over a crash of the broker. */
#include <stdint.h>
#include <unit.h>
#include <unit/broker/kill.h>
#include <unit/broker/store.h>

#define WAIT 1000 /* ticks */

static void set_up(void)
{
	store_set_up();
	lan.info[1].wait = WAIT;
	lan.now = 5 * LAN_SECOND;
}

const struct unit_fixture unit_each = {set_up, store_tear_down};

/* The provider's program has gone. */
static void leave(void)
{
	lan.told->life[0] = 0;
}

static void come_back(void)
{
	lan.told->life[0] = 2;
	lan_turn(0);
	lan_drive(0, DEVICE_RING_EVENTS);
	lan_offer(0, 15);
	store_hello(STORE_SECTORS);
	assert_int_not_equal(store.session, 0);
}

/* The user's broker has a turn at that time. */
static void turn_at(uint64_t now)
{
	lan.now = now;
	lan.broker[1].again = UINT64_MAX;
	lan_turn(1);
	store_look(1);
}

static const struct store_request *request(uint32_t slot)
{
	return &store.request[1][slot];
}

static void check_failed(uint32_t slot)
{
	assert_false(request(slot)->open);
	assert_int_equal(request(slot)->result, 1);
}

/* The provider takes a request of sector 3, the only one. */
static uint32_t send(enum store_block block, struct disk_record *record)
{
	static uint8_t data[DISK_DATA_MOST];
	uint32_t slot;

	store_drive();
	slot = store_ask(1, block, 3, 1, 1);
	turn_at(lan.now);
	assert_true(store_take(record, data));
	return slot;
}

/* Shows: channel.disk-patience. */
/* Each request waits for its own time. Requests are carried out once the provider is back. */
TEST(test_a_provider_that_is_away)
{
	uint32_t first, second, third;
	uint64_t start;

	store_drive();
	leave();
	start = lan.now;
	first = store_ask(1, STORE_WRITE, 3, 1, 1);
	turn_at(start);
	assert_int_equal(lan.broker[1].again, start + WAIT);
	second = store_ask(1, STORE_WRITE, 4, 1, 2);
	turn_at(start + 10);
	turn_at(start + WAIT - 1);
	assert_true(request(first)->open);
	turn_at(start + WAIT);
	check_failed(first);
	assert_true(request(second)->open);
	assert_int_equal(lan.broker[1].again, start + WAIT + 10);
	turn_at(start + WAIT + 10);
	check_failed(second);
	assert_int_equal(lan.broker[1].again, UINT64_MAX);
	assert_int_equal(lan_counter(1, CHANNEL_LATE), 2);
	third = store_ask(1, STORE_WRITE, 5, 1, 3);
	turn_at(start + WAIT + 20);
	come_back();
	store_finish();
	assert_int_equal(request(third)->result, 0);
	assert_int_equal(store.served, 1);
	assert_true(store_has(5, 1, 3));
	assert_false(store_has(3, 1, 1));
}

/* The provider dies while it has the request, and doesn't come back in time. */
TEST(test_a_provider_that_dies)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;
	uint32_t slot = send(STORE_WRITE, &record);

	leave();
	turn_at(lan.now + WAIT);
	check_failed(slot);
	come_back();
	assert_false(store_take(&record, data));
	slot = store_ask(1, STORE_WRITE, 3, 1, 2);
	store_finish();
	assert_int_equal(request(slot)->result, 0);
	assert_true(store_has(3, 1, 2));
}

/* The provider hangs with a write, or is suspended with it. A later write of that sector isn't sent
 * before the provider has answered the first one: else the older data might win. */
static void write_late(bool suspended)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record old, now;
	uint32_t slot = send(STORE_WRITE, &old);

	if (suspended)
		lan.told->life[0] = 0;
	turn_at(lan.now + WAIT - 1);
	assert_true(request(slot)->open);
	turn_at(lan.now + 1);
	check_failed(slot);
	slot = store_ask(1, STORE_WRITE, 3, 1, 2);
	turn_at(lan.now);
	lan.told->life[0] = 1;
	lan_turn(0);
	turn_at(lan.now);
	assert_false(store_take(&now, data));
	old.size = 0;
	store_answer(&old, data, 0);
	lan_turn(0);
	lan_turn(1);
	assert_int_equal(lan_counter(0, CHANNEL_WRONG), 0);
	store_finish();
	assert_int_equal(request(slot)->result, 0);
	assert_true(store_has(3, 1, 2));
}

TEST(test_a_provider_that_hangs)
{
	write_late(false);
}

TEST(test_a_provider_that_is_suspended)
{
	write_late(true);
}

/* The answer to a read that was given up doesn't touch the driver's buffers, which are others'
 * now. */
TEST(test_a_late_answer)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;
	uint32_t slot = send(STORE_READ, &record);

	turn_at(lan.now + WAIT);
	check_failed(slot);
	for (uint32_t i = 0; i < DISK_SECTOR; i++)
		data[i] = 0xa5;
	store_answer(&record, data, record.size);
	lan_turn(0);
	store_look(1);
	assert_int_equal(store.over, 1);
	for (uint32_t i = 0; i < LAN_RAM; i++)
		assert_int_not_equal(*(const uint8_t *)lan_at(1, i), 0xa5);
	store_ask(1, STORE_WRITE, 3, 1, 4);
	store_finish();
	assert_true(store_has(3, 1, 4));
}

/* The provider has as many requests as there are, and answers none: further ones fail at once. When
 * it answers, or another session begins, it is asked again. */
TEST(test_a_provider_that_has_all)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;
	uint32_t late, slot;

	store_drive();
	do {
		slot = store_ask(1, STORE_WRITE, store.over, 1, 1);
		turn_at(lan.now);
		late = (uint32_t)lan_counter(1, CHANNEL_LATE);
		if (request(slot)->open) {
			assert_true(store_take(&record, data));
			turn_at(lan.now + WAIT);
		}
		check_failed(slot);
	} while (late != lan_counter(1, CHANNEL_LATE));
	assert_int_equal(late, CHANNEL_REQUESTS_MOST);
	slot = store_ask(1, STORE_FLUSH, 0, 0, 0);
	turn_at(lan.now);
	check_failed(slot);
	record.size = 0;
	store_answer(&record, data, 0);
	lan_turn(0);
	slot = store_ask(1, STORE_WRITE, STORE_SECTORS - 1, 1, 2);
	turn_at(lan.now);
	assert_true(store_take(&record, data));
	assert_true(request(slot)->open);
	store_hello(STORE_SECTORS);
	slot = store_ask(1, STORE_WRITE, 0, 1, 3);
	store_finish();
	assert_int_equal(request(slot)->result, 0);
	assert_true(store_has(0, 1, 3));
}

/* No provider has come: the size of the disk is 0 then. A driver that found this is told later. */
TEST(test_a_disk_that_nobody_provides)
{
	struct broker *broker = &lan.broker[1];
	uint64_t start = lan.now;

	lan_drive(1, 0);
	broker->asked = true;
	broker->what = CHANNEL_REQUEST(0x100, 4, 0);
	turn_at(start);
	assert_true(broker->asked);
	assert_int_equal(broker->again, start + WAIT);
	lan_start(1);
	broker->asked = true;
	broker->what = CHANNEL_REQUEST(0x100, 4, 0);
	turn_at(start + WAIT - 1);
	assert_true(broker->asked);
	assert_int_equal(broker->again, start + WAIT);
	turn_at(start + WAIT);
	assert_false(broker->asked);
	assert_int_equal(lan.answer, 0);
	assert_int_equal(lan.changed, 0);
	store_hello(STORE_SECTORS);
	assert_int_equal(lan.changed, 1u << 1);
	assert_int_equal(lan_read(1, 0x100), STORE_SECTORS);
}

/* A broker that is killed while it gives up two requests: each is answered once, and an orphan is
 * one still. */
TEST(test_killed_at_each_step)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record old, now;
	bool killed = true;
	uint64_t at;

	for (at = 1; killed; at++) {
		struct lan_run what = {.place = 1, .started = true};

		lan_end();
		set_up();
		store_drive();
		store_ask(1, STORE_WRITE, 3, 1, 1);
		store_ask(1, STORE_WRITE, 3, 1, 2); /* waits for the first one */
		turn_at(lan.now);
		assert_true(store_take(&old, data));
		lan.now += WAIT;
		killed = kill_at(at, lan_run, &what);
		lan_run_on(1);
		store_look(1);
		check_failed(0);
		check_failed(1);
		assert_int_equal(store.over, 2);
		store_ask(1, STORE_WRITE, 3, 1, 4);
		turn_at(lan.now);
		assert_false(store_take(&now, data));
		old.size = 0;
		store_answer(&old, data, 0);
		lan_turn(0);
		store_finish();
		assert_int_equal(store.over, 3);
		assert_int_equal(lan_counter(0, CHANNEL_WRONG), 0);
		assert_true(store_has(3, 1, 4));
	}
	assert_true(at > 100);
}

/* The driver sets its queue up, and says that it is ready. */
static void set_queue_up(void)
{
	lan_write(1, 0x030, 0);
	lan_write(1, 0x038, LAN_QUEUE);
	lan_write(1, 0x080, (uint32_t)(LAN_IPA + LAN_DESCRIPTORS(0)));
	lan_write(1, 0x090, (uint32_t)(LAN_IPA + LAN_DRIVER(0)));
	lan_write(1, 0x0a0, (uint32_t)(LAN_IPA + LAN_DEVICE(0)));
	lan_write(1, 0x044, 1);
	lan_write(1, 0x070, 15);
}

/* A driver that asks for the size before it sets its queue up, as Linux may: it waits once, and is
 * told, whether the provider comes before it is ready or behind that. */
TEST(test_a_size_before_the_queue)
{
	struct broker *broker = &lan.broker[1];

	for (uint32_t early = 0; early < 2; early++) {
		store_tear_down();
		set_up();
		lan_write(1, 0x020, 0);
		lan_write(1, 0x024, 1);
		lan_write(1, 0x020, 1);
		lan_write(1, 0x070, 11);
		broker->asked = true;
		broker->what = CHANNEL_REQUEST(0x100, 4, 0);
		turn_at(lan.now);
		turn_at(lan.now + WAIT);
		assert_false(broker->asked);
		if (early != 0)
			store_hello(STORE_SECTORS);
		assert_int_equal(lan.changed, 0);
		set_queue_up();
		assert_int_equal(lan_read(1, 0x100), early != 0 ? STORE_SECTORS : 0);
		if (early == 0)
			store_hello(STORE_SECTORS);
		assert_int_equal(lan.changed, 1u << 1);
	}
}
