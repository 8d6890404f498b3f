/*
 * The first process ends, however it may: it begins anew with its handles and objects, and with
 * text, constants and variables as the boot image has them, whatever interrupts that.
 *
 * Shows: rtos.init.
 */
#include "world.h"

#include <kernel/first.h>
#include <lib/crc32c.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define PAGES       500u
#define IMAGE_PAGE  PAGES /* behind the kernel's memory: the boot image; then the device tree */
#define TREE_PAGE   510u
#define ALL_PAGES   512u
#define TEXT        0x10000ULL
#define DATA        0x20000ULL
#define STACK       0x30000ULL
#define TEXT_SIZE   5000u /* not a multiple of anything */
#define DATA_SIZE   24u
#define DATA_MEMORY 9000u
#define MINE        0x500000ULL /* where the process maps a region of its own */

static struct rtos_image *image;
static struct process *other;

static struct rtos_part *part_at(uint32_t number)
{
	return (struct rtos_part *)(void *)((char *)image + image->parts) + number;
}

static char *bytes_of(uint32_t part)
{
	return (char *)image + part_at(part)->offset;
}

static void make_part(uint32_t number, uint64_t offset, uint64_t size)
{
	*part_at(number) = (struct rtos_part){.offset = offset, .size = size};
	for (uint64_t i = 0; i < size; i++)
		bytes_of(number)[i] = (char)(i * 7 + number);
	part_at(number)->crc = crc32c(0, bytes_of(number), size);
}

static void make_image(void)
{
	struct rtos_program *program;

	image = memory_at(IMAGE_PAGE);
	memset(image, 0, PAGE_SIZE);
	*image = (struct rtos_image){.programs = 64,
	                             .program_count = 1,
	                             .parts = 512,
	                             .part_count = 2,
	                             .image_size = 4 * PAGE_SIZE};
	program = (struct rtos_program *)(void *)((char *)image + image->programs);
	*program = (struct rtos_program){
	    .name = "init",
	    .entry = TEXT + 8,
	    .segment_count = 2,
	    .segment = {{TEXT, TEXT_SIZE, 0, RTOS_RIGHT_READ | RTOS_RIGHT_EXECUTE},
	                {DATA, DATA_MEMORY, 1, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE}},
	    .stack = STACK,
	    .stack_size = PAGE_SIZE,
	    .priority = RTOS_PRIORITIES - 1,
	    .handle_pages = 1,
	};
	make_part(0, PAGE_SIZE, TEXT_SIZE);
	make_part(1, 3 * PAGE_SIZE, DATA_SIZE);
}

static void begin(uint32_t count)
{
	struct first first;

	fake_begin(ALL_PAGES, count);
	memory.pages = PAGES;
	memset(memory.at, 0, PAGE_SIZE);
	process_first = (struct process *)(void *)memory.at;
	first_begin();
	pool_add(&process_first->pool, 3, PAGES - 3);
	make_image();
	first = (struct first){.image = image,
	                       .image_at = memory_pa(image),
	                       .tree = memory_pa(memory_at(TREE_PAGE)),
	                       .tree_size = 100,
	                       .kernel = memory_pa(memory_at(TREE_PAGE)),
	                       .kernel_size = 100};
	assert_null(first_start(&first));
	cpus[0].choose = true;
	world_interrupts(&cpus[0]);
}

/* The machine's object isn't in the memory that goes. */
static void end(void)
{
	handle_close(&process_first->handles,
	             handle_at(&process_first->handles, RTOS_HANDLE_MACHINE));
	for (uint32_t i = 0; i < cpu_count; i++)
		fake.each[i].ttbr = 0;
	world_end();
}

static bool has(const struct mapping *mapping, uint64_t address)
{
	return address >= mapping->address &&
	       address < mapping->address + (mapping->pages << PAGE_SHIFT);
}

static const struct mapping *mapping_at(uint64_t address)
{
	for (const struct mapping *mapping = process_first->mappings; mapping != NULL;
	     mapping = mapping->next_of_process)
		if (has(mapping, address))
			return mapping;
	abort();
}

/* What the process has at an address. */
static char *seen(uint64_t address)
{
	const struct mapping *mapping = mapping_at(address);
	uint64_t page = (address - mapping->address) >> PAGE_SHIFT;
	uint32_t block = mapping->region->first;

	assert_int_equal(mapping->done, mapping->pages);
	for (; page >= 1ULL << memory.frames[block].order; block = memory.frames[block].next)
		page -= 1ULL << memory.frames[block].order;
	return (char *)memory_at(block + (uint32_t)page) + (address & PAGE_MASK);
}

static void check_pristine(uint64_t starts)
{
	const struct thread *thread = cpus[0].current;
	const struct rtos_start *start = (const void *)seen(STACK + PAGE_SIZE);

	assert_non_null(thread);
	assert_ptr_equal(thread->process, process_first);
	assert_int_equal(thread->registers.pc, TEXT + 8);
	assert_int_equal(thread->registers.sp, STACK + PAGE_SIZE);
	assert_int_equal(thread->number, 0);
	for (uint64_t i = 0; i < TEXT_SIZE; i++)
		assert_int_equal(*seen(TEXT + i), bytes_of(0)[i]);
	for (uint64_t i = 0; i < DATA_MEMORY; i++)
		assert_int_equal(*seen(DATA + i), i < DATA_SIZE ? bytes_of(1)[i] : 0);
	assert_int_equal(start->magic, RTOS_START_MAGIC);
	assert_int_equal(start->starts, starts);
	assert_ptr_equal(handle_at(&process_first->handles, RTOS_HANDLE_THREAD)->object, thread);
	assert_int_equal(process_first->thread_count, 1);
}

static uint64_t made(enum rtos_call number, uint64_t handle, uint64_t x0)
{
	assert_int_equal(world_call(number, handle, x0, 0, 0, 0, 0), RTOS_OK);
	return cpus[0].current->registers.x[0];
}

/* It damages all that it can, and has things of its own. Returns a handle that it will find. */
static uint64_t live(void)
{
	uint64_t lock = made(RTOS_LOCK_CREATE, 0, 0), region = made(RTOS_REGION_CREATE, 0, 3);

	memset(seen(TEXT), 0x5a, PAGE_SIZE);
	memset(seen(TEXT + PAGE_SIZE), 0x5a, PAGE_SIZE);
	memset(seen(DATA), 0x5a, PAGE_SIZE);
	memset(seen(STACK), 0x5a, PAGE_SIZE);
	assert_int_equal(world_call(RTOS_LOCK, lock, 0, 0, 0, 0, 0), RTOS_OK);
	assert_int_equal(world_call(RTOS_MAP, region, MINE, 0, 3, RTOS_RIGHT_READ, 0), RTOS_OK);
	assert_int_equal(world_call(RTOS_UNMAP, 0, DATA, 0, 0, 0, 0), RTOS_OK);
	return lock;
}

/* Interrupts come in between, and CPUs answer their kicks. */
static void until_it_runs(void)
{
	for (uint32_t i = 0; cpus[0].current == NULL && i < 10000; i++) {
		for (uint32_t cpu = cpu_count; cpu-- > 0;)
			world_interrupts(&cpus[cpu]);
		cpus[0].choose = true;
	}
}

static void fault(void)
{
	fake.cpu = &cpus[0];
	call_handle_fault(cpus[0].current, 0x92000047, 0);
	cpus[0].current->registers.pc = 0;
	world_interrupts(&cpus[0]);
	until_it_runs();
}

static void mend_after_faults(uint32_t preempt, uint32_t count)
{
	uint64_t lock;

	begin(count);
	check_pristine(0);
	for (uint64_t starts = 1; starts <= 4; starts++) {
		fake.preempt = 0;
		lock = live();
		fake.preempt = preempt;
		fault();
		check_pristine(starts);
		world_check();
		assert_int_equal(handle_at(&process_first->handles, lock)->object->kind,
		                 RTOS_KIND_LOCK);
		/* Its last owner ended with it. */
		fake.preempt = 0;
		assert_int_equal(world_call(RTOS_LOCK, lock, 0, 0, 0, 0, 0), RTOS_OWNER_ENDED);
		assert_int_equal(world_call(RTOS_DESTROY, lock, 0, 0, 0, 0, 0), RTOS_OK);
	}
	end();
}

TEST(test_faults)
{
	for (uint32_t preempt = 0; preempt < 12; preempt++)
		mend_after_faults(preempt, 1 + preempt % 3);
}

/* An exit, a kill of its own, and a broken rule are no other matter. */
TEST(test_exit_and_kill)
{
	begin(1);
	world_ask(RTOS_EXIT, 0, 1, 0, 0, 0, 0);
	world_svc(&cpus[0]);
	until_it_runs();
	check_pristine(1);
	world_ask(RTOS_PROCESS_KILL, 0, 0, 0, 0, 0, 0);
	world_svc(&cpus[0]);
	until_it_runs();
	check_pristine(2);
	end();
}

#define PERIOD 100

static void set_alarm(uint64_t timer)
{
	world_ask(RTOS_TIMER_SET, timer, PERIOD, 0, 0, 0, 0);
	cpus[0].current->registers.x[10] = fake.now + PERIOD;
	world_svc(&cpus[0]);
	assert_int_equal(cpus[0].current->registers.x[8], RTOS_OK);
}

static void later(uint64_t ticks)
{
	fake.now += ticks;
	world_interrupts(&cpus[0]);
}

/* A timer without a notification ends its process when that computes and doesn't set it again. */
TEST(test_alarm)
{
	uint64_t timer;

	begin(1);
	timer = made(RTOS_TIMER_CREATE, 0, 0);
	for (uint32_t i = 0; i < 3; i++) {
		set_alarm(timer);
		later(PERIOD + 50);
		assert_int_equal(process_first->state, RTOS_PROCESS_ALIVE);
	}
	later(PERIOD);
	until_it_runs();
	check_pristine(1);
	/* It is the same timer, and not set. */
	later(10 * PERIOD);
	check_pristine(1);
	assert_int_equal(handle_at(&process_first->handles, timer)->object->kind, RTOS_KIND_TIMER);
	end();
}

/* Neither a process that waits is ended, nor one whose time has passed while nobody ran. */
TEST(test_alarm_of_one_that_waits)
{
	uint64_t timer;

	begin(1);
	timer = made(RTOS_TIMER_CREATE, 0, 0);
	set_alarm(timer);
	world_ask(RTOS_WAIT, 0, 0, 0, 0, 0, 0);
	cpus[0].current->registers.x[10] = fake.now + 20 * PERIOD;
	world_svc(&cpus[0]);
	for (uint32_t i = 0; i < 19; i++) {
		later(PERIOD);
		assert_int_equal(process_first->state, RTOS_PROCESS_ALIVE);
	}
	later(50 * PERIOD);
	world_interrupts(&cpus[0]);
	assert_int_equal(process_first->state, RTOS_PROCESS_ALIVE);
	assert_ptr_equal(cpus[0].current->process, process_first);
	set_alarm(timer);
	end();
}

/* Another process's alarm ends that process alone. */
TEST(test_alarm_of_another)
{
	uint64_t process, thread;

	begin(1);
	assert_int_equal(world_call(RTOS_PROCESS_CREATE, RTOS_HANDLE_MACHINE, 1, 200, 0, 0, 0),
	                 RTOS_OK);
	process = cpus[0].current->registers.x[0];
	other = (struct process *)(void *)handle_at(&process_first->handles, process)->object;
	assert_int_equal(world_call(RTOS_PROCESS_PAGES, process, 16, 0, 0, 0, 0), RTOS_OK);
	assert_int_equal(
	    world_call(RTOS_THREAD_CREATE, process, 0x10000, 0x20000, 0, RTOS_THREAD(100, 0, 0), 0),
	    RTOS_OK);
	thread = cpus[0].current->registers.x[0];
	world_ask(RTOS_WAIT, 0, 0, 0, 0, 0, 0);
	cpus[0].current->registers.x[10] = fake.now + 1000;
	world_svc(&cpus[0]);
	assert_ptr_equal(cpus[0].current->process, other);
	world_ask(RTOS_TIMER_CREATE, 0, 0, 0, 0, 0, 0);
	world_svc(&cpus[0]);
	assert_int_equal(cpus[0].current->registers.x[8], RTOS_OK);
	set_alarm(cpus[0].current->registers.x[0]);
	later(PERIOD);
	later(PERIOD);
	assert_int_equal(other->state, RTOS_PROCESS_KILLED);
	assert_int_equal(process_first->state, RTOS_PROCESS_ALIVE);
	assert_int_not_equal(thread, 0);
	fake.now += 1000;
	world_interrupts(&cpus[0]);
	assert_int_equal(world_call(RTOS_PROCESS_REAP, process, 0, 0, 0, 0, 0), RTOS_OK);
	end();
}
