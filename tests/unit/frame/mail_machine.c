/*
 * See mail_machine.h. The functions that messages lead to only count. One thread plays four cores.
 */
#include "mail_machine.h"

#include <devices/emulated.h>
#include <fake/cpu.h>
#include <fake/local.h>
#include <life/life.h>
#include <life/vcpu.h>
#include <run/hang.h>
#include <run/hold.h>
#include <run/resident.h>
#include <run/wake_service.h>
#include <start/mail_begin.h>
#include <stdlib.h>
#include <string.h>
#include <turn/bell_heard.h>
#include <turn/mail_take.h>
#include <turn/vcpu_heard.h>
#include <unit.h>
#include <word/life.h>
#include <word/power.h>

struct core core;
struct mail_machine came;
static struct vcpu vcpu;
static struct partition partition;

static void disturb(void)
{
	void (*what)(void) = came.meanwhile;

	came.meanwhile = NULL;
	if (what != NULL)
		what();
}

bool power_wanted(uint32_t index)
{
	came.woken |= 1u << index;
	return true;
}

/* ---- effects of messages ---- */

void vcpu_asked(struct vcpu *whom)
{
	assert_ptr_equal(whom, &vcpu);
	came.asked++;
	disturb();
}

void uart_evaluate(struct partition *whose)
{
	assert_ptr_equal(whose, &partition);
	came.evaluated++;
	disturb();
}

struct partition *resident_partition(uint32_t index)
{
	assert_null(core.only);
	if (!came.shared || index != INDEX)
		return NULL;
	core.vcpu = &vcpu;
	return &partition;
}

void resident_arm_choice(void)
{
	came.armed++;
}

bool vcpu_heard(uint32_t id)
{
	assert_null(core.only);
	came.asked += came.shared && id == SUBJECT && !came.again;
	return !came.again;
}

void doorbell_heard(struct partition *whose, uint32_t subject)
{
	assert_ptr_equal(whose, &partition);
	came.rings++;
	came.last_ring = subject;
	disturb();
}

void service_hear(uint64_t bits)
{
	assert_int_equal(came.events & bits, 0);
	came.events |= bits;
	disturb();
}

void hold_look(void)
{
	came.looks++;
	disturb();
}

void hang_asked(void)
{
	came.hangs++;
}

void life_message(struct partition *whose, uint32_t message)
{
	assert_ptr_equal(whose, &partition);
	came.lives++;
	came.last_life = message;
	disturb();
}

void life_told(uint32_t message)
{
	assert_in_range(message, 0, LIFE_MESSAGES - 1);
	came.told++;
}

/* ---- four cores; this one is SELF ---- */

static bool is_pending(void)
{
	if (came.looked != NULL)
		came.looked();
	return came.pending;
}

void mail_machine_setup(void)
{
	struct bundle_header *bundle = (struct bundle_header *)LAYOUT_BUNDLE;
	struct bundle_core *cores = (struct bundle_core *)(LAYOUT_BUNDLE + sizeof(*bundle));

	fake_cpu_reset((struct fake_hooks){.pending = is_pending});
	bundle->cores = (struct bundle_table){.offset = sizeof(*bundle), .count = CORES};
	/* Affinities aren't indices. */
	for (uint32_t i = 0; i < CORES; i++)
		cores[i].affinity = CORES - 1 - i;
	memset(&core, 0, sizeof(core));
	memset(__start_core_local, 0, fake_local_size());
	core.index = SELF;
	core.vcpu = core.only = &vcpu;
	core.partition = &partition;
	vcpu.context.trace_id = SUBJECT;
	partition.index = INDEX;
	came = (struct mail_machine){0};
	mail_begin();
}

void mail_machine_class(enum mail_kind kind, uint32_t subject, uint32_t rank)
{
	core.mail_class[kind][subject] = (uint8_t)rank;
	for (uint32_t c = 1; c < GIC_CLASSES; c++) {
		core.mail_urgent[kind][c] &= ~(1ULL << subject);
		core.mail_urgent[kind][c] |= (uint64_t)(c <= rank) << subject;
	}
}

uint32_t mail_machine_interrupts(uint32_t to_core)
{
	return fake_cpu_counts(CORES - 1 - to_core).mails;
}

bool mail_machine_arrives(uint32_t at_core)
{
	return fake_mail_arrives(CORES - 1 - at_core, &came.rank);
}

void mail_machine_take(void)
{
	mail_take(came.rank);
}
