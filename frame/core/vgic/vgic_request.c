/*
 * Requests between the vCPUs of a partition. Only a core itself can read or change the interrupts
 * in its list registers. If a guest's access needs those of another core, the access leaves a
 * request in its own vCPU, and sends messages. The guest then executes the access again, with
 * interrupts taken in between, until all vCPUs have answered. No core waits at EL2, and a request
 * is carried out in steps, so a long request delays only its own access.
 *
 * A vCPU writes the fields of its request while `left` is 0. Setting `left` hands them to the other
 * vCPUs, and each of these clears its bit when it has answered. The guest's handler may interrupt
 * an access, and make another access that needs the same slot. The second access waits for the
 * answers to the first one, and the first one begins anew. That does no harm, as each access may do
 * its first part again.
 */
#include "vgic_deliver.h"

#include <frame/gic.h>
#include <machine/sysreg.h>
#include <machine/wait.h>
#include <state/partition.h>

#define SLOTS 2

static uint32_t bit_of(const struct vcpu *vcpu)
{
	return 1u << vcpu->index;
}

static uint32_t left_of(const struct vgic_request *request)
{
	return __atomic_load_n(&request->left, __ATOMIC_ACQUIRE);
}

/* Returns the slot of a request. The two accesses of a pair are to words side by side, which have
 * different slots. */
static struct vgic_request *slot(struct vcpu *vcpu, enum vgic_request_kind kind, uint32_t place)
{
	bool is_register = kind == VGIC_REQUEST_READ || kind == VGIC_REQUEST_WRITE;

	return &vcpu->vgic.request[(is_register ? place / 4 : place) % SLOTS];
}

/* ---- answering ---- */

/* Returns a request by its number. The numbers run through the whole partition. */
static struct vgic_request *request_at(struct partition *partition, uint32_t number)
{
	return &partition->vcpus[number / SLOTS].vgic.request[number % SLOTS];
}

static uint32_t number_of(const struct vcpu *vcpu, const struct vgic_request *request)
{
	return vcpu->index * SLOTS + (uint32_t)(request - vcpu->vgic.request);
}

static void drop(struct vcpu *vcpu, uint32_t intid)
{
	vgic_take_back(vcpu, intid);
	vgic_released(vcpu, intid);
}

static void give_back(struct vcpu *vcpu, uint32_t intid)
{
	vgic_take_back(vcpu, intid);
	vgic_put_back(vcpu, intid);
}

/* Acts on a few of the interrupts that remain to do and are in `held`. True: these were all. */
static bool each(struct vcpu *vcpu, uint32_t word, uint32_t held,
                 void (*act)(struct vcpu *vcpu, uint32_t intid))
{
	uint32_t bits = vcpu->vgic.remaining & held;

	for (uint32_t i = 0; i < VGIC_STEP && bits != 0; i++, bits &= bits - 1) {
		vcpu->vgic.remaining &= ~(bits & -bits);
		act(vcpu, word * 32 + (uint32_t)__builtin_ctz(bits));
	}
	vgic_refill_later(vcpu);
	return bits == 0;
}

static bool carry_out_drop(struct vcpu *vcpu, const struct vgic_request *request,
                           struct vgic_held held)
{
	uint32_t physical = vcpu->partition->vgic.physical;

	if (request->place == 0) {
		vcpu->vgic.latched &= ~request->bits;
		gic_clear_pending(gic_private(), request->bits & physical);
	}
	return each(vcpu, request->place, held.pending, drop);
}

static bool carry_out_end(struct vcpu *vcpu, const struct vgic_request *request,
                          struct vgic_held held)
{
	bool done = each(vcpu, request->place, held.active, vgic_end);

	if (request->place == 0 && done) {
		vcpu->vgic.by_hand &= ~request->bits;
		vgic_sync_private(vcpu);
		vgic_ask_later(vcpu, VGIC_ASK_EVALUATE);
	}
	return done;
}

static bool carry_out_settle(struct vcpu *vcpu)
{
	if (vgic_sync_stale(vcpu))
		return false;
	vgic_sync_private(vcpu);
	vgic_give_back_unwanted(vcpu);
	vgic_ask_later(vcpu, VGIC_ASK_EVALUATE);
	return true;
}

static void request_answer(struct vgic_request *request, struct vgic_held held)
{
	vgic_set(&request->pending, held.pending);
	vgic_set(&request->active, held.active);
}

/* Takes one step. True: it was the last. */
static bool request_carry_out(struct vcpu *vcpu, struct vgic_request *request)
{
	uint32_t offset = request->place & ((1u << VGIC_REQUEST_SIZE) - 1);
	uint32_t size = request->place >> VGIC_REQUEST_SIZE;
	struct vgic_held held = {0, 0};

	if (request->kind <= VGIC_REQUEST_END)
		held = vgic_held(vcpu, request->place);
	if (request->kind <= VGIC_REQUEST_RECALL)
		request_answer(request, held);
	switch ((enum vgic_request_kind)request->kind) {
	case VGIC_REQUEST_LOOK:
		return true;
	case VGIC_REQUEST_RECALL:
		return each(vcpu, request->place, held.pending, give_back);
	case VGIC_REQUEST_DROP:
		return carry_out_drop(vcpu, request, held);
	case VGIC_REQUEST_END:
		return carry_out_end(vcpu, request, held);
	case VGIC_REQUEST_SETTLE:
		return carry_out_settle(vcpu);
	case VGIC_REQUEST_READ:
		vgic_set(&request->pending, vgic_private_read(vcpu, offset, size));
		return true;
	case VGIC_REQUEST_WRITE:
		vgic_private_write(vcpu, offset, size, request->bits);
		return true;
	}
	return true;
}

static void begin_next(struct vcpu *vcpu)
{
	struct vgic_cpu *own = &vcpu->vgic;
	uint32_t requests = vgic_look(&own->requests);

	if (requests == 0)
		return;
	own->answering = (uint32_t)__builtin_ctz(requests) + 1;
	own->remaining = request_at(vcpu->partition, own->answering - 1)->bits;
}

/* Clears `requests` before `left`: as soon as `left` is 0, the number may be used for a new
 * request. */
static void finish(struct vcpu *vcpu, struct vgic_request *request)
{
	struct vgic_cpu *own = &vcpu->vgic;

	vgic_clear(&own->requests, 1u << (own->answering - 1));
	own->answering = 0;
	vgic_clear(&request->left, bit_of(vcpu));
}

void vgic_request_step(struct vcpu *vcpu)
{
	struct vgic_cpu *own = &vcpu->vgic;
	struct vgic_request *request;

	if (own->answering == 0)
		begin_next(vcpu);
	if (own->answering == 0)
		return;
	request = request_at(vcpu->partition, own->answering - 1);
	/* A request from an earlier life of the partition isn't carried out. */
	if (request->epoch != vcpu->partition->vgic.epoch || request_carry_out(vcpu, request))
		finish(vcpu, request);
	if (own->answering != 0 || vgic_look(&own->requests) != 0)
		vgic_ask_later(vcpu, VGIC_ASK_REQUEST);
}

/* ---- asking ---- */

/* Returns the SPIs of a word that some vCPU holds. */
static uint32_t taken_of(const struct vcpu *vcpu, uint32_t word)
{
	const struct vgic *vgic = &vcpu->partition->vgic;

	return (gic_active(gic_spis(word)) & vgic->owned[word]) | vgic_look(&vgic->taken[word]);
}

static bool is_same(const struct vcpu *vcpu, const struct vgic_request *request,
                    enum vgic_request_kind kind, uint32_t place, uint32_t bits)
{
	struct activation now;

	if (request->kind != (uint32_t)kind || request->place != place || request->bits != bits ||
	    request->epoch != vcpu->partition->vgic.epoch)
		return false;
	now = activation_now();
	return activation_is(&request->origin, &now);
}

bool vgic_request_resumes(struct vcpu *vcpu, enum vgic_request_kind kind, uint32_t place,
                          uint32_t bits)
{
	return is_same(vcpu, slot(vcpu, kind, place), kind, place, bits);
}

/* The access needs no answer any more: forgets it. Otherwise the same access in a guest's loop
 * would get the old answer. */
static void forget(struct vcpu *vcpu, enum vgic_request_kind kind, uint32_t place, uint32_t bits)
{
	struct vgic_request *request = slot(vcpu, kind, place);

	if (is_same(vcpu, request, kind, place, bits))
		request->origin = activation_none();
}

static void make(struct vcpu *vcpu, struct vgic_request *request, enum vgic_request_kind kind,
                 uint32_t place, uint32_t bits)
{
	request->kind = (uint32_t)kind;
	request->place = place;
	request->bits = bits;
	request->epoch = vcpu->partition->vgic.epoch;
	request->origin = activation_now();
	request->pending = request->active = 0;
	if (kind == VGIC_REQUEST_LOOK)
		request->taken = taken_of(vcpu, place);
}

/* Brings the request to some of the vCPUs that haven't heard of it yet. */
static void post(struct vcpu *vcpu, struct vgic_request *request)
{
	uint32_t number = 1u << number_of(vcpu, request);

	for (uint32_t i = 0; i < VGIC_STEP && request->unasked != 0; i++) {
		struct vcpu *to = &vcpu->partition->vcpus[__builtin_ctz(request->unasked)];

		request->unasked &= request->unasked - 1;
		vgic_set(&to->vgic.requests, number);
		if (to != vcpu)
			vgic_ask(vcpu, to, VGIC_ASK_REQUEST);
	}
}

/* Takes a step to further the request. This vCPU's own part comes by a message, too, as it takes
 * too long to be done within the access. */
static void further(struct vcpu *vcpu, struct vgic_request *request)
{
	post(vcpu, request);
	if ((left_of(request) & bit_of(vcpu)) != 0)
		vgic_ask_later(vcpu, VGIC_ASK_REQUEST);
}

bool vgic_request_ready(struct vcpu *vcpu, enum vgic_request_kind kind, uint32_t place)
{
	struct vgic_request *request = slot(vcpu, kind, place);

	if (left_of(request) == 0)
		return true;
	further(vcpu, request);
	wait_pause();
	return false;
}

const struct vgic_request *vgic_request(struct vcpu *vcpu, enum vgic_request_kind kind,
                                        uint32_t place, uint32_t bits, uint32_t vcpus)
{
	struct vgic_request *request = slot(vcpu, kind, place);
	bool same = is_same(vcpu, request, kind, place, bits);

	if (!same && left_of(request) == 0) {
		make(vcpu, request, kind, place, bits);
		request->unasked = vcpus;
		__atomic_store_n(&request->left, vcpus, __ATOMIC_SEQ_CST);
		same = true;
	}
	further(vcpu, request);
	if (!same || left_of(request) != 0) {
		wait_pause();
		return 0;
	}
	request->origin = activation_none();
	return request;
}

/* Returns the vCPUs that may hold any of the bits. This vCPU knows which ones it holds; if others
 * are taken, any other vCPU may hold them. */
static uint32_t holders(struct vcpu *vcpu, uint32_t word, uint32_t bits)
{
	struct vgic_held held = vgic_held(vcpu, word);
	uint32_t here = held.pending | held.active;
	uint32_t vcpus = (bits & here) != 0 ? bit_of(vcpu) : 0;

	if ((bits & ~here & taken_of(vcpu, word)) != 0)
		vcpus |= ((1u << vcpu->partition->vcpu_count) - 1) & ~bit_of(vcpu);
	return vcpus;
}

const struct vgic_request *vgic_request_holders(struct vcpu *vcpu, enum vgic_request_kind kind,
                                                uint32_t word, uint32_t bits)
{
	static const struct vgic_request nobody;
	uint32_t vcpus = holders(vcpu, word, bits);

	if (vcpus == 0 && !vgic_request_resumes(vcpu, kind, word, bits))
		return &nobody;
	return vgic_request(vcpu, kind, word, bits, vcpus);
}

static uint32_t pending_in_distributor(const struct vcpu *vcpu, uint32_t word)
{
	const struct vgic *vgic = &vcpu->partition->vgic;

	return (gic_pending(gic_spis(word)) & vgic->owned[word]) | vgic_look(&vgic->arrived[word]) |
	       (vgic_look(&vgic->latched[word]) & vgic->wired[word]) |
	       (vgic_look(&vgic->line[word]) & ~vgic_look(&vgic->edge[word]));
}

/*
 * An interrupt may be on its way from the distributor to a vCPU at any time, so the order of
 * looking matters: first at the distributor, then at what is taken. If an interrupt was taken after
 * the vCPUs were asked, their answers may lack it, and they are asked again.
 */
bool vgic_request_held(struct vcpu *vcpu, uint32_t word, struct vgic_held *held,
                       uint32_t *distributor)
{
	const struct vgic_request *answers;
	uint32_t taken, elsewhere;

	*distributor = pending_in_distributor(vcpu, word);
	barrier_full();
	taken = taken_of(vcpu, word);
	*held = vgic_held(vcpu, word);
	elsewhere = taken & ~held->pending & ~held->active;
	if (elsewhere == 0) {
		forget(vcpu, VGIC_REQUEST_LOOK, word, 0);
		return true;
	}
	answers = vgic_request(vcpu, VGIC_REQUEST_LOOK, word, 0,
	                       ((1u << vcpu->partition->vcpu_count) - 1) & ~bit_of(vcpu));
	if (answers == 0 || (elsewhere & ~answers->taken) != 0)
		return false;
	held->pending |= answers->pending;
	held->active |= answers->active;
	return true;
}

void vgic_request_reset(struct vcpu *vcpu)
{
	struct vgic_cpu *own = &vcpu->vgic;

	for (uint32_t i = 0; i < SLOTS; i++) {
		own->request[i].origin = activation_none();
		vgic_clear(&own->requests, 1u << number_of(vcpu, &own->request[i]));
		vgic_clear(&own->request[i].left, bit_of(vcpu));
	}
	own->answering = 0;
}
