/*
 * A machine to test the frame's logic on the host, behind frame/hardware.h: memory for translation
 * tables, walkers that may look at any moment, a TLB that forgets nothing by itself. It checks what
 * an emulator hides: break before make, invalidation, barriers. Each breach is a complaint. A test
 * ends with fake_settled(), and expects no complaint.
 */
#ifndef FAKE_MACHINE_H
#define FAKE_MACHINE_H

#include <fake/complaint.h>
#include <frame/types.h>

/* Begins anew: tables lie in [base, base + pages * 4 KiB) from now on. */
void fake_reset(void *base, pa_t base_pa, uint32_t pages);

/* Walkers use this root for the VMID from now on. */
void fake_root(uint16_t vmid, pa_t root);

/* Complains if a table in use has entries without a barrier since, or if an old translation wasn't
 * invalidated. */
void fake_settled(void);

/* What a guest's access finds: from the TLB if that has it, otherwise by a walk, which fills the
 * TLB. */
struct fake_translation {
	bool mapped;
	pa_t pa;
	bool readable, writable, executable, device;
	uint64_t leaf_size;
};

/* An access that relies on the mapping: complains if an entry on the way has had no barrier yet. */
struct fake_translation fake_access(uint16_t vmid, ipa_t ipa);

/* An access at any moment, as by another core: it may see the old or the new entry. */
struct fake_translation fake_speculate(uint16_t vmid, ipa_t ipa);

/* Returns the VMID whose translations were invalidated last. */
uint16_t fake_invalidated(void);

/* Has the TLB forget only this guest-physical address. */
void fake_invalidate_ipa(uint16_t vmid, ipa_t ipa);

struct fake_counts {
	uint32_t writes;
	uint32_t barriers;
	uint32_t invalidations;
	uint32_t cleaned;     /* bytes cleaned to the point of coherency */
	uint32_t invalidated; /* of these, bytes that were invalidated, too */
	uint32_t instructions;
};

extern struct fake_counts fake_counts;

#endif
