/*
 * A GICv2's list registers and GICH_HCR (Arm IHI 0048, 5.3). A list register is 32 bits wide; its
 * value is kept in 64. A write of GICV_DIR always comes to the frame, so there is nothing to ask
 * for.
 */
#ifndef FRAME_LISTREG_H
#define FRAME_LISTREG_H

#define LR_PENDING          (1ULL << 28)
#define LR_ACTIVE           (1ULL << 29)
#define LR_STATE            (3ULL << 28)
#define LR_HW_BIT           31
#define LR_HW               (1ULL << LR_HW_BIT)
#define LR_GROUP1           (1ULL << 30)
#define LR_PRIORITY(p)      ((uint64_t)((p) >> 3) << 23)
#define LR_PHYSICAL(i)      ((uint64_t)(i) << 10)
#define LR_EOI              (1ULL << 19) /* of a software interrupt: maintenance when it ends */
#define LR_INTID(lr)        ((uint32_t)(lr)&0x3ff)
#define LR_GET_PRIORITY(lr) ((uint8_t)(((lr) >> 23 & 0x1f) << 3))
#define LR_GET_PHYSICAL(lr) ((uint32_t)((lr) >> 10 & 0x3ff))

#define ICH_HCR_EN      (1u << 0)
#define ICH_HCR_UIE     (1u << 1)
#define ICH_HCR_LRENPIE (1u << 2)
#define ICH_HCR_NPIE    (1u << 3)
#define ICH_HCR_TDIR    0u

#endif
