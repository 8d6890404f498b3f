/*
 * Reports of a partition's end, left where the console service finds them.
 */
#include <lib/string.h>
#include <machine/contexts.h>
#include <machine/fault.h>
#include <state/core.h>
#include <state/partition.h>
#include <word/report.h>

/* Begins a report: an odd `sequence` shows that it isn't complete. Only one core writes a
 * partition's report. */
static struct stop_report *report_begin(struct partition *partition, enum stop_reason reason)
{
	struct stop_report *report = &partition->console->report;

	__atomic_store_n(&report->sequence, report->sequence + 1, __ATOMIC_SEQ_CST);
	barrier_stores(); /* a Store-Release doesn't hold back what follows: sysreg.h */
	report->reason = reason;
	report->fault = REPORT_NO_FAULT;
	return report;
}

static void report_end(struct stop_report *report)
{
	__atomic_store_n(&report->sequence, report->sequence + 1, __ATOMIC_SEQ_CST);
}

static void read_el1(struct stop_report *report)
{
	report->sp_el0 = sysreg_read(sp_el0);
	report->sctlr = sysreg_read(sctlr_el1);
	report->sp_el1 = sysreg_read(sp_el1);
	report->elr = sysreg_read(elr_el1);
	report->spsr = sysreg_read(spsr_el1);
	report->esr = sysreg_read(esr_el1);
	report->far = sysreg_read(far_el1);
	report->vbar = sysreg_read(vbar_el1);
	report->tcr = sysreg_read(tcr_el1);
	report->ttbr0 = sysreg_read(ttbr0_el1);
	report->ttbr1 = sysreg_read(ttbr1_el1);
}

static void copy_el1(struct stop_report *report, const struct resident_el1 *el1)
{
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

/* The EL1 registers of a vCPU are where they were saved, or in the core. While a service runs,
 * struct core has two of them. */
static void report_el1(struct stop_report *report, const struct vcpu *vcpu)
{
	if (core.el1 != vcpu) {
		copy_el1(report, &vcpu->saved.el1);
		return;
	}
	read_el1(report);
	if (core.current != 0 && core.current->kind != CONTEXT_VCPU) {
		report->sp_el0 = core.service_sp;
		report->sctlr = core.service_sctlr;
	}
}

void report_registers(struct stop_report *report, const struct context *context, struct vcpu *vcpu)
{
	bool current = core.current == context && !context->fresh;

	memcpy(report->x, context->x, sizeof(report->x));
	report->pc = current ? context_pc() : context->pc;
	report->pstate = current ? fault_pstate() : context->pstate;
	report->off = context->state == CONTEXT_OFF;
	report_el1(report, vcpu);
}

static void report_vcpu(struct vcpu *vcpu, enum stop_reason reason, uint32_t fault)
{
	struct stop_report *report = report_begin(vcpu->partition, reason);

	report->fault = fault;
	report->vcpu = vcpu->index;
	report_registers(report, &vcpu->context, vcpu);
	report_end(report);
}

void report_stop(struct vcpu *vcpu, enum stop_reason reason)
{
	report_vcpu(vcpu, reason, REPORT_NO_FAULT);
}

AT_START void report_kept(struct partition *partition, enum report_kept kept)
{
	report_vcpu(&partition->vcpus[0], STOP_KEPT, kept);
}

void report_image(struct partition *partition, uint32_t load)
{
	struct stop_report *report = report_begin(partition, STOP_IMAGE);

	report->load = load;
	report_end(report);
}

struct report_error {
	enum report_fault fault;
	uint32_t vcpu;
	uint64_t syndrome, address;
};

static void report_error(struct partition *partition, const struct context *context,
                         const struct report_error *error)
{
	struct stop_report *report = report_begin(partition, STOP_FAULT);

	report->fault = error->fault;
	report->vcpu = error->vcpu;
	report->syndrome = error->syndrome;
	report->address = error->address;
	report_registers(report, context, &partition->vcpus[error->vcpu]);
	report_end(report);
}

void report_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome, uint64_t address)
{
	report_error(vcpu->partition, &vcpu->context,
	             &(struct report_error){fault, vcpu->index, syndrome, address});
}

void report_loader(struct partition *partition, uint64_t syndrome, uint64_t address)
{
	report_error(partition, &partition->loader.context,
	             &(struct report_error){REPORT_LOADER, 0, syndrome, address});
}
