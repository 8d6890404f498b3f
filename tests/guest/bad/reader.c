/*
 * Writes to a window that it may only read, in every way that an instruction can, and says how each
 * was refused: by an external abort at the very address, with nothing changed.
 */
#include "attempt.h"
#include <guest/cpu.h>
#include <guest/tree.h>
#include <stdio.h>

#define READER_EXTERNAL 0x10u /* fault status: a synchronous external abort */

static const struct {
	const char *name;
	uint32_t instruction;
	uint64_t state;
} reader_ways[] = {
    {"store", 0xf9000001u, ATTEMPT_EL1}, /* str x1, [x0] */
    {"store of a program", 0xf9000001u, ATTEMPT_EL0},
    {"byte", 0x39000001u, ATTEMPT_EL1},         /* strb w1, [x0] */
    {"post-indexed", 0xf8008401u, ATTEMPT_EL1}, /* str x1, [x0], #8 */
    {"pair", 0xa9000801u, ATTEMPT_EL0},         /* stp x1, x2, [x0] */
    {"release", 0xc89ffc01u, ATTEMPT_EL1},      /* stlr x1, [x0] */
    {"zeroing", 0xd50b7420u, ATTEMPT_EL1},      /* dc zva, x0 */
};
#define READER_WAYS (sizeof(reader_ways) / sizeof(reader_ways[0]))

static void reader_try(uint64_t address, uint32_t way)
{
	const uint64_t x[4] = {address, 0xbad, 0xbad, 0};
	uint64_t esr = attempt(reader_ways[way].instruction, reader_ways[way].state, x);
	uint32_t class = ATTEMPT_CLASS(esr);
	bool data = class == 0x24 || class == 0x25;

	printf("reader: %s: %s\n", reader_ways[way].name,
	       ATTEMPT_THROUGH(esr) ? "GOT THROUGH"
	       : data && (esr & 0x3f) == READER_EXTERNAL && attempt_far == address
	           ? "external abort"
	           : "ANOTHER EXCEPTION");
}

void guest_main(void *device_tree)
{
	const struct tree_node window = tree_compatible(device_tree, "kumiki,window-1.0", 0);
	volatile uint64_t *words = (volatile uint64_t *)(uintptr_t)tree_number(window, "reg", 0);
	uint64_t before[2];

	attempt_begin();
	before[0] = words[0];
	before[1] = words[1];
	for (uint32_t way = 0; way < READER_WAYS; way++)
		reader_try((uint64_t)(uintptr_t)words, way);
	printf("reader: %u ways, its contents %s\n", (unsigned)READER_WAYS,
	       words[0] == before[0] && words[1] == before[1] ? "as before" : "CHANGED");
}
