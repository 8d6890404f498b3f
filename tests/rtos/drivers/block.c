/* A disk's driver with a fault put in: see falls.h. */
#include <drivers/falls.h>
#include <drivers/proto.h>

#include <disk/main.c> /* NOLINT(bugprone-suspicious-include) */

bool falls_on(const uint64_t word[RTOS_WORDS])
{
	return word[0] == BLOCK_READ && word[1] == FALLS_BLOCK;
}
