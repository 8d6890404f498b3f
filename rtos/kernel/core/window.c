/* Windows: see kernel/window.h. */
#include <kernel/end.h>
#include <kernel/mapping.h>
#include <kernel/payload.h>
#include <kernel/window.h>
#include <machine/cpu.h>

static struct space *space_of(const struct window *window)
{
	return &window->mapping->process->space;
}

static uint64_t address_of(const struct window *window, uint64_t page)
{
	return window->mapping->address + (page << PAGE_SHIFT);
}

/* ---- callers in a window ---- */

static void let_go(struct thread *caller)
{
	caller->lent = false;
}

static bool is_open(const struct thread *caller)
{
	return caller != NULL && caller->state == THREAD_TAKEN;
}

struct window *window_offered(const struct thread *receiver, uint64_t pages)
{
	const struct process *process = receiver->process;
	uint64_t takes = receiver->registers.x[X_PAYLOAD];
	const struct handle *handle = handle_at(&process->handles, (uint32_t)takes);
	struct window *window;

	if ((takes & RTOS_ACCEPT_PAGES(0)) == 0 ||
	    !handle_is(handle, RTOS_KIND_WINDOW, RTOS_RIGHT_USE))
		return NULL;
	window = (struct window *)handle->object;
	if (window->mapping == NULL || window->mapping->process != process ||
	    window->made < window->mapping->pages || pages > window->mapping->pages ||
	    window->coming != NULL || window->shows || is_open(window->caller))
		return NULL;
	return window;
}

void window_promise(struct window *window, struct thread *caller)
{
	window->coming = caller;
	caller->window = window;
	caller->lent = true;
}

/* ---- steps ---- */

/* Frees the window, which shows no page any more. */
static void window_clear(struct window *window)
{
	struct mapping *mapping = window->mapping;

	if (mapping->region != NULL)
		mapping_leave_region(mapping);
	mapping->done = 0;
	mapping->gone = 0;
	window->zeros = 0;
	window->shows = false;
	if (window->caller != NULL)
		let_go(window->caller);
	window->caller = NULL;
}

/* Hides pages. False: none was left. */
static bool hide_step(struct window *window)
{
	struct mapping *mapping = window->mapping;

	if (mapping->gone == mapping->done) {
		window_clear(window);
		return false;
	}
	mapping->gone += space_hide(space_of(window), address_of(window, mapping->gone),
	                            mapping->done - mapping->gone);
	return true;
}

/* Exchanges pages for zeros. False: none was left, and the region isn't shown any more. */
static bool zero_step(struct window *window)
{
	struct mapping *mapping = window->mapping;

	if (window->zeros < mapping->gone)
		window->zeros = mapping->gone;
	if (window->zeros < mapping->done) {
		window->zeros += space_zero(space_of(window), address_of(window, window->zeros),
		                            mapping->done - window->zeros);
		return true;
	}
	if (mapping->region != NULL)
		mapping_leave_region(mapping);
	return false;
}

/* How many pages that lie in small pieces one step shows. */
#define SCATTERED_AT_ONCE 16

static void show_scattered(const struct window *window, uint64_t left)
{
	struct mapping *mapping = window->mapping;
	uint64_t address = address_of(window, mapping->done);
	pa_t at[SCATTERED_AT_ONCE];

	left = space_room(address, left < SCATTERED_AT_ONCE ? left : SCATTERED_AT_ONCE);
	space_show_each(space_of(window), address, at, mapping_gather(mapping, at, left));
}

/* Shows more of the region's pages: of one large piece, or of several small ones. */
static void show_pages(const struct window *window, uint64_t pages)
{
	struct mapping *mapping = window->mapping;
	uint64_t left = pages - mapping->done, piece;
	pa_t pa;

	if (!mapping_find_next(mapping, &pa, &piece))
		return;
	if (piece < MAPPING_LARGE && piece < left)
		show_scattered(window, left);
	else
		mapping_advance(mapping,
		                space_show(space_of(window), address_of(window, mapping->done), pa,
		                           piece < left ? piece : left));
}

/* Shows pages, or zeros if the region is gone. */
static void show_step(struct window *window, uint64_t pages)
{
	struct mapping *mapping = window->mapping;

	if (mapping->region != NULL) {
		show_pages(window, pages);
		return;
	}
	mapping->done += space_show_zeros(space_of(window), address_of(window, mapping->done),
	                                  pages - mapping->done);
	window->zeros = mapping->done;
}

/* Begins to show the coming caller's pages. Its payload is checked once more. */
static int window_begin(struct window *window)
{
	struct thread *caller = window->coming;
	enum rtos_status status = payload_wrong(caller, PAYLOAD_CALL);
	uint64_t payload = caller->registers.x[X_PAYLOAD];

	if (status != RTOS_OK)
		return (int)status;
	window->coming = NULL;
	window->caller = caller;
	mapping_show_region(window->mapping, payload_region(caller), RTOS_PAYLOAD_FIRST(payload));
	return CALL_LATER;
}

int window_fill_step(struct thread *caller)
{
	struct window *window = caller->window;
	uint64_t pages = RTOS_PAYLOAD_PAGES(caller->registers.x[X_PAYLOAD]);

	/* The window was destroyed. */
	if (!caller->lent)
		return RTOS_NO_ROOM;
	if (window->coming == caller)
		return hide_step(window) ? CALL_LATER : window_begin(window);
	if (window->mapping->done == pages)
		return RTOS_OK;
	show_step(window, pages);
	return CALL_LATER;
}

/* Takes back the promise to a caller whose pages aren't shown yet. False: some may be shown. */
static bool take_promise_back(struct thread *caller)
{
	if (caller->window->coming != caller)
		return false;
	caller->window->coming = NULL;
	let_go(caller);
	return true;
}

bool window_empty_step(struct thread *caller)
{
	return !take_promise_back(caller) && hide_step(caller->window);
}

bool window_withdraw_step(struct thread *caller)
{
	struct window *window = caller->window;

	if (take_promise_back(caller))
		return false;
	if (zero_step(window))
		return true;
	window->caller = NULL;
	let_go(caller);
	return false;
}

void window_leave(struct thread *caller)
{
	if (!take_promise_back(caller))
		window_clear(caller->window);
}

void window_hide_step(struct window *window)
{
	(void)hide_step(window);
}

/* Nobody takes zeros for what a server shows: its pages are hidden. */
void window_forget_region_step(struct window *window)
{
	if (window->shows)
		window_hide_step(window);
	else
		(void)zero_step(window);
}

/* Whether one more window of the process may show the region: no process can use up the places of
 * all others. */
static bool has_share(const struct region *region, const struct process *process)
{
	uint32_t own = 0;

	for (const struct mapping *at = region->shown; at != NULL; at = at->next_of_region)
		own += at->process == process;
	return own < RTOS_SHOW_EACH && region->shown_count < RTOS_SHOW_WINDOWS;
}

/* A window that shows nothing yet begins to. Refused are a window that is being emptied, in whose
 * emptied part a page would stay, and a window with zeros, whose tables may be all windows'. */
bool window_show_region(struct window *window, struct region *region)
{
	struct mapping *mapping = window->mapping;

	if (window->shows)
		return mapping->region == region && mapping->gone == 0;
	if (window->caller != NULL || window->coming != NULL || mapping->done != 0 ||
	    !has_share(region, mapping->process))
		return false;
	window->shows = true;
	mapping_show_region(mapping, region, 0);
	return true;
}

void window_forget(struct window *window)
{
	if (window->coming != NULL)
		take_promise_back(window->coming);
	if (window->caller != NULL)
		let_go(window->caller);
	window->caller = NULL;
	window->mapping = NULL;
}

bool window_end_step(struct window *window)
{
	if (window->mapping == NULL)
		return false;
	if (hide_step(window))
		return true;
	mapping_forget(window->mapping);
	return false;
}

/* ---- making a window ---- */

static struct window *new_window(struct process *process, uint64_t address, uint64_t pages)
{
	struct window *window =
	    object_new(&process->pool, &process->objects, RTOS_KIND_WINDOW, OBJECT_SMALL);

	if (window == NULL)
		return NULL;
	window->mapping = mapping_make_for_window(window, process, address, pages);
	if (window->mapping != NULL)
		return window;
	object_free(&process->pool, &process->objects, window);
	return NULL;
}

/* *handle: the window that the call makes, or goes on making. */
static enum rtos_status window_to_make(struct thread *self, struct handle **handle)
{
	struct process *process = self->process;
	uint64_t *x = self->registers.x;
	enum rtos_status status;
	struct window *window;

	*handle = handle_at(&process->handles, x[X_HANDLE]);
	if (x[X_HANDLE] != 0)
		return handle_is(*handle, RTOS_KIND_WINDOW, RTOS_RIGHT_MANAGE)
		           ? RTOS_OK
		           : handle_wrong(*handle, RTOS_KIND_WINDOW);
	status = mapping_place_wrong(process, x[0], x[1]);
	if (status != RTOS_OK)
		return status;
	if (!process_make_place(process))
		return RTOS_NO_HANDLE;
	window = new_window(process, x[0], x[1]);
	if (window == NULL)
		return RTOS_NO_MEMORY;
	window->handler = x[2];
	*handle = handle_make(&process->handles, 0, &window->object, RTOS_RIGHTS_ALL, 0);
	x[X_HANDLE] = (*handle)->number;
	return RTOS_OK;
}

/* Ends the window, as there is no page for a table. The tables that it got stay. */
static int window_give_up(struct thread *self, const struct handle *handle)
{
	struct object *object = handle->object;

	while (object_end_step(object, handle) != END_DONE)
		if (handle->object != NULL && machine_must_leave(true))
			return thread_repeat(self);
	return RTOS_NO_MEMORY;
}

int window_call_create(struct thread *self)
{
	struct process *process = self->process;
	struct handle *handle;
	bool stepped = self->registers.x[X_HANDLE] == 0; /* the window is made now */
	enum rtos_status status = window_to_make(self, &handle);
	struct window *window;

	if (status != RTOS_OK)
		return (int)status;
	window = (struct window *)handle->object;
	if (window->mapping == NULL || window->mapping->process != process)
		return RTOS_DENIED;
	while (window->made < window->mapping->pages) {
		uint64_t made;

		if (machine_must_leave(stepped))
			return thread_repeat(self);
		made =
		    space_prepare(&process->space, &process->pool, address_of(window, window->made),
		                  window->mapping->pages - window->made);
		if (made == SPACE_NO_MEMORY)
			return window_give_up(self, handle);
		window->made += made;
		stepped = true;
	}
	self->registers.x[0] = self->registers.x[X_HANDLE];
	return RTOS_OK;
}
