/* See vectors.h. */
#include "vectors.h"

#define VECTORS_SIZE     0x800u /* of a table */
#define VECTORS_HARDENED 4u     /* tables with mitigations, one behind the other, at most */

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

/* A vCPU whose MMU is off is only about to start its kernel. */
void vectors_look(const struct guest *guest, uint32_t vcpu, const struct watch_record *record,
                  struct findings *findings)
{
	struct guestwalk walk = guest->walk;
	uint64_t ipa = 0;

	walk.ttbr1 = record->ttbr1;
	walk.tcr = record->tcr;
	walk.sctlr = record->sctlr;
	if ((record->sctlr & 1) == 0)
		return;
	if (guestwalk_ipa(&walk, record->vbar, &ipa) &&
	    vectors_is_table(guest->facts, ipa - guest->kernel))
		return;
	findings_note(findings, &(struct finding){
	                            .kind = FINDING_VECTORS, .where = vcpu, .value = record->vbar});
}
