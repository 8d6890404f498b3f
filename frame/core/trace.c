/* What is traced from many places, and rarely: one copy of it for all of them. */
#include <frame/trace.h>

void trace_seldom(enum trace_type type, uint32_t vcpu, uint64_t data)
{
	trace(type, vcpu, data);
}
