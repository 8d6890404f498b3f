/* The public key that signs updates: its forms, and what is refused, with the reason. */
#include <stdint.h>
#include <string.h>

#include <host/update.h>
#include <unit.h>

#define X_DIGITS "4ffc341122c4434b36b69cf2253d37238e953ab4b2ff93db166d8424cadac1dd"
#define Y_DIGITS "f2bdc9242f065ad89a179a1d0df037b0fcde7dbb4df88c31875fa3134888a37a"
#define BEGIN    "-----BEGIN PUBLIC KEY-----\n"
#define BODY                                                                                       \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAET/w0ESLEQ0s2tpzyJT03I46VOrSy\n"                       \
	"/5PbFm2EJMrawd3yvckkLwZa2JoXmh0N8Dew/N59u034jDGHX6MTSIijeg==\n"
#define END "-----END PUBLIC KEY-----\n"

/* Keys of other kinds, as openssl writes them. */
#define BODY_P384                                                                                  \
	"MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE6vSOcGuT9gFf8pdICrSXPMPmYCQZ+Rk0\n"                       \
	"EEdVzvMBGYum0vam57BI5liwFQcoANK+Ag5CVuKjUHXQ8aMnaPglYgKZTz7z+Uz3\n"                       \
	"mC77kKeX5e7xeY7qY9cRVTK/6eHXmZ+v\n"
#define BODY_COMPRESSED                                                                            \
	"MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACT/w0ESLEQ0s2tpzyJT03I46VOrSy\n"                       \
	"/5PbFm2EJMrawd0=\n"
#define BODY_ED25519 "MCowBQYDK2VwAyEAFnDZ0UfSG6Tx8v3fZO8Wn9bI9ZH3Ha9zmUnpm3jKFSs=\n"

/* SubjectPublicKeyInfo before x and y. */
static const uint8_t head[27] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

static void whole_key(uint8_t key[BUNDLE_KEY_SIZE])
{
	assert_null(update_key_hex(key, X_DIGITS Y_DIGITS));
	assert_int_equal(key[0], 0x4f);
	assert_int_equal(key[63], 0x7a);
}

static void make_der(char der[92])
{
	uint8_t key[BUNDLE_KEY_SIZE];

	whole_key(key);
	memcpy(der, head, sizeof(head));
	memcpy(der + sizeof(head), key, sizeof(key));
	der[91] = 0;
}

TEST(all_forms_are_the_same_key)
{
	uint8_t want[BUNDLE_KEY_SIZE], key[BUNDLE_KEY_SIZE];
	char der[92], text[UPDATE_KEY_PRINT];

	whole_key(want);
	make_der(der);
	assert_null(update_key_read(key, der, 91));
	assert_memory_equal(key, want, sizeof(want));
	memset(key, 0, sizeof(key));
	assert_null(update_key_read(key, BEGIN BODY END, strlen(BEGIN BODY END)));
	assert_memory_equal(key, want, sizeof(want));
	memset(key, 0, sizeof(key));
	assert_null(
	    update_key_read(key, BEGIN BODY_COMPRESSED END, strlen(BEGIN BODY_COMPRESSED END)));
	assert_memory_equal(key, want, sizeof(want));
	memset(key, 0, sizeof(key));
	assert_null(update_key_hex(key, "04" X_DIGITS Y_DIGITS));
	assert_memory_equal(key, want, sizeof(want));
	assert_string_equal(update_key_print(text, key),
	                    "858161319e7873fd340c0bad446bdd34ab753adf3821f938b5698cadcd632989");
}

#define NO_KEY "no public key in PEM or DER"

static void refused(const char *bytes, size_t size, const char *why)
{
	uint8_t key[BUNDLE_KEY_SIZE];
	const char *wrong = update_key_read(key, bytes, size);

	assert_non_null(wrong);
	if (strstr(wrong, why) == NULL)
		fail_msg("'%s' isn't in '%s'", why, wrong);
}

static void refused_text(const char *text, const char *why)
{
	refused(text, strlen(text), why);
}

TEST(other_files_are_refused)
{
	refused_text("", "it is empty");
	refused_text("hello", NO_KEY);
	refused_text("-----BEGIN EC PRIVATE KEY-----\nMHcC", "private key");
	refused_text("-----BEGIN CERTIFICATE-----\n", NO_KEY);
	refused_text(BEGIN BODY, NO_KEY);
	refused_text(BEGIN END, NO_KEY);
	refused_text(BEGIN "MFk*\n" END, NO_KEY);
	refused_text(BEGIN BODY BODY END, NO_KEY);
	refused_text(BEGIN "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
	                   "00112233445566778899AABBCCDDEEFF\n\n" BODY END,
	             NO_KEY);
	refused_text(BEGIN BODY_P384 END, "its curve isn't P-256");
	refused_text(BEGIN BODY_ED25519 END, "isn't one of an elliptic curve");
}

/* A key that is cut anywhere, or has a wrong byte anywhere, is no key, or means the same one. */
TEST(damaged_keys_are_refused)
{
	uint8_t want[BUNDLE_KEY_SIZE], key[BUNDLE_KEY_SIZE];
	char der[92];

	whole_key(want);
	make_der(der);
	for (size_t size = 2; size < 91; size++)
		assert_non_null(update_key_read(key, der, size));
	refused(der, 90, NO_KEY);
	refused(der, 92, NO_KEY);
	for (size_t at = 0; at < 91; at++) {
		der[at] = (char)(der[at] ^ 1);
		if (update_key_read(key, der, 91) == NULL)
			assert_memory_equal(key, want, sizeof(want));
		der[at] = (char)(der[at] ^ 1);
	}
	assert_null(update_key_read(key, der, 91));
	der[sizeof(head)] = 0;
	refused(der, 91, NO_KEY);
}

TEST(digits_are_counted)
{
	uint8_t key[BUNDLE_KEY_SIZE];

	assert_true(update_key_is_hex(X_DIGITS Y_DIGITS));
	assert_true(update_key_is_hex(X_DIGITS));
	assert_false(update_key_is_hex("cafe"));
	assert_false(update_key_is_hex(X_DIGITS Y_DIGITS ".pem"));
	assert_non_null(strstr(update_key_hex(key, X_DIGITS), "too few digits"));
	assert_non_null(strstr(update_key_hex(key, X_DIGITS Y_DIGITS "00"), "too many digits"));
	assert_non_null(strstr(update_key_hex(key, Y_DIGITS X_DIGITS), "point of the curve"));
}

/* Numbers that aren't below the prime are refused, even where they would be a point modulo it. */
TEST(large_numbers_are_no_points)
{
	/* x = 5 is a point's; 5 + p still fits into 256 bits. */
	static const char five[] =
	    "0000000000000000000000000000000000000000000000000000000000000005"
	    "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc";
	static const char more[] =
	    "ffffffff00000001000000000000000000000001000000000000000000000004"
	    "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc";
	uint8_t key[BUNDLE_KEY_SIZE];

	assert_null(update_key_hex(key, five));
	assert_non_null(update_key_hex(key, more));
}
