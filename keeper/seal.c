/* See seal.h. A seal is a hash of a hash, each with a key of its own: so nobody can make the seal
 * of a longer record from a record and its seal. */
#include <keeper/seal.h>
#include <string.h>

enum seal_label { SEAL_INNER = 'i', SEAL_OUTER = 'o', SEAL_NEXT = 'n' };

static void seal_hash(const uint8_t key[SHA256_SIZE], enum seal_label label, const void *data,
                      size_t size, uint8_t digest[SHA256_SIZE])
{
	uint8_t own[SHA256_SIZE];
	struct sha256 hash;

	sha256_derive(key, (uint8_t)label, own);
	sha256_begin(&hash);
	sha256_add(&hash, own, sizeof(own));
	sha256_add(&hash, data, size);
	sha256_end(&hash, digest);
}

void seal_hex(const uint8_t bytes[SHA256_SIZE], char text[SEAL_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA256_SIZE; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[SEAL_HEX] = '\0';
}

void seal_make(const uint8_t key[SHA256_SIZE], const void *record, size_t size,
               char seal[SEAL_HEX + 1])
{
	uint8_t inner[SHA256_SIZE], outer[SHA256_SIZE];

	seal_hash(key, SEAL_INNER, record, size, inner);
	seal_hash(key, SEAL_OUTER, inner, sizeof(inner), outer);
	seal_hex(outer, seal);
}

void seal_next(uint8_t key[SHA256_SIZE])
{
	sha256_derive(key, SEAL_NEXT, key);
}

static int seal_digit(char digit)
{
	const char *const digits = "0123456789abcdef";
	const char *at = digit != '\0' ? strchr(digits, digit) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

bool seal_key(const char *text, uint8_t key[SHA256_SIZE])
{
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		const int high = seal_digit(text[2 * i]);
		const int low = high < 0 ? -1 : seal_digit(text[2 * i + 1]);

		if (low < 0)
			return false;
		key[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
