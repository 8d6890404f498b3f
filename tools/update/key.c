/*
 * The public key that signs updates: see host/update.h. A SubjectPublicKeyInfo of P-256 always has
 * the same 27 bytes before x and y (RFC 5480), so no parser of DER is needed.
 */
#include <host/update.h>
#include <lib/sha256.h>
#include <stdio.h>
#include <string.h>

#define KEY_HEAD_SIZE 27u
#define KEY_DER_SIZE  (KEY_HEAD_SIZE + BUNDLE_KEY_SIZE)
#define KEY_DER_MOST  512u /* of a file whose key is refused with a better reason than its size */

#define KEY_MAKE                                                                                   \
	"; make one with: openssl ecparam -name prime256v1 -genkey -noout -out key.pem; openssl "  \
	"ec -in key.pem -pubout -out key.pub.pem"

/* SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING { 04, x, y } } */
static const uint8_t key_head[KEY_HEAD_SIZE] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

/* Where the object identifiers lie in that head, with their sizes. */
#define KEY_ID_EC   (key_head + 4)
#define KEY_ID_SIZE 9u
#define KEY_ID_P256 (key_head + 13)
#define KEY_P256    10u

/* ---- points ---- */

static const char *key_take(uint8_t key[BUNDLE_KEY_SIZE], const uint8_t *point)
{
	if (!update_on_curve(point))
		return "its numbers aren't a point of the curve P-256; is a digit or a byte wrong?";
	memcpy(key, point, BUNDLE_KEY_SIZE);
	return NULL;
}

static bool key_has(const uint8_t *der, size_t size, const uint8_t *what, size_t length)
{
	for (size_t i = 0; i + length <= size; i++)
		if (memcmp(der + i, what, length) == 0)
			return true;
	return false;
}

static const char *key_der(uint8_t key[BUNDLE_KEY_SIZE], const uint8_t *der, size_t size)
{
	if (size == KEY_DER_SIZE && memcmp(der, key_head, KEY_HEAD_SIZE) == 0)
		return key_take(key, der + KEY_HEAD_SIZE);
	if (size < 2 || der[0] != key_head[0])
		return "it is no public key in PEM or DER" KEY_MAKE;
	if (!key_has(der, size, KEY_ID_EC, KEY_ID_SIZE))
		return "its key isn't one of an elliptic curve" KEY_MAKE;
	if (!key_has(der, size, KEY_ID_P256, KEY_P256))
		return "its curve isn't P-256" KEY_MAKE;
	if (size < 2u + der[1])
		return "it is cut short: a public key on P-256 has 91 bytes in DER";
	return "it isn't in the usual form (91 bytes in DER); write it so with: openssl ec -pubin "
	       "-in KEY -conv_form uncompressed -pubout -out key.pub.pem";
}

/* ---- PEM ---- */

static int key_digit64(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c != '\0' ? strchr(digits, c) : NULL;

	return found != NULL ? (int)(found - digits) : -1;
}

/* Decodes base64 up to the line that ends it. Returns the count of bytes; 0: it isn't base64. */
static size_t key_base64(uint8_t *to, size_t limit, const char *text, const char *end)
{
	uint32_t bits = 0, have = 0;
	size_t size = 0;
	bool padded = false;

	for (; text < end; text++) {
		const int digit = key_digit64(*text);

		if (strchr("\n\r\t ", *text) != NULL)
			continue;
		if (*text == '=') {
			padded = true;
			continue;
		}
		if (digit < 0 || padded || size == limit)
			return 0;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			to[size++] = (uint8_t)(bits >> have);
		}
	}
	return size;
}

static const char *key_pem(uint8_t key[BUNDLE_KEY_SIZE], const char *text)
{
	static const char begin[] = "-----BEGIN PUBLIC KEY-----";
	const char *body = strstr(text, begin);
	const char *end = body != NULL ? strstr(body, "-----END PUBLIC KEY-----") : NULL;
	uint8_t der[KEY_DER_MOST];
	size_t size;

	if (strstr(text, "PRIVATE KEY-----") != NULL)
		return "it has a private key, which belongs to its owner alone; give the public "
		       "one: openssl ec -in key.pem -pubout -out key.pub.pem";
	if (body == NULL)
		return "it has no public key ('-----BEGIN PUBLIC KEY-----')" KEY_MAKE;
	if (end == NULL)
		return "it is cut short: '-----END PUBLIC KEY-----' is missing";
	body += sizeof(begin) - 1;
	size = key_base64(der, sizeof(der), body, end);
	if (size == 0)
		return "between its first and its last line is no key: base64 is wanted there";
	return key_der(key, der, size);
}

const char *update_key_read(uint8_t key[BUNDLE_KEY_SIZE], const char *bytes, size_t size)
{
	if (size == 0)
		return "it is empty";
	if (memchr(bytes, '\0', size) == NULL && strstr(bytes, "-----BEGIN ") != NULL)
		return key_pem(key, bytes);
	return key_der(key, (const uint8_t *)bytes, size);
}

/* ---- digits ---- */

static int key_digit16(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	                              : -1;
}

bool update_key_is_hex(const char *text)
{
	size_t count = 0;

	for (; text[count] != '\0'; count++)
		if (key_digit16(text[count]) < 0)
			return false;
	return count >= UPDATE_KEY_HEX / 2;
}

const char *update_key_hex(uint8_t key[BUNDLE_KEY_SIZE], const char *text)
{
	const size_t length = strlen(text);
	uint8_t point[BUNDLE_KEY_SIZE];

	if (length == UPDATE_KEY_HEX + 2 && memcmp(text, "04", 2) == 0)
		text += 2;
	else if (length != UPDATE_KEY_HEX)
		return length < UPDATE_KEY_HEX
		           ? "it has too few digits: x and y have 128 digits together"
		           : "it has too many digits: x and y have 128 digits together, behind "
		             "'04' or not";
	for (size_t i = 0; i < BUNDLE_KEY_SIZE; i++) {
		const int high = key_digit16(text[2 * i]), low = key_digit16(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return "it has a character that is no digit";
		point[i] = (uint8_t)(high * 16 + low);
	}
	return key_take(key, point);
}

const char *update_key_print(char text[UPDATE_KEY_PRINT], const uint8_t key[BUNDLE_KEY_SIZE])
{
	uint8_t der[KEY_DER_SIZE], digest[SHA256_SIZE];
	struct sha256 hash;

	memcpy(der, key_head, KEY_HEAD_SIZE);
	memcpy(der + KEY_HEAD_SIZE, key, BUNDLE_KEY_SIZE);
	sha256_begin(&hash);
	sha256_add(&hash, der, sizeof(der));
	sha256_end(&hash, digest);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}
