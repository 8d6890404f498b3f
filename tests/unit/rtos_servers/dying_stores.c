/*
 * The RAM file system's stores, which its tests link instead of the real ones. Each store is
 * counted. The store at which the server dies is done by half, and after it none is done. See
 * dying_stores.h.
 */
#include "dying_stores.h"
#include <servers/ramfs/store.h>
#include <stddef.h>
#include <string.h>

jmp_buf store_end;
uint32_t store_left, store_count, store_wrong;
uint64_t *store_damages;

/* How many bytes of this store are still written. */
static size_t store_happens(size_t size)
{
	store_count++;
	if (store_left == 0 || --store_left != 0)
		return size;
	return size / 2;
}

void store_word(uint32_t *to, uint32_t value)
{
	if (store_happens(sizeof(*to)) != sizeof(*to))
		longjmp(store_end, 1);
	*to = value;
}

void store_bytes(void *to, const void *from, size_t size)
{
	const size_t happens = store_happens(size);

	memcpy(to, from, happens);
	if (store_count == store_wrong && size != 0)
		*(uint8_t *)to ^= 1;
	if (store_damages)
		*store_damages ^= 1ULL << 56;
	store_damages = NULL;
	if (happens != size)
		longjmp(store_end, 1);
}

void store_zeros(void *to, size_t size)
{
	const size_t happens = store_happens(size);

	memset(to, 0, happens);
	if (happens != size)
		longjmp(store_end, 1);
}
