/* CRC-32C and SHA-256 against published vectors, in one piece and in many. */
#include <lib/crc32c.h>
#include <lib/sha256.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>

/* RFC 3720, B.4 */
TEST(crc_has_the_values_of_the_standard)
{
	uint8_t bytes[32];
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(crc32c(0, bytes, 32), 0x8a9136aau);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(crc32c(0, bytes, 32), 0x62a8ab43u);
	for (uint8_t i = 0; i < 32; i++)
		bytes[i] = i;
	assert_int_equal(crc32c(0, bytes, 32), 0x46dd794eu);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283u);
	assert_int_equal(crc32c(0, "", 0), 0);
}

TEST(crc_is_the_same_in_pieces)
{
	uint8_t bytes[100];
	for (uint8_t i = 0; i < 100; i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	uint32_t whole = crc32c(0, bytes, sizeof(bytes));
	for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
		uint32_t crc = crc32c(0, bytes, cut);
		assert_int_equal(crc32c(crc, bytes + cut, sizeof(bytes) - cut), whole);
	}
}

static void sha_expect(const char *text, size_t times, size_t piece, const char *expected)
{
	static const char digits[] = "0123456789abcdef";
	struct sha256 hash;
	uint8_t digest[SHA256_SIZE];
	char shown[2 * SHA256_SIZE + 1] = {0};
	const size_t length = strlen(text);
	sha256_begin(&hash);
	for (size_t i = 0; i < times; i++)
		for (size_t at = 0; at < length; at += piece)
			sha256_add(&hash, text + at, piece < length - at ? piece : length - at);
	sha256_end(&hash, digest);
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		shown[2 * i] = digits[digest[i] >> 4];
		shown[2 * i + 1] = digits[digest[i] & 15];
	}
	assert_string_equal(shown, expected);
}

/* NIST's examples for FIPS 180-4, and lengths around a block's end. */
TEST(sha_has_the_values_of_the_standard)
{
	const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	for (size_t piece = 1; piece < 70; piece += 11) {
		sha_expect("", 1, piece,
		           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
		sha_expect("abc", 1, piece,
		           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
		sha_expect(two_blocks, 1, piece,
		           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	}
	sha_expect("aaaaaaaaaaaaaaaaaaaa", 50000, 20,
	           "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
