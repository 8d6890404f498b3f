/*
 * Whether two pages have the same bytes. For somebody who compares megabytes each second: the file
 * samepage_arm.c takes a third of an instruction for each byte. samepage_plain.c is for hosts.
 */
#ifndef LIB_SAMEPAGE_H
#define LIB_SAMEPAGE_H

#include <stdbool.h>
#include <stdint.h>

#define SAMEPAGE_SIZE 4096u

bool samepage(const uint64_t *one, const uint64_t *other);

#endif
