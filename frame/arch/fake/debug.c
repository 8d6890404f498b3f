/*
 * The fake machine's debug registers: what of them matters to frame/core. Each vCPU has a program
 * counter, a state and general registers in its context; a step is a flag in struct debug_vcpu.
 * Complains of a vCPU that is to step and isn't parked, of registers of one that runs.
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
