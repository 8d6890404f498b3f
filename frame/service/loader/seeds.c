/*
 * Fresh seeds for a guest's device tree. SHA-256 derives them from the partition's secret, each
 * with a label of its own. The secret of the next start is derived, too, so that an earlier seed
 * tells nothing of a later seed.
 */
#include <lib/sha256.h>
#include <service/loader.h>

static bool is_zero(const uint8_t secret[32])
{
	uint8_t any = 0;

	for (int i = 0; i < 32; i++)
		any |= secret[i];
	return any == 0;
}

void seeds_derive(const uint8_t secret[32], struct seeds *seeds, uint64_t next[LOADER_SECRET_WORDS])
{
	uint8_t fresh[SHA256_SIZE];

	__builtin_memset(next, 0, LOADER_SECRET_WORDS * sizeof(next[0]));
	seeds->have = !is_zero(secret);
	if (!seeds->have)
		return;
	sha256_derive(secret, 'r', seeds->rng);
	sha256_derive(secret, 'n', fresh);
	__builtin_memcpy(seeds->kaslr, fresh, sizeof(seeds->kaslr));
	__builtin_memcpy(next, fresh + sizeof(seeds->kaslr), sizeof(fresh) - sizeof(seeds->kaslr));
}
_Static_assert(SHA256_SIZE == LOADER_SECRET_WORDS * sizeof(uint64_t) &&
                   SHA256_SIZE == BUNDLE_RNG_SEED_SIZE,
               "a hash is a seed, and a secret");
