/*
 * How urgent each message is: as urgent as the partition or service that it is for. A message whose
 * class is lower than that of the running context waits at its core and doesn't even interrupt. The
 * classes depend on the description alone, so they are set at the start.
 */
#include <lib/bundle.h>
#include <machine/mail_interrupt.h>
#include <start/mail_begin.h>
#include <state/core.h>
#include <state/vcpu.h>

static AT_START uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Returns the class of the partition's most urgent vCPU. That vCPU may ask another vCPU for
 * something, and then wait for the answer: the message must not wait for the asker. */
AT_START static uint32_t class_of(uint32_t partition)
{
	const struct bundle_partition *config = &bundle_partitions(core_bundle)[partition];
	uint32_t most = config->priority;

	for (uint32_t i = 0; i < config->vcpus.count; i++) {
		const struct bundle_vcpu *vcpu =
		    &bundle_vcpus(core_bundle)[config->vcpus.first + i];

		most = larger(most, larger(vcpu->priority, vcpu->priority_high));
	}
	return gic_class(most);
}

AT_START uint32_t mail_service_priority(const struct bundle_header *from)
{
	uint32_t least = 255;
	bool any = false;

	for (uint32_t p = 0; p < from->partitions.count; p++) {
		const struct bundle_partition *config = &bundle_partitions(from)[p];

		for (uint32_t i = 0; i < config->vcpus.count; i++)
			if (bundle_vcpus(from)[config->vcpus.first + i].core ==
			    from->console_core) {
				least = config->priority < least ? config->priority : least;
				any = true;
			}
	}
	return any ? least : 0;
}

AT_START static void set_class(enum mail_kind kind, uint32_t subject, uint32_t rank)
{
	core.mail_class[kind][subject] = (uint8_t)rank;
	for (uint32_t c = 0; c <= rank; c++)
		core.mail_urgent[kind][c] |= 1ULL << subject;
}

AT_START static void set_partition(uint32_t p)
{
	const struct bundle_range vcpus = bundle_partitions(core_bundle)[p].vcpus;
	uint32_t rank = class_of(p);

	for (uint32_t i = 0; i < vcpus.count; i++)
		set_class(MAIL_VCPU, vcpus.first + i, rank);
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++)
		set_class(MAIL_LIFE, p * LIFE_MESSAGES + i, rank);
	for (uint32_t i = 0; i < core_bundle->doorbells.count; i++)
		if (bundle_doorbells(core_bundle)[i].to == p)
			set_class(MAIL_DOORBELL, i, rank);
	set_class(MAIL_DOORBELL, DOORBELL_MANAGER + p, rank);
	for (uint32_t i = 0; i < core_bundle->ends.count; i++)
		if (bundle_ends(core_bundle)[i].partition == p)
			set_class(MAIL_DOORBELL, DOORBELL_END + i, rank);
	set_class(MAIL_UART, p, rank);
	core.home[p] = (uint8_t)bundle_vcpus(core_bundle)[vcpus.first].core;
}

AT_START static void set_listeners(uint32_t of)
{
	uint32_t managers = 0, followers = 0;

	for (uint32_t i = 0; i < core_bundle->partitions.count; i++) {
		const struct bundle_partition *config = &bundle_partitions(core_bundle)[i];

		if (config->manager_intid != 0)
			managers |= (config->life.manages >> of & 1u) << i;
		followers |= (config->life.after >> of & 1u) << i;
	}
	shared_memory->managers[of] = (uint8_t)managers;
	shared_memory->followers[of] = (uint8_t)followers;
}

AT_START void mail_begin(void)
{
	uint32_t console = gic_class(mail_service_priority(core_bundle));

	for (uint32_t i = 0; i < core_bundle->cores.count; i++)
		core.mail_target[i] = mail_target(bundle_cores(core_bundle)[i].affinity);
	for (uint32_t kind = 0; kind < MAIL_KINDS; kind++)
		core.mail_urgent[kind][0] = ~0ULL;
	for (uint32_t i = 0; i < 64; i++)
		set_class(MAIL_SERVICE, i, console);
	set_class(MAIL_SERVICE, MAIL_SERVICE_REST, GIC_CLASSES - 1);
	set_class(MAIL_SERVICE, MAIL_SERVICE_ASK, GIC_CLASSES - 1);
	for (uint32_t p = 0; p < core_bundle->partitions.count; p++) {
		set_partition(p);
		set_listeners(p);
	}
}
