/*
 * A partition with a DMA engine in its hands, between two others: one below that sits still, one
 * above that ends and begins again all the time (rush.c). It tries the borders and the insides of
 * both and of the frame while that goes on, again and again.
 */
#include "engine.h"
#include <guest/cpu.h>
#include <stdio.h>

#define AMONG_STILL  0x5fc00000ull /* 4 MiB, a pattern inside */
#define AMONG_RUSH   ENGINE_OWN_END
#define AMONG_PIECES (AMONG_RUSH + 0x200000) /* of 32 KiB, every second one idle */

static const uint64_t among_others[] = {
    AMONG_STILL,
    AMONG_STILL + 0x100000,
    AMONG_STILL + 0x234560,
    AMONG_STILL + 0x2ffffc,
    ENGINE_OWN - 4,
    AMONG_RUSH,
    AMONG_RUSH + 0x80000,
    AMONG_PIECES + 0x7ffc,
    AMONG_PIECES + 0x8000,
    AMONG_PIECES + 0x3ffffc,
    AMONG_RUSH + 0x7ff008,
    AMONG_RUSH + 0x7ffffc,
    0x40000000ull,
    0x40200000ull,
    0x40400000ull,
    AMONG_RUSH + 0x800000,
};

void guest_main(void *device_tree)
{
	(void)device_tree;
	engine_start();
	engine_own();
	for (;;) {
		for (unsigned int i = 0; i < sizeof(among_others) / sizeof(among_others[0]); i++)
			engine_foreign(among_others[i]);
		printf("edu: has tried everything\n");
	}
}
