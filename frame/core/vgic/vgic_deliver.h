/*
 * Between the parts of the virtual GIC: what the register models, the requests and the list
 * registers want of one another. Nobody else includes it.
 */
#ifndef VGIC_DELIVER_H
#define VGIC_DELIVER_H

#include <machine/gic_cpu.h>
#include <state/partition.h>
#include <vgic/vgic.h>

/* The number of interrupts that are handled at a time. */
#define VGIC_STEP 2

static inline void vgic_set(uint32_t *word, uint32_t bits)
{
	__atomic_fetch_or(word, bits, __ATOMIC_SEQ_CST);
}

/* Which of the bits were set. */
static inline uint32_t vgic_clear(uint32_t *word, uint32_t bits)
{
	return __atomic_fetch_and(word, ~bits, __ATOMIC_SEQ_CST) & bits;
}

static inline uint32_t vgic_look(const uint32_t *word)
{
	return RELAXED(*word);
}

/* What the vCPU isn't told of: vgic_hush(). Read after word was left for the vCPU. */
static inline uint32_t vgic_hushed(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->vgic.waiting.hushed, __ATOMIC_SEQ_CST);
}

/* True: the interrupt is the hardware's. False: it exists in here alone. */
static inline bool vgic_is_physical(const struct vcpu *vcpu, uint32_t intid)
{
	const struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t word = intid < VGIC_PRIVATE ? vgic->physical : vgic->owned[intid / 32];

	return (word >> intid % 32 & 1) != 0;
}

static inline uint32_t vgic_known(const struct vgic *vgic, uint32_t word)
{
	return vgic->owned[word] | vgic->wired[word];
}

/* The bits whose group the distributor lets through. */
static inline uint32_t vgic_of_enabled_groups(const struct vgic *vgic, uint32_t bits,
                                              uint32_t group)
{
	uint32_t ctlr = vgic_look(&vgic->ctlr);

	if ((ctlr & VGIC_ENABLE_1) == 0)
		bits &= ~group;
	if ((ctlr & VGIC_ENABLE_0) == 0)
		bits &= group;
	return bits;
}

/* The SPIs of a word that may be delivered if they are pending. */
static inline uint32_t vgic_wanted_shared(const struct vgic *vgic, uint32_t word)
{
	uint32_t bits = vgic_look(&vgic->enabled[word]) & ~vgic_look(&vgic->by_hand[word]) &
	                ~vgic_look(&vgic->parked[word]);

	return vgic_of_enabled_groups(vgic, bits, vgic_look(&vgic->group[word]));
}

/* The same of any word; word 0 is the vCPU's own interrupts. */
static inline uint32_t vgic_wanted(const struct vcpu *vcpu, uint32_t word)
{
	const struct vgic_cpu *own = &vcpu->vgic;

	if (word != 0)
		return vgic_wanted_shared(&vcpu->partition->vgic, word);
	return vgic_of_enabled_groups(&vcpu->partition->vgic, own->enabled & ~own->by_hand,
	                              own->group);
}

/* ---- this core's list registers, and the two sets beside them: vgic_deliver.c ---- */

/* Puts the interrupt where the guest takes it. The vCPU doesn't hold it; or it is private, made
 * by software, and active. */
void vgic_deliver(struct vcpu *vcpu, uint32_t intid);

/* SGIs that were sent to this vCPU. */
void vgic_deliver_sgis(struct vcpu *vcpu, uint32_t sgis);

/* Queues the interrupt without looking for a list register. vgic_refill() follows the last of
 * several. */
void vgic_queue(struct vcpu *vcpu, uint32_t intid);

/* Takes a few steps to bring the right interrupts into the list registers; asks for further steps.
 * True: there was something to do. vgic_refill_later() only asks. */
bool vgic_refill(struct vcpu *vcpu);
void vgic_refill_later(struct vcpu *vcpu);

/* What this vCPU holds of a word of interrupts. */
struct vgic_held {
	uint32_t pending, active;
};
struct vgic_held vgic_held(struct vcpu *vcpu, uint32_t word);

/* An interrupt that the vCPU holds pending isn't pending any more. vgic_refill_later() follows
 * the last of several. */
void vgic_take_back(struct vcpu *vcpu, uint32_t intid);

/* Ends an active interrupt, as the guest's deactivation would. vgic_refill_later() follows the
 * last of several. */
void vgic_end(struct vcpu *vcpu, uint32_t intid);

/* Interrupts that are pending in list registers and aren't wanted go back. */
void vgic_give_back_unwanted(struct vcpu *vcpu);

/* The interrupt's priority changed: in the waiting set, it moves. */
void vgic_requeue(struct vcpu *vcpu, uint32_t intid);

/* The vCPU ends: list registers and private interrupts are given up at once, the others in the two
 * sets in steps. False: there is nothing left. */
void vgic_give_up(struct vcpu *vcpu);
bool vgic_give_up_sets(struct vcpu *vcpu);

/* ---- between list registers and registers: vgic.c ---- */

/* A physical interrupt was disabled, or routed to another vCPU, while on its way. */
void vgic_refuse(struct vcpu *vcpu, uint32_t intid);

/* An interrupt is taken that may be pending by software: that is remembered while a vCPU holds
 * it. */
void vgic_carry(struct vcpu *vcpu, uint32_t intid);

/* A doorbell's interrupt becomes pending the long way; doorbells that were so aren't any more. */
void vgic_latch(struct partition *partition, uint32_t intid);
void vgic_listen(const struct partition *partition, uint32_t word, uint32_t bits);

/* An interrupt that was held pending goes back to where it came from, pending still. */
void vgic_put_back(struct vcpu *vcpu, uint32_t intid);

/* An interrupt isn't held any more: neither pending nor active by this vCPU. */
void vgic_released(struct vcpu *vcpu, uint32_t intid);

/* An active SPI's vCPU goes off: the SPI stays active, and no vCPU holds it. */
void vgic_abandon(struct vcpu *vcpu, uint32_t intid);

/* Wired interrupts of a word may have to go to the vCPU they are routed to. */
void vgic_evaluate_wired(struct vcpu *from, uint32_t word, uint32_t bits);

/* Delivers one of the private interrupts that are pending in software, and asks for the next.
 * False: there was none. */
bool vgic_deliver_private(struct vcpu *vcpu);

/* Makes physical enable bits what vgic_wanted() says: of this core; of a word. */
void vgic_sync_private(struct vcpu *vcpu);
void vgic_sync(struct vcpu *vcpu, uint32_t word, uint32_t bits);

/* The same for the next few words of vgic.stale. False: there were none. */
bool vgic_sync_stale(struct vcpu *vcpu);

/* The physical route of an owned SPI follows its target, wherever that is. False: other vCPUs keep
 * changing the target, so the access is to be executed again. */
bool vgic_sync_route(struct vgic *vgic, uint32_t intid);

/* Asks another vCPU of the partition, or does it here. */
void vgic_ask(struct vcpu *from, struct vcpu *to, enum vgic_ask what);

/* Asks this very vCPU; by a message, so that interrupts are taken before. */
void vgic_ask_later(struct vcpu *vcpu, enum vgic_ask what);

/* ---- on the way to another core: vgic_move.c ---- */

/* One step: an interrupt that arrived elsewhere is taken, or routes follow the vCPU. False:
 * nothing is left. */
bool vgic_follow(struct vcpu *vcpu);

/* Interrupts of a word that are on their way to another core aren't pending any more. */
void vgic_drop_strayed(struct vgic *vgic, uint32_t word, uint32_t bits);

/* ---- beginnings: vgic_begin.c ---- */

/* After a reset: one word of vgic.fresh, its routes and triggers. */
void vgic_reset_word(struct partition *partition);

/* ---- requests: vgic_request.c ---- */

/* The access being executed has made this request before, and hasn't used the answer yet. */
bool vgic_request_resumes(struct vcpu *vcpu, enum vgic_request_kind kind, uint32_t place,
                          uint32_t bits);

/*
 * There is room for a new request. Asked before a change that looks done when the access is
 * executed again. False: execute again.
 */
bool vgic_request_ready(struct vcpu *vcpu, enum vgic_request_kind kind, uint32_t place);

/*
 * Makes the request to a set of vCPUs, or furthers the request that was made before. Returns the
 * answer, which is used up by this. 0: not every vCPU has answered, and the access is to be
 * executed again.
 */
const struct vgic_request *vgic_request(struct vcpu *vcpu, enum vgic_request_kind kind,
                                        uint32_t place, uint32_t bits, uint32_t vcpus);

/* The same, to the vCPUs that may hold any of the bits of a word of SPIs. */
const struct vgic_request *vgic_request_holders(struct vcpu *vcpu, enum vgic_request_kind kind,
                                                uint32_t word, uint32_t bits);

/*
 * Finds exactly what all vCPUs hold of a word of SPIs, and what is pending in the distributor.
 * False: execute the access again.
 */
bool vgic_request_held(struct vcpu *vcpu, uint32_t word, struct vgic_held *held,
                       uint32_t *distributor);

/* Carries out a part of what is asked of this vCPU, and asks it again for the rest. */
void vgic_request_step(struct vcpu *vcpu);

/* The vCPU starts: requests of its last life are void. */
void vgic_request_reset(struct vcpu *vcpu);

/* ---- registers that are the same of shared and of private interrupts: vgic_regs.c ---- */

/* vgic_read_priority() reads `size` bytes; vgic_read_config() gives ICFGR of the lower 16 bits. */
uint64_t vgic_read_priority(const uint8_t *priority, uint32_t size);
uint32_t vgic_read_config(uint32_t edge);

/* ---- the private interrupts' registers, on their own core: vgic_redist.c ---- */

uint32_t vgic_private_read(struct vcpu *vcpu, uint32_t offset, uint32_t size);
void vgic_private_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint32_t value);

#endif
