/* Handle tables: see kernel/handle.h. */
#include <kernel/handle.h>
#include <kernel/process.h>

void handles_grow(struct handles *handles, void *page)
{
	uint64_t first = handles->count;

	handles->page[first / RTOS_HANDLES_A_PAGE] = page;
	handles->count += RTOS_HANDLES_A_PAGE;
	for (uint64_t word = first / WORD_BITS; word < handles->count / WORD_BITS; word++)
		handles->free[word] = ~0ULL;
	handles->free[0] &= ~1ULL;
}

enum rtos_status handle_wrong(const struct handle *handle, uint32_t kind)
{
	if (handle == NULL || handle->object == NULL || handle->object->kind != kind)
		return RTOS_BAD_HANDLE;
	return RTOS_DENIED;
}

/* A free number; 0: there is none. */
static uint32_t free_number(const struct handles *handles)
{
	for (uint32_t word = 0; word < HANDLES_WORDS; word++)
		if (handles->free[word] != 0)
			return word * WORD_BITS + (uint32_t)__builtin_ctzll(handles->free[word]);
	return 0;
}

struct handle *handle_make(struct handles *handles, uint32_t number, struct object *object,
                           uint32_t rights, uint32_t badge)
{
	struct handle *handle;

	if (number == 0)
		number = free_number(handles);
	handle = handle_at(handles, number);
	if (number == 0 || handle == NULL || handle->object != NULL)
		return NULL;
	handles->free[number / WORD_BITS] &= ~(1ULL << number % WORD_BITS);
	handles->used++;
	handle->number = (uint16_t)number;
	handle->object = object;
	handle->allows = (uint16_t)HANDLE_ALLOWS(object->kind, rights);
	handle->badge = badge;
	handle->prev = NULL;
	handle->next = object->handles;
	if (handle->next != NULL)
		handle->next->prev = handle;
	object->handles = handle;
	return handle;
}

enum rtos_status handle_copy_wrong(const struct handle *handle, uint32_t badge)
{
	if ((handle_rights(handle) & RTOS_RIGHT_GIVE) == 0)
		return RTOS_DENIED;
	if (badge == handle->badge || handle->badge == 0)
		return RTOS_OK;
	return handle->object->kind == RTOS_KIND_NOTIFICATION && (badge & ~handle->badge) == 0
	           ? RTOS_OK
	           : RTOS_DENIED;
}

void handle_close(struct handles *handles, struct handle *handle)
{
	if (handle->next != NULL)
		handle->next->prev = handle->prev;
	if (handle->prev != NULL)
		handle->prev->next = handle->next;
	else
		handle->object->handles = handle->next;
	handles->used--;
	handles->free[handle->number / WORD_BITS] |= 1ULL << handle->number % WORD_BITS;
	handle->object = NULL;
	handle->allows = 0;
}

void handle_close_one(struct object *object, const struct handle *last)
{
	struct handle *handle = object->handles;
	struct process *process;

	if (handle == last && handle->next != NULL)
		handle = handle->next;
	process = memory_referred(memory.frames[memory_frame(handle)].owner);
	handle_close(&process->handles, handle);
}
