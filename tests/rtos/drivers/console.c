/* The console's driver with a fault put in: see falls.h. */
#include <drivers/falls.h>
#include <drivers/proto.h>
#include <servers/console/main.c> /* NOLINT(bugprone-suspicious-include) */

bool falls_on(const uint64_t word[RTOS_WORDS])
{
	return word[0] == CONSOLE_WRITE && (char)word[2] == FALLS_TEXT;
}
