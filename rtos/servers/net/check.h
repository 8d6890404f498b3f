/* A frame out of memory that others may change meanwhile: copied once, and looked at in the copy
 * alone. The sums of IP, TCP and UDP are checked on the way. Pure. */
#ifndef NET_CHECK_H
#define NET_CHECK_H

#include <stdint.h>

enum check {
	CHECK_UNKNOWN = 0, /* no whole packet of TCP or UDP: its sum wasn't looked at */
	CHECK_GOOD = 1,
	CHECK_BAD = 2, /* its sum is wrong */
};

/* `length` bytes of a frame, without the pad before it. */
enum check check_copy(uint8_t *to, const uint8_t *from, uint32_t length);

#endif
