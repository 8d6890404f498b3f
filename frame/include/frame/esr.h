/* How the hardware says why it took an exception: ESR_ELx (Arm ARM, D17.2.37). */
#ifndef FRAME_ESR_H
#define FRAME_ESR_H

#define ESR_CLASS_SHIFT    26
#define ESR_CLASS(esr)     ((uint32_t)((esr) >> ESR_CLASS_SHIFT) & 0x3f)
#define ESR_OF(class)      ((uint64_t)(class) << ESR_CLASS_SHIFT)
#define ESR_IL             (1ULL << 25) /* the instruction has 32 bits */
#define ESR_IMMEDIATE(esr) ((uint32_t)(esr)&0xffff)

/* Classes. The class of an abort or a debug exception is one more if it was taken from the same
 * level. */
#define CLASS_UNKNOWN      0x00
#define CLASS_WFI          0x01
#define CLASS_CP15         0x03 /* this and the next three are AArch32's */
#define CLASS_CP15_64      0x04
#define CLASS_CP14         0x05
#define CLASS_CP14_LOAD    0x06
#define CLASS_FP           0x07 /* SVE, SIMD and floating point */
#define CLASS_CP10         0x08
#define CLASS_KEYS         0x09 /* pointer authentication */
#define CLASS_CP14_64      0x0c
#define CLASS_ILLEGAL      0x0e /* state */
#define CLASS_SVC          0x15
#define CLASS_HVC          0x16
#define CLASS_SMC          0x17
#define CLASS_SYSREG       0x18
#define CLASS_SVE          0x19
#define CLASS_SME          0x1d
#define CLASS_FETCH        0x20 /* instruction abort */
#define CLASS_PC_ALIGNMENT 0x22
#define CLASS_DATA         0x24 /* data abort */
#define CLASS_SP_ALIGNMENT 0x26
#define CLASS_BREAKPOINT   0x30
#define CLASS_STEP         0x32
#define CLASS_WATCHPOINT   0x34
#define CLASS_BKPT         0x38 /* AArch32's */
#define CLASS_BRK          0x3c

/* Of a data abort: what the access does. */
#define ISS_ISV        (1u << 24) /* the other fields are valid */
#define ISS_SIZE_SHIFT 22         /* two bits: the logarithm of the bytes */
#define ISS_SIZE(iss)  (1u << ((iss) >> ISS_SIZE_SHIFT & 3))
#define ISS_SIGN       (1u << 21) /* a load extends the sign: to 64 bits if ISS_64, or to 32 */
#define ISS_RT_SHIFT   16
#define ISS_RT(iss)    ((uint32_t)(iss) >> ISS_RT_SHIFT & 0x1f)
#define ISS_64         (1u << 15) /* an X register */
#define ISS_WALK       (1u << 7)  /* the abort is of a walk through stage 1's tables */
#define ISS_WRITE      (1u << 6)

/* A translation fault of any level: HPFAR_EL2 has the address, unlike after some other faults. */
#define ISS_IS_TRANSLATION(esr) (((esr)&0x3c) == 0x04)
#define ISS_IS_PERMISSION(esr)  (((esr)&0x3c) == 0x0c)
/* One of address size, translation, access flag: no entry, or an entry that can't be used. */
#define ISS_IS_MISSING(esr) (((esr)&0x3f) < 0x0c)
#define ISS_LEVEL(esr)      ((esr)&3)

/* A data abort from the level that took it: nothing answered at the address, which FAR has. */
#define ISS_IS_EXTERNAL(esr) (((ESR_OF(0x3f) | 0x43f) & (esr)) == (ESR_OF(CLASS_DATA + 1) | 0x10))

/* Of an access to a system register. */
#define SYSREG_RT(iss)  ((uint32_t)(iss) >> 5 & 0x1f)
#define SYSREG_CRM(iss) ((uint32_t)(iss) >> 1 & 0xf)
#define SYSREG_OP2(iss) ((uint32_t)(iss) >> 17 & 7)
#define SYSREG_READ     1u

#define REGISTER_ZERO 31 /* the number of the zero register: reads as 0, ignores writes */

#endif
