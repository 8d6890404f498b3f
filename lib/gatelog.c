/* See lib/gatelog.h. HMAC is RFC 2104. */
#include <lib/gatelog.h>
#include <lib/sha256.h>
#include <lib/string.h>
#include <stddef.h>

#define GATELOG_BLOCK 64 /* bytes of a block of SHA-256 */
#define GATELOG_INNER 0x36
#define GATELOG_OUTER 0x5c

/* Begins a hash with the padded key. */
static void gatelog_begin(struct sha256 *hash, const uint8_t key[GATELOG_KEY], uint8_t pad)
{
	uint8_t block[GATELOG_BLOCK];

	memset(block, pad, sizeof(block));
	for (size_t i = 0; i < GATELOG_KEY; i++)
		block[i] ^= key[i];
	sha256_begin(hash);
	sha256_add(hash, block, sizeof(block));
}

static void gatelog_compute(const uint8_t key[GATELOG_KEY], const uint8_t before[GATELOG_SEAL],
                            const struct gatelog_record *record, uint8_t seal[GATELOG_SEAL])
{
	struct sha256 hash;
	uint8_t inner[SHA256_SIZE];

	gatelog_begin(&hash, key, GATELOG_INNER);
	sha256_add(&hash, before, GATELOG_SEAL);
	sha256_add(&hash, record, offsetof(struct gatelog_record, seal));
	sha256_end(&hash, inner);
	gatelog_begin(&hash, key, GATELOG_OUTER);
	sha256_add(&hash, inner, sizeof(inner));
	sha256_end(&hash, seal);
}

void gatelog_seal(const uint8_t key[GATELOG_KEY], const uint8_t before[GATELOG_SEAL],
                  struct gatelog_record *record)
{
	gatelog_compute(key, before, record, record->seal);
}

bool gatelog_is_sealed(const uint8_t key[GATELOG_KEY], const uint8_t before[GATELOG_SEAL],
                       const struct gatelog_record *record)
{
	uint8_t seal[GATELOG_SEAL];

	gatelog_compute(key, before, record, seal);
	return memcmp(seal, record->seal, sizeof(seal)) == 0;
}
