/*
 * See cores.h. This file has each core's own memory, and plays the way through a trap, as trap.c
 * and the vectors do it.
 */
#include "cores.h"
#include "cores_parts.h"

#include <fake/device.h>
#include <fake/gic.h>
#include <fake/local.h>
#include <fake/machine.h>
#include <fake/smmu.h>
#include <frame/stop.h>
#include <frame/tables.h>
#include <lib/bundle.h>
#include <machine/contexts.h>
#include <machine/gic_cpu.h>
#include <run/progress.h>
#include <run/resident.h>
#include <run/sched.h>
#include <run/wake_service.h>
#include <start/core.h>
#include <start/power.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turn/due.h>
#include <turn/idle.h>
#include <turn/mail_take.h>
#include <turn/service_calls.h>
#include <turn/trap.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/life.h>
#include <word/power.h>
#include <word/report.h>

uint64_t cores_examination;

struct cores_plan cores_plan;
/* The cores' own memory, while they aren't the present core. */
static uint8_t own[BUNDLE_CORES_MAX][16384];
static bool asleep[BUNDLE_CORES_MAX];
static bool dark[BUNDLE_CORES_MAX], comes[BUNDLE_CORES_MAX]; /* off; told to come on */
int64_t cores_firmware;
void (*cores_late)(void);
static uint32_t here;
static bool off;

/* How the core left the frame. */
enum way { LEFT, SLEEPS, OFF, DARK };
static enum way how;
static jmp_buf away;

/* ---- hooks of the fake machine ---- */

static void leave(enum way by)
{
	how = by;
	longjmp(away, 1);
}

/* A wait. If a core has nothing to run, it sleeps in the frame; otherwise its guest waits, and may
 * go on at any time. */
static void on_wait(void)
{
	if (core.ready != NULL)
		return;
	/* Otherwise no vCPU would be moved to this core, and it wouldn't ask for one. */
	if (core.roams != 0)
		assert_int_not_equal(shared_memory->load[core.index], 0);
	leave(SLEEPS);
}

static void on_off(void)
{
	leave(OFF);
}

static void enter_el1(struct vcpu *vcpu, const struct resident_el1 *from)
{
	struct vcpu *old = core.el1;

	resident_exchange_el1(&old->saved.el1, from);
	core.el1 = vcpu;
}

static void on_enter(struct context *next)
{
	if (core.el1 != vcpu_of(next) || next->fresh)
		enter_el1(vcpu_of(next), next->fresh ? &core.pristine : &vcpu_of(next)->saved.el1);
}

static bool on_pending(void);
static uint32_t on_pending_first(void);

/* The core goes off. Another core's store may come just before; pending interrupts are lost. */
static int64_t on_cpu_off(void)
{
	uint32_t rank;

	if (cores_firmware != 0)
		return cores_firmware;
	if (cores_late != NULL)
		cores_late();
	while (fake_mail_arrives(here, &rank))
		continue;
	leave(DARK);
	return 0;
}

static int64_t on_cpu_on(uint64_t affinity)
{
	if (cores_firmware != 0)
		return cores_firmware;
	assert_true(dark[affinity]);
	dark[affinity] = false;
	comes[affinity] = true;
	return 0;
}

static void on_leave(void)
{
	leave(LEFT);
}

_Noreturn void stop_machine(const char *why)
{
	fail_msg("the frame stopped the machine: %s", why);
	abort();
}

static struct stop_report *report_of(struct partition *partition, enum stop_reason reason)
{
	struct stop_report *report = &partition->console->report;

	report->sequence += 2;
	report->reason = reason;
	return report;
}

bool tables_differ(uint32_t piece)
{
	(void)piece;
	return false;
}

bool recover_cares_for(uint32_t partition)
{
	return cores_home(partition) == core.index;
}

void report_stop(struct vcpu *vcpu, enum stop_reason reason)
{
	report_of(vcpu->partition, reason)->vcpu = vcpu->index;
}

void report_kept(struct partition *partition, enum report_kept kept)
{
	report_of(partition, STOP_KEPT)->fault = kept;
}

void report_loader(struct partition *partition, uint64_t syndrome, uint64_t address)
{
	struct stop_report *report = report_of(partition, STOP_FAULT);

	report->fault = REPORT_LOADER;
	report->syndrome = syndrome;
	report->address = address;
}

void report_image(struct partition *partition, uint32_t load)
{
	report_of(partition, STOP_IMAGE)->load = load;
}

void report_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome, uint64_t address)
{
	struct stop_report *report = report_of(vcpu->partition, STOP_FAULT);

	report->fault = fault;
	report->vcpu = vcpu->index;
	report->syndrome = syndrome;
	report->address = address;
}

/* ---- a core's way through the frame ---- */

void cores_on(uint32_t number)
{
	if (number != here) {
		memcpy(own[here], __start_core_local, fake_local_size());
		memcpy(__start_core_local, own[number], fake_local_size());
		here = number;
		fake_cpu_on(number);
	}
	fake_gic_on(number);
}

/* Runs the frame until a hook leaves it, or it returns. */
static void through(uint32_t number, void (*what)(void))
{
	cores_on(number);
	assert_false(off);
	how = LEFT;
	if (setjmp(away) == 0)
		what();
	asleep[number] = how == SLEEPS;
	off = how == OFF;
	dark[number] = how == DARK;
}

void cores_begin(const struct cores_plan *of)
{
	cores_plan = *of;
	assert_in_range(fake_local_size(), sizeof(core), sizeof(own[0]));
	memset(__start_core_local, 0, fake_local_size());
	memset(own, 0, sizeof(own));
	memset(asleep, 0, sizeof(asleep));
	memset(dark, 0, sizeof(dark));
	memset(comes, 0, sizeof(comes));
	cores_firmware = 0;
	cores_late = NULL;
	cores_meanwhile = NULL;
	here = 0;
	cores_examination = LOADER_OK;
	cores_debugs = true;
	cores_mended = WATCH_MEND_DONE | 1 << 8;
	off = false;
	fake_cpu_reset((struct fake_hooks){.wait = on_wait,
	                                   .off = on_off,
	                                   .leave = on_leave,
	                                   .enter = on_enter,
	                                   .pending = on_pending,
	                                   .pending_first = on_pending_first,
	                                   .power = power_change,
	                                   .cpu_off = on_cpu_off,
	                                   .cpu_on = on_cpu_on});
	cores_fill();
	for (uint32_t i = 0; i < cores_plan.cores; i++) {
		cores_on(i);
		core.index = i;
		through(i, core_main);
	}
}

/* As the vectors do it. */
static void choose(void)
{
	while (core.ready == NULL || core.reschedule != 0)
		do
			turn_choose();
		while (core.reschedule);
	if (core.held != 0)
		progress_settle();
	if (core.reschedule == CORE_AGAIN)
		core.reschedule = 0; /* what is pending comes at the play's next step */
}

static void (*deed)(void);

static void do_then_choose(void)
{
	deed();
	choose();
}

void cores_do(uint32_t number, void (*what)(void))
{
	deed = what;
	through(number, do_then_choose);
}

static uint64_t argument[4];

static void call(void)
{
	assert_int_equal(core.current->kind, CONTEXT_VCPU);
	memcpy(core.current->x, argument, sizeof(argument));
	call_guest(core.vcpu);
}

void cores_call(uint32_t number, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	assert_false(asleep[number]);
	memcpy(argument, (uint64_t[]){function, x1, x2, x3}, sizeof(argument));
	cores_do(number, call);
}

void cores_tell(uint32_t by, uint32_t partition, enum life_command command)
{
	cores_on(by);
	life_tell(partition, command);
}

static void serve(void)
{
	assert_int_not_equal(core.current->kind, CONTEXT_VCPU);
	core.current->x[8] = argument[0];
	core.current->x[0] = argument[1];
	core.current->x[1] = argument[0] == SERVICE_WAIT ? ~0ULL : core.current->x[1];
	service_call(core.current);
}

void cores_service(uint32_t number, uint64_t call_number, uint64_t x0)
{
	assert_false(asleep[number]);
	argument[0] = call_number;
	argument[1] = x0;
	cores_do(number, serve);
}

static int64_t answer;

static void warden(void)
{
	answer = power_in_start(argument[0], argument[1]);
}

int64_t cores_power(uint32_t number, uint64_t subject, uint64_t what)
{
	argument[0] = subject;
	argument[1] = what;
	cores_do(number, warden);
	return answer;
}

void cores_quiet(uint32_t number)
{
	cores_on(number);
	while (!off && !asleep[number] && core.current->kind >= CONTEXT_CONSOLE)
		cores_service(number, SERVICE_WAIT, SERVICE_FOREVER);
}

static void end_turn(void)
{
	sched_end_turn(core.current);
}

void cores_turn_to(uint32_t number, const struct context *context)
{
	cores_on(number);
	for (uint32_t i = 0; i < 20 && context->state == CONTEXT_READY && !off && !asleep[number] &&
	                     core.current != context;
	     i++)
		cores_do(number, end_turn);
}

void cores_load(uint32_t number)
{
	struct partition *partition;
	bool loads;

	cores_quiet(number);
	while (asleep[number] || core.current->kind != CONTEXT_LOADER) {
		assert_true(cores_interrupt(number)); /* it is about to begin */
		cores_quiet(number);
	}
	assert_int_equal(core.current->kind, CONTEXT_LOADER);
	partition =
	    (struct partition *)((uintptr_t)core.current - offsetof(struct partition, loader));
	loads = partition->life.status.state == LIFE_LOADING;
	cores_service(number, SERVICE_DONE, LOADER_OK);
	if (!loads)
		return; /* the loader only examined an ended partition */
	while (partition->life.status.state == LIFE_LOADING && cores_interrupt(number))
		continue;
	/* If it isn't running, then the core has also taken later messages before its sleep; or a
	 * more urgent vCPU has the core, and the rest must wait. */
	assert_true(partition->life.status.state == LIFE_RUNNING ||
	            (cores_plan.looks && partition->life.status.state != LIFE_LOADING) ||
	            (cores_plan.placed && core.urgency != 0));
	/* On a core of its own the first vCPU has to wait only for its messages. */
	while (core.only == &partition->vcpus[0] &&
	       (partition->vcpus[0].life.asked & VCPU_START) != 0 && cores_interrupt(number))
		continue;
}

enum life_state cores_state(uint32_t partition)
{
	return (enum life_state)partition_at(partition)->life.status.state;
}

/* ---- interrupts ---- */

static bool timer_is_due(void)
{
	return sysreg_read(cnthp_ctl_el2) == 1 &&
	       sysreg_read(cnthp_cval_el2) <= sysreg_read(cntpct_el0);
}

/* As in trap.c. */
static void guest_interrupt(uint32_t intid)
{
	if (core.only == 0) {
		resident_interrupt(intid);
		return;
	}
	vgic_arrived(core.vcpu, intid);
	if (core.current != &core.vcpu->context && core.current != NULL)
		sched_interrupt(core.current, &core.vcpu->context);
}

static void physical_interrupt(uint32_t intid)
{
	if (intid < GIC_MAIL + GIC_CLASSES) {
		gic_deactivate(intid);
		mail_take(intid - GIC_MAIL);
	} else if ((core.own[intid / 32] >> intid % 32 & 1) != 0) {
		service_interrupt(intid);
	} else {
		guest_interrupt(intid);
	}
}

/* The lines of the guest's timers are levels. */
static void sample_timers(void)
{
	fake_gic_private_line(27, resident_timer_asks(true));
	fake_gic_private_line(30, resident_timer_asks(false));
}

/* The next interrupt in a GIC's order: first the frame's own private ones, then by class; of one
 * class, a message comes first. */
static uint32_t first_pending(void)
{
	uint32_t mail = fake_mail_priority(here), next = fake_gic_next();

	if (fake_gic_maintenance())
		return core_bundle->board.gic_maintenance_intid;
	if (timer_is_due())
		return core_bundle->board.hyp_timer_intid;
	return mail != FAKE_MAIL_NONE && !fake_gic_precedes(next, mail) ? GIC_MAIL : next;
}

uint32_t cores_taken;
void (*cores_meanwhile)(void);

static void meanwhile(void)
{
	uint32_t number = here;

	if (cores_meanwhile != NULL)
		cores_meanwhile();
	cores_on(number);
}

static bool take(void)
{
	uint32_t intid, rank;

	cores_taken = 0;
	meanwhile();
	sample_timers();
	intid = first_pending();
	if (intid == FAKE_GIC_SPURIOUS)
		return false;
	if (intid == core_bundle->board.gic_maintenance_intid) {
		vgic_maintain(core.vcpu);
	} else if (intid == core_bundle->board.hyp_timer_intid) {
		timer_interrupt();
	} else if (intid == GIC_MAIL && fake_mail_arrives(here, &rank)) {
		mail_take(rank);
	} else {
		cores_taken = fake_gic_take();
		physical_interrupt(cores_taken);
	}
	return true;
}

static bool took;

/* As in trap.c. */
static void take_and_look(void)
{
	took |= take();
	if (core.only == 0)
		resident_look();
}

void trap_idle_interrupt(void);

void trap_idle_interrupt(void)
{
	if (core.only != NULL || core.leaving != NULL)
		fail_msg("an interrupt is taken where none may be");
	take_and_look();
}

static uint32_t on_pending_first(void)
{
	sample_timers();
	lr_settle(); /* as gic_drop_priority() does */
	return first_pending();
}

static bool on_pending(void)
{
	if (!cores_plan.looks)
		return false;
	meanwhile();
	return on_pending_first() != FAKE_GIC_SPURIOUS;
}

static void interrupt(void)
{
	take_and_look();
	choose();
}

bool cores_is_dark(uint32_t number)
{
	return dark[number];
}

bool cores_interrupt(uint32_t number)
{
	took = false;
	if (dark[number])
		return false;
	if (comes[number]) {
		comes[number] = false;
		through(number, core_main);
		return true;
	}
	through(number, interrupt);
	if (!took && !off) /* the choice may have set a timer that is due already */
		through(number, interrupt);
	return took || off; /* no core returns from a power-off */
}

void cores_exchange(void)
{
	uint32_t turns = 0;
	bool any;

	do {
		any = false;
		for (uint32_t i = 0; i < cores_plan.cores && !off; i++)
			while (!off && cores_interrupt(i)) {
				any = true;
				if (++turns > 100000)
					fail_msg("interrupts never end");
			}
	} while (any);
}

void cores_load_all(void)
{
	bool any;

	do {
		any = false;
		cores_settle();
		for (uint32_t p = 0; p < cores_plan.partitions && !off; p++) {
			uint32_t home = cores_home(p);

			cores_quiet(home);
			if (cores_plan.placed)
				cores_turn_to(home, &partition_at(p)->loader.context);
			if (off || asleep[home] || core.current != &partition_at(p)->loader.context)
				continue;
			cores_load(home);
			any = true;
		}
	} while (any);
}

/* ---- a guest's registers ---- */

static struct {
	uint32_t offset;
	uint64_t value;
	bool done;
} store;

static void store_now(void)
{
	store.done = vgic_dist_write(core.vcpu, store.offset, 4, store.value);
}

bool cores_store(uint32_t number, uint32_t offset, uint64_t value)
{
	store.offset = offset;
	store.value = value;
	store.done = false;
	cores_do(number, store_now);
	return store.done;
}

static void store_at_last(uint32_t number, uint32_t offset, uint64_t value)
{
	uint32_t times = 1;

	fake_activation.pc += 4;
	for (; !cores_store(number, offset, value); times++) {
		assert_in_range(times, 1, 10);
		cores_settle();
	}
	cores_settle();
}

void cores_open_interrupts(uint32_t number)
{
	uint32_t bits;

	cores_on(number);
	bits = 3u << (CORES_SPI(vcpu_of(core.current)->partition->index) - 32);
	store_at_last(number, 0, 2);
	store_at_last(number, 0x84, bits);
	store_at_last(number, 0x104, bits);
}

/* ---- questions ---- */

bool cores_sleeps(uint32_t number)
{
	return asleep[number];
}

bool cores_are_off(void)
{
	return off;
}
