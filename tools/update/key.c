/* The public key that signs updates: see host/update.h. OpenSSL reads it, and looks whether it is a
 * point of its curve. */
#include <host/update.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#define KEY_HALF      (BUNDLE_KEY_SIZE / 2)
#define KEY_HEAD_SIZE 27u
#define KEY_DER_SIZE  (KEY_HEAD_SIZE + BUNDLE_KEY_SIZE)

#define KEY_MAKE                                                                                   \
	"; make one with: openssl ecparam -name prime256v1 -genkey -noout -out key.pem; openssl "  \
	"ec -in key.pem -pubout -out key.pub.pem"

/* A SubjectPublicKeyInfo of P-256 always has the same bytes before x and y (RFC 5480):
 * SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING { 04, x, y } } */
static const uint8_t key_head[KEY_HEAD_SIZE] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

static bool key_number(uint8_t number[KEY_HALF], const EVP_PKEY *found, const char *name)
{
	BIGNUM *value = NULL;
	const bool good = EVP_PKEY_get_bn_param(found, name, &value) == 1 &&
	                  BN_bn2binpad(value, number, (int)KEY_HALF) == (int)KEY_HALF;

	BN_free(value);
	return good;
}

static const char *key_take(uint8_t key[BUNDLE_KEY_SIZE], const EVP_PKEY *found)
{
	char curve[32] = "";

	if (EVP_PKEY_get_base_id(found) != EVP_PKEY_EC)
		return "its key isn't one of an elliptic curve" KEY_MAKE;
	if (EVP_PKEY_get_group_name(found, curve, sizeof(curve), NULL) != 1 ||
	    strcmp(curve, SN_X9_62_prime256v1) != 0 ||
	    !key_number(key, found, OSSL_PKEY_PARAM_EC_PUB_X) ||
	    !key_number(key + KEY_HALF, found, OSSL_PKEY_PARAM_EC_PUB_Y))
		return "its curve isn't P-256" KEY_MAKE;
	return NULL;
}

static EVP_PKEY *key_open(const char *bytes, size_t size)
{
	static char no_password[] = ""; /* so that nobody is asked for one */
	const uint8_t *at = (const uint8_t *)bytes;
	EVP_PKEY *found = d2i_PUBKEY(NULL, &at, (long)size);
	BIO *text;

	if (found != NULL && at == (const uint8_t *)bytes + size)
		return found;
	EVP_PKEY_free(found);
	text = BIO_new_mem_buf(bytes, (int)size);
	found = PEM_read_bio_PUBKEY(text, NULL, NULL, no_password);
	BIO_free(text);
	return found;
}

const char *update_key_read(uint8_t key[BUNDLE_KEY_SIZE], const char *bytes, size_t size)
{
	EVP_PKEY *found;
	const char *wrong;

	if (size == 0)
		return "it is empty";
	if (strstr(bytes, "PRIVATE KEY-----") != NULL)
		return "it has a private key, which belongs to its owner alone; give the public "
		       "one: openssl ec -in key.pem -pubout -out key.pub.pem";
	found = key_open(bytes, size);
	if (found == NULL)
		return "it is no public key in PEM or DER, or isn't whole" KEY_MAKE;
	wrong = key_take(key, found);
	EVP_PKEY_free(found);
	return wrong;
}

/* ---- digits ---- */

static void key_der(char der[KEY_DER_SIZE + 1], const uint8_t key[BUNDLE_KEY_SIZE])
{
	memcpy(der, key_head, KEY_HEAD_SIZE);
	memcpy(der + KEY_HEAD_SIZE, key, BUNDLE_KEY_SIZE);
	der[KEY_DER_SIZE] = '\0';
}

bool update_key_is_hex(const char *text)
{
	const size_t length = strlen(text);

	return length >= UPDATE_KEY_HEX / 2 && strspn(text, "0123456789abcdefABCDEF") == length;
}

const char *update_key_hex(uint8_t key[BUNDLE_KEY_SIZE], const char *text)
{
	const size_t length = strlen(text);
	char der[KEY_DER_SIZE + 1];
	uint8_t point[BUNDLE_KEY_SIZE];

	if (length == UPDATE_KEY_HEX + 2 && memcmp(text, "04", 2) == 0)
		text += 2;
	else if (length != UPDATE_KEY_HEX)
		return length < UPDATE_KEY_HEX
		           ? "it has too few digits: x and y have 128 digits together"
		           : "it has too many digits: x and y have 128 digits together, behind "
		             "'04' or not";
	if (OPENSSL_hexstr2buf_ex(point, sizeof(point), NULL, text, '\0') != 1)
		return "it has a character that is no digit";
	key_der(der, point);
	return update_key_read(key, der, KEY_DER_SIZE) == NULL
	           ? NULL
	           : "its numbers aren't a point of the curve P-256; is a digit wrong?";
}

const char *update_key_print(char text[UPDATE_KEY_PRINT], const uint8_t key[BUNDLE_KEY_SIZE])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char der[KEY_DER_SIZE + 1];

	key_der(der, key);
	SHA256((const uint8_t *)der, KEY_DER_SIZE, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}
