/*
 * Ends of a disk that come and go, on the host: sessions of the provider that end, also with a
 * request that its provider doesn't survive, users that begin anew, ends that are suspended.
 */
#include <stdint.h>
#include <string.h>
#include <unit.h>
#include <unit/broker/kill.h>
#include <unit/broker/store.h>

/* ---- sessions ---- */

const struct unit_fixture unit_each = {store_set_up, store_tear_down};

/* Unanswered requests come again, in order. An answer of the earlier session counts nothing. */
TEST(test_a_provider_that_begins_anew)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record old, now;

	store_drive();
	store_ask(1, STORE_WRITE, 4, 1, 1);
	store_ask(1, STORE_WRITE, 6, 1, 2);
	lan_turn(1);
	assert_true(store_take(&old, data));
	assert_true(store_take(&now, data));
	store_hello(STORE_SECTORS);
	old.size = 0;
	store_answer(&old, data, 0);
	lan_turn(0);
	store_look(1);
	assert_int_equal(store.over, 0);
	assert_int_equal(lan_counter(0, CHANNEL_WRONG), 1);
	assert_int_equal(lan_counter(1, CHANNEL_REPLAYED), 2);
	assert_true(store_take(&now, data)); /* one at a time now */
	assert_int_equal(now.sector, 4);
	assert_false(store_take(&old, data));
	now.size = 0;
	store_answer(&now, data, 0);
	lan_turn(0);
	store_finish();
	assert_true(store_has(6, 1, 2));
	assert_int_equal(store.over, 2);
}

TEST(test_a_provider_that_does_not_fit)
{
	store_drive();
	store_hello(STORE_SECTORS - 1);
	assert_int_equal(store.session, 0);
	store_hello(STORE_SECTORS);
	assert_int_not_equal(store.session, 0);
}

/* Its partition ends and starts: the user's request waits, and is carried out then. */
TEST(test_a_provider_that_restarts)
{
	store_drive();
	store_ask(1, STORE_WRITE, 3, 2, 9);
	lan_turn(1);
	lan.told->life[0] = 0;
	lan_turn(1);
	lan.told->life[0] = 2;
	lan_turn(0);
	lan_drive(0, 0);
	lan_offer(0, 15);
	store_hello(STORE_SECTORS);
	store_finish();
	assert_true(store_has(3, 2, 9));
}

/* Shows: channel.disk-deadly. */
/* Three sessions end with a request: its user gets an error, and all others their answers. */
TEST(test_a_request_that_kills)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;
	uint32_t deadly, other, sessions = 0;

	store_drive();
	other = store_ask(1, STORE_WRITE, 9, 1, 1);
	deadly = store_ask(1, STORE_WRITE, 4, 1, 2);
	lan_turn(1);
	while (store.request[1][deadly].open) {
		bool dies = false;

		assert_true(++sessions < 10);
		while (!dies && store_take(&record, data)) {
			dies = record.sector == 4;
			record.size = 0;
			if (!dies)
				store_answer(&record, data, 0);
			lan_turn(0);
			lan_turn(1);
		}
		store_hello(STORE_SECTORS);
		store_look(1);
	}
	assert_int_equal(store_result(deadly), 1);
	assert_int_equal(lan_counter(1, CHANNEL_FAILED), 1);
	assert_int_equal(lan.told_operator, 1);
	assert_int_equal(lan.memory->disk.user[1].deadly.sector, 4);
	assert_int_equal(lan.memory->disk.user[1].deadly.size, DISK_SECTOR);
	assert_int_equal(lan.memory->disk.user[1].deadly.operation, DISK_WRITE);
	store_finish();
	assert_int_equal(store_result(other), 0);
}

/* ---- a user that begins anew ---- */

static void resume_provider(void)
{
	lan.told->life[0] = 1;
	broker_hear(&lan.broker[0], &(struct broker_word){.work = CHANNEL_WORK_JOINED});
	lan_turn(0);
}

/* Its earlier write is still with the provider: the new one of that sector waits for its end. So it
 * does if the provider is suspended meanwhile. */
static void user_resets(bool suspended)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record old, now;

	store_drive();
	store_ask(1, STORE_WRITE, 4, 1, 1);
	lan_turn(1);
	assert_true(store_take(&old, data));
	if (suspended)
		lan.told->life[0] = 0;
	lan_drive(1, 0);
	store.request[1][0].open = false;
	store_ask(1, STORE_WRITE, 4, 1, 2);
	lan_turn(1);
	if (suspended)
		resume_provider();
	assert_false(store_take(&now, data));
	old.size = 0;
	store_answer(&old, data, 0);
	lan_turn(0);
	store_finish();
	assert_int_equal(store.over, 1);
	assert_true(store_has(4, 1, 2));
	assert_int_equal(lan_counter(0, CHANNEL_WRONG), 0);
}

TEST(test_a_user_that_resets)
{
	user_resets(false);
	lan_end();
	store_begin(2, 0, DEVICE_RING_EVENTS);
	user_resets(true);
}

/* Users that may wait for ever do so, even if the provider is suspended with as many requests of
 * earlier drivers as there are. */
TEST(test_a_user_that_resets_again_and_again)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record old, now;

	store_drive();
	for (uint32_t i = 0; i < CHANNEL_REQUESTS_MOST; i++) {
		store_ask(1, STORE_WRITE, i, 1, 1);
		lan_turn(1);
		assert_true(store_take(&old, data));
		lan_drive(1, 0);
		store.request[1][0].open = false;
	}
	lan.told->life[0] = 0;
	store_ask(1, STORE_WRITE, 0, 1, 2);
	lan_turn(1);
	store_look(1);
	assert_int_equal(store.over, 0);
	resume_provider();
	assert_false(store_take(&now, data));
	old.size = 0;
	store_answer(&old, data, 0);
	lan_turn(0);
	assert_false(store_take(&now, data)); /* the provider still has a write of sector 0 */
	store_hello(STORE_SECTORS);
	store_finish();
	assert_int_equal(store_result(0), 0);
	assert_true(store_has(0, 1, 2));
}

/* A user is suspended while the provider answers: the part is asked for again. */
TEST(test_a_user_that_is_suspended)
{
	uint32_t slot;

	store_drive();
	memset(store.medium, 0x5a, sizeof(store.medium));
	slot = store_ask(1, STORE_READ, 4, 1, 0);
	lan_turn(1);
	lan.told->life[1] = 0;
	store_serve(1);
	lan_turn(0);
	store_look(1);
	assert_int_equal(store.over, 0);
	lan.told->life[1] = 1;
	lan_turn(1);
	store_finish();
	assert_int_equal(store.served, 2);
	assert_int_equal(store_result(slot), 0);
}

/* ---- ends that come and go ---- */

/* A request finds it away, and is sent when it is back. */
TEST(test_a_provider_that_is_suspended)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;

	store_drive();
	lan.told->life[0] = 0;
	store_ask(1, STORE_WRITE, 3, 2, 9);
	lan_turn(1);
	lan_turn(0);
	assert_false(store_take(&record, data));
	resume_provider();
	store_finish();
	assert_int_equal(store.served, 1);
	assert_true(store_has(3, 2, 9));
}

/* Shows: channel.disk-suspended. */
/* It has a request then. The size stays known, and nothing is sent or answered until it is back;
 * then it gets new requests, and none again. */
TEST(test_a_provider_that_is_suspended_with_a_request)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record old, now;

	store_drive();
	store_ask(1, STORE_WRITE, 3, 1, 1);
	lan_turn(1);
	assert_true(store_take(&old, data));
	lan.told->life[0] = 0;
	store_ask(1, STORE_WRITE, 5, 1, 2);
	lan_turn(1);
	assert_int_equal(lan_read(1, 0x100), STORE_SECTORS);
	store_look(1);
	assert_int_equal(store.over, 0);
	resume_provider();
	assert_true(store_take(&now, data));
	assert_int_equal(now.sector, 5);
	assert_int_equal(now.session, old.session);
	assert_false(store_take(&now, data));
	old.size = now.size = 0;
	store_answer(&now, data, 0);
	store_answer(&old, data, 0);
	lan_turn(0);
	store_look(1);
	assert_int_equal(store.over, 2);
	assert_int_equal(store_result(0) | store_result(1), 0);
	assert_int_equal(lan_counter(0, CHANNEL_WRONG), 0);
	assert_int_equal(lan_counter(1, CHANNEL_REPLAYED), 0);
}

/* The provider's broker is killed at that step, with two answers in its ring. True: a delivery to
 * the user is open then. */
static bool is_cut_off(uint64_t at, enum store_block block, bool *killed)
{
	struct lan_run what = {.place = 0, .started = true};

	lan_end();
	store_begin(2, 0, DEVICE_RING_EVENTS);
	store_drive();
	store_ask(1, block, 4, 1, 1);
	store_ask(1, block, 6, 1, 2);
	lan_turn(1);
	store_serve(2);
	*killed = kill_at(at, lan_run, &what);
	return *killed && lan.memory->end[1].delivery.open != 0;
}

/* A delivery to the user is open as it is suspended: nobody writes to its memory meanwhile. */
TEST(test_an_answer_for_a_user_that_is_away)
{
	static uint8_t ram[LAN_RAM];
	bool killed = true;
	uint32_t cut = 0;

	for (uint64_t at = 1; killed; at++) {
		if (!is_cut_off(at, STORE_READ, &killed))
			continue;
		cut++;
		lan.told->life[1] = 0;
		memcpy(ram, lan_at(1, 0), LAN_RAM);
		lan_run_on(0);
		assert_memory_equal(ram, lan_at(1, 0), LAN_RAM);
		lan.told->life[1] = 1;
		lan_turn(1);
		store_finish();
		assert_int_equal(store.over, 2);
		assert_int_equal(lan_counter(0, CHANNEL_WRONG), 0);
	}
	assert_true(cut > 5);
}

/*
 * The provider's answer is used up: its request is over, though the user's new life gets no word of
 * it. A write of the same sector needn't wait.
 */
TEST(test_an_answer_for_a_user_that_has_restarted)
{
	bool killed = true;
	uint32_t cut = 0;

	for (uint64_t at = 1; killed; at++) {
		if (!is_cut_off(at, STORE_WRITE, &killed))
			continue;
		cut++;
		lan.told->life[1] = 0;
		lan_run_on(0);
		lan.told->life[1] = 2;
		lan_drive(1, DEVICE_RING_EVENTS);
		store.request[1][0].open = store.request[1][1].open = false;
		store_ask(1, STORE_WRITE, 4, 1, 3);
		store_ask(1, STORE_WRITE, 6, 1, 4);
		lan_turn(1);
		store_finish();
		assert_int_equal(store.over, 2);
		assert_true(store_has(4, 1, 3) && store_has(6, 1, 4));
	}
	assert_true(cut > 5);
}

/* ---- another user's suspects ---- */

/* A new session, of which no user's broker has taken notice yet. */
static void hello_unseen(void)
{
	store_say_hello(STORE_SECTORS);
	broker_turn(&lan.broker[0]);
	lan.broker[0].looks = 0;
	store_take_session();
}

/* It is given up without an answer, so nobody tells the user that waits for its end. */
TEST(test_a_suspect_that_ends_unseen)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;

	lan_end();
	store_begin(3, BUNDLE_CHANNEL_READ_ONLY, DEVICE_RING_EVENTS);
	store_drive();
	lan_drive(2, DEVICE_RING_EVENTS);
	store_ask(1, STORE_READ, 4, 1, 0);
	for (uint32_t deaths = 0; deaths < 3; deaths++) {
		lan_turn(1);
		assert_true(store_take(&record, data));
		assert_int_equal(record.sector, 4);
		hello_unseen();
	}
	store_ask(2, STORE_READ, 9, 1, 0);
	lan.broker[2].again = UINT64_MAX;
	lan_turn(2);
	lan_turn(1);
	assert_int_equal(lan_counter(1, CHANNEL_FAILED), 1);
	assert_false(store_take(&record, data));
	assert_int_equal(lan.broker[2].again, lan.now + LAN_SECOND / 100);
	lan.now = lan.broker[2].again;
	lan_turn(2);
	assert_true(store_take(&record, data));
	assert_int_equal(record.sector, 9);
}
