/*
 * Reports. A guest's goes into its core's messages, for the console; the frame's own goes to the
 * UART at once, whoever owns it, and is the last thing that the machine does.
 */
#include <board.h>
#include <frame/core.h>
#include <frame/partition.h>
#include <frame/print.h>
#include <frame/report.h>
#include <frame/tables.h>
#include <lib/bundle.h>
#include <machine/contexts.h>
#include <machine/crash.h>
#include <machine/fault.h>
#include <machine/firmware.h>

#define GICD_SIZE 0x10000

/*
 * The last words go to the UART at once: nobody will read the ring any more. The start speaks there
 * already. If the UART was given to a partition, nobody maps it at EL2 until now.
 */
static void speak_directly(void)
{
	if (print_is_direct())
		return;
	if (core_bundle->board.uart_base != 0)
		print_to_uart((va_t){LAYOUT_UART});
	else
		print_to_uart(window_open_device(pa_at(BOARD_UART)));
}

_Noreturn void stop_machine(const char *why)
{
	speak_directly();
	print("kumiki: %s\nkumiki: the machine stops here\n", why);
	firmware_off();
}

/* ---- whose an address is ---- */

static bool in_frame(uint64_t address)
{
	const struct bundle_header *from = core_bundle;

	return address - from->image_base < from->image_size ||
	       address - from->memory_base < from->memory_size ||
	       address - from->board.gicd_base < GICD_SIZE ||
	       address - from->board.gicr_base < from->board.gicr_size ||
	       (from->board.uart_base != 0 && address - from->board.uart_base < PAGE_SIZE) ||
	       (from->board.rtc_base != 0 && address - from->board.rtc_base < PAGE_SIZE);
}

/* In the partition's own view; else by the physical address that this mostly is. */
static const struct bundle_region *own_region_at(const struct bundle_partition *config,
                                                 uint64_t address)
{
	for (uint32_t i = 0; i < config->regions.count; i++) {
		const struct bundle_region *region =
		    &bundle_regions(core_bundle)[config->regions.first + i];

		if (address - region->ipa < region->size)
			return region;
	}
	return 0;
}

static const struct bundle_region *region_at(uint64_t address, const char **owner)
{
	for (uint32_t p = 0; p < core_bundle->partitions.count; p++) {
		const struct bundle_range range = bundle_partitions(core_bundle)[p].regions;

		for (uint32_t i = range.first; i < range.first + range.count; i++) {
			const struct bundle_region *region = &bundle_regions(core_bundle)[i];

			if (address - region->pa < region->size) {
				*owner = bundle_partitions(core_bundle)[p].name;
				return region;
			}
		}
	}
	return 0;
}

static void print_owner(const struct bundle_partition *config, uint64_t address)
{
	const char *owner = config->name;
	const struct bundle_region *region = own_region_at(config, address);

	if (region == 0)
		region = region_at(address, &owner);
	if (region == 0 && in_frame(address))
		print(" (the frame's)");
	else if (region != 0)
		print(" (%s of %s)", region->label, owner);
	else
		print(" (nobody's)");
}

static void print_registers(const uint64_t x[31])
{
	for (uint32_t i = 0; i < 31; i++)
		print("%sx%u 0x%lx", i % 4 == 0 ? "\n  " : "  ", i, PRINT_X(x[i]));
	print("\n");
}

void report_guest(struct vcpu *vcpu, const char *what, uint64_t syndrome, uint64_t address)
{
	print("%s: vCPU %u: %s\n", vcpu->partition->config->name, vcpu->index, what);
	print("  syndrome 0x%lx, address 0x%lx", PRINT_X(syndrome), PRINT_X(address));
	print_owner(vcpu->partition->config, address);
	print("\n  pc 0x%lx, pstate 0x%lx, lr 0x%lx", PRINT_X(context_pc()),
	      PRINT_X(fault_pstate()), PRINT_X(vcpu->context.x[30]));
	print_registers(vcpu->context.x);
}

/* ---- the frame's own failure ---- */

struct crash_registers crash_registers CORE_LOCAL;
uint8_t crash_stack[CRASH_STACK_SIZE] CORE_LOCAL __attribute__((aligned(16)));

/* This core's stack; at start, which has another one, what lies above the stack pointer. */
static bool on_stack(uint64_t record)
{
	if (record % 16 != 0)
		return false;
	return (record >= LAYOUT_STACK && record <= LAYOUT_STACK_TOP - 16) ||
	       record - crash_registers.sp < LAYOUT_BOOT_STACK_SIZE;
}

/* Frame records lie on the stack, each one above the last: anything else ends the trace. */
static void print_back_trace(uint64_t record)
{
	for (int depth = 0; depth < 16; depth++) {
		const uint64_t *at = (const uint64_t *)record;

		if (!on_stack(record))
			break;
		print(" 0x%lx", PRINT_X(at[1]));
		if (at[0] <= record)
			break;
		record = at[0];
	}
}

_Noreturn void crash_exception(void)
{
	const struct crash_registers *r = &crash_registers;
	static uint32_t failures CORE_LOCAL;

	/* Told again and again, it would never end. */
	failures++;
	if (failures > 2)
		firmware_off();
	speak_directly();
	if (failures == 2)
		stop_machine("the frame failed again while it said so");
	print("\nkumiki: core %u: the frame itself failed (vector %u)\n", core.index,
	      (uint32_t)r->vector);
	print("  syndrome 0x%lx, address 0x%lx, pc 0x%lx, lr 0x%lx, sp 0x%lx",
	      PRINT_X(sysreg_read(esr_el2)), PRINT_X(sysreg_read(far_el2)),
	      PRINT_X(sysreg_read(elr_el2)), PRINT_X(r->x[30]), PRINT_X(r->sp));
	print_registers(r->x);
	print("  trace");
	print_back_trace(r->x[29]);
	print("\n");
	stop_machine("this is an error of the frame, not of a guest");
}
