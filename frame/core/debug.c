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

static void tell(struct partition *partition, const struct debug_stop *stop)
{
	struct debug_box *box = box_of(partition);

	partition->debug.told = 1;
	box->stop = *stop;
	__atomic_store_n(&box->stops, box->stops + 1, __ATOMIC_RELEASE);
	console_wake_later(CONSOLE_EVENT_STATE);
}

/* ---- halting, and going on ---- */

/* On any of its cores. Who is told again says again that it stands. Of several that stop it at once
 * one says why; its own vCPU stands only after that, so the stop is there when all of them do. */
static void hold(struct partition *partition, const struct debug_stop *stop)
{
	uint32_t all = all_of(partition);

	if (__atomic_exchange_n(&partition->debug.holds, all, __ATOMIC_SEQ_CST) != all)
		partition->debug.stop = *stop;
	__atomic_store_n(&partition->parked, 0, __ATOMIC_SEQ_CST);
	partition_ask_all(partition, VCPU_FOLLOW);
}

/* The session may end on the home core meanwhile: of both ends of this, one sees what the other
 * wrote, and nothing is left that would hold the next life. */
void debug_trap(struct vcpu *vcpu, uint64_t esr, uint64_t far)
{
	struct debug *debug = &vcpu->partition->debug;
	struct debug_stop stop = {DEBUG_HIT, vcpu->index, esr, far};

	hold(vcpu->partition, &stop);
	if (__atomic_load_n(&debug->attached, __ATOMIC_SEQ_CST) == 0)
		__atomic_store_n(&debug->holds, 0, __ATOMIC_SEQ_CST);
	vcpu_asked(vcpu);
}

/* Suspended or held, it has a debugger that comes and goes; what is on its way to its end, not. */
static bool may_attach(const struct partition *partition)
{
	uint32_t state = partition->life.status.state;

	return state >= LIFE_RUNNING && state <= LIFE_HELD;
}

static uint32_t halt(struct partition *partition, const struct debug_request *request)
{
	struct debug_stop stop = {.why = DEBUG_ASKED};

	(void)request;
	partition->debug.told = 0;
	hold(partition, &stop);
	return DEBUG_OK;
}

static uint32_t attach(struct partition *partition, const struct debug_request *request)
{
	struct debug_box *box = box_of(partition);
	struct debug_target target = {partition->vcpu_count, partition->life.status.state,
	                              debug_breakpoints(), debug_watchpoints()};

	if (!may_attach(partition))
		return DEBUG_REFUSED;
	if (partition->debug.attached == 0)
		memset(&partition->debug.hardware, 0, sizeof(partition->debug.hardware));
	partition->debug.attached = 1;
	box->attached = 1;
	memcpy(box->data, &target, sizeof(target));
	box->size = sizeof(target);
	return halt(partition, request);
}

/* Suspended by somebody else, it stays so. */
static void go_on(struct partition *partition, uint32_t held)
{
	if (partition->life.status.state == LIFE_RUNNING && debug_holds(partition))
		life_stood(partition);
	__atomic_store_n(&partition->parked, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&partition->debug.holds, held, __ATOMIC_SEQ_CST);
	partition_ask_all(partition, VCPU_FOLLOW);
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

static uint32_t detach(struct partition *partition, const struct debug_request *request)
{
	served_by(partition, DEBUG_LEAVING);
	halt(partition, request);
	partition->debug.told = 1; /* nobody asks any more */
	leave(partition);
	return LATER;
}

/* What was to be in memory is laid out anew, what is in registers is reset with the vCPUs. */
void debug_over(struct partition *partition)
{
	struct debug_stop stop = {.why = DEBUG_ENDED};

	if (partition->debug.attached == 0)
		return;
	__atomic_store_n(&partition->debug.attached, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&partition->debug.holds, 0, __ATOMIC_SEQ_CST);
	box_of(partition)->attached = 0;
	box_of(partition)->breaks = 0;
	debug_give_way(partition);
	if (__atomic_exchange_n(&partition->debug.serving, DEBUG_NOBODY, __ATOMIC_SEQ_CST) !=
	    DEBUG_NOBODY)
		answer(partition, DEBUG_OVER);
	tell(partition, &stop);
}

void debug_crashed(struct partition *partition)
{
	partition->debug.told = 0;
}

void debug_look(struct partition *partition)
{
	struct debug *debug = &partition->debug;
	struct debug_stop held = {.why = DEBUG_HELD, .vcpu = partition->console->report.vcpu};
	bool is_held = partition->life.status.state == LIFE_HELD;

	if (debug->attached == 0)
		return;
	if (__atomic_load_n(&debug->serving, __ATOMIC_SEQ_CST) == DEBUG_LEAVING)
		leave(partition);
	else if (debug->told == 0 && stands(partition) &&
	         (is_held || holds(partition) == all_of(partition)))
		tell(partition, is_held ? &held : &debug->stop);
}

/* ---- registers ---- */

static uint32_t vcpu_request(struct partition *partition, const struct debug_request *request)
{
	struct vcpu *vcpu;

	if (request->vcpu >= partition->vcpu_count || !stands(partition))
		return DEBUG_REFUSED;
	vcpu = &partition->vcpus[request->vcpu];
	served_by(partition, DEBUG_VCPU + request->vcpu);
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
static uint32_t hardware(struct partition *partition, const struct debug_request *request)
{
	struct debug_hardware *to = &partition->debug.hardware;

	(void)request;
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

static uint32_t memory(struct partition *partition, const struct debug_request *request)
{
	(void)request;
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

void debug_message(struct partition *partition)
{
	static uint32_t (*const ops[])(struct partition *, const struct debug_request *) = {
	    [DEBUG_DETACH] = detach,
	    [DEBUG_HALT] = halt,
	    [DEBUG_GO] = go,
	    [DEBUG_READ_REGISTERS] = vcpu_request,
	    [DEBUG_WRITE_REGISTERS] = vcpu_request,
	    [DEBUG_HARDWARE] = hardware,
	    [DEBUG_READ] = memory,
	    [DEBUG_WRITE] = memory,
	    [DEBUG_BREAK] = memory,
	    [DEBUG_UNBREAK] = memory,
	};
	struct debug_box *box = box_of(partition);
	struct debug_request request = box->request;
	uint32_t status = DEBUG_REFUSED;

	if (__atomic_load_n(&box->asked, __ATOMIC_ACQUIRE) == box->answered ||
	    __atomic_load_n(&partition->debug.serving, __ATOMIC_SEQ_CST) != DEBUG_NOBODY)
		return;
	box->size = 0;
	if (request.op == DEBUG_ATTACH)
		status = attach(partition, &request);
	else if (partition->debug.attached != 0 && request.op < DEBUG_OPS && ops[request.op] != 0)
		status = ops[request.op](partition, &request);
	if (status != LATER)
		answer(partition, status);
	debug_look(partition);
}
