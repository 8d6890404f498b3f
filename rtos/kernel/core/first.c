/*
 * The first process: see kernel/first.h. The process and the machine's object are the kernel's own,
 * in nobody's quota. The process's regions are made once. At the machine's start, and when the
 * process begins anew, the same steps fill and map them and make the thread. When it begins anew,
 * others run between the steps. A step that fails stops the machine with a report.
 */
#include <kernel/first.h>
#include <kernel/kept.h>
#include <kernel/mapping.h>
#include <kernel/sched.h>
#include <kernel/table.h>
#include <kernel/trace.h>
#include <lib/crc32c.h>
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <machine/console.h>
#include <machine/cpu.h>
#include <machine/memory.h>

static struct {
	struct process process;
} first_storage __attribute__((aligned(OBJECT_LARGE)));
static struct object first_machine
    __attribute__((aligned(OBJECT_SMALL))) = {.kind = RTOS_KIND_MACHINE};

struct process *process_first = &first_storage.process;

/* Where the process finds the image and the tree: far above the addresses at which programs are
 * linked. */
#define FIRST_IMAGE 0x7000000000ULL
#define FIRST_TREE  0x7800000000ULL
#define FIRST_TEXT  0x7c00000000ULL /* the kernel's text */

/* Memory of the process, and its address. */
struct item {
	struct region *region;
	struct mapping *mapping; /* NULL: the mapping isn't begun */
	uint64_t address;
	uint32_t rights;
	bool fills; /* true: `size` bytes, then zeros; false: RAM as it is */
	const char *from;
	uint64_t size;
	uint32_t crc; /* of these bytes */
};

/* Image, tree, the kernel, start page, stack and segments. */
#define ITEMS_MAX (5 + RTOS_IMAGE_SEGMENTS_MAX)

/* The phases come in this order. */
enum phase {
	PHASE_PAUSE, /* does nothing, so that interrupts come in before the first step */
	PHASE_SAY,   /* tells how the process ended */
	PHASE_EMPTY, /* takes the process's threads, calls, mappings and tables */
	PHASE_FILL,  /* fills the regions of its items */
	PHASE_MAP,
	PHASE_RUN,
	PHASE_DONE,
};

static struct {
	const struct rtos_program *program;
	struct rtos_start start; /* contents of the process's start page */
	struct item items[ITEMS_MAX];
	uint32_t count;
	uint8_t phase;
	uint32_t item; /* the item that the phase is at; PHASE_SAY: the piece of the report */
	uint64_t done; /* bytes of the item that are filled */
	uint32_t crc;  /* their sum */
	uint32_t ends; /* the process's ends in the second that began at `since` */
	uint64_t since;
	/* No real thread. It is in the ready queue of the first CPU until the process runs anew. */
	struct thread turn;
} first;

static uint64_t pages_of(uint64_t size)
{
	return (size + PAGE_MASK) >> PAGE_SHIFT;
}

void first_begin(void)
{
	process_first->object.kind = RTOS_KIND_PROCESS;
	process_begin(process_first, NULL, RTOS_HANDLE_PAGES_MAX, RTOS_PRIORITIES - 1);
}

/* ---- once: regions ---- */

static bool first_give(uint32_t number, struct object *object, uint32_t rights)
{
	return handle_make(&process_first->handles, number, object, rights, 0) != NULL;
}

/* Shows RAM that is in nobody's quota at the address where the process looks for it. `number`: the
 * handle's; 0: no handle is made. */
static bool first_show(uint32_t number, pa_t base, uint64_t size, uint64_t address)
{
	uint64_t pages = pages_of((base.at & PAGE_MASK) + size);
	struct region *region =
	    region_make_fixed(process_first, pa_at(base.at & ~PAGE_MASK), pages);

	if (region == NULL)
		return false;
	first.items[first.count++] =
	    (struct item){.region = region, .address = address, .rights = RTOS_RIGHT_READ};
	return number == 0 ||
	       first_give(number, &region->object,
	                  RTOS_RIGHTS_ALL & ~(uint32_t)(RTOS_RIGHT_WRITE | RTOS_RIGHT_MANAGE));
}

/* Gives the process pages of its own, to which no handle leads. */
static bool first_place(uint64_t address, uint64_t pages, uint32_t rights, const void *from,
                        uint64_t size, uint32_t crc)
{
	struct region *region = region_make_pages(process_first, pages);

	if (region == NULL)
		return false;
	region->sealed = (rights & RTOS_RIGHT_EXECUTE) != 0;
	first.items[first.count++] = (struct item){.region = region,
	                                           .address = address,
	                                           .rights = rights,
	                                           .fills = true,
	                                           .from = from,
	                                           .size = size,
	                                           .crc = crc};
	return true;
}

static bool first_segments(const struct rtos_image *image, const struct rtos_program *program)
{
	for (uint32_t i = 0; i < program->segment_count; i++) {
		const struct rtos_segment *segment = &program->segment[i];
		const struct rtos_part *part = &rtosimage_parts(image)[segment->part];
		const uint64_t pages = pages_of(segment->memory);
		bool made;

		if (segment->part == image->part_count)
			made = first_place(segment->address, pages, segment->rights, NULL, 0, 0);
		else
			made =
			    first_place(segment->address, pages, segment->rights,
			                (const char *)image + part->offset, part->size, part->crc);
		if (!made)
			return false;
	}
	return first_place(program->stack, pages_of(program->stack_size),
	                   RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, NULL, 0, 0);
}

static struct rtos_start first_facts(const struct first *from)
{
	struct rtos_start start = {
	    .magic = RTOS_START_MAGIC,
	    .revision = RTOS_CALL_REVISION,
	    .cpus = cpu_count,
	    .image = FIRST_IMAGE,
	    .image_size = from->image->image_size,
	    .tree = FIRST_TREE + (from->tree.at & PAGE_MASK),
	    .tree_size = from->tree_size,
	    .counter_hz = machine_hz(),
	    .first_counter = from->first_counter,
	    .pages = process_first->pool.pages,
	    .kernel = FIRST_TEXT,
	    .kernel_size = from->kernel_size,
	};

	if (kept != NULL)
		start.last = kept->last;
	return start;
}

/* Has the start page say when the process starts. */
static void first_tell(void)
{
	struct item *page = &first.items[first.count - 1];

	first.start.ready_counter = machine_time();
	page->crc = crc32c(0, &first.start, sizeof(first.start));
}

/* ---- steps ---- */

/* Bytes that one step fills. */
#define FILL_AT_ONCE 512

/* How many numbers of RTOS_PROCESS_STATE the report tells, one in each piece. */
#define SAY_PIECES 3

/* If the process ends more often in one second, it can't be started. */
#define ENDS_MAX 100

static void say_text(const char *text)
{
	uint64_t length = 0;

	while (text[length] != '\0')
		length++;
	console_write(text, length);
}

static void say_number(uint64_t number)
{
	char digits[] = "0x0123456789abcdef";
	uint32_t count = number != 0 ? (67 - (uint32_t)__builtin_clzll(number)) / 4 : 1;

	for (uint32_t i = 0; i < count; i++)
		digits[1 + count - i] = "0123456789abcdef"[number >> 4 * i & 15];
	console_write(digits, 2 + count);
}

/* Tells how the process ended, one piece at a time. False: all is told. */
static bool first_say(void)
{
	static const char *const how[] = {
	    [RTOS_PROCESS_EXITED] = "exited, ",
	    [RTOS_PROCESS_FAULTED] = "faulted, ",
	    [RTOS_PROCESS_KILLED] = "was killed, ",
	    [RTOS_PROCESS_BROKE] = "broke a rule, ",
	};
	uint32_t piece = first.item++;

	if (piece == 0) {
		say_text("kumiki-rtos: program 0 ");
		say_text(how[process_first->state]);
	} else {
		say_number(process_first->why[piece]);
		say_text(piece < SAY_PIECES ? ", " : "; it begins anew\r\n");
	}
	if (piece < SAY_PIECES)
		return true;
	if (first.ends > ENDS_MAX)
		crash_stop("program 0 ends again and again");
	return false;
}

/* Whether a CPU has the process's address space. This CPU leaves it; another CPU is asked to. */
static bool is_used(void)
{
	struct cpu *own = machine_cpu();

	if (own->used == process_first)
		sched_leave_space(own);
	return process_evict_cpus(process_first);
}

static bool first_empty(void)
{
	return is_used() || process_empty_step(process_first);
}

/* The next bytes of the item's region, which lie in one page. */
static char *fill_next(const struct item *item)
{
	uint64_t page = first.done >> PAGE_SHIFT;
	uint32_t block = item->region->first;

	while (page >= 1ULL << memory.frames[block].order) {
		page -= 1ULL << memory.frames[block].order;
		block = memory.frames[block].next;
	}
	return (char *)memory_at(block + (uint32_t)page) + (first.done & PAGE_MASK);
}

static void fill_piece(const struct item *item)
{
	char *to = fill_next(item);
	uint64_t left = first.done < item->size ? item->size - first.done : 0;
	uint64_t copied = left < FILL_AT_ONCE ? left : FILL_AT_ONCE;

	if (copied > 0) {
		memcpy(to, item->from + first.done, copied);
		first.crc = crc32c(first.crc, to, copied);
	}
	memset(to + copied, 0, FILL_AT_ONCE - copied);
	first.done += FILL_AT_ONCE;
	if (is_aligned(first.done, PAGE_SIZE) && (item->rights & RTOS_RIGHT_EXECUTE) != 0)
		machine_clean_code(to + FILL_AT_ONCE - PAGE_SIZE);
}

static bool is_filled(const struct item *item)
{
	return !item->fills || first.done == item->region->pages << PAGE_SHIFT;
}

/* Fills one item after the other. False: all are filled. */
static bool first_fill(void)
{
	const struct item *item = &first.items[first.item];

	if (!is_filled(item)) {
		fill_piece(item);
		return true;
	}
	if (item->fills && first.crc != item->crc)
		crash_stop("program 0 is damaged in the boot image");
	first.item++;
	first.done = 0;
	first.crc = 0;
	if (first.item < first.count)
		return true;
	machine_publish_code();
	return false;
}

static bool first_map(void)
{
	struct item *item = &first.items[first.item];
	enum rtos_status status = RTOS_OK;

	if (item->mapping == NULL)
		status = mapping_begin(item->region, process_first, item->address, item->rights,
		                       &item->mapping);
	else if (item->mapping->done < item->region->pages)
		status = mapping_step(item->mapping);
	else
		first.item++;
	if (status != RTOS_OK)
		crash_stop("program 0 can't be laid out: memory, or addresses that overlap");
	return first.item < first.count;
}

static bool first_run(void)
{
	const struct rtos_program *program = first.program;
	uint64_t told = program->stack + program->stack_size;
	struct handle *place = handle_at(&process_first->handles, RTOS_HANDLE_THREAD);
	struct thread *thread;

	process_revive(process_first);
	if (place->object != NULL)
		handle_close(&process_first->handles, place);
	thread = thread_create(process_first, program->entry, told, told);
	if (thread == NULL || !first_give(RTOS_HANDLE_THREAD, &thread->object, RTOS_RIGHTS_ALL))
		crash_stop("there is too little memory for the first thread");
	thread_begin(thread, &cpus[0], program->priority, (uint8_t)program->flags);
	return false;
}

/* Does a step of the phase. False: the phase is over. */
static bool phase_step(void)
{
	switch (first.phase) {
	case PHASE_PAUSE:
		return false;
	case PHASE_SAY:
		return first_say();
	case PHASE_EMPTY:
		return first_empty();
	case PHASE_FILL:
		return first_fill();
	case PHASE_MAP:
		return first_map();
	default:
		return first_run();
	}
}

static void first_go_on(void)
{
	if (phase_step())
		return;
	first.phase++;
	first.item = 0;
	first.done = 0;
	first.crc = 0;
}

/* ---- at start ---- */

/* Zeros that windows show instead of pages that are gone: a page, and a table full of it. */
static uint64_t first_zeros[2][TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));

const char *first_start(const struct first *from)
{
	const struct rtos_program *program = rtosimage_programs(from->image);

	first.program = program;
	first.count = 0;
	first.turn.process = process_first;
	first.turn.cpu = &cpus[0];
	space_make_zeros(first_zeros[0], first_zeros[1]);
	if (!process_make_place(process_first) || !space_begin(&process_first->space) ||
	    !first_give(RTOS_HANDLE_PROCESS, &process_first->object, RTOS_RIGHTS_ALL) ||
	    !first_give(RTOS_HANDLE_MACHINE, &first_machine, RTOS_RIGHTS_ALL))
		return "there is too little memory for the first process";
	memcpy(process_first->name, program->name, sizeof(process_first->name));
	trace_made(process_first);
	if (!first_show(RTOS_HANDLE_IMAGE, from->image_at, from->image->image_size, FIRST_IMAGE) ||
	    !first_show(RTOS_HANDLE_TREE, from->tree, from->tree_size, FIRST_TREE) ||
	    !first_show(0, from->kernel, from->kernel_size, FIRST_TEXT) ||
	    !first_segments(from->image, program) ||
	    !first_place(program->stack + program->stack_size, 1, RTOS_RIGHT_READ, &first.start,
	                 sizeof(first.start), 0))
		return "there is too little memory for the first process";
	first.start = first_facts(from);
	first_tell();
	first.phase = PHASE_FILL;
	while (first.phase != PHASE_DONE)
		first_go_on();
	return NULL;
}

/* ---- anew ---- */

void first_end(void)
{
	uint64_t now = machine_time();

	if (now - first.since >= machine_hz()) {
		first.since = now;
		first.ends = 0;
	}
	first.ends++;
	first.start.starts++;
	first_tell();
	for (uint32_t i = 0; i < first.count; i++)
		first.items[i].mapping = NULL;
	first.phase = PHASE_PAUSE;
	first.item = 0;
	first.done = 0;
	first.crc = 0;
	sched_add_lender(&first.turn, RTOS_PRIORITIES - 1);
}

bool first_step(const struct thread *turn)
{
	if (turn != &first.turn)
		return false;
	first_go_on();
	if (first.phase == PHASE_DONE)
		sched_remove_lender(&first.turn);
	return true;
}
