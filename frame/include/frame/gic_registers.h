/*
 * Registers of GICv3 (Arm IHI 0069), by offset: of the machine's own GIC and of the one that a
 * guest sees. A GICv2's distributor has the same, up to GICD_ICFGR. A redistributor's second frame
 * has the bits, priorities and triggers of private interrupts at the offsets at which the
 * distributor has those of shared interrupts.
 */
#ifndef FRAME_GIC_REGISTERS_H
#define FRAME_GIC_REGISTERS_H

#define GIC_SPECIAL 1020 /* the first number that is no interrupt's */

/* Messages are LPIs of 14 bits. The number says whose function sends, and which SPI of its owner it
 * is. */
#define GIC_MESSAGE_FIRST        8192
#define GIC_MESSAGE_BITS         14
#define GIC_MESSAGE(owner, spi)  (GIC_MESSAGE_FIRST + (owner)*1024 + (spi))
#define GIC_MESSAGE_OWNER(intid) (((intid)-GIC_MESSAGE_FIRST) / 1024)
#define GIC_MESSAGE_SPI(intid)   ((intid) % 1024)

#define GICD_CTLR       0x0000
#define GICD_TYPER      0x0004
#define GICD_IIDR       0x0008
#define GICD_IGROUPR    0x0080
#define GICD_ISENABLER  0x0100
#define GICD_ICENABLER  0x0180
#define GICD_ISPENDR    0x0200
#define GICD_ICPENDR    0x0280
#define GICD_ISACTIVER  0x0300
#define GICD_ICACTIVER  0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ICFGR      0x0c00
#define GICD_IROUTER    0x6000
#define GIC_IDS         0xffd0 /* of both: from here on are their identification registers */

#define GICD_BITS_SIZE 0x80 /* of each set of registers with a bit for each interrupt */

#define GICR_STEP  0x20000 /* from one redistributor to the next: two frames */
#define GICR_IIDR  0x0004
#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_SGI   0x10000 /* the second frame */

#define GIC_LISTS_MAX           16                 /* that the frame keeps: struct resident_gic */
#define GIC_LIST_REGISTERS(vtr) (((vtr)&0x3f) + 1) /* of ICH_VTR_EL2 or GICH_VTR */

/* The fields of an affinity in MPIDR_EL1; an affinity as GICR_TYPER has it; and the fields of
 * ICC_SGI1R_EL1, which names up to sixteen CPUs whose lowest affinities follow each other. */
#define MPIDR_AFF0(affinity)   ((affinity)&0xff)
#define MPIDR_AFF1(affinity)   ((affinity) >> 8 & 0xff)
#define MPIDR_AFF2(affinity)   ((affinity) >> 16 & 0xff)
#define MPIDR_AFF3(affinity)   ((affinity) >> 32 & 0xff)
#define MPIDR_PACKED(affinity) (((affinity)&0xffffff) | MPIDR_AFF3(affinity) << 24)
#define SGI_LIST_BITS          16
#define SGI_LIST(value)        ((value)&0xffff)
#define SGI_FIRST_SHIFT        44 /* in units of SGI_LIST_BITS */
#define SGI_FIRST(value)       (((value) >> SGI_FIRST_SHIFT & 0xf) * SGI_LIST_BITS)
#define SGI_AFF1_SHIFT         16
#define SGI_AFF2_SHIFT         32
#define SGI_AFF3_SHIFT         48
#define SGI_INTID_SHIFT        24
#define SGI_ALL_OTHERS         (1ULL << 40)

#endif
