/* Interrupts of devices: see kernel/interrupt.h. */
#include <kernel/interrupt.h>
#include <kernel/sched.h>
#include <machine/cpu.h>
#include <machine/gic.h>

/* Each number's interrupt; NULL: the number is free. */
static struct interrupt *interrupts[INTERRUPT_LIMIT - INTERRUPT_FIRST];

void interrupt_take(struct cpu *cpu, uint32_t number)
{
	struct interrupt *interrupt;

	interrupt = number >= INTERRUPT_FIRST && number < INTERRUPT_LIMIT
	                ? interrupts[number - INTERRUPT_FIRST]
	                : NULL;
	/* The interrupt was pending when its owner went, or moved to another CPU: nothing waits for
	 * it here. */
	if (interrupt == NULL || interrupt->cpu != cpu) {
		gic_deactivate(number);
		return;
	}
	interrupt->active = true;
	source_fire(&interrupt->source);
}

void interrupt_deactivate_done(struct cpu *cpu)
{
	while (cpu->dones != NULL) {
		struct interrupt *interrupt = cpu->dones;

		cpu->dones = interrupt->next_done;
		interrupt->done = false;
		gic_deactivate(interrupt->number);
	}
}

static void finish_interrupt(struct interrupt *interrupt)
{
	if (!interrupt->active)
		return;
	interrupt->active = false;
	if (interrupt->cpu == machine_cpu()) {
		gic_deactivate(interrupt->number);
		return;
	}
	interrupt->done = true;
	interrupt->next_done = interrupt->cpu->dones;
	interrupt->cpu->dones = interrupt;
	machine_kick(interrupt->cpu->index);
}

/* The CPU's list is short: drivers put interrupts there only in the time that an SGI needs to
 * arrive. */
static void forget_done(struct interrupt *interrupt)
{
	struct interrupt **at = &interrupt->cpu->dones;

	while (*at != interrupt)
		at = &(*at)->next_done;
	*at = interrupt->next_done;
	gic_clear_active(interrupt->number);
}

/* Each step of the object's end comes here. After the first one the number may belong to another
 * object. */
void interrupt_end(struct interrupt *interrupt)
{
	if (interrupts[interrupt->number - INTERRUPT_FIRST] != interrupt)
		return;
	gic_disable(interrupt->number);
	if (interrupt->done)
		forget_done(interrupt);
	else if (interrupt->active)
		gic_clear_active(interrupt->number);
	interrupt->done = false;
	interrupt->active = false;
	interrupts[interrupt->number - INTERRUPT_FIRST] = NULL;
	source_clear(&interrupt->source);
}

/* RTOS_OK, or why this number can't be used. A free number is a shared interrupt of the GIC. */
static enum rtos_status number_wrong(uint64_t number)
{
	if (number < INTERRUPT_FIRST || number >= gic_limit())
		return RTOS_BAD_ARGUMENT;
	return interrupts[number - INTERRUPT_FIRST] == NULL ? RTOS_OK : RTOS_BUSY;
}

int interrupt_call_create(struct thread *self)
{
	struct process *process = self->process;
	uint64_t *x = self->registers.x;
	struct handle *handle = handle_at(&process->handles, x[X_HANDLE]);
	struct notification *notification = NULL;
	struct interrupt *made;
	enum rtos_status status;

	if (!handle_is(handle, RTOS_KIND_MACHINE, RTOS_RIGHT_USE))
		return (int)handle_wrong(handle, RTOS_KIND_MACHINE);
	status = notification_argument(self, 1, &notification);
	if (status == RTOS_OK)
		status = number_wrong(x[0]);
	if (status != RTOS_OK)
		return (int)status;
	if (x[3] > RTOS_INTERRUPT_EDGE || x[4] >= cpu_count)
		return RTOS_BAD_ARGUMENT;
	if (!process_make_place(process))
		return RTOS_NO_HANDLE;
	made = object_new(&process->pool, &process->objects, RTOS_KIND_INTERRUPT, OBJECT_SMALL);
	if (made == NULL)
		return RTOS_NO_MEMORY;
	made->number = (uint32_t)x[0];
	made->cpu = &cpus[x[4]];
	source_set(&made->source, notification, x[2]);
	interrupts[made->number - INTERRUPT_FIRST] = made;
	x[0] = handle_make(&process->handles, 0, &made->object, RTOS_RIGHTS_ALL, 0)->number;
	gic_enable(made->number, made->cpu->index, x[3] != 0);
	return RTOS_OK;
}

int interrupt_call_done(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);

	if (!handle_is(handle, RTOS_KIND_INTERRUPT, RTOS_RIGHT_USE))
		return (int)handle_wrong(handle, RTOS_KIND_INTERRUPT);
	finish_interrupt((struct interrupt *)handle->object);
	return RTOS_OK;
}
