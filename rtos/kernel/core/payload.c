/* Payloads of messages: see kernel/payload.h. */
#include <kernel/mapping.h>
#include <kernel/payload.h>
#include <kernel/window.h>

static uint64_t payload_of(const struct thread *from)
{
	return from->registers.x[X_PAYLOAD];
}

/* The handle that a payload names, in its sender's table; NULL: there is none. */
static struct handle *named_handle(const struct thread *from)
{
	struct handle *handle =
	    handle_at(&from->process->handles, RTOS_PAYLOAD_NUMBER(payload_of(from)));

	return handle != NULL && handle->object != NULL ? handle : NULL;
}

/* ---- handles ---- */

static uint32_t badge_of(const struct thread *from, const struct handle *handle)
{
	uint32_t badge = RTOS_PAYLOAD_BADGE(payload_of(from));

	return badge != 0 ? badge : handle->badge;
}

/* Why the handle can't be copied. A call of an ended process may still wait: no handle is copied
 * from there. */
static enum rtos_status copy_wrong(const struct thread *from)
{
	const struct handle *handle = named_handle(from);

	if (from->process->state != RTOS_PROCESS_ALIVE)
		return RTOS_GONE;
	return handle == NULL ? RTOS_BAD_HANDLE : handle_copy_wrong(handle, badge_of(from, handle));
}

static uint64_t payload_copy(const struct thread *from, const struct thread *to)
{
	const struct handle *handle = named_handle(from);
	uint32_t rights = handle_rights(handle) & ~RTOS_PAYLOAD_WITHHELD(payload_of(from));

	return RTOS_PAYLOAD_HANDLE(
	    handle_make(&to->process->handles, 0, handle->object, rights, badge_of(from, handle))
	        ->number);
}

/* ---- lent pages ---- */

struct region *payload_region(const struct thread *from)
{
	return (struct region *)named_handle(from)->object;
}

static enum rtos_status lend_wrong(const struct thread *from)
{
	const struct handle *handle = named_handle(from);
	uint64_t first = RTOS_PAYLOAD_FIRST(payload_of(from));
	uint64_t pages = RTOS_PAYLOAD_PAGES(payload_of(from));
	const struct region *region;

	if (!handle_is(handle, RTOS_KIND_REGION, RTOS_RIGHT_READ))
		return handle_wrong(handle, RTOS_KIND_REGION);
	region = payload_region(from);
	if (region->type >= REGION_DEVICE || region->uncached || pages == 0 ||
	    first >= region->zeroed || pages > region->zeroed - first)
		return RTOS_BAD_ARGUMENT;
	return RTOS_OK;
}

/* ---- regions that are given ---- */

static enum rtos_status give_wrong(const struct thread *from)
{
	const struct handle *handle = named_handle(from);

	if (!handle_is(handle, RTOS_KIND_REGION, RTOS_RIGHT_GIVE | RTOS_RIGHT_MANAGE))
		return handle_wrong(handle, RTOS_KIND_REGION);
	if (payload_region(from)->type != REGION_PAGES || payload_region(from)->kept != 0 ||
	    payload_region(from)->zeroed < payload_region(from)->pages)
		return RTOS_BAD_ARGUMENT;
	return object_owner(handle->object) == from->process ? RTOS_OK : RTOS_DENIED;
}

static bool is_alone(const struct thread *from)
{
	const struct handle *handle = named_handle(from);

	return region_any_mapping(payload_region(from)) == NULL &&
	       handle->object->handles == handle && handle->next == NULL;
}

bool payload_prepare_step(const struct thread *from)
{
	struct region *region;
	struct mapping *mapping;

	if (RTOS_PAYLOAD_KIND(payload_of(from)) != RTOS_PAYLOAD_GIVES || is_alone(from))
		return false;
	region = payload_region(from);
	mapping = region_any_mapping(region);
	if (mapping != NULL)
		mapping_unmap_step(mapping);
	else
		handle_close_one(&region->object, named_handle(from));
	return true;
}

static uint64_t payload_give(const struct thread *from, const struct thread *to)
{
	struct handle *handle = named_handle(from);
	struct region *region = payload_region(from);
	uint32_t rights = handle_rights(handle);

	handle_close(&from->process->handles, handle);
	region = region_move(region, to->process);
	return RTOS_PAYLOAD_GIVE(
	    handle_make(&to->process->handles, 0, &region->object, rights, 0)->number);
}

/* ---- all payloads ---- */

/* Besides the payload, a call says what its caller accepts with the answer. */
static bool is_well_formed(uint64_t payload, enum payload_way way)
{
	const uint64_t answer = RTOS_ANSWER_HANDLE | RTOS_ANSWER_REGION;

	if (way != PAYLOAD_CALL && (payload & answer) != 0)
		return false;
	if (way == PAYLOAD_CALL && payload_offers(payload))
		return (payload & ~answer) == RTOS_ANSWER_PAGES(RTOS_PAYLOAD_NUMBER(payload));
	return RTOS_PAYLOAD_KIND(payload) != RTOS_PAYLOAD_NONE || (payload & ~answer) == 0;
}

enum rtos_status payload_wrong(const struct thread *from, enum payload_way way)
{
	uint64_t payload = payload_of(from);

	if (!is_well_formed(payload, way))
		return RTOS_BAD_ARGUMENT;
	switch (RTOS_PAYLOAD_KIND(payload)) {
	case RTOS_PAYLOAD_NONE:
		return RTOS_OK;
	case RTOS_PAYLOAD_COPIES:
		return copy_wrong(from);
	case RTOS_PAYLOAD_LENDS:
		return way == PAYLOAD_CALL ? lend_wrong(from) : RTOS_BAD_ARGUMENT;
	default:
		return way != PAYLOAD_CALL ? give_wrong(from) : RTOS_BAD_ARGUMENT;
	}
}

static bool is_accepted(const struct thread *to, enum payload_way way, uint64_t message,
                        uint64_t answer)
{
	return (to->registers.x[X_PAYLOAD] & (way == PAYLOAD_ANSWER ? answer : message)) != 0;
}

/* RTOS_OK: the taker's table has a free place; CALL_LATER: it has one now, which was a step. */
static int make_place_in(struct process *process)
{
	if (!handles_are_full(&process->handles))
		return RTOS_OK;
	return process_make_place(process) ? CALL_LATER : RTOS_NO_ROOM;
}

static int make_handle_room(const struct thread *to, enum payload_way way)
{
	return is_accepted(to, way, RTOS_ACCEPT_HANDLE, RTOS_ANSWER_HANDLE)
	           ? make_place_in(to->process)
	           : RTOS_NO_ROOM;
}

/* The table comes first, as it may take the last page. */
static int make_region_room(const struct thread *to, enum payload_way way)
{
	struct process *process = to->process;
	int status;

	if (!is_accepted(to, way, RTOS_ACCEPT_REGION, RTOS_ANSWER_REGION))
		return RTOS_NO_ROOM;
	status = make_place_in(process);
	if (status != RTOS_OK)
		return status;
	return object_has_room(&process->pool, &process->objects, OBJECT_SMALL) ? RTOS_OK
	                                                                        : RTOS_NO_ROOM;
}

int payload_make_room(const struct thread *from, const struct thread *to, enum payload_way way)
{
	enum rtos_status status = payload_wrong(from, way);
	uint64_t payload = payload_of(from);

	if (status != RTOS_OK)
		return (int)status;
	switch (RTOS_PAYLOAD_KIND(payload)) {
	case RTOS_PAYLOAD_NONE:
		return RTOS_OK;
	case RTOS_PAYLOAD_COPIES:
		return make_handle_room(to, way);
	case RTOS_PAYLOAD_LENDS:
		return window_offered(to, RTOS_PAYLOAD_PAGES(payload)) != NULL ? RTOS_OK
		                                                               : RTOS_NO_ROOM;
	default:
		/* A send has waited since its payload was prepared, and the region may have got
		 * handles or mappings since. */
		if (way == PAYLOAD_SEND && !is_alone(from))
			return RTOS_BUSY;
		return make_region_room(to, way);
	}
}

uint64_t payload_pass(const struct thread *from, const struct thread *to)
{
	switch (RTOS_PAYLOAD_KIND(payload_of(from))) {
	case RTOS_PAYLOAD_COPIES:
		return payload_copy(from, to);
	case RTOS_PAYLOAD_LENDS:
		return RTOS_PAYLOAD_LEND(RTOS_PAYLOAD_NUMBER(to->registers.x[X_PAYLOAD]), 0,
		                         RTOS_PAYLOAD_PAGES(payload_of(from)));
	case RTOS_PAYLOAD_GIVES:
		return payload_give(from, to);
	default:
		return 0;
	}
}
