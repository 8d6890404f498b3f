/* One copy of trace() for the many places that trace rarely. */
#include <lib/bundle.h>
#include <word/mail.h>
#include <word/power.h>
#include <word/trace.h>

void trace_seldom(enum trace_type type, uint32_t vcpu, uint64_t data)
{
	trace(type, vcpu, data);
}

void trace_hold(bool hold)
{
	__atomic_store_n(&shared_memory->traces_held, hold, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < core_bundle->cores.count; i++)
		/* a dark core writes nothing, and looks when it comes back */
		if (!power_is_dark(i))
			mail_post(i, MAIL_SERVICE, MAIL_SERVICE_TRACES);
}
