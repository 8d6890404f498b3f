/* An NVMe controller on PCI for the calls' side of its driver: see disk/medium.h. */
#include "drive.h"
#include <pci/function.h>
#include <rtos/sys.h>

#define NVME_CLASS 0x010802u /* of a PCI function: storage, without volatile memory, NVMe */
#define NVME_BAR   0

static struct drive drive;
static struct function function;

/* Outer shareable, as the device isn't among the cores that share their caches. */
void pair_barrier(void)
{
	__asm__ volatile("dmb osh" ::: "memory");
}

/* A controller may take longer to start than the heartbeat allows. */
void controller_pause(void)
{
	sys_beat();
	(void)sys_wait(0, sys_now() + sys_ticks(1) * CONTROLLER_PAUSE_US / 1000);
}

uint64_t controller_clock(void)
{
	return sys_milliseconds();
}

bool controller_asserts(void)
{
	return function_asserts(&function);
}

/* Until it was reset, it reaches no memory. The controller of QEMU 7.2 fetches commands even amid
 * its reset, and would work on them afterwards. */
const char *medium_reset(void)
{
	const char *wrong;

	if (!function_find(&function, &wrong))
		return "it has no PCI function";
	if (wrong)
		return wrong;
	if (function_read(&function, FUNCTION_CLASS) >> 8 != NVME_CLASS)
		return "there is no NVMe controller";
	if (!function_place(&function, NVME_BAR))
		return "its registers aren't where its manifest has them";
	function_set(&function, FUNCTION_ANSWERS);
	drive.controller.registers = (volatile uint32_t *)function.bar;
	drive.controller.size = function_left(&function);
	return controller_reset(&drive.controller);
}

const char *medium_begin(struct medium *medium, const struct medium_memory *memory)
{
	const char *wrong;

	function_set(&function, FUNCTION_WORKS);
	wrong = drive_begin(&drive, memory, medium);

	function_set(&function, FUNCTION_SPEAKS);
	return wrong;
}

/* A namespace's size is what it was at the start. */
bool medium_heard(struct medium *medium)
{
	(void)medium;
	return drive_heard(&drive);
}

bool medium_is_well(void)
{
	return drive_is_well(&drive);
}

uint32_t medium_free(void)
{
	return drive_free(&drive);
}

bool medium_is_open(uint32_t number)
{
	return (drive.open >> number & 1) != 0;
}

uint8_t *medium_buffer(uint32_t number, uint64_t sector)
{
	return drive_buffer(&drive, number, sector);
}

void medium_give(uint32_t number, const struct medium_request *request)
{
	drive_give(&drive, number, request);
}

enum medium_answer medium_take(uint32_t *number)
{
	return drive_take(&drive, number);
}

bool medium_is_sound(const struct medium_memory *memory)
{
	return drive_is_sound(&drive, memory);
}
