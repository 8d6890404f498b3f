/* Computes from each moment on. */
#include <urgency/leaves.h>

int main(void)
{
	for (;;) {
		(void)sys_wait(0, leaves_next());
		while (leaves_since() < sys_ticks(LEAVES_SPINS))
			;
	}
}
