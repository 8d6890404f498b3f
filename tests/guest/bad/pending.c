/*
 * Has an interrupt pending that it never takes, then errs in a way that nobody can give back to it:
 * a partition that is held so stands still, and its core should, too.
 */
#include "attempt.h"
#include <guest/cpu.h>
#include <guest/gic.h>
#include <stdio.h>

#define PENDING_SGI     3
#define PENDING_NOWHERE 0x30000000ull /* no memory of its own, for its vectors */

static void pending_never(uint32_t intid)
{
	(void)intid;
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	gic_enable(PENDING_SGI, pending_never);
	gic_send(PENDING_SGI, 0);
	printf("pending: nobody takes it\n");
	attempt_begin();
	__asm__ volatile("msr vbar_el1, %0\n\tisb\n\tldr x0, [%0]" ::"r"(PENDING_NOWHERE)
	                 : "x0", "memory");
	__builtin_unreachable();
}
