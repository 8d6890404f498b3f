/*
 * A debugger on the link: its requests reach the partition's box, and answers and stops come back.
 * For each way in which the host goes, the partition is detached.
 */
#include "fake_frame.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static struct linkframe_parser parser;
static struct linkframe frame;

static void host_sends(uint8_t type, const void *payload, size_t size)
{
	uint8_t bytes[LINKFRAME_MAX];

	if (size != 0)
		memcpy(bytes + LINKFRAME_HEADER, payload, size);
	fake_type(bytes, linkframe_close(bytes, type, size));
	fake_run(0);
}

/* The next frame of this type that the service sends. */
static bool host_gets(uint8_t type)
{
	while (fake.sent_seen < fake.sent_size) {
		(void)linkframe_put(&parser, fake.sent[fake.sent_seen++]);
		if (linkframe_next(&parser, &frame) && frame.type == type)
			return true;
	}
	return false;
}

static struct debug_box *box(unsigned int partition)
{
	return &fake.ring[partition].debug;
}

static void hello(void)
{
	static const uint8_t revision[4] = {LINK_REVISION};

	host_sends(LINK_HELLO, revision, sizeof(revision));
	assert_true(host_gets(LINK_WELCOME));
}

static void begin(void)
{
	static const char *const names[] = {"linux", "rt", NULL};

	fake_start(names);
	memset(&parser, 0, sizeof(parser));
	hello();
}

static void ask_partition(uint8_t partition, enum debug_op op)
{
	uint8_t payload[8 + sizeof(struct debug_request) + 4] = {partition};
	struct debug_request request = {.op = op, .vcpu = 3};
	static const uint8_t data[4] = {'d', 'a', 't', 'a'};

	memcpy(payload + 8, &request, sizeof(request));
	memcpy(payload + 8 + sizeof(request), data, sizeof(data));
	host_sends(LINK_DEBUG, payload, sizeof(payload));
}

static void answer(unsigned int partition, uint32_t status, uint32_t attached)
{
	box(partition)->status = status;
	box(partition)->attached = attached;
	box(partition)->answered = box(partition)->asked;
	fake_run(0);
}

static void attach(void)
{
	begin();
	ask_partition(1, DEBUG_ATTACH);
	answer(1, DEBUG_OK, 1);
	assert_true(host_gets(LINK_DEBUGGED));
}

TEST(test_a_request_and_its_answer)
{
	uint32_t status;

	begin();
	ask_partition(1, DEBUG_ATTACH);
	assert_int_equal(fake.debugged[1], 1);
	assert_int_equal(box(1)->asked, 1);
	assert_int_equal(box(1)->request.op, DEBUG_ATTACH);
	assert_int_equal(box(1)->request.vcpu, 3);
	assert_memory_equal(box(1)->data, "data", 4);
	assert_false(host_gets(LINK_DEBUGGED));
	ask_partition(1, DEBUG_HALT); /* one at a time */
	assert_true(host_gets(LINK_ERROR));
	assert_int_equal(box(1)->asked, 1);
	memcpy(box(1)->data, "back", 4);
	box(1)->size = 4;
	answer(1, DEBUG_OK, 1);
	assert_true(host_gets(LINK_DEBUGGED));
	memcpy(&status, frame.payload + 4, 4);
	assert_int_equal(frame.payload[0], 1);
	assert_int_equal(status, DEBUG_OK);
	assert_int_equal(frame.size, 12);
	assert_memory_equal(frame.payload + 8, "back", 4);
	ask_partition(0, DEBUG_ATTACH); /* several partitions at a time */
	answer(0, DEBUG_OK, 1);
	assert_true(host_gets(LINK_DEBUGGED));
	assert_int_equal(frame.payload[0], 0);
	assert_int_equal(fake.debugged[0], 1);
}

TEST(test_a_wrong_size)
{
	attach();
	ask_partition(1, DEBUG_READ);
	box(1)->size = 0xffffffff;
	answer(1, DEBUG_OK, 1);
	assert_true(host_gets(LINK_DEBUGGED));
	assert_int_equal(frame.size, 8 + DEBUG_DATA_SIZE);
}

/*
 * Plays the loader on another core. The box has no answer until the answer is whole. Where there
 * are two CPUs, it comes at any moment of the service's look.
 */
#define ANSWERS 40000u
static void *answer_all(void *unused)
{
	struct debug_box *its = box(1);

	for (uint32_t done = 0; done < ANSWERS; done++) {
		while (__atomic_load_n(&its->asked, __ATOMIC_ACQUIRE) == its->answered)
			sched_yield();
		its->size = 0;
		memcpy(its->data, &done, sizeof(done));
		for (uint32_t i = done % 1024; i != 0; i--)
			(void)*(volatile uint32_t *)&its->asked;
		its->size = sizeof(done);
		__atomic_store_n(&its->answered, its->asked, __ATOMIC_RELEASE);
	}
	return unused;
}

TEST(test_an_answer_that_comes_meanwhile_is_whole)
{
	pthread_t loader;

	attach();
	assert_int_equal(pthread_create(&loader, NULL, answer_all, NULL), 0);
	for (uint32_t i = 0; i < ANSWERS; i++) {
		fake.sent_seen = fake.sent_size = 0;
		ask_partition(1, DEBUG_READ);
		for (uint32_t looks = 1; !host_gets(LINK_DEBUGGED); looks++) {
			if (looks % 64 == 0)
				sched_yield();
			fake_run(0);
		}
		assert_int_equal(frame.size, 8 + sizeof(i));
		assert_memory_equal(frame.payload + 8, &i, sizeof(i));
	}
	pthread_join(loader, NULL);
}

TEST(test_stops_come_by_themselves)
{
	struct debug_stop stop;

	attach();
	box(1)->stop = (struct debug_stop){DEBUG_HIT, 1, 0xf2000000, 5};
	box(1)->stops++;
	fake_run(0);
	assert_true(host_gets(LINK_DEBUG_STOP));
	memcpy(&stop, frame.payload + 8, sizeof(stop));
	assert_int_equal(stop.vcpu, 1);
	assert_int_equal(stop.esr, 0xf2000000);
	fake_run(10);
	assert_false(host_gets(LINK_DEBUG_STOP));
}

static void expect_detached(void)
{
	uint32_t asked = box(1)->asked;

	assert_int_equal(box(1)->request.op, DEBUG_DETACH);
	assert_int_not_equal(box(1)->answered, asked);
	answer(1, DEBUG_OK, 0);
	fake_run(100);
	assert_int_equal(box(1)->asked, asked); /* there was no further request */
	assert_false(debug_is_on(&fake.console));
}

TEST(test_goodbye)
{
	attach();
	host_sends(LINK_BYE, NULL, 0);
	expect_detached();
	hello();
	ask_partition(0, DEBUG_ATTACH);
	assert_int_equal(box(0)->request.op, DEBUG_ATTACH);
}

/* One partition's debugger goes, and another one comes; the other partition keeps its own. */
TEST(test_one_debugger_leaves)
{
	static const uint8_t second = 1, wrong = 2;

	attach();
	ask_partition(0, DEBUG_ATTACH);
	answer(0, DEBUG_OK, 1);
	host_sends(LINK_LEAVE, &second, 1);
	ask_partition(1, DEBUG_ATTACH);
	assert_true(host_gets(LINK_ERROR));
	assert_int_equal(box(1)->request.op, DEBUG_DETACH);
	assert_false(host_gets(LINK_LEFT));
	answer(1, DEBUG_OK, 0);
	assert_true(host_gets(LINK_LEFT));
	assert_int_equal(frame.payload[0], 1);
	assert_int_equal(box(0)->request.op, DEBUG_ATTACH);
	ask_partition(1, DEBUG_ATTACH);
	answer(1, DEBUG_OK, 1);
	assert_true(host_gets(LINK_DEBUGGED));
	host_sends(LINK_BYE, NULL, 0);
	assert_int_equal(box(0)->request.op, DEBUG_DETACH);
	assert_int_equal(box(1)->request.op, DEBUG_DETACH);
	hello();
	host_sends(LINK_LEAVE, &wrong, 1);
	assert_true(host_gets(LINK_ERROR));
	host_sends(LINK_LEAVE, NULL, 0);
	assert_true(host_gets(LINK_ERROR));
}

/* A partition without a debugger is reported as detached at once. */
TEST(test_leaves_without_a_debugger)
{
	static const uint8_t second = 1;

	begin();
	host_sends(LINK_LEAVE, &second, 1);
	assert_true(host_gets(LINK_LEFT));
	assert_int_equal(fake.debugged[1], 0);
}

/* No partition prints, so only the time makes the service look. */
TEST(test_silence)
{
	attach();
	fake_run(LINK_SILENCE_SECONDS * 1000 - 100);
	assert_int_equal(box(1)->request.op, DEBUG_ATTACH);
	host_sends(LINK_PING, NULL, 0);
	fake_run(LINK_SILENCE_SECONDS * 1000 - 100);
	assert_int_equal(box(1)->request.op, DEBUG_ATTACH);
	fake_run(200);
	expect_detached();
}

TEST(test_another_client)
{
	attach();
	ask_partition(1, DEBUG_GO); /* not answered yet */
	hello();
	assert_int_equal(box(1)->request.op, DEBUG_GO);
	ask_partition(1, DEBUG_ATTACH);
	assert_true(host_gets(LINK_ERROR));
	answer(1, DEBUG_OK, 1);
	assert_false(host_gets(LINK_DEBUGGED)); /* it isn't the new client's */
	expect_detached();
	ask_partition(1, DEBUG_ATTACH);
	assert_int_equal(box(1)->request.op, DEBUG_ATTACH);
}

/* A new service finds a partition with a debugger. */
TEST(test_the_service_begins_anew)
{
	attach();
	fake_again();
	fake_run(0);
	expect_detached();
}

TEST(test_an_end)
{
	attach();
	box(1)->stop = (struct debug_stop){.why = DEBUG_ENDED};
	box(1)->stops++;
	box(1)->attached = 0;
	fake_run(0);
	assert_true(host_gets(LINK_DEBUG_STOP));
	assert_false(debug_is_on(&fake.console));
	host_sends(LINK_BYE, NULL, 0);
	assert_int_equal(box(1)->request.op, DEBUG_ATTACH); /* there is nothing to detach */
}

/* The partition goes on, and ends before the service looks for the answer. */
TEST(test_an_end_behind_an_answer)
{
	attach();
	ask_partition(1, DEBUG_GO);
	box(1)->stop = (struct debug_stop){.why = DEBUG_ENDED};
	box(1)->stops++;
	answer(1, DEBUG_OK, 0);
	assert_true(host_gets(LINK_DEBUGGED));
	assert_true(host_gets(LINK_DEBUG_STOP));
	assert_false(debug_is_on(&fake.console));
}

TEST(test_nonsense)
{
	uint8_t payload[8 + sizeof(struct debug_request) + DEBUG_DATA_SIZE + 1] = {1};

	begin();
	for (size_t size = 0; size < 8 + sizeof(struct debug_request); size += 9) {
		host_sends(LINK_DEBUG, payload, size);
		assert_true(host_gets(LINK_ERROR));
	}
	host_sends(LINK_DEBUG, payload, sizeof(payload));
	assert_true(host_gets(LINK_ERROR));
	payload[0] = 2; /* the service itself */
	host_sends(LINK_DEBUG, payload, 8 + sizeof(struct debug_request));
	assert_true(host_gets(LINK_ERROR));
	assert_int_equal(fake.debugged[0] + fake.debugged[1], 0);
}

/* Its core of another architecture would run on. Other partitions are debugged as ever. */
TEST(test_a_partition_that_cannot_be_held_is_not_debugged)
{
	static const uint8_t refused[8] = {[4] = DEBUG_NO_HALT};

	begin();
	fake.tables.partitions[0].flags |= BUNDLE_NO_SUSPEND;
	ask_partition(0, DEBUG_ATTACH);
	assert_true(host_gets(LINK_DEBUGGED));
	assert_memory_equal(frame.payload, refused, sizeof(refused));
	assert_int_equal(fake.debugged[0], 0);
	assert_false(debug_is_on(&fake.console));
	ask_partition(1, DEBUG_ATTACH);
	assert_int_equal(fake.debugged[1], 1);
}
