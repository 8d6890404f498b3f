/*
 * Addresses of the three kinds, as types of their own: physical, guest-physical (intermediate) and
 * the frame's virtual ones. Handing one where another is meant doesn't compile. Everybody in the
 * frame uses these; a raw number becomes an address here and nowhere else.
 */
#ifndef FRAME_TYPES_H
#define FRAME_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At start only, of a file whose rest is needed later: the linker puts it with what is unmapped
 * then, and refuses a call from elsewhere. */
#define AT_START       __attribute__((cold, section(".boot.text")))
#define AT_START_CONST __attribute__((section(".boot.rodata"))) /* what those read */

/* A word that others write at any time, for a relaxed load or store: one instruction, as the atomic
 * ones are, but those have the address made first. */
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

/* True if the number is a multiple of the power of two. */
static inline bool is_aligned(uint64_t number, uint64_t power)
{
	return (number & (power - 1)) == 0;
}

#endif
