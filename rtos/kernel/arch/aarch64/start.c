/* The start: from the boot's tables to the first program. Reads like a table of contents. */
#include <kernel/first.h>
#include <kernel/kept.h>
#include <kernel/layout.h>
#include <kernel/port.h>
#include <kumiki/rtos/image.h>
#include <lib/crc32c.h>
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <machine/console.h>
#include <machine/cpu.h>
#include <machine/gic.h>
#include <machine/memory.h>
#include <machine/start.h>

extern char kernel_text[], kernel_data[], kernel_end[], cpu_stack_first[], boot_secondary[],
    kernel_image_offset[], kernel_copy_size[];

const struct rtos_kernel_header kernel_header __attribute__((section(".head.header"), used)) = {
    .magic = RTOS_KERNEL_MAGIC,
    .image_revision = RTOS_IMAGE_REVISION,
    .call_revision = RTOS_CALL_REVISION,
    .image_offset = (uint64_t)kernel_image_offset,
    .copy_size = (uint64_t)kernel_copy_size,
};

static struct {
	struct board board;
	struct tree tree;
	uint64_t image, tree_at, size; /* physical addresses; the size of the whole image */
	uint32_t tree_used;            /* bytes of the tree that are in use */
	uint64_t next;                 /* the first free byte of RAM behind the image */
	uint64_t first_counter;
	uint64_t kept;                /* physical: what the last kernel left; 0: there was none */
	struct board_range device[3]; /* the devices that the kernel drives itself */
} start;

/* Takes RAM behind the image, where the device tree doesn't lie. Physical address, whole pages. */
static uint64_t start_take(uint64_t bytes)
{
	uint64_t tree_end = (start.tree_at + start.tree.size + PAGE_MASK) & ~PAGE_MASK;
	uint64_t at = start.next;

	bytes = (bytes + PAGE_MASK) & ~PAGE_MASK;
	if (at < tree_end && at + bytes > (start.tree_at & ~PAGE_MASK))
		at = tree_end;
	start.next = at + bytes;
	return at;
}

static void read_tree(void)
{
	const char *at = (const char *)LAYOUT_TREE + (start.tree_at & (BLOCK_SIZE - 1));

	/* Without a tree there isn't even a console for a complaint. */
	while (!tree_open(&start.tree, at, BLOCK_SIZE))
		__asm__ volatile("wfe");
	board_read(&start.board, &start.tree);
	start.tree_used = tree_used(&start.tree);
}

/* The kernel uses the range of RAM that the image lies in. */
static bool find_memory(void)
{
	for (uint32_t i = 0; i < start.board.ram_count; i++) {
		const struct board_range *ram = &start.board.ram[i];

		if (start.image < ram->base || start.image - ram->base >= ram->size)
			continue;
		memory.base = pa_at((ram->base + PAGE_MASK) & ~PAGE_MASK);
		memory.pages = (ram->base + ram->size - memory.base.at) >> PAGE_SHIFT;
		memory.at = (char *)LAYOUT_TEXT - (start.image - memory.base.at);
		return true;
	}
	return false;
}

#define ARM64_HEADER 64 /* bytes */

/* After each crash of the kernel, identities of calls begin at a higher multiple of 2 to this
 * power. So no server takes a new call for a call that it knows. */
#define START_IDENTITIES 48

#define TABLES_MAX 32 /* pages: far more than RAM of any shape needs */

static void begin_memory(void)
{
	uint64_t at = start_take(TABLES_MAX * PAGE_SIZE), next = at;

	tables_make(pa_at(start.image), start.size, &next);
	start.next = next;
	tables_use();
}

static void begin_console(void)
{
	if (start.board.uart != 0)
		console_begin(tables_map_device(start.board.uart, PAGE_SIZE));
	console_say("kumiki-rtos: %u CPUs, %u KiB of memory at 0x%x\n", (uint64_t)start.board.cpus,
	            memory.pages * (PAGE_SIZE / 1024), memory.base.at);
}

static void *start_at_pa(uint64_t pa)
{
	return memory.at + (pa - memory.base.at);
}

/* The room that the loader left behind the tree is free from now on. */
static void cut_tree(void)
{
	if (start.tree_at < memory.base.at || start.tree_at - memory.base.at >= memory.pages
	                                                                            << PAGE_SHIFT)
		return;
	tree_cut(start_at_pa(start.tree_at), start.tree_used);
	start.tree.size = start.tree_used;
}

static const struct rtos_image *start_image(void)
{
	return (const struct rtos_image *)(const void *)kernel_end;
}

static void check_image(void)
{
	const struct rtosimage_verdict verdict =
	    rtosimage_verify(start_image(), start.size - (uint64_t)(kernel_end - kernel_text));

	if (verdict.fault != RTOSIMAGE_OK)
		crash_stop(rtosimage_fault_text(verdict.fault));
}

/* The header that kept memory has to have. Of the tree, only the bytes in use count. */
static struct kept kept_header(uint64_t at)
{
	return (struct kept){.kernel = start.image,
	                     .tree = start.tree_at,
	                     .at = at,
	                     .pages = start_image()->kept_pages,
	                     .image_crc = start_image()->tables_crc,
	                     .tree_size = start.tree_used,
	                     .tree_crc = crc32c(0, start_at_pa(start.tree_at), start.tree_used),
	                     .first_counter = start.first_counter};
}

/* Whether the copy is intact and the kernel's text and constants equal it. The Image's header, with
 * its size, may differ. */
static bool is_as_copied(const struct rtos_part *copy)
{
	const char *from = (const char *)start_image() + copy->offset;
	const uint64_t constant = (uint64_t)(kernel_data - kernel_text);

	return rtosimage_part_intact(start_image(), copy) &&
	       memcmp(from + ARM64_HEADER, kernel_text + ARM64_HEADER, constant - ARM64_HEADER) ==
	           0;
}

/* The start after a crash. If anything is wrong, the machine is reset: devices may still write to
 * the memory that they were given. */
static void resume_kept(void)
{
	const struct rtos_part *copy = rtosimage_kernel(start_image());
	const struct kept header = kept_header(start.kept);
	uint64_t end = start.kept + header.pages * PAGE_SIZE;
	const char *wrong;

	if (copy == NULL || !is_as_copied(copy))
		crash_reset("the kernel's copy in the boot image is damaged");
	if (start.kept < start.next || end > memory.base.at + (memory.pages << PAGE_SHIFT))
		crash_reset("kept memory isn't where it can be");
	wrong = kept_resume(start_at_pa(start.kept), &header);
	if (wrong != NULL)
		crash_reset(wrong);
	start.next = end;
	start.first_counter = kept->first_counter;
	port_identities = kept->last.starts << START_IDENTITIES;
	console_say("kumiki-rtos: begun anew after a crash of the kernel, with %u KiB that were "
	            "kept\n",
	            header.pages * (PAGE_SIZE / 1024));
}

static void begin_kept(void)
{
	const uint64_t bytes = start_image()->kept_pages * PAGE_SIZE;
	struct kept header;

	if (start.kept != 0) {
		resume_kept();
		return;
	}
	if (bytes == 0 || rtosimage_kernel(start_image()) == NULL)
		return;
	header = kept_header(start_take(bytes));
	if (start.next > memory.base.at + (memory.pages << PAGE_SHIFT))
		crash_stop("there is too little memory for what is kept");
	kept_begin(start_at_pa(header.at), &header);
}

/* The first process gets all RAM except the image, the tree, and what was taken until now. */
static void begin_frames(void)
{
	struct pool *pool = &process_first->pool;
	uint64_t bytes = memory.pages * sizeof(struct frame);
	uint64_t end = memory.base.at + (memory.pages << PAGE_SHIFT);
	uint64_t tree = start.tree_at & ~PAGE_MASK;
	uint64_t tree_end = (start.tree_at + start.tree.size + PAGE_MASK) & ~PAGE_MASK;

	memory.frames = start_at_pa(start_take(bytes));
	memset(memory.frames, 0, bytes);
	first_begin();
	pool_add(pool, 0, (start.image - memory.base.at) >> PAGE_SHIFT);
	if (tree < start.next || tree >= end) {
		pool_add(pool, memory_frame(start_at_pa(start.next)),
		         (end - start.next) >> PAGE_SHIFT);
		return;
	}
	pool_add(pool, memory_frame(start_at_pa(start.next)), (tree - start.next) >> PAGE_SHIFT);
	if (tree_end < end)
		pool_add(pool, memory_frame(start_at_pa(tree_end)), (end - tree_end) >> PAGE_SHIFT);
}

static void begin_devices(void)
{
	struct board *board = &start.board;

	start.device[0] = board->distributor;
	start.device[1] = board->redistributors;
	trap_timer = board->timer;
	gic_begin(tables_map_device(board->distributor.base, board->distributor.size),
	          tables_map_device(board->redistributors.base, board->redistributors.size),
	          board->redistributors.size);
}

#define DEVICE_LIMIT (1ULL << 40) /* physical addresses lie below it */

bool machine_is_device(pa_t base, uint64_t pages)
{
	uint64_t end = base.at + (pages << PAGE_SHIFT);
	uint64_t ram_end = memory.base.at + (memory.pages << PAGE_SHIFT);

	if (!is_aligned(base.at, PAGE_SIZE) || pages == 0 || end <= base.at || pages >> 32 != 0 ||
	    end > DEVICE_LIMIT || (base.at < ram_end && end > memory.base.at))
		return false;
	for (uint32_t i = 0; i < start.board.ram_count; i++)
		if (base.at < start.board.ram[i].base + start.board.ram[i].size &&
		    end > start.board.ram[i].base)
			return false;
	for (uint32_t i = 0; i < 2; i++)
		if (base.at < start.device[i].base + start.device[i].size &&
		    end > start.device[i].base)
			return false;
	return true;
}

#define CNTKCTL_EL0VCTEN (1 << 1)
/* An event comes every 2^16 ticks of the counter. It wakes a CPU that waits for the lock while
 * another CPU hangs with it. */
#define CNTKCTL_EVENTS (1 << 2 | 15 << 4)

/* Begins this CPU: its timer, its interrupts, its stack. Programs may read the counter. */
static void begin_cpu(uint32_t index)
{
	struct cpu *cpu = &cpus[index];

	sched_begin(cpu, index);
	cpu->stack = cpu_stack_first + (uint64_t)index * LAYOUT_STACK_STEP;
	sysreg_write(tpidr_el1, cpu);
	sysreg_write(cntkctl_el1, CNTKCTL_EL0VCTEN | CNTKCTL_EVENTS);
	sysreg_write(cntv_ctl_el0, 0);
	machine_fp_open(false);
	if (!gic_begin_cpu(index, trap_timer))
		crash_stop("a CPU has no redistributor in the device tree");
	cpu->online = true;
}

/* After a crash, the CPU that had it may not be off yet. */
static void await_off(uint64_t affinity)
{
	uint64_t end = machine_time() + machine_hz();

	while (start.kept != 0 && !firmware_cpu_is_off(affinity) && machine_time() < end)
		__asm__ volatile("yield");
}

/* Starts the other CPUs, one after the other. A CPU that the firmware can't turn on ends the count.
 */
static void begin_others(void)
{
	uint64_t self = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;

	cpu_count = 1;
	for (uint32_t i = 0; i < start.board.cpus && cpu_count < RTOS_CPUS_MAX; i++) {
		struct cpu *cpu = &cpus[cpu_count];

		if (start.board.affinity[i] == self)
			continue;
		await_off(start.board.affinity[i]);
		if (firmware_cpu_on(start.board.affinity[i],
		                    start.image + (uint64_t)(boot_secondary - kernel_text),
		                    cpu_count) != 0)
			return;
		while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE))
			__asm__ volatile("yield");
		cpu_count++;
	}
}

static void begin_first(void)
{
	const struct first first = {
	    .image = start_image(),
	    .image_at = pa_at(start.image + (uint64_t)(kernel_end - kernel_text)),
	    .tree = pa_at(start.tree_at),
	    .tree_size = start.tree.size,
	    .kernel = pa_at(start.image),
	    .kernel_size = (uint64_t)(kernel_data - kernel_text),
	    .first_counter = start.first_counter,
	};
	const char *wrong = first_start(&first);

	if (wrong != NULL)
		crash_stop(wrong);
}

void start_machine(uint64_t image, uint64_t tree, uint64_t counter, uint64_t left)
{
	struct arm64_header {
		uint32_t code[2];
		uint64_t text_offset, image_size;
	};

	start.image = image;
	start.tree_at = tree;
	start.first_counter = counter;
	start.kept = left;
	start.size = ((const struct arm64_header *)(const void *)kernel_text)->image_size;
	start.next = image + ((start.size + PAGE_MASK) & ~PAGE_MASK);
	read_tree();
	while (!find_memory())
		__asm__ volatile("wfe");
	begin_memory();
	begin_console();
	if (board_lacks(&start.board) != NULL)
		crash_stop(board_lacks(&start.board));
	firmware_begin(&start.board);
	check_image();
	cut_tree();
	begin_kept();
	begin_frames();
	begin_devices();
	begin_cpu(0);
	begin_others();
	begin_first();
	crash_ready();
	leave_kernel(trap_begin(&cpus[0]));
}

void start_secondary(uint64_t index)
{
	tables_use();
	begin_cpu((uint32_t)index);
	leave_kernel(trap_begin(&cpus[index]));
}
