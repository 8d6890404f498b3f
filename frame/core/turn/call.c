/*
 * A guest's calls by HVC or SMC. This file decodes their registers, once. psci.c decides about PSCI
 * and SMCCC calls, and this file carries them out, as it does Kumiki's own calls. The answer to an
 * unknown call is NOT_SUPPORTED.
 */
#include <devices/manager.h>
#include <kumiki/hypercall.h>
#include <lib/bundle.h>
#include <lib/index.h>
#include <lib/string.h>
#include <life/vcpu.h>
#include <machine/firmware.h>
#include <machine/wait.h>
#include <run/blame.h>
#include <run/hold.h>
#include <run/promise.h>
#include <run/resident.h>
#include <run/stolen.h>
#include <turn/trap.h>
#include <vgic/vgic.h>
#include <word/doorbell.h>

/* Waits as WFI does: lets other contexts run. If a core with one vCPU has none, waits here for an
 * interrupt. */
static void stand_by(struct vcpu *vcpu)
{
	if (vgic_cpu_pending(vcpu))
		return;
	if (vcpu->context.next != 0 || core.only == 0)
		resident_wait(vcpu);
	else
		wait_interrupt();
}

static void cpu_off(struct vcpu *vcpu)
{
	vcpu_stop(vcpu);
	if (psci_went_off(&vcpu->partition->psci, vcpu->index))
		blame_vcpu(vcpu, STOP_CPUS_OFF);
	else
		hold_look();
}

static void cpu_on(struct vcpu *vcpu, const struct psci_action *action)
{
	struct vcpu *to = &vcpu->partition->vcpus[action->vcpu];

	to->life.entry = action->entry;
	to->life.argument = action->context;
	to->life.start = vcpu->partition->life.status.starts;
	__atomic_fetch_or(&to->life.asked, VCPU_START, __ATOMIC_SEQ_CST);
	vcpu_tell(to);
	vcpu->context.x[0] = (uint64_t)action->answer;
}

static void call_standard(struct vcpu *vcpu)
{
	uint64_t *x = vcpu->context.x;
	struct psci_call call = {(uint32_t)x[0], x[1], x[2], x[3]};
	struct psci_action action = psci_decide(&vcpu->partition->psci, &call);

	switch (action.kind) {
	case PSCI_ANSWER:
		x[0] = (uint64_t)action.answer;
		break;
	case PSCI_CPU_ON:
		cpu_on(vcpu, &action);
		break;
	case PSCI_CPU_OFF:
		cpu_off(vcpu);
		break;
	case PSCI_STANDBY:
		x[0] = (uint64_t)action.answer;
		stand_by(vcpu);
		break;
	case PSCI_POWERDOWN:
		stand_by(vcpu);
		vcpu->life.entry = action.entry;
		vcpu->life.argument = action.context;
		vcpu_resume(vcpu);
		break;
	case PSCI_SYSTEM_OFF:
		blame_vcpu(vcpu, STOP_OFF);
		break;
	case PSCI_SYSTEM_RESET:
		blame_vcpu(vcpu, STOP_RESET);
		break;
	case PSCI_FORWARD:
		firmware_mitigate(call.function);
		x[0] = (uint64_t)action.answer;
		break;
	case PSCI_STOLEN:
		x[0] = stolen_ask(vcpu);
		break;
	case PSCI_FOREIGN:
		x[0] = (uint64_t)PSCI_NOT_SUPPORTED;
		break;
	}
}

/* ---- Kumiki's own ---- */

static void call_uid(uint64_t *x)
{
	x[0] = KUMIKI_UID_0;
	x[1] = KUMIKI_UID_1;
	x[2] = KUMIKI_UID_2;
	x[3] = KUMIKI_UID_3;
}

static void call_self(const struct vcpu *vcpu, uint64_t *x)
{
	x[0] = vcpu->partition->index;
	x[1] = vcpu->index;
	x[2] = vcpu->partition->vcpu_count;
	x[3] = vcpu->partition->life.status.starts;
}

static void call_name(uint64_t *x, const struct bundle_partition *config, uint64_t offset)
{
	if (offset >= BUNDLE_NAME_SIZE || offset % 8 != 0)
		x[0] = (uint64_t)KUMIKI_INVALID_PARAMETERS;
	else
		memcpy(&x[0], config->name + index_within(offset, BUNDLE_NAME_SIZE), 8);
}

static void call_name_of(uint64_t *x)
{
	const uint32_t count = core_bundle->partitions.count;

	if (x[1] >= count)
		x[0] = (uint64_t)KUMIKI_INVALID_PARAMETERS;
	else
		call_name(x, &bundle_partitions(core_bundle)[index_within(x[1], count)], x[2]);
}

static void call_state(const struct vcpu *vcpu, uint64_t *x)
{
	const struct life_status *status = manager_status(vcpu->partition, x[1]);

	if (status == 0) {
		x[0] = (uint64_t)KUMIKI_DENIED;
		return;
	}
	x[0] = __atomic_load_n(&status->state, __ATOMIC_SEQ_CST); /* first: see life_publish() */
	x[1] = status->reason;
	x[2] = status->starts;
	x[3] = status->failed;
}

/* Carries out a call that is rare. False: there is no such call. */
static bool call_rare(struct vcpu *vcpu, uint32_t function)
{
	uint64_t *x = vcpu->context.x;

	switch (function) {
	case KUMIKI_CALL_UID:
		call_uid(x);
		return true;
	case KUMIKI_CALL_REVISION:
		x[0] = KUMIKI_ABI_MAJOR;
		x[1] = KUMIKI_ABI_MINOR;
		return true;
	case KUMIKI_CALL_SELF:
		call_self(vcpu, x);
		return true;
	case KUMIKI_CALL_NAME:
		call_name(x, vcpu->partition->config, x[1]);
		return true;
	case KUMIKI_CALL_NAME_OF:
		call_name_of(x);
		return true;
	case KUMIKI_CALL_PARTITIONS:
		x[0] = core_bundle->partitions.count;
		x[1] = vcpu->partition->config->life.manages;
		return true;
	case KUMIKI_CALL_STATE:
		call_state(vcpu, x);
		return true;
	case KUMIKI_CALL_COMMAND:
		x[0] = (uint64_t)manager_command(vcpu->partition, x[1], x[2]);
		return true;
	case KUMIKI_CALL_MOVE:
		x[0] = (uint64_t)manager_move(vcpu->partition, x[1], x[2], x[3]);
		return true;
	case KUMIKI_CALL_HOLD:
		x[0] = (uint64_t)manager_hold(vcpu->partition, x[1], x[2], x[3]);
		return true;
	case KUMIKI_CALL_HOLDER:
		x[0] = (uint64_t)hold_record(x[1]);
		return true;
	case KUMIKI_CALL_POWER:
		x[0] = (uint64_t)manager_power(vcpu->partition, x[1]);
		return true;
	default:
		return false;
	}
}

static void call_kumiki(struct vcpu *vcpu, uint32_t function)
{
	uint64_t *x = vcpu->context.x;

	if (function == KUMIKI_CALL_NOP)
		x[0] = 0;
	else if (function == KUMIKI_CALL_RING)
		x[0] = (uint64_t)doorbell_ring(vcpu->partition->index, x[1]);
	else if (function == KUMIKI_CALL_PRIORITY)
		x[0] = (uint64_t)promise_priority(vcpu, x[1]);
	else if (!call_rare(vcpu, function))
		x[0] = (uint64_t)KUMIKI_NOT_SUPPORTED;
}

/* Who defines a function: 0: Arm's architecture, 4: Arm's standards (PSCI), 6: the hypervisor. */
#define CALL_OWNER(function) ((function) >> 24 & 0x3f)
#define OWNER_HYPERVISOR     6

void call_guest(struct vcpu *vcpu)
{
	uint32_t function = (uint32_t)vcpu->context.x[0];

	if (CALL_OWNER(function) == OWNER_HYPERVISOR)
		call_kumiki(vcpu, function);
	else
		call_standard(vcpu);
}
