/*
 * The driver of NVMe against a controller of the tests' own (nvme_controller.h). One controller
 * answers in any order and fails, with blocks of 512 bytes and of 4 KiB. Others lack something or
 * never finish. One writes anything wherever it can.
 *
 * Shows: rtos.nvme.
 */
#include "nvme_controller.h"
#include <proto/block.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>

#define SECTORS (FAKE_DISK / BLOCK_SECTOR)
#define STEPS   20000

static struct drive drive;
static struct medium medium;
static const struct medium_memory memory = {
    .bytes = fake.memory, .physical = FAKE_PHYSICAL, .size = FAKE_SIZE};

static const char *begin_reset(void)
{
	drive = (struct drive){.controller = {.registers = fake.registers, .size = FAKE_SPACE}};
	return controller_reset(&drive.controller);
}

static const char *begin_with(const struct medium_memory *its)
{
	const char *wrong = begin_reset();

	if (wrong)
		return wrong;
	assert_false(fake.works);
	return drive_begin(&drive, its, &medium);
}

static const char *begin(void)
{
	return begin_with(&memory);
}

static void begin_new(uint32_t seed, uint32_t shift)
{
	fake_new(seed, shift);
	assert_null(begin());
}

/* ---- the controller's words about itself ---- */

TEST(test_good)
{
	fake_new(1, 9);
	fake.options = 0xc;
	assert_null(begin());
	assert_true(medium.sectors == SECTORS && medium.flushes && !medium.read_only);
	assert_int_equal(medium.most, 56);
	assert_true(medium.zeroes && medium.discards);
	assert_int_equal(medium.range_unit, 1);
	assert_true(drive_is_sound(&drive, &memory) && drive_is_well(&drive));
	fake_new(1, 9);
	fake.caches = 0;
	fake.attributes = 1;
	assert_null(begin());
	assert_true(!medium.flushes && medium.read_only && !medium.zeroes && !medium.discards);
}

TEST(test_sizes)
{
	static uint8_t large[4 * FAKE_SIZE];
	struct medium_memory other = memory;

	begin_new(1, 9);
	other.size = DRIVE_HEAD + MEDIUM_REQUESTS * PAIR_PAGE - 1;
	assert_non_null(begin_with(&other));
	other.size++;
	fake_new(1, 9);
	assert_null(begin_with(&other));
	assert_int_equal(medium.most, 8);
	fake_new(1, 12); /* a request of one sector may end in a second block */
	assert_non_null(begin_with(&other));
	fake_new(1, 12);
	fake.most = 1;
	assert_null(begin());
	assert_int_equal(medium.most, 8);
	other = (struct medium_memory){.bytes = large, .physical = 512, .size = sizeof(large)};
	assert_non_null(drive_begin(&drive, &other, &medium));
}

/* Each possible fault of the controller is told. */
TEST(test_refused)
{
	static const struct {
		uint32_t word, value;
	} registers[] = {{2, 0x10000}, {0, 15}, {1, 0}, {1, 1 << 5 | 1 << 16}, {1, 1 << 5 | 12}};

	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		fake_new(1, 9);
		fake.registers[registers[i].word] = registers[i].value;
		assert_non_null(begin());
	}
	fake_new(1, 9);
	fake.namespace_id = 0;
	assert_non_null(begin());
	fake_new(1, 9);
	fake.beside = 8;
	assert_non_null(begin());
	fake_new(1, 8);
	assert_non_null(begin());
	fake_new(1, 13);
	assert_non_null(begin());
	fake_new(1, 9);
	fake.blocks = UINT64_MAX >> 8;
	assert_non_null(begin());
}

/* All waits end. Each command of the start may fail or be answered wrongly. */
TEST(test_never_done)
{
	uint32_t commands;

	fake_new(1, 9);
	fake.quiet_after = FAKE_NEVER;
	assert_non_null(begin());
	assert_int_equal(fake.clock, 1000);
	fake_new(1, 9);
	fake.ready_after = FAKE_NEVER;
	assert_non_null(begin());
	begin_new(1, 9);
	commands = fake.commands;
	for (uint32_t i = 1; i <= commands; i++) {
		fake_new(1, 9);
		fake.refuses = i;
		assert_non_null(begin());
		fake_new(1, 9);
		fake.wrong_id = i;
		assert_non_null(begin());
		fake_new(1, 9);
		fake.silent = i;
		assert_non_null(begin());
	}
}

/* The driver's patience goes by a clock, for any length of a pause. */
TEST(test_slow_pauses)
{
	fake_new(1, 9);
	fake.slow = 99;
	fake.quiet_after = FAKE_NEVER;
	assert_non_null(begin());
	assert_int_equal(fake.clock, 1000);
	fake_new(1, 9);
	fake.slow = 9999; /* the driver had no turn, while the controller was quick */
	assert_null(begin());
	fake_new(1, 9);
	fake.slow = 99;
	fake.silent = 1;
	assert_non_null(begin());
	assert_in_range(fake.clock, 5000, 5500);
}

/* The driver doesn't wait for a device that isn't there. */
TEST(test_gone)
{
	fake_new(1, 9);
	memset(fake.registers, 0xff, sizeof(fake.registers));
	assert_string_equal(begin_reset(), "the device doesn't answer");
	assert_int_equal(fake.clock, 0);
}

/* The controller asserts its interrupt for answers that an earlier driver didn't take. */
TEST(test_stuck)
{
	fake_new(1, 9);
	fake.stuck = 3;
	assert_null(begin());
	assert_int_equal(fake.stuck, 0);
	fake_new(1, 9);
	fake.stuck = FAKE_NEVER;
	assert_non_null(begin());
}

/* The driver before died while the controller started. */
TEST(test_starting)
{
	fake_new(1, 9);
	fake.registers[7] = 0;
	fake.ready_after = 4;
	assert_null(begin());
	fake_new(1, 9);
	fake.registers[7] = 2; /* and it is broken: the driver doesn't wait */
	fake.ready_after = FAKE_NEVER;
	assert_null(controller_reset(&drive.controller));
}

TEST(test_well)
{
	const struct medium_request flush = {.type = MEDIUM_FLUSH};

	begin_new(1, 9);
	assert_true(drive_heard(&drive));
	fake.registers[7] |= 2;
	assert_false(drive_heard(&drive));
	fake.registers[7] = 0;
	assert_false(drive_is_well(&drive));
	fake.registers[7] = UINT32_MAX;
	assert_false(drive_is_well(&drive));
	fake.registers[7] = 1;
	drive_give(&drive, 0, &flush);
	fake.clock += DRIVE_PATIENCE - 1;
	assert_true(drive_is_well(&drive));
	fake.clock++;
	assert_false(drive_is_well(&drive));
}

/* A command is lost, while the controller answers others at once. */
TEST(test_lost_among_others)
{
	const struct medium_request flush = {.type = MEDIUM_FLUSH};
	uint32_t number;

	begin_new(1, 9);
	drive_give(&drive, 0, &flush);
	for (uint32_t i = 1; i < DRIVE_PATIENCE / 1000; i++) {
		fake.clock += 1000;
		drive_give(&drive, 1, &flush);
		fake_answer(1, 0);
		assert_int_equal(drive_take(&drive, &number), MEDIUM_DONE);
		assert_true(drive_is_well(&drive));
	}
	fake.clock += 1000;
	assert_false(drive_is_well(&drive));
	fake_answer(0, 0);
	assert_int_equal(drive_take(&drive, &number), MEDIUM_DONE);
	assert_true(drive_is_well(&drive));
}

/* A request that waits to be alone has as much time as others, from its beginning on. */
TEST(test_time_of_a_waiting_request)
{
	const struct medium_request flush = {.type = MEDIUM_FLUSH};
	const struct medium_request part = {.type = MEDIUM_WRITE, .sector = 1, .sectors = 1};
	uint32_t number;

	begin_new(1, 11);
	drive_give(&drive, 0, &flush);
	drive_give(&drive, 1, &part);
	fake.clock += DRIVE_PATIENCE - 1;
	fake_answer(0, 0);
	assert_int_equal(drive_take(&drive, &number), MEDIUM_DONE);
	fake.clock += DRIVE_PATIENCE;
	assert_int_equal(drive_take(&drive, &number), MEDIUM_NOTHING);
	for (uint32_t i = 0; i < 2; i++) { /* first a read, then a write */
		fake.clock += DRIVE_PATIENCE - 1;
		assert_true(drive_is_well(&drive));
		fake_answer(1, 0);
		assert_int_equal(drive_take(&drive, &number),
		                 i == 0 ? MEDIUM_NOTHING : MEDIUM_DONE);
	}
	drive_give(&drive, 1, &part);
	fake.clock += DRIVE_PATIENCE;
	assert_false(drive_is_well(&drive));
}

/* ---- requests ---- */

static struct medium_request asked[MEDIUM_REQUESTS];
static uint8_t written[MEDIUM_REQUESTS][MEDIUM_BYTES];
static uint8_t expected[SECTORS][BLOCK_SECTOR]; /* the disk's content */

/* No two requests have the same sectors, so the sectors' content is known. */
static bool sectors_are_free(const struct medium_request *request)
{
	for (uint32_t i = 0; i < MEDIUM_REQUESTS; i++)
		if ((drive.open >> i & 1) != 0 &&
		    asked[i].sector < request->sector + request->sectors &&
		    request->sector < asked[i].sector + asked[i].sectors)
			return false;
	return true;
}

/* No two requests have the same pages. */
static bool pages_are_free(const struct medium_request *request)
{
	for (uint32_t i = 0; i < MEDIUM_REQUESTS; i++)
		for (uint32_t j = 0; j < request->page_count * asked[i].page_count; j++)
			if ((drive.open >> i & 1) != 0 &&
			    request->page[j / asked[i].page_count] ==
			        asked[i].page[j % asked[i].page_count])
				return false;
	return true;
}

/* Chooses pages in any order, each of them once. */
static void choose_pages(struct medium_request *request)
{
	const uint32_t first = fake_below(FAKE_PAGES), step = fake_below(2) == 0 ? 5 : 47;

	request->page_count = 1 + fake_below(medium.pages);
	request->sectors = request->page_count * BLOCK_IN_PAGE;
	request->sector =
	    fake_below((SECTORS - request->sectors) / BLOCK_IN_PAGE + 1) * BLOCK_IN_PAGE;
	for (uint32_t i = 0; i < request->page_count; i++)
		request->page[i] = FAKE_KEPT + (first + i * step) % FAKE_PAGES * PAIR_PAGE;
}

/* The place of the contents' byte `at`. */
static uint8_t *contents_at(uint32_t number, uint32_t at)
{
	const struct medium_request *request = &asked[number];

	if (request->page_count == 0)
		return drive_buffer(&drive, number, request->sector) + at;
	return (uint8_t *)fake.pages + (request->page[at / PAIR_PAGE] - FAKE_KEPT) + at % PAIR_PAGE;
}

static void give(uint32_t number, const struct medium_request *request)
{
	const uint32_t bytes = request->sectors * BLOCK_SECTOR;

	asked[number] = *request;
	if (request->type == MEDIUM_WRITE) {
		for (uint32_t i = 0; i < bytes; i++) {
			written[number][i] = (uint8_t)fake_below(256);
			*contents_at(number, i) = written[number][i];
		}
	}
	drive_give(&drive, number, request);
	fake_look();
}

static void ask(void)
{
	static const enum medium_type types[] = {MEDIUM_READ, MEDIUM_WRITE, MEDIUM_FLUSH,
	                                         MEDIUM_ZERO, MEDIUM_DISCARD};
	const uint32_t number = drive_free(&drive);
	struct medium_request request = {.type = types[fake_below(5)]};

	if (request.type <= MEDIUM_WRITE && fake_below(2) == 0) {
		choose_pages(&request);
	} else if (request.type != MEDIUM_FLUSH) {
		request.sectors = 1 + fake_below(1 + fake_below(medium.most));
		request.sector = fake_below(SECTORS - request.sectors + 1);
	}
	if (request.type == MEDIUM_ZERO || request.type == MEDIUM_DISCARD) {
		request.sector -= request.sector % medium.range_unit;
		request.sectors += -request.sectors % medium.range_unit;
	}
	if (number < MEDIUM_REQUESTS && sectors_are_free(&request) && pages_are_free(&request))
		give(number, &request);
}

/* Takes answers. A good request has done its work, and a failed one has done nothing. */
static void take(void)
{
	enum medium_answer answer;
	uint32_t number;

	while ((answer = drive_take(&drive, &number)) != MEDIUM_NOTHING) {
		const struct medium_request *request = &asked[number];
		const size_t bytes = (size_t)request->sectors * BLOCK_SECTOR;

		assert_true(answer == MEDIUM_DONE || answer == MEDIUM_FAILED);
		assert_int_equal(drive.open >> number & 1, 0);
		fake_look();
		if (answer == MEDIUM_DONE && request->type == MEDIUM_WRITE)
			memcpy(expected[request->sector], written[number], bytes);
		if (answer == MEDIUM_DONE &&
		    (request->type == MEDIUM_ZERO || request->type == MEDIUM_DISCARD))
			memset(expected[request->sector], request->type == MEDIUM_ZERO ? 0 : 0xdd,
			       bytes);
		if (answer == MEDIUM_DONE && request->type == MEDIUM_READ)
			for (uint32_t i = 0; i < bytes; i++)
				assert_int_equal(
				    *contents_at(number, i),
				    ((uint8_t *)expected)[request->sector * BLOCK_SECTOR + i]);
		assert_true(drive_is_sound(&drive, &memory));
	}
	assert_int_equal(fake.registers[0x400 + 3], fake.io_done % PAIR_ENTRIES);
	fake_look();
}

static void answer(void)
{
	const bool fails = fake_below(8) == 0;

	while (fake.wait_count > 0 && fake_below(3) > 0)
		fake_finish(fake_below(fake.wait_count), fails ? 2 : 0);
	take();
}

TEST(test_any_order)
{
	for (uint32_t seed = 1; seed <= 6; seed++) {
		begin_new(seed, 9 + seed % 4);
		memset(expected, 0, sizeof(expected));
		for (uint32_t i = 0; i < STEPS; i++) {
			ask();
			ask();
			answer();
		}
		while (drive.open != 0)
			answer();
		assert_memory_equal(fake.disk, expected, sizeof(expected));
	}
}

/* ---- answers that make no sense ---- */

/* Shows: rtos.mad-device. */
TEST(test_nonsense_is_told)
{
	static const uint16_t wrong[] = {1, 15, 16, 31, 32, 65535};
	const struct medium_request flush = {.type = MEDIUM_FLUSH};
	uint32_t number;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		begin_new(1, 9);
		drive_give(&drive, 0, &flush);
		fake_answer(wrong[i], 0);
		assert_int_equal(drive_take(&drive, &number), MEDIUM_BROKEN);
	}
	begin_new(1, 9);
	drive_give(&drive, 0, &flush);
	fake_answer(0, 0);
	fake_answer(0, 0);
	assert_int_equal(drive_take(&drive, &number), MEDIUM_DONE);
	assert_int_equal(drive_take(&drive, &number), MEDIUM_BROKEN); /* a second time */
}

/* The controller doesn't have the request yet. */
TEST(test_a_waiting_request_is_not_answered)
{
	const struct medium_request flush = {.type = MEDIUM_FLUSH};
	const struct medium_request part = {.type = MEDIUM_WRITE, .sector = 1, .sectors = 1};
	uint32_t number;

	begin_new(1, 11);
	give(0, &flush);
	give(1, &part);
	assert_int_equal(drive_free(&drive), MEDIUM_REQUESTS);
	assert_int_equal(fake.wait_count, 1);
	fake_answer(1, 0);
	assert_int_equal(drive_take(&drive, &number), MEDIUM_BROKEN);
}

/*
 * The controller writes anything. Only requests of the driver are done, and no memory but its own
 * is touched, as the sanitizers check.
 * Shows: rtos.mad-device.
 */
TEST(test_mad)
{
	begin_new(3, 12);
	for (uint32_t i = 0; i < STEPS * 10; i++) {
		const uint32_t open = drive.open, number = drive_free(&drive);
		const struct medium_request request = {
		    .type = MEDIUM_WRITE, .sector = fake_below(100), .sectors = 1 + fake_below(4)};
		uint32_t taken = MEDIUM_REQUESTS;
		enum medium_answer answered;

		fake.mad = true;
		if (number < MEDIUM_REQUESTS && fake_below(2) == 0) {
			drive_give(&drive, number, &request);
			assert_int_equal(drive.open, open | 1u << number);
			continue;
		}
		fake_scribble();
		answered = drive_take(&drive, &taken);
		if (answered == MEDIUM_DONE || answered == MEDIUM_FAILED) {
			assert_true(taken < MEDIUM_REQUESTS && (open >> taken & 1) != 0);
			assert_int_equal(drive.open, open & ~(1u << taken));
		} else {
			assert_int_equal(drive.open, open);
		}
		if (answered == MEDIUM_BROKEN)
			begin_new(i, 12);
	}
}
