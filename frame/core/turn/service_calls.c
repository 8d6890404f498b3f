/*
 * Service contexts: their start, their calls, what wakes them. A service runs on one core; only
 * that core's code touches its context.
 */
#include <devices/emulated.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <life/life.h>
#include <machine/contexts.h>
#include <machine/firmware.h>
#include <machine/gic_cpu.h>
#include <run/hold.h>
#include <run/move.h>
#include <run/sched.h>
#include <run/wake_service.h>
#include <turn/service_calls.h>
#include <word/life.h>
#include <word/mail.h>
#include <word/power.h>
#include <word/timer.h>
#include <word/trace.h>

/* ---- the console service ---- */

/* ---- calls ---- */

/* The UART's interrupt has been handled: it may come again. */
static void unmask_uart(void)
{
	if (core.uart_masked) {
		core.uart_masked = false;
		gic_deactivate(core_bundle->board.uart_intid);
	}
}

static void call_wait(struct context *context)
{
	uint64_t ticks = timer_ticks(context->x[0]);
	uint64_t now = timer_now();

	unmask_uart();
	if (core.console_events != 0 || ticks == 0) {
		context->x[0] = core.console_events;
		core.console_events = 0;
		return;
	}
	if (life_is_over(context->x[0] == SERVICE_FOREVER))
		firmware_off();
	if (context->x[0] != SERVICE_FOREVER && ticks < TIMER_NEVER - now)
		timer_set(TIMER_CONSOLE, now + ticks);
	context->last_began = 0;
	sched_block(context, CONTEXT_BLOCKED);
}

/* The ring of a partition changed: the UART's line is looked at on one of its cores. */
static void call_notify(struct context *context)
{
	uint64_t index = context->x[0];
	uint32_t first;

	if (index >= core_bundle->partitions.count)
		return;
	first = bundle_partitions(core_bundle)[index].vcpus.first;
	if (core.partition != 0 && core.partition->index == index)
		uart_evaluate(core.partition);
	else /* by a message, too, where there are several */
		mail_post(bundle_vcpus(core_bundle)[first].core, MAIL_UART, (uint32_t)index);
}

/* Nothing is trusted: it parses what people type. LIFE_LOOK is for a debugger's request. */
static void call_command(struct context *context)
{
	uint64_t partition = context->x[0], command = context->x[1];

	context->x[0] = partition >= core_bundle->partitions.count || command > LIFE_LOOK;
	if (context->x[0] == 0)
		life_tell((uint32_t)partition, (uint32_t)command);
}

static void call_move(struct context *context)
{
	context->x[0] = (uint64_t)move_ask(context->x[0], context->x[1], context->x[2]);
}

/* The operator may ask for everybody. */
static void call_hold(struct context *context)
{
	context->x[0] = (uint64_t)hold_ask(~0u, context->x[0], context->x[1], context->x[2]);
}

static struct partition *partition_of(struct context *loader)
{
	return (struct partition *)((uintptr_t)loader - offsetof(struct partition, loader));
}

static void call_done(struct context *context)
{
	struct partition *partition = partition_of(context);

	sched_block(context, CONTEXT_OFF);
	memcpy(partition->seed, &context->x[1], sizeof(partition->seed));
	life_loaded(partition, context->x[0]);
}

static void call_time(struct context *context)
{
	context->x[0] = timer_now();
}

static void call_power(struct context *context)
{
	context->x[0] = (uint64_t)power_in_start(context->x[0], context->x[1]);
}

static void call_trace(struct context *context)
{
	trace_hold(context->x[0] != 0);
}

#define FOR(kind) (1u << (kind))

/* By its number: the kinds of services that may call it. */
static const struct service_row {
	uint32_t kinds;
	void (*carry_out)(struct context *context);
} calls[] = {
    [SERVICE_TIME] = {FOR(CONTEXT_CONSOLE) | FOR(CONTEXT_LOADER), call_time},
    [SERVICE_DONE] = {FOR(CONTEXT_LOADER), call_done},
    [SERVICE_WAIT] = {FOR(CONTEXT_CONSOLE), call_wait},
    [SERVICE_NOTIFY] = {FOR(CONTEXT_CONSOLE), call_notify},
    [SERVICE_COMMAND] = {FOR(CONTEXT_CONSOLE), call_command},
    [SERVICE_MOVE] = {FOR(CONTEXT_CONSOLE), call_move},
    [SERVICE_POWER] = {FOR(CONTEXT_CONSOLE), call_power},
    [SERVICE_HOLD] = {FOR(CONTEXT_CONSOLE), call_hold},
    [SERVICE_TRACE] = {FOR(CONTEXT_CONSOLE), call_trace},
};

void service_call(struct context *context)
{
	uint64_t number = context->x[8];

	if (number < sizeof(calls) / sizeof(calls[0]) &&
	    (calls[number].kinds >> context->kind & 1) != 0)
		calls[number].carry_out(context);
	else
		service_fault(context, 0, number);
}

void service_fault(struct context *context, uint64_t syndrome, uint64_t address)
{
	struct service_report *failure = &console_own->info.failure;

	sched_block(context, CONTEXT_OFF);
	if (context->kind == CONTEXT_LOADER) {
		life_loader_failed(partition_of(context), syndrome, address);
		return;
	}
	failure->failures++;
	failure->syndrome = syndrome;
	failure->address = address;
	failure->pc = context_pc();
	unmask_uart();
	trace_hold(false);
	service_start(context);
}
