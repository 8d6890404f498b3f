/*
 * A partition under a debugger; see frame/debug.h. The box is written by the console service, which
 * passes on what a host says: each request is copied, checked against the partition's state, and
 * carried out or refused. An answer is given once, whoever of the home core, a vCPU's core and the
 * loader comes first.
 */
#include <frame/core.h>
#include <frame/debug.h>
#include <frame/hardware.h>
#include <frame/partition.h>
#include <frame/service.h>
#include <lib/string.h>
#include <machine/debug.h>

#define LATER 0xffffffffu /* no status: somebody else answers */

/* DBGBCR: enabled, at EL1 and EL0, any of the bytes; DBGWCR: loads, stores, a mask, too. */
#define BCR_TAKEN 0x1e7ULL
#define WCR_TAKEN 0x1f001fffULL

static struct debug_box *box_of(const struct partition *partition)
{
	return &partition->console->debug;
}

static uint32_t all_of(const struct partition *partition)
{
	return (1u << partition->vcpu_count) - 1;
}

static uint32_t holds(const struct partition *partition)
{
	return __atomic_load_n(&partition->debug.holds, __ATOMIC_SEQ_CST);
}

bool debug_holds(const struct partition *partition)
{
	return holds(partition) != 0;
}

bool debug_holds_vcpu(const struct vcpu *vcpu)
{
	return (holds(vcpu->partition) >> vcpu->index & 1) != 0;
}

/* Each vCPU stands where it is, and has said so since it was last told to. */
static bool stands(const struct partition *partition)
{
	return life_stands(partition) &&
	       __atomic_load_n(&partition->parked, __ATOMIC_SEQ_CST) == all_of(partition);
}

/* ---- words to the console service ---- */

static void answer(struct partition *partition, uint32_t status)
{
	struct debug_box *box = box_of(partition);

	box->status = status;
	__atomic_store_n(&box->answered, box->asked, __ATOMIC_RELEASE);
	console_wake_later(CONSOLE_EVENT_STATE);
}

/* Of those who might answer, the first does. */
static bool serves(struct partition *partition, uint32_t who)
{
	return __atomic_compare_exchange_n(&partition->debug.serving, &who, DEBUG_NOBODY, false,
	                                   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static uint32_t served_by(struct partition *partition, uint32_t who)
{
	__atomic_store_n(&partition->debug.serving, who, __ATOMIC_SEQ_CST);
	return LATER;
}

static void tell(struct partition *partition, enum debug_why why, uint32_t vcpu)
{
	struct debug_box *box = box_of(partition);

	partition->debug.told = 1;
	box->stop.why = (uint32_t)why;
	box->stop.vcpu = vcpu;
	if (why == DEBUG_HIT) {
		box->stop.esr = partition->vcpus[vcpu].debug.esr;
		box->stop.far = partition->vcpus[vcpu].debug.far;
	}
	__atomic_store_n(&box->stops, box->stops + 1, __ATOMIC_RELEASE);
	console_wake_later(CONSOLE_EVENT_STATE);
}

/* ---- halting, and going on ---- */

/* By the home core. Who is told again says again that it stands. */
static void hold(struct partition *partition, uint32_t held)
{
	partition->debug.held = held;
	__atomic_store_n(&partition->debug.holds, held, __ATOMIC_SEQ_CST);
	__atomic_store_n(&partition->parked, 0, __ATOMIC_SEQ_CST);
	partition_ask_all(partition, VCPU_FOLLOW);
}

/* Only itself, and at once. What it hit is the home core's to make something of, in the order in
 * which it hears of that, of requests and of ends. */
void debug_trap(struct vcpu *vcpu, uint64_t esr, uint64_t far)
{
	struct partition *partition = vcpu->partition;

	vcpu->debug.esr = esr;
	vcpu->debug.far = far;
	__atomic_fetch_or(&partition->debug.holds, 1u << vcpu->index, __ATOMIC_SEQ_CST);
	life_tell(partition->index, LIFE_LOOK);
	__atomic_fetch_or(&vcpu->asked, (uint32_t)VCPU_FOLLOW, __ATOMIC_SEQ_CST);
	vcpu_asked(vcpu);
}

/* Suspended or held, it has a debugger that comes and goes; what is on its way to its end, not. */
static bool may_attach(const struct partition *partition)
{
	uint32_t state = partition->life.status.state;

	return state >= LIFE_RUNNING && state <= LIFE_HELD;
}

static uint32_t halt(struct partition *partition)
{
	partition->debug.told = 0;
	hold(partition, all_of(partition));
	return DEBUG_OK;
}

static uint32_t attach(struct partition *partition)
{
	struct debug_box *box = box_of(partition);
	struct debug_target target = {partition->vcpu_count, partition->life.status.state,
	                              debug_breakpoints(), debug_watchpoints()};

	/* Debug registers are the core's, and no other vCPU's may be there. */
	if (!may_attach(partition) || (partition->config->flags & BUNDLE_OWN_PMU) == 0)
		return DEBUG_REFUSED;
	if (partition->debug.attached == 0)
		memset(&partition->debug.hardware, 0, sizeof(partition->debug.hardware));
	partition->debug.attached = 1;
	box->attached = 1;
	memcpy(box->data, &target, sizeof(target));
	box->size = sizeof(target);
	return halt(partition);
}

/* Suspended by somebody else, it stays so. */
static void go_on(struct partition *partition, uint32_t held)
{
	if (partition->life.status.state == LIFE_RUNNING && debug_holds(partition))
		life_stood(partition);
	partition->debug.hit = 0;
	hold(partition, held);
}

static uint32_t go(struct partition *partition, const struct debug_request *request)
{
	uint32_t run = (request->run | request->step) & all_of(partition);

	if (partition->life.status.state >= LIFE_HOLDING || run == 0 || !stands(partition))
		return DEBUG_REFUSED;
	partition->debug.step = request->step;
	partition->debug.told = 0;
	go_on(partition, all_of(partition) & ~run);
	return DEBUG_OK;
}

/* ---- the end of a session ---- */

static bool loader_rests(const struct partition *partition)
{
	return partition->loader.state == CONTEXT_OFF;
}

static void release(struct partition *partition)
{
	partition->debug.attached = 0;
	box_of(partition)->attached = 0;
	go_on(partition, 0);
	answer(partition, DEBUG_OK);
}

/* The breakpoints have to go first. */
static void leave(struct partition *partition)
{
	if (!stands(partition) || !loader_rests(partition) || !serves(partition, DEBUG_LEAVING))
		return;
	if (box_of(partition)->breaks == 0) {
		release(partition);
		return;
	}
	served_by(partition, DEBUG_LOADER);
	partition_debug(partition);
}

static uint32_t detach(struct partition *partition)
{
	served_by(partition, DEBUG_LEAVING);
	halt(partition);
	partition->debug.told = 1; /* nobody asks any more */
	leave(partition);
	return LATER;
}

/* What was to be in memory is laid out anew, what is in registers is reset with the vCPUs. */
void debug_over(struct partition *partition)
{
	if (partition->debug.attached == 0)
		return;
	partition->debug.attached = 0;
	partition->debug.hit = 0;
	partition->debug.held = 0;
	__atomic_store_n(&partition->debug.holds, 0, __ATOMIC_SEQ_CST);
	box_of(partition)->attached = 0;
	box_of(partition)->breaks = 0;
	debug_give_way(partition);
	if (__atomic_exchange_n(&partition->debug.serving, DEBUG_NOBODY, __ATOMIC_SEQ_CST) !=
	    DEBUG_NOBODY)
		answer(partition, DEBUG_OVER);
	tell(partition, DEBUG_ENDED, 0);
}

void debug_crashed(struct partition *partition)
{
	partition->debug.told = 0;
}

/* Who stands without having been told to hit something. Without a debugger that is of the moment in
 * which its life ended, and holds nobody. */
static void look_at_hits(struct partition *partition)
{
	struct debug *debug = &partition->debug;
	uint32_t hits = holds(partition) & ~debug->held;

	if (hits != 0 && debug->attached == 0) {
		go_on(partition, 0);
	} else if (hits != 0) {
		debug->hit |= hits;
		hold(partition, all_of(partition));
	}
}

/* Of several that hit something, the first one by number is told: the others will again. */
void debug_look(struct partition *partition)
{
	const struct debug *debug = &partition->debug;

	look_at_hits(partition);
	if (debug->attached == 0)
		return;
	if (__atomic_load_n(&debug->serving, __ATOMIC_SEQ_CST) == DEBUG_LEAVING)
		leave(partition);
	else if (debug->told != 0 || !stands(partition))
		return;
	else if (partition->life.status.state == LIFE_HELD)
		tell(partition, DEBUG_HELD, partition->console->report.vcpu);
	else if (holds(partition) == all_of(partition))
		tell(partition, debug->hit != 0 ? DEBUG_HIT : DEBUG_ASKED,
		     debug->hit != 0 ? (uint32_t)__builtin_ctz(debug->hit) : 0);
}

/* ---- registers ---- */

static uint32_t vcpu_request(struct partition *partition, uint32_t index)
{
	struct vcpu *vcpu;

	if (index >= partition->vcpu_count || !stands(partition))
		return DEBUG_REFUSED;
	vcpu = &partition->vcpus[index];
	served_by(partition, DEBUG_VCPU + index);
	__atomic_fetch_or(&vcpu->asked, (uint32_t)VCPU_DEBUG, __ATOMIC_SEQ_CST);
	vcpu_tell(vcpu);
	return LATER;
}

void debug_serve(struct vcpu *vcpu)
{
	struct partition *partition = vcpu->partition;
	struct debug_box *box = box_of(partition);
	struct stop_report *registers = (struct stop_report *)(void *)box->data;
	uint32_t status = DEBUG_OK;

	if (!serves(partition, DEBUG_VCPU + vcpu->index))
		return;
	box->size = 0;
	if (box->request.op == DEBUG_READ_REGISTERS) {
		debug_read_registers(vcpu, registers);
		box->size = sizeof(*registers);
	} else if (vcpu->context.state == CONTEXT_OFF) {
		status = DEBUG_REFUSED;
	} else {
		debug_write_registers(vcpu, registers);
	}
	answer(partition, status);
}

/* They are written as the vCPUs go on. */
static uint32_t hardware(struct partition *partition)
{
	struct debug_hardware *to = &partition->debug.hardware;

	if (!stands(partition))
		return DEBUG_REFUSED;
	memcpy(to, box_of(partition)->data, sizeof(*to));
	for (uint32_t i = 0; i < DEBUG_REGISTERS; i++) {
		to->value[1][i] &= BCR_TAKEN;
		to->value[3][i] &= WCR_TAKEN;
	}
	return DEBUG_OK;
}

/* ---- memory ---- */

static uint32_t memory(struct partition *partition)
{
	if (!stands(partition) || !loader_rests(partition))
		return DEBUG_REFUSED;
	served_by(partition, DEBUG_LOADER);
	partition_debug(partition);
	return LATER;
}

/* What it wrote may be code, seen by a cache under other addresses. */
bool debug_loaded(struct partition *partition, uint32_t status)
{
	if (!serves(partition, DEBUG_LOADER))
		return false;
	hw_invalidate_instructions();
	if (box_of(partition)->request.op == DEBUG_DETACH)
		release(partition);
	else
		answer(partition, status);
	return true;
}

void debug_give_way(struct partition *partition)
{
	if (!serves(partition, DEBUG_LOADER))
		return;
	partition_unload(partition);
	answer(partition, DEBUG_FAILED);
}

/* ---- requests ---- */

static uint32_t carry_out(struct partition *partition, const struct debug_request *request)
{
	switch (request->op) {
	case DEBUG_DETACH:
		return detach(partition);
	case DEBUG_HALT:
		return halt(partition);
	case DEBUG_GO:
		return go(partition, request);
	case DEBUG_READ_REGISTERS:
	case DEBUG_WRITE_REGISTERS:
		return vcpu_request(partition, request->vcpu);
	case DEBUG_HARDWARE:
		return hardware(partition);
	case DEBUG_READ:
	case DEBUG_WRITE:
	case DEBUG_BREAK:
	case DEBUG_UNBREAK:
		return memory(partition);
	default:
		return DEBUG_REFUSED;
	}
}

void debug_message(struct partition *partition)
{
	struct debug_box *box = box_of(partition);
	struct debug_request request = box->request;
	uint32_t status = DEBUG_REFUSED;

	if (__atomic_load_n(&box->asked, __ATOMIC_ACQUIRE) == box->answered ||
	    __atomic_load_n(&partition->debug.serving, __ATOMIC_SEQ_CST) != DEBUG_NOBODY)
		return;
	box->size = 0;
	if (request.op == DEBUG_ATTACH)
		status = attach(partition);
	else if (partition->debug.attached != 0)
		status = carry_out(partition, &request);
	if (status != LATER)
		answer(partition, status);
	debug_look(partition);
}
