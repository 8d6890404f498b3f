/*
 * The fake machine's debug registers: what of them matters to frame/core. Each vCPU has a program
 * counter, a state and general registers in its context; a step is a flag in struct debug_vcpu.
 * Complains of a vCPU that is to step and isn't parked, of registers of one that runs.
 */
#include <fake/complaint.h>
#include <frame/partition.h>
#include <machine/debug.h>
#include <string.h>

uint32_t debug_breakpoints(void)
{
	return 6;
}

uint32_t debug_watchpoints(void)
{
	return 4;
}

void debug_follow(struct vcpu *vcpu)
{
	const struct debug *debug = &vcpu->partition->debug;
	bool steps = debug->attached && life_lets(vcpu) && (debug->step >> vcpu->index & 1) != 0;

	vcpu->debug.on = debug->attached;
	if (steps && !vcpu->parked && !vcpu->debug.stepping && vcpu->context.state == CONTEXT_READY)
		fake_complain("vCPU %u is to step, but runs already", vcpu->index);
	vcpu->debug.stepping = steps;
}

static void check(const struct vcpu *vcpu)
{
	if (vcpu->context.state == CONTEXT_READY)
		fake_complain("registers of vCPU %u are asked for while it runs", vcpu->index);
}

void debug_read_registers(const struct vcpu *vcpu, struct stop_report *to)
{
	check(vcpu);
	memset(to, 0, sizeof(*to));
	memcpy(to->x, vcpu->context.x, sizeof(to->x));
	to->pc = vcpu->context.pc;
}

void debug_write_registers(struct vcpu *vcpu, const struct stop_report *from)
{
	check(vcpu);
	memcpy(vcpu->context.x, from->x, sizeof(from->x));
	vcpu->context.pc = from->pc;
}
