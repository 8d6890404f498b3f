/*
 * Registers as gdb counts them: see registers.h. The first feature is the one that gdb knows; the
 * second one holds what a debugger of kernels wants to see of EL1, which is read-only but for the
 * stack pointers.
 */
#include "registers.h"
#include <stdio.h>

#define NUMBER_SP     31u
#define NUMBER_PC     32u
#define NUMBER_PSTATE 33u
#define NUMBER_EL1    34u
#define PSTATE_SP     1u /* the level's own stack pointer */
#define PSTATE_EL     0xcu

struct el1_register {
	const char *name;
	size_t at;
	bool writable;
};

#define EL1(name, field, writable)                                                                 \
	{                                                                                          \
		name, offsetof(struct stop_report, field), writable                                \
	}
static const struct el1_register el1[] = {
    EL1("SP_EL0", sp_el0, true),    EL1("SP_EL1", sp_el1, true),    EL1("ELR_EL1", elr, false),
    EL1("SPSR_EL1", spsr, false),   EL1("ESR_EL1", esr, false),     EL1("FAR_EL1", far, false),
    EL1("VBAR_EL1", vbar, false),   EL1("SCTLR_EL1", sctlr, false), EL1("TCR_EL1", tcr, false),
    EL1("TTBR0_EL1", ttbr0, false), EL1("TTBR1_EL1", ttbr1, false),
};
_Static_assert(NUMBER_EL1 + sizeof(el1) / sizeof(el1[0]) == REGISTERS_COUNT, "they are counted");

size_t registers_size(uint64_t number)
{
	if (number >= REGISTERS_COUNT)
		return 0;
	return number == NUMBER_PSTATE ? 4 : 8;
}

static uint64_t *place(struct stop_report *report, uint64_t number)
{
	if (number < 31)
		return &report->x[number];
	if (number == NUMBER_SP)
		return (report->pstate & PSTATE_SP) != 0 && (report->pstate & PSTATE_EL) != 0
		           ? &report->sp_el1
		           : &report->sp_el0;
	if (number == NUMBER_PC)
		return &report->pc;
	if (number == NUMBER_PSTATE)
		return &report->pstate;
	return (uint64_t *)(void *)((char *)report + el1[number - NUMBER_EL1].at);
}

uint64_t registers_get(const struct stop_report *from, uint64_t number)
{
	struct stop_report copy = *from;

	return *place(&copy, number);
}

bool registers_set(struct stop_report *to, uint64_t number, uint64_t value)
{
	if (number >= REGISTERS_COUNT ||
	    (number >= NUMBER_EL1 && !el1[number - NUMBER_EL1].writable))
		return false;
	*place(to, number) = value;
	return true;
}

static int put_core(char *out, size_t size)
{
	int at = snprintf(out, size,
	                  "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
	                  "<target version=\"1.0\"><architecture>aarch64</architecture>"
	                  "<feature name=\"org.gnu.gdb.aarch64.core\">"
	                  "<flags id=\"cpsr_flags\" size=\"4\">");
	static const struct {
		const char *name;
		int first, last;
	} fields[] = {{"SP", 0, 0},  {"EL", 2, 3},  {"nRW", 4, 4},  {"F", 6, 6},    {"I", 7, 7},
	              {"A", 8, 8},   {"D", 9, 9},   {"IL", 20, 20}, {"SS", 21, 21}, {"PAN", 22, 22},
	              {"V", 28, 28}, {"C", 29, 29}, {"Z", 30, 30},  {"N", 31, 31}};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		at += snprintf(out + at, size - (size_t)at,
		               "<field name=\"%s\" start=\"%d\" end=\"%d\"/>", fields[i].name,
		               fields[i].first, fields[i].last);
	at += snprintf(out + at, size - (size_t)at, "</flags>");
	for (int i = 0; i < 31; i++)
		at +=
		    snprintf(out + at, size - (size_t)at, "<reg name=\"x%d\" bitsize=\"64\"/>", i);
	return at + snprintf(out + at, size - (size_t)at,
	                     "<reg name=\"sp\" bitsize=\"64\" type=\"data_ptr\"/>"
	                     "<reg name=\"pc\" bitsize=\"64\" type=\"code_ptr\"/>"
	                     "<reg name=\"cpsr\" bitsize=\"32\" type=\"cpsr_flags\"/></feature>");
}

const char *registers_description(void)
{
	static char text[4096];
	int at;

	if (text[0] != 0)
		return text;
	at = put_core(text, sizeof(text));
	at +=
	    snprintf(text + at, sizeof(text) - (size_t)at, "<feature name=\"kumiki.aarch64.el1\">");
	for (size_t i = 0; i < sizeof(el1) / sizeof(el1[0]); i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at,
		               "<reg name=\"%s\" bitsize=\"64\" group=\"system\"/>", el1[i].name);
	snprintf(text + at, sizeof(text) - (size_t)at, "</feature></target>");
	return text;
}
