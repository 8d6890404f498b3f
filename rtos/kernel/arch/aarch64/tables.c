/*
 * The kernel's own tables. They map RAM at one distance from its physical address, so that the
 * image is where it was linked, and devices apart. Code isn't writable, nor is the boot image. The
 * first CPU makes the tables once, with the boot's tables on; all CPUs share them.
 */
#include <kernel/layout.h>
#include <kernel/memory.h>
#include <kernel/table.h>
#include <lib/string.h>
#include <machine/cpu.h>
#include <machine/start.h>

extern char kernel_text[], kernel_rodata[], kernel_data[], kernel_end[], cpu_stacks[];

/* Secondary CPUs need only the addresses of these before they have caches. */
uint64_t machine_root[TABLE_ENTRIES] __attribute__((aligned(4096)));
static uint64_t tables_devices[TABLE_ENTRIES] __attribute__((aligned(4096)));
static uint64_t tables_nothing[TABLE_ENTRIES] __attribute__((aligned(4096)));
uint64_t machine_no_space;

static uint64_t tables_image; /* where the image is loaded */
static uint32_t tables_device_blocks;

#define KERNEL_PAGE (TABLE_ACCESSED | TABLE_UXN)
#define KERNEL_CODE (KERNEL_PAGE | TABLE_NORMAL | TABLE_READ_ONLY)
#define KERNEL_READ (KERNEL_CODE | TABLE_PXN)
#define KERNEL_DATA (KERNEL_PAGE | TABLE_NORMAL | TABLE_PXN)

#define SCTLR_WXN (1 << 19)

static char *tables_at_pa(uint64_t pa)
{
	return (char *)LAYOUT_TEXT + (int64_t)(pa - tables_image);
}

static uint64_t pa_of(const void *pointer)
{
	return tables_image + (uint64_t)((const char *)pointer - (const char *)LAYOUT_TEXT);
}

static uint64_t *tables_make_below(uint64_t *entry, uint64_t *next)
{
	if (*entry == 0) {
		memset(tables_at_pa(*next), 0, PAGE_SIZE);
		*entry = *next | TABLE_TABLE;
		*next += PAGE_SIZE;
	}
	return (uint64_t *)(void *)tables_at_pa(*entry & TABLE_ADDRESS);
}

/* Maps physical addresses from `from` to below `to`, both multiples of a page. */
static void tables_map(uint64_t from, uint64_t to, uint64_t bits, uint64_t *next)
{
	while (from < to) {
		uint64_t address = (uint64_t)tables_at_pa(from);
		uint64_t *table = tables_make_below(&machine_root[TABLE_INDEX(1, address)], next);
		uint64_t *entry = &table[TABLE_INDEX(2, address)];

		if (*entry == 0 && is_aligned(from, BLOCK_SIZE) && to - from >= BLOCK_SIZE) {
			*entry = from | bits | TABLE_BLOCK;
			from += BLOCK_SIZE;
			continue;
		}
		tables_make_below(entry, next)[TABLE_INDEX(3, address)] = from | bits | TABLE_PAGE;
		from += PAGE_SIZE;
	}
}

/* Maps the kernel's variables and stacks, except the page below each stack. */
static void tables_map_data(uint64_t *next)
{
	uint64_t at = pa_of(kernel_data);

	for (uint32_t i = 0; i < RTOS_CPUS_MAX; i++) {
		uint64_t guard = pa_of(cpu_stacks) + (uint64_t)i * LAYOUT_STACK_STEP;

		tables_map(at, guard, KERNEL_DATA, next);
		at = guard + LAYOUT_STACK_STEP - LAYOUT_STACK_SIZE;
	}
	tables_map(at, pa_of(kernel_end), KERNEL_DATA, next);
}

void tables_make(pa_t image, uint64_t image_size, uint64_t *next)
{
	uint64_t end = memory.base.at + (memory.pages << PAGE_SHIFT);

	tables_image = image.at;
	tables_map(memory.base.at, image.at, KERNEL_DATA, next);
	tables_map(image.at, pa_of(kernel_rodata), KERNEL_CODE, next);
	tables_map(pa_of(kernel_rodata), pa_of(kernel_data), KERNEL_READ, next);
	tables_map_data(next);
	tables_map(pa_of(kernel_end), image.at + image_size, KERNEL_READ, next);
	tables_map(image.at + image_size, end, KERNEL_DATA, next);
	machine_root[TABLE_INDEX(1, LAYOUT_DEVICES)] = pa_of(tables_devices) | TABLE_TABLE;
	machine_no_space = pa_of(tables_nothing);
}

volatile char *tables_map_device(uint64_t base, uint64_t size)
{
	uint64_t from = base & ~(BLOCK_SIZE - 1);
	uint32_t first = tables_device_blocks;

	for (uint64_t at = from; at < base + size; at += BLOCK_SIZE)
		tables_devices[tables_device_blocks++] =
		    at | KERNEL_PAGE | TABLE_PXN | TABLE_DEVICE | TABLE_BLOCK;
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
	return (volatile char *)LAYOUT_DEVICES + first * BLOCK_SIZE + (base - from);
}

void tables_use(void)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	sysreg_write(ttbr1_el1, pa_of(machine_root));
	sysreg_write(ttbr0_el1, machine_no_space);
	__asm__ volatile("isb\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) | SCTLR_WXN);
	__asm__ volatile("isb" ::: "memory");
}
