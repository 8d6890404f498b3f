/*
 * The fake GICv3; see fake/gic.h. It models the architecture's states of each interrupt, and the
 * virtual CPU interface. One thread plays all cores in turn.
 */
#include <fake/complaint.h>
#include <fake/gic.h>
#include <frame/gic.h>
#include <frame/layout.h>
#include <frame/listreg.h>
#include <frame/types.h>
#include <machine/activation.h>
#include <machine/gic_cpu.h>
#include <machine/resident.h>
#include <state/core.h>
#include <state/vgic.h>
#include <string.h>

#define WORDS     32
#define PRIVATE   32
#define REGISTERS 16

#define TIMERS (1u << 27 | 1u << 30) /* the guests' timers */

struct cpu {
	uint32_t enabled, pending, active; /* private interrupts */
	uint32_t line;                     /* of level-triggered interrupts */
	uint64_t lr[REGISTERS];
	uint32_t hcr, unmatched;
	bool unsettled;   /* the empty or ended ones have changed since the last synchronization */
	uint32_t running; /* a bit for each level whose priority isn't dropped yet */
	bool apart;
	uint8_t timers_priority;
};

static struct {
	uint32_t enabled[WORDS], pending[WORDS], active[WORDS], edge[WORDS], line[WORDS];
	uint32_t mine[WORDS];
	uint64_t route[WORDS * 32];
	uint8_t priority[WORDS * 32];
	struct cpu cpu[FAKE_GIC_CORES];
	uint32_t registers;
} fake;

static struct cpu *cpu = &fake.cpu[0];
struct activation fake_activation;
static void (*meanwhile)(void);

void fake_gic_reset(uint32_t list_registers, const uint32_t mine[WORDS])
{
	memset(&fake, 0, sizeof(fake));
	fake_complaints_forget();
	memcpy(fake.mine, mine, sizeof(fake.mine));
	fake.registers = list_registers;
	meanwhile = NULL;
	fake_gic_on(0);
}

void fake_gic_meanwhile(void (*act)(void))
{
	meanwhile = act;
}

static void written(void)
{
	if (meanwhile != NULL)
		meanwhile();
}

void fake_gic_on(uint32_t number)
{
	cpu = &fake.cpu[number];
	cpu->unsettled = false;
}

/* ---- the distributor ---- */

static void change_spis(uint32_t *words, uint32_t word, uint32_t mask, bool set)
{
	if ((mask & ~fake.mine[word]) != 0)
		fake_complain("a write to foreign interrupts %#x of word %u",
		              mask & ~fake.mine[word], word);
	words[word] = set ? words[word] | mask : words[word] & ~mask;
}

static bool is_private(va_t bits)
{
	return bits.at == gic_private().at;
}

static uint32_t word_of(va_t bits)
{
	return (uint32_t)(bits.at - LAYOUT_GICD) / 4;
}

/* Changes bits of this core's private interrupts, or of a word of SPIs. */
static void change(uint32_t *words, uint32_t *own, va_t bits, uint32_t mask, bool set)
{
	if (is_private(bits))
		*own = set ? *own | mask : *own & ~mask;
	else
		change_spis(words, word_of(bits), mask, set);
}

void gic_set_enable(va_t bits, uint32_t mask)
{
	change(fake.enabled, &cpu->enabled, bits, mask, true);
	written();
}

void gic_clear_enable(va_t bits, uint32_t mask)
{
	change(fake.enabled, &cpu->enabled, bits, mask, false);
	written();
}

void gic_set_pending(va_t bits, uint32_t mask)
{
	change(fake.pending, &cpu->pending, bits, mask, true);
}

void gic_clear_pending(va_t bits, uint32_t mask)
{
	change(fake.pending, &cpu->pending, bits, mask, false);
}

void gic_set_active(va_t bits, uint32_t mask)
{
	change(fake.active, &cpu->active, bits, mask, true);
}

void gic_set_timers_class(uint32_t rank)
{
	cpu->timers_priority = (uint8_t)gic_timers_priority(rank);
}

uint32_t fake_gic_timers_priority(void)
{
	return cpu->timers_priority;
}

void gic_clear_active(va_t bits, uint32_t mask)
{
	change(fake.active, &cpu->active, bits, mask, false);
}

static uint32_t pending_of(uint32_t word)
{
	return fake.pending[word] | (fake.line[word] & ~fake.edge[word]);
}

uint32_t gic_pending(va_t bits)
{
	return is_private(bits) ? cpu->pending | cpu->line : pending_of(word_of(bits));
}

uint32_t gic_active(va_t bits)
{
	return is_private(bits) ? cpu->active : fake.active[word_of(bits)];
}

void gic_route(uint32_t intid, uint64_t affinity)
{
	if ((fake.mine[intid / 32] >> intid % 32 & 1) == 0)
		fake_complain("a route of the foreign interrupt %u", intid);
	fake.route[intid] = affinity;
	written();
}

void gic_set_priority(uint32_t intid, uint32_t priority)
{
	if ((fake.mine[intid / 32] >> intid % 32 & 1) == 0)
		fake_complain("a priority of the foreign interrupt %u", intid);
	fake.priority[intid] = (uint8_t)priority;
}

void gic_set_edges(uint32_t word, uint32_t mask, uint32_t edge)
{
	change_spis(fake.edge, word, mask & edge, true);
	change_spis(fake.edge, word, mask & ~edge, false);
}

uint32_t gic_typer(void)
{
	return 0xfaffff1f; /* all that a GICv3 may have, and 1020 interrupts */
}

uint32_t gic_identification(uint32_t offset)
{
	return offset;
}

uint32_t gic_redistributor_identification(uint32_t offset)
{
	return offset;
}

/* ---- this core's redistributor ---- */

void gic_begin_masks(void)
{
}

void gic_init_core(uint32_t own_ppis)
{
	cpu->enabled = own_ppis;
	cpu->pending = 1u << GIC_MAIL; /* of one class: messages may have come before */
	cpu->timers_priority = GIC_PRIORITY_PRIVATE;
	core.timers_urgency = ~0U; /* no vCPU's class yet */
	core.list_registers = fake.registers;
	core.lists = (1u << fake.registers) - 1;
}

bool gic_core_differs(void)
{
	return false;
}

void gic_rest_core(void)
{
	cpu->enabled = 0;
	cpu->pending = 0;
}

/* ---- devices, and what arrives ---- */

void fake_gic_pulse(uint32_t intid)
{
	fake.pending[intid / 32] |= 1u << intid % 32;
}

void fake_gic_line(uint32_t intid, bool level)
{
	uint32_t bit = 1u << intid % 32;

	fake.line[intid / 32] = level ? fake.line[intid / 32] | bit : fake.line[intid / 32] & ~bit;
}

void fake_gic_private_line(uint32_t intid, bool level)
{
	cpu->line = level ? cpu->line | 1u << intid : cpu->line & ~(1u << intid);
}

/* Returns the interrupts of a word that are due; SPIs may be for any core. */
static uint32_t due_of(uint32_t word)
{
	if (word == 0)
		return cpu->enabled & (cpu->pending | cpu->line) & ~cpu->active;
	return pending_of(word) & fake.enabled[word] & ~fake.active[word];
}

static uint32_t priority_of(uint32_t intid)
{
	if (intid == FAKE_GIC_SPURIOUS)
		return GIC_MASK_NOTHING;
	if (intid >= PRIVATE)
		return fake.priority[intid];
	return (TIMERS >> intid & 1) != 0 ? cpu->timers_priority : GIC_PRIORITY_PRIVATE;
}

static bool comes_here(uint32_t intid)
{
	return (intid < PRIVATE || fake.route[intid] == (uint64_t)(cpu - fake.cpu)) &&
	       priority_of(intid) < fake_sysregs->pmr;
}

/* Finds the first interrupt by priority, then by number. */
uint32_t fake_gic_next(void)
{
	uint32_t first = FAKE_GIC_SPURIOUS;

	for (uint32_t word = 0; word < WORDS; word++)
		for (uint32_t due = due_of(word); due != 0; due &= due - 1) {
			uint32_t intid = word * 32 + (uint32_t)__builtin_ctz(due);

			if (comes_here(intid) && priority_of(intid) < priority_of(first))
				first = intid;
		}
	return first;
}

bool fake_gic_precedes(uint32_t intid, uint32_t priority)
{
	return priority_of(intid) < priority;
}

uint32_t fake_gic_take(void)
{
	uint32_t intid = fake_gic_next(), bit = 1u << intid % 32;

	if (intid == FAKE_GIC_SPURIOUS)
		return intid;
	*(intid < PRIVATE ? &cpu->pending : &fake.pending[intid / 32]) &= ~bit;
	*(intid < PRIVATE ? &cpu->active : &fake.active[intid / 32]) |= bit;
	return intid;
}

void gic_deactivate(uint32_t intid)
{
	uint32_t *word = intid < PRIVATE ? &cpu->active : &fake.active[intid / 32];

	if ((*word >> intid % 32 & 1) == 0)
		fake_complain("interrupt %u is deactivated, but isn't active", intid);
	*word &= ~(1u << intid % 32);
}

bool fake_gic_pending(uint32_t intid)
{
	return (pending_of(intid / 32) >> intid % 32 & 1) != 0;
}

bool fake_gic_active(uint32_t intid)
{
	return (fake.active[intid / 32] >> intid % 32 & 1) != 0;
}

uint64_t fake_gic_route(uint32_t intid)
{
	return fake.route[intid];
}

bool fake_gic_enabled(uint32_t intid)
{
	return (fake.enabled[intid / 32] >> intid % 32 & 1) != 0;
}

/* ---- list registers ---- */

uint64_t fake_gic_list_register(uint32_t of, uint32_t index)
{
	return fake.cpu[of].lr[index];
}

uint64_t lr_read(uint32_t index)
{
	return cpu->lr[index];
}

static bool has_ended(uint64_t lr)
{
	return (lr & LR_STATE) == 0 && (lr & LR_HW) == 0 && (lr & LR_EOI) != 0;
}

static bool is_empty(uint64_t lr)
{
	return (lr & LR_STATE) == 0 && !has_ended(lr);
}

/* An interrupt must not be in two list registers, and a link must be to an active interrupt. */
void lr_write(uint32_t index, uint64_t value)
{
	uint32_t intid = LR_INTID(value);
	uint32_t active = intid < PRIVATE ? cpu->active : fake.active[intid / 32];

	for (uint32_t i = 0; i < fake.registers && (value & LR_STATE) != 0; i++)
		if (i != index && (cpu->lr[i] & LR_STATE) != 0 && LR_INTID(cpu->lr[i]) == intid)
			fake_complain("interrupt %u is in two list registers", intid);
	if ((value & LR_HW) != 0 && (value & LR_STATE) != 0 && (active >> intid % 32 & 1) == 0)
		fake_complain("interrupt %u is linked, but isn't active", intid);
	if ((value & LR_HW) != 0 && (value & LR_STATE) == LR_STATE)
		fake_complain("interrupt %u is linked, pending and active", intid);
	if (is_empty(value) != is_empty(cpu->lr[index]) ||
	    has_ended(value) != has_ended(cpu->lr[index]))
		cpu->unsettled = true;
	cpu->lr[index] = value;
}

void lr_settle(void)
{
	cpu->unsettled = false;
}

static void look(const char *what)
{
	if (cpu->unsettled)
		fake_complain("which list registers %s was asked before a write to one settled",
		              what);
}

static uint32_t ended(void)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < fake.registers; i++)
		bits |= (uint32_t)has_ended(cpu->lr[i]) << i;
	return bits;
}

uint32_t lr_ended(void)
{
	look("have ended");
	return ended();
}

uint32_t lr_empty(void)
{
	uint32_t bits = 0;

	look("are empty");
	for (uint32_t i = 0; i < fake.registers; i++)
		bits |= (uint32_t)is_empty(cpu->lr[i]) << i;
	return bits;
}

bool lr_ends_apart(void)
{
	return cpu->apart;
}

uint32_t lr_unmatched_ends(void)
{
	uint32_t count = cpu->unmatched;

	cpu->unmatched = 0;
	return cpu->apart ? 0 : count;
}

void lr_want_maintenance(uint32_t bits)
{
	cpu->hcr = bits;
	cpu->unmatched = 0;
}

void vcpu_interface_reset(void)
{
	cpu->running = 0;
	cpu->apart = false;
	lr_want_maintenance(0);
}

bool resident_timer_asks(bool is_virtual)
{
	const struct fake_sysregs *is = fake_sysregs;

	if (!is_virtual)
		return (is->cntp_ctl_el0 & 3) == 1 && is->cntp_cval_el0 <= is->cntpct_el0;
	return (is->cntv_ctl_el0 & 3) == 1 && is->cntv_cval_el0 <= is->cntpct_el0 - is->cntvoff_el2;
}

/* The real function synchronizes before it looks at list registers. */
uint32_t resident_save_gic(struct resident_gic *gic, uint32_t lists)
{
	(void)lists;
	cpu->unsettled = false;
	*gic = (struct resident_gic){
	    .virtual_control = fake_sysregs->cntv_ctl_el0,
	    .virtual_compare = fake_sysregs->cntv_cval_el0,
	    .physical_control = fake_sysregs->cntp_ctl_el0,
	    .physical_compare = fake_sysregs->cntp_cval_el0,
	    .hcr = cpu->hcr,
	    .unmatched = cpu->unmatched,
	    .running = cpu->running,
	    .apart = cpu->apart,
	};
	for (uint32_t i = 0; i < fake.registers; i++) {
		gic->used |= (uint32_t)!is_empty(cpu->lr[i]) << i;
		gic->lr[i] = is_empty(cpu->lr[i]) ? ~0ULL : cpu->lr[i];
		if (!is_empty(cpu->lr[i]) && LR_INTID(cpu->lr[i]) < VGIC_PRIVATE)
			gic->held |= 1u << LR_INTID(cpu->lr[i]);
	}
	return gic->used;
}

/* Clears all list registers first: their order is left open, and one interrupt mustn't be in two.
 */
void resident_load_gic(const struct resident_gic *gic, uint32_t used)
{
	for (uint32_t i = 0; i < fake.registers; i++)
		if ((used >> i & 1) != 0)
			cpu->lr[i] = 0;
	for (uint32_t i = 0; i < fake.registers; i++)
		if ((gic->used >> i & 1) != 0)
			lr_write(i, gic->lr[i]);
	cpu->unsettled = true;
	cpu->hcr = gic->hcr;
	cpu->unmatched = gic->unmatched;
	cpu->running = gic->running;
	cpu->apart = gic->apart;
	fake_sysregs->cntv_ctl_el0 = gic->virtual_control;
	fake_sysregs->cntv_cval_el0 = gic->virtual_compare;
	fake_sysregs->cntp_ctl_el0 = gic->physical_control;
	fake_sysregs->cntp_cval_el0 = gic->physical_compare;
}

bool fake_gic_maintenance(void)
{
	uint32_t valid = 0, pending = 0;

	for (uint32_t i = 0; i < fake.registers; i++) {
		valid += (cpu->lr[i] & LR_STATE) != 0;
		pending += (cpu->lr[i] & LR_STATE) == LR_PENDING;
	}
	return ended() != 0 || ((cpu->hcr & ICH_HCR_UIE) != 0 && valid <= 1) ||
	       ((cpu->hcr & ICH_HCR_NPIE) != 0 && pending == 0) ||
	       ((cpu->hcr & ICH_HCR_LRENPIE) != 0 && cpu->unmatched != 0);
}

/* ---- the guest ---- */

void fake_guest_apart(bool apart)
{
	cpu->apart = apart;
}

static uint32_t level_of(uint64_t lr)
{
	return LR_GET_PRIORITY(lr) >> 3;
}

/* Of equals the lower number comes first; the architecture leaves that open. */
static bool goes_before(uint64_t lr, uint64_t other)
{
	return level_of(lr) < level_of(other) ||
	       (level_of(lr) == level_of(other) && LR_INTID(lr) < LR_INTID(other));
}

uint32_t fake_guest_acknowledge(void)
{
	uint32_t best = fake.registers;
	uint32_t level = cpu->running != 0 ? (uint32_t)__builtin_ctz(cpu->running) : 32;

	for (uint32_t i = 0; i < fake.registers; i++) {
		uint64_t lr = cpu->lr[i];

		if ((lr & LR_STATE) == LR_PENDING && level_of(lr) < level &&
		    (best == fake.registers || goes_before(lr, cpu->lr[best])))
			best = i;
	}
	if (best == fake.registers)
		return FAKE_GIC_SPURIOUS;
	cpu->running |= 1u << level_of(cpu->lr[best]);
	cpu->lr[best] = (cpu->lr[best] & ~LR_STATE) | LR_ACTIVE;
	return LR_INTID(cpu->lr[best]);
}

/* Deactivates an interrupt. True: a list register had it active. */
static bool deactivate(uint32_t intid)
{
	for (uint32_t i = 0; i < fake.registers; i++) {
		uint64_t lr = cpu->lr[i];

		if ((lr & LR_ACTIVE) == 0 || LR_INTID(lr) != intid)
			continue;
		cpu->lr[i] = lr & ~LR_ACTIVE;
		if ((lr & LR_HW) != 0)
			gic_deactivate(intid);
		return true;
	}
	return false;
}

void fake_guest_end(uint32_t intid)
{
	if (cpu->running == 0)
		return;
	cpu->running &= cpu->running - 1;
	if (!cpu->apart && !deactivate(intid))
		cpu->unmatched++;
}

bool fake_guest_deactivate(uint32_t intid)
{
	if ((cpu->hcr & ICH_HCR_TDIR) != 0)
		return true;
	if (!deactivate(intid))
		cpu->unmatched++;
	return false;
}
