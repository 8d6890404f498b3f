/* Names of trace events and of exits: see lib/tracewords.h. */
#include <kumiki/trace.h>
#include <lib/tracewords.h>
#include <stddef.h>

static const char *const type_names[] = {
    [TRACE_EXIT] = "exit",           [TRACE_INTERRUPT] = "interrupt", [TRACE_INJECT] = "inject",
    [TRACE_SWITCH] = "switch",       [TRACE_MAIL] = "mail",           [TRACE_VCPU_ON] = "vcpu_on",
    [TRACE_VCPU_OFF] = "vcpu_off",   [TRACE_START] = "start",         [TRACE_STOP] = "stop",
    [TRACE_FAULT] = "fault",         [TRACE_HYPERCALL] = "hypercall", [TRACE_LIFE] = "life",
    [TRACE_READY] = "ready",         [TRACE_MOVE] = "move",           [TRACE_MISS] = "miss",
    [TRACE_EXHAUSTED] = "exhausted", [TRACE_REFILL] = "refill",       [TRACE_PRIORITY] = "priority",
    [TRACE_CORE] = "core",           [TRACE_HOLD] = "hold",           [TRACE_TOLD] = "told",
    [TRACE_KICK] = "kick",           [TRACE_CARRY] = "carry",
};

const char *trace_type_name(uint8_t type)
{
	const char *name =
	    type < sizeof(type_names) / sizeof(type_names[0]) ? type_names[type] : NULL;

	return name ? name : "event";
}

/* The exception classes that a guest can cause at EL2, or gets at EL1: ESR_ELx.EC (Arm ARM
 * D17.2.37). */
const char *trace_exit_name(uint32_t esr)
{
	switch (esr >> 26) {
	case 0x00:
		return "unknown instruction";
	case 0x01:
		return "WFI or WFE";
	case 0x07:
		return "FP access";
	case 0x0e:
		return "illegal state";
	case 0x12:
	case 0x16:
		return "HVC";
	case 0x13:
	case 0x17:
		return "SMC";
	case 0x15:
		return "SVC";
	case 0x18:
		return "system register";
	case 0x20:
	case 0x21:
		return "instruction abort";
	case 0x22:
		return "misaligned pc";
	case 0x24:
	case 0x25:
		return "data abort";
	case 0x26:
		return "misaligned stack pointer";
	case 0x2f:
		return "SError";
	case 0x3c:
		return "BRK";
	default:
		return "trap";
	}
}

#define DATA_ABORT_OF_GUEST 0x24u

const char *trace_trap_name(uint32_t esr)
{
	return esr >> 26 == DATA_ABORT_OF_GUEST ? "device register" : trace_exit_name(esr);
}

/* Fields of ESR_ELx's ISS for a data abort (Arm ARM D17.2.37): ISV, SAS, WnR. */
#define ACCESS_KNOWN     (1u << 24)
#define ACCESS_SIZE(esr) (1u << ((esr) >> 22 & 3))
#define ACCESS_WRITE     (1u << 6)

unsigned int trace_trap_bytes(uint32_t esr, bool *writes)
{
	*writes = (esr & ACCESS_WRITE) != 0;
	return esr >> 26 == DATA_ABORT_OF_GUEST && (esr & ACCESS_KNOWN) != 0 ? ACCESS_SIZE(esr) : 0;
}
