/* Starts services, and wakes services that wait; see run/wake_service.h. */
#include <lib/bundle.h>
#include <lib/string.h>
#include <machine/gic_cpu.h>
#include <run/sched.h>
#include <run/service_anew.h>
#include <run/wake_service.h>
#include <word/service.h>
#include <word/timer.h>

void service_start(struct context *context)
{
	memset(context->x, 0, sizeof(context->x));
	context->x[0] = SERVICE_INFO;
	context->pc = SERVICE_TEXT;
	context->fresh = 1;
	service_of(context)->looks = service_of(context)->check = 0;
	sched_ready(context);
}

/* The services that last are on this core. */
static bool services_here(void)
{
	return core.index == core_bundle->console_core && core_bundle->board.uart_base != 0;
}

static void wake(struct service *service)
{
	if (service->context.state != CONTEXT_BLOCKED)
		return;
	service->context.x[0] = service->pending;
	service->pending = 0;
	timer_set((enum core_timer)service_row_of(&service->context)->timer, TIMER_NEVER);
	sched_ready(&service->context);
}

void service_hear(uint64_t events)
{
	if (!services_here())
		return;
	for (uint32_t i = 0; i < SERVICES_LASTING; i++) {
		struct service *service = &services_own->lasting[i];
		uint64_t heard = events & service_row_of(&service->context)->events;

		if (service->context.state == CONTEXT_BLOCKED)
			heard &= service->awaits;
		service->pending |= heard;
		if (heard != 0)
			wake(service);
	}
}

void service_wake(uint64_t event_bit)
{
	if (services_here())
		service_hear(event_bit);
	else
		service_wake_later(event_bit);
}

void service_interrupt(uint32_t intid)
{
	services_console->interrupt = intid;
	service_hear(SERVICE_EVENT_UART);
}

bool service_has_lost_interrupt(void)
{
	uint32_t intid = core_bundle->board.uart_intid;

	return services_here() && services_console->interrupt == 0 &&
	       (gic_active(gic_spis(intid / 32)) >> intid % 32 & 1) != 0;
}

void service_unmask(struct service *service)
{
	if (service->interrupt != 0)
		gic_deactivate(service->interrupt);
	service->interrupt = 0;
}

void service_timeout(uint32_t timer)
{
	for (uint32_t i = 0; i < SERVICES_LASTING && services_here(); i++) {
		struct service *service = &services_own->lasting[i];
		struct context *context = &service->context;

		if (service_row_of(context)->timer != timer)
			continue;
		if (service_is_failed(service)) {
			(void)service_go_on(service);
		} else if (context->state == CONTEXT_BLOCKED) {
			context->x[0] = 0;
			sched_ready(context);
		}
	}
}
