/*
 * The virtual GIC between its registers and the list registers: which interrupts should be pending
 * for which vCPU, what happens when a vCPU doesn't hold an interrupt any more, and how one vCPU's
 * core asks another's. state/vgic.h says which core may touch what.
 */
#include "vgic_lr.h"

#include <machine/gic_cpu.h>
#include <state/core.h>
#include <state/partition.h>
#include <vgic/vgic.h>
#include <word/mail.h>
#include <word/vcpu.h>

/* ---- asking ---- */

void vgic_ask(struct vcpu *from, struct vcpu *to, enum vgic_ask what)
{
	vgic_set(&to->vgic.asked, (uint32_t)what);
	if (to == from || (to == core.vcpu && !to->life.ending))
		vgic_asked(to);
	else if (what != VGIC_ASK_EVALUATE || vgic_hushed(to) != VGIC_HUSHED)
		vcpu_tell_later(to);
}

void vgic_ask_later(struct vcpu *vcpu, enum vgic_ask what)
{
	vgic_set(&vcpu->vgic.asked, (uint32_t)what);
	vcpu_tell_later(vcpu);
}

/* ---- private interrupts ---- */

bool vgic_deliver_private(struct vcpu *vcpu)
{
	struct vgic_cpu *own = &vcpu->vgic;
	uint32_t bits =
	    own->latched & ~vcpu->partition->vgic.physical & own->open & ~own->evicted.all[0];

	if (bits == 0)
		return false;
	own->latched &= ~(bits & -bits);
	vgic_deliver(vcpu, (uint32_t)__builtin_ctz(bits));
	if ((bits & (bits - 1)) != 0)
		vgic_ask_later(vcpu, VGIC_ASK_EVALUATE);
	return true;
}

/* ---- pending by software: noted while a vCPU holds the interrupt, as it may be put back ---- */

void vgic_listen(const struct partition *partition, uint32_t word, uint32_t bits)
{
	const struct vgic *vgic = &partition->vgic;
	uint64_t doorbells = 0;

	for (bits &= vgic->rung[word]; bits != 0; bits &= bits - 1)
		doorbells |= 1ULL << vgic->bell[word * 32 + (uint32_t)__builtin_ctz(bits)];
	if (doorbells != 0)
		mail_listen(core.home[partition->index], doorbells);
}

static void carry_spi(struct partition *partition, uint32_t word, uint32_t bit)
{
	struct vgic *vgic = &partition->vgic;

	if (vgic_clear(&vgic->latched[word], bit) == 0) {
		vgic_clear(&vgic->carried[word], bit);
		return;
	}
	vgic_set(&vgic->carried[word], bit);
	if ((vgic->rung[word] & bit) != 0)
		vgic_listen(partition, word, bit);
}

void vgic_carry(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic_cpu *own = &vcpu->vgic;
	uint32_t bit = 1u << intid % 32;

	if (intid >= VGIC_PRIVATE) {
		carry_spi(vcpu->partition, intid / 32, bit);
		return;
	}
	own->carried = (own->carried & ~bit) | (own->latched & bit);
	own->latched &= ~bit;
}

/* ---- wired interrupts ---- */

/*
 * The vCPU holds the interrupt already. Another edge while it is pending is still the same
 * interrupt, and if the line has fallen, the interrupt is taken back. Only a doorbell stays
 * latched: nothing would tell the frame whether the guest has taken the former ring.
 */
static void evaluate_taken(struct vcpu *vcpu, uint32_t word, uint32_t bit)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	if ((vgic->rung[word] & bit) != 0 || (vgic_held(vcpu, word).pending & bit) == 0)
		return;
	if (vgic_clear(&vgic->latched[word], bit) != 0)
		vgic_set(&vgic->carried[word], bit);
	if (((vgic_look(&vgic->edge[word]) | vgic_look(&vgic->line[word]) |
	      vgic_look(&vgic->carried[word])) &
	     bit) != 0)
		return;
	vgic_take_back(vcpu, word * 32 + (uint32_t)__builtin_ctz(bit));
	vgic_clear(&vgic->taken[word], bit);
	vgic_refill_later(vcpu);
}

static void evaluate_here(struct vcpu *vcpu, uint32_t word, uint32_t bit)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t level = vgic_look(&vgic->line[word]) & ~vgic_look(&vgic->edge[word]);

	if ((vgic_look(&vgic->taken[word]) & bit) != 0) {
		evaluate_taken(vcpu, word, bit);
		return;
	}
	if (!vcpu->vgic.online || (vgic_wanted(vcpu, word) & bit) == 0 ||
	    ((vgic_look(&vgic->latched[word]) | level) & bit) == 0)
		return;
	if ((__atomic_fetch_or(&vgic->taken[word], bit, __ATOMIC_SEQ_CST) & bit) != 0)
		return; /* the route has changed, and another vCPU was first */
	carry_spi(vcpu->partition, word, bit);
	vgic_deliver(vcpu, word * 32 + (uint32_t)__builtin_ctz(bit));
}

/* Asks some of the other vCPUs. Each costs a message, so they aren't asked all at once. */
static void ask_others(struct vcpu *vcpu)
{
	struct vgic_cpu *own = &vcpu->vgic;

	for (uint32_t i = 0; i < VGIC_STEP && own->unasked != 0; i++) {
		uint32_t to = (uint32_t)__builtin_ctz(own->unasked);

		own->unasked &= own->unasked - 1;
		vgic_ask(vcpu, &vcpu->partition->vcpus[to], VGIC_ASK_EVALUATE);
	}
	if (own->unasked != 0)
		vgic_ask_later(vcpu, VGIC_ASK_OTHERS);
}

static void evaluate_all(struct vcpu *from)
{
	from->vgic.unasked = ((1u << from->partition->vcpu_count) - 1) & ~(1u << from->index);
	vgic_ask_later(from, VGIC_ASK_EVALUATE);
	if (from->vgic.unasked != 0)
		vgic_ask_later(from, VGIC_ASK_OTHERS);
}

static bool is_many(uint32_t bits)
{
	bits &= bits - 1;
	return (bits & (bits - 1)) != 0;
}

/* If there are more bits than a step handles, each vCPU looks for itself. */
static void evaluate_each(struct vcpu *from, uint32_t word, uint32_t bits)
{
	struct partition *partition = from->partition;

	if (is_many(bits)) {
		evaluate_all(from);
		return;
	}
	for (; bits != 0; bits &= bits - 1) {
		uint32_t intid = word * 32 + (uint32_t)__builtin_ctz(bits);
		struct vcpu *to = &partition->vcpus[partition->vgic.target[intid]];

		if (to == from)
			evaluate_here(from, word, bits & -bits);
		else
			vgic_ask(from, to, VGIC_ASK_EVALUATE);
	}
}

static uint32_t any_state(const struct vgic *vgic, uint32_t word)
{
	return vgic_look(&vgic->latched[word]) | vgic_look(&vgic->line[word]) |
	       vgic_look(&vgic->taken[word]);
}

/* Most often there is nothing to do, and this function finds that out without a stack frame. */
void vgic_evaluate_wired(struct vcpu *from, uint32_t word, uint32_t bits)
{
	const struct vgic *vgic = &from->partition->vgic;

	bits &= vgic->wired[word];
	if (bits == 0)
		return;
	bits &= any_state(vgic, word);
	if (bits != 0)
		evaluate_each(from, word, bits);
}

static void round_begin(struct vcpu *vcpu)
{
	vcpu->vgic.round_again = false;
	vcpu->vgic.round_words = vcpu->partition->vgic.wired_words;
}

static void round_next_word(struct vcpu *vcpu)
{
	const struct vgic *vgic = &vcpu->partition->vgic;
	struct vgic_cpu *own = &vcpu->vgic;

	while (own->round_bits == 0 && own->round_words != 0) {
		own->round_word = (uint32_t)__builtin_ctz(own->round_words);
		own->round_words &= own->round_words - 1;
		own->round_bits = vgic->wired[own->round_word] & any_state(vgic, own->round_word);
	}
}

/* Takes a step of the round. If the vCPU is asked again meanwhile, another round follows; so a peer
 * that rings all the time can't keep this round from its end. */
static void round_step(struct vcpu *vcpu)
{
	struct vgic_cpu *own = &vcpu->vgic;

	if (!own->online)
		return;
	for (uint32_t i = 0; i < VGIC_STEP; i++) {
		uint32_t bit, intid;

		round_next_word(vcpu);
		bit = own->round_bits & -own->round_bits;
		if (bit == 0)
			break;
		own->round_bits &= ~bit;
		intid = own->round_word * 32 + (uint32_t)__builtin_ctz(bit);
		if (vcpu->partition->vgic.target[intid] == vcpu->index)
			evaluate_here(vcpu, own->round_word, bit);
	}
	round_next_word(vcpu);
	if (own->round_bits == 0 && own->round_again)
		round_begin(vcpu);
	if ((own->round_bits | own->round_words) != 0)
		vgic_ask_later(vcpu, VGIC_ASK_ROUND);
}

/* True: an interrupt waits, most often a more urgent one. A message doesn't count, as a guest that
 * sends messages without end would put off the round without end. */
static inline bool another_waits(void)
{
	return gic_is_pending() && gic_pending_first() >= GIC_SGIS;
}

/* Takes a step to find the private and wired interrupts that should be pending for this vCPU. */
static void vgic_evaluate(struct vcpu *vcpu)
{
	struct vgic_cpu *own = &vcpu->vgic;

	if (!own->online)
		return;
	if (vgic_deliver_private(vcpu) || vgic_refill(vcpu)) {
		vgic_ask_later(vcpu, VGIC_ASK_EVALUATE);
		return;
	}
	own->round_again = (own->round_bits | own->round_words) != 0;
	if (own->round_again)
		return; /* a round goes on already, and its next step has been asked for */
	round_begin(vcpu);
	if (another_waits())
		vgic_ask_later(vcpu, VGIC_ASK_ROUND);
	else
		round_step(vcpu);
}

/* A wired interrupt has changed. If a vCPU of the partition is resident here, that vCPU looks at
 * it; otherwise the target is asked to. */
static void evaluate_line(struct partition *partition, uint32_t intid)
{
	struct vcpu *vcpu = core.vcpu;

	if (vcpu->partition == partition)
		vgic_evaluate_wired(vcpu, intid / 32, 1u << intid % 32);
	else
		vgic_ask(vcpu, &partition->vcpus[partition->vgic.target[intid]], VGIC_ASK_EVALUATE);
}

void vgic_set_line(struct partition *partition, uint32_t intid, bool level)
{
	struct vgic *vgic = &partition->vgic;
	uint32_t word = intid / 32, bit = 1u << intid % 32;

	if (((vgic_look(&vgic->line[word]) & bit) != 0) == level)
		return;
	if (level) {
		vgic_set(&vgic->line[word], bit);
		if ((vgic_look(&vgic->edge[word]) & bit) != 0)
			vgic_set(&vgic->latched[word], bit);
	} else {
		vgic_clear(&vgic->line[word], bit);
	}
	evaluate_line(partition, intid);
}

void vgic_latch_message(struct partition *partition, uint32_t intid)
{
	vgic_set(&partition->vgic.latched[intid / 32], 1u << intid % 32);
	evaluate_line(partition, intid);
}

void vgic_latch(struct partition *partition, uint32_t intid)
{
	mail_leave(partition->vgic.bell[intid]);
	vgic_latch_message(partition, intid);
}

/* ---- a vCPU doesn't hold an interrupt any more ---- */

/* Has the vCPU that the interrupt is routed to look at it again: later, as the caller isn't done
 * yet. This vCPU itself needn't look if nothing is there: a core that sets a line or a latch now
 * asks the interrupt's vCPU after that. */
static void wired_left(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	struct vcpu *to = &vcpu->partition->vcpus[vgic->target[intid]];
	uint32_t word = intid / 32, bit = 1u << intid % 32;

	vgic_clear(&vgic->taken[word], bit);
	if (to != vcpu)
		vgic_ask(vcpu, to, VGIC_ASK_EVALUATE);
	else if (((vgic_look(&vgic->latched[word]) | vgic_look(&vgic->line[word])) & bit) != 0)
		vgic_ask_later(vcpu, VGIC_ASK_EVALUATE);
}

static void put_back_private(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic_cpu *own = &vcpu->vgic;
	uint32_t bit = 1u << intid;

	if (!vgic_is_physical(vcpu, intid)) {
		own->latched |= bit;
		return;
	}
	own->latched |= own->carried & bit;
	own->carried &= ~bit;
	gic_set_pending(gic_private(), own->latched & bit);
	gic_deactivate(intid);
}

/* A level that still stands makes its interrupt pending again. Other interrupts would be lost, so
 * this function makes them pending. */
void vgic_put_back(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t word = intid / 32, bit = 1u << intid % 32;
	bool carried;

	if (intid < VGIC_PRIVATE) {
		put_back_private(vcpu, intid);
		return;
	}
	carried = vgic_clear(&vgic->carried[word], bit) != 0;
	if (carried || (vgic->wired[word] & vgic_look(&vgic->edge[word]) & bit) != 0)
		vgic_set(&vgic->latched[word], bit);
	if ((vgic->owned[word] & bit) == 0) {
		wired_left(vcpu, intid);
		return;
	}
	if (((vgic_look(&vgic->latched[word]) | vgic_look(&vgic->edge[word])) & bit) != 0)
		gic_set_pending(gic_spis(word), bit);
	gic_deactivate(intid);
}

void vgic_released(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic_cpu *own = &vcpu->vgic;
	uint32_t bit = 1u << intid % 32;

	if (intid < VGIC_PRIVATE)
		own->carried &= ~bit;
	else
		vgic_clear(&vcpu->partition->vgic.carried[intid / 32], bit);
	if (vgic_is_physical(vcpu, intid))
		gic_deactivate(intid);
	else if (intid >= VGIC_PRIVATE)
		wired_left(vcpu, intid);
	else if ((own->latched & bit) != 0)
		vgic_ask_later(vcpu, VGIC_ASK_EVALUATE);
}

void vgic_abandon(struct vcpu *vcpu, uint32_t intid)
{
	uint32_t word = intid / 32, bit = 1u << intid % 32;

	vgic_set(&vcpu->partition->vgic.by_hand[word], bit);
	vgic_sync(vcpu, word, bit);
	vgic_released(vcpu, intid);
}

/* ---- physical interrupts ---- */

/* The vCPU is off: its interrupt stays pending in the distributor, but disabled, so that it doesn't
 * come again until the vCPU is on. */
static void park(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t *parked = &vgic->parked[intid / 32];

	vgic_set(parked, 1u << intid % 32);
	if (__atomic_load_n(&vgic->target[intid], __ATOMIC_SEQ_CST) != vcpu->index)
		vgic_clear(parked, 1u << intid % 32); /* the route changed meanwhile */
}

void vgic_refuse(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t word = intid / 32, bit = 1u << intid % 32;

	if (!vgic_is_physical(vcpu, intid)) { /* it is no vCPU's */
		gic_clear_enable(word == 0 ? gic_private() : gic_spis(word), bit);
		gic_deactivate(intid);
		return;
	}
	if (word == 0) {
		vcpu->vgic.carried &= ~bit;
		vgic_sync_private(vcpu);
	} else {
		vgic_clear(&vgic->carried[word], bit);
		if (!vcpu->vgic.online && vgic->target[intid] == vcpu->index)
			park(vcpu, intid);
		vgic_sync(vcpu, word, bit);
	}
	vgic_put_back(vcpu, intid);
}

/* ---- what other cores ask ---- */

/* Does a piece of long work. False: no such work is left. */
static bool do_words(struct vcpu *vcpu)
{
	if (!vcpu->vgic.online && vgic_give_up_sets(vcpu))
		return true;
	if (vcpu->index == 0 && vcpu->partition->vgic.fresh != 0) {
		vgic_reset_word(vcpu->partition);
		return true;
	}
	return vgic_sync_stale(vcpu);
}

/* Does one kind of the work that was asked for, and returns what is left. Each kind may take as
 * long as interrupts can be kept waiting. */
static uint32_t do_one(struct vcpu *vcpu, uint32_t asked)
{
	if ((asked & VGIC_ASK_WORDS) != 0)
		return do_words(vcpu) ? asked : asked & ~(uint32_t)VGIC_ASK_WORDS;
	if ((asked & VGIC_ASK_MOVED) != 0)
		return vgic_follow(vcpu) ? asked : asked & ~(uint32_t)VGIC_ASK_MOVED;
	if ((asked & VGIC_ASK_REQUEST) != 0) {
		vgic_request_step(vcpu);
		return asked & ~(uint32_t)VGIC_ASK_REQUEST;
	}
	if ((asked & VGIC_ASK_OTHERS) != 0) {
		ask_others(vcpu);
		return asked & ~(uint32_t)VGIC_ASK_OTHERS;
	}
	if ((asked & VGIC_ASK_ROUND) != 0) {
		round_step(vcpu);
		return asked & ~(uint32_t)VGIC_ASK_ROUND;
	}
	vgic_evaluate(vcpu);
	return asked & ~(uint32_t)VGIC_ASK_EVALUATE;
}

/* Does one kind of the work that was asked for. The bits of a vCPU that is off are forgotten. This
 * function isn't inline: otherwise the registers that it uses would be saved for an SGI, too. */
static __attribute__((noinline)) void do_asked(struct vcpu *vcpu, uint32_t sgis)
{
	uint32_t asked = vgic_look(&vcpu->vgic.asked);

	if (sgis != 0)
		vgic_clear(&vcpu->vgic.incoming, sgis);
	if (asked != 0)
		asked = do_one(vcpu, __atomic_exchange_n(&vcpu->vgic.asked, 0, __ATOMIC_SEQ_CST));
	if (asked != 0)
		vgic_ask_later(vcpu, (enum vgic_ask)asked);
}

/* An SGI that comes again until its bit is cleared is one with the delivered SGI, which the guest
 * hasn't seen yet. After a crash before that the SGI is delivered once more, and is still one. */
void vgic_asked(struct vcpu *vcpu)
{
	uint32_t sgis = vgic_look(&vcpu->vgic.incoming), asked;

	if (sgis == 0 || !vcpu->vgic.online) {
		do_asked(vcpu, sgis);
		return;
	}
	vgic_deliver_sgis(vcpu, sgis);
	vgic_clear(&vcpu->vgic.incoming, sgis);
	asked = vgic_look(&vcpu->vgic.asked);
	if (asked != 0)
		vgic_ask_later(vcpu, (enum vgic_ask)asked);
}
