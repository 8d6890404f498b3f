/* Makes the Internet's sum of bytes (RFC 1071), also while it copies them: there the network's
 * server spends its time. Pure. */
#ifndef NET_SUM_H
#define NET_SUM_H

#include <lib/inetsum.h>
#include <stddef.h>
#include <stdint.h>

/* The Internet's sum, for lwIP. */
uint16_t sum_of(const void *bytes, int size);
/* Copies, and returns the Internet's sum of the bytes. */
uint16_t sum_copy(void *to, const void *from, uint16_t size);
/* Copies, and returns a number from which inetsum_fold() makes the sum. */
uint64_t sum_copy_wide(void *to, const void *from, uint32_t size);

#define SUM_TURN INETSUM_TURN

#endif
