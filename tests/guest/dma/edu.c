/*
 * A partition with a DMA engine. The engine copies from and to the partition's own memory, then
 * from and to foreign places: around the borders of its memory, the frame, the neighbour, devices,
 * unmapped addresses. In the end it floods the SMMU with accesses until that ends it.
 */
#include "engine.h"
#include <guest/cpu.h>
#include <stdio.h>

static const uint64_t edu_others[] = {
    ENGINE_OWN - 4, ENGINE_OWN_END,  0x40000000ull, 0x40000ffcull,   0x40200000ull,   0x40400000ull,
    0x61000000ull,  0x610ffffcull,   0x61100000ull, 0x08000000ull,   0x09000000ull,   0x09050000ull,
    0x10000000ull,  0x4010018000ull, 0ull,          0x7ffffffffcull, 0xfffffffffcull,
};

void guest_main(void *device_tree)
{
	(void)device_tree;
	engine_try(edu_others, sizeof(edu_others) / sizeof(edu_others[0]));
	printf("edu: floods\n");
	for (;;)
		engine_write(0x40200000ull, 4088); /* the buffer, but for its end */
}
