/* See lib/copy.h. For hosts. */
#include <lib/copy.h>
#include <string.h>

void copy_bytes(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
}
