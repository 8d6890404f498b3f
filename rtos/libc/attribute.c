/* Attributes of a thread that the program is going to make (pthread.h). */
#include "thread.h"
#include <errno.h>

#define STACK_DEFAULT 16384

int pthread_attr_init(pthread_attr_t *attributes)
{
	*attributes = (pthread_attr_t){.stack = STACK_DEFAULT, .priority = -1, .cpu = -1};
	return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes)
{
	(void)attributes;
	return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
	if (size < PTHREAD_STACK_MIN || size > THREAD_STACKS / 2)
		return EINVAL;
	attributes->stack = size;
	return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *attributes, size_t *size)
{
	*size = attributes->stack;
	return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state)
{
	if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED)
		return EINVAL;
	attributes->detached = state;
	return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *state)
{
	*state = attributes->detached;
	return 0;
}

int pthread_attr_setschedparam(pthread_attr_t *attributes, const struct sched_param *parameters)
{
	if (parameters->sched_priority < 0 || parameters->sched_priority >= RTOS_PRIORITIES)
		return EINVAL;
	attributes->priority = parameters->sched_priority;
	return 0;
}

int pthread_attr_getschedparam(const pthread_attr_t *attributes, struct sched_param *parameters)
{
	parameters->sched_priority =
	    attributes->priority < 0 ? pthread_self()->priority : attributes->priority;
	return 0;
}

int pthread_attr_setcpu_np(pthread_attr_t *attributes, int cpu)
{
	if (cpu < 0 || cpu >= RTOS_CPUS_MAX)
		return EINVAL;
	attributes->cpu = cpu;
	return 0;
}
