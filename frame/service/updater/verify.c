/* ECDSA on P-256, by BearSSL: the one file that sees its headers. */
#include <bearssl_ec.h>
#include <lib/string.h>
#include <updater/updater.h>

bool verify_signature(const uint8_t key[BUNDLE_KEY_SIZE], const uint8_t sum[PACKAGE_SUM],
                      const uint8_t signature[PACKAGE_SIGNATURE])
{
	uint8_t point[1 + BUNDLE_KEY_SIZE] = {0x04}; /* uncompressed */
	const br_ec_public_key public_key = {BR_EC_secp256r1, point, sizeof(point)};

	memcpy(point + 1, key, BUNDLE_KEY_SIZE);
	return br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, sum, PACKAGE_SUM, &public_key, signature,
	                             PACKAGE_SIGNATURE) == 1;
}
