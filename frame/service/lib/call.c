/*
 * The SVC instructions behind service/call.h. The frame keeps all registers except x0. Memory is
 * named as changed because rings are read and written on both sides of a call.
 */
#include <kumiki/life.h>
#include <kumiki/service.h>
#include <service/call.h>

static uint64_t call_frame(uint64_t number, uint64_t argument)
{
	register uint64_t x8 __asm__("x8") = number;
	register uint64_t x0 __asm__("x0") = argument;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory");
	return x0;
}

uint64_t service_wait(uint64_t nanoseconds, uint64_t events)
{
	register uint64_t x8 __asm__("x8") = SERVICE_WAIT;
	register uint64_t x0 __asm__("x0") = nanoseconds;
	register uint64_t x1 __asm__("x1") = events;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
	return x0;
}

void service_tell(uint64_t events)
{
	(void)call_frame(SERVICE_TELL, events);
}

void service_done(uint64_t status, const uint64_t answer[4])
{
	uint64_t first = answer[0], second = answer[1], third = answer[2], fourth = answer[3];
	register uint64_t x8 __asm__("x8") = SERVICE_DONE;
	register uint64_t x0 __asm__("x0") = status;
	register uint64_t x1 __asm__("x1") = first;
	register uint64_t x2 __asm__("x2") = second;
	register uint64_t x3 __asm__("x3") = third;
	register uint64_t x4 __asm__("x4") = fourth;

	for (;;)
		__asm__ volatile("svc #0" ::"r"(x8), "r"(x0), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
		                 : "memory");
}

void service_notify(uint64_t ring)
{
	(void)call_frame(SERVICE_NOTIFY, ring);
}

uint64_t service_command(uint64_t partition, uint64_t command)
{
	register uint64_t x8 __asm__("x8") = SERVICE_COMMAND;
	register uint64_t x0 __asm__("x0") = partition;
	register uint64_t x1 __asm__("x1") = command;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
	return x0;
}

uint64_t service_power(uint64_t core, uint64_t what)
{
	register uint64_t x8 __asm__("x8") = SERVICE_POWER;
	register uint64_t x0 __asm__("x0") = core;
	register uint64_t x1 __asm__("x1") = what;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
	return x0;
}

void service_debug(uint64_t partition)
{
	(void)service_command(partition, LIFE_LOOK);
}

uint64_t service_move(uint64_t partition, uint64_t vcpu, uint64_t core)
{
	register uint64_t x8 __asm__("x8") = SERVICE_MOVE;
	register uint64_t x0 __asm__("x0") = partition;
	register uint64_t x1 __asm__("x1") = vcpu;
	register uint64_t x2 __asm__("x2") = core;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
}

int64_t service_hold(uint64_t core, uint64_t partition, uint64_t time)
{
	register uint64_t x8 __asm__("x8") = SERVICE_HOLD;
	register uint64_t x0 __asm__("x0") = core;
	register uint64_t x1 __asm__("x1") = partition;
	register uint64_t x2 __asm__("x2") = time;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return (int64_t)x0;
}

uint64_t service_update(uint64_t size)
{
	return call_frame(SERVICE_UPDATE, size);
}

void service_trace(bool hold)
{
	(void)call_frame(SERVICE_TRACE, hold);
}

/* The counter is read here, as a call would cost a hundred times as much. */
uint64_t service_time(void)
{
	uint64_t now;

	__asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(now)::"memory");
	return now;
}
