/*
 * System registers by name, and barriers. Most MRS and MSR of the frame's C code are written here.
 */
#ifndef MACHINE_SYSREG_H
#define MACHINE_SYSREG_H

#include <stdint.h>

#define sysreg_read(name)                                                                          \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_));                                 \
		value_;                                                                            \
	})
#define sysreg_write(name, value)                                                                  \
	__asm__ volatile("msr " #name ", %x0" ::"rZ"((uint64_t)(value)) : "memory")

/* Registers whose names the assembler may not know. */
#define ICC_IAR1_EL1    S3_0_C12_C12_0
#define ICC_HPPIR1_EL1  S3_0_C12_C12_2
#define ICC_EOIR1_EL1   S3_0_C12_C12_1
#define ICC_DIR_EL1     S3_0_C12_C11_1
#define ICC_SGI1R_EL1   S3_0_C12_C11_5
#define ICC_PMR_EL1     S3_0_C4_C6_0
#define ICC_AP1R0_EL1   S3_0_C12_C9_0
#define ICC_CTLR_EL1    S3_0_C12_C12_4
#define ICC_BPR1_EL1    S3_0_C12_C12_3
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_SRE_EL1     S3_0_C12_C12_5
#define ICC_SRE_EL2     S3_4_C12_C9_5
#define ICH_AP0R0_EL2   S3_4_C12_C8_0
#define ICH_AP1R0_EL2   S3_4_C12_C9_0
#define ICH_HCR_EL2     S3_4_C12_C11_0
#define ICH_VTR_EL2     S3_4_C12_C11_1
#define ICH_EISR_EL2    S3_4_C12_C11_3
#define ICH_ELRSR_EL2   S3_4_C12_C11_5
#define ICH_VMCR_EL2    S3_4_C12_C11_7
#define HCRX_EL2        S3_4_C1_C2_2
#define HFGRTR_EL2      S3_4_C1_C1_4
#define HFGWTR_EL2      S3_4_C1_C1_5
#define HFGITR_EL2      S3_4_C1_C1_6
#define HDFGRTR_EL2     S3_4_C3_C1_4
#define HDFGWTR_EL2     S3_4_C3_C1_5

/* The macros above are expanded before they reach the assembler. */
#define sysreg_get(name)        sysreg_read_(name)
#define sysreg_read_(name)      sysreg_read(name)
#define sysreg_set(name, value) sysreg_write_(name, value)
#define sysreg_write_(name, v)  sysreg_write(name, v)

static inline void barrier_instruction(void)
{
	__asm__ volatile("isb" ::: "memory");
}

static inline void barrier_full(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}

/*
 * Order of memory that other cores read while this one writes (DDI 0487, B2.3.7, "Barrier-ordered-
 * before"). A Store-Release comes behind all accesses before it, but doesn't hold back a store
 * behind it: that takes a DMB ISHST between the two.
 */
static inline void barrier_stores(void)
{
	__asm__ volatile("dmb ishst" ::: "memory");
}

/* Stores the word behind all earlier stores (STLR). */
static inline void store_release(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

#endif
