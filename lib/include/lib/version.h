/* Which of two versions is the lower one (docs/reference/compatibility.md says what the numbers
 * mean). */
#ifndef LIB_VERSION_H
#define LIB_VERSION_H

#include <stdbool.h>

/*
 * A version is up to three numbers with dots between them, and perhaps a text behind a '-': this
 * version comes before the one without that text. So 0.9.1 is lower than 0.10.0-dev, and that one
 * is lower than 0.10.0. What begins with no number is lower than each version.
 */
bool version_is_lower(const char *version, const char *than);

#endif
