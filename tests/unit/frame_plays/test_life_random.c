/*
 * Lives at random, seeded: several partitions of different policies, commands from any core at any
 * moment, guests that end or fault or power vCPUs off and on, loaders that fail, devices, time; and
 * interrupts that come late; vCPUs that are told to move, or do by themselves; cores that go from
 * one partition to another. After each step and
 * when all has settled everything must agree; and at the end each partition must still be able to
 * begin anew.
 */
#include "cores.h"
#include "seeds.h"
#include "seen.h"

#include <fake/gic.h>
#include <kumiki/hold.h>
#include <kumiki/hypercall.h>
#include <life/debug.h>
#include <machine/activation.h>
#include <run/blame.h>
#include <run/hold.h>
#include <run/move.h>
#include <run/resident.h>
#include <run/sched.h>
#include <service/debug.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/mend.h>

#define CPU_ON       0xc4000003u
#define CPU_OFF      0x84000002u
#define SYSTEM_OFF   0x84000008u
#define SYSTEM_RESET 0x84000009u
#define ENTRY        (CORES_RAM + 0x1000)
#define CORES        6
#define PARTITIONS   3
#define SEEDS        150
#define STEPS        400

static uint32_t random_state;
static uint64_t now;
static uint32_t seen[LIFE_STATES]; /* how often a step ended there */
static bool shared;                /* they take turns on three cores */
static bool roaming;               /* and may move between all of them */
static bool giving;                /* or have cores that go from one to another */
static uint32_t debugged;          /* debug exceptions */
static bool mending;               /* a watcher wants more than a debugger does */
static uint32_t mends[256];        /* answers to watchers */

/* A vCPU's state when it went to another core. */
enum about {
	RAN,
	WAS_READY,
	WAITED,
	WAS_OFF,
	WAS_PARKED,
	WAS_TO_START,
	WAS_TO_STOP,
	WAS_TO_FOLLOW,
	HAD_ENDED, /* but for what its GIC state holds */
	WAS_DEBUGGED,
	ASKED_OTHERS,
	ANSWERED, /* in part */
	WAS_ON_ITS_WAY,
	WAS_NOT_TOLD, /* it went for the balance */
	ABOUT
};
static uint32_t moves[ABOUT];
static uint32_t given; /* cores */

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static struct bundle_life random_policy(uint32_t index)
{
	return (struct bundle_life){
	    .on_crash = (uint8_t)random_below(3),
	    .at_limit = (uint8_t)(LIFE_DO_STOP + random_below(2)),
	    .after = (uint8_t)(index != 0 && random_below(4) == 0),
	    .limit = random_below(6),
	    .window = 1 + random_below(20),
	    .delay = random_below(3),
	};
}

/* Two cores that all may hold, and three that two of them may; nobody shares one. */
static void random_holders(struct cores_plan *plan)
{
	static const uint8_t places[PARTITIONS][3] = {{0, 3, 4}, {1, 3, 4}, {2, 4, 5}};

	for (uint32_t p = 0; p < PARTITIONS; p++) {
		memcpy(plan->place[p], places[p], sizeof(places[p]));
		plan->vcpus[p] = 3;
	}
	plan->holders[3] = 3;
	plan->holders[4] = 7;
	plan->free = (uint8_t)(random_below(4) << 3);
}

static void random_begin(void)
{
	struct cores_plan plan = {.cores = CORES,
	                          .partitions = PARTITIONS,
	                          .vcpus = {3, 1, 1},
	                          .stay_on = true,
	                          .mended = true,
	                          .list_registers = 2 + random_below(2),
	                          .console = random_below(2) != 0,
	                          .console_core = random_below(CORES)};

	for (uint32_t i = 0; i < PARTITIONS; i++) {
		plan.life[i] = random_policy(i);
		plan.flags[i] = (random_below(8) == 0 ? (uint32_t)BUNDLE_MANUAL : 0) |
		                (random_below(8) == 0 ? (uint32_t)BUNDLE_NO_RESTART : 0) |
		                (random_below(2) == 0 ? (uint32_t)BUNDLE_HIDE_TIME : 0);
	}
	plan.placed = shared || giving;
	plan.looks = random_below(2) == 0;
	for (uint32_t i = 0; i < PARTITIONS * 3; i++)
		plan.place[i / 3][i % 3] = (uint8_t)random_below(3);
	if (giving)
		random_holders(&plan);
	for (uint32_t i = 0; roaming && i < PARTITIONS * 3; i++)
		plan.roam[i / 3][i % 3] = (uint8_t)random_below(1u << CORES);
	now = 0;
	mending = random_below(2) == 0;
	cores_begin(&plan);
	for (uint32_t i = 0; i < PARTITIONS; i++)
		partition_at(i)->loader_info->devices = random_below(2);
}

/* A debugger's request, at random, at any moment. */
static void debugger_deed(uint32_t number)
{
	uint32_t index = random_below(PARTITIONS);
	struct debug_box *box = &partition_at(index)->console->debug;

	if (box->asked != box->answered)
		return;
	box->request = (struct debug_request){.op = random_below(DEBUG_OPS + 1),
	                                      .vcpu = random_below(4),
	                                      .run = random_below(16),
	                                      .step = random_below(16)};
	if (random_below(2) == 0)
		box->request.op = box->attached ? DEBUG_GO : DEBUG_ATTACH;
	if (random_below(4) == 0)
		box->breaks = random_below(2); /* as its loader would have left it */
	box->asked++;
	cores_tell(number, index, (enum life_command)LIFE_LOOK);
	if (random_below(2) == 0)
		cores_settle(); /* answered, it wants more */
}

/* A watcher's mend, in any state of the partition. */
static void watcher_deed(uint32_t number)
{
	uint32_t index = random_below(PARTITIONS);
	struct mend_box *box;

	if (cores_state(index) != LIFE_RUNNING) /* which would be refused */
		index = random_below(PARTITIONS);
	box = mend_box_of(index);
	if (mend_is_asked(box))
		return;
	mends[box->answer & 0xff]++;
	box->asked++;
	cores_tell(number, index, (enum life_command)LIFE_LOOK);
	if (random_below(16) == 0)
		cores_settle();
}

static void trap_now(void)
{
	debugged++;
	debug_trap(core.vcpu, 0xf2004b75, 0);
}

static void wait_now(void)
{
	if (!vgic_cpu_pending(core.vcpu))
		resident_wait(core.vcpu);
}

static void turn_now(void)
{
	sched_end_turn(core.current);
}

static void fault_now(void)
{
	blame_fault(core.vcpu, REPORT_SERROR, 0xbe000000, 0x4321);
}

/* One store of those that let its interrupts in, route them, or don't want them; done or not. */
static void guest_store(uint32_t number)
{
	uint32_t spi = CORES_SPI(vcpu_of(core.current)->partition->index) + random_below(2);
	uint32_t word = spi / 32 * 4, bit = 1u << spi % 32;

	fake_activation.pc += 4;
	if (!cores_store(number, 0, 2) || cores_sleeps(number))
		return;
	fake_activation.pc += 4;
	switch (random_below(8)) {
	case 0:
		(void)cores_store(number, 0x180 + word, bit);
		break;
	case 1:
		(void)cores_store(number, 0x6000 + 8 * spi, random_below(2));
		break;
	default:
		(void)cores_store(number, 0x80 + word, ~0u);
		fake_activation.pc += 4;
		if (!cores_sleeps(number))
			(void)cores_store(number, 0x100 + word, bit);
	}
}

static void send_now(void)
{
	uint64_t to = random_below(3);

	vgic_send_sgi(vcpu_of(core.current), random_below(4) << 24 | 1u << to, false);
}

/* Below EL2. Some it never ends. */
static void handle_interrupt(void)
{
	uint32_t intid = fake_guest_acknowledge();

	if (intid != FAKE_GIC_SPURIOUS && random_below(8) != 0)
		fake_guest_end(intid);
}

/* What makes it of interest where it is, and lets it go elsewhere. */
static void roaming_deed(uint32_t number)
{
	switch (random_below(6)) {
	case 0:
		cores_do(number, send_now);
		break;
	case 1:
	case 2:
		cores_do(number, wait_now);
		break;
	case 3:
		guest_store(number);
		break;
	default:
		handle_interrupt();
		break;
	}
}

static void guest_deed(uint32_t number)
{
	static const uint32_t ends[] = {SYSTEM_OFF, SYSTEM_RESET, SYSTEM_RESET};
	uint32_t deed = random_below(30);

	if (roaming && random_below(2) == 0) {
		roaming_deed(number);
		return;
	}
	if (shared && deed > 27) {
		cores_do(number, deed == 28 ? wait_now : turn_now);
		return;
	}
	if (core.vcpu->debug.on && random_below(2) != 0) {
		cores_do(number, trap_now);
		return;
	}
	if (deed < 8)
		cores_call(number, CPU_ON, random_below(3), ENTRY, deed);
	else if (deed < 12)
		cores_call(number, CPU_OFF, 0, 0, 0);
	else if (deed < 14)
		cores_do(number, fault_now);
	else if (deed < 17)
		cores_call(number, ends[deed - 14], 0, 0, 0);
	else
		guest_store(number);
}

static void loader_deed(uint32_t number)
{
	uint32_t deed = random_below(20);
	const struct partition *partition =
	    (const struct partition *)((uintptr_t)core.current -
	                               offsetof(struct partition, loader));

	if (deed > 2 && partition->mend.step >= MEND_RUNS)
		cores_service(number, SERVICE_DONE, WATCH_MEND_DONE + deed % 3);
	else if (deed > 0 && partition->loader_info->task == LOADER_DEBUG)
		cores_service(number, SERVICE_DONE, debug_run(partition->loader_info));
	else if (deed > 1 && partition->loader_info->task == LOADER_EXAMINE)
		cores_service(number, SERVICE_DONE, deed < 8 ? LOADER_PANIC : LOADER_OK);
	else if (deed == 0)
		cores_service(number, 99, 0); /* no such call */
	else
		cores_service(number, SERVICE_DONE, deed == 1 ? LOADER_DAMAGED : LOADER_OK);
}

/* The running context does something. */
static void deed(uint32_t number)
{
	cores_on(number);
	if (cores_sleeps(number))
		return;
	switch ((enum context_kind)core.current->kind) {
	case CONTEXT_VCPU:
		guest_deed(number);
		break;
	case CONTEXT_LOADER:
		loader_deed(number);
		break;
	case CONTEXT_BROKER: /* this system has no channels, and no key for updates */
	case CONTEXT_UPDATER:
		fail();
		break;
	case CONTEXT_CONSOLE:
	case CONTEXT_WARDEN:
		cores_service(number, SERVICE_WAIT, random_below(2) != 0 ? SERVICE_FOREVER : 1000);
		break;
	}
}

static void step(void)
{
	uint32_t number = random_below(CORES);
	uint32_t what = random_below(43);

	if (what < 18)
		cores_interrupt(number);
	else if (what < 24)
		deed(number);
	else if (what < 28)
		cores_tell(number, random_below(PARTITIONS),
		           (enum life_command)random_below(LIFE_COMMANDS));
	else if (what < 30)
		fake_time(now += random_below(500000));
	else if (what >= 32)
		(mending == (random_below(80) != 0) ? watcher_deed : debugger_deed)(number);
	else
		fake_gic_pulse(CORES_SPI(random_below(PARTITIONS)) + what % 2);
}

/* A partition, one that there isn't, nobody; a number that wraps to one in a mask. */
static uint64_t random_holder(void)
{
	static const uint64_t others[] = {PARTITIONS, HOLD_NOBODY, 32, 1ULL << 32};
	const uint32_t which = random_below(PARTITIONS + 3);

	if (which < PARTITIONS)
		return which;
	return which == PARTITIONS ? others[random_below(4)] : HOLD_NOBODY;
}

static bool may_hold(uint32_t holders, uint64_t whom)
{
	if (whom == HOLD_NOBODY)
		return holders != 0;
	return whom < PARTITIONS && (holders >> whom & 1) != 0;
}

/* By a manager of all, by one that manages nobody, by the operator; and what can't be. */
static void ask_for_core(void)
{
	uint64_t at_core = random_below(CORES + 1), to = random_holder();
	uint32_t may = random_below(4) == 0 ? 1u << random_below(PARTITIONS) : ~0u;
	uint64_t before = at_core < CORES ? hold_record(at_core) : 0;
	int64_t answer;

	cores_on(random_below(CORES));
	answer = hold_ask(may, at_core, to, random_below(4));
	if (at_core >= CORES || !may_hold(cores_plan.holders[at_core], to))
		assert_int_equal(answer, KUMIKI_INVALID_PARAMETERS);
	else if ((may >> (HOLD_HOLDER(before) == HOLD_NOBODY ? to : HOLD_HOLDER(before)) & 1) == 0)
		assert_int_equal(answer, KUMIKI_DENIED);
	else
		assert_int_equal(answer, (HOLD_NUMBER(before) + 1) & 0xff);
}

/* The last request, or one before it; by the operator. */
static void withdraw(void)
{
	const uint64_t at_core = random_below(CORES), before = hold_record(at_core);
	const uint64_t number = HOLD_NUMBER(before) - (random_below(4) == 0);
	int64_t answer;

	cores_on(random_below(CORES));
	answer = hold_ask(~0u, at_core, HOLD_WITHDRAW, number);
	if (cores_plan.holders[at_core] == 0 || number != HOLD_NUMBER(before))
		assert_int_equal(answer, KUMIKI_INVALID_PARAMETERS);
	else
		assert_int_equal(HOLD_WANTED(hold_record(at_core)), HOLD_HOLDER(before));
	assert_int_equal(HOLD_HOLDER(hold_record(at_core)), HOLD_HOLDER(before));
}

/* Any of them, in whatever state it is; several moves of one may be on their way. */
static void tell_to_move(void)
{
	cores_on(random_below(CORES));
	(void)move_ask(random_below(PARTITIONS), random_below(3), random_below(CORES));
}

static uint32_t about(const struct vcpu *vcpu)
{
	const struct vgic_cpu *vgic = &vcpu->vgic;
	const bool is[ABOUT] = {
	    [WAS_READY] = vcpu->context.state == CONTEXT_READY,
	    [WAITED] = vcpu->run.waits != 0,
	    [WAS_OFF] = vcpu->context.state == CONTEXT_OFF,
	    [WAS_PARKED] = vcpu->life.parked != 0,
	    [WAS_TO_START] = (vcpu->life.asked & VCPU_START) != 0,
	    [WAS_TO_STOP] = (vcpu->life.asked & VCPU_STOP) != 0,
	    [WAS_TO_FOLLOW] = (vcpu->life.asked & VCPU_FOLLOW) != 0,
	    [HAD_ENDED] = vcpu->life.ending != 0,
	    [WAS_DEBUGGED] = vcpu->debug.on,
	    [ASKED_OTHERS] = (vgic->request[0].left | vgic->request[1].left) != 0,
	    [ANSWERED] = vgic->answering != 0,
	    [WAS_ON_ITS_WAY] = vcpu->comes != 0,
	    [WAS_NOT_TOLD] = shared_memory->move[vcpu->context.trace_id] % 0x80 == 0,
	};
	uint32_t all = 0;

	for (uint32_t i = 0; i < ABOUT; i++)
		all |= (uint32_t)is[i] << i;
	cores_on(vcpu->core);
	return all | (uint32_t)(core.current == &vcpu->context && is[WAS_READY]) << RAN;
}

static uint32_t holders_now(void)
{
	uint32_t all = 0;

	for (uint32_t i = 0; i < CORES; i++)
		all |= (HOLD_HOLDER(hold_record(i)) & 0xf) << 4 * i; /* nobody: 15 */
	return all;
}

/* Nobody but its own core makes a vCPU go, so what it was about before the step it still was. */
static void step_and_count(void)
{
	uint32_t was[PARTITIONS * 3], at[PARTITIONS * 3];
	uint32_t holders = holders_now();

	if (giving && random_below(4) == 0)
		ask_for_core();
	if (giving && random_below(8) == 0)
		withdraw();
	if (roaming && random_below(3) == 0)
		tell_to_move();
	for (uint32_t i = 0; i < PARTITIONS * 3; i++) {
		const struct vcpu *vcpu = &partition_at(i / 3)->vcpus[i % 3];

		if (i % 3 >= partition_at(i / 3)->vcpu_count)
			continue;
		was[i] = about(vcpu);
		at[i] = vcpu->core;
	}
	step();
	given += holders_now() != holders;
	for (uint32_t i = 0; i < PARTITIONS * 3; i++)
		if (i % 3 < partition_at(i / 3)->vcpu_count &&
		    partition_at(i / 3)->vcpus[i % 3].core != at[i])
			for (uint32_t what = 0; what < ABOUT; what++)
				moves[what] += was[i] >> what & 1;
}

static void check(uint32_t seed, uint32_t i, const char *breach)
{
	if (breach != NULL)
		fail_msg("seed %u, step %u: %s", seed, i, breach);
}

static void count_states(void)
{
	for (uint32_t p = 0; p < PARTITIONS; p++)
		seen[cores_state(p)]++;
}

/* The core on which its first vCPU runs now. As others' turns end it may go to another core, which
 * may sleep until it takes the message. */
static uint32_t turn_to_first(struct partition *partition)
{
	struct vcpu *first = &partition->vcpus[0];
	bool settled = false;
	uint32_t at;

	for (uint32_t i = 0; i < 20 && !settled; i++) {
		at = first->core;
		cores_quiet(at);
		if (shared)
			cores_turn_to(at, &first->context);
		settled = first->core == at && !cores_sleeps(at);
		if (!settled)
			cores_settle();
	}
	at = first->core;
	cores_on(at);
	assert_ptr_equal(seen_running(), &first->context);
	return first->core;
}

static void begin_anew(struct partition *partition)
{
	cores_tell(0, partition->index, LIFE_RESTART);
	cores_load_all();
	assert_int_equal(cores_state(partition->index), LIFE_RUNNING);
	(void)turn_to_first(partition);
	assert_int_equal(fake_sysregs->elr_el2, CORES_ENTRY);
	for (uint32_t i = 1; i < partition->vcpu_count; i++)
		cores_call(turn_to_first(partition), CPU_ON, i, ENTRY, i);
	cores_settle();
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		assert_int_equal(partition->vcpus[i].context.state,
		                 partition->psci_states[i] == PSCI_VCPU_AWAY ? CONTEXT_OFF
		                                                             : CONTEXT_READY);
}

/* After all of this, a command begins it anew and all of it runs. */
static void all_begin_anew(uint32_t seed)
{
	for (uint32_t p = 0; p < PARTITIONS; p++) {
		struct partition *partition = partition_at(p);

		if ((partition->config->flags & BUNDLE_NO_RESTART) != 0 &&
		    partition->life.status.starts != 0)
			continue;
		begin_anew(partition);
		check(seed, STEPS, cores_breach_settled());
	}
}

static void random_life(uint32_t seed)
{
	random_state = seed;
	random_begin();
	for (uint32_t i = 0; i < STEPS; i++) {
		step_and_count();
		check(seed, i, cores_breach());
		count_states();
		if (random_below(40) == 0) {
			cores_settle();
			check(seed, i, cores_breach_settled());
		}
	}
	cores_settle();
	check(seed, STEPS, cores_breach_settled());
	all_begin_anew(seed);
}

static void random_lives(uint32_t count)
{
	const struct seeds seeds = seeds_asked(count);

	for (seeds_now = seeds.first; seeds_now != seeds.end; seeds_now++)
		random_life(seeds_now);
	seeds_now = 0;
}

const struct unit_fixture unit_each = {NULL, seeds_tell};

/* Shows: frame.crossed. */
TEST(test_lives_at_random)
{
	shared = false;
	random_lives(SEEDS);
	for (uint32_t i = 0; i < LIFE_STATES; i++)
		assert_in_range(seen[i], 40, ~0u); /* or this has shown little */
	assert_in_range(debugged, 25, ~0u);
	assert_in_range(mends[WATCH_MEND_DONE], 40, ~0u);
	assert_in_range(mends[WATCH_MEND_LATE], 20, ~0u);
}

/* Shows: frame.crossed. */
TEST(test_lives_on_shared_cores)
{
	shared = true;
	random_lives(SEEDS);
	for (uint32_t i = 0; i < ABOUT; i++)
		assert_int_equal(moves[i], 0);
}

TEST(test_lives_that_move)
{
	shared = roaming = true;
	random_lives(2 * SEEDS); /* the rarest comes once in 70 */
	for (uint32_t i = 0; i < ABOUT; i++)
		assert_in_range(moves[i], 5, ~0u); /* or this has shown little */
}

/* Shows: cores.one-holder. */
TEST(test_lives_that_give_cores)
{
	shared = roaming = false;
	giving = true;
	given = 0;
	random_lives(SEEDS);
	assert_in_range(given, 500, ~0u); /* or this has shown little */
}
