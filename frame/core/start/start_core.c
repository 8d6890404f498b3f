/*
 * A core's own start: the first C code on its stack. It runs in the tables of the core's way in,
 * which also map the part of the image that only the start uses. core_run() leaves those tables.
 */
#include <lib/bundle.h>
#include <life/life.h>
#include <machine/contexts.h>
#include <machine/firmware.h>
#include <machine/irq.h>
#include <run/move.h>
#include <run/resident.h>
#include <run/sched.h>
#include <run/stuck.h>
#include <run/wake_service.h>
#include <start/core.h>
#include <start/mail_begin.h>
#include <start/power.h>
#include <start/recover.h>
#include <turn/idle.h>
#include <turn/trap.h>

/* Has this core take an SPI of a device that the frame itself uses. 0: there is no such device. */
AT_START static void own_spi(uint32_t intid, bool edge)
{
	uint32_t bit = 1u << intid % 32;

	if (intid == 0)
		return;
	gic_route(intid, bundle_cores(core_bundle)[core.index].affinity);
	gic_set_priority(intid, gic_priority(gic_class(mail_service_priority(core_bundle))));
	if (edge)
		gic_set_edges(intid / 32, bit, bit);
	core.own[intid / 32] |= bit;
	gic_clear_active(gic_spis(intid / 32), bit);
	gic_set_enable(gic_spis(intid / 32), bit);
}

/* In a recovery the service may have been at work. */
AT_START static void start_lasting(struct service *service)
{
	context_renew(&service->context);
	service->context.next = 0;
	sched_stand(&service->context, CONTEXT_OFF);
	service->pending = service->awaits = 0;
	service->interrupt = 0;
	service_start(&service->context);
}

static bool is_wanted(enum context_kind kind)
{
	return kind != CONTEXT_UPDATER || bundle_takes_updates(core_bundle);
}

AT_START static void start_services(void)
{
	const struct bundle_board *board = &core_bundle->board;

	if (core.index != core_bundle->console_core)
		return;
	if (board->smmu_base != 0) {
		own_spi(board->smmu_event_intid, true);
		own_spi(board->smmu_error_intid, true);
	}
	if (board->uart_base == 0)
		return;
	own_spi(board->uart_intid, false);
	shared_memory->traces_held = 0; /* a console that held them would begin anew */
	shared_memory->accounts.crash.told = services_console->failure->failures;
	for (uint32_t i = 0; i < SERVICES_LASTING; i++)
		if (is_wanted((enum context_kind)(CONTEXT_CONSOLE + i)))
			start_lasting(&services_own->lasting[i]);
}

/* Asks the firmware on each core, as cores of one machine may need different workarounds. */
static void ask_workarounds(void)
{
	for (uint32_t i = 0; i < 3; i++)
		core.workarounds[i] = (int8_t)firmware_workaround(i + 1);
}

/* Begins the lives of the partitions whose first vCPU is here. */
static void begin_lives(void)
{
	for (struct vcpu *vcpu = core.vcpus; vcpu != 0; vcpu = vcpu->run.next_here)
		if (vcpu->index == 0)
			life_begin(resident_partition(vcpu->partition->index));
}

/* The first vCPU's start would be another place for the looks to begin, but it takes long enough
 * without that. */
AT_START static void run(void)
{
	stuck_watch();
	core_run();
}

void core_main(void)
{
	if (recover_is_on()) {
		recover_forget();
		gic_begin_masks();
		irq_unmask(); /* update_enter() has set the timer */
	}
	if (power_was_off()) {
		power_back();
		run();
	}
	core_ring->step = 1;
	sched_begin();
	move_begin();
	context_init_core();
	sysreg_begin();
	timer_begin();
	core.own[0] = ((1u << GIC_CLASSES) - 1) << GIC_MAIL |
	              1u << core_bundle->board.gic_maintenance_intid |
	              1u << core_bundle->board.hyp_timer_intid;
	mail_begin();
	gic_init_core(core.own[0]);
	promise_begin_core();
	resident_begin();
	ask_workarounds();
	if (core.recovers) {
		recover_adopt();
		start_services(); /* behind the guests, which have waited */
		recover_go_on();
	} else {
		start_services();
		begin_lives();
	}
	recover_started();
	run();
}
