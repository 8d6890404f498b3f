/* What is signed of an image, and the signature: see host/update.h. */
#include <host/update.h>
#include <lib/package.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <string.h>

struct package_head update_head(const struct show_image *image)
{
	const size_t frame_size = (size_t)((const uint8_t *)image->bundle - image->bytes);
	struct package_head head = {
	    .magic = PACKAGE_MAGIC,
	    .revision = PACKAGE_REVISION,
	    .image_size = (uint32_t)frame_size,
	};

	show_hash(head.image, image->bytes, frame_size);
	package_tables(image->bundle, head.tables);
	memcpy(head.system, image->bundle->system, sizeof(head.system));
	memcpy(head.version, image->frame.version, sizeof(head.version));
	return head;
}

#define NUMBER_SIZE (PACKAGE_SIGNATURE / 2)

static bool signature_number(uint8_t number[NUMBER_SIZE], const BIGNUM *value)
{
	return BN_bn2binpad(value, number, NUMBER_SIZE) == NUMBER_SIZE;
}

const char *update_signature_read(uint8_t signature[PACKAGE_SIGNATURE], const uint8_t *bytes,
                                  size_t size)
{
	const uint8_t *at = bytes;
	ECDSA_SIG *read = d2i_ECDSA_SIG(NULL, &at, (long)size);
	const bool good = read != NULL && at == bytes + size &&
	                  signature_number(signature, ECDSA_SIG_get0_r(read)) &&
	                  signature_number(signature + NUMBER_SIZE, ECDSA_SIG_get0_s(read));

	ECDSA_SIG_free(read);
	if (good)
		return NULL;
	if (size != PACKAGE_SIGNATURE)
		return "it is no signature by a key on P-256; make it with: openssl dgst -sha256 "
		       "-sign key.pem -out FILE.sig FILE, where 'kumiki update --payload' wrote "
		       "FILE";
	memcpy(signature, bytes, size);
	return NULL;
}
