/*
 * Reports. A guest's goes into its core's messages, for the console; the frame's own goes to the
 * UART at once, whoever owns it, and is the last thing that the machine does.
 */
#include <board.h>
#include <frame/core.h>
#include <frame/partition.h>
#include <frame/print.h>
#include <frame/report.h>
#include <lib/bundle.h>
#include <machine/contexts.h>
#include <machine/crash.h>
#include <machine/fault.h>
#include <machine/firmware.h>

_Noreturn void stop_machine(const char *why)
{
	print("kumiki: %s\nkumiki: the machine stops here\n", why);
	firmware_off();
}

/* Whose memory or device it is, by guest-physical address, which is mostly the physical one. */
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

static void print_owner(uint64_t address)
{
	const char *owner = "";
	const struct bundle_region *region = region_at(address, &owner);

	if (region != 0)
		print(" (%s of %s)", region->label, owner);
	else
		print(" (nobody's)");
}

static void print_registers(const struct context *context)
{
	for (uint32_t i = 0; i < 31; i++)
		print("%sx%u 0x%lx", i % 4 == 0 ? "\n  " : "  ", i, PRINT_X(context->x[i]));
	print("\n");
}

void report_guest(struct vcpu *vcpu, const char *what, uint64_t syndrome, uint64_t address)
{
	print("%s: vCPU %u: %s\n", vcpu->partition->config->name, vcpu->index, what);
	print("  syndrome 0x%lx, address 0x%lx", PRINT_X(syndrome), PRINT_X(address));
	print_owner(address);
	print("\n  pc 0x%lx, pstate 0x%lx, lr 0x%lx", PRINT_X(context_pc()),
	      PRINT_X(fault_pstate()), PRINT_X(vcpu->context.x[30]));
	print_registers(&vcpu->context);
}

/* ---- the frame's own failure ---- */

struct crash_registers crash_registers CORE_LOCAL;
uint8_t crash_stack[CRASH_STACK_SIZE] CORE_LOCAL __attribute__((aligned(16)));

/* Frame records lie on the core's stack, each one above the last: anything else ends the trace. */
static void print_back_trace(uint64_t record)
{
	for (int depth = 0; depth < 16; depth++) {
		const uint64_t *at = (const uint64_t *)record;

		if (record < LAYOUT_STACK || record > LAYOUT_STACK_TOP - 16 || record % 16 != 0)
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

	print_to_uart((va_t){LAYOUT_UART});
	print("\nkumiki: core %u: the frame itself failed (vector %u)\n", core.index,
	      (uint32_t)r->vector);
	print("  syndrome 0x%lx, address 0x%lx, pc 0x%lx, lr 0x%lx, sp 0x%lx\n  trace",
	      PRINT_X(sysreg_read(esr_el2)), PRINT_X(sysreg_read(far_el2)),
	      PRINT_X(sysreg_read(elr_el2)), PRINT_X(r->x[30]), PRINT_X(r->sp));
	print_back_trace(r->x[29]);
	for (uint32_t i = 0; i < 31; i++)
		print("%sx%u 0x%lx", i % 4 == 0 ? "\n  " : "  ", i, PRINT_X(r->x[i]));
	print("\n");
	stop_machine("this is an error of the frame, not of a guest");
}
