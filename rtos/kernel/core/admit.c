/* See kernel/admit.h. */
#include <kernel/admit.h>
#include <machine/cpu.h>

/* ---- bars ---- */

static bool admit_is_over(const struct port_bar *bar)
{
	return bar->badge == 0 || bar->until <= machine_time();
}

/* Frees the places of bars that are over. If no bar is left, bars don't keep calls from the short
 * way. */
static void admit_renew(struct port *port)
{
	port->special &= (uint8_t)~PORT_BARS;
	for (uint32_t i = 0; i < PORT_BARS_MAX; i++) {
		if (admit_is_over(&port->bars[i]))
			port->bars[i].badge = 0;
		else
			port->special |= PORT_BARS;
	}
}

static bool admit_fits(const struct port_bar *bar, uint64_t kind)
{
	return bar->kind == kind || bar->kind == PORT_BAR_ALL;
}

static bool admit_is_barred(struct port *port, uint32_t badge, uint64_t word)
{
	if ((port->special & PORT_BARS) == 0)
		return false;
	admit_renew(port);
	for (uint32_t i = 0; i < PORT_BARS_MAX; i++)
		if (port->bars[i].badge != 0 && port->bars[i].badge == badge &&
		    admit_fits(&port->bars[i], RTOS_CALL_KIND(word)))
			return true;
	return false;
}

/* Finds the place for a bar: its own place, or else a free one. If there is neither, a bar of the
 * same badge makes room, and all kinds of the badge's calls are barred then. Otherwise the bar that
 * ends first gives way. */
static struct port_bar *admit_place(struct port *port, uint32_t badge, uint64_t kind)
{
	struct port_bar *bars = port->bars, *first = &bars[0];

	for (uint32_t i = 0; i < PORT_BARS_MAX; i++)
		if (bars[i].badge == badge && admit_fits(&bars[i], kind))
			return &bars[i];
	for (uint32_t i = 0; i < PORT_BARS_MAX; i++)
		if (bars[i].badge == 0)
			return &bars[i];
	for (uint32_t i = 0; i < PORT_BARS_MAX; i++) {
		if (bars[i].badge == badge) {
			bars[i].kind = PORT_BAR_ALL;
			return &bars[i];
		}
		if (bars[i].until < first->until)
			first = &bars[i];
	}
	first->badge = 0;
	return first;
}

static void admit_bar(struct port *port, uint32_t badge, uint64_t kind, uint64_t until)
{
	struct port_bar *bar;

	admit_renew(port);
	bar = admit_place(port, badge, kind);
	if (bar->badge == 0)
		*bar = (struct port_bar){.badge = badge, .kind = kind};
	if (bar->until < until)
		bar->until = until;
	admit_renew(port);
}

static void admit_lift(struct port *port)
{
	for (uint32_t i = 0; i < PORT_BARS_MAX; i++)
		port->bars[i].badge = 0;
	admit_renew(port);
}

/* ---- epochs ---- */

#define ADMIT_BIT(badge) (1ULL << (badge) % WORD_BITS)

static void admit_told(struct port *port, uint32_t badge)
{
	port->untold &= ~ADMIT_BIT(badge);
	if (port->untold == 0)
		port->special &= (uint8_t)~PORT_UNTOLD;
}

static bool admit_must_tell(struct port *port, uint32_t badge)
{
	if ((port->untold & ADMIT_BIT(badge)) == 0)
		return false;
	admit_told(port, badge);
	return true;
}

/* ---- callers ---- */

enum rtos_status admit_call(struct port *port, uint32_t badge, uint64_t word)
{
	if ((port->special & PORT_CLOSED) != 0)
		return RTOS_NO_SERVER;
	if (admit_is_barred(port, badge, word))
		return RTOS_SET_ASIDE;
	return admit_must_tell(port, badge) ? RTOS_NEW_EPOCH : RTOS_OK;
}

enum rtos_status admit_waiting(struct port *port, const struct thread *caller)
{
	if (caller->identity <= port->anew) {
		admit_told(port, caller->badge);
		return RTOS_NEW_EPOCH;
	}
	return admit_is_barred(port, caller->badge, caller->registers.x[0]) ? RTOS_SET_ASIDE
	                                                                    : RTOS_OK;
}

/* ---- the calls ---- */

int admit_call_create(struct thread *self)
{
	struct process *process = self->process;
	uint64_t limit = self->registers.x[0], flags = self->registers.x[1];
	struct port *port;

	if (limit > UINT8_MAX || flags > RTOS_PORT_CLOSED)
		return RTOS_BAD_ARGUMENT;
	if (!process_make_place(process))
		return RTOS_NO_HANDLE;
	port = object_new(&process->pool, &process->objects, RTOS_KIND_PORT, OBJECT_SMALL);
	if (port == NULL)
		return RTOS_NO_MEMORY;
	port->blame_limit = (uint8_t)(limit == 0 ? RTOS_BLAME_DEFAULT : limit);
	port->special = flags != 0 ? PORT_CLOSED : 0;
	port->since = port_identities;
	self->registers.x[0] =
	    handle_make(&process->handles, 0, &port->object, RTOS_RIGHTS_ALL, 0)->number;
	return RTOS_OK;
}

int admit_call_close(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
	struct port *port;

	if (!handle_is(handle, RTOS_KIND_PORT, RTOS_RIGHT_MANAGE))
		return (int)handle_wrong(handle, RTOS_KIND_PORT);
	port = (struct port *)handle->object;
	if (self->registers.x[0] == 0)
		port->special &= (uint8_t)~PORT_CLOSED;
	else
		port->special |= PORT_CLOSED;
	while ((port->special & PORT_CLOSED) != 0 && port_end_step(port, RTOS_NO_SERVER))
		if (machine_must_leave(true))
			return thread_repeat(self);
	return RTOS_OK;
}

/* The port that a manager's call names; NULL: `status` says why. */
static struct port *admit_port(const struct thread *self, enum rtos_status *status)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);

	if (handle_is(handle, RTOS_KIND_PORT, RTOS_RIGHT_MANAGE))
		return (struct port *)handle->object;
	*status = handle_wrong(handle, RTOS_KIND_PORT);
	return NULL;
}

int admit_call_epoch(struct thread *self)
{
	enum rtos_status status = RTOS_OK;
	struct port *port = admit_port(self, &status);

	if (port == NULL)
		return (int)status;
	port->epoch++;
	port->anew = port_identities;
	port->untold |= self->registers.x[0];
	if (port->untold != 0)
		port->special |= PORT_UNTOLD;
	self->registers.x[0] = port->epoch;
	return RTOS_OK;
}

int admit_call_bar(struct thread *self)
{
	const uint64_t *x = self->registers.x;
	enum rtos_status status = RTOS_OK;
	struct port *port = admit_port(self, &status);

	if (port == NULL)
		return (int)status;
	if (x[0] > UINT32_MAX)
		return RTOS_BAD_ARGUMENT;
	if (x[0] == 0)
		admit_lift(port);
	else
		admit_bar(port, (uint32_t)x[0], RTOS_CALL_KIND(x[1]), x[2]);
	return RTOS_OK;
}
