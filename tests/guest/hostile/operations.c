/*
 * Invents the next operation of the hostile guest: a few instructions, the registers they begin
 * with, the level and state they run in. Each kind is one function; how often each comes is in one
 * table.
 */
#include "hostile.h"
#include <guest/cpu.h>
#include <guest/psci.h>
#include <kumiki/hold.h>
#include <kumiki/hypercall.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The operations' own instructions. Addresses are in x1, what is stored in x2. */
#define CODE_HVC         0xd4000002u
#define CODE_SMC         0xd4000003u
#define CODE_END         0xd4200ee0u /* brk #0x77 */
#define CODE_END32       0xe1200070u
#define CODE_WFI         0xd503207fu
#define CODE_WFE         0xd503205fu
#define CODE_SEV         0xd503209fu
#define CODE_WFIT        0xd5031022u
#define CODE_BR          0xd61f0020u
#define CODE_BLR         0xd63f0020u
#define CODE_SET_ELR     0xd5184021u /* msr elr_el1, x1 */
#define CODE_SET_SPSR    0xd5184002u /* msr spsr_el1, x2 */
#define CODE_ERET        0xd69f03e0u
#define CODE_SYSTEM      0xd5000000u
#define CODE_SYSTEM_READ 0x00200000u
#define CODE_COUNT_DOWN  0xf10004a5u /* subs x5, x5, #1 */
#define CODE_AGAIN       0x54000001u /* b.ne */

#define STATE_EL1     0x345ull /* interrupts unmasked: the timer ends an endless operation */
#define STATE_EL0     0x340ull
#define STATE_AARCH32 0x150ull
#define STATE_MASKED  0x80ull

/* op0:op1:CRn:CRm:op2 of a system register. */
#define REGISTER(op0, op1, n, m, op2) ((op0) << 14 | (op1) << 11 | (n) << 7 | (m) << 3 | (op2))

static void emit(struct hostile_cpu *cpu, uint32_t word)
{
	cpu->code[cpu->words++] = word;
}

static bool told(uint64_t flag)
{
	return (hostile_orders.flags & flag) != 0;
}

static bool seldom(struct hostile_cpu *cpu, uint64_t times)
{
	return hostile_below(cpu, times) == 0;
}

/* ---- calls ---- */

static const uint32_t calls_bases[] = {0x80000000, 0x84000000, 0xc4000000, 0x8600ff00, 0xc6000000,
                                       0xc6000010, 0xc6000020, 0xc6000030, 0xc6000040, 0x80007ff0,
                                       0x80003ff0, 0xbf00ff00, 0xc0000000, 0x00000000};

/* Ends the CPU or the partition, as it should: not in every second call. */
static bool call_ends(uint64_t function)
{
	uint64_t number = function & 0xbfffffff;

	return number == (PSCI_CPU_OFF & 0xbfffffff) || number == (PSCI_SYSTEM_OFF & 0xbfffffff) ||
	       number == (PSCI_SYSTEM_RESET & 0xbfffffff) || number == 0x84000012;
}

static void make_call(struct hostile_cpu *cpu)
{
	struct hostile_try *try = cpu->try;
	uint64_t random = hostile_random(cpu);

	try->x[0] = (random & 7) == 0
	                ? random >> 32
	                : calls_bases[(random >> 8) % COUNT(calls_bases)] + (random >> 40 & 0x1f);
	if (seldom(cpu, 8))
		try->x[0] |= random << 32;
	if (call_ends(try->x[0] & 0xffffffff) && (told(HOSTILE_ALONE) || !seldom(cpu, 256)))
		try->x[0] = PSCI_VERSION;
	emit(cpu, (random & 8 ? CODE_HVC : CODE_SMC) |
	              (seldom(cpu, 16) ? (uint32_t)(random >> 8 & 0xffff) << 5 : 0));
}

/* One of the first few, nobody, or anything. */
static uint64_t subject(struct hostile_cpu *cpu)
{
	if (seldom(cpu, 16))
		return hostile_value(cpu);
	return seldom(cpu, 8) ? HOLD_NOBODY : hostile_below(cpu, 8);
}

/* Calls of Kumiki's own, with arguments that are right or nearly: it manages a neighbour, moves its
 * CPUs, gives and takes cores, says which of them are on, and how urgent it is. */
static void make_kumiki(struct hostile_cpu *cpu)
{
	static const uint32_t functions[] = {
	    KUMIKI_CALL_COMMAND, KUMIKI_CALL_MOVE,  KUMIKI_CALL_HOLD, KUMIKI_CALL_HOLD,
	    KUMIKI_CALL_HOLDER,  KUMIKI_CALL_POWER, KUMIKI_CALL_RING, KUMIKI_CALL_PRIORITY};
	struct hostile_try *try = cpu->try;

	try->x[0] = functions[hostile_below(cpu, COUNT(functions))];
	try->x[1] = try->x[0] == KUMIKI_CALL_PRIORITY ? hostile_below(cpu, 257) : subject(cpu);
	try->x[2] = subject(cpu);
	if (seldom(cpu, 2)) /* as MOVE's core, as HOLD's time */
		try->x[3] = hostile_below(cpu, 8);
	emit(cpu, hostile_random(cpu) & 1 ? CODE_HVC : CODE_SMC);
}

static uint64_t entry_point(struct hostile_cpu *cpu)
{
	return seldom(cpu, 64) ? hostile_value(cpu) : (uintptr_t)hostile_enter;
}

/* Calls with arguments that are right or nearly: CPUs start, stop and sleep. */
static void make_psci(struct hostile_cpu *cpu)
{
	static const uint32_t functions[] = {
	    PSCI_CPU_ON,        PSCI_CPU_ON_32, PSCI_CPU_SUSPEND, PSCI_CPU_SUSPEND & 0xbfffffff,
	    PSCI_AFFINITY_INFO, PSCI_FEATURES,  PSCI_CPU_OFF,     PSCI_CPU_ON};
	struct hostile_try *try = cpu->try;
	bool suspend;

	try->x[0] = functions[hostile_below(cpu, COUNT(functions))];
	suspend = (try->x[0] & 0xff) == 1;
	if (try->x[0] == PSCI_CPU_OFF && (told(HOSTILE_ALONE) || !seldom(cpu, 16)))
		try->x[0] = PSCI_CPU_ON;
	try->x[1] = hostile_below(cpu, hostile_count + 1);
	if (suspend)
		try->x[1] = hostile_random(cpu) & 0x10000;
	if (seldom(cpu, 16))
		try->x[1] = hostile_value(cpu);
	try->x[2] = entry_point(cpu);
	if (seldom(cpu, 2) && !suspend)
		try->x[3] = (uint32_t)hostile_random(cpu) & 3; /* of AFFINITY_INFO: the level */
	emit(cpu, CODE_HVC);
}

/* ---- loads and stores ---- */

/* str, ldr of one, two, four and eight bytes, ldrs., their pairs, exclusives. */
static const uint32_t access_plain[] = {
    0x39000022, 0x79000022, 0xb9000022, 0xf9000022, 0x39400022, 0x79400022, 0xb9400022, 0xf9400022,
    0x39800022, 0x79c00022, 0xb9800022, 0x29000c22, 0xa9000c22, 0x29400c22, 0xa9400c22, 0xb8004422,
    0xb8404c22, 0x28810c22, 0xa9bf0c22, 0x885f7c22, 0xc85f7c22, 0x88047c22, 0xc89ffc22, 0x88dffc22,
    0xb8200022, 0xf8e08022, 0x88a27c23, 0x48207c22, 0x3dc00022, 0x3d800022, 0x0c007022, 0x4c402022,
    0xad000c22, 0x6d400c22, 0xf9800020, 0xb8000822, 0xf8400822,
};

static void emit_access(struct hostile_cpu *cpu)
{
	uint32_t random = (uint32_t)hostile_random(cpu);

	if (random & 1) {
		emit(cpu, access_plain[(random >> 1) % COUNT(access_plain)]);
		return;
	}
	/* Anything of the group "loads and stores", by x1. */
	random = (random & ~(1u << 25) & ~(0x1fu << 5)) | 1u << 27 | 1u << 5;
	if (random & 4)
		random &= ~(0xfffu << 10); /* without an offset, if this form has one */
	emit(cpu, random);
}

static void make_access(struct hostile_cpu *cpu)
{
	uint64_t accesses = 1 + hostile_below(cpu, 3);

	cpu->try->x[1] = hostile_address(cpu);
	if (seldom(cpu, 8))
		cpu->try->pstate = STATE_EL0;
	while (accesses--)
		emit_access(cpu);
}

/* Accesses of a driver of the interrupt controller, with random bits. */
static void make_gic_setting(struct hostile_cpu *cpu)
{
	cpu->try->x[1] = hostile_gic_address(cpu);
	emit(cpu, 0xb9000022); /* str w2, [x1] */
	emit(cpu, 0xb9400022);
	cpu->try->x[2] = hostile_random(cpu);
	if (hostile_random(cpu) & 1)
		cpu->try->x[2] &= hostile_random(cpu) & hostile_random(cpu);
}

/* ---- system registers ---- */

static bool fells_itself(uint32_t encoding)
{
	return encoding == REGISTER(3, 0, 12, 0, 0) || encoding == REGISTER(3, 0, 1, 0, 0);
}

/* ICC_BPR0_EL1, ICC_BPR1_EL1: QEMU 7.2 looks at more bits of a written value than it keeps, and
 * ends itself by an assertion (icv_gprio_mask) if those that it keeps are 0. */
static bool fells_emulator(uint32_t encoding)
{
	return encoding == REGISTER(3, 0, 12, 8, 3) || encoding == REGISTER(3, 0, 12, 12, 3);
}

static void emit_system(struct hostile_cpu *cpu, uint32_t encoding, bool read)
{
	if (!read && fells_itself(encoding) && !told(HOSTILE_WILD))
		read = true;
	if (!read && fells_emulator(encoding))
		cpu->try->x[2] &= 7;
	emit(cpu, CODE_SYSTEM | (read ? CODE_SYSTEM_READ : 0) | encoding << 5 | 2);
}

static void make_system(struct hostile_cpu *cpu)
{
	uint64_t random = hostile_random(cpu);

	if (seldom(cpu, 8))
		cpu->try->pstate = STATE_EL0;
	emit_system(cpu, 0x4000 + (uint32_t)random % 0xc000, random >> 33 & 1);
}

/* Cache and TLB maintenance, address translation. */
static void make_maintenance(struct hostile_cpu *cpu)
{
	static const uint32_t rows[] = {7, 7, 8};
	uint32_t random = (uint32_t)hostile_random(cpu);

	if (random & 1 << 20)
		cpu->try->x[2] = hostile_home(cpu);
	emit_system(
	    cpu,
	    REGISTER(1u, random & 3, rows[(random >> 8) % 3], random >> 16 & 15, random >> 24 & 7),
	    random >> 28 == 0);
}

static uint64_t sgi_value(struct hostile_cpu *cpu)
{
	uint64_t random = hostile_random(cpu);

	return (random & 0xf) << 24 | (random >> 8 & 0xff) | (seldom(cpu, 4) ? 1ull << 40 : 0) |
	       (seldom(cpu, 8) ? (random >> 16 & 0xff) << 16 : 0);
}

/* The CPU interface of the interrupt controller: acknowledge, end, deactivate, send, mask. */
static void make_interface(struct hostile_cpu *cpu)
{
	static const uint32_t registers[] = {
	    REGISTER(3, 0, 4, 6, 0),   REGISTER(3, 0, 12, 8, 0),  REGISTER(3, 0, 12, 8, 1),
	    REGISTER(3, 0, 12, 8, 2),  REGISTER(3, 0, 12, 8, 3),  REGISTER(3, 0, 12, 8, 4),
	    REGISTER(3, 0, 12, 9, 0),  REGISTER(3, 0, 12, 11, 1), REGISTER(3, 0, 12, 11, 3),
	    REGISTER(3, 0, 12, 11, 5), REGISTER(3, 0, 12, 11, 6), REGISTER(3, 0, 12, 11, 7),
	    REGISTER(3, 0, 12, 12, 0), REGISTER(3, 0, 12, 12, 1), REGISTER(3, 0, 12, 12, 2),
	    REGISTER(3, 0, 12, 12, 3), REGISTER(3, 0, 12, 12, 4), REGISTER(3, 0, 12, 12, 5),
	    REGISTER(3, 0, 12, 12, 6), REGISTER(3, 0, 12, 12, 7), REGISTER(3, 0, 12, 11, 5)};
	uint64_t random = hostile_random(cpu);
	uint32_t encoding = registers[random % COUNT(registers)];

	if ((encoding >> 3 & 15) == 11 && (encoding & 7) >= 5)
		cpu->try->x[2] = sgi_value(cpu);
	else if (random >> 32 & 1)
		cpu->try->x[2] = random >> 40 & 0x1ff; /* an interrupt, a priority */
	emit_system(cpu, encoding, random >> 33 & 1);
}

static void make_timer(struct hostile_cpu *cpu)
{
	uint64_t random = hostile_random(cpu);
	uint32_t encoding =
	    REGISTER(3u, 3, 14, (uint32_t)(random & 3), (uint32_t)(random >> 8 & 7));

	if (random >> 32 & 1)
		cpu->try->x[2] = cpu_read(cntvct_el0) + (random >> 40 & 0xfff);
	else if (random >> 33 & 1)
		cpu->try->x[2] = random >> 40 & 0xff;
	emit_system(cpu, encoding, random >> 34 & 1);
	if (seldom(cpu, 2))
		emit(cpu, CODE_WFI);
}

/* ---- jumps ---- */

static void make_words(struct hostile_cpu *cpu)
{
	uint64_t words = 1 + hostile_below(cpu, 6), random = hostile_random(cpu);

	if (random & 1)
		cpu->try->pstate = STATE_EL0;
	else if ((random & 0x1e) == 0)
		cpu->try->pstate = STATE_AARCH32 | (random >> 8 & 0x20); /* A32, T32 */
	while (words--)
		emit(cpu, (uint32_t)hostile_random(cpu));
	if (cpu->try->pstate & 0x10)
		emit(cpu, CODE_END32);
}

static void make_jump(struct hostile_cpu *cpu)
{
	struct hostile_try *try = cpu->try;
	uint64_t random = hostile_random(cpu);

	try->x[1] = hostile_address(cpu);
	switch (random & 3) {
	case 0:
		emit(cpu, CODE_BR);
		break;
	case 1:
		emit(cpu, CODE_BLR);
		break;
	case 2: /* into any state */
		emit(cpu, CODE_SET_ELR);
		emit(cpu, CODE_SET_SPSR);
		emit(cpu, CODE_ERET);
		try->x[2] = random >> 8 & 1 ? random >> 32 : (random >> 32 & 0xf00003df);
		break;
	default:
		try->entry = try->x[1];
	}
}

/* With interrupts masked nothing but an event ends a wait: seldom. */
static void make_wait(struct hostile_cpu *cpu)
{
	static const uint32_t waits[] = {CODE_WFI, CODE_WFE, CODE_SEV, CODE_WFIT, CODE_WFE};

	if (seldom(cpu, 4))
		cpu->try->pstate = STATE_EL0;
	if (seldom(cpu, 512) && !told(HOSTILE_ALONE))
		cpu->try->pstate |= STATE_MASKED;
	emit(cpu, waits[hostile_below(cpu, COUNT(waits))]);
}

/* The same once more, and again: traps as fast as they come. */
static void make_storm(struct hostile_cpu *cpu)
{
	uint32_t first = cpu->words, words;

	cpu->try->x[5] = 1 + hostile_below(cpu, 100);
	if (hostile_random(cpu) & 1) {
		cpu->try->x[1] = hostile_gic_address(cpu);
		emit(cpu, 0xb9000022);
		emit(cpu, 0xb9400022);
	} else {
		cpu->try->x[6] = calls_bases[hostile_below(cpu, 7)] + 3 + hostile_below(cpu, 4);
		emit(cpu, 0xaa0603e0); /* mov x0, x6 */
		emit(cpu, CODE_HVC);
	}
	emit(cpu, CODE_COUNT_DOWN);
	words = cpu->words - first;
	emit(cpu, CODE_AGAIN | (0x80000 - words) << 5);
}

/* ---- translation ---- */

static uint64_t translate_tables[HOSTILE_CPUS][512] __attribute__((aligned(4096)));

#define BLOCK_DEVICE (1ul | 1ul << 10)
#define BLOCK_NORMAL (1ul | 1ul << 2 | 3ul << 8 | 1ul << 10)
/* 39 bits of address, tables in write-back inner shareable memory, 40 bits physical. */
#define TRANSLATION (25ul | 1ul << 8 | 1ul << 10 | 3ul << 12 | 1ul << 23 | 2ul << 32)

/* Its own gigabyte stays where it is, for it has to come back; all others lead anywhere. */
static void translate_scramble(struct hostile_cpu *cpu, uint64_t *table)
{
	uint64_t own = hostile_base >> 30;

	for (unsigned int i = 0; i < 8; i++) {
		uint64_t at = seldom(cpu, 2) ? hostile_below(cpu, 512) : hostile_below(cpu, 8);
		uint64_t entry = hostile_address(cpu);

		/* Block, table, nothing. */
		table[at] = (entry & ~0xfffull) | (hostile_random(cpu) & 0xfff);
		if (seldom(cpu, 2))
			table[at] |= 3;
	}
	if (!seldom(cpu, 4))
		table[0] = BLOCK_DEVICE;
	table[own] = own << 30 | BLOCK_NORMAL;
}

static void make_translated(struct hostile_cpu *cpu)
{
	struct hostile_try *try = cpu->try;
	uint64_t *table = translate_tables[cpu->number & (HOSTILE_CPUS - 1)];

	translate_scramble(cpu, table);
	try->ttbr = (uintptr_t)table;
	try->tcr = TRANSLATION;
	try->mair = hostile_random(cpu);
	/* Not WXN, EE: a CPU that can't fetch its own vector stops an emulator's clock. */
	try->sctlr = 0x30d00801 | (hostile_random(cpu) & 0x00405016);
	if (told(HOSTILE_WILD) && seldom(cpu, 256)) {
		try->tcr = hostile_random(cpu);
		try->sctlr |= hostile_random(cpu);
	}
	make_access(cpu);
	if (hostile_random(cpu) & 1)
		try->x[1] = hostile_random(cpu) & 0x7fffffffff;
	if (seldom(cpu, 4))
		emit(cpu, CODE_BR);
}

/* ---- the choice ---- */

static const struct {
	void (*make)(struct hostile_cpu *cpu);
	uint32_t share;
	bool waits;
} operations[] = {
    {make_access, 30, false},    {make_gic_setting, 14, false}, {make_call, 10, false},
    {make_psci, 4, true},        {make_system, 12, false},      {make_maintenance, 4, false},
    {make_interface, 10, false}, {make_timer, 4, true},         {make_words, 8, false},
    {make_jump, 5, false},       {make_wait, 2, true},          {make_storm, 1, false},
    {make_translated, 6, false}, {make_kumiki, 4, false},
};

bool hostile_waits(uint32_t kind)
{
	return operations[kind].waits;
}

static void forget_last(struct hostile_cpu *cpu)
{
	struct hostile_try *try = cpu->try;

	for (unsigned int i = 0; i < 31; i++)
		try->x[i] = hostile_value(cpu);
	try->sp = hostile_home(cpu);
	try->entry = (uintptr_t)cpu->code;
	try->pstate = STATE_EL1;
	try->cpacr = seldom(cpu, 8) ? hostile_random(cpu) : 3ull << 20;
	try->sctlr = 0;
	cpu->words = 0;
}

uint32_t hostile_think(struct hostile_cpu *cpu)
{
	uint64_t shares = 0, choice;
	uint32_t kind = 0;

	for (uint32_t i = 0; i < COUNT(operations); i++)
		shares += operations[i].share;
	forget_last(cpu);
	choice = hostile_below(cpu, shares);
	while (choice >= operations[kind].share)
		choice -= operations[kind++].share;
	operations[kind].make(cpu);
	if (seldom(cpu, 2048) && !told(HOSTILE_ALONE))
		cpu->try->pstate |= STATE_MASKED;
	emit(cpu, CODE_END);
	return kind;
}

/* ---- the end ---- */

/* Vectors outside of its memory: no exception can be delivered there. */
static void die_by_fault(struct hostile_cpu *cpu)
{
	static const uint64_t places[] = {0x60000000, 0x40200000, 0x0a003000, 0x200000000, 0};

	cpu_write(vbar_el1, places[hostile_below(cpu, COUNT(places))]);
	cpu_isb();
	__asm__ volatile(".inst 0"); /* undefined */
}

void hostile_die(struct hostile_cpu *cpu)
{
	uint64_t how = hostile_below(cpu, told(HOSTILE_ALONE) ? 6 : 16);

	if (how < 4)
		psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	else if (how < 6)
		psci_call(0xc4000012, hostile_random(cpu) & 0x80000000, 0, 0);
	else if (how < 9)
		psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	else if (how < 12)
		die_by_fault(cpu);
	else if (how < 14)
		psci_call(PSCI_CPU_OFF, 0, 0, 0);
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	for (;;)
		cpu_wfi();
}
