/*
 * What a guarded partition may not do by the rights of its pages (devices/guard.h): the vCPU
 * executes the instruction again and again, until its watcher has answered. Hardware doesn't say
 * the guest-physical address of such an abort, so stage 1 is asked.
 */
#include <devices/guard.h>
#include <frame/esr.h>
#include <frame/pstate.h>
#include <frame/tables.h>
#include <kumiki/watch.h>
#include <machine/contexts.h>
#include <machine/fault.h>
#include <machine/wait.h>
#include <state/partition.h>
#include <turn/trap.h>

static bool is_word(uint64_t esr)
{
	return ESR_CLASS(esr) == CLASS_DATA && (esr & ISS_ISV) != 0 && (esr & ISS_WRITE) != 0 &&
	       ISS_SIZE(esr) == sizeof(uint32_t);
}

static uint64_t stored(const struct vcpu *vcpu, uint64_t esr)
{
	if (!is_word(esr) || ISS_RT(esr) == REGISTER_ZERO)
		return 0;
	return (uint32_t)vcpu->context.x[ISS_RT(esr)];
}

bool guard_fault(struct vcpu *vcpu, uint64_t esr)
{
	const struct stage2 *s2 = &vcpu->partition->stage2;
	const bool word = is_word(esr);
	struct watch_fault fault = {.syndrome = esr,
	                            .at = fault_virtual(),
	                            .pc = context_pc(),
	                            .pstate = fault_pstate(),
	                            .value = stored(vcpu, esr)};
	struct stage2_place place;
	uint32_t verdict;
	ipa_t ipa;

	if (!s2->guarded || !ISS_IS_PERMISSION(esr) || (esr & ISS_WALK) != 0)
		return false;
	/* The guest may have mapped something else there by now. */
	if (!guard_change(vcpu) || fault_translate(fault.at, &ipa) != FAULT_NONE)
		return true;
	place = stage2_lookup(s2, ipa);
	if (!stage2_is_ram(place.kind))
		return false; /* a window that it may only read, for example */
	fault.address = ipa.at;
	if (word && (fault.pstate & PSTATE_EL) != 0 &&
	    guard_is_site(vcpu->partition, ipa, (uint32_t)fault.value)) {
		window_write(place.pa, (uint32_t)fault.value);
		verdict = WATCH_FAULT_SKIP;
	} else {
		verdict = guard_answer(vcpu, &fault);
	}
	if (word && (verdict == WATCH_FAULT_STORE || verdict == WATCH_FAULT_SKIP)) {
		if (verdict == WATCH_FAULT_STORE) {
			window_write(place.pa, (uint32_t)fault.value);
			guard_end_store(vcpu);
		}
		context_advance(&vcpu->context, esr);
	} else if (verdict == 0) {
		wait_pause();
	} else if (verdict != WATCH_FAULT_AGAIN) {
		inject_refusal(vcpu, esr);
	}
	return true;
}
