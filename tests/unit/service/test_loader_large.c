/*
 * A loader that zeroes large memory calls the frame now and then. Otherwise it would count as one
 * that loops.
 *
 * Shows: services.loop.
 */
#include <service/loader.h>
#include <unit.h>

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

static struct loader_info info;
static uint64_t zeroed, uncalled, longest; /* bytes; since the last call; the most without one */
static uint64_t wanted;                    /* where the next bytes are zeroed */

void machine_zero(void *to, size_t size)
{
	assert_int_equal((uintptr_t)to, wanted);
	wanted += size;
	zeroed += size;
	uncalled += size;
	if (uncalled > longest)
		longest = uncalled;
}

uint64_t machine_deadline(uint32_t milliseconds)
{
	uncalled = 0;
	return milliseconds;
}

void machine_finish(void)
{
}

/* ---- functions that this loader doesn't call ---- */

bool machine_is_past(uint64_t deadline)
{
	fail();
	return deadline == 0;
}

uint32_t machine_copy(void *to, const void *from, size_t blocks, uint32_t crc)
{
	fail();
	return to == from && blocks == 0 ? crc : 0;
}

void machine_clean(const void *from, size_t size)
{
	(void)from;
	(void)size;
	fail();
}

uint32_t machine_device_read(uint64_t address)
{
	fail();
	return (uint32_t)address;
}

void machine_device_write(uint64_t address, uint32_t value)
{
	(void)address;
	(void)value;
	fail();
}

uint8_t machine_device_read_byte(uint64_t address)
{
	fail();
	return (uint8_t)address;
}

void machine_device_write_byte(uint64_t address, uint8_t value)
{
	machine_device_write(address, value);
}

static void lays_out(uint64_t base, uint64_t size)
{
	uint64_t next[LOADER_SECRET_WORDS];

	info = (struct loader_info){
	    .task = LOADER_AGAIN, .ranges = 1, .range = {{.base = base, .size = size}}};
	wanted = base;
	zeroed = uncalled = longest = 0;
	assert_int_equal(loader_run(&info, next), LOADER_OK);
	assert_int_equal(zeroed, size);
}

TEST(each_gib_has_a_call)
{
	lays_out(3 * GIB, 100 * GIB + MIB);
	assert_int_equal(longest, GIB);
	assert_int_equal(uncalled, MIB);
}

TEST(small_memory_has_none)
{
	lays_out(GIB, MIB);
	assert_int_equal(uncalled, MIB);
}
