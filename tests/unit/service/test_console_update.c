/*
 * An update of the frame, as the console carries it between host and updater. The test plays both:
 * an updater with any answers, and a host with any requests.
 */
#include "host.h"
#include <kumiki/update.h>
#include <string.h>
#include <unit.h>

static const struct answer *last; /* the last answer about an update; NULL: none came */
static uint32_t count;
static struct update_box *box;

static void receive(void)
{
	count = 0;
	last = NULL;
	fake_run(1);
	host_receive();
	for (size_t i = 0; i < answer_count; i++) {
		if (answers[i].type != LINK_UPDATED &&
		    (answers[i].type != LINK_ERROR || answers[i].payload[0] != LINK_UPDATE))
			continue;
		count++;
		last = &answers[i];
	}
}

static void start(void)
{
	host_start();
	box = &fake.update_page;
	host_hello();
}

const struct unit_fixture unit_each = {start, NULL};

static void ask(uint8_t order, uint32_t offset, const void *bytes, size_t length)
{
	uint8_t frame[LINK_PAYLOAD_MAX] = {order};

	memcpy(frame + 4, &offset, sizeof(offset));
	memcpy(frame + 8, bytes, length);
	host_send(LINK_UPDATE, frame, 8 + length);
	receive();
}

static void answered(uint8_t order, uint8_t verdict, uint32_t offset, const char *text)
{
	uint32_t told;

	assert_int_equal(count, 1);
	assert_int_equal(last->type, LINK_UPDATED);
	assert_int_equal(last->payload[0], order);
	assert_int_equal(last->payload[1], verdict);
	memcpy(&told, last->payload + 4, sizeof(told));
	assert_int_equal(told, offset);
	assert_string_equal((char *)last->payload + 8, text);
}

static void wrong(const char *text)
{
	assert_int_equal(count, 1);
	assert_int_equal(last->type, LINK_ERROR);
	assert_string_equal((char *)last->payload + 2, text);
}

/* Puts the updater's answer to the request into the box. */
static void updater_says(bool failed, const char *text, uint32_t length)
{
	memcpy(box->text, text, length < sizeof(box->text) ? length : sizeof(box->text));
	box->text_size = length;
	box->failed = failed;
	box->answered = box->asked;
	receive();
}

TEST(parts_go_to_the_updater)
{
	uint32_t number = box->asked;

	ask(PACKAGE_PIECE, 3000, "hello", 5);
	assert_int_equal(count, 0);
	assert_int_equal(box->asked, number + 1);
	assert_int_equal(box->begun, number + 1);
	assert_int_equal(box->order, PACKAGE_PIECE);
	assert_int_equal(box->offset, 3000);
	assert_int_equal(box->size, 5);
	assert_memory_equal(box->bytes, "hello", 5);
	ask(PACKAGE_PIECE, 0, "x", 1);
	wrong("one part of an update at a time");
	updater_says(false, "", 0);
	answered(PACKAGE_PIECE, PACKAGE_GOOD, 3000, "");
	receive();
	assert_int_equal(count, 0);
}

TEST(a_refusal_is_told_the_operator_too)
{
	ask(PACKAGE_BEGIN, 0, "x", 1);
	updater_says(true, "no\x1b way", 7);
	answered(PACKAGE_BEGIN, PACKAGE_REFUSED, 0, "no? way");
	fake_run(100);
	assert_non_null(memmem(fake.sent, fake.sent_size, "an update is refused: no? way", 29));
}

/* A broken updater gives too long an answer. */
TEST(an_answer_is_bounded)
{
	char text[PACKAGE_TEXT_SIZE];

	memset(text, 'a', sizeof(text));
	ask(PACKAGE_END, 0, "", 0);
	updater_says(true, text, UINT32_MAX);
	assert_int_equal(last->size, 8 + PACKAGE_TEXT_SIZE);
}

TEST(nonsense_is_refused)
{
	static const uint8_t orders[] = {0, PACKAGE_RESULT + 1, 255};
	uint8_t bytes[PACKAGE_PIECE_SIZE + 1] = {0};

	for (size_t i = 0; i < sizeof(orders); i++) {
		ask(orders[i], 0, "", 0);
		wrong("not a part of an update");
	}
	ask(PACKAGE_PIECE, 0, bytes, sizeof(bytes));
	wrong("not a part of an update");
	host_send(LINK_UPDATE, bytes, 7);
	receive();
	wrong("not a part of an update");
	assert_int_equal(box->asked, 0);
}

TEST(a_host_that_goes_is_forgotten)
{
	host_send(LINK_BYE, "", 0);
	receive();
	assert_int_equal(box->asked, 0); /* the host had begun no update */
	host_hello();
	ask(PACKAGE_BEGIN, 0, "x", 1);
	host_send(LINK_BYE, "", 0);
	receive();
	assert_int_equal(box->order, PACKAGE_FORGET);
	host_hello();
	updater_says(false, "", 0);
	assert_int_equal(count, 0);
	ask(PACKAGE_BEGIN, 0, "x", 1);
	updater_says(false, "", 0);
	host_hello(); /* another host comes while the first one is silent */
	assert_int_equal(box->order, PACKAGE_FORGET);
	ask(PACKAGE_FORGET, 0, "", 0);
	answered(PACKAGE_FORGET, PACKAGE_GOOD, 0, "");
}

TEST(the_tables_are_told)
{
	const uint8_t *tables = (const uint8_t *)&fake.tables;

	fake.tables.header.tables_size = 1500;
	ask(PACKAGE_TABLES, 0, "", 0);
	assert_int_equal(last->size, 8 + PACKAGE_PIECE_SIZE);
	assert_memory_equal(last->payload + 8, tables, PACKAGE_PIECE_SIZE);
	ask(PACKAGE_TABLES, 1000, "", 0);
	assert_int_equal(last->size, 8 + 500);
	assert_memory_equal(last->payload + 8, tables + 1000, 500);
	ask(PACKAGE_TABLES, 1500, "", 0);
	assert_int_equal(last->size, 8);
	ask(PACKAGE_TABLES, UINT32_MAX, "", 0);
	assert_int_equal(last->size, 8);
	assert_int_equal(box->asked, 0);
}

TEST(the_result_is_told)
{
	ask(PACKAGE_RESULT, 0, "", 0);
	answered(PACKAGE_RESULT, PACKAGE_REFUSED, 0, "there was no update since the start");
	fake.accounts.update = (struct frame_update){.count = 3,
	                                             .outcome = UPDATE_DONE,
	                                             .began = fake.now - FAKE_HZ / 2000,
	                                             .ended = fake.now,
	                                             .before = "1.0",
	                                             .after = "1.1"};
	ask(PACKAGE_RESULT, 0, "", 0);
	answered(PACKAGE_RESULT, PACKAGE_EARLY, 3,
	         "the frame was replaced: 1.0 by 1.1; guests stood for 0.500 ms");
	fake_run(UPDATE_TRIAL_NS / 1000000 + 100);
	ask(PACKAGE_RESULT, 0, "", 0);
	answered(PACKAGE_RESULT, PACKAGE_GOOD, 3,
	         "the frame was replaced: 1.0 by 1.1; guests stood for 0.500 ms");
	fake.accounts.update.outcome = UPDATE_BACK;
	ask(PACKAGE_RESULT, 0, "", 0);
	answered(PACKAGE_RESULT, PACKAGE_REFUSED, 3,
	         "the new frame failed, and the old one is back: 1.0 in place of 1.1; guests stood "
	         "for 0.500 ms");
}

TEST(a_machine_without_a_key)
{
	fake.info.update = 0;
	ask(PACKAGE_BEGIN, 0, "x", 1);
	answered(PACKAGE_BEGIN, PACKAGE_REFUSED, 0,
	         "the description names no key for updates ('kumiki,update-key')");
	host_hello();
	assert_int_equal(box->asked, 0);
}
