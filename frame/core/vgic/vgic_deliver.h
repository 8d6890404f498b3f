/*
 * What the parts of the virtual GIC use of each other. No other room includes this.
 */
#ifndef VGIC_DELIVER_H
#define VGIC_DELIVER_H

#include <machine/gic_cpu.h>
#include <state/partition.h>
#include <vgic/vgic.h>

/* the number of interrupts that are handled at a time */
#define VGIC_STEP 2

static inline void vgic_set(uint32_t *word, uint32_t bits)
{
	__atomic_fetch_or(word, bits, __ATOMIC_SEQ_CST);
}

/* Clears the bits, and returns those that were set. */
static inline uint32_t vgic_clear(uint32_t *word, uint32_t bits)
{
	return __atomic_fetch_and(word, ~bits, __ATOMIC_SEQ_CST) & bits;
}

static inline uint32_t vgic_look(const uint32_t *word)
{
	return RELAXED(*word);
}

/* Returns what the vCPU's core isn't told of (vgic_hush()). The caller has left its word before it
 * reads this. */
static inline uint32_t vgic_hushed(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->vgic.waiting.hushed, __ATOMIC_SEQ_CST);
}

/* True: the interrupt is a physical one. False: it exists in the virtual GIC alone. */
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

/* Returns those of the bits whose group is enabled in the distributor. */
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

/* Returns the SPIs of a word that may be delivered if they are pending. */
static inline uint32_t vgic_wanted_shared(const struct vgic *vgic, uint32_t word)
{
	uint32_t bits = vgic_look(&vgic->enabled[word]) & ~vgic_look(&vgic->by_hand[word]) &
	                ~vgic_look(&vgic->parked[word]);

	return vgic_of_enabled_groups(vgic, bits, vgic_look(&vgic->group[word]));
}

/* Returns the interrupts of any word that may be delivered if they are pending. Word 0 has the
 * vCPU's private interrupts. */
static inline uint32_t vgic_wanted(const struct vcpu *vcpu, uint32_t word)
{
	const struct vgic_cpu *own = &vcpu->vgic;

	if (word != 0)
		return vgic_wanted_shared(&vcpu->partition->vgic, word);
	return vgic_of_enabled_groups(&vcpu->partition->vgic, own->enabled & ~own->by_hand,
	                              own->group);
}

/* ---- this core's list registers, and the two sets beside them: vgic_deliver.c ---- */

/* Gives the guest the interrupt. The vCPU doesn't hold it yet; only a private interrupt that isn't
 * physical may be held already, as active. */
void vgic_deliver(struct vcpu *vcpu, uint32_t intid);

/* Delivers SGIs that were sent to this vCPU. */
void vgic_deliver_sgis(struct vcpu *vcpu, uint32_t sgis);

/* Has the interrupt wait for a list register. The caller calls vgic_refill() after the last of
 * several. */
void vgic_queue(struct vcpu *vcpu, uint32_t intid);

/* vgic_refill() takes a few steps to bring the right interrupts into the list registers, and asks
 * for further steps. True: there was something to do. vgic_refill_later() only asks for steps. */
bool vgic_refill(struct vcpu *vcpu);
void vgic_refill_later(struct vcpu *vcpu);

/* Which interrupts of a word the vCPU holds. */
struct vgic_held {
	uint32_t pending, active;
};
struct vgic_held vgic_held(struct vcpu *vcpu, uint32_t word);

/* Makes an interrupt that the vCPU holds pending not pending any more. The caller calls
 * vgic_refill_later() after the last of several. */
void vgic_take_back(struct vcpu *vcpu, uint32_t intid);

/* Ends an active interrupt, as the guest's deactivation would. The caller calls vgic_refill_later()
 * after the last of several. */
void vgic_end(struct vcpu *vcpu, uint32_t intid);

/* Puts back the interrupts that are pending in list registers and aren't wanted any more. */
void vgic_give_back_unwanted(struct vcpu *vcpu);

/* The interrupt's priority changed: if it waits, it waits at its new level. */
void vgic_requeue(struct vcpu *vcpu, uint32_t intid);

/* The vCPU ends. vgic_give_up() gives up list registers and private interrupts at once.
 * vgic_give_up_sets() gives up the SPIs in the two sets, in steps; false: none is left. */
void vgic_give_up(struct vcpu *vcpu);
bool vgic_give_up_sets(struct vcpu *vcpu);

/* ---- between list registers and registers: vgic.c ---- */

/* A physical interrupt that arrives isn't wanted by this vCPU any more: it was disabled, or routed
 * to another vCPU. Puts it back. */
void vgic_refuse(struct vcpu *vcpu, uint32_t intid);

/* A vCPU takes an interrupt that may be pending by software, too: notes that while the vCPU holds
 * it. */
void vgic_carry(struct vcpu *vcpu, uint32_t intid);

/* vgic_latch() makes a doorbell's interrupt pending until a vCPU can take it, and leaves the
 * doorbell (mail_leave()). vgic_latch_message(): that of a function's message. vgic_listen():
 * interrupts of a word aren't pending like that any more, and their doorbells are heard again. */
void vgic_latch(struct partition *partition, uint32_t intid);
void vgic_latch_message(struct partition *partition, uint32_t intid);
void vgic_listen(const struct partition *partition, uint32_t word, uint32_t bits);

/* Puts an interrupt that a vCPU held pending back to where it came from. It stays pending. */
void vgic_put_back(struct vcpu *vcpu, uint32_t intid);

/* This vCPU doesn't hold the interrupt any more, neither pending nor active. */
void vgic_released(struct vcpu *vcpu, uint32_t intid);

/* The vCPU that holds an active SPI goes off. The SPI stays active, and no vCPU holds it. */
void vgic_abandon(struct vcpu *vcpu, uint32_t intid);

/* Looks whether wired interrupts of a word have to go to the vCPU that they are routed to, and
 * brings them there. */
void vgic_evaluate_wired(struct vcpu *from, uint32_t word, uint32_t bits);

/* Delivers one of the private interrupts that are pending in software, and asks for the next.
 * False: there was none. */
bool vgic_deliver_private(struct vcpu *vcpu);

/* Set physical enable bits as vgic_wanted() says. vgic_sync_private() sets those of this core's
 * private interrupts, vgic_sync() those of SPIs of a word. */
void vgic_sync_private(struct vcpu *vcpu);
void vgic_sync(struct vcpu *vcpu, uint32_t word, uint32_t bits);

/* Sets the physical enable bits of the next few words of vgic.stale. False: there were none. */
bool vgic_sync_stale(struct vcpu *vcpu);

/* Routes an owned SPI physically to the core that its target is on. False: other vCPUs keep
 * changing the target, so the access is to be executed again. */
bool vgic_sync_route(struct vgic *vgic, uint32_t intid);

/* Asks a vCPU of the partition for something. If that vCPU is resident here, does it at once.
 * `from` may be 0. */
void vgic_ask(struct vcpu *from, struct vcpu *to, enum vgic_ask what);

/* Asks the vCPU by a message even if it is resident here, so that interrupts are taken before. */
void vgic_ask_later(struct vcpu *vcpu, enum vgic_ask what);

/* ---- on the way to another core: vgic_move.c ---- */

/* Takes one step for a vCPU that has moved: takes an interrupt that arrived elsewhere, or has
 * routes follow the vCPU. False: nothing is left. */
bool vgic_follow(struct vcpu *vcpu);

/* Makes interrupts of a word that are on their way to another core not pending any more. */
void vgic_drop_strayed(struct vgic *vgic, uint32_t word, uint32_t bits);

/* ---- beginnings: vgic_begin.c ---- */

/* After a reset: resets the routes, priorities and triggers of one word of vgic.fresh. */
void vgic_reset_word(struct partition *partition);

/* ---- requests: vgic_request.c ---- */

/* True: the access that the guest executes has made this request before, and hasn't used the answer
 * yet. */
bool vgic_request_resumes(struct vcpu *vcpu, enum vgic_request_kind kind, uint32_t place,
                          uint32_t bits);

/*
 * True: there is room for a new request. A write asks this before it changes something, if it would
 * take the change for done when it is executed again. False: execute the access again.
 */
bool vgic_request_ready(struct vcpu *vcpu, enum vgic_request_kind kind, uint32_t place);

/*
 * Makes the request to a set of vCPUs, or furthers the request that was made before. Returns the
 * answer, and forgets it for further calls. 0: not every vCPU has answered, and the access is to be
 * executed again.
 */
const struct vgic_request *vgic_request(struct vcpu *vcpu, enum vgic_request_kind kind,
                                        uint32_t place, uint32_t bits, uint32_t vcpus);

/* Makes a request to those vCPUs that may hold any of the bits of a word of SPIs. */
const struct vgic_request *vgic_request_holders(struct vcpu *vcpu, enum vgic_request_kind kind,
                                                uint32_t word, uint32_t bits);

/*
 * Finds which SPIs of a word any vCPU holds, and which are pending in the distributor. False:
 * execute the access again.
 */
bool vgic_request_held(struct vcpu *vcpu, uint32_t word, struct vgic_held *held,
                       uint32_t *distributor);

/* Carries out a part of a request to this vCPU, and asks the vCPU again for the rest. */
void vgic_request_step(struct vcpu *vcpu);

/* The vCPU starts: voids the requests of its last life. */
void vgic_request_reset(struct vcpu *vcpu);

/* ---- registers that shared and private interrupts have alike: vgic_regs.c ---- */

/* vgic_read_priority() reads `size` bytes. vgic_read_config() returns an ICFGR register for the
 * lower 16 bits. */
uint64_t vgic_read_priority(const uint8_t *priority, uint32_t size);
uint32_t vgic_read_config(uint32_t edge);

/* Has the guest's SPI go to the vCPU with this index. `any`: the guest left it to the GIC. False:
 * execute the access again. */
bool vgic_route(struct vcpu *vcpu, uint32_t intid, uint8_t target, bool any);

/* ---- the private interrupts' registers: vgic_private.c ---- */

/* On their own core. */
uint32_t vgic_private_read(struct vcpu *vcpu, uint32_t offset, uint32_t size);
void vgic_private_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint32_t value);

/* On the core of the vCPU `from`. False: execute the access again. */
bool vgic_private_ask(struct vcpu *from, struct vcpu *of, uint32_t offset, uint32_t size,
                      uint64_t *value);
bool vgic_private_change(struct vcpu *from, struct vcpu *of, uint32_t offset, uint32_t size,
                         uint32_t value);

/* ---- what a vCPU holds: vgic_lost.c ---- */

/* Returns the interrupts of a word that the vCPU holds. `resident`: its list registers are in this
 * core; otherwise they are in memory. */
uint32_t vgic_held_by(const struct vcpu *vcpu, uint32_t word, bool resident);

#endif
