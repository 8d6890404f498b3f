/* Bytes copied, and the Internet's sum of them (RFC 1071): the places where the network's server
 * spends its time. Pure. */
#ifndef NET_SUM_H
#define NET_SUM_H

#include <lib/inetsum.h>
#include <stddef.h>
#include <stdint.h>

/* As memcpy(), but with unaligned accesses, which normal memory allows. */
void copy_bytes(void *to, const void *from, size_t size);

/* The Internet's sum, for lwIP. */
uint16_t sum_of(const void *bytes, int size);
/* The same of what is copied. */
uint16_t sum_copy(void *to, const void *from, uint16_t size);
/* The same, of which inetsum_fold() makes a sum. */
uint64_t sum_copy_wide(void *to, const void *from, uint32_t size);

/* Made by sum_arm.c, and for hosts by the test: inetsum_turns() of what is copied. */
#define SUM_TURN INETSUM_TURN
uint64_t sum_copy_turns(void *to, const void *from, size_t turns);

#endif
