/* See signed.h. */
#include "signed.h"
#include <gnutls/abstract.h>
#include <stdlib.h>
#include <string.h>

#define SIGNED_KEYS 2u

static gnutls_privkey_t signed_keys[SIGNED_KEYS];
static char signed_texts[SIGNED_KEYS][COMMAND_KEY_SIZE];

static void signed_check(bool holds)
{
	if (!holds)
		abort();
}

static char *signed_base64(const gnutls_datum_t *bytes)
{
	gnutls_datum_t out = {0};
	char *text;

	signed_check(gnutls_base64_encode2(bytes, &out) == 0);
	text = strndup((const char *)out.data, out.size);
	gnutls_free(out.data);
	return text;
}

static void signed_make(unsigned int key)
{
	gnutls_ecc_curve_t curve;
	gnutls_pubkey_t public = NULL;
	gnutls_datum_t x = {0};
	char *text;

	signed_check(gnutls_privkey_init(&signed_keys[key]) == 0 &&
	             gnutls_privkey_generate(signed_keys[key], GNUTLS_PK_EDDSA_ED25519, 0, 0) ==
	                 0 &&
	             gnutls_pubkey_init(&public) == 0 &&
	             gnutls_pubkey_import_privkey(public, signed_keys[key], 0, 0) == 0 &&
	             gnutls_pubkey_export_ecc_raw(public, &curve, &x, NULL) == 0);
	text = signed_base64(&x);
	snprintf(signed_texts[key], sizeof(signed_texts[key]), "%s", text);
	free(text);
	gnutls_free(x.data);
	gnutls_pubkey_deinit(public);
}

__attribute__((destructor)) static void signed_end(void)
{
	for (unsigned int i = 0; i < SIGNED_KEYS; i++)
		if (signed_keys[i] != NULL)
			gnutls_privkey_deinit(signed_keys[i]);
}

const char *signed_key(unsigned int key)
{
	if (signed_keys[key] == NULL)
		signed_make(key);
	return signed_texts[key];
}

const char *signed_message(unsigned int key, const char *text)
{
	static char message[4 * COMMAND_MAX];
	const gnutls_datum_t data = {(unsigned char *)(uintptr_t)text, (unsigned int)strlen(text)};
	gnutls_datum_t bytes = {0};
	char *signature, *whole;
	json_t *json;

	(void)signed_key(key);
	signed_check(gnutls_privkey_sign_data2(signed_keys[key], GNUTLS_SIGN_EDDSA_ED25519, 0,
	                                       &data, &bytes) == 0);
	signature = signed_base64(&bytes);
	json = json_pack("{s:s, s:s, s:s}", "key", signed_texts[key], "text", text, "signature",
	                 signature);
	whole = json_dumps(json, JSON_COMPACT);
	snprintf(message, sizeof(message), "%s", whole != NULL ? whole : "");
	free(whole);
	json_decref(json);
	free(signature);
	gnutls_free(bytes.data);
	return message;
}
