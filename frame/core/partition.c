/*
 * The life of a partition and of its vCPUs. A vCPU is started and stopped by its own core only;
 * others leave word in it and send a message. The last vCPU to end ends the partition.
 */
#include <frame/core.h>
#include <frame/hardware.h>
#include <frame/mail.h>
#include <frame/partition.h>
#include <frame/report.h>
#include <frame/sched.h>
#include <frame/seed.h>
#include <frame/service.h>
#include <frame/trace.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <machine/contexts.h>
#include <machine/firmware.h>
#include <machine/sysreg.h>

struct partition *partition_at(uint32_t index)
{
	return (struct partition *)(LAYOUT_PARTITION + index * LAYOUT_SLOT);
}

/* ---- vCPUs ---- */

void vcpu_resume(struct vcpu *vcpu)
{
	struct context *context = &vcpu->context;

	memset(context->x, 0, sizeof(context->x));
	context->x[0] = vcpu->argument;
	context->pc = vcpu->entry;
	context->fresh = 1; /* the switch to it resets EL1 */
	core.reschedule = 1;
}

void vcpu_start(struct vcpu *vcpu)
{
	vgic_cpu_reset(vcpu);
	vcpu_resume(vcpu);
	psci_started(&vcpu->partition->psci, vcpu->index);
	trace(TRACE_VCPU_ON, vcpu->context.trace_id, vcpu->entry);
	sched_ready(&vcpu->context);
}

void vcpu_stop(struct vcpu *vcpu)
{
	vgic_cpu_stop(vcpu);
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	sched_block(&vcpu->context, CONTEXT_OFF);
	trace(TRACE_VCPU_OFF, vcpu->context.trace_id, 0);
}

void vcpu_tell(struct vcpu *vcpu)
{
	if (vcpu == core.vcpu)
		vcpu_asked(vcpu);
	else
		mail_post(vcpu->core, MAIL_VCPU, vcpu->context.trace_id);
}

/* ---- the end ---- */

static void ended(struct partition *partition)
{
	vgic_silence(partition);
	__atomic_store_n(&partition->state, PARTITION_STOPPED, __ATOMIC_SEQ_CST);
	trace(TRACE_STOP, TRACE_NO_VCPU,
	      (uint64_t)partition->console->report.reason << 32 | partition->index);
	/* The last one ends the machine, once the console service has said everything. */
	if (__atomic_sub_fetch(&shared_memory->running, 1, __ATOMIC_SEQ_CST) == 0 &&
	    core_bundle->board.uart_base == 0)
		firmware_off();
	console_wake(CONSOLE_EVENT_STATE);
}

static void vcpu_ended(struct vcpu *vcpu)
{
	struct partition *partition = vcpu->partition;

	if (vcpu->context.state != CONTEXT_OFF)
		vcpu_stop(vcpu);
	if (__atomic_sub_fetch(&partition->alive, 1, __ATOMIC_SEQ_CST) == 0)
		ended(partition);
}

/* True for the one that ends it; others were later, and their stop is on its way to them. */
static bool begin_stop(struct partition *partition)
{
	uint32_t running = PARTITION_RUNNING;

	return __atomic_compare_exchange_n(&partition->state, &running, PARTITION_STOPPING, false,
	                                   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static void stop_all(struct partition *partition)
{
	__atomic_store_n(&partition->alive, partition->vcpu_count, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		__atomic_store_n(&partition->vcpus[i].asked_to_stop, 1, __ATOMIC_SEQ_CST);
		vcpu_tell(&partition->vcpus[i]);
	}
}

void partition_stop(struct partition *partition, enum stop_reason reason)
{
	if (!begin_stop(partition))
		return;
	report_stop(partition, reason);
	stop_all(partition);
}

void partition_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome,
                     uint64_t address)
{
	if (!begin_stop(vcpu->partition))
		return;
	report_fault(vcpu, fault, syndrome, address);
	stop_all(vcpu->partition);
}

void vcpu_asked(struct vcpu *vcpu)
{
	if (__atomic_load_n(&vcpu->asked_to_stop, __ATOMIC_SEQ_CST) != 0) {
		vcpu->asked_to_stop = 0; /* nobody sets it again before the next start */
		vcpu_ended(vcpu);
		return;
	}
	if (vcpu->context.state == CONTEXT_OFF && vcpu->partition->state == PARTITION_RUNNING &&
	    __atomic_exchange_n(&vcpu->asked_to_start, 0, __ATOMIC_SEQ_CST) != 0)
		vcpu_start(vcpu);
	vgic_asked(vcpu);
}

/* ---- the beginning ---- */

/* A CPU_ON may have come after its vCPU's end, and before the caller's. */
static void forget_asked(struct partition *partition)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		partition->vcpus[i].asked_to_start = 0;
}

void partition_start(struct partition *partition)
{
	struct loader_info *info = partition->loader_info;

	partition->state = PARTITION_LOADING;
	forget_asked(partition);
	vgic_silence(partition);
	vgic_reset(partition);
	pl011_reset(&partition->uart);
	rtc_begin(partition);
	info->have_seed = seed_take(partition->seed, info->kaslr_seed, sizeof(info->kaslr_seed)) &&
	                  seed_take(partition->seed, info->rng_seed, sizeof(info->rng_seed));
	trace(TRACE_START, TRACE_NO_VCPU, partition->index);
	service_start(&partition->loader);
}

/* It never ran: its vCPUs only say so. */
static void refuse(struct partition *partition, uint64_t status)
{
	partition->state = PARTITION_STOPPING;
	report_image(partition, (uint32_t)(status >> 8));
	stop_all(partition);
}

void partition_loader_failed(struct partition *partition, uint64_t syndrome, uint64_t address)
{
	partition->state = PARTITION_STOPPING;
	report_fault(&partition->vcpus[0], REPORT_LOADER, syndrome, address);
	stop_all(partition);
}

void partition_loaded(struct partition *partition, uint64_t status)
{
	struct vcpu *first = &partition->vcpus[0];

	if (status != LOADER_OK) {
		refuse(partition, status);
		return;
	}
	hw_invalidate_instructions();
	first->entry = partition->config->entry_ipa;
	first->argument = partition->config->dtb_ipa;
	psci_begin(&partition->psci);
	__atomic_store_n(&partition->state, PARTITION_RUNNING, __ATOMIC_SEQ_CST);
	vcpu_start(first);
}
