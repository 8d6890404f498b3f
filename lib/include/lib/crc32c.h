/* CRC-32C (Castagnoli, as iSCSI and the AArch64 CRC32C instructions count it). */
#ifndef LIB_CRC32C_H
#define LIB_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Start with 0; feed the result back in to go on. Uses the CPU's instructions where it has them. */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);

#endif
