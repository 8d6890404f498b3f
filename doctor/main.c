/*
 * The doctor's start, and all its checks in their order. The first core makes them; each other core
 * those of checks_of_core, while the first one waits.
 */
#include <doctor/doctor.h>
#include <doctor/places.h>
#include <frame/gic.h>
#include <frame/stop.h>
#include <frame/tables.h>
#include <lib/crc32c.h>
#include <machine/firmware.h>
#include <machine/local.h>
#include <machine/wait.h>
#include <state/core.h>

_Static_assert(sizeof(struct doctor_facts) == DOCTOR_FACTS_SIZE &&
                   offsetof(struct doctor_facts, bundle.board.uart_base) == DOCTOR_FACTS_UART &&
                   offsetof(struct doctor_facts, bundle.board.uart_registers) ==
                       DOCTOR_FACTS_REGISTERS &&
                   DOCTOR_MEMORY == DOCTOR_MEMORY_SIZE && LAYOUT_SLOT == DOCTOR_MEMORY,
               "head.S looks there");
_Static_assert(DOCTOR_SCRATCH + LAYOUT_BOOT_SIZE <= DOCTOR_OWN, "the boot has room");

#define TABLE_PAGES 32
#define HCR_AMO     (1u << 5) /* SErrors come to EL2 */
#define STACK_STEP  (2 * PAGE_SIZE)

/* From the linker and head.S. */
extern const uint8_t doctor_text[], doctor_end[];
void doctor_main(uint64_t load);

static struct {
	uint64_t load, next; /* where the image lies, and its memory that isn't taken */
	struct tables tables;
} doctor CORE_LOCAL;

uint64_t doctor_image(void)
{
	return doctor.load;
}

uint64_t doctor_place_of(const volatile void *at)
{
	return doctor.load + (va_of(at).at - LAYOUT_TEXT);
}

void *doctor_take(uint64_t size)
{
	uint64_t *taken = (uint64_t *)(uintptr_t)doctor.next;

	size = (size + PAGE_MASK) & ~PAGE_MASK;
	if (doctor.next + size > doctor.load + DOCTOR_MEMORY)
		stop_machine("the doctor's memory is used up: this is a fault of its own");
	doctor.next += size;
	hw_zero_pages(taken, size);
	return taken;
}

/* ---- the tables ---- */

static void forget_translations(void)
{
	__asm__ volatile("dsb ishst; tlbi alle2is; dsb ish; isb" ::: "memory");
}

/* Where the frame has the same: the facts, the window, and what of the GIC all cores have. */
static void map_all(void)
{
	uint64_t *const boot = (uint64_t *)(uintptr_t)sysreg_read(ttbr0_el2);
	struct tables *tables = &doctor.tables;

	*tables =
	    (struct tables){.root = doctor_take(TABLE_PAGES * PAGE_SIZE), .count = TABLE_PAGES};
	for (uint32_t i = 0; i < PAGE_SIZE / sizeof(uint64_t); i++)
		tables->root[i] = boot[i];
	tables_map(tables, LAYOUT_BUNDLE, pa_at(doctor_place_of(doctor_end)), PAGE_SIZE,
	           TABLES_CONSTANT);
	tables_map(tables, LAYOUT_WINDOW_TABLE,
	           pa_at((uint64_t)(uintptr_t)tables_leaf(tables, LAYOUT_WINDOW)), PAGE_SIZE,
	           TABLES_DATA);
	hw_barrier_tables();
	sysreg_write(ttbr0_el2, (uintptr_t)tables->root);
	barrier_instruction();
	forget_translations();
	tables_map(tables, LAYOUT_GICD, pa_at(told_board->gicd_base), GICD_SIZE, TABLES_DEVICE);
	hw_barrier_tables();
}

void doctor_map_core(uint64_t found)
{
	uint64_t *const leaf = tables_leaf(&doctor.tables, LAYOUT_GICR);

	for (uint64_t at = LAYOUT_GICR; at < LAYOUT_GICR + GICR_STEP; at += PAGE_SIZE)
		leaf[at >> PAGE_SHIFT & 511] = 0;
	forget_translations();
	gic_map_core(&doctor.tables, told_board, found);
	hw_barrier_tables();
}

void doctor_close_window(void)
{
	*(volatile uint64_t *)LAYOUT_WINDOW_TABLE = 0;
	forget_translations();
}

uint64_t doctor_stack(uint32_t index)
{
	const uint64_t at = LAYOUT_SERVICE + index * STACK_STEP;

	tables_map(&doctor.tables, at, pa_at((uint64_t)(uintptr_t)doctor_take(PAGE_SIZE)),
	           PAGE_SIZE, TABLES_DATA);
	hw_barrier_tables();
	return at + PAGE_SIZE;
}

void doctor_settle(void)
{
	sysreg_write(hcr_el2, sysreg_read(hcr_el2) | HCR_AMO);
	barrier_instruction();
	__asm__ volatile("msr daifclr, #4" ::: "memory");
}

/* ---- the checks ---- */

#define GIC_REMEDY "correct the interrupt controller's reg in the board file"

/* The image is as the host's command made it. */
static void check_image(void)
{
	const uint32_t is =
	    crc32c(0, (const void *)(uintptr_t)doctor.load, (uint64_t)(doctor_end - doctor_text));

	if (is == told_facts->bundle.frame_crc)
		report_good("intact (CRC-32C)");
	else
		report_defect("damaged, by its CRC-32C; load the image again");
}

static const struct check checks_before[] = {
    {"level", "", 0, cpu_level},
    {"image", "load the image again", 0, check_image},
    {"gic", GIC_REMEDY, 0, interrupts_distributor},
};

#define CORE_REMEDY    "this core can't be used"
#define COUNTER_REMEDY "the firmware has to set up the counter"

const struct check checks_of_core[] = {
    {"cpu", CORE_REMEDY, 0, cpu_kind},
    {"features", CORE_REMEDY, 0, cpu_features},
    {"caches", CORE_REMEDY, 0, cpu_caches},
    {"counter", COUNTER_REMEDY, 0, counter_frequency},
    {"counter", COUNTER_REMEDY, 0, counter_ticks},
    {"gic", GIC_REMEDY, "gic", interrupts_interface},
    {"interrupt", GIC_REMEDY, "gic", interrupts_timers},
    {"list", GIC_REMEDY, "interrupt", interrupts_list},
};
const uint32_t checks_of_core_count = sizeof(checks_of_core) / sizeof(checks_of_core[0]);

static const struct check checks_behind[] = {
    {"clock", "correct the clock's reg in the board file, or take it out", "interrupt",
     counter_clock},
    {"speed", "", "counter", speed_measure},
    {"memory", "correct the memory's reg in the board file", 0, memory_banks},
    {"firmware", "the frame needs PSCI by SMC, or a spin table in the cpus of the board file", 0,
     firmware_kind},
    {"core", "correct the cpus in the board file", "firmware", cores_start},
    {"smmu", "start the machine with one, or take it out of the board file", 0, smmu_answers},
};

static void check_each(const struct check *checks, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		(void)report_check(&checks[i]);
}

static void turn_off(void *nothing)
{
	(void)nothing;
	firmware_off();
}

void doctor_main(uint64_t load)
{
	doctor.load = load;
	doctor.next = load + DOCTOR_OWN;
	map_all();
	print_to_uart((va_t){told_board->uart_base}, told_board->uart_registers);
	print("\ndoctor: board %s, %u cores, version %s\n", told_board->name,
	      told_facts->bundle.cores.count, KUMIKI_VERSION);
	doctor_settle();
	check_each(checks_before, sizeof(checks_before) / sizeof(checks_before[0]));
	check_each(checks_of_core, checks_of_core_count);
	check_each(checks_behind, sizeof(checks_behind) / sizeof(checks_behind[0]));
	promises_tell();
	report_sum();
	(void)attempt(turn_off, 0);
	for (;;)
		__asm__ volatile("wfe");
}
