/*
 * A debugger's work in a partition's memory: bytes are read and written, breakpoints put in and
 * taken out, with the guest's MMU off and through a table of its own. No other memory is touched.
 */
#include <stdlib.h>
#include <string.h>

#include <service/debug.h>
#include <service/loader.h>
#include <unit.h>

#define IPA   0x40000000ull
#define PAGES 8u
#define PAGE  4096u
#define BRK   (0xd4200000u | DEBUG_BRK << 5)

static struct {
	uint8_t before[PAGE];
	uint8_t ram[PAGES * PAGE];
	uint8_t behind[PAGE];
} memory __attribute__((aligned(4096)));
static struct debug_box box;
static struct loader_info info;
static struct debug_request view; /* the registers that translate addresses */

/* Counts cleanings. Only the partition's memory is cleaned. */
static uint32_t cleaned;
void machine_clean(const void *from, size_t size)
{
	assert_true((const uint8_t *)from >= memory.ram);
	assert_true((const uint8_t *)from + size <= memory.ram + sizeof(memory.ram));
	cleaned++;
}

static void begin(void)
{
	memset(&memory, 0, sizeof(memory));
	memset(memory.before, 0xee, PAGE);
	memset(memory.behind, 0xee, PAGE);
	memset(&box, 0, sizeof(box));
	memset(&view, 0, sizeof(view));
	info = (struct loader_info){.ranges = 1, .task = LOADER_DEBUG, .debug = (uintptr_t)&box};
	info.range[0] = (struct loader_range){(uintptr_t)memory.ram, sizeof(memory.ram), IPA};
}

static enum debug_status run(enum debug_op op, uint64_t address, uint32_t size)
{
	enum debug_status status;

	view.op = op;
	view.address = address;
	view.size = size;
	status = debug_memory(&info, &view);
	for (uint32_t i = 0; i < PAGE; i++)
		assert_int_equal(memory.before[i] & memory.behind[i], 0xee);
	return status;
}

static uint32_t word_at(uint64_t ipa)
{
	uint32_t word;

	memcpy(&word, memory.ram + (ipa - IPA), sizeof(word));
	return word;
}

TEST(test_memory_is_read_and_written)
{
	begin();
	memcpy(box.data, "kumiki", 6);
	cleaned = 0;
	assert_int_equal(run(DEBUG_WRITE, IPA + PAGE - 3, 6), DEBUG_OK);
	assert_int_equal(cleaned, 4); /* two pages, each before and after */
	assert_memory_equal(memory.ram + PAGE - 3, "kumiki", 6);
	memset(box.data, 0, 8);
	assert_int_equal(run(DEBUG_READ, IPA + PAGE - 4, 8), DEBUG_OK);
	assert_int_equal(box.size, 8);
	assert_memory_equal(box.data, "\0kumiki\0", 8);
}

/* Shows: operator.gdb-own. */
TEST(test_no_other_memory_is_touched)
{
	static const uint64_t outside[] = {0, IPA - 1, IPA + PAGES * PAGE, ~0ull, 1ull << 63};

	begin();
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		for (uint32_t op = DEBUG_READ; op < DEBUG_OPS; op++)
			assert_int_equal(run((enum debug_op)op, outside[i], 1), DEBUG_NOWHERE);
	assert_int_equal(run(DEBUG_READ, IPA + PAGES * PAGE - 5, 64), DEBUG_OK);
	assert_int_equal(box.size, 5);
	memset(box.data, 0x55, 64);
	assert_int_equal(run(DEBUG_WRITE, IPA + PAGES * PAGE - 5, 64), DEBUG_NOWHERE);
	assert_int_equal(memory.ram[PAGES * PAGE - 5], 0); /* all bytes are written, or none */
	assert_int_equal(run(DEBUG_READ, IPA, DEBUG_DATA_SIZE + 1), DEBUG_REFUSED);
	assert_int_equal(run(DEBUG_WRITE, IPA, ~0u), DEBUG_REFUSED);
}

TEST(test_breakpoints_are_hidden)
{
	uint32_t word = 0x11223344;

	begin();
	memcpy(memory.ram + 0x100, &word, 4);
	assert_int_equal(run(DEBUG_BREAK, IPA + 0x102, 0), DEBUG_NOWHERE);
	assert_int_equal(run(DEBUG_BREAK, IPA + 0x100, 0), DEBUG_OK);
	assert_int_equal(run(DEBUG_BREAK, IPA + 0x100, 0), DEBUG_OK); /* it is already set */
	assert_int_equal(box.breaks, 1);
	assert_int_equal(word_at(IPA + 0x100), BRK);
	assert_int_equal(run(DEBUG_READ, IPA + 0xfe, 8), DEBUG_OK);
	assert_memory_equal(box.data, "\0\0\x44\x33\x22\x11\0\0", 8);
	memcpy(box.data, "\x99\x88", 2);
	assert_int_equal(run(DEBUG_WRITE, IPA + 0x103, 2), DEBUG_OK);
	assert_int_equal(word_at(IPA + 0x100), BRK);
	assert_int_equal(memory.ram[0x104], 0x88);
	assert_int_equal(run(DEBUG_UNBREAK, IPA + 0x100, 0), DEBUG_OK);
	assert_int_equal(word_at(IPA + 0x100), 0x99223344);
	assert_int_equal(run(DEBUG_UNBREAK, IPA + 0x100, 0), DEBUG_OK);
	assert_int_equal(box.breaks, 0);
}

TEST(test_all_breakpoints_are_taken_out)
{
	begin();
	box.break_at[3] = (struct debug_break){(uintptr_t)memory.ram, 7, 0}; /* a former life's */
	for (uint32_t i = 0; i < DEBUG_BREAKS; i++)
		assert_int_equal(run(DEBUG_BREAK, IPA + 0x1000 + 4 * i, 0), DEBUG_OK);
	assert_int_equal(run(DEBUG_BREAK, IPA + 0x2000, 0), DEBUG_FULL);
	assert_int_equal(box.breaks, DEBUG_BREAKS);
	assert_int_equal(run(DEBUG_DETACH, 0, 0), DEBUG_OK);
	assert_int_equal(box.breaks, 0);
	for (uint32_t i = 0; i < sizeof(memory.ram); i += 4)
		assert_int_equal(word_at(IPA + i), 0);
}

/* The list of breakpoints lies in memory that others could have written. */
TEST(test_a_forged_list)
{
	begin();
	box.breaks = 77;
	box.break_at[0] = (struct debug_break){(uintptr_t)memory.before, 1, 0};
	box.break_at[1] = (struct debug_break){(uintptr_t)memory.behind, 1, 0};
	box.break_at[2] = (struct debug_break){(uintptr_t)memory.behind - 2, 1, 0};
	box.break_at[3] = (struct debug_break){4, 1, 0};
	assert_int_equal(run(DEBUG_DETACH, 0, 0), DEBUG_OK);
	assert_int_equal(box.breaks, 0);
}

/* The guest's table has one block of 2 MiB, and a page behind a second table: 39 bits, 4 KiB. */
TEST(test_addresses_are_the_guests)
{
	uint64_t table = IPA + PAGE, next = IPA + 2 * PAGE, last = IPA + 3 * PAGE;
	uint64_t entry = next | 3, page = last | 3, leaf = (IPA + 5 * PAGE) | 3;

	begin();
	memcpy(memory.ram + PAGE, &entry, 8);
	memcpy(memory.ram + 2 * PAGE + 8, &page, 8);
	memcpy(memory.ram + 3 * PAGE + 8 * 7, &leaf, 8);
	view.sctlr = 1;
	view.tcr = 25ull << 16 | 2ull << 30 | 25;
	view.ttbr1 = table;
	memcpy(box.data, "tree", 4);
	assert_int_equal(run(DEBUG_WRITE, 0xffffff8000207010, 4), DEBUG_OK);
	assert_memory_equal(memory.ram + 5 * PAGE + 0x10, "tree", 4);
	assert_int_equal(run(DEBUG_WRITE, 0xffffff8000208010, 4), DEBUG_NOWHERE);
	assert_int_equal(run(DEBUG_WRITE, IPA, 4), DEBUG_NOWHERE); /* nothing is mapped there */
}
