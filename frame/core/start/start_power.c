/*
 * A core goes off and comes back (docs/power.md). This part of the start is used more than once. It
 * runs in the tables that the core started with, with interrupts masked.
 *
 * The warden closes the core to the balancer, has its vCPUs moved, and tells it to go. The core
 * stays if it has a ready context, a message, or a vCPU of a partition that isn't stopped. In its
 * account it leaves the time of its partitions' next timer, at which the warden has it switched on
 * again. Then it sets `dark` in its mailbox, and looks for messages once more. A sender sets its
 * bit and then looks at `dark`, so at least one of the two sees the other. Only the warden has
 * cores switched on, also for a message to a dark core. The firmware enters the core as at the
 * machine's start.
 */
#include <kumiki/hypercall.h>
#include <lib/bundle.h>
#include <machine/contexts.h>
#include <machine/firmware.h>
#include <machine/mail_interrupt.h>
#include <machine/sysreg.h>
#include <machine/wait.h>
#include <run/stuck.h>
#include <start/power.h>
#include <start/update.h>
#include <state/services.h>
#include <turn/trap.h>
#include <word/mail.h>
#include <word/power.h>
#include <word/timer.h>
#include <word/trace.h>

/* True: only vCPUs of stopped partitions are here. What these have in the core's registers may get
 * lost, as a start makes it anew. */
AT_START static bool is_empty(void)
{
	if (core.ready != 0 || core.leaving != 0)
		return false;
	for (const struct vcpu *vcpu = core.vcpus; vcpu != 0; vcpu = vcpu->run.next_here)
		if (vcpu->context.state != CONTEXT_OFF ||
		    shared_memory->life[vcpu->partition->index].state != LIFE_STOPPED)
			return false;
	return true;
}

AT_START static void say_dark(void)
{
	struct core_account *account = core.account;
	uint64_t now = timer_now();

	timer_set(TIMER_LOOK, TIMER_NEVER);
	timer_set(TIMER_STUCK, TIMER_NEVER);
	timer_set(TIMER_HANG, TIMER_NEVER);
	account->wake = core.seldom[0];
	account->idle += now - account->since;
	account->since = now;
	trace_at(now, TRACE_CORE, TRACE_NO_VCPU, 0);
	core_ring->step = 0;
	shared_memory->load[core.index] = 0;
	__atomic_store_n(&account->dark, 1, __ATOMIC_RELEASE);
}

AT_START static void say_back(struct mailbox *box)
{
	struct core_account *account = core.account;
	uint64_t now = timer_now();

	account->off += now - account->since;
	account->since = now;
	core_ring->step = RELAXED(shared_memory->traces_held) == 0;
	trace_at(now, TRACE_CORE, TRACE_NO_VCPU, 1);
	__atomic_store_n(&box->dark, 0, __ATOMIC_SEQ_CST);
	core_ring->step = __atomic_load_n(&shared_memory->traces_held, __ATOMIC_SEQ_CST) == 0;
	__atomic_store_n(&account->dark, 0, __ATOMIC_RELEASE);
}

AT_START bool power_was_off(void)
{
	return shared_memory->box[core.index].dark != 0;
}

AT_START void power_crashed(void)
{
	if (power_was_off())
		say_back(&shared_memory->box[core.index]);
}

/* Waits for the end of a recovery in which this core takes no part. A recovery that finds it `dark`
 * doesn't call it; one that doesn't has called it before. */
AT_START static void stay_out(void)
{
	const struct recovery *recovery = &shared_memory->recovery;
	uint32_t off;

	while (__atomic_load_n(&recovery->by, __ATOMIC_SEQ_CST) != 0) {
		off = __atomic_load_n(&recovery->off, __ATOMIC_SEQ_CST);
		if (off != 0 && (off >> core.index & 1) == 0)
			return;
		wait_pause();
	}
}

/* Sets what the hardware forgot. gic_init_core() makes the messages' interrupts pending, so that
 * the core looks for messages. */
AT_START void power_back(void)
{
	context_init_core();
	sysreg_begin();
	core.current = 0; /* what the last context had in EL1's registers is gone */
	gic_init_core(core.own[0]);
	stay_out();
	say_back(&shared_memory->box[core.index]);
	stay_out();
	stuck_watch();
	timer_program(TIMER_SLICE);
}

AT_START static bool has_mail(const struct mailbox *box)
{
	uint64_t any = 0;

	for (uint32_t kind = 0; kind < MAIL_KINDS; kind++)
		any |= __atomic_load_n(&box->word[kind], __ATOMIC_SEQ_CST);
	return any != 0;
}

/* Functions' messages come to this core: nobody would wake it for one. */
AT_START static bool takes_messages(void)
{
	const struct bundle_partition *partitions = bundle_partitions(core_bundle);

	for (uint32_t i = 0; i < core_bundle->partitions.count; i++)
		if (partitions[i].message_count != 0 &&
		    bundle_vcpus(core_bundle)[partitions[i].vcpus.first].core == core.index)
			return true;
	return false;
}

/* Switches this core off. Returns if the core has work to do, or if the firmware refuses. */
AT_START static int64_t go_off(struct mailbox *box)
{
	int64_t said = 0;

	if (core.account->refused != 0 || !is_empty() || has_mail(box) || update_keeps_cores() ||
	    takes_messages())
		return 0;
	say_dark();
	/* Another core that posts a message sees this store, or has_mail() sees the message. */
	__atomic_store_n(&box->dark, 1, __ATOMIC_SEQ_CST);
	if (!has_mail(box)) {
		gic_rest_core();
		said = firmware_cpu_off();
		core.account->refused = 1;
	}
	power_back();
	return said;
}

AT_START static int64_t come_on(uint64_t index)
{
	return firmware_cpu_on(bundle_cores(core_bundle)[index].affinity, services_own->entry,
	                       services_own->way_in[index]);
}

/* Tells a core to look whether it can go off. mail_post() isn't used: the core may be off before
 * mail_post() looks, which would then have the core switched on again. */
AT_START static void tell_to_go(uint32_t index)
{
	__atomic_fetch_or(&shared_memory->box[index].word[MAIL_SERVICE], 1ULL << MAIL_SERVICE_POWER,
	                  __ATOMIC_SEQ_CST);
	mail_interrupt(core.mail_target[index], core.mail_class[MAIL_SERVICE][MAIL_SERVICE_POWER]);
}

AT_START static int64_t tell_core(uint64_t index, uint64_t what)
{
	struct mailbox *box;

	/* The console's core stays on. */
	if (index >= core_bundle->cores.count || (index == core.index && what == SERVICE_POWER_OFF))
		return KUMIKI_INVALID_PARAMETERS;
	box = &shared_memory->box[index];
	trace_at(timer_now(), TRACE_TOLD, TRACE_WARDEN, what << 32 | index);
	__atomic_store_n(&box->told, (uint32_t)what, __ATOMIC_SEQ_CST);
	if (what == SERVICE_POWER_OPEN && RELAXED(box->dark) != 0)
		return come_on(index);
	/* an idle core is to look at `told` */
	if (what == SERVICE_POWER_OFF)
		tell_to_go((uint32_t)index);
	else
		mail_post((uint32_t)index, MAIL_SERVICE, MAIL_SERVICE_POWER);
	return 0;
}

/* Sets the power policy. Managers set it, too, and the last one counts. */
AT_START static int64_t tell_policy(uint64_t policy)
{
	if (policy >= POWER_POLICIES)
		return KUMIKI_INVALID_PARAMETERS;
	__atomic_store_n(&shared_memory->policy, (uint32_t)policy, __ATOMIC_SEQ_CST);
	return 0;
}

/* Carries out a call of the warden, whose core this is. Its arguments aren't trusted. */
AT_START static int64_t tell(uint64_t subject, uint64_t what)
{
	switch (what) {
	case SERVICE_POWER_OPEN:
	case SERVICE_POWER_CLOSE:
	case SERVICE_POWER_OFF:
		return tell_core(subject, what);
	case SERVICE_POWER_TELL:
		__atomic_store_n(&shared_memory->need, 1, __ATOMIC_SEQ_CST);
		return 0;
	case SERVICE_POWER_HOLDS:
		return tell_policy(subject);
	case SERVICE_POWER_SEEN:
		shared_memory->policy_minute = subject;
		return 0;
	case SERVICE_POWER_ASK:
		return (int64_t)(shared_memory->policy_minute << 8 |
		                 __atomic_load_n(&shared_memory->policy, __ATOMIC_SEQ_CST));
	default:
		return KUMIKI_INVALID_PARAMETERS;
	}
}

AT_START int64_t power_change(uint64_t index, uint64_t what)
{
	if (what == POWER_GO)
		return go_off(&shared_memory->box[core.index]);
	return tell(index, what);
}
