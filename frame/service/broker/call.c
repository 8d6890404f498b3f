/* A broker's calls to the frame, by SVC. The other services' calls are in frame/service/lib/call.c.
 */
#include <broker/broker.h>
#include <kumiki/service.h>

struct broker_word broker_rest(uint64_t interrupts, uint64_t looks, uint64_t again,
                               uint32_t carried)
{
	register uint64_t x8 __asm__("x8") = SERVICE_REST;
	register uint64_t x0 __asm__("x0") = interrupts;
	register uint64_t x1 __asm__("x1") = looks;
	register uint64_t x2 __asm__("x2") = again;
	register uint64_t x3 __asm__("x3") = carried;

	__asm__ volatile("svc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : "r"(x8) : "memory");
	return (struct broker_word){x0, x1, x2, x3};
}

static void call_frame(uint64_t number, uint64_t argument)
{
	register uint64_t x8 __asm__("x8") = number;
	register uint64_t x0 __asm__("x0") = argument;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory");
}

void broker_answer(uint64_t value)
{
	call_frame(SERVICE_ANSWER, value);
}

void broker_tell_changed(uint64_t places)
{
	call_frame(SERVICE_CHANGED, places);
}

void broker_tell_operator(void)
{
	call_frame(SERVICE_TELL, SERVICE_EVENT_SAID);
}

uint64_t broker_now(void)
{
	uint64_t now;

	__asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(now)::"memory");
	return now;
}
