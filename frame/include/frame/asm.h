/* Register values that assembly and C share. */
#ifndef FRAME_ASM_H
#define FRAME_ASM_H

/* Attribute 0: device nGnRE; 1: normal, write-back; 2: device nGnRnE. */
#define MMU_MAIR 0x00ff04
/* 39 bits of address, 4 KiB granule, inner shareable, write-back; bits 31 and 23 are one. */
#define MMU_TCR (0x80800000 | (3 << 12) | (1 << 10) | (1 << 8) | 25)
/* RES1 bits, instruction cache, stack alignment check, data cache, MMU. */
#define MMU_SCTLR_BOOT (0x30c50830 | (1 << 12) | (1 << 3) | (1 << 2) | 1)
/* After the boot, memory that can be written can't be executed, too. */
#define MMU_SCTLR (MMU_SCTLR_BOOT | (1 << 19))

/* Offsets in struct context, asserted in context.h. */
#define CONTEXT_X  0
#define CONTEXT_PC 248

/* Offsets in struct trap_frame, and its size: asserted in trap_frame.h. */
#define TRAP_FRAME_X    0
#define TRAP_FRAME_ESR  32
#define TRAP_FRAME_PC   40
#define TRAP_FRAME_SIZE 64

/* Where in its slot of the vectors a trap, or an interrupt, has read what a crash would overwrite;
 * so many bytes behind that, PC and PSTATE are in the context; and there, all registers are. */
#define TRAP_KEPT        20
#define INTERRUPT_KEPT   16
#define VECTOR_PLACE     8
#define TRAP_STORED      108
#define INTERRUPT_STORED 100

/* A value of core.reschedule: no choice is needed, but another interrupt is pending already. */
#define CORE_AGAIN_BIT 1
#define CORE_AGAIN     (1 << CORE_AGAIN_BIT)

/* Offset in struct update, asserted in update.h. */
#define UPDATE_EXCHANGES 4

/* Where a struct resident_float lies behind its resident_el1, asserted in resident.c. */
#define RESIDENT_FLOAT 208

/* Offsets in struct bundle_header, asserted in start.c. */
#define FRAME_BUNDLE_REVISION 21 /* BUNDLE_REVISION */
#define BUNDLE_IMAGE_BASE     64
#define BUNDLE_MEMORY_BASE    80
#define BUNDLE_MEMORY_SIZE    88
#define BUNDLE_NONE           1  /* BUNDLE_BAD_MAGIC */
#define FRAME_KEEP_REVISION   10 /* KEEP_REVISION, asserted in update_state.c */

#endif
