/* CRC-32C (Castagnoli), as iSCSI and the CRC32C instructions of AArch64 compute it. */
#ifndef LIB_CRC32C_H
#define LIB_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Begin with 0; to go on, give the last result. On AArch64 it uses the CPU's instructions. */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);

#endif
