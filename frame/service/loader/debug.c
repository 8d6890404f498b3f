/*
 * A partition under a debugger: see service/debug.h. The frame starts a run whenever something may
 * have changed. A run looks at four things in this order: whether the session is still the noted
 * one; which vCPUs hit something; the request; and whether all vCPUs stand by now, which the host
 * wants to know. The frame may break a run off when the partition's life needs the loader. So the
 * box is compared with what the frame says, the frame's word counts, and a request that was broken
 * off fails.
 */
#include <kumiki/life.h>
#include <service/debug.h>
#include <stdbool.h>

/* Bits that a debugger may set. DBGBCR: enabled, at EL1 and EL0, any of the bytes. DBGWCR: also
 * loads, stores and a mask. */
#define BCR_TAKEN 0x1e7ULL
#define WCR_TAKEN 0x1f001fffULL

/* SPSR's bit for a software step, which is the debugger's. */
#define PSTATE_SS (1ULL << 21)

/* What follows in a begun request when all vCPUs stand. */
enum debug_waits {
	WAITS_FOR_NOTHING, /* nothing: the request was broken off */
	WAITS_TO_READ,
	WAITS_TO_WRITE,
	WAITS_TO_LEAVE,
};

struct run {
	const struct loader_info *info;
	struct debug_box *box;
	struct debug_request request; /* as it was when the request began */
	uint64_t order;
};

static uint32_t all_of(const struct run *run)
{
	return (1u << run->info->vcpus) - 1;
}

/* Whether each vCPU stands, and has said so since it was last told to follow. */
static bool stands(const struct run *run)
{
	const struct loader_info *info = run->info;

	return ((info->state >= LIFE_SUSPENDING && info->state <= LIFE_HELD) ||
	        (info->state == LIFE_RUNNING && info->holds != 0)) &&
	       info->parked == all_of(run) && run->order == 0;
}

/* Whether all vCPUs stand, and go on only by the debugger's word, or never. */
static bool is_held(const struct run *run)
{
	const struct loader_info *info = run->info;

	return stands(run) && (info->state >= LIFE_HOLDING || info->holds == all_of(run));
}

/* ---- words to the console service ---- */

static void answer(struct run *run, enum debug_status status)
{
	struct debug_box *box = run->box;

	box->waits = WAITS_FOR_NOTHING;
	box->status = (uint32_t)status;
	__atomic_store_n(&box->answered, box->asked, __ATOMIC_RELEASE);
}

static void tell(struct run *run, enum debug_why why, uint32_t vcpu)
{
	struct debug_box *box = run->box;

	box->told = 1;
	box->stop.why = (uint32_t)why;
	box->stop.vcpu = vcpu;
	if (why == DEBUG_HIT) {
		box->stop.esr = box->hits[vcpu].esr;
		box->stop.far = box->hits[vcpu].far;
	}
	__atomic_store_n(&box->stops, box->stops + 1, __ATOMIC_RELEASE);
}

/* ---- halting, and going on ---- */

/* Tells the vCPUs which of them stand. A vCPU that is told says again that it stands. */
static void hold(struct run *run, uint32_t held)
{
	run->box->held = held;
	run->order = (run->order & DEBUG_ORDER_GOES_ON) | DEBUG_ORDER_FOLLOW |
	             (run->box->attached ? DEBUG_ORDER_ATTACHED : 0u) |
	             (uint64_t)held << DEBUG_ORDER_HOLDS;
}

static void halt(struct run *run)
{
	run->box->told = 0;
	hold(run, all_of(run));
}

static void go_on(struct run *run, uint32_t held)
{
	if (run->info->holds != 0)
		run->order |= DEBUG_ORDER_GOES_ON;
	run->box->hit = 0;
	hold(run, held);
}

static void release(struct run *run)
{
	run->box->attached = 0;
	run->box->step = 0;
	go_on(run, 0);
}

/* ---- a session begins, and ends ---- */

/* A debugger can attach to a partition that runs, is suspended or is held, not to one that ends. */
static enum debug_status attach(struct run *run)
{
	const struct loader_info *info = run->info;
	struct debug_box *box = run->box;
	struct debug_target target = {info->vcpus, info->state, info->breakpoints,
	                              info->watchpoints};

	if (info->state < LIFE_RUNNING || info->state > LIFE_HELD || info->vcpus == 0)
		return DEBUG_REFUSED;
	if (!box->attached)
		__builtin_memset(&box->hardware, 0, sizeof(box->hardware));
	box->attached = 1;
	__builtin_memcpy(box->data, &target, sizeof(target));
	box->size = sizeof(target);
	halt(run);
	return DEBUG_OK;
}

/* Ends the session with the partition's life. Breakpoints in memory go as memory is laid out anew,
 * those in registers as vCPUs are reset. */
static void end(struct run *run)
{
	struct debug_box *box = run->box;

	box->attached = 0;
	box->breaks = 0;
	box->held = box->hit = box->step = 0;
	box->transfer = DEBUG_TRANSFERS_NOTHING;
	if (box->begun == box->asked && box->answered != box->asked)
		answer(run, DEBUG_OVER);
	tell(run, DEBUG_ENDED, 0);
}

/* The frame ends a session with the partition's life. In a run that was broken off, a session may
 * have begun or ended without the frame's knowledge. The frame's word counts then, too. */
static void look_at_session(struct run *run)
{
	if (run->box->attached && !run->info->attached)
		end(run);
	else if (!run->box->attached && run->info->attached)
		release(run);
}

/* A vCPU that stands without having been told to has hit something. If there is no debugger, the
 * hit came as the session ended, and the vCPU goes on. */
static void look_at_hits(struct run *run)
{
	struct debug_box *box = run->box;
	uint32_t hits = run->info->holds & ~box->held;

	if (!box->attached && run->info->holds != 0) {
		go_on(run, 0);
	} else if (box->attached && hits != 0) {
		box->hit |= hits;
		hold(run, all_of(run));
	}
}

/* ---- requests ---- */

/* Makes the request wait until all vCPUs stand. */
static void wait(struct run *run, enum debug_waits what)
{
	run->box->waits = (uint32_t)what;
	hold(run, what == WAITS_TO_LEAVE ? all_of(run) : run->info->holds);
}

/* Begins a transfer of registers. True: the request waits for it; false: it is refused. */
static bool transfer(struct run *run, enum debug_transfer way, enum debug_waits what)
{
	if (run->request.vcpu >= run->info->vcpus || !is_held(run))
		return false;
	run->box->vcpu = run->request.vcpu;
	run->box->transfer = (uint32_t)way;
	wait(run, what);
	return true;
}

static enum debug_status go(struct run *run)
{
	uint32_t goes = (run->request.run | run->request.step) & all_of(run);

	if (run->info->state >= LIFE_HOLDING || goes == 0 || !is_held(run))
		return DEBUG_REFUSED;
	run->box->step = run->request.step;
	run->box->told = 0;
	go_on(run, all_of(run) & ~goes);
	return DEBUG_OK;
}

/* Notes the debug registers. The frame writes them as the vCPUs go on. */
static enum debug_status hardware(struct run *run)
{
	struct debug_hardware *to = &run->box->hardware;

	if (!stands(run))
		return DEBUG_REFUSED;
	__builtin_memcpy(to, run->box->data, sizeof(*to));
	for (uint32_t i = 0; i < DEBUG_BREAKPOINTS; i++)
		to->breakpoint[i].control &= BCR_TAKEN;
	for (uint32_t i = 0; i < DEBUG_WATCHPOINTS; i++)
		to->watchpoint[i].control &= WCR_TAKEN;
	return DEBUG_OK;
}

/* Carries the request out. False: it waits. */
static bool carry_out(struct run *run, enum debug_status *status)
{
	*status = DEBUG_REFUSED;
	switch (run->request.op) {
	case DEBUG_DETACH:
		run->box->told = 1; /* nobody asks for stops any more */
		wait(run, WAITS_TO_LEAVE);
		return false;
	case DEBUG_HALT:
		halt(run);
		*status = DEBUG_OK;
		return true;
	case DEBUG_GO:
		*status = go(run);
		return true;
	case DEBUG_READ_REGISTERS:
		return !transfer(run, DEBUG_TRANSFERS_OUT, WAITS_TO_READ);
	case DEBUG_WRITE_REGISTERS:
		return !transfer(run, DEBUG_TRANSFERS_IN, WAITS_TO_WRITE);
	case DEBUG_HARDWARE:
		*status = hardware(run);
		return true;
	case DEBUG_READ:
	case DEBUG_WRITE:
	case DEBUG_BREAK:
	case DEBUG_UNBREAK:
		if (stands(run))
			*status = debug_memory(run->info, &run->request);
		return true;
	default:
		return true;
	}
}

static void begin(struct run *run)
{
	struct debug_box *box = run->box;
	enum debug_status status = DEBUG_REFUSED;
	bool done = true;

	run->request = box->request;
	box->begun = box->asked;
	box->waits = WAITS_FOR_NOTHING;
	box->size = 0;
	if (run->request.op == DEBUG_ATTACH)
		status = attach(run);
	else if (box->attached)
		done = carry_out(run, &status);
	if (done)
		answer(run, status);
}

/* Takes the breakpoints out, then ends the session. */
static void leave(struct run *run)
{
	(void)debug_memory(run->info, &(struct debug_request){.op = DEBUG_DETACH});
	release(run);
	answer(run, DEBUG_OK);
}

static void transferred(struct run *run)
{
	struct debug_registers *registers = (struct debug_registers *)(void *)run->box->data;
	bool reads = run->box->waits == WAITS_TO_READ;

	run->box->transfer = DEBUG_TRANSFERS_NOTHING;
	registers->general.pstate &= ~PSTATE_SS;
	run->box->size = reads ? sizeof(*registers) : 0;
	answer(run, reads || !registers->general.off ? DEBUG_OK : DEBUG_REFUSED);
}

static void look_at_request(struct run *run)
{
	struct debug_box *box = run->box;

	if (__atomic_load_n(&box->asked, __ATOMIC_ACQUIRE) == box->answered)
		return;
	if (box->begun != box->asked)
		begin(run);
	else if (box->waits == WAITS_FOR_NOTHING)
		answer(run, DEBUG_FAILED);
	else if (stands(run) && box->waits == WAITS_TO_LEAVE)
		leave(run);
	else if (stands(run))
		transferred(run);
}

/* ---- stops ---- */

/* Tells that all vCPUs stand. If several vCPUs hit something, the first by number is told: the
 * others will hit it again. That the partition is held is told whatever was told before. */
static void look_at_stop(struct run *run)
{
	const struct debug_box *box = run->box;
	bool held = run->info->state == LIFE_HELD;
	bool told = box->told && (!held || box->stop.why == DEBUG_HELD);
	uint32_t hit = box->hit & all_of(run);

	if (!box->attached || box->waits == WAITS_TO_LEAVE || told || !stands(run))
		return;
	if (held)
		tell(run, DEBUG_HELD,
		     ((const struct stop_report *)(uintptr_t)run->info->report)->vcpu);
	else if (run->info->holds == all_of(run))
		tell(run, hit != 0 ? DEBUG_HIT : DEBUG_ASKED,
		     hit != 0 ? (uint32_t)__builtin_ctz(hit) : 0);
}

uint64_t debug_run(const struct loader_info *info)
{
	struct run run = {.info = info, .box = (struct debug_box *)(uintptr_t)info->debug};

	look_at_session(&run);
	look_at_hits(&run);
	look_at_request(&run);
	look_at_stop(&run);
	return run.order;
}
