/*
 * CRC-32C by AArch64's own instructions. FEAT_CRC32 is optional in Armv8.0, and every core that the
 * frame supports has it. This code also runs at EL2 with the MMU off, and in the loader service. It
 * reads only bytes and aligned words, so it can read device memory. It may run at another address
 * than its link address.
 */
#include <lib/crc32c.h>

static uint32_t crc32c_byte(uint32_t crc, uint8_t value)
{
	__asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(crc) : "r"(value));
	return crc;
}

static uint32_t crc32c_word(uint32_t crc, uint64_t value)
{
	__asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %1" : "+r"(crc) : "r"(value));
	return crc;
}

/* A boot's length counts in instructions, and the frame's whole image goes through this function.
 */
#define CRC32C_BLOCK 1024

static uint32_t crc32c_block(uint32_t crc, const uint8_t *at)
{
	uint64_t first, second;
	__asm__(".arch_extension crc\n\t"
	        ".rept 64\n\t"
	        "ldp %1, %2, [%3], #16\n\t"
	        "crc32cx %w0, %w0, %1\n\t"
	        "crc32cx %w0, %w0, %2\n\t"
	        ".endr"
	        : "+r"(crc), "=&r"(first), "=&r"(second), "+r"(at)
	        :
	        : "memory");
	return crc;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
	typedef uint64_t __attribute__((may_alias)) word;
	const uint8_t *at = data;
	crc = ~crc;
	for (; size > 0 && ((uintptr_t)at & 7) != 0; size--, at++)
		crc = crc32c_byte(crc, *at);
	for (; size >= CRC32C_BLOCK; size -= CRC32C_BLOCK, at += CRC32C_BLOCK)
		crc = crc32c_block(crc, at);
	for (; size >= 8; size -= 8, at += 8)
		crc = crc32c_word(crc, *(const word *)at);
	for (; size > 0; size--, at++)
		crc = crc32c_byte(crc, *at);
	return ~crc;
}
