/*
 * Calls the firmware without end, for its version: each call is an exit, and nothing else happens.
 * Judges nothing: its core's trace fills in a millisecond.
 */
#include <guest/psci.h>

void guest_main(void *device_tree)
{
	(void)device_tree;
	for (;;)
		psci_call4(PSCI_VERSION, 0, 0, 0);
}
