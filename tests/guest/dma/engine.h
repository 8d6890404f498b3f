/*
 * The DMA engine that anyone can program: QEMU's `edu` function (docs/specs/edu.txt there), as the
 * guests have it that try what it reaches. It copies between memory and a buffer of its own; a
 * transfer takes 100 ms, and nothing but its end ends it. These guests' memory lies where the
 * constants say. Implemented by engine.c.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdint.h>

#define ENGINE_OWN     0x60000000ull /* this partition's memory */
#define ENGINE_OWN_END 0x60400000ull
#define ENGINE_HERE    0x60300000ull /* where nothing else is */
#define ENGINE_MARK    0x55594b4du

/* Finds it, lets it be a bus master, says so. Interrupts are taken from here on. */
void engine_start(void);

/* From the engine's buffer to memory; begun only, and waited for. */
void engine_begin(uint64_t address, uint32_t count);
void engine_write(uint64_t address, uint32_t count);

/* Copies a mark out of the own memory's end and beginning; says how often it came. */
void engine_own(void);

/* Tries to write the mark to what is foreign, and to read there; says "refused", or "READ" if the
 * engine has got anything by it. What it wrote the test looks for. */
void engine_foreign(uint64_t address);

/* All of that, one after the other: start, own memory, these foreign addresses. */
void engine_try(const uint64_t *others, uint32_t count);

#endif
