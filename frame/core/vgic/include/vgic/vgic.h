/* What other rooms call of the virtual GIC. state/vgic.h has its state and its rules. */
#ifndef VGIC_VGIC_H
#define VGIC_VGIC_H

#include <state/vgic.h>

struct partition;
struct vcpu;

/*
 * For a recovery from a crash of the frame, while all vCPUs' state is in memory (vgic_recover.c).
 * vgic_lists_hold(), vgic_targets_hold(): false: the kept state is damaged. vgic_mend(): makes the
 * summaries of a vCPU's sets anew. vgic_agree(): makes the distributor agree with what vCPUs hold.
 */
bool vgic_lists_hold(const struct vcpu *vcpu);
bool vgic_targets_hold(const struct partition *partition);
void vgic_mend(struct vcpu *vcpu);
void vgic_agree(struct partition *partition);

/*
 * Return those of a word's physically active interrupts that are lost: no vCPU holds them
 * (vgic_lost.c). vgic_lost_private(): of the resident vCPU. vgic_lost_shared(): of a partition all
 * of whose vCPUs are on this core, as a vCPU elsewhere may hold any. A guest may have ended an
 * interrupt a moment ago, and the distributor doesn't show that yet.
 */
uint32_t vgic_lost_private(uint32_t active);
uint32_t vgic_lost_shared(const struct partition *partition, uint32_t word, uint32_t active);

/* Sets up the partition's interrupts as the bundle says, before any vCPU runs. */
void vgic_init(struct partition *partition, const struct bundle_header *from);

/*
 * Resets the distributor, on the home core, while no vCPU runs. Routes and triggers follow in
 * steps, between which interrupts are taken.
 */
void vgic_reset(struct partition *partition);

/* Resets the redistributor of a vCPU that starts on this core. */
void vgic_cpu_reset(struct vcpu *vcpu);

/*
 * A vCPU ends. As with a core that is turned off, its pending SPIs stay pending and its active SPIs
 * stay active. Its private interrupts are gone.
 */
void vgic_cpu_stop(struct vcpu *vcpu);

/* Disables a word of a partition's physical interrupts. None of them is pending or active any more.
 */
void vgic_silence(struct partition *partition, uint32_t word);

/* A physical interrupt for the resident vCPU arrived, and its priority was dropped. */
void vgic_arrived(struct vcpu *vcpu, uint32_t intid);

/* An interrupt for a vCPU of this core that isn't resident: vgic_noted() takes an SPI; the others
 * take an SGI or a doorbell's interrupt, but only in simple cases (false: the case isn't simple).
 * From then on the interrupt lies in the vCPU's list registers in memory, or waits. */
void vgic_noted(struct vcpu *vcpu, uint32_t intid);
bool vgic_noted_sgi(struct vcpu *vcpu);
bool vgic_noted_pulse(struct vcpu *vcpu, uint32_t intid);

/* The vCPU is resident again. Interrupts that wait go into its list registers, and a vCPU that was
 * hushed is told of messages again. */
void vgic_returned(struct vcpu *vcpu);

/*
 * Hushes a vCPU until vgic_returned(), so that a vCPU that is sent SGIs without end takes no time
 * from others.
 *
 * While the vCPU is hushed, its core isn't told of SGIs and of VGIC_ASK_EVALUATE, as they change
 * nothing until the vCPU runs. If the vCPU waits, or an interrupt can make it more urgent, its core
 * isn't told only of SGIs that are latched already: another such SGI makes no difference. Word that
 * came before is heeded here.
 */
void vgic_hush(struct vcpu *vcpu);

/* A physical interrupt arrived at a core that its vCPU isn't on: brings the interrupt to the vCPU.
 */
void vgic_strayed(struct vcpu *to, uint32_t intid);

/* A vCPU whose GIC state has been saved goes to the core with this affinity. Its interrupts follow
 * it, in steps. */
void vgic_move(struct vcpu *vcpu, uint64_t affinity);

/* Takes the maintenance interrupt: ends wired interrupts that the guest has ended, and refills the
 * list registers. */
void vgic_maintain(struct vcpu *vcpu);

/* Other cores have left SGIs or other work for this vCPU, which may be off: does one piece of it.
 */
void vgic_asked(struct vcpu *vcpu);

/* The guest wrote ICC_DIR_EL1, while such writes trap. */
void vgic_deactivate(struct vcpu *vcpu, uint32_t intid);

/* Sets the line of a wired interrupt. For any core of the partition. */
void vgic_set_line(struct partition *partition, uint32_t intid, bool level);

/*
 * Raises a doorbell's interrupt, which is an event without a line. On the partition's home core,
 * which took the message. If the vCPU can't have the interrupt at once, the interrupt stays pending
 * until a vCPU takes it. Until then the doorbell is left (mail_leave()).
 */
void vgic_pulse(struct partition *partition, uint32_t intid);

/* Raises the interrupt of a function's message, which is an event without a line, too. On any core
 * of the partition. */
void vgic_message(struct partition *partition, uint32_t intid);

/* Carries out the vCPU's write of ICC_SGI1R_EL1 (group 1) or ICC_SGI0R_EL1 (group 0). */
void vgic_send_sgi(struct vcpu *vcpu, uint64_t value, bool group1);

/*
 * Read and write registers, by their offset from gicd_ipa, or from gicr_ipa: what each vCPU
 * has of its own. Size is 1, 2, 4 or 8. False:
 * another core has to do its part first, and the access is to be executed again from its beginning.
 */
bool vgic_dist_read(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value);
bool vgic_dist_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value);
bool vgic_own_read(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value);
bool vgic_own_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value);

/* True: an interrupt is pending for the vCPU, so the vCPU mayn't sleep. */
bool vgic_cpu_pending(const struct vcpu *vcpu);

#endif
