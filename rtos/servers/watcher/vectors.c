/* See vectors.h. */
#include "vectors.h"

#define VECTORS_SIZE     0x800u /* of a table */
#define VECTORS_UPPER    55u    /* this bit of an address: TTBR1_EL1 leads there */
#define VECTORS_HARDENED 4u     /* tables with mitigations, one behind the other, at most */
/* Of SCTLR_EL1: M, A, C, SA, SA0, UMA, I, WXN, SPAN, E0E, EE. A Linux has them the same on each CPU
 * and never changes them; others depend on the task, or on a CPU's errata. */
#define VECTORS_CONTROL 0x0388121fULL

static bool vectors_is_table(const struct watchfacts *facts, uint64_t place)
{
	const uint64_t hardened = place - facts->vectors_hardened;

	if (place == facts->vectors)
		return true;
	if (place % VECTORS_SIZE != 0)
		return false;
	return (facts->vectors_hardened != 0 && hardened < VECTORS_HARDENED * VECTORS_SIZE) ||
	       (place >= facts->trampoline && place < facts->trampoline_end);
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

static bool vectors_are_own(const struct guest *guest, const struct watch_record *record)
{
	struct guestwalk walk = guest->walk;
	uint64_t ipa = 0;

	walk.ttbr1 = record->ttbr1;
	walk.tcr = record->tcr;
	walk.sctlr = record->sctlr;
	return (record->vbar >> VECTORS_UPPER & 1) != 0 &&
	       guestwalk_ipa(&walk, record->vbar, &ipa) &&
	       vectors_is_table(guest->facts, ipa - guest->kernel);
}

/* Without an MMU there is no translation by which to judge VBAR_EL1. Linux switches it on long
 * before a finding counts. */
void vectors_look(const struct guest *guest, uint32_t vcpu, const struct watch_record *record,
                  uint64_t sctlr, struct findings *findings)
{
	struct finding found = {.kind = FINDING_VECTORS, .where = vcpu, .value = record->vbar};
	struct guestwalk walk;

	if (((record->sctlr ^ sctlr) & VECTORS_CONTROL) != 0)
		findings_note(findings, &(struct finding){.kind = FINDING_CONTROL,
		                                          .where = vcpu,
		                                          .value = record->sctlr});
	if ((record->sctlr & 1) == 0)
		return;
	if (vectors_are_own(guest, record)) {
		found.elsewhere = true;
		if (guest_tables(guest, record, &walk) && vectors_lead(guest, &walk))
			return;
	}
	findings_note(findings, &found);
}
