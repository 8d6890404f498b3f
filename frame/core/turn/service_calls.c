/*
 * Services: their calls, and their failures. A service runs on one core; only that core's code
 * touches its context.
 */
#include <devices/emulated.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <life/life.h>
#include <machine/contexts.h>
#include <machine/firmware.h>
#include <run/broker.h>
#include <run/hold.h>
#include <run/move.h>
#include <run/sched.h>
#include <run/service_anew.h>
#include <run/wake_service.h>
#include <turn/service_calls.h>
#include <word/life.h>
#include <word/mail.h>
#include <word/power.h>
#include <word/service.h>
#include <word/timer.h>
#include <word/trace.h>
#include <word/update.h>

static void call_wait(struct context *context)
{
	const struct service_row *row = service_row_of(context);
	struct service *service = service_of(context);
	uint64_t ticks = timer_ticks(context->x[0]);
	uint64_t now = timer_now();

	service_unmask(service);
	service->awaits = context->x[1];
	service->pending &= service->awaits;
	if (service->pending != 0 || ticks == 0) {
		context->x[0] = service->pending;
		service->pending = 0;
		return;
	}
	if (row->is_last && life_is_over(context->x[0] == SERVICE_FOREVER))
		firmware_off();
	if (context->x[0] != SERVICE_FOREVER && ticks < TIMER_NEVER - now)
		timer_set((enum core_timer)row->timer, now + ticks);
	context->last_began = 0;
	sched_block(context, CONTEXT_BLOCKED);
}

/* The service changed a partition's console ring. One of the partition's cores is to look at the
 * UART's line. */
static void call_notify(struct context *context)
{
	uint64_t index = context->x[0];
	uint32_t first;

	if (index >= core_bundle->partitions.count)
		return;
	first = bundle_partitions(core_bundle)[index].vcpus.first;
	if (core.partition != 0 && core.partition->index == index)
		uart_evaluate(core.partition);
	else /* a core with several partitions sends itself a message, too */
		mail_post(bundle_vcpus(core_bundle)[first].core, MAIL_UART, (uint32_t)index);
}

/* The console service isn't trusted, as it parses what people type. It may also send LIFE_LOOK, for
 * a debugger's request. */
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

/* The operator may ask for any partition. */
static void call_hold(struct context *context)
{
	context->x[0] = (uint64_t)hold_ask(~0u, context->x[0], context->x[1], context->x[2]);
}

static void call_done(struct context *context)
{
	struct partition *partition = partition_of_loader(context);

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

/* The row of a service that may be on any core, a broker's, tells of one event only. */
static void call_tell(struct context *context)
{
	uint64_t events = context->x[0] & service_row_of(context)->tells;

	if (events != 0)
		service_wake(events);
}

static void call_trace(struct context *context)
{
	trace_hold(context->x[0] != 0);
}

static void call_rest(struct context *context)
{
	const struct broker *broker = broker_of(context);
	const uint64_t carried = context->x[3] << 32;

	if (!broker_rest(broker_of(context)))
		context_set_pc(context, context_pc() - 4); /* the broker makes the call once more */
	else if (carried != 0)
		trace_seldom(TRACE_CARRY, TRACE_BROKER,
		             carried | broker->channel << 8 | broker->partition->index);
}

static void call_changed(struct context *context)
{
	if (!broker_changed(broker_of(context)))
		context_set_pc(context, context_pc() - 4); /* the broker makes the call once more */
}

static void call_answer(struct context *context)
{
	broker_answer(broker_of(context), context->x[0]);
}

static void call_update(struct context *context)
{
	context->x[0] = update_in_start(context->x[0]);
}

/* Calls by their numbers. A service's row says which calls it may make. */
static void (*const calls[])(struct context *context) = {
    [SERVICE_WAIT] = call_wait,       [SERVICE_DONE] = call_done,
    [SERVICE_NOTIFY] = call_notify,   [SERVICE_TIME] = call_time,
    [SERVICE_COMMAND] = call_command, [SERVICE_MOVE] = call_move,
    [SERVICE_TRACE] = call_trace,     [SERVICE_POWER] = call_power,
    [SERVICE_HOLD] = call_hold,       [SERVICE_TELL] = call_tell,
    [SERVICE_REST] = call_rest,       [SERVICE_ANSWER] = call_answer,
    [SERVICE_CHANGED] = call_changed, [SERVICE_UPDATE] = call_update,
};

void service_call(struct context *context)
{
	uint64_t number = context->x[8];

	service_of(context)->looks = 0;
	if (number < sizeof(calls) / sizeof(calls[0]) &&
	    (service_row_of(context)->calls >> number & 1) != 0)
		calls[number](context);
	else
		service_fault(context, 0, number);
}

/* This is never inline: each call of a service would save registers for it. */
__attribute__((noinline)) void service_fault(struct context *context, uint64_t syndrome,
                                             uint64_t address)
{
	service_failed(service_of(context), syndrome, address);
}
