/*
 * The Internet's sum (RFC 1071): of words of 16 bits in memory's order, not inverted. Pure. Normal
 * memory is read at any address.
 */
#ifndef LIB_INETSUM_H
#define LIB_INETSUM_H

#include <stddef.h>
#include <stdint.h>

/* The sum of these bytes; a last odd byte is a word's first. inetsum_fold() makes 16 bits of it;
 * before that, a few thousand further words may be added. */
uint64_t inetsum_wide(const void *bytes, size_t size);
/* What is above 16 bits is added below. */
uint16_t inetsum_fold(uint64_t sum);

/* The sum of `turns` times INETSUM_TURN bytes, as a sum of words of 64 bits in which a carry out is
 * a carry in; and its two halves added. inetsum_arm.c makes the first, for hosts inetsum_plain.c.
 */
#define INETSUM_TURN 64
uint64_t inetsum_turns(const void *from, size_t turns);
uint64_t inetsum_halves(uint64_t sum);
/* The sum of fewer bytes than a turn. */
uint64_t inetsum_rest(const uint8_t *bytes, size_t size);

#endif
