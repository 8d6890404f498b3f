/* Timers: see kernel/timer.h. A timer is in the heap of the CPU that set it. */
#include <kernel/sched.h>
#include <kernel/timer.h>
#include <machine/cpu.h>

/* The shortest period is a second / 2^16, since a timer may interrupt more urgent threads. */
#define PERIOD_SHIFT 16

void timer_stop(struct timer *timer)
{
	if (timer->cpu != NULL)
		sched_clear_timer(timer);
}

/* The next firing, after now. A timer fires once for all periods that have passed. */
static uint64_t later_than_now(const struct timer *timer, uint64_t deadline)
{
	uint64_t now = machine_time();

	return deadline > now ? deadline : now + timer->period - (now - deadline) % timer->period;
}

/* Ends the process if it computes now and computed at the last firing, too, without setting the
 * alarm in between. A process that doesn't run on the alarm's CPU isn't to blame. */
static void alarm_fire(struct cpu *cpu, struct timer *timer)
{
	static const uint64_t nobody[4] = {~0ULL};
	const struct thread *current = cpu->current;
	bool computes = current != NULL && current->state == THREAD_RUNS &&
	                current->process == object_owner(timer);

	timer_stop(timer);
	if (computes && timer->missed) {
		process_end(object_owner(timer), RTOS_PROCESS_KILLED, nobody);
		return;
	}
	timer->missed = computes;
	sched_set_timer(cpu, timer, machine_time() + timer->period);
}

void timer_fire(struct cpu *cpu, struct timer *timer)
{
	uint64_t deadline = timer->node.key, next = deadline + timer->period;

	if (timer->is_alarm) {
		alarm_fire(cpu, timer);
		return;
	}
	timer_stop(timer);
	if (timer->period != 0 && next > deadline)
		sched_set_timer(cpu, timer, later_than_now(timer, next));
	source_fire(&timer->source);
}

int timer_call_create(struct thread *self)
{
	struct process *process = self->process;
	struct notification *notification = NULL;
	bool is_alarm = self->registers.x[X_HANDLE] == 0;
	enum rtos_status status = RTOS_OK;
	struct handle *handle;
	struct timer *timer;

	if (!is_alarm)
		status = notification_argument(self, X_HANDLE, &notification);
	if (status != RTOS_OK)
		return (int)status;
	if (!process_make_place(process))
		return RTOS_NO_HANDLE;
	timer = object_new(&process->pool, &process->objects, RTOS_KIND_TIMER, OBJECT_SMALL);
	if (timer == NULL)
		return RTOS_NO_MEMORY;
	timer->is_alarm = is_alarm;
	if (!is_alarm)
		source_set(&timer->source, notification, self->registers.x[0]);
	handle = handle_make(&process->handles, 0, &timer->object, RTOS_RIGHTS_ALL, 0);
	self->registers.x[0] = handle->number;
	return RTOS_OK;
}

int timer_call_set(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
	uint64_t deadline = self->registers.x[X_DEADLINE], period = self->registers.x[0];
	struct timer *timer;

	if (!handle_is(handle, RTOS_KIND_TIMER, RTOS_RIGHT_USE))
		return (int)handle_wrong(handle, RTOS_KIND_TIMER);
	if (period != 0 && period < machine_hz() >> PERIOD_SHIFT)
		return RTOS_BAD_ARGUMENT;
	timer = (struct timer *)handle->object;
	if (timer->is_alarm && deadline != 0 && period == 0)
		return RTOS_BAD_ARGUMENT;
	timer_stop(timer);
	timer->missed = false;
	timer->period = period;
	timer->urgency = sched_class(self->own);
	if (deadline != 0)
		sched_set_timer(self->cpu, timer, deadline);
	return RTOS_OK;
}
