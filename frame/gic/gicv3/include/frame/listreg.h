/* A GICv3's list registers and ICH_HCR_EL2 (Arm IHI 0069, 12.4). */
#ifndef FRAME_LISTREG_H
#define FRAME_LISTREG_H

#define LR_PENDING          (1ULL << 62)
#define LR_ACTIVE           (1ULL << 63)
#define LR_STATE            (3ULL << 62)
#define LR_HW_BIT           61
#define LR_HW               (1ULL << LR_HW_BIT)
#define LR_GROUP1           (1ULL << 60)
#define LR_PRIORITY(p)      ((uint64_t)(p) << 48)
#define LR_PHYSICAL(i)      ((uint64_t)(i) << 32)
#define LR_EOI              (1ULL << 41) /* of a software interrupt: maintenance when it ends */
#define LR_INTID(lr)        ((uint32_t)(lr))
#define LR_GET_PRIORITY(lr) ((uint8_t)((lr) >> 48))
#define LR_GET_PHYSICAL(lr) ((uint32_t)((lr) >> 32 & 0x3ff))

#define ICH_HCR_EN      (1u << 0)
#define ICH_HCR_UIE     (1u << 1)
#define ICH_HCR_LRENPIE (1u << 2)
#define ICH_HCR_NPIE    (1u << 3)
#define ICH_HCR_TDIR    (1u << 14)

#endif
