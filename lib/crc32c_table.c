/*
 * CRC-32C without special instructions, for the host. Each turn of the loop takes eight bytes
 * through eight tables ("slicing by 8"). The first call computes the tables. The frame links
 * crc32c_arm.c instead.
 */
#include <lib/crc32c.h>

#define CRC32C_POLYNOMIAL 0x82f63b78u /* bits reversed */

static uint32_t crc32c_tables[8][256];

static void crc32c_make_tables(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (CRC32C_POLYNOMIAL & (0u - (crc & 1u)));
		crc32c_tables[0][byte] = crc;
	}
	for (int i = 1; i < 8; i++)
		for (uint32_t byte = 0; byte < 256; byte++) {
			uint32_t before = crc32c_tables[i - 1][byte];
			crc32c_tables[i][byte] = (before >> 8) ^ crc32c_tables[0][before & 0xffu];
		}
}

static uint32_t crc32c_eight(uint32_t crc, const uint8_t *at)
{
	return crc32c_tables[7][(crc ^ at[0]) & 0xffu] ^
	       crc32c_tables[6][((crc >> 8) ^ at[1]) & 0xffu] ^
	       crc32c_tables[5][((crc >> 16) ^ at[2]) & 0xffu] ^
	       crc32c_tables[4][((crc >> 24) ^ at[3]) & 0xffu] ^ crc32c_tables[3][at[4]] ^
	       crc32c_tables[2][at[5]] ^ crc32c_tables[1][at[6]] ^ crc32c_tables[0][at[7]];
}

uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
	const uint8_t *at = data;
	if (crc32c_tables[0][1] == 0)
		crc32c_make_tables();
	crc = ~crc;
	for (; size >= 8; size -= 8, at += 8)
		crc = crc32c_eight(crc, at);
	for (; size > 0; size--, at++)
		crc = (crc >> 8) ^ crc32c_tables[0][(crc ^ *at) & 0xffu];
	return ~crc;
}
