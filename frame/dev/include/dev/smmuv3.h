/* Registers and formats of SMMUv3 (Arm IHI 0070), for the two files that drive it. */
#ifndef SMMUV3_H
#define SMMUV3_H

#define SMMU_IDR0            0x00
#define SMMU_IDR1            0x04
#define SMMU_IDR5            0x14
#define SMMU_CR0             0x20
#define SMMU_CR1             0x28
#define SMMU_CR2             0x2c
#define SMMU_GBPA            0x44
#define SMMU_IRQ_CTRL        0x50
#define SMMU_GERROR          0x60
#define SMMU_GERRORN         0x64
#define SMMU_GERROR_IRQ_CFG0 0x68
#define SMMU_STRTAB_BASE     0x80
#define SMMU_STRTAB_BASE_CFG 0x88
#define SMMU_CMDQ_BASE       0x90
#define SMMU_CMDQ_PROD       0x98
#define SMMU_CMDQ_CONS       0x9c
#define SMMU_EVENTQ_BASE     0xa0
#define SMMU_EVENTQ_IRQ_CFG0 0xb0
#define SMMU_EVENTQ_PROD     0x100a8
#define SMMU_EVENTQ_CONS     0x100ac

#define IDR0_S2P          (1u << 0)
#define IDR0_S1P          (1u << 1)
#define IDR0_TTF_AARCH64  (1u << 3)
#define IDR0_COHACC       (1u << 4)
#define IDR0_TTENDIAN     (3u << 21)
#define IDR0_BIG_ENDIAN   (3u << 21)
#define IDR0_STALL_MODEL  (3u << 24)
#define IDR0_STALL_FORCED (2u << 24)
#define IDR5_GRAN4K       (1u << 4)

#define CR0_SMMUEN   (1u << 0)
#define CR0_EVENTQEN (1u << 2)
#define CR0_CMDQEN   (1u << 3)
#define CR1_COHERENT 0xd75u     /* tables and queues inner shareable, write-back */
#define CR2_PTM      (1u << 2)  /* it ignores the cores' TLB invalidations */
#define GBPA_ABORT   (1u << 20) /* refuses accesses while the SMMU is off */
#define GBPA_UPDATE  (1u << 31)
#define IRQ_GERROR   (1u << 0)
#define IRQ_EVENTQ   (1u << 2)

#define GERROR_CMDQ  (1u << 0)
#define GERROR_SFM   (1u << 8)
#define GERROR_FATAL (GERROR_CMDQ | GERROR_SFM)

/* Stream table entries: first word. */
#define STE_VALID  1ULL
#define STE_ABORT  (0ULL << 1)
#define STE_STAGE1 (5ULL << 1)
#define STE_STAGE2 (6ULL << 1)

/* Commands: first word. */
#define COMMAND_CFGI_STE       0x03ULL
#define COMMAND_CFGI_ALL       0x04ULL
#define COMMAND_TLBI_NH_ASID   0x11ULL
#define COMMAND_TLBI_S12_VMALL 0x28ULL
#define COMMAND_TLBI_NSNH_ALL  0x30ULL
#define COMMAND_SYNC           0x46ULL
#define COMMAND_STREAM(stream) ((uint64_t)(stream) << 32)
#define COMMAND_VMID(vmid)     ((uint64_t)(vmid) << 32)
#define COMMAND_ASID(asid)     ((uint64_t)(asid) << 48)
#define COMMAND_ALL_STREAMS    31ULL /* of CFGI_ALL: second word */

/* Events: first and second word. */
#define EVENT_TRANSLATION 0x10u
#define EVENT_ADDR_SIZE   0x11u
#define EVENT_PERMISSION  0x13u
#define EVENT_READ        (1ULL << 35)

#endif
