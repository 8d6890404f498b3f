/* Service contexts: their start, and what wakes the console service. */
#include <lib/bundle.h>
#include <lib/string.h>
#include <machine/contexts.h>
#include <machine/firmware.h>
#include <machine/gic_cpu.h>
#include <run/sched.h>
#include <run/wake_service.h>
#include <word/console.h>
#include <word/timer.h>

void service_start(struct context *context)
{
	memset(context->x, 0, sizeof(context->x));
	context->x[0] = SERVICE_INFO;
	context->pc = SERVICE_TEXT;
	context->fresh = 1;
	sched_ready(context);
}

static bool console_here(void)
{
	return core.index == core_bundle->console_core && core_bundle->board.uart_base != 0;
}

void console_event(uint64_t events)
{
	struct context *context = &console_own->context;

	if (!console_here())
		return;
	core.console_events |= events;
	if (context->state == CONTEXT_BLOCKED) {
		context->x[0] = core.console_events;
		core.console_events = 0;
		timer_set(TIMER_CONSOLE, TIMER_NEVER);
		sched_ready(context);
	}
}

void console_wake(uint64_t event_bit)
{
	if (console_here())
		console_event(event_bit);
	else
		console_wake_later(event_bit);
}

void console_timeout(void)
{
	struct context *context = &console_own->context;

	if (!console_here() || context->state != CONTEXT_BLOCKED)
		return;
	context->x[0] = 0;
	sched_ready(context);
}
