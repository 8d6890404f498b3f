/*
 * CRC-32C by AArch64's own instructions: FEAT_CRC32 is optional in Armv8.0, and every core that the
 * frame supports has it. Callers check ID_AA64ISAR0_EL1 once at start. Used at EL2 and in the
 * loader service; reads aligned words only, so it works on device memory, too.
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

uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
	typedef uint64_t __attribute__((may_alias)) word;
	const uint8_t *at = data;
	crc = ~crc;
	for (; size > 0 && ((uintptr_t)at & 7) != 0; size--, at++)
		crc = crc32c_byte(crc, *at);
	/* Four words a turn: images of many megabytes are checked at each start. */
	for (; size >= 32; size -= 32, at += 32) {
		const word *words = (const word *)at;
		crc = crc32c_word(crc, words[0]);
		crc = crc32c_word(crc, words[1]);
		crc = crc32c_word(crc, words[2]);
		crc = crc32c_word(crc, words[3]);
	}
	for (; size >= 8; size -= 8, at += 8)
		crc = crc32c_word(crc, *(const word *)at);
	for (; size > 0; size--, at++)
		crc = crc32c_byte(crc, *at);
	return ~crc;
}
