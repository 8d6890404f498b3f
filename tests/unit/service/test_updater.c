/*
 * The updater: the packages that it takes, half packages, and nonsense. The test decides whether a
 * signature is right.
 */
#include <stdint.h>
#include <string.h>

#include <lib/package.h>
#include <lib/sha256.h>
#include <lib/update.h>
#include <service/call.h>
#include <unit.h>
#include <updater/updater.h>

#define IMAGE_SIZE 2500u
#define SPARE_SIZE 4096u
#define HZ         1000000u

static struct updater updater;
static struct update_box box;
static struct accounts accounts;
static struct bundle_header bundle;
static uint8_t spare[SPARE_SIZE], image[IMAGE_SIZE];
static struct updater_info info;
static struct package_head head;
static uint64_t now, told, asked_for;
static enum update_fault fault;
static bool is_right; /* whether the signature is right */

/* ---- functions that the updater calls ---- */

uint64_t service_time(void)
{
	return now;
}

void service_tell(uint64_t events)
{
	assert_int_equal(events, SERVICE_EVENT_SAID);
	told++;
}

uint64_t service_update(uint64_t size)
{
	asked_for = size;
	return fault;
}

bool verify_signature(const uint8_t key[BUNDLE_KEY_SIZE], const uint8_t sum[PACKAGE_SUM],
                      const uint8_t signature[PACKAGE_SIGNATURE])
{
	uint8_t want[PACKAGE_SUM];
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, box.bytes, sizeof(head));
	sha256_end(&hash, want);
	assert_memory_equal(sum, want, sizeof(want));
	assert_ptr_equal(key, bundle.update_key);
	assert_int_equal(signature[0], 0x51);
	return is_right;
}

/* ---- the console's half ---- */

static void begin_life(void)
{
	memset(&updater, 0, sizeof(updater));
	updater_start(&updater, &info);
}

static void start(void)
{
	struct sha256 hash;

	memset(&box, 0, sizeof(box));
	memset(&accounts, 0, sizeof(accounts));
	memset(spare, 0xee, sizeof(spare));
	for (uint32_t i = 0; i < IMAGE_SIZE; i++)
		image[i] = (uint8_t)(i * 7 + i / 256);
	bundle.tables_size = sizeof(bundle);
	bundle.flags = 0;
	bundle.update_key[0] = 1;
	info = (struct updater_info){.counter_hz = HZ,
	                             .bundle = (uintptr_t)&bundle,
	                             .accounts = (uintptr_t)&accounts,
	                             .box = (uintptr_t)&box,
	                             .spare = (uintptr_t)spare,
	                             .spare_size = SPARE_SIZE};
	head = (struct package_head){
	    .magic = PACKAGE_MAGIC, .revision = PACKAGE_REVISION, .image_size = IMAGE_SIZE};
	sha256_begin(&hash);
	sha256_add(&hash, image, IMAGE_SIZE);
	sha256_end(&hash, head.image);
	package_tables(&bundle, head.tables);
	is_right = true;
	now = 5 * HZ;
	told = asked_for = 0;
	fault = UPDATE_STATE;
	begin_life();
}

const struct unit_fixture unit_each = {start, NULL};

/* Asks as the console does. Returns the answer's words; NULL: it is good. */
static const char *ask(uint32_t order, uint32_t offset, const void *bytes, uint32_t size)
{
	static char text[PACKAGE_TEXT_SIZE + 1];
	uint64_t before = told;

	box.begun++;
	box.order = order;
	box.offset = offset;
	box.size = size;
	memcpy(box.bytes, bytes, size < sizeof(box.bytes) ? size : sizeof(box.bytes));
	box.asked = box.begun;
	updater_turn(&updater);
	assert_int_equal(box.answered, box.begun);
	assert_int_equal(told, before + 1);
	memcpy(text, box.text, box.text_size);
	text[box.text_size] = 0;
	if (box.failed != 0)
		assert_true(box.text_size != 0);
	return box.failed != 0 ? text : NULL;
}

static const char *ask_begin(void)
{
	uint8_t bytes[sizeof(head) + PACKAGE_SIGNATURE] = {0};

	memcpy(bytes, &head, sizeof(head));
	bytes[sizeof(head)] = 0x51;
	return ask(PACKAGE_BEGIN, 0, bytes, sizeof(bytes));
}

static void send_pieces(void)
{
	for (uint32_t at = 0; at < IMAGE_SIZE; at += PACKAGE_PIECE_SIZE)
		assert_null(ask(PACKAGE_PIECE, at, image + at,
		                IMAGE_SIZE - at < PACKAGE_PIECE_SIZE ? IMAGE_SIZE - at
		                                                     : PACKAGE_PIECE_SIZE));
}

static void refused(const char *said, const char *why)
{
	assert_non_null(said);
	if (strstr(said, why) == NULL)
		fail_msg("'%s' isn't in '%s'", why, said);
}

static void nothing_is_begun(void)
{
	refused(ask(PACKAGE_PIECE, 0, image, 10), "no package was begun");
	refused(ask(PACKAGE_END, 0, "", 0), "no package was begun");
	assert_int_equal(asked_for, 0);
}

/* ---- tests ---- */

/* The owner signed the old version once. */
TEST(a_lower_version_is_refused)
{
	static const char lower[] =
	    "version 1.9.3 is lower than 1.10.0, which runs, and the description has no "
	    "'kumiki,update-to-lower'";

	strcpy(accounts.frame.version, "1.10.0");
	strcpy(head.version, "1.9.3");
	assert_string_equal(ask_begin(), lower);
	is_right = false;
	refused(ask_begin(), "the signature isn't one");
	is_right = true;
	strcpy(head.version, "1.10.0");
	assert_null(ask_begin());
	strcpy(head.version, "2.0.0-dev");
	assert_null(ask_begin());
	/* The version's text has no end. */
	memset(head.version, '1', sizeof(head.version));
	assert_null(ask_begin());
	strcpy(head.version, "1.9.3");
	bundle.flags = BUNDLE_LOWERS;
	package_tables(&bundle, head.tables);
	assert_null(ask_begin());
}

TEST(a_package_comes)
{
	nothing_is_begun();
	assert_null(ask_begin());
	send_pieces();
	assert_memory_equal(spare, image, IMAGE_SIZE);
	refused(ask(PACKAGE_END, 0, "", 0), update_fault_text(UPDATE_STATE));
	assert_int_equal(asked_for, IMAGE_SIZE);
	asked_for = 0;
	nothing_is_begun(); /* the frame isn't asked twice */
}

/* Nothing of the spare memory is written before the signature is right. */
TEST(a_wrong_head_is_refused)
{
	is_right = false;
	refused(ask_begin(), "the signature isn't one of this package");
	nothing_is_begun();
	is_right = true;
	head.tables[31] ^= 1;
	refused(ask_begin(), "other partitions or other hardware");
	head.tables[31] ^= 1;
	nothing_is_begun();
	head.image_size = SPARE_SIZE + 1;
	refused(ask_begin(), "too large");
	head.image_size = 0;
	refused(ask_begin(), "too large");
	head.image_size = IMAGE_SIZE;
	head.revision++;
	refused(ask_begin(), "another revision");
	head.revision--;
	head.magic++;
	refused(ask_begin(), "this is no package");
	head.magic--;
	refused(ask(PACKAGE_BEGIN, 0, &head, sizeof(head)), "head and the signature");
	nothing_is_begun();
	for (uint32_t i = 0; i < SPARE_SIZE; i++)
		assert_int_equal(spare[i], 0xee);
	assert_null(ask_begin());
}

TEST(pieces_out_of_order_end_the_update)
{
	static const struct {
		uint32_t offset, size;
	} wrong[] = {{0, 0},          {IMAGE_SIZE - 9, 10}, {UINT32_MAX, 10}, {UINT32_MAX - 9, 10},
	             {IMAGE_SIZE, 1}, {IMAGE_SIZE + 1, 1}};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(ask_begin());
		refused(ask(PACKAGE_PIECE, wrong[i].offset, image, wrong[i].size),
		        "doesn't belong to the package");
		nothing_is_begun();
	}
	/* More than the head tells: the last piece is one byte too long. */
	head.image_size = 10;
	assert_null(ask_begin());
	refused(ask(PACKAGE_PIECE, 0, image, 11), "doesn't belong to the package");
	assert_null(ask_begin());
	assert_null(ask(PACKAGE_PIECE, 0, image, 10));
	refused(ask(PACKAGE_PIECE, 9, image, 1), "comes twice");
	assert_null(ask_begin());
	assert_null(ask(PACKAGE_PIECE, 0, image, 10));
	refused(ask(PACKAGE_PIECE, 10, image, 1), "doesn't belong to the package");
	for (uint32_t i = 10; i < SPARE_SIZE; i++)
		assert_int_equal(spare[i], 0xee);
}

/* The spare memory had other bytes before, also where the zeros are. */
TEST(zeros_are_not_sent)
{
	struct sha256 hash;

	memset(image, 0, 300);
	memset(image + 700, 0, 1500);
	memset(image + 2400, 0, IMAGE_SIZE - 2400);
	sha256_begin(&hash);
	sha256_add(&hash, image, IMAGE_SIZE);
	sha256_end(&hash, head.image);
	assert_null(ask_begin());
	assert_null(ask(PACKAGE_PIECE, 300, image + 300, 400));
	assert_null(ask(PACKAGE_PIECE, 2200, image + 2200, 200));
	refused(ask(PACKAGE_END, 0, "", 0), "its structures are others");
	assert_int_equal(asked_for, IMAGE_SIZE);
	assert_memory_equal(spare, image, IMAGE_SIZE);
	assert_int_equal(spare[IMAGE_SIZE], 0xee);
}

TEST(a_damaged_image_is_refused)
{
	for (uint32_t at = 0; at < IMAGE_SIZE; at += 499) {
		assert_null(ask_begin());
		image[at] ^= 1;
		send_pieces();
		image[at] ^= 1;
		refused(ask(PACKAGE_END, 0, "", 0), "the image was damaged");
		nothing_is_begun();
	}
}

TEST(half_a_package_is_forgotten)
{
	assert_null(ask_begin());
	assert_null(ask(PACKAGE_PIECE, 0, image, 1000));
	refused(ask(PACKAGE_END, 0, "", 0), "the image was damaged");
	nothing_is_begun();
	assert_null(ask_begin());
	assert_null(ask(PACKAGE_PIECE, 0, image, 1000));
	assert_null(ask(PACKAGE_FORGET, 0, "", 0));
	refused(ask(PACKAGE_PIECE, 1000, image + 1000, 1000), "no package was begun");
	/* A second beginning begins anew. */
	assert_null(ask_begin());
	assert_null(ask(PACKAGE_PIECE, 0, image, 1000));
	assert_null(ask_begin());
	send_pieces();
	refused(ask(77, 0, "", 0), "doesn't know this order");
	nothing_is_begun();
}

/* The spare memory then has the frame to which the machine may go back. */
TEST(nothing_is_written_on_trial)
{
	accounts.update = (struct frame_update){.count = 1, .outcome = UPDATE_DONE, .ended = now};
	now += HZ * (UPDATE_TRIAL_NS / 1000000000);
	refused(ask_begin(), "try again in three seconds");
	nothing_is_begun();
	accounts.update.outcome = UPDATE_BACK;
	assert_null(ask_begin());
	accounts.update.outcome = UPDATE_DONE;
	now++;
	assert_null(ask_begin());
}

/* An updater that failed in the middle of a request doesn't leave it unanswered.
 *
 * Shows: frame.update-refused. */
TEST(a_new_life_forgets)
{
	assert_null(ask_begin());
	begin_life();
	refused(ask(PACKAGE_PIECE, 0, image, 10), "no package was begun");
	box.begun = box.asked = box.heard = box.heard + 1;
	begin_life();
	assert_int_equal(box.answered, box.asked);
	assert_int_equal(box.failed, 1);
	assert_non_null(strstr(box.text, "begin once more"));
}

/* Only a broken console writes these requests. */
TEST(the_box_has_nonsense)
{
	uint64_t before = told;

	assert_null(ask_begin());
	box.asked++; /* the request is still being written */
	updater_turn(&updater);
	assert_int_equal(told, before + 1);
	box.begun++;
	box.order = PACKAGE_PIECE;
	box.offset = 0;
	box.size = UINT32_MAX;
	updater_turn(&updater);
	assert_int_equal(told, before + 2);
	assert_true(updater.received <= PACKAGE_PIECE_SIZE);
}
