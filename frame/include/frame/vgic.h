/*
 * The virtual GICv3 of a partition. A physical interrupt that the partition owns is taken at EL2,
 * dropped in priority and put into a list register linked to it, so that the guest's own
 * deactivation ends it; its enable, pending and active bits are the physical ones, through a mask.
 * Interrupts of emulated devices ("wired") and SGIs exist in here alone. docs/interrupts.md.
 *
 * `struct vgic` is shared by the cores that run the partition: bits are changed atomically, bytes
 * are written whole. `struct vgic_cpu` belongs to the core that runs the vCPU, but for the two
 * words by which others reach it. No locks.
 */
#ifndef FRAME_VGIC_H
#define FRAME_VGIC_H

#include <frame/types.h>

#define VGIC_INTIDS   1024
#define VGIC_WORDS    (VGIC_INTIDS / 32)
#define VGIC_PRIVATE  32 /* SGIs 0 to 15, PPIs 16 to 31 */
#define VGIC_LEVELS   32 /* GICv3 with five priority bits */
#define VGIC_ENABLE_0 1u
#define VGIC_ENABLE_1 2u

struct partition;
struct vcpu;
struct bundle_header;

struct vgic {
	/* Constant after start. */
	uint32_t owned[VGIC_WORDS]; /* physical SPIs of the partition */
	uint32_t wired[VGIC_WORDS]; /* SPIs of emulated devices */
	uint32_t vcpus;

	/* Written by any of the partition's cores. */
	uint32_t ctlr; /* VGIC_ENABLE_… */
	uint32_t enabled[VGIC_WORDS];
	uint32_t group[VGIC_WORDS]; /* 1: group 1, an IRQ; 0: group 0, an FIQ */
	uint32_t edge[VGIC_WORDS];
	uint32_t line[VGIC_WORDS];    /* of wired interrupts: the device's output */
	uint32_t latched[VGIC_WORDS]; /* of wired ones: pending by an edge or by software */
	uint32_t recall[VGIC_WORDS];  /* asks the vCPU that holds it to give it back */
	uint8_t priority[VGIC_INTIDS];
	uint8_t target[VGIC_INTIDS]; /* index of the vCPU */
	uint32_t any[VGIC_WORDS];    /* IROUTER.Interrupt_Routing_Mode */
};

/* Interrupts that wait for a list register: a bit set for each priority level. */
struct vgic_waiting {
	uint32_t levels;             /* levels with anything in them */
	uint32_t words[VGIC_LEVELS]; /* words of the level with anything in them */
	uint32_t bits[VGIC_LEVELS][VGIC_WORDS];
	uint8_t level[VGIC_INTIDS]; /* where it was put */
};

struct vgic_cpu {
	/* Reached by other cores, atomically; they send MAIL_VCPU after it. */
	uint32_t incoming;             /* SGIs */
	uint32_t asked;                /* enum vgic_ask */
	uint32_t enabled, group, edge; /* of the private interrupts; redistributor writes */
	uint8_t priority[VGIC_PRIVATE];

	/* This core's. */
	uint32_t physical; /* PPIs that are the hardware's: timers, PMU */
	uint32_t latched;  /* SGIs and other PPIs that are pending and in no list register */
	uint32_t waker;
	struct vgic_waiting waiting;
};

enum vgic_ask {
	VGIC_ASK_EVALUATE = 1u << 0, /* look at what should be pending for you */
	VGIC_ASK_RECALL = 1u << 1,   /* give back what vgic.recall names */
	VGIC_ASK_PRIVATE = 1u << 2,  /* your private interrupts' enable bits changed */
};

/* Sets up what the bundle says; before any vCPU runs. */
void vgic_init(struct partition *partition, const struct bundle_header *from);

/* The distributor as after reset; while none of its vCPUs runs. */
void vgic_reset(struct partition *partition);

/* A vCPU starts with a redistributor as after reset, on this core. */
void vgic_cpu_reset(struct vcpu *vcpu);

/* A vCPU ends: nothing of it stays in list registers, nothing physical stays active. */
void vgic_cpu_stop(struct vcpu *vcpu);

/* All of a partition's physical interrupts off, none pending or active. */
void vgic_silence(struct partition *partition);

/* A physical interrupt of the current vCPU arrived and was dropped in priority. */
void vgic_arrived(struct vcpu *vcpu, uint32_t intid);

/* The maintenance interrupt: list registers are to be refilled or sampled again. */
void vgic_maintain(struct vcpu *vcpu);

/* The words by which others reach this vCPU changed. */
void vgic_asked(struct vcpu *vcpu);

/* A wired interrupt's line changed; any core of the partition. */
void vgic_set_line(struct partition *partition, uint32_t intid, bool level);

/* A write of ICC_SGI1R_EL1 (group 1) or ICC_SGI0R_EL1 (group 0) by the vCPU. */
void vgic_send_sgi(struct vcpu *vcpu, uint64_t value, bool group1);

/* Registers, by offset from gicd_ipa and gicr_ipa. Size is 1, 2, 4 or 8. */
uint64_t vgic_dist_read(struct vcpu *vcpu, uint32_t offset, uint32_t size);
void vgic_dist_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value);
uint64_t vgic_redist_read(struct vcpu *vcpu, uint32_t offset, uint32_t size);
void vgic_redist_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value);

/* Is anything pending for it that its interface would deliver: may it sleep? */
bool vgic_cpu_pending(const struct vcpu *vcpu);

#endif
