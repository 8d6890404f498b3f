/* May ask what time it is, and not set it: the manifest doesn't name it. Without a C library. */
#include <clock/base.h>
#include <rtos/clock.h>

#define STRANGER_BASE (BASE_TIME * UINT64_C(1000000000))

int main(void)
{
	uint64_t now = 0;

	for (int i = 0; i < 100; i++)
		if (clock_now(&now) != CLOCK_OK || now < STRANGER_BASE ||
		    clock_set(now) != CLOCK_DENIED || clock_set(CLOCK_END) != CLOCK_DENIED)
			return 1;
	return 0;
}
