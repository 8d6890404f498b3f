/* Faults: see kernel/fault.h, kernel/call.h. */
#include <kernel/call.h>
#include <kernel/fault.h>
#include <kernel/mapping.h>
#include <kernel/trace.h>
#include <kernel/window.h>

/* Arm ARM D17.2.37, ESR_EL1 */
#define FAULT_CLASS(syndrome)      ((syndrome) >> 26 & 0x3f)
#define FAULT_DATA                 0x24                          /* of a lower exception level */
#define FAULT_IS_NO_PAGE(syndrome) (((syndrome)&0x43c) == 0x004) /* at any level, FAR valid */

/* ---- handlers ---- */

/* The link that leads to the thread's fault, or to the end of the list. */
static struct fault **find(const struct thread *thread)
{
	struct fault **link = &thread->process->faults;

	while (*link != NULL && (*link)->thread != thread)
		link = &(*link)->next;
	return link;
}

static void drop(struct fault **link)
{
	struct fault *fault = *link;
	struct process *process = object_owner(fault);

	*link = fault->next;
	object_free(&process->pool, &process->objects, fault);
}

void fault_forget(const struct thread *thread)
{
	struct fault **link = find(thread);

	if (*link != NULL)
		drop(link);
}

/* 0: nothing handles a fault at this address. */
static uint64_t handler_at(const struct process *process, uint64_t address)
{
	const struct mapping *mapping = mapping_in(process, address, 1);

	return mapping != NULL && mapping->window != NULL ? mapping->window->handler : 0;
}

/* The thread goes on at the handler, with the address in x0; false: it has none, or is there. */
static bool go_to_handler(struct thread *self, uint64_t syndrome, uint64_t address)
{
	const uint64_t handler = handler_at(self->process, address);
	struct process *process = self->process;
	struct registers *registers = &self->registers;
	struct fault *fault;

	if (handler == 0 || *find(self) != NULL)
		return false;
	fault = object_new(&process->pool, &process->objects, OBJECT_FAULT, OBJECT_SMALL);
	if (fault == NULL)
		return false;
	fault->next = process->faults;
	process->faults = fault;
	fault->thread = self;
	fault->x0 = registers->x[0];
	fault->x8 = registers->x[X_NUMBER];
	fault->pc = registers->pc;
	fault->pstate = registers->pstate;
	fault->syndrome = syndrome;
	fault->address = address;
	registers->x[0] = address;
	registers->pc = handler;
	return true;
}

/* ---- faults ---- */

static void fault_ends(struct thread *self, uint64_t syndrome, uint64_t address)
{
	const uint64_t why[4] = {self->number, syndrome, address, self->registers.pc};

	if (trace_is_on())
		trace_write(RTOS_EVENT_FAULT, self->process, syndrome << 32 | (uint32_t)address);
	process_end(self->process, RTOS_PROCESS_FAULTED, why);
}

/* While the thread waited for the kernel, another CPU may have shown the page, or exchanged it for
 * zeros: then the fault is over. */
void call_handle_fault(struct thread *self, uint64_t syndrome, uint64_t address)
{
	if (FAULT_CLASS(syndrome) == FAULT_DATA && FAULT_IS_NO_PAGE(syndrome) &&
	    (space_has(&self->process->space, address) || go_to_handler(self, syndrome, address)))
		return;
	fault_ends(self, syndrome, address);
}

/* With the registers as they were at the fault, the thread tries again, or ends its process. */
int fault_call_resume(struct thread *self)
{
	const bool fails = self->registers.x[0] != 0;
	struct fault **link = find(self), *fault = *link;
	struct registers *registers = &self->registers;
	uint64_t syndrome, address;

	if (fault == NULL)
		return RTOS_BAD_ARGUMENT;
	syndrome = fault->syndrome;
	address = fault->address;
	registers->x[0] = fault->x0;
	registers->x[X_NUMBER] = fault->x8;
	registers->pc = fault->pc;
	registers->pstate = fault->pstate;
	drop(link);
	if (fails)
		fault_ends(self, syndrome, address);
	return CALL_LATER;
}
