/*
 * SHA-256 by FIPS 180-4, in plain C. Section numbers in this file are those of the standard.
 */
#include <lib/sha256.h>

/* 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t sha256_turn(uint32_t x, unsigned int bits)
{
	return (x >> bits) | (x << (32 - bits));
}

/* Section 6.2.2, step 1. */
static void sha256_schedule(uint32_t schedule[64], const uint8_t *block)
{
	for (size_t t = 0; t < 16; t++)
		schedule[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
		              (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
	for (int t = 16; t < 64; t++) {
		uint32_t w2 = schedule[t - 2], w15 = schedule[t - 15];
		uint32_t s0 = sha256_turn(w15, 7) ^ sha256_turn(w15, 18) ^ (w15 >> 3);
		uint32_t s1 = sha256_turn(w2, 17) ^ sha256_turn(w2, 19) ^ (w2 >> 10);
		schedule[t] = s1 + schedule[t - 7] + s0 + schedule[t - 16];
	}
}

/* Section 6.2.2, steps 2 to 4. v[0] to v[7] are the standard's a to h. */
static void sha256_compress(uint32_t state[8], const uint8_t *block)
{
	uint32_t schedule[64], v[8];
	sha256_schedule(schedule, block);
	for (int i = 0; i < 8; i++)
		v[i] = state[i];
	for (int t = 0; t < 64; t++) {
		uint32_t s1 = sha256_turn(v[4], 6) ^ sha256_turn(v[4], 11) ^ sha256_turn(v[4], 25);
		uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
		uint32_t t1 = v[7] + s1 + choice + sha256_constants[t] + schedule[t];
		uint32_t s0 = sha256_turn(v[0], 2) ^ sha256_turn(v[0], 13) ^ sha256_turn(v[0], 22);
		uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
		v[7] = v[6], v[6] = v[5], v[5] = v[4], v[4] = v[3] + t1;
		v[3] = v[2], v[2] = v[1], v[1] = v[0], v[0] = t1 + s0 + majority;
	}
	for (int i = 0; i < 8; i++)
		state[i] += v[i];
}

void sha256_begin(struct sha256 *hash)
{
	/* section 5.3.3 */
	static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	for (int i = 0; i < 8; i++)
		hash->state[i] = initial[i];
	hash->length = 0;
}

void sha256_add(struct sha256 *hash, const void *data, size_t size)
{
	const uint8_t *at = data;
	size_t used = (size_t)(hash->length % 64);
	hash->length += size;
	if (used + size >= 64 && used != 0) {
		__builtin_memcpy(hash->block + used, at, 64 - used);
		sha256_compress(hash->state, hash->block);
		at += 64 - used;
		size -= 64 - used;
		used = 0;
	}
	for (; size >= 64; size -= 64, at += 64)
		sha256_compress(hash->state, at);
	__builtin_memcpy(hash->block + used, at, size);
}

/* Section 5.1.1: adds a one bit, zeros, and the message's length in bits, to fill a block. */
void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_SIZE])
{
	size_t used = (size_t)(hash->length % 64);
	hash->block[used++] = 0x80;
	if (used > 56) {
		__builtin_memset(hash->block + used, 0, 64 - used);
		sha256_compress(hash->state, hash->block);
		used = 0;
	}
	__builtin_memset(hash->block + used, 0, 56 - used);
	for (int i = 0; i < 8; i++)
		hash->block[56 + i] = (uint8_t)(hash->length * 8 >> (56 - 8 * i));
	sha256_compress(hash->state, hash->block);
	for (int i = 0; i < SHA256_SIZE; i++)
		digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_derive(const uint8_t secret[SHA256_SIZE], uint8_t label, uint8_t result[SHA256_SIZE])
{
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, secret, SHA256_SIZE);
	sha256_add(&hash, &label, 1);
	sha256_end(&hash, result);
}
