/* See run/service_anew.h. */
#include <machine/contexts.h>
#include <run/broker.h>
#include <run/sched.h>
#include <run/service_anew.h>
#include <run/service_text.h>
#include <run/wake_service.h>
#include <state/partition.h>
#include <word/life.h>
#include <word/service.h>
#include <word/timer.h>
#include <word/trace.h>

/* The first failures cost no pause. Each further one within a minute after the one before doubles
 * the pause, up to a second. */
#define SOON_NS      60000000000
#define PAUSES_AFTER 4
#define PAUSE_NS     1000000
#define PAUSE_MOST   10 /* doublings */

/* ---- what is left of the failure ---- */

static void note(struct service *service)
{
	struct service_report *failure = service->failure;

	failure->failures++;
	failure->syndrome = service->syndrome;
	failure->address = service->address;
	failure->pc = context_pc();
}

static void count(struct service *service, uint64_t now)
{
	const bool soon = service->failed != 0 && now - service->failed < timer_ticks(SOON_NS);

	service->soon = soon ? service->soon + 1 : 0;
	service->failed = now;
}

static uint64_t pause_of(const struct service *service)
{
	uint32_t doublings = service->soon - PAUSES_AFTER;

	if (service->soon < PAUSES_AFTER || service_row_of(&service->context)->is_job)
		return 0; /* a job's end has the partition's own policy */
	doublings = doublings < PAUSE_MOST ? doublings : PAUSE_MOST;
	return timer_ticks((uint64_t)PAUSE_NS << doublings);
}

/* ---- steps ---- */

static void step_at(struct service *service, uint64_t at)
{
	struct context *context = &service->context;

	if (service_row_of(context)->is_job)
		life_tell(partition_of_loader(context)->index, LIFE_LOOK);
	else if (context->kind == CONTEXT_BROKER)
		broker_go_on_at(broker_of(context), at);
	else
		timer_set((enum core_timer)service_row_of(context)->timer, at);
}

void service_failed(struct service *service, uint64_t syndrome, uint64_t address)
{
	const uint64_t now = timer_now();
	const bool is_job = service_row_of(&service->context)->is_job;

	sched_block(&service->context, is_job ? CONTEXT_BLOCKED : CONTEXT_OFF);
	service->syndrome = syndrome;
	service->address = address;
	service->text = SERVICE_TEXT_WHOLE;
	count(service, now);
	if (!is_job)
		note(service);
	service->check = 1;
	step_at(service, now);
}

/* Looks at the next piece of its image. False: there is none. */
static bool look_at_piece(struct service *service)
{
	const struct service_row *row = service_row_of(&service->context);
	enum service_text text;

	if (service->check > service_text_pieces(row))
		return false;
	text = service_text_look(row, service->check - 1);
	service->text = text > service->text ? text : service->text;
	service->check++;
	return true;
}

static void begin_again(struct service *service)
{
	service->failure->text = service->text;
	service_unmask(service);
	if ((service_row_of(&service->context)->calls >> SERVICE_TRACE & 1) != 0)
		trace_hold(false);
	if (service->context.kind != CONTEXT_BROKER) {
		service_start(&service->context);
		return;
	}
	broker_begin(broker_of(&service->context));
	service_wake_later(SERVICE_EVENT_STATE); /* so that the console reports it */
}

bool service_go_on(struct service *service)
{
	const uint64_t now = timer_now(), begins = service->failed + pause_of(service);

	if (look_at_piece(service)) {
		step_at(service, now);
		return false;
	}
	if (begins > now) {
		step_at(service, begins);
		return false;
	}
	service->check = 0;
	if (service_row_of(&service->context)->is_job)
		sched_block(&service->context, CONTEXT_OFF);
	else
		begin_again(service);
	return true;
}
