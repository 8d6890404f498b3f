/*
 * Registers as gdb counts them: see registers.h. gdb knows the first two features. The third has
 * registers of EL1 for the debugging of kernels; of these, only the stack pointers can be written.
 */
#include "target.h"
#include <stdio.h>

#define NUMBER_SP     31u
#define NUMBER_PC     32u
#define NUMBER_PSTATE 33u
#define NUMBER_V      34u
#define NUMBER_FPSR   66u
#define NUMBER_FPCR   67u
#define NUMBER_EL1    68u
#define PSTATE_SP     1u /* the level uses its own stack pointer */
#define PSTATE_EL     0xcu

struct el1_register {
	const char *name;
	size_t at;
	bool writable;
};

#define EL1(name, field, writable)                                                                 \
	{                                                                                          \
		name, offsetof(struct debug_registers, general.field), writable                    \
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
	if (number >= NUMBER_V && number < NUMBER_FPSR)
		return 16;
	return number == NUMBER_PSTATE || number == NUMBER_FPSR || number == NUMBER_FPCR ? 4 : 8;
}

/* The place of sp, which depends on the state. */
static size_t place_of_stack(const struct stop_report *general)
{
	bool own = (general->pstate & PSTATE_SP) != 0 && (general->pstate & PSTATE_EL) != 0;

	return own ? offsetof(struct debug_registers, general.sp_el1)
	           : offsetof(struct debug_registers, general.sp_el0);
}

static size_t place(const struct debug_registers *registers, uint64_t number)
{
	if (number < NUMBER_SP)
		return offsetof(struct debug_registers, general.x) + 8 * number;
	if (number >= NUMBER_EL1)
		return el1[number - NUMBER_EL1].at;
	if (number >= NUMBER_V && number < NUMBER_FPSR)
		return offsetof(struct debug_registers, v) + 16 * (number - NUMBER_V);
	switch (number) {
	case NUMBER_SP:
		return place_of_stack(&registers->general);
	case NUMBER_PC:
		return offsetof(struct debug_registers, general.pc);
	case NUMBER_PSTATE:
		return offsetof(struct debug_registers, general.pstate);
	case NUMBER_FPSR:
		return offsetof(struct debug_registers, fpsr);
	default:
		return offsetof(struct debug_registers, fpcr);
	}
}

const void *registers_get(const struct debug_registers *from, uint64_t number)
{
	return (const char *)from + place(from, number);
}

void *registers_set(struct debug_registers *to, uint64_t number)
{
	if (number >= REGISTERS_COUNT ||
	    (number >= NUMBER_EL1 && !el1[number - NUMBER_EL1].writable))
		return NULL;
	return (char *)to + place(to, number);
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

/* Describes the vectors with the names that gdb itself uses when it shows them. */
static int put_vectors(char *out, size_t size)
{
	static const struct {
		const char *name, *real, *natural, *whole;
		int count;
	} kinds[] = {{"d", "ieee_double", "uint64", "int64", 2},
	             {"s", "ieee_single", "uint32", "int32", 4},
	             {"h", "ieee_half", "uint16", "int16", 8},
	             {"b", NULL, "uint8", "int8", 16},
	             {"q", NULL, "uint128", "int128", 1}};
	int at = snprintf(out, size, "<feature name=\"org.gnu.gdb.aarch64.fpu\">");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct {
			const char *letter, *type;
		} views[] = {{"f", kinds[i].real}, {"u", kinds[i].natural}, {"s", kinds[i].whole}};

		for (size_t k = 0; k < 3; k++)
			if (views[k].type != NULL)
				at += snprintf(out + at, size - (size_t)at,
				               "<vector id=\"v%s%s\" type=\"%s\" count=\"%d\"/>",
				               kinds[i].name, views[k].letter, views[k].type,
				               kinds[i].count);
		at += snprintf(out + at, size - (size_t)at, "<union id=\"vn%s\">", kinds[i].name);
		for (size_t k = 0; k < 3; k++)
			if (views[k].type != NULL)
				at += snprintf(out + at, size - (size_t)at,
				               "<field name=\"%s\" type=\"v%s%s\"/>",
				               views[k].letter, kinds[i].name, views[k].letter);
		at += snprintf(out + at, size - (size_t)at, "</union>");
	}
	at += snprintf(out + at, size - (size_t)at, "<union id=\"aarch64v\">");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		at += snprintf(out + at, size - (size_t)at, "<field name=\"%s\" type=\"vn%s\"/>",
		               kinds[i].name, kinds[i].name);
	return at + snprintf(out + at, size - (size_t)at, "</union>");
}

static int put_float(char *out, size_t size)
{
	int at = put_vectors(out, size);

	for (int i = 0; i < 32; i++)
		at += snprintf(out + at, size - (size_t)at,
		               "<reg name=\"v%d\" bitsize=\"128\" type=\"aarch64v\"/>", i);
	return at + snprintf(out + at, size - (size_t)at,
	                     "<reg name=\"fpsr\" bitsize=\"32\" type=\"int\"/>"
	                     "<reg name=\"fpcr\" bitsize=\"32\" type=\"int\"/></feature>");
}

const char *registers_description(void)
{
	static char text[8192];
	int at;

	if (text[0] != 0)
		return text;
	at = put_core(text, sizeof(text));
	at += put_float(text + at, sizeof(text) - (size_t)at);
	at +=
	    snprintf(text + at, sizeof(text) - (size_t)at, "<feature name=\"kumiki.aarch64.el1\">");
	for (size_t i = 0; i < sizeof(el1) / sizeof(el1[0]); i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at,
		               "<reg name=\"%s\" bitsize=\"64\" group=\"system\"/>", el1[i].name);
	snprintf(text + at, sizeof(text) - (size_t)at, "</feature></target>");
	return text;
}
