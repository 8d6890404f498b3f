/* Characters of UTF-8 (RFC 3629) in bytes of anybody's. Pure. */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many of the `left` bytes, at least one, the character has that they begin with. 0: they begin
 * with none: it is cut off, has a shorter spelling, or can't be. */
size_t utf8_take(const void *bytes, size_t left, uint32_t *character);

#endif
