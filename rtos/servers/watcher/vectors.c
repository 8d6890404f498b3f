/* See vectors.h. */
#include "vectors.h"
#include "kind.h"

#define VECTORS_SIZE     0x800u /* of a table */
#define VECTORS_UPPER    55u    /* this bit of an address: TTBR1_EL1 leads there */
#define VECTORS_HARDENED 4u     /* tables with mitigations, one behind the other, at most */
/* Of SCTLR_EL1: M, A, C, SA, SA0, UMA, I, WXN, SPAN, E0E, EE. A Linux has them the same on each CPU
 * and never changes them; others depend on the task, or on a CPU's errata. */
#define VECTORS_CONTROL 0x0388121fULL
#define VECTORS_MMU     1ULL
#define VECTORS_NOWHERE (~0ULL)

/* The kernel itself runs with these; the others, of the trampoline, are for programs alone. */
static bool vectors_is_kernels(const struct watchfacts *facts, uint64_t place)
{
	const uint64_t hardened = place - facts->vectors_hardened;

	return place == facts->vectors ||
	       (facts->vectors_hardened != 0 && hardened % VECTORS_SIZE == 0 &&
	        hardened < VECTORS_HARDENED * VECTORS_SIZE);
}

static bool vectors_is_table(const struct watchfacts *facts, uint64_t place)
{
	return vectors_is_kernels(facts, place) ||
	       (place % VECTORS_SIZE == 0 && place >= facts->trampoline &&
	        place < facts->trampoline_end);
}

/* Whether a table's own pages are where they belong by this vCPU's tables: under KPTI VBAR_EL1
 * leads to a trampoline, which goes on there. */
static bool vectors_lead(const struct guest *guest, const struct guestwalk *walk)
{
	const struct watchfacts *facts = guest->facts;
	const uint32_t hardened = facts->vectors_hardened;
	const uint32_t last = hardened + (VECTORS_HARDENED - 1) * VECTORS_SIZE;

	return guest_leads(guest, walk, facts->vectors) &&
	       (hardened == 0 ||
	        (guest_leads(guest, walk, hardened) && guest_leads(guest, walk, last)));
}

/* The place in the kernel's image that an address leads to by this vCPU's tables; or nothing's. */
static uint64_t vectors_place(const struct guest *guest, const struct watch_record *record,
                              uint64_t address)
{
	struct guestwalk walk = guest->walk;
	uint64_t ipa;

	walk.ttbr1 = record->ttbr1;
	walk.tcr = record->tcr;
	walk.sctlr = record->sctlr;
	if ((address >> VECTORS_UPPER & 1) == 0 || !guestwalk_ipa(&walk, address, &ipa))
		return VECTORS_NOWHERE;
	return ipa - guest->kernel;
}

/* A vCPU with the trampoline's tables runs a program: with no table but the trampoline's. */
static struct rules_lack vectors_lack(const struct guest *guest, uint32_t vcpu,
                                      const struct watch_record *record, uint64_t vbar)
{
	const uint64_t right = vbar != 0 ? vbar : guest_address(guest, guest->facts->vectors);

	if (!vectors_is_kernels(guest->facts, vectors_place(guest, record, right)))
		return (struct rules_lack){.kind = RULES_LACK_NONE};
	return (struct rules_lack){
	    .kind = RULES_LACK_VALUE, .head = WATCH_VBAR(vcpu), .link = right, .was = record->vbar};
}

/* If the MMU was switched off, nobody knows where the vCPU would go on with it. */
static void vectors_control(uint32_t vcpu, const struct watch_record *record, uint64_t sctlr,
                            struct findings *findings)
{
	const uint64_t foreign = (record->sctlr ^ sctlr) & VECTORS_CONTROL;
	struct finding found = {.kind = FINDING_CONTROL, .where = vcpu, .value = record->sctlr};

	if ((foreign & VECTORS_MMU) == 0)
		found.lack = (struct rules_lack){.kind = RULES_LACK_VALUE,
		                                 .head = WATCH_SCTLR(vcpu),
		                                 .link = record->sctlr ^ foreign,
		                                 .was = record->sctlr};
	if (foreign != 0)
		findings_note(findings, &found);
}

/* A program's vCPUs may differ. One that has just started has its MMU off still. */
static uint64_t vectors_right(const struct guest *guest, const struct watch_record *record,
                              struct vectors_good *good)
{
	const uint64_t foreign = (record->sctlr ^ good->sctlr) & VECTORS_CONTROL;

	if (kind_of(guest->facts)->alike)
		return good->sctlr;
	if (good->own_sctlr == 0 && (foreign & VECTORS_MMU) == 0)
		good->own_sctlr = record->sctlr;
	return foreign == 0 || good->own_sctlr == 0 ? good->sctlr : good->own_sctlr;
}

/* Without an MMU there is no translation by which to judge VBAR_EL1. Linux switches it on long
 * before a finding counts. */
bool vectors_are_linux(const struct guest *guest, uint32_t vcpu, const struct watch_record *record,
                       struct vectors_good *good, struct finding *found)
{
	const uint64_t place = vectors_place(guest, record, record->vbar);
	struct guestwalk walk;

	if ((record->sctlr & VECTORS_MMU) == 0)
		return true;
	found->elsewhere = vectors_is_table(guest->facts, place);
	if (!found->elsewhere)
		found->lack = vectors_lack(guest, vcpu, record, good->vbar);
	else if (vectors_is_kernels(guest->facts, place))
		good->vbar = record->vbar;
	return found->elsewhere && guest_tables(guest, record, &walk) && vectors_lead(guest, &walk);
}

void vectors_look(const struct guest *guest, uint32_t vcpu, const struct watch_record *record,
                  struct vectors_good *good, struct findings *findings)
{
	struct finding found = {.kind = FINDING_VECTORS, .where = vcpu, .value = record->vbar};

	vectors_control(vcpu, record, vectors_right(guest, record, good), findings);
	if (!kind_of(guest->facts)->vectors(guest, vcpu, record, good, &found))
		findings_note(findings, &found);
}
