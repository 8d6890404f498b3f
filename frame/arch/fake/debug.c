/*
 * The fake machine's debug registers, as far as they matter to frame/core. A vCPU's program
 * counter, state and general registers are those in its context; a single step is a flag in struct
 * debug_vcpu. The fake machine complains if a vCPU that isn't parked is to step, and if a debugger
 * asks for the registers of a vCPU that runs.
 */
#include <fake/complaint.h>
#include <machine/debug.h>
#include <state/context.h>
#include <state/partition.h>
#include <state/vcpu.h>
#include <string.h>
#include <word/life.h>

static void transfer(struct vcpu *vcpu, struct debug_box *box)
{
	struct debug_registers *registers = (struct debug_registers *)(void *)box->data;
	struct stop_report *general = &registers->general;
	bool off = vcpu->context.state == CONTEXT_OFF;

	if (vcpu->context.state == CONTEXT_READY)
		fake_complain("registers of vCPU %u are asked for while it runs", vcpu->index);
	if (box->transfer == DEBUG_TRANSFERS_IN && !off) {
		memcpy(vcpu->context.x, general->x, sizeof(general->x));
		vcpu->context.pc = general->pc;
	}
	memset(registers, 0, sizeof(*registers));
	memcpy(general->x, vcpu->context.x, sizeof(general->x));
	general->pc = vcpu->context.pc;
	general->off = off;
}

void debug_follow(struct vcpu *vcpu)
{
	struct debug_box *box = &vcpu->partition->console->debug;
	bool on = vcpu->partition->debug.attached != 0;
	bool steps = on && life_lets(vcpu) && (box->step >> vcpu->index & 1) != 0;

	vcpu->debug.on = on;
	if (steps && !vcpu->life.parked && !vcpu->debug.stepping &&
	    vcpu->context.state == CONTEXT_READY)
		fake_complain("vCPU %u is to step, but runs already", vcpu->index);
	vcpu->debug.stepping = steps;
	if (on && box->transfer != DEBUG_TRANSFERS_NOTHING && box->vcpu == vcpu->index)
		transfer(vcpu, box);
}
