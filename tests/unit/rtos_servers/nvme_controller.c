/* See nvme_controller.h. */
#include "nvme_controller.h"
#include <stdint.h>
#include <string.h>
#include <unit.h>

/* Registers, in words. */
enum {
	CAP = 0,
	VERSION = 2,
	HUSH = 3,
	SPEAK = 4,
	CONFIGURATION = 5,
	STATUS = 7,
	SIZES = 9,
	ADMIN = 10,
	BELLS = 0x400
};
enum { IDENTIFY = 6, MAKE_COMMANDS = 1, MAKE_DONE = 5, SET = 9 };
enum { FLUSH = 0, WRITE = 1, READ = 2, ZERO = 8, MANAGE = 9 };

struct fake fake;

uint32_t fake_below(uint32_t limit)
{
	fake.random = fake.random * 1664525 + 1013904223;
	return (fake.random >> 8) % limit;
}

static uint8_t *fake_reach(uint64_t address, uint64_t size)
{
	if (address >= FAKE_KEPT && address < FAKE_KEPT + sizeof(fake.pages)) {
		assert_true(size <= FAKE_KEPT + sizeof(fake.pages) - address);
		return (uint8_t *)fake.pages + (address - FAKE_KEPT);
	}
	assert_in_range(address, FAKE_PHYSICAL, FAKE_PHYSICAL + FAKE_SIZE - size);
	return fake.memory + (address - FAKE_PHYSICAL);
}

static uint32_t fake_word(uint64_t address)
{
	uint32_t value;

	memcpy(&value, fake_reach(address, 4), 4);
	return value;
}

static uint64_t fake_two_words(uint64_t address)
{
	return fake_word(address) | (uint64_t)fake_word(address + 4) << 32;
}

static uint64_t fake_register64(uint32_t at)
{
	return fake.registers[at] | (uint64_t)fake.registers[at + 1] << 32;
}

/* An entry of a queue of answers, with the phase of its round. */
static void fake_put_done(uint64_t queue, uint32_t *tail, uint16_t id, uint16_t status)
{
	uint8_t *entry = fake_reach(queue + *tail % PAIR_ENTRIES * 16ULL, 16);
	const uint32_t phase = (*tail / PAIR_ENTRIES + 1) & 1;
	const uint32_t last = (uint32_t)status << 17 | phase << 16 | id;

	memcpy(entry + 12, &last, 4);
	++*tail;
}

/* ---- commands of the admin pair ---- */

static void fake_tell(uint32_t topic, uint64_t to)
{
	uint8_t *page = fake_reach(to, 4096);

	memset(page, 0, 4096);
	if (topic == 1) {
		page[77] = fake.most;
		memcpy(page + 520, &fake.options, 2);
		page[525] = fake.caches;
	} else if (topic == 2) {
		memcpy(page, &fake.namespace_id, 4);
	} else {
		memcpy(page, &fake.blocks, 8);
		page[26] = fake.format_flags | 3;
		page[99] = fake.attributes;
		memcpy(page + 128 + 12, &fake.beside, 2);
		page[128 + 12 + 2] = (uint8_t)fake.shift;
	}
}

static void fake_obey(uint64_t at)
{
	const uint32_t word = fake_word(at), what = word & 0xff;
	const uint64_t to = fake_two_words(at + 24);

	fake.commands++;
	if (fake.commands == fake.silent)
		return;
	if (what == IDENTIFY)
		fake_tell(fake_word(at + 40), to);
	if (what == MAKE_DONE) {
		assert_int_equal(fake_word(at + 40), (PAIR_ENTRIES - 1) << 16 | 1);
		assert_int_equal(fake_word(at + 44), 3);
		fake.io_answers = to;
	}
	if (what == MAKE_COMMANDS) {
		assert_true(fake.io_answers != 0); /* the queue for answers must be made first */
		assert_int_equal(fake_word(at + 44), 1 << 16 | 1);
		fake.io_commands = to;
	}
	fake_put_done(fake_register64(ADMIN + 2), &fake.done_tail,
	              (uint16_t)((word >> 16) + (fake.commands == fake.wrong_id)),
	              fake.commands == fake.refuses ? 2 : 0);
}

static void fake_work_admin(void)
{
	while (fake.admin_head != fake.registers[BELLS]) {
		fake_obey(fake_register64(ADMIN) + fake.admin_head * 64ULL);
		fake.admin_head = (fake.admin_head + 1) % PAIR_ENTRIES;
	}
}

/* ---- the registers, whenever the driver waits ---- */

static void fake_start(void)
{
	assert_int_equal(fake.registers[CONFIGURATION], 0x00460001);
	assert_int_equal(fake.registers[SIZES], (PAIR_ENTRIES - 1) << 16 | (PAIR_ENTRIES - 1));
	assert_int_equal(fake_register64(ADMIN) % 4096, 0);
	assert_int_equal(fake_register64(ADMIN + 2) % 4096, 0);
	fake.works = true;
	fake.pauses = 0;
	fake.admin_head = fake.done_tail = 0;
	fake.io_head = fake.io_done = fake.wait_count = 0;
	fake.registers[BELLS] = fake.registers[BELLS + 2] = 0;
}

static void fake_stop(void)
{
	fake.works = false;
	fake.pauses = 0;
	fake.io_commands = fake.io_answers = 0;
}

void controller_pause(void)
{
	const bool on = (fake.registers[CONFIGURATION] & 1) != 0;

	fake.pauses++;
	fake.clock += 1 + fake.slow;
	if (on && !fake.works)
		fake_start();
	if (!on && fake.works)
		fake_stop();
	if (fake.pauses >= (on ? fake.ready_after : fake.quiet_after))
		fake.registers[STATUS] = (fake.registers[STATUS] & ~1u) | on;
	if (on && (fake.registers[STATUS] & 1) != 0)
		fake_work_admin();
}

/* Whether the line is asserted: the driver asks this after it has rung a bell. */
bool controller_asserts(void)
{
	assert_int_equal(fake.registers[SPEAK], 1);
	return fake.stuck != 0 && fake.stuck-- != 0;
}

uint64_t controller_clock(void)
{
	return fake.clock;
}

/* ---- commands of the other pair ---- */

static void fake_take_pages(struct fake_command *command, uint64_t first, uint64_t second)
{
	const uint32_t bytes = command->blocks << fake.shift;
	const uint32_t count = (bytes + 4095) / 4096;

	assert_true(count <= MEDIUM_BYTES / PAIR_PAGE && first % 4096 == 0);
	command->pages[0] = first;
	for (uint32_t i = 1; i < count; i++)
		command->pages[i] = count == 2 ? second : fake_two_words(second + 8ULL * (i - 1));
}

static void fake_take(uint64_t at)
{
	struct fake_command command = {.id = (uint16_t)(fake_word(at) >> 16),
	                               .what = (uint8_t)fake_word(at)};

	assert_int_equal(fake_word(at + 4), fake.namespace_id);
	if (command.what == MANAGE) {
		const uint64_t range = fake_two_words(at + 24);

		assert_true(fake_word(at + 40) == 0 && fake_word(at + 44) == 4);
		command.blocks = fake_word(range + 4);
		command.block = fake_two_words(range + 8);
		assert_true(command.block + command.blocks <= fake.blocks);
	} else if (command.what != FLUSH) {
		command.block = fake_two_words(at + 40);
		command.blocks = (fake_word(at + 48) & 0xffff) + 1;
		assert_true(command.block + command.blocks <= fake.blocks);
		if (command.what != ZERO)
			fake_take_pages(&command, fake_two_words(at + 24), fake_two_words(at + 32));
	}
	for (uint32_t i = 0; i < fake.wait_count; i++)
		assert_int_not_equal(fake.waits[i].id, command.id);
	fake.waits[fake.wait_count++] = command;
}

void fake_look(void)
{
	while (fake.io_head != fake.registers[BELLS + 2]) {
		fake_take(fake.io_commands + fake.io_head * 64ULL);
		fake.io_head = (fake.io_head + 1) % PAIR_ENTRIES;
	}
}

void fake_scribble(void)
{
	const uint32_t from = fake_below(FAKE_SIZE), count = fake_below(64);

	for (uint32_t i = from; i < from + count && i < FAKE_SIZE; i++)
		fake.memory[i] = (uint8_t)fake_below(256);
	if (fake_below(2) == 0)
		fake_answer((uint16_t)fake_below(fake_below(8) == 0 ? 65536 : MEDIUM_REQUESTS),
		            (uint16_t)fake_below(3));
}

void pair_barrier(void)
{
	if (fake.mad)
		fake_scribble();
}

void fake_answer(uint16_t id, uint16_t status)
{
	fake_put_done(fake.io_answers, &fake.io_done, id, status);
}

static void fake_move(const struct fake_command *command)
{
	const uint32_t bytes = command->blocks << fake.shift;

	for (uint32_t at = 0; at < bytes; at += 4096) {
		const uint32_t piece = bytes - at < 4096 ? bytes - at : 4096;
		uint8_t *memory = fake_reach(command->pages[at / 4096], piece);
		uint8_t *disk = fake.disk + (command->block << fake.shift) + at;

		if (command->what == READ)
			memcpy(memory, disk, piece);
		else
			memcpy(disk, memory, piece);
	}
}

void fake_finish(uint32_t index, uint16_t status)
{
	const struct fake_command command = fake.waits[index];

	fake.waits[index] = fake.waits[--fake.wait_count];
	if (status == 0 && (command.what == ZERO || command.what == MANAGE))
		memset(fake.disk + (command.block << fake.shift), command.what == ZERO ? 0 : 0xdd,
		       command.blocks << fake.shift);
	else if (status == 0 && command.what != FLUSH)
		fake_move(&command);
	fake_answer(command.id, status);
}

/* The controller may still work for the former driver, with all memory as that driver left it. */
void fake_new(uint32_t seed, uint32_t shift)
{
	memset(&fake, 0, sizeof(fake));
	memset(fake.memory, 0xa5, sizeof(fake.memory));
	fake.random = seed;
	fake.shift = shift;
	fake.blocks = FAKE_DISK >> shift;
	fake.namespace_id = 7;
	fake.caches = 1;
	fake.works = true;
	fake.registers[CAP] = 1 << 24 | (PAIR_ENTRIES - 1);
	fake.registers[CAP + 1] = 1 << 5;
	fake.registers[VERSION] = 0x10400;
	fake.registers[CONFIGURATION] = 0x00460001;
	fake.registers[STATUS] = 1;
}
