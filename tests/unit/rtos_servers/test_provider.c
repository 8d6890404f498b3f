/*
 * A disk's provider: the sectors that it gives, and its answers to anything on the channel.
 *
 * Shows: channel.store, channel.disk-twice, channel.provider-well.
 */
#include <servers/provider/serve.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define SECTORS 256u
#define SESSION 7u
#define ENTRIES 128u /* 32 sectors */

/* ---- the disk ---- */

static uint8_t medium[SECTORS][BLOCK_SECTOR];
static uint8_t window[4 * BLOCK_SECTOR];
static uint32_t flushes, calls, outside; /* outside: accesses that the driver refused */
static bool fails, ranges, refuses;      /* refuses: zeroes are refused, as by a device */
static uint32_t absent, slept, beats;    /* absent: so many calls get no answer of the driver */

static bool inside(uint64_t sector, uint32_t sectors, uint32_t at)
{
	calls++;
	assert_true(ranges || at + sectors * BLOCK_SECTOR <= sizeof(window));
	if (sector >= SECTORS || sectors > SECTORS - sector)
		outside++;
	return !fails && outside == 0;
}

static bool is_absent(void)
{
	return absent != 0 && absent-- != 0;
}

void sys_beat(void)
{
	beats++;
}

/* Time passes; the driver doesn't remember the buffer's content. */
void sys_sleep(uint64_t milliseconds)
{
	assert_true(milliseconds > 0);
	memset(window, 0xee, sizeof(window));
	slept++;
}

enum block_status block_read(const struct block *block, uint64_t sector, uint32_t sectors,
                             uint32_t at)
{
	if (is_absent())
		return BLOCK_NO_SERVER;
	if (!inside(sector, sectors, at))
		return BLOCK_FAILED;
	memcpy(block->buffer + at, medium[sector], (size_t)sectors * BLOCK_SECTOR);
	return BLOCK_OK;
}

enum block_status block_write(const struct block *block, uint64_t sector, uint32_t sectors,
                              uint32_t at)
{
	if (is_absent())
		return BLOCK_NO_SERVER;
	if (!inside(sector, sectors, at))
		return BLOCK_FAILED;
	memcpy(medium[sector], block->buffer + at, (size_t)sectors * BLOCK_SECTOR);
	return BLOCK_OK;
}

enum block_status block_flush(const struct block *block)
{
	(void)block;
	if (is_absent())
		return BLOCK_NO_SERVER;
	flushes++;
	return fails ? BLOCK_FAILED : BLOCK_OK;
}

/* The range calls of a driver that has them, or hasn't. */
static enum block_status range(uint64_t sector, uint32_t sectors)
{
	if (is_absent())
		return BLOCK_NO_SERVER;
	if (!ranges)
		return BLOCK_BAD;
	return inside(sector, sectors, 0) ? BLOCK_OK : BLOCK_FAILED;
}

enum block_status block_zero(const struct block *block, uint64_t sector, uint32_t sectors)
{
	const enum block_status status = refuses ? BLOCK_FAILED : range(sector, sectors);

	(void)block;
	if (status == BLOCK_OK)
		memset(medium[sector], 0, (size_t)sectors * BLOCK_SECTOR);
	return status;
}

enum block_status block_discard(const struct block *block, uint64_t sector, uint32_t sectors)
{
	const enum block_status status = range(sector, sectors);

	(void)block;
	if (status == BLOCK_OK)
		memset(medium[sector], 0xdd, (size_t)sectors * BLOCK_SECTOR);
	return status;
}

static const struct block block = {
    .buffer = window, .buffer_size = sizeof(window), .most = 3, .sectors = SECTORS};

static void begin(void)
{
	for (uint32_t i = 0; i < SECTORS; i++)
		memset(medium[i], (int)i, BLOCK_SECTOR);
	flushes = calls = outside = absent = slept = beats = 0;
	fails = ranges = refuses = false;
}

const struct unit_fixture unit_each = {begin, NULL};

/* ---- the part ---- */

static void put(uint8_t *to, uint64_t value, uint32_t bytes)
{
	memcpy(to, &value, bytes);
}

static uint32_t crc_32(const uint8_t *bytes, size_t size)
{
	uint32_t sum = ~0u;

	for (size_t i = 0; i < 8 * size; i++) {
		if (i % 8 == 0)
			sum ^= bytes[i / 8];
		sum = (sum & 1) != 0 ? sum >> 1 ^ 0xedb88320u : sum >> 1;
	}
	return ~sum;
}

static void put_partition(uint32_t table, uint32_t number, const char *label, uint64_t first,
                          uint64_t last)
{
	uint8_t *entry = medium[table] + (size_t)number * 128;

	put(entry, 1, 8);
	put(entry + 32, first, 8);
	put(entry + 40, last, 8);
	for (uint32_t i = 0; label[i]; i++)
		put(entry + 56 + 2 * (size_t)i, (uint8_t)label[i], 2);
}

/* Seals a table of ENTRIES entries from sector `table` on, with its header in sector `at`. */
static void seal(uint32_t at, uint32_t table)
{
	uint8_t *header = medium[at];

	memset(header, 0, BLOCK_SECTOR);
	put(header, 0x5452415020494645, 8); /* "EFI PART" */
	put(header + 8, 0x10000, 4);
	put(header + 12, 92, 4);
	put(header + 24, at, 8);
	put(header + 72, table, 8);
	put(header + 80, ENTRIES, 4);
	put(header + 84, 128, 4);
	put(header + 88, crc_32(medium[table], (size_t)ENTRIES * 128), 4);
	put(header + 16, crc_32(header, 92), 4);
}

static void make_tables(void)
{
	static const uint32_t tables[] = {2, SECTORS - 33};

	for (uint32_t i = 0; i < 2; i++) {
		memset(medium[tables[i]], 0, (size_t)ENTRIES * 128);
		put_partition(tables[i], 0, "boot", 40, 49);
		put_partition(tables[i], 5, "root", 50, 149);
		put_partition(tables[i], 6, "twice", 150, 159);
		put_partition(tables[i], 7, "twice", 160, 169);
		put_partition(tables[i], 8, "123456789012345678901234567890123456", 170, 179);
		put_partition(tables[i], 9, "beyond", 200, SECTORS);
		put_partition(tables[i], 10, "turned", 60, 50);
		put_partition(tables[i], 11, "left", 180, 185);
		put_partition(tables[i], 100, "across", 185, 190);
	}
	seal(1, 2);
	seal(SECTORS - 1, SECTORS - 33);
}

static void expect_label(const char *label, uint64_t first, uint64_t count)
{
	struct part part;

	assert_null(part_label(&part, &block, label));
	assert_int_equal(part.first, first);
	assert_int_equal(part.count, count);
}

TEST(test_label)
{
	static const char *const wrong[] = {
	    "none",  "roo",    "rootx",  "",
	    "twice", "beyond", "turned", "1234567890123456789012345678901234567",
	    "left",  "across"};
	struct part part;

	make_tables();
	expect_label("boot", 40, 10);
	expect_label("root", 50, 100);
	expect_label("123456789012345678901234567890123456", 170, 10);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_non_null(part_label(&part, &block, wrong[i]));
	fails = true;
	assert_non_null(part_label(&part, &block, "root"));
}

static void flip(size_t at, uint32_t bit)
{
	medium[at / BLOCK_SECTOR][at % BLOCK_SECTOR] ^= (uint8_t)(1u << bit);
}

/* Any flipped bit of the first table is seen. Then the second table counts. */
TEST(test_damaged_tables)
{
	struct part part;

	make_tables();
	for (uint32_t i = 0; i < 400; i++) {
		const uint32_t bit = i < 92 * 8 / 2 ? 2 * i : 4096 + 331 * (i % 97);

		flip(BLOCK_SECTOR + bit / 8, bit % 8);
		expect_label("root", 50, 100);
		flip((SECTORS - 1) * BLOCK_SECTOR + bit % 92, 0);
		assert_non_null(part_label(&part, &block, "root"));
		flip((SECTORS - 1) * BLOCK_SECTOR + bit % 92, 0);
		flip(BLOCK_SECTOR + bit / 8, bit % 8);
	}
	expect_label("root", 50, 100);
}

/* Impossible numbers with right sums. */
TEST(test_mad_tables)
{
	static uint8_t good[SECTORS][BLOCK_SECTOR];
	struct part part;

	srand(1);
	make_tables();
	memcpy(good, medium, sizeof(good));
	for (uint32_t i = 0; i < 20000; i++) {
		uint8_t *header = medium[1];

		memcpy(medium, good, sizeof(good));
		memset(medium[SECTORS - 1], 0, BLOCK_SECTOR);
		for (uint32_t j = 0; j < 1 + i % 3; j++)
			header[72 + rand() % 16] = (uint8_t)(rand() % 5 == 0 ? rand() : rand() % 3);
		if (i % 7 == 0)
			put(header + 12, (uint64_t)(rand() % 600), 4);
		put(header + 16, 0, 4);
		put(header + 16, crc_32(header, i % 7 == 0 ? header[12] + 256u * header[13] : 92),
		    4);
		calls = outside = 0;
		(void)part_label(&part, &block, "root");
		assert_true(calls < 1100);
	}
}

TEST(test_range)
{
	static const char *const wrong[] = {"",
	                                    "5",
	                                    "5+",
	                                    "+5",
	                                    "a+5",
	                                    "5+5a",
	                                    "0+0",
	                                    "0+257",
	                                    "256+1",
	                                    "1+256",
	                                    "18446744073709551615+2"};
	struct part part;

	assert_null(part_range(&part, &block, "100+156"));
	assert_int_equal(part.first, 100);
	assert_int_equal(part.count, 156);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_non_null(part_range(&part, &block, wrong[i]));
	assert_null(part_whole(&part, &block));
	assert_int_equal(part.count, SECTORS);
}

/* ---- answers ---- */

static struct packet packet;

static struct serve serving(void)
{
	return (struct serve){
	    .name = "provider", .block = block, .part = {100, 100}, .session = SESSION};
}

static size_t ask(struct serve *serve, uint32_t operation, uint64_t sector, uint32_t size)
{
	packet.record = (struct disk_record){.magic = DISK_MAGIC,
	                                     .session = SESSION,
	                                     .tag = 0x1234,
	                                     .operation = (uint16_t)operation,
	                                     .size = size,
	                                     .sector = sector};
	return serve_answer(serve, &packet,
	                    sizeof(packet.record) + (operation == DISK_WRITE ? size : 0));
}

static void expect_answer(uint32_t operation, uint16_t status, uint32_t size)
{
	assert_int_equal(packet.record.magic, DISK_MAGIC);
	assert_int_equal(packet.record.session, SESSION);
	assert_int_equal(packet.record.tag, 0x1234);
	assert_int_equal(packet.record.operation, operation);
	assert_int_equal(packet.record.status, status);
	assert_int_equal(packet.record.size, size);
}

TEST(test_hello)
{
	struct serve serve = serving();

	serve.session = 0;
	assert_int_equal(serve_greet(&serve, &packet), sizeof(packet.record));
	assert_int_equal(packet.record.operation, DISK_HELLO);
	assert_int_equal(packet.record.tag, DISK_REVISION);
	assert_int_equal(packet.record.sector, 100);
	assert_int_equal(packet.record.size, 0);
	assert_int_equal(ask(&serve, DISK_READ, 0, 512), 0); /* a request before the session */
	packet.record.operation = DISK_HELLO;
	packet.record.session = SESSION;
	assert_int_equal(serve_answer(&serve, &packet, sizeof(packet.record)), 0);
	assert_int_equal(serve.session, SESSION);
	packet.record.status = DISK_REFUSED;
	assert_int_equal(serve_answer(&serve, &packet, sizeof(packet.record)), 0);
	assert_int_equal(serve.session, 0);
	serve.read_only = true;
	(void)serve_greet(&serve, &packet);
	assert_int_equal(packet.record.size, DISK_READ_ONLY);
}

/*
 * Any flipped bit of the state is noticed. The channel's own changes are no damage. The question
 * itself is no call to the driver.
 */
TEST(test_well)
{
	struct serve serve;

	memset(&serve, 0, sizeof(serve));
	serve.name = "provider";
	serve.block = block;
	serve.part = (struct part){100, 100};
	serve_settle(&serve);
	(void)serve_greet(&serve, &packet);
	packet.record.session = SESSION;
	assert_int_equal(serve_answer(&serve, &packet, sizeof(packet.record)), 0);
	assert_int_equal(serve.session, SESSION);
	assert_true(serve_is_sound(&serve) && serve_is_right(&serve));
	for (size_t bit = 0; bit < 8 * (offsetof(struct serve, sum) + sizeof(serve.sum)); bit++) {
		uint8_t *byte = (uint8_t *)&serve + bit / 8;

		*byte ^= (uint8_t)(1u << bit % 8);
		assert_false(serve_is_sound(&serve));
		*byte ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(serve_is_sound(&serve));
	assert_int_equal(calls, 0);
	serve.part.first = serve.part.count = UINT64_MAX / 2; /* as if the part had begun so */
	assert_true(serve_is_right(&serve));
}

/* A request has 56 sectors, though a call to the driver takes three and the window four. */
TEST(test_requests)
{
	struct serve serve = serving();

	assert_int_equal(ask(&serve, DISK_READ, 44, DISK_DATA_MOST), DISK_RECORD_MOST);
	expect_answer(DISK_READ, DISK_OK, DISK_DATA_MOST);
	for (uint32_t i = 0; i < 56; i++)
		assert_int_equal(packet.data[i * 512 + 17], 144 + i);
	memset(packet.data, 0xee, sizeof(packet.data));
	assert_int_equal(ask(&serve, DISK_WRITE, 0, 4 * 512), sizeof(packet.record));
	expect_answer(DISK_WRITE, DISK_OK, 0);
	assert_int_equal(medium[99][0], 99);
	assert_int_equal(medium[100][0], 0xee);
	assert_int_equal(medium[103][511], 0xee);
	assert_int_equal(medium[104][0], 104);
	assert_int_equal(ask(&serve, DISK_FLUSH, 0, 0), sizeof(packet.record));
	expect_answer(DISK_FLUSH, DISK_OK, 0);
	assert_int_equal(flushes, 1);
}

/* A driver with range calls gets one call for each request. */
TEST(test_ranges_at_once)
{
	struct serve serve = serving();

	ranges = true;
	absent = 2;
	(void)ask(&serve, DISK_ZEROES, 10, 80 * 512);
	expect_answer(DISK_ZEROES, DISK_OK, 0);
	(void)ask(&serve, DISK_DISCARD, 0, 10 * 512);
	expect_answer(DISK_DISCARD, DISK_OK, 0);
	assert_int_equal(calls, 2);
	assert_int_equal(medium[99][511], 99);
	assert_int_equal(medium[100][0], 0xdd);
	assert_int_equal(medium[109][511], 0xdd);
	assert_int_equal(medium[110][0], 0);
	assert_int_equal(medium[189][511], 0);
	assert_int_equal(medium[190][0], 190);
	fails = true;
	(void)ask(&serve, DISK_ZEROES, 10, 512);
	expect_answer(DISK_ZEROES, DISK_FAILED, 0);
	(void)ask(&serve, DISK_DISCARD, 10, 512);
	expect_answer(DISK_DISCARD, DISK_FAILED, 0);
}

/*
 * With a driver without range calls, zeroes go through its window as a write does. A discard
 * changes nothing.
 */
TEST(test_ranges)
{
	struct serve serve = serving();

	assert_int_equal(ask(&serve, DISK_ZEROES, 10, 80 * 512), sizeof(packet.record));
	expect_answer(DISK_ZEROES, DISK_OK, 0);
	assert_int_equal(medium[109][0], 109);
	assert_int_equal(medium[110][0], 0);
	assert_int_equal(medium[189][511], 0);
	assert_int_equal(medium[190][0], 190);
	calls = 0;
	assert_int_equal(ask(&serve, DISK_DISCARD, 0, 100 * 512), sizeof(packet.record));
	expect_answer(DISK_DISCARD, DISK_OK, 0);
	(void)ask(&serve, DISK_DISCARD, 1, 100 * 512);
	expect_answer(DISK_DISCARD, DISK_FAILED, 0);
	(void)ask(&serve, DISK_ZEROES, 1, 100 * 512);
	expect_answer(DISK_ZEROES, DISK_FAILED, 0);
	assert_int_equal(calls, 0);
}

/* The driver has a call for zeroes, but its device refuses it. */
TEST(test_refused_zeroes)
{
	struct serve serve = serving();

	ranges = refuses = true;
	(void)ask(&serve, DISK_ZEROES, 10, 80 * 512);
	expect_answer(DISK_ZEROES, DISK_OK, 0);
	assert_int_equal(medium[109][0], 109);
	assert_int_equal(medium[110][0], 0);
	assert_int_equal(medium[189][511], 0);
	assert_int_equal(medium[190][0], 190);
	serve.read_only = true;
	(void)ask(&serve, DISK_ZEROES, 0, 512);
	expect_answer(DISK_ZEROES, DISK_FAILED, 0);
	assert_int_equal(medium[100][0], 100);
}

TEST(test_failures)
{
	struct serve serve = serving();

	fails = true;
	for (uint32_t operation = DISK_READ; operation <= DISK_FLUSH; operation++) {
		assert_int_equal(ask(&serve, operation, 0, 512), sizeof(packet.record));
		expect_answer(operation, DISK_FAILED, 0);
	}
	fails = false;
	serve.read_only = true;
	for (uint32_t operation = DISK_WRITE; operation <= DISK_ZEROES; operation++)
		if (operation != DISK_FLUSH) {
			(void)ask(&serve, operation, 0, 512);
			expect_answer(operation, DISK_FAILED, 0);
		}
	assert_int_equal(medium[100][0], 100);
}

/* An absent driver costs only a delay, for any length of time. */
TEST(test_absent_driver)
{
	struct serve serve = serving();

	absent = 100;
	memset(packet.data, 0x11, sizeof(packet.data));
	assert_int_equal(ask(&serve, DISK_WRITE, 0, 4 * 512), sizeof(packet.record));
	expect_answer(DISK_WRITE, DISK_OK, 0);
	assert_int_equal(medium[103][511], 0x11);
	assert_int_equal(slept, 100);
	assert_int_equal(beats, 100);
	absent = 2;
	(void)ask(&serve, DISK_READ, 1, 512);
	expect_answer(DISK_READ, DISK_OK, 512);
	assert_int_equal(packet.data[5], 0x11);
	absent = 2;
	(void)ask(&serve, DISK_FLUSH, 0, 0);
	expect_answer(DISK_FLUSH, DISK_OK, 0);
	assert_int_equal(slept, 104);
}

/* No sector outside of the part is read or written. A packet that isn't a request has no answer. */
TEST(test_mad_channel)
{
	static const uint64_t sectors[] = {0,   1,   44,    45,         99,
	                                   100, 101, ~0ull, ~0ull - 99, 1ull << 55};
	static const uint32_t sizes[] = {0,         512, 513,  512 * 56, 512 * 57,
	                                 512 * 100, 511, 1024, 1u << 31, ~0u};
	struct serve serve = serving();

	srand(2);
	for (uint32_t i = 0; i < 200000; i++) {
		const struct disk_record record = {
		    .magic = rand() % 20 ? DISK_MAGIC : (uint32_t)rand(),
		    .session = rand() % 20 ? SESSION : (uint32_t)rand() % 9,
		    .operation = (uint16_t)(1 + rand() % 6),
		    .size = sizes[rand() % 10],
		    .sector = sectors[rand() % 10]};
		const size_t size =
		    rand() % 10 ? sizeof(record) + record.size : (size_t)rand() % sizeof(packet);
		size_t answer;

		memcpy(&packet.record, &record, sizeof(record));
		answer =
		    serve_answer(&serve, &packet, size > sizeof(packet) ? sizeof(packet) : size);
		assert_true(answer == 0 || (answer == sizeof(record) + packet.record.size &&
		                            answer <= sizeof(packet)));
		if (record.magic != DISK_MAGIC || record.session != SESSION)
			assert_int_equal(answer, 0);
	}
	assert_int_equal(outside, 0);
	for (uint32_t i = 0; i < SECTORS; i++)
		if (i < 100 || i >= 200)
			assert_int_equal(medium[i][0], i);
}
