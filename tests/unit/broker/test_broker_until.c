/* A broker whose budget is nearly used up: from the time that the frame has told it, it takes no
 * queue, so that others don't wait for one while it is stopped. */
#include <kumiki/service.h>
#include <stdint.h>
#include <unit.h>
#include <unit/broker/lan.h>

#define UNTIL 5000

static void hear(uint64_t until)
{
	broker_hear(
	    &lan.broker[0],
	    &(struct broker_word){.work = CHANNEL_WORK_QUEUE | CHANNEL_WORK_UNTIL, .until = until});
}

/* Plays a turn after which no other broker looks. */
static void turn(void)
{
	lan.broker[0].looks = 0;
	broker_turn(&lan.broker[0]);
}

const struct unit_fixture unit_each = {lan_set_up, lan_tear_down};

/* Shows: channel.stopped. */
TEST(test_no_queue_is_taken_at_the_end)
{
	lan_drive_all(0);
	lan_send(0, 1, 7, 60);
	lan.now = UNTIL;
	hear(UNTIL);
	turn();
	assert_int_equal(lan_receive(1), -1);
	assert_int_equal(lan.memory->end[1].owner, 0);
	assert_int_equal(lan.memory->end[1].waiters, 0); /* no owner wakes it */
	assert_int_equal(lan.broker[0].looks, 1);        /* the frame does, in the next period */
	hear(2 * UNTIL);
	turn();
	assert_int_equal(lan_receive(1), 7);
	assert_int_equal(lan_returned(0), 1);
}

TEST(test_begun_work_is_finished)
{
	lan_drive_all(0);
	lan_send(0, LAN_ENDS, 7, 60);
	lan.now = UNTIL - 1;
	hear(UNTIL);
	turn();
	assert_int_equal(lan_receive(1), 7);
	assert_int_equal(lan_receive(2), 7);
	assert_int_equal(lan_returned(0), 1);
}

/* An access waits, too, if it needs a queue. */
TEST(test_a_reset_waits)
{
	uint32_t answers;

	lan_drive_all(0);
	answers = lan.answers;
	lan.now = UNTIL;
	hear(UNTIL);
	lan.broker[0].asked = true;
	lan.broker[0].what = CHANNEL_REQUEST(0x070, 4, 1);
	lan.broker[0].value = 0;
	turn();
	assert_int_equal(lan.answers, answers);
	assert_int_not_equal(lan.memory->end[0].status, 0);
	lan.broker[0].until = SERVICE_FOREVER;
	turn();
	assert_int_equal(lan.answers, answers + 1);
	assert_int_equal(lan.memory->end[0].status, 0);
}
