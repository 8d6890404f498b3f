/* Tries to log in: see tries.h. */
#include <keeper/tries.h>
#include <string.h>
#include <sys/random.h>

#define TRIES_PRIME 0x100000001b3u /* of FNV-1a */

bool tries_start(struct tries *tries, unsigned int free)
{
	memset(tries, 0, sizeof(*tries));
	tries->free = free;
	return getrandom(&tries->secret, sizeof(tries->secret), 0) ==
	       (ssize_t)sizeof(tries->secret);
}

struct tries_place *tries_find(struct tries *tries, const void *what, size_t size)
{
	const uint8_t *bytes = what;
	uint64_t hash = tries->secret;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * TRIES_PRIME;
	return &tries->places[(hash >> 32) % TRIES_PLACES];
}

int64_t tries_wait(const struct tries_place *place, int64_t now)
{
	return place->until > now ? place->until - now : 0;
}

void tries_count(const struct tries *tries, struct tries_place *place, int64_t now)
{
	unsigned int times;

	if (now - place->last >= TRIES_FORGET_MS)
		place->failed = 0;
	place->last = now;
	place->failed++;
	if (place->failed < tries->free)
		return;
	times = place->failed - tries->free;
	place->until =
	    now + ((int64_t)TRIES_PAUSE_MS << (times < TRIES_PAUSES ? times : TRIES_PAUSES));
}

void tries_forgive(struct tries_place *place)
{
	if (place->failed > 0)
		place->failed--;
	place->until = 0;
}
