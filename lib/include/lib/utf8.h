/* Finds characters of UTF-8 (RFC 3629) in untrusted bytes. The code is pure. */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes the first character of `bytes` has; `left` is at least 1. 0: the bytes begin with
 * no character: it is cut off, has a shorter spelling, or isn't allowed. */
size_t utf8_take(const void *bytes, size_t left, uint32_t *character);

#endif
