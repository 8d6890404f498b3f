/*
 * Makes the calls that let interrupts wait longest, alone on a CPU. bench/rtos.py counts in QEMU's
 * log of the kernel how long that is.
 */
#include <bench/load.h>
#include <bench/stamp.h>
#include <test/rtos.h>

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	stamp_begin(start);
	for (uint32_t i = 0; i < LOAD_STEPS; i++)
		load_step(TEST_PRIORITY);
	stamp_done();
}
