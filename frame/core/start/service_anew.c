/*
 * A service that has failed begins a new run (word/service.h). This part of the start is used more
 * than once. It runs in the tables that the core started with, with interrupts masked.
 */
#include <machine/contexts.h>
#include <run/broker.h>
#include <run/wake_service.h>
#include <start/service_anew.h>
#include <start/service_text.h>
#include <state/partition.h>
#include <state/services.h>
#include <word/service.h>
#include <word/trace.h>

static void note(struct service_report *failure, uint64_t syndrome, uint64_t address)
{
	failure->failures++;
	failure->syndrome = syndrome;
	failure->address = address;
	failure->pc = context_pc();
}

static void begin_again(struct service *service)
{
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

void service_anew(struct context *context, uint64_t syndrome, uint64_t address)
{
	struct service *service = service_of(context);
	const enum service_text text = service_text_mend(service_row_of(context));

	if (service_row_of(context)->is_job) {
		partition_of_loader(context)->console->report.text = (uint16_t)text;
		return;
	}
	note(service->failure, syndrome, address);
	service->failure->text = text;
	begin_again(service);
}
