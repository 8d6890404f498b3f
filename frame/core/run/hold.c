/*
 * Cores that go from one partition to another; see run/hold.h. Each partition that may hold this
 * core has a vCPU here. Unless the partition is the holder, the PSCI state says that this vCPU is
 * away. So CPU_ON, on whichever core, needs to know nothing of holders.
 */
#include <kumiki/hypercall.h>
#include <lib/bundle.h>
#include <lib/index.h>
#include <run/hold.h>
#include <word/doorbell.h>
#include <word/mail.h>
#include <word/timer.h>
#include <word/trace.h>

/* A PSCI state for HOLD_NOBODY, as if that were a partition with a vCPU here: PSCI_VCPU_OFF while
 * no partition holds this core. */
static int32_t hold_nobodys_state CORE_LOCAL;

static uint64_t *record_at(uint64_t at_core)
{
	return &shared_memory->accounts.core[at_core].hold;
}

static uint64_t now(void)
{
	return timer_now() >> HOLD_TICK_SHIFT;
}

static bool hold_change(uint64_t at_core, uint64_t *old, uint64_t record)
{
	return __atomic_compare_exchange_n(record_at(at_core), old, record, false, __ATOMIC_SEQ_CST,
	                                   __ATOMIC_SEQ_CST);
}

/* Rings the partition and its managers. */
static void ring(uint32_t partition)
{
	if (partition == HOLD_NOBODY)
		return;
	mail_post(core.home[partition], MAIL_DOORBELL, DOORBELL_MANAGER + partition);
	doorbell_tell_managers(partition);
}

uint64_t hold_record(uint64_t at_core)
{
	if (at_core >= core_bundle->cores.count)
		return (uint64_t)KUMIKI_INVALID_PARAMETERS;
	at_core = index_within(at_core, core_bundle->cores.count);
	return __atomic_load_n(record_at(at_core), __ATOMIC_SEQ_CST);
}

int64_t hold_ask(uint32_t may, uint64_t at_core, uint64_t to, uint64_t time)
{
	uint64_t asked, taker, until = now() + (uint32_t)time, old = hold_record(at_core);

	if (old == (uint64_t)KUMIKI_INVALID_PARAMETERS)
		return KUMIKI_INVALID_PARAMETERS;
	do {
		/* A withdrawal leaves the core to its present holder, whichever partition that is.
		 */
		taker = to == HOLD_WITHDRAW && time == HOLD_NUMBER(old) ? HOLD_HOLDER(old) : to;
		if (!bundle_may_hold(&bundle_cores(core_bundle)[at_core], taker))
			return KUMIKI_INVALID_PARAMETERS;
		/* For a core without a holder, `may` has to contain the partition that is to have
		 * the core. */
		if ((may >> (HOLD_HOLDER(old) == HOLD_NOBODY ? taker : HOLD_HOLDER(old)) & 1) == 0)
			return KUMIKI_DENIED;
		asked = HOLD_RECORD(HOLD_HOLDER(old), taker, HOLD_NUMBER(old) + 1, until);
	} while (!hold_change(at_core, &old, asked));
	ring(HOLD_HOLDER(asked));
	mail_post((uint32_t)at_core, MAIL_SERVICE, MAIL_SERVICE_HOLD);
	return HOLD_NUMBER(asked);
}

/* Returns the PSCI state of the partition's vCPU here. That vCPU may run nowhere else. */
static int32_t *hold_state_of(uint32_t partition)
{
	const struct vcpu *vcpu = core.vcpus;

	while (vcpu != 0 && vcpu->owner != partition)
		vcpu = vcpu->run.next_here;
	return vcpu == 0 ? &hold_nobodys_state : &vcpu->partition->psci_states[vcpu->index];
}

void hold_look(void)
{
	uint64_t old = hold_record(core.index), coming;
	uint32_t from = HOLD_HOLDER(old), to = HOLD_WANTED(old);
	int32_t off = PSCI_VCPU_OFF, *giver;

	if (from == to || HOLD_UNTIL(old) <= now())
		return;
	giver = hold_state_of(from);
	/* From here on no CPU_ON switches the giver on. */
	if (!__atomic_compare_exchange_n(giver, &off, PSCI_VCPU_AWAY, false, __ATOMIC_SEQ_CST,
	                                 __ATOMIC_SEQ_CST))
		return;
	/* As long as the record asks for the core, the taker leaves its CPU off: CPU_ON can't
	 * switch it on yet. */
	coming = HOLD_RECORD(to, from, HOLD_NUMBER(old), HOLD_UNTIL(old));
	if (!hold_change(core.index, &old, coming)) {
		/* Another request has come just now, and its message is here soon. The request may
		 * be that the giver keeps the core. A CPU_ON of the giver may have been refused
		 * since the exchange above, so the giver is rung. */
		__atomic_store_n(giver, PSCI_VCPU_OFF, __ATOMIC_SEQ_CST);
		ring(from);
		return;
	}
	__atomic_store_n(hold_state_of(to), PSCI_VCPU_OFF, __ATOMIC_SEQ_CST);
	/* A request that has come meanwhile stays, and its message is here soon. */
	(void)hold_change(core.index, &coming,
	                  HOLD_RECORD(to, to, HOLD_NUMBER(old), HOLD_UNTIL(old)));
	trace_seldom(TRACE_HOLD, TRACE_NO_VCPU, (uint64_t)from << 32 | to);
	ring(from);
	ring(to);
}
