/* Descriptors of stage 1 (Arm ARM D8.3), as far as the kernel uses them. */
#ifndef KERNEL_TABLE_H
#define KERNEL_TABLE_H

#ifndef __ASSEMBLER__
#include <kernel/types.h>
#endif

#define TABLE_KIND  3
#define TABLE_BLOCK 1 /* at level 1 and 2 */
#define TABLE_TABLE 3 /* at level 1 and 2 */
#define TABLE_PAGE  3 /* at level 3 */

#define TABLE_NORMAL     (0 << 2 | 3 << 8) /* the first of MAIR, inner shareable */
#define TABLE_DEVICE     (1 << 2)          /* the second */
#define TABLE_UNCACHED   (2 << 2)          /* the third */
#define TABLE_USER       (1 << 6)
#define TABLE_READ_ONLY  (1 << 7)
#define TABLE_ACCESSED   (1 << 10)
#define TABLE_NOT_GLOBAL (1 << 11)
#define TABLE_PXN        (1ULL << 53)
#define TABLE_UXN        (1ULL << 54)
#define TABLE_ADDRESS    0x0000fffffffff000ULL

#define TABLE_ASID_SHIFT 48 /* in TTBR0, and in TLBI's operand */

#define TABLE_SHIFT(level)          (12 + 9 * (3 - (level)))
#define TABLE_INDEX(level, address) ((address) >> TABLE_SHIFT(level) & 511)
#define TABLE_ENTRIES               512

/* Normal memory, write-back, allocating; Device-nGnRE; normal memory, not cacheable. */
#define TABLE_MAIR 0x4404ff

#endif
