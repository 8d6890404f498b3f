/*
 * A DMA engine: QEMU's `edu` function (docs/specs/edu.txt of QEMU), for guests that try which
 * memory it reaches. It copies between memory and a buffer of its own. A transfer takes 100 ms, and
 * nothing can stop it. The constants say where these guests' memory is. engine.c implements this.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdint.h>

#define ENGINE_OWN     0x60000000ull /* this partition's memory */
#define ENGINE_OWN_END 0x60400000ull
#define ENGINE_HERE    0x60300000ull /* nothing else uses this place */
#define ENGINE_MARK    0x55594b4du

/* Finds the engine, makes it a bus master, and prints that. From now on interrupts are taken. */
void engine_start(void);

/* Copies from the engine's buffer to memory. The first function only begins that; the second waits,
 * too. */
void engine_begin(uint64_t address, uint32_t count);
void engine_write(uint64_t address, uint32_t count);

/* Copies a mark from the end and the beginning of its own memory; prints how often the mark
 * came. */
void engine_own(void);

/* Tries to write the mark to a foreign address, and to read there. Prints "refused", or "READ" if
 * the engine got anything. The test itself looks for written data. */
void engine_foreign(uint64_t address);

/* Does all of that: the start, its own memory, then these foreign addresses. */
void engine_try(const uint64_t *others, uint32_t count);

#endif
