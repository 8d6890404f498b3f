/* Copies a frame out of memory that others may change meanwhile. It is copied once, and only the
 * copy is looked at. The sums of IP, TCP and UDP are checked on the way. Pure. */
#ifndef NET_CHECK_H
#define NET_CHECK_H

#include <stdint.h>

enum check {
	CHECK_UNKNOWN = 0, /* no whole packet of TCP or UDP, or one without a sum */
	CHECK_GOOD = 1,
	CHECK_BAD = 2, /* a sum is wrong */
};

/* Copies `length` bytes of a frame, without the pad in front of it. */
enum check check_copy(uint8_t *to, const uint8_t *from, uint32_t length);

#endif
