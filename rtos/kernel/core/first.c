/*
 * The first process: see kernel/first.h. It isn't in anybody's quota: it and the machine's object
 * are the kernel's own, and never end.
 */
#include <kernel/first.h>
#include <kernel/mapping.h>
#include <kernel/sched.h>
#include <kernel/table.h>
#include <kernel/trace.h>
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <machine/cpu.h>

static struct {
	struct process process;
} first_storage __attribute__((aligned(OBJECT_LARGE)));
static struct object first_machine
    __attribute__((aligned(OBJECT_SMALL))) = {.kind = RTOS_KIND_MACHINE};

struct process *process_first = &first_storage.process;

/* Where the process finds the image and the tree: far above the addresses that programs are linked
 * at. */
#define FIRST_IMAGE 0x7000000000ULL
#define FIRST_TREE  0x7800000000ULL

static uint64_t pages_of(uint64_t size)
{
	return (size + PAGE_MASK) >> PAGE_SHIFT;
}

void first_begin(void)
{
	process_first->object.kind = RTOS_KIND_PROCESS;
	process_begin(process_first, NULL, RTOS_HANDLE_PAGES_MAX, RTOS_PRIORITIES - 1);
}

static bool first_give(uint32_t number, struct object *object, uint32_t rights)
{
	return handle_make(&process_first->handles, number, object, rights, 0) != NULL;
}

/* A region of RAM that is nobody's, mapped where the process looks for it. */
static struct region *first_show(uint32_t number, pa_t base, uint64_t size, uint64_t address)
{
	uint64_t pages = pages_of((base.at & PAGE_MASK) + size);
	struct region *region =
	    region_make_fixed(process_first, pa_at(base.at & ~PAGE_MASK), pages);

	if (region == NULL ||
	    mapping_make(region, process_first, address, 0, pages, RTOS_RIGHT_READ) != RTOS_OK ||
	    !first_give(number, &region->object,
	                RTOS_RIGHTS_ALL & ~(uint32_t)(RTOS_RIGHT_WRITE | RTOS_RIGHT_MANAGE)))
		return NULL;
	return region;
}

/* Maps fresh pages that begin with these bytes. */
static bool first_place(uint64_t address, const void *from, uint64_t size, uint64_t pages,
                        uint32_t rights)
{
	struct region *region = region_make_pages(process_first, pages);

	if (region == NULL)
		return false;
	region_fill(region, from, size);
	return mapping_make(region, process_first, address, 0, pages, rights) == RTOS_OK;
}

/* A writable segment is copied, another one is mapped where it lies. */
static bool load_segment(const struct first *first, struct region *image,
                         const struct rtos_segment *segment)
{
	const struct rtos_part *part = &rtosimage_parts(first->image)[segment->part];

	if (segment->part == first->image->part_count)
		return first_place(segment->address, NULL, 0, pages_of(segment->memory),
		                   segment->rights);
	if ((segment->rights & RTOS_RIGHT_WRITE) != 0)
		return first_place(segment->address, (const char *)first->image + part->offset,
		                   part->size, pages_of(segment->memory), segment->rights);
	return mapping_make(image, process_first, segment->address, part->offset >> PAGE_SHIFT,
	                    pages_of(segment->memory), segment->rights) == RTOS_OK;
}

static bool first_load(const struct first *first, struct region *image,
                       const struct rtos_program *program)
{
	for (uint32_t i = 0; i < program->segment_count; i++)
		if (!load_segment(first, image, &program->segment[i]))
			return false;
	return first_place(program->stack, NULL, 0, pages_of(program->stack_size),
	                   RTOS_RIGHT_READ | RTOS_RIGHT_WRITE);
}

/* Puts the process's start page right above its stack. */
static bool first_tell(const struct first *first, uint64_t address)
{
	const struct rtos_start start = {
	    .magic = RTOS_START_MAGIC,
	    .revision = RTOS_CALL_REVISION,
	    .cpus = cpu_count,
	    .image = FIRST_IMAGE,
	    .image_size = first->image->image_size,
	    .tree = FIRST_TREE + (first->tree.at & PAGE_MASK),
	    .tree_size = first->tree_size,
	    .counter_hz = machine_hz(),
	    .first_counter = first->first_counter,
	    .ready_counter = machine_time(),
	    .pages = process_first->pool.pages,
	};

	return first_place(address, &start, sizeof(start), 1, RTOS_RIGHT_READ);
}

static const char *first_run(const struct rtos_program *program, uint64_t told)
{
	struct thread *thread = thread_create(process_first, program->entry, told, told);

	if (thread == NULL || !first_give(RTOS_HANDLE_THREAD, &thread->object, RTOS_RIGHTS_ALL))
		return "there is too little memory for the first thread";
	thread_begin(thread, &cpus[0], program->priority, (uint8_t)program->flags);
	return NULL;
}

/* The zeros that windows show instead of pages that are gone. */
static uint64_t first_zeros[2][TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));

const char *first_start(const struct first *first)
{
	const struct rtos_program *program = rtosimage_programs(first->image);
	uint64_t told = program->stack + program->stack_size;
	struct region *image;

	space_make_zeros(first_zeros[0], first_zeros[1]);
	if (!process_make_place(process_first) || !space_begin(&process_first->space) ||
	    !first_give(RTOS_HANDLE_PROCESS, &process_first->object, RTOS_RIGHTS_ALL) ||
	    !first_give(RTOS_HANDLE_MACHINE, &first_machine, RTOS_RIGHTS_ALL))
		return "there is too little memory for the first process";
	memcpy(process_first->name, program->name, sizeof(process_first->name));
	trace_made(process_first);
	image =
	    first_show(RTOS_HANDLE_IMAGE, first->image_at, first->image->image_size, FIRST_IMAGE);
	if (image == NULL ||
	    first_show(RTOS_HANDLE_TREE, first->tree, first->tree_size, FIRST_TREE) == NULL)
		return "there is too little memory for the first process";
	if (!first_load(first, image, program) || !first_tell(first, told))
		return "program 0 can't be laid out: memory, or addresses that overlap";
	return first_run(program, told);
}
