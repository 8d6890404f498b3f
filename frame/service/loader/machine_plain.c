/* The loader's inner loops in plain C, for host tests: slow, and without caches. A test supplies
 * the cleaning. */
#include <lib/crc32c.h>
#include <service/loader.h>
#include <string.h>

uint32_t machine_copy(void *to, const void *from, size_t blocks, uint32_t crc)
{
	memcpy(to, from, blocks * LOADER_BLOCK);
	return ~crc32c(~crc, from, blocks * LOADER_BLOCK);
}

void machine_zero(void *to, size_t size)
{
	memset(to, 0, size);
}

static uint64_t looks; /* at the clock; each look takes a millisecond */

uint64_t machine_deadline(uint32_t milliseconds)
{
	return looks + milliseconds;
}

bool machine_is_past(uint64_t deadline)
{
	return looks++ >= deadline;
}

void machine_finish(void)
{
}
