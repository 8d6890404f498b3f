/* Hangs each time it is started, which its heartbeat tells. */
#include <rtos/sys.h>

int main(void)
{
	sys_beat();
	for (;;)
		(void)sys_wait(0, ~0ULL);
}
