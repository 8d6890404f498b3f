/*
 * The Internet's sum (RFC 1071): the sum of words of 16 bits in memory's order, not inverted. This
 * code is pure. It reads normal memory at any address.
 */
#ifndef LIB_INETSUM_H
#define LIB_INETSUM_H

#include <stddef.h>
#include <stdint.h>

/* The sum of these bytes. If the last byte is odd, it is the first byte of a word. inetsum_fold()
 * makes 16 bits of the sum; before that, the caller may add a few thousand more words. */
uint64_t inetsum_wide(const void *bytes, size_t size);
/* Adds what is above 16 bits to the lower bits. */
uint16_t inetsum_fold(uint64_t sum);

/* The sum of `turns` times INETSUM_TURN bytes. It adds words of 64 bits, and each carry out goes
 * into the next addition; at the end it adds the sum's two halves. inetsum_copy_turns() copies the
 * bytes, too. inetsum_arm.c has these functions for AArch64, inetsum_plain.c for hosts. */
#define INETSUM_TURN 64
uint64_t inetsum_turns(const void *from, size_t turns);
uint64_t inetsum_copy_turns(void *to, const void *from, size_t turns);
uint64_t inetsum_halves(uint64_t sum);
/* The sum of the bytes that are left, fewer than a turn has. */
uint64_t inetsum_rest(const uint8_t *bytes, size_t size);

#endif
