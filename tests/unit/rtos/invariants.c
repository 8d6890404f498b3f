/*
 * What must be true whenever no CPU is in the kernel: world_check(). It finds everything by the
 * frame entries, and not by the lists that it checks.
 */
#include "world.h"

#include <kernel/interrupt.h>
#include <kernel/lock.h>
#include <kernel/timer.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

/* ---- all objects ---- */

static uint32_t size_of(const struct frame *frame)
{
	return frame->order == 0 ? OBJECT_SMALL : OBJECT_LARGE;
}

void world_look_at_all(uint32_t kind, void (*each)(struct object *object))
{
	for (uint32_t i = 0; i < memory.pages; i++) {
		const struct frame *frame = &memory.frames[i];

		if (frame->kind != FRAME_OBJECTS)
			continue;
		for (uint32_t at = 0; at < PAGE_SIZE; at += size_of(frame)) {
			struct object *object =
			    (struct object *)(void *)((char *)memory_at(i) + at);

			if (object->kind == kind)
				each(object);
		}
	}
}

/* ---- memory ---- */

static uint8_t counted[1 << 16];

void world_count_anew(void)
{
	assert_true(memory.pages <= sizeof(counted));
	memset(counted, 0, sizeof(counted));
}

bool world_is_counted(uint32_t frame)
{
	return counted[frame]++ != 0;
}

static uint64_t pages_of_regions;
static const struct process *owner_of_regions;

static void add_region(struct object *object)
{
	const struct region *region = (const struct region *)object;

	if (region->type == REGION_PAGES && object_owner(region) == owner_of_regions)
		pages_of_regions += region->pages;
}

static uint64_t pages_in_regions(const struct process *process)
{
	pages_of_regions = 0;
	owner_of_regions = process;
	world_look_at_all(RTOS_KIND_REGION, add_region);
	return pages_of_regions;
}

/* How many pages a process owns, without those in regions. */
static uint64_t pages_owned(uint32_t owner, bool free)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < memory.pages; i++) {
		const struct frame *frame = &memory.frames[i];

		if (frame->kind == FRAME_KERNEL || frame->kind == FRAME_INSIDE ||
		    frame->kind == FRAME_REGION || frame->owner != owner ||
		    (frame->kind == FRAME_FREE) != free)
			continue;
		pages += frame->kind == FRAME_FREE ? 1ULL << frame->order : 1;
	}
	return pages;
}

static void check_pool(const struct process *process)
{
	const uint32_t owner = memory_reference(process);
	uint64_t free = 0;

	for (uint32_t order = 0; order < POOL_ORDERS; order++) {
		uint32_t prev = FRAME_NONE;

		assert_int_equal(process->pool.first[order] != FRAME_NONE,
		                 process->pool.orders >> order & 1);
		for (uint32_t at = process->pool.first[order]; at != FRAME_NONE;
		     at = memory.frames[at].next) {
			assert_int_equal(memory.frames[at].kind, FRAME_FREE);
			assert_int_equal(memory.frames[at].order, order);
			assert_int_equal(memory.frames[at].prev, prev);
			assert_true(is_aligned(at, 1u << order));
			free += 1ULL << order;
			prev = at;
		}
	}
	assert_int_equal(process->pool.free, free);
	assert_int_equal(pages_owned(owner, true), free);
	assert_int_equal(process->pool.pages,
	                 free + pages_owned(owner, false) + pages_in_regions(process));
}

static uint64_t all_pages;

static void check_process(struct object *object)
{
	const struct process *process = (const struct process *)(const void *)object;
	uint32_t count = 0, used = 0;

	check_pool(process);
	all_pages += process->pool.pages;
	for (const struct thread *thread = process->threads; thread != NULL;
	     thread = thread->next_of_process) {
		assert_int_equal(thread->object.kind, RTOS_KIND_THREAD);
		assert_ptr_equal(thread->process, process);
		count++;
	}
	assert_int_equal(process->thread_count, count);
	for (uint64_t i = 0; i < process->handles.count; i++) {
		const struct handle *handle = handle_at(&process->handles, i);
		const bool free = (process->handles.free[i / 64] >> i % 64 & 1) != 0;

		assert_int_equal(free, i != 0 && handle->object == NULL);
		used += handle->object != NULL;
		assert_true(handle->object == NULL ||
		            handle->allows >> HANDLE_KIND_SHIFT == handle->object->kind);
	}
	assert_int_equal(process->handles.used, used);
}

static void check_page(const struct frame *frame, uint32_t number)
{
	uint32_t used = 0, free = 0, size = size_of(frame), places = PAGE_SIZE / size;

	for (uint32_t i = 0; i < places; i++) {
		const struct object *object =
		    (const struct object *)(const void *)((char *)memory_at(number) + size * i);

		used += object->kind != RTOS_KIND_NONE;
		for (const struct handle *handle = object->handles;
		     object->kind != RTOS_KIND_NONE && handle != NULL; handle = handle->next)
			assert_ptr_equal(handle->object, object);
	}
	for (uint32_t at = frame->free; at < places; free++)
		at = ((const struct object *)(const void *)((char *)memory_at(number) + size * at))
		         ->next;
	assert_int_equal(frame->used, used);
	assert_int_equal(used + free, places);
}

/* ---- threads ---- */

static bool is_in_ring(const struct thread *first, const struct thread *wanted)
{
	const struct thread *at = first;

	if (first == NULL)
		return false;
	do {
		assert_ptr_equal(at->next->prev, at);
		if (at == wanted)
			return true;
		at = at->next;
	} while (at != first);
	return false;
}

static bool is_in_heap(const struct heap_node *at, const struct heap_node *wanted)
{
	if (at == NULL)
		return false;
	assert_true(at->left == NULL || (at->left->parent == at && at->left->key >= at->key));
	assert_true(at->right == NULL || (at->right->parent == at && at->right->key >= at->key));
	return at == wanted || is_in_heap(at->left, wanted) || is_in_heap(at->right, wanted);
}

static bool is_parked(const struct thread *caller)
{
	for (const struct thread *at = caller->taker->parked; at != NULL; at = at->next)
		if (at == caller)
			return true;
	return false;
}

/* An open call must be served by one thread of its taker, or be parked there. */
static void check_taken(const struct thread *caller)
{
	if (caller->parked) {
		assert_true(is_parked(caller));
		return;
	}
	assert_ptr_equal(caller->server->serving, caller);
}

/* The priority that a thread has of its own and by its locks. */
static uint8_t wanted_base(const struct thread *thread)
{
	const struct heap_node *first = thread->locks.first;
	uint8_t lent = first != NULL && first->key < 256 ? (uint8_t)(255 - first->key) : 0;

	return lent > thread->own ? lent : thread->own;
}

static uint8_t wanted_priority(const struct thread *thread)
{
	uint8_t wanted = thread->base;

	if (thread->serving != NULL && thread->serving->priority > wanted)
		wanted = thread->serving->priority;
	if (thread->from != NULL && port_waiting_priority(thread->from) > wanted)
		wanted = port_waiting_priority(thread->from);
	return wanted;
}

/* A thread with a step to come, and only such a one, has links that are the ready queue's. Its
 * priority doesn't fit yet, and that of the thread it lends to fits what it is now. */
static void check_lending(const struct thread *thread)
{
	if (thread->lends != 0) {
		assert_true(thread->state == THREAD_CALLS || thread->state == THREAD_LOCKS ||
		            (thread->state == THREAD_TAKEN && !thread->parked));
		assert_true(thread->lends_at >= thread->priority);
		assert_true(is_in_ring(thread->cpu->ready[thread->lends_at], thread));
		return;
	}
	assert_int_equal(thread->base, wanted_base(thread));
	assert_int_equal(thread->priority, wanted_priority(thread));
}

static void check_thread(struct object *object)
{
	struct thread *thread = (struct thread *)(void *)object;

	assert_int_equal(
	    thread->timed,
	    thread->state != THREAD_ENDED && thread->cpu != NULL &&
	        is_in_heap(thread->cpu->deadlines[thread->urgency].waits.first, &thread->deadline));
	if (thread->serving != NULL) {
		assert_int_equal(thread->serving->state, THREAD_TAKEN);
		assert_false(thread->serving->parked);
		assert_ptr_equal(thread->serving->server, thread);
	}
	if (thread->from != NULL)
		assert_ptr_equal(thread->from->servant, thread);
	if (thread->bound != NULL)
		assert_ptr_equal(thread->bound->bound, thread);
	if (thread->state != THREAD_ENDED)
		check_lending(thread);
	switch (thread->state) {
	case THREAD_RUNS:
		assert_ptr_equal(thread->cpu->current, thread);
		break;
	case THREAD_READY:
		assert_true(is_in_ring(thread->cpu->ready[thread->priority], thread));
		break;
	case THREAD_CALLS:
		assert_int_equal(thread->port->object.kind, RTOS_KIND_PORT);
		assert_true(is_in_heap(thread->port->queue.first, &thread->queued));
		assert_int_equal(thread->queued.key >> 56, 255 - thread->priority);
		break;
	case THREAD_TAKEN:
		check_taken(thread);
		break;
	case THREAD_RECEIVES:
		assert_true(is_in_ring(thread->port->receivers, thread));
		break;
	case THREAD_WAITS:
		if (thread->waiting != NULL)
			assert_ptr_equal(thread->waiting->waiter, thread);
		else
			assert_true(thread->timed);
		break;
	case THREAD_LOCKS:
		assert_int_equal(thread->lock->object.kind, RTOS_KIND_LOCK);
		assert_true(is_in_heap(thread->lock->queue.first, &thread->queued));
		assert_int_equal(thread->queued.key >> 56, 255 - thread->priority);
		break;
	default:
		assert_null(thread->serving);
		break;
	}
}

/* If a process maps a region uncached, no other mapping of it may be cached. */
static void check_mapping(struct object *object)
{
	const struct mapping *mapping = (const struct mapping *)(const void *)object;

	if (mapping->region != NULL)
		assert_int_equal((mapping->rights & RTOS_MAP_UNCACHED) != 0,
		                 mapping->region->uncached);
}

/* A lock with waiting threads must have an owner, which has at least the first one's priority. */
static void check_lock(struct object *object)
{
	const struct lock *lock = (const struct lock *)object;
	const struct heap_node *first = lock->queue.first;

	if (lock->owner == NULL) {
		assert_null(first);
		return;
	}
	assert_int_equal(lock->owner->object.kind, RTOS_KIND_THREAD);
	assert_true(is_in_heap(lock->owner->locks.first, &lock->held));
	assert_int_equal(lock->held.key, first != NULL ? first->key >> 56 : 256);
}

/* No thread may wait for a message at a port where a message waits. */
static void check_port(struct object *object)
{
	const struct port *port = (const struct port *)object;

	assert_true(port->receivers == NULL || port->queue.first == NULL ||
	            port->receivers->process->state != RTOS_PROCESS_ALIVE);
	if (port->servant != NULL)
		assert_ptr_equal(port->servant->from, port);
	assert_int_equal((port->special & PORT_UNTOLD) != 0, port->untold != 0);
	assert_true(port->anew <= port_identities);
	for (uint32_t i = 0; i < PORT_BARS_MAX; i++)
		assert_true(port->bars[i].badge == 0 || (port->special & PORT_BARS) != 0);
}

/* ---- CPUs ---- */

/* By CPU and class. */
static uint32_t urgings[RTOS_CPUS_MAX][SCHED_CLASSES];
static uint32_t waits[RTOS_CPUS_MAX][SCHED_CLASSES], timers[RTOS_CPUS_MAX][SCHED_CLASSES];

static void count_timer(struct object *object)
{
	const struct timer *timer = (const struct timer *)object;

	if (timer->cpu == NULL)
		return;
	timers[timer->cpu->index][timer->urgency]++;
	assert_true(is_in_heap(timer->cpu->deadlines[timer->urgency].timers.first, &timer->node));
}

/* Counts a thread that waits for what may be held back, and is lent more than that has. */
static void count_wait(struct object *object)
{
	const struct thread *thread = (const struct thread *)(const void *)object;
	uint8_t class = sched_class(thread->priority);

	if (thread->timed)
		waits[thread->cpu->index][thread->urgency]++;
	if (thread->urges != 0) {
		assert_true(thread->timed);
		assert_int_equal(thread->urges, class);
		urgings[thread->cpu->index][class]++;
		return;
	}
	if (thread->timed || thread->state == THREAD_WAITS ||
	    (thread->state == THREAD_RECEIVES && thread->bound != NULL))
		assert_true(class <= sched_class(thread->own));
}

/* The timer is set to the first deadline that isn't held back, or earlier. */
static void check_deadlines(const struct cpu *cpu)
{
	for (uint32_t i = 0; i < SCHED_CLASSES; i++) {
		const struct heap_node *nodes[] = {cpu->deadlines[i].waits.first,
		                                   cpu->deadlines[i].timers.first};

		assert_int_equal(cpu->classes >> i & 1, nodes[0] != NULL || nodes[1] != NULL);
		for (uint32_t j = 0; j < 2; j++)
			if (nodes[j] != NULL && i >= cpu->held)
				assert_true(cpu->programmed <= nodes[j]->key);
		assert_int_equal(cpu->urgings[i], urgings[cpu->index][i]);
		assert_int_equal(cpu->deadlines[i].waits.count, waits[cpu->index][i]);
		assert_int_equal(cpu->deadlines[i].timers.count, timers[cpu->index][i]);
		assert_int_equal(cpu->urged >> i & 1, cpu->urgings[i] != 0);
	}
	if (cpu->held == 0)
		return;
	assert_int_equal(cpu->urged >> cpu->held, 0);
	assert_int_equal(cpu->looks.priority, cpu->held * 16 - 1);
	assert_true(is_in_ring(cpu->ready[cpu->looks.priority], &cpu->looks));
}

/* Each thread among the ready ones is ready, has a step to come there, or is what is held back.
 */
static void check_ready(const struct cpu *cpu, uint32_t priority)
{
	const struct thread *first = cpu->ready[priority], *at = first;

	while (at != NULL) {
		assert_ptr_equal(at->cpu, cpu);
		if (at->lends != 0) {
			assert_int_equal(at->lends_at, priority);
		} else {
			assert_int_equal(at->state, THREAD_READY);
			assert_int_equal(at->priority, priority);
		}
		at = at->next != first ? at->next : NULL;
	}
}

static void check_cpu(const struct cpu *cpu)
{
	const struct thread *current = cpu->current;

	check_deadlines(cpu);

	for (uint32_t i = 0; i < RTOS_PRIORITIES; i++) {
		assert_int_equal(cpu->ready[i] != NULL, cpu->ready_bits[i / 64] >> i % 64 & 1);
		check_ready(cpu, i);
	}
	/* A kick that it hasn't taken yet, or its own choice, may change which thread runs. */
	if (cpu->choose)
		return;
	if (current == NULL) {
		assert_int_equal(sched_top(cpu), -1);
		assert_int_equal(fake.each[cpu->index].ttbr, 0);
		return;
	}
	assert_int_equal(current->state, THREAD_RUNS);
	assert_true(sched_top(cpu) <= current->priority);
	assert_ptr_equal(cpu->used, current->process);
	/* A thread that ran before there were page tables has none: its next instruction faults. */
	assert_true(fake.each[cpu->index].ttbr == current->process->space.ttbr ||
	            fake.each[cpu->index].ttbr == 0);
	assert_int_equal(fake.each[cpu->index].fp_is_open, current->flags & RTOS_THREAD_FP);
	if ((current->flags & RTOS_THREAD_FP) != 0)
		assert_ptr_equal(fake.each[cpu->index].fp, &current->fp);
}

void world_check(void)
{
	all_pages = 0;
	check_process(&process_first->object);
	world_look_at_all(RTOS_KIND_PROCESS, check_process);
	assert_int_equal(all_pages, memory.pages - 3);
	for (uint32_t i = 0; i < memory.pages; i++)
		if (memory.frames[i].kind == FRAME_OBJECTS)
			check_page(&memory.frames[i], i);
	world_look_at_all(RTOS_KIND_THREAD, check_thread);
	world_look_at_all(RTOS_KIND_PORT, check_port);
	world_look_at_all(RTOS_KIND_LOCK, check_lock);
	world_look_at_all(OBJECT_MAPPING, check_mapping);
	memset(urgings, 0, sizeof(urgings));
	memset(waits, 0, sizeof(waits));
	memset(timers, 0, sizeof(timers));
	world_look_at_all(RTOS_KIND_THREAD, count_wait);
	world_look_at_all(RTOS_KIND_TIMER, count_timer);
	for (uint32_t i = 0; i < cpu_count; i++)
		check_cpu(&cpus[i]);
	world_check_memory();
	world_check_trace();
}
