/* System calls: see kernel/call.h; docs/reference/reference.md describes each call. */
#include <kernel/admit.h>
#include <kernel/call.h>
#include <kernel/end.h>
#include <kernel/fault.h>
#include <kernel/interrupt.h>
#include <kernel/kept.h>
#include <kernel/lock.h>
#include <kernel/look.h>
#include <kernel/mapping.h>
#include <kernel/port.h>
#include <kernel/show.h>
#include <kernel/timer.h>
#include <kernel/trace.h>
#include <kernel/window.h>
#include <machine/console.h>
#include <machine/cpu.h>

/* ---- handles ---- */

static int call_give(struct thread *self)
{
	uint64_t *x = self->registers.x;
	struct handle *handle = handle_at(&self->process->handles, x[0]);
	enum rtos_status status = RTOS_OK;
	struct process *process = process_argument(self, X_HANDLE, &status);
	uint32_t badge;

	if (process == NULL)
		return (int)status;
	if (handle == NULL || handle->object == NULL)
		return RTOS_BAD_HANDLE;
	badge = x[2] != 0 ? (uint32_t)x[2] : handle->badge;
	status = handle_copy_wrong(handle, badge);
	if (status != RTOS_OK)
		return (int)status;
	if (x[2] > UINT32_MAX || x[3] >= RTOS_HANDLES_A_PAGE)
		return RTOS_BAD_ARGUMENT;
	if (process->state != RTOS_PROCESS_ALIVE)
		return RTOS_GONE;
	if (!process_make_place(process))
		return RTOS_NO_HANDLE;
	handle = handle_make(&process->handles, (uint32_t)x[3], handle->object,
	                     handle_rights(handle) & (uint32_t)x[1], badge);
	if (handle == NULL)
		return RTOS_BUSY;
	x[0] = handle->number;
	return RTOS_OK;
}

static int call_close(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);

	if (handle == NULL || handle->object == NULL)
		return RTOS_BAD_HANDLE;
	handle_close(&self->process->handles, handle);
	return RTOS_OK;
}

static int call_info(struct thread *self)
{
	uint64_t *x = self->registers.x;
	const struct handle *handle = handle_at(&self->process->handles, x[X_HANDLE]);

	if (handle == NULL || handle->object == NULL)
		return RTOS_BAD_HANDLE;
	x[0] = handle->object->kind;
	x[1] = handle_rights(handle);
	x[2] = handle->badge;
	if (handle->object->kind == RTOS_KIND_PORT)
		x[3] = ((const struct port *)handle->object)->epoch;
	return RTOS_OK;
}

/* ---- the machine ---- */

/* x0 to x6 have the text, and the register behind them its length. */
#define PRINT_WORDS 7

static int call_print(struct thread *self)
{
	const uint64_t *x = self->registers.x;
	const struct handle *handle = handle_at(&self->process->handles, x[X_HANDLE]);

	if (!handle_is(handle, RTOS_KIND_MACHINE, RTOS_RIGHT_USE))
		return (int)handle_wrong(handle, RTOS_KIND_MACHINE);
	if (x[PRINT_WORDS] > PRINT_WORDS * sizeof(uint64_t))
		return RTOS_BAD_ARGUMENT;
	console_write((const char *)x, x[PRINT_WORDS]);
	return RTOS_OK;
}

static int call_power(struct thread *self)
{
	const struct handle *handle =
	    handle_at(&self->process->handles, self->registers.x[X_HANDLE]);

	if (!handle_is(handle, RTOS_KIND_MACHINE, RTOS_RIGHT_MANAGE))
		return (int)handle_wrong(handle, RTOS_KIND_MACHINE);
	if (self->registers.x[0] > RTOS_POWER_KEEP)
		return RTOS_BAD_ARGUMENT;
	if (self->registers.x[0] == RTOS_POWER_KEEP)
		crash_end("program 0 or a program with its right ordered it");
	machine_set_power((enum rtos_power)self->registers.x[0]);
	return RTOS_BAD_CALL;
}

/* ---- all calls ---- */

#define CALLS 64

static int (*const calls[CALLS])(struct thread *self) = {
    [RTOS_CALL] = port_call_call,
    [RTOS_REPLY_WAIT] = port_call_reply_wait,
    [RTOS_RECEIVE] = port_call_receive,
    [RTOS_REPLY] = port_call_reply,
    [RTOS_SEND] = port_call_send,
    [RTOS_SIGNAL] = notification_call_signal,
    [RTOS_WAIT] = notification_call_wait,
    [RTOS_YIELD] = thread_call_yield,
    [RTOS_LOCK] = lock_call_lock,
    [RTOS_UNLOCK] = lock_call_unlock,
    [RTOS_AGAIN] = port_call_again,
    [RTOS_SHOW] = show_call_show,
    [RTOS_HIDE] = show_call_hide,
    [RTOS_RESUME] = fault_call_resume,
    [RTOS_HANDLE_GIVE] = call_give,
    [RTOS_HANDLE_CLOSE] = call_close,
    [RTOS_HANDLE_INFO] = call_info,
    [RTOS_DESTROY] = end_call_destroy,
    [RTOS_PORT_CREATE] = admit_call_create,
    [RTOS_PORT_CLOSE] = admit_call_close,
    [RTOS_PORT_EPOCH] = admit_call_epoch,
    [RTOS_PORT_BAR] = admit_call_bar,
    [RTOS_BLAMED] = look_call_blamed,
    [RTOS_NOTIFICATION_CREATE] = notification_call_create,
    [RTOS_LOCK_CREATE] = lock_call_create,
    [RTOS_TIMER_CREATE] = timer_call_create,
    [RTOS_TIMER_SET] = timer_call_set,
    [RTOS_WINDOW_CREATE] = window_call_create,
    [RTOS_THREAD_CREATE] = thread_call_create,
    [RTOS_THREAD_BIND] = notification_call_bind,
    [RTOS_THREAD_SET] = thread_call_set,
    [RTOS_THREAD_END] = thread_call_end,
    [RTOS_THREAD_TIME] = thread_call_time,
    [RTOS_PROCESS_TIME] = process_call_time,
    [RTOS_THREAD_READ] = thread_call_read,
    [RTOS_OLDEST] = look_call_oldest,
    [RTOS_PROCESS_CREATE] = process_call_create,
    [RTOS_PROCESS_PAGES] = process_call_pages,
    [RTOS_PROCESS_WATCH] = process_call_watch,
    [RTOS_PROCESS_STATE] = process_call_state,
    [RTOS_PROCESS_KILL] = process_call_kill,
    [RTOS_PROCESS_REAP] = process_call_reap,
    [RTOS_PROCESS_RESET] = process_call_reset,
    [RTOS_EXIT] = process_call_exit,
    [RTOS_REGION_CREATE] = region_call_create,
    [RTOS_REGION_DEVICE] = region_call_device,
    [RTOS_REGION_SEAL] = region_call_seal,
    [RTOS_MAP] = mapping_call_map,
    [RTOS_UNMAP] = mapping_call_unmap,
    [RTOS_REGION_PHYSICAL] = region_call_physical,
    [RTOS_MAPPING] = region_call_mapping,
    [RTOS_REGION_KEPT] = kept_call,
    [RTOS_INTERRUPT_CREATE] = interrupt_call_create,
    [RTOS_INTERRUPT_DONE] = interrupt_call_done,
    [RTOS_PRINT] = call_print,
    [RTOS_POWER] = call_power,
    [RTOS_TRACE] = trace_call_trace,
    [RTOS_TRACE_STATE] = trace_call_state,
    [RTOS_TRACE_NAME] = trace_call_name,
};

void call_handle(struct thread *self)
{
	uint64_t number = self->registers.x[X_NUMBER];
	int status = RTOS_BAD_CALL;

	if (self->outcome != RTOS_OK)
		status = port_withdraw(self); /* the call that the thread repeats is over */
	else if (number < CALLS && calls[number] != NULL)
		status = calls[number](self);
	if (status != CALL_LATER)
		self->registers.x[X_STATUS] = (uint64_t)status;
	if ((self->process->strict) && look_is_broken(status))
		look_break(self, number, status);
}
