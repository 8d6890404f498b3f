/* What is signed of an image, and the signature: see host/update.h. */
#include <host/update.h>
#include <lib/package.h>
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

/* ---- signatures: SEQUENCE { INTEGER r, INTEGER s } ---- */

#define NUMBER_SIZE (PACKAGE_SIGNATURE / 2)
#define DER_HEAD    2u /* tag and length, which is below 128 here */
#define DER_MOST    (DER_HEAD + 2 * (DER_HEAD + 1 + NUMBER_SIZE))

/* Reads a number, right-aligned. Returns its bytes in DER; 0: it isn't one of P-256. */
static size_t signature_number(uint8_t number[NUMBER_SIZE], const uint8_t *der, size_t size)
{
	const size_t length = size < DER_HEAD ? 0 : der[1];
	const size_t padding = length > 1 && der[DER_HEAD] == 0 ? 1 : 0;

	if (size < DER_HEAD + 1 || der[0] != 0x02 || length == 0 || DER_HEAD + length > size ||
	    length - padding > NUMBER_SIZE)
		return 0;
	memset(number, 0, NUMBER_SIZE);
	memcpy(number + NUMBER_SIZE - (length - padding), der + DER_HEAD + padding,
	       length - padding);
	return DER_HEAD + length;
}

const char *update_signature_read(uint8_t signature[PACKAGE_SIGNATURE], const uint8_t *bytes,
                                  size_t size)
{
	static const char none[] =
	    "it is no signature by a key on P-256; make it with: openssl dgst -sha256 -sign "
	    "key.pem -out FILE.sig FILE, where 'kumiki update --payload' wrote FILE";
	size_t first;

	if (size == PACKAGE_SIGNATURE && bytes[0] != 0x30) {
		memcpy(signature, bytes, size);
		return NULL;
	}
	if (size < DER_HEAD || size > DER_MOST || bytes[0] != 0x30 || bytes[1] != size - DER_HEAD)
		return none;
	first = signature_number(signature, bytes + DER_HEAD, size - DER_HEAD);
	if (first == 0 || signature_number(signature + NUMBER_SIZE, bytes + DER_HEAD + first,
	                                   size - DER_HEAD - first) != size - DER_HEAD - first)
		return none;
	return NULL;
}
