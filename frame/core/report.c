/*
 * Reports. A guest's is left where the console service finds it; the frame's own goes to the
 * UART at once, whoever owns it, and is the last thing that the machine does.
 */
#include <board.h>
#include <frame/core.h>
#include <frame/partition.h>
#include <frame/print.h>
#include <frame/report.h>
#include <frame/tables.h>
#include <lib/string.h>
#include <machine/contexts.h>
#include <machine/crash.h>
#include <machine/fault.h>
#include <machine/firmware.h>

/*
 * The last words go to the UART at once: nobody will read the ring any more. The start speaks there
 * already. If the UART was given to a partition, nobody maps it at EL2 until now.
 */
void report_last_words(void)
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
	report_last_words();
	print("kumiki: %s\nkumiki: the machine stops here\n", why);
	firmware_off();
}

/* ---- a guest's end ---- */

/* Only the one that ended the partition writes its report. */
static struct stop_report *begin(struct partition *partition, enum stop_reason reason)
{
	struct stop_report *report = &partition->console->report;

	__atomic_store_n(&report->sequence, report->sequence + 1, __ATOMIC_SEQ_CST);
	report->reason = reason;
	report->fault = REPORT_NO_FAULT;
	return report;
}

static void end(struct stop_report *report)
{
	__atomic_store_n(&report->sequence, report->sequence + 1, __ATOMIC_SEQ_CST);
}

/* A vCPU of this core. Its EL1 is where it was saved, or in the registers, but for what a service
 * in its place has borrowed. */
static void copy_el1(struct stop_report *report, struct vcpu *vcpu)
{
	struct resident_el1 *el1 = &vcpu->saved.el1;

	if (core.el1 == vcpu)
		resident_save_el1(el1);
	if (core.el1 == vcpu && core.current != 0 && core.current->kind != CONTEXT_VCPU) {
		el1->sp_el0 = core.service_sp;
		el1->sctlr = core.service_sctlr;
	}
	report->sp_el0 = el1->sp_el0;
	report->sctlr = el1->sctlr;
	report->sp_el1 = el1->sp_el1;
	report->elr = el1->elr;
	report->spsr = el1->spsr;
	report->esr = el1->esr;
	report->far = el1->far;
	report->vbar = el1->vbar;
	report->tcr = el1->tcr;
	report->ttbr0 = el1->ttbr0;
	report->ttbr1 = el1->ttbr1;
}

/*
 * The vCPU on this core, or its partition's loader. What runs has its x19 to x28 still in registers
 * that the frame itself uses, if an interrupt came: sched_choose() adds them, which comes next.
 */
void report_registers(struct stop_report *report, const struct context *context, struct vcpu *vcpu)
{
	bool current = core.current == context;

	memcpy(report->x, context->x, sizeof(report->x));
	report->pc = current ? context_pc() : context->pc;
	report->pstate = current ? fault_pstate() : context->pstate;
	report->off = context->state == CONTEXT_OFF;
	copy_el1(report, vcpu);
	if (current) {
		core.report = report;
		core.reschedule = 1;
	}
}

void report_stop(struct vcpu *vcpu, enum stop_reason reason)
{
	struct stop_report *report = begin(vcpu->partition, reason);

	report->vcpu = vcpu->index;
	report_registers(report, &vcpu->context, vcpu);
	end(report);
}

void report_image(struct partition *partition, uint32_t load)
{
	struct stop_report *report = begin(partition, STOP_IMAGE);

	report->load = load;
	end(report);
}

struct report_error {
	enum report_fault fault;
	uint32_t vcpu;
	uint64_t syndrome, address;
};

static void report_error(struct partition *partition, const struct context *context,
                         const struct report_error *error)
{
	struct stop_report *report = begin(partition, STOP_FAULT);

	report->fault = error->fault;
	report->vcpu = error->vcpu;
	report->syndrome = error->syndrome;
	report->address = error->address;
	report_registers(report, context, &partition->vcpus[error->vcpu]);
	end(report);
}

void report_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome, uint64_t address)
{
	report_error(vcpu->partition, &vcpu->context,
	             &(struct report_error){fault, vcpu->index, syndrome, address});
}

void report_loader(struct partition *partition, uint64_t syndrome, uint64_t address)
{
	report_error(partition, &partition->loader,
	             &(struct report_error){REPORT_LOADER, 0, syndrome, address});
}

/* ---- the frame's own failure ---- */

struct crash_registers crash_registers CORE_LOCAL;
uint8_t crash_stack[CRASH_STACK_SIZE] CORE_LOCAL __attribute__((aligned(16)));

static void print_registers(const uint64_t x[31])
{
	for (uint32_t i = 0; i < 31; i++)
		print("%sx%u 0x%lx", i % 4 == 0 ? "\n  " : "  ", i, PRINT_X(x[i]));
	print("\n");
}

/* The linker's: between texts, its own and the start's, the image has data. */
extern const uint8_t frame_rodata[], frame_rodata_end[];

static bool is_text(uint64_t address)
{
	uint64_t data = (uint64_t)(uintptr_t)frame_rodata;
	uint64_t data_end = (uint64_t)(uintptr_t)frame_rodata_end;

	return address - LAYOUT_TEXT < LAYOUT_SLOT && address - data >= data_end - data;
}

/*
 * What on the stack is an address in the text: where calls return to, the last one first. A
 * function's frame may have one of an earlier call in a place that it hasn't written yet.
 */
static void print_back_trace(uint64_t sp)
{
	uint64_t at = (sp + 7) & ~7ULL;
	uint32_t count = 0;

	if (at < LAYOUT_STACK)
		return;
	for (; at < LAYOUT_STACK_TOP && count < 16; at += 8) {
		uint64_t word = *(const uint64_t *)at;

		if (!is_text(word))
			continue;
		print(" 0x%lx", PRINT_X(word));
		count++;
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
	report_last_words();
	if (failures == 2)
		stop_machine("the frame failed again while it said so");
	print("\nkumiki: core %u: the frame itself failed (vector %u)\n", core.index,
	      (uint32_t)r->vector);
	print("  syndrome 0x%lx, address 0x%lx, pc 0x%lx, lr 0x%lx, sp 0x%lx",
	      PRINT_X(sysreg_read(esr_el2)), PRINT_X(sysreg_read(far_el2)),
	      PRINT_X(sysreg_read(elr_el2)), PRINT_X(r->x[30]), PRINT_X(r->sp));
	print_registers(r->x);
	print("  trace");
	print_back_trace(r->sp);
	print("\n");
	stop_machine("this is an error of the frame, not of a guest");
}
