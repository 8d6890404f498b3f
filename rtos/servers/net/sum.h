/* Bytes copied, and the Internet's sum of them (RFC 1071): the places where the network's server
 * spends its time. Pure. */
#ifndef NET_SUM_H
#define NET_SUM_H

#include <stddef.h>
#include <stdint.h>

/* As memcpy(), but with unaligned accesses, which normal memory allows. */
void copy_bytes(void *to, const void *from, size_t size);

/* The sum of words of 16 bits in memory's order, not inverted; a last odd byte is a word's first.
 */
uint16_t sum_of(const void *bytes, int size);
/* The same of what is copied. */
uint16_t sum_copy(void *to, const void *from, uint16_t size);
/* The same, of which sum_fold() makes a sum; further words may be added to it before. */
uint64_t sum_copy_wide(void *to, const void *from, uint32_t size);
/* Folds a wide sum to 16 bits: what is above them is added below. */
uint16_t sum_fold(uint64_t sum);

/* Made by sum_arm.c, and for hosts by the test: the same of `turns` times SUM_TURN bytes, as a sum
 * of words of 64 bits in which a carry out is a carry in. */
#define SUM_TURN 64
uint64_t sum_turns(const void *from, size_t turns);
uint64_t sum_copy_turns(void *to, const void *from, size_t turns);

#endif
