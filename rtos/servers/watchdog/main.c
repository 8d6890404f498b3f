/*
 * Feeds the partition's watchdog (SBSA, Arm DEN0029), as long as the kernel gives it the CPU. If
 * the kernel hangs, the watchdog restarts the partition (docs/rtos/recovery.md). It keeps nothing:
 * its next process goes on with feeding.
 */
#include <rtos/driver.h>
#include <rtos/sys.h>

#define MAIN_TIME_MS 10000 /* without food, until the partition's restart */

/* Registers, in words: of the control frame, and of the refresh frame behind it. */
enum main_register {
	MAIN_STATUS = 0x0 / 4,
	MAIN_OFFSET = 0x8 / 4,
	MAIN_REFRESH = 0x1000 / 4,
};

#define MAIN_ON   1U
#define MAIN_SIZE 0x2000

int main(void)
{
	const struct rtos_given *device =
	    driver_given(RTOS_GIVEN_DEVICE, "its manifest gives it no watchdog");
	volatile uint32_t *registers = (volatile uint32_t *)device->address;
	const uint64_t half =
	    sys_ticks(MAIN_TIME_MS / 2); /* a fast counter: as long as there is room */

	if (device->size != MAIN_SIZE)
		driver_fail("this device isn't a watchdog with two frames of 4 KiB");
	/* The first signal is ignored, the second bites. */
	registers[MAIN_OFFSET] = half < UINT32_MAX ? (uint32_t)half : UINT32_MAX;
	registers[MAIN_STATUS] = MAIN_ON;
	for (;;) {
		registers[MAIN_REFRESH] = 1;
		sys_beat();
		sys_sleep(MAIN_TIME_MS / 4);
	}
}
