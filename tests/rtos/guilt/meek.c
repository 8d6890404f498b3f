/* Is less urgent than others, and says that it is well whenever they let it. */
#include <rtos/sys.h>

int main(void)
{
	for (;;) {
		sys_beat();
		sys_sleep(sys_program->heartbeat_ms / 4);
	}
}
