/*
 * Types for the three kinds of addresses: physical, guest-physical (intermediate) and the frame's
 * virtual ones. A mix-up doesn't compile.
 */
#ifndef FRAME_TYPES_H
#define FRAME_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Marks a function that only the start uses, in a file whose other functions are needed later. The
 * linker puts it into the start's part, which isn't mapped later, and refuses calls from elsewhere.
 */
#define AT_START       __attribute__((cold, section(".boot.text")))
#define AT_START_CONST __attribute__((section(".boot.rodata"))) /* for such a function's data */

/* A word that others may write at any time, for a relaxed load or store. This is one instruction;
 * the compiler's atomic functions would need another one to make the address. */
#define RELAXED(word) (*(volatile __typeof__(word) *)&(word))

#define PAGE_SHIFT 12
#define PAGE_SIZE  ((uint64_t)1 << PAGE_SHIFT)
#define PAGE_MASK  (PAGE_SIZE - 1)

typedef struct {
	uint64_t at;
} pa_t;

typedef struct {
	uint64_t at;
} ipa_t;

typedef struct {
	uint64_t at;
} va_t;

static inline pa_t pa_at(uint64_t at)
{
	return (pa_t){at};
}

static inline ipa_t ipa_at(uint64_t at)
{
	return (ipa_t){at};
}

static inline pa_t pa_add(pa_t pa, uint64_t bytes)
{
	return (pa_t){pa.at + bytes};
}

static inline ipa_t ipa_add(ipa_t ipa, uint64_t bytes)
{
	return (ipa_t){ipa.at + bytes};
}

static inline va_t va_of(const volatile void *pointer)
{
	return (va_t){(uint64_t)(uintptr_t)pointer};
}

/* True: the number is a multiple of the power of two. */
static inline bool is_aligned(uint64_t number, uint64_t power)
{
	return (number & (power - 1)) == 0;
}

/* A crash sees this core's stores behind it only together with those before it. (The compiler keeps
 * the order; a core sees its own stores in order.) */
static inline void order_stores(void)
{
	__asm__ volatile("" ::: "memory");
}

#endif
