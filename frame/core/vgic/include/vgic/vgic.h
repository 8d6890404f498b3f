/* The virtual GIC, for all others; state/vgic.h has its state and its rules. */
#ifndef VGIC_VGIC_H
#define VGIC_VGIC_H

#include <state/vgic.h>

struct partition;
struct vcpu;

/* Sets up what the bundle says; before any vCPU runs. */
void vgic_init(struct partition *partition, const struct bundle_header *from);

/*
 * The distributor as after reset; on the first vCPU's core while none of the vCPUs runs. Routes and
 * triggers follow in steps between which interrupts are taken.
 */
void vgic_reset(struct partition *partition);

/* A vCPU starts with a redistributor as after reset, on this core. */
void vgic_cpu_reset(struct vcpu *vcpu);

/*
 * A vCPU ends. As with a core that is turned off, its pending SPIs stay pending and its active SPIs
 * stay active. Its private interrupts are gone.
 */
void vgic_cpu_stop(struct vcpu *vcpu);

/* A word of physical interrupts of a partition off, none pending or active. */
void vgic_silence(struct partition *partition, uint32_t word);

/* A physical interrupt of the current vCPU arrived and was dropped in priority. */
void vgic_arrived(struct vcpu *vcpu, uint32_t intid);

/* The same for a vCPU that isn't resident: vgic_noted() for an SPI, the others for an SGI or a
 * doorbell's interrupt in simple cases (false: the case isn't simple). The interrupt lies in the
 * vCPU's list registers in memory from then on, or waits. */
void vgic_noted(struct vcpu *vcpu, uint32_t intid);
bool vgic_noted_sgi(struct vcpu *vcpu);
bool vgic_noted_pulse(struct vcpu *vcpu, uint32_t intid);

/* The vCPU is resident again: interrupts that wait for its list registers get there, and a hushed
 * vCPU is told again. */
void vgic_returned(struct vcpu *vcpu);

/*
 * Hushes a vCPU that is about to run or to end, until vgic_returned(). Unless the vCPU waits, or an
 * interrupt makes it more urgent, an SGI or VGIC_ASK_EVALUATE changes nothing until it runs: its
 * core isn't told. So a vCPU that is sent SGIs without end takes no time from others. A vCPU that
 * waits isn't told of SGIs that are latched already: they can't be delivered, so another SGI makes
 * no difference. If that changed meanwhile, word that came is seen here.
 */
void vgic_hush(struct vcpu *vcpu);

/* A physical interrupt arrived at a core that its vCPU isn't on: it is brought to the vCPU. */
void vgic_strayed(struct vcpu *to, uint32_t intid);

/* A vCPU, whose GIC state is saved, goes to a core of this affinity: its interrupts follow it, in
 * steps. */
void vgic_move(struct vcpu *vcpu, uint64_t affinity);

/* The maintenance interrupt: list registers are to be refilled or sampled again. */
void vgic_maintain(struct vcpu *vcpu);

/* Other cores changed the words by which they reach this vCPU; it may be off. */
void vgic_asked(struct vcpu *vcpu);

/* The guest wrote ICC_DIR_EL1 while that traps. */
void vgic_deactivate(struct vcpu *vcpu, uint32_t intid);

/* A wired interrupt's line changed; any core of the partition. */
void vgic_set_line(struct partition *partition, uint32_t intid, bool level);

/*
 * A doorbell's interrupt, an event without a line; on the partition's home core, which took the
 * message. If the vCPU can't have the interrupt at once, it stays pending until a vCPU takes it.
 * Until then the doorbell is left (mail_leave()).
 */
void vgic_pulse(struct partition *partition, uint32_t intid);

/* A write of ICC_SGI1R_EL1 (group 1) or ICC_SGI0R_EL1 (group 0) by the vCPU. */
void vgic_send_sgi(struct vcpu *vcpu, uint64_t value, bool group1);

/*
 * Registers, by offset from gicd_ipa and gicr_ipa. Size is 1, 2, 4 or 8. False: another core has to
 * do its part first; the access is to be executed again, from its beginning.
 */
bool vgic_dist_read(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value);
bool vgic_dist_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value);
bool vgic_redist_read(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value);
bool vgic_redist_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value);

/* True: an interrupt is pending that the vCPU's interface would deliver, so it mayn't sleep. */
bool vgic_cpu_pending(const struct vcpu *vcpu);

#endif
