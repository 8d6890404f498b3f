/*
 * Counts its lives in memory that its restarts keep, says whether other memory was wiped before
 * this one, and asks for the next: as often as the description allows. Needs 1 MiB at 0x40000000,
 * with `kumiki,keep = "4K at 0x40040000"`.
 */
#include <guest/cpu.h>
#include <guest/psci.h>
#include <stdio.h>

#define AGAIN_KEPT  0x40040000ull
#define AGAIN_OTHER 0x40041000ull /* the first page behind it */
#define AGAIN_MARK  0x6e6961676121ull

struct again {
	volatile uint64_t mark, lives;
};

void guest_main(void *device_tree)
{
	struct again *kept = (struct again *)AGAIN_KEPT;
	struct again *other = (struct again *)AGAIN_OTHER;

	(void)device_tree;
	if (kept->mark != AGAIN_MARK)
		kept->lives = 0;
	kept->mark = AGAIN_MARK;
	kept->lives++;
	printf("again: life %u, other memory %s\n", (unsigned)kept->lives,
	       other->mark == AGAIN_MARK ? "AS BEFORE" : "new");
	other->mark = AGAIN_MARK;
	(void)psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	printf("again: FAILED, there is no reset\n");
	guest_power_off();
}
