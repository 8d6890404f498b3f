/* The trace: see kernel/trace.h. */
#include <kernel/notification.h>
#include <kernel/sched.h>
#include <kernel/trace.h>
#include <machine/cpu.h>

struct trace trace;

/* The process that has each number. */
#define TRACE_PROCESSES 256
static struct process *trace_processes[TRACE_PROCESSES];

/* The first word of struct trace_event (kumiki/trace.h). */
#define TYPE_SHIFT   56
#define NUMBER_SHIFT 48
#define TIME_MASK    ((1ULL << NUMBER_SHIFT) - 1)

void trace_write(enum rtos_event type, const struct process *process, uint64_t data)
{
	uint32_t cpu = machine_cpu()->index;
	uint64_t number = process != NULL ? process->space.asid : RTOS_EVENT_NOBODY;
	uint64_t slot = trace.written[cpu]++ & (trace.events - 1);

	trace.ring[cpu][slot] =
	    (struct trace_event){(uint64_t)type << TYPE_SHIFT | number << NUMBER_SHIFT |
	                             (machine_trace_time() & TIME_MASK),
	                         data};
}

void trace_write_thread(enum rtos_event type, const struct thread *thread, uint32_t small,
                        uint64_t rest)
{
	trace_write(type, thread->process, RTOS_EVENT_DATA(thread->number, small, rest));
}

/* ---- processes and their names ---- */

static void write_name(const struct process *process)
{
	trace_write(RTOS_EVENT_NAME, process, process->name[0]);
	if (process->name[1] != 0)
		trace_write(RTOS_EVENT_NAME_REST, process, process->name[1]);
}

void trace_made(struct process *process)
{
	trace_processes[process->space.asid] = process;
	if (!trace_is_on())
		return;
	trace_process(RTOS_EVENT_MADE, process, 0,
	              process->maker != NULL ? process->maker->space.asid : RTOS_EVENT_NOBODY);
	write_name(process);
}

void trace_gone(struct process *process)
{
	if (trace_processes[process->space.asid] != process)
		return;
	trace_processes[process->space.asid] = NULL;
	if (!trace_is_on())
		return;
	write_name(process);
	trace_process(RTOS_EVENT_GONE, process, 0, 0);
}

void trace_ended(const struct process *process)
{
	const struct thread *self = machine_cpu()->current;
	uint64_t value = process->why[1];

	if (!trace_is_on())
		return;
	if (process->state == RTOS_PROCESS_KILLED)
		value = self != NULL ? self->process->space.asid : RTOS_EVENT_NOBODY;
	trace_write(RTOS_EVENT_ENDED, process,
	            RTOS_EVENT_DATA(process->why[0], process->state, value));
}

/* ---- of a CPU that is traced ---- */

/* Traces an svc. Signals are traced here, as notification_call_signal() has no trace point, to stay
 * short. */
void trace_svc(const struct thread *self)
{
	const uint64_t *x = self->registers.x;
	const struct handle *handle = handle_at(&self->process->handles, x[X_HANDLE]);

	if (x[X_NUMBER] == RTOS_SIGNAL &&
	    handle_is(handle, RTOS_KIND_NOTIFICATION, RTOS_RIGHT_SIGNAL))
		trace_thread(RTOS_EVENT_SIGNAL, self, 0, handle->badge);
}

void trace_goes_on(const struct thread *next)
{
	if (next != NULL)
		trace_thread(RTOS_EVENT_SWITCH, next, next->priority, 0);
	else
		trace_process(RTOS_EVENT_SWITCH, NULL, 0, 0);
}

/* ---- calls ---- */

/* Whether the region is plain pages in one piece, which aren't to be code. */
static bool is_fit(const struct region *region)
{
	return region->type == REGION_PAGES && !region->sealed && !region->uncached &&
	       region->cleaned == 0 && region->first != FRAME_NONE &&
	       region->zeroed == region->pages &&
	       region->pages == 1ULL << memory.frames[region->first].order;
}

/* How many events each CPU's ring gets from this many pages. */
static uint64_t events_in(uint64_t pages)
{
	uint64_t events = pages * PAGE_SIZE / sizeof(struct trace_event);

	for (uint32_t cpus_had = 1; cpus_had < cpu_count; cpus_had *= 2)
		events /= 2;
	return events;
}

static void trace_begin(struct region *region)
{
	struct trace_event *at = memory_at(region->first);

	trace.events = events_in(region->pages);
	for (uint32_t i = 0; i < cpu_count; i++) {
		trace.ring[i] = at + i * trace.events;
		trace.written[i] = 0;
	}
	trace.region = region;
	trace.last = region;
	machine_follow_trace();
}

static void trace_stop(void)
{
	trace.region = NULL;
	machine_follow_trace();
}

void trace_forget(void)
{
	trace.last = NULL;
	if (trace_is_on())
		trace_stop();
}

static enum rtos_status trace_right_wrong(const struct thread *self)
{
	const struct handle *handle =
	    handle_at(&self->process->handles, self->registers.x[X_HANDLE]);

	return handle_is(handle, RTOS_KIND_MACHINE, RTOS_RIGHT_READ)
	           ? RTOS_OK
	           : handle_wrong(handle, RTOS_KIND_MACHINE);
}

/* The region that a call names, with a right to it, if the caller may trace. NULL: `wrong` says
 * why. */
static struct region *trace_argument(const struct thread *self, uint32_t number,
                                     enum rtos_right right, enum rtos_status *wrong)
{
	const struct handle *handle = handle_at(&self->process->handles, self->registers.x[number]);

	*wrong = trace_right_wrong(self);
	if (*wrong != RTOS_OK)
		return NULL;
	if (handle_is(handle, RTOS_KIND_REGION, right))
		return (struct region *)handle->object;
	*wrong = handle_wrong(handle, RTOS_KIND_REGION);
	return NULL;
}

static enum rtos_status trace_end(const struct region *region)
{
	if (trace.region != region)
		return RTOS_GONE;
	trace_stop();
	return RTOS_OK;
}

int trace_call_trace(struct thread *self)
{
	enum rtos_status status;
	struct region *region = trace_argument(self, 0, RTOS_RIGHT_WRITE, &status);

	if (region == NULL)
		return (int)status;
	if (self->registers.x[1] == RTOS_TRACE_END)
		return (int)trace_end(region);
	if (trace_is_on())
		return RTOS_BUSY;
	if (self->registers.x[1] != RTOS_TRACE_BEGIN || !is_fit(region) ||
	    events_in(region->pages) < RTOS_TRACE_EVENTS_MIN)
		return RTOS_BAD_ARGUMENT;
	trace_begin(region);
	trace_goes_on(self);
	return RTOS_OK;
}

int trace_call_state(struct thread *self)
{
	uint64_t *x = self->registers.x;
	enum rtos_status status;
	const struct region *region = trace_argument(self, 1, RTOS_RIGHT_READ, &status);

	if (region == NULL)
		return (int)status;
	if (x[0] >= cpu_count)
		return RTOS_BAD_ARGUMENT;
	if (trace.last != region)
		return RTOS_GONE;
	x[0] = trace.written[x[0]];
	x[1] = trace.events;
	x[2] = cpu_count;
	return RTOS_OK;
}

int trace_call_name(struct thread *self)
{
	uint64_t *x = self->registers.x;
	enum rtos_status status = trace_right_wrong(self);
	const struct process *process;

	if (status != RTOS_OK)
		return (int)status;
	if (x[0] >= TRACE_PROCESSES)
		return RTOS_BAD_ARGUMENT;
	process = trace_processes[x[0]];
	if (process == NULL)
		return RTOS_GONE;
	x[0] = process->name[0];
	x[1] = process->name[1];
	return RTOS_OK;
}
