/* The RAM file system's comparisons, in plain C, for its tests on the host: see same.h. */
#include <servers/ramfs/same.h>
#include <stdint.h>
#include <string.h>

bool same_bytes(const void *one, const void *other, size_t size)
{
	return memcmp(one, other, size) == 0;
}

bool same_zeros(const void *bytes, size_t size)
{
	static const uint8_t zeros[4096];

	return memcmp(bytes, zeros, size) == 0;
}
