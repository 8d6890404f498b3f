/* SHA-256 (FIPS 180-4). */
#ifndef LIB_SHA256_H
#define LIB_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

struct sha256 {
	uint32_t state[8];
	uint64_t length;
	uint8_t block[64];
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t size);
void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_SIZE]);

/* Makes another secret from a secret and a label, by the hash of both. The new secret tells nothing
 * of the first one. `result` may be the same place as `secret`. */
void sha256_derive(const uint8_t secret[SHA256_SIZE], uint8_t label, uint8_t result[SHA256_SIZE]);

#endif
