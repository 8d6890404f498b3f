/* See lib/package.h. */
#include <lib/package.h>
#include <lib/sha256.h>

_Static_assert(PACKAGE_SUM == SHA256_SIZE, "its sums are SHA-256");

void package_tables(const struct bundle_header *bundle, uint8_t sum[PACKAGE_SUM])
{
	struct bundle_header header = *bundle;
	struct sha256 hash;

	header.tables_crc = header.frame_crc = 0;
	header.image_base = header.image_size = 0;
	header.memory_base = header.memory_size = 0;
	sha256_begin(&hash);
	sha256_add(&hash, &header, sizeof(header));
	sha256_add(&hash, bundle + 1, header.tables_size - sizeof(header));
	sha256_end(&hash, sum);
}
