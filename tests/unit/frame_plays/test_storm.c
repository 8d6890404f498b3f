/*
 * Endless interrupts: those for less urgent vCPUs don't interrupt the running one, and an equal
 * beside their receivers has its turns.
 */
#include "crowd.h"
#include "seen.h"
#include "vgic_deliver.h"

#include <state/core.h>
#include <state/partition.h>
#include <stdlib.h>
#include <unit.h>
#include <vgic/vgic.h>

static void send_to_middle(void)
{
	vgic_send_sgi(vcpu_of(core.current), 1u << 24 | 1u, true);
}

/*
 * The most urgent one spins. It notices nothing of the others' interrupts, and they have them when
 * it waits. Shows: realtime.storm.
 */
TEST(test_storm)
{
	struct crowd_guest *urgent = &crowd_guests[0];
	struct fake_cpu_counts before;

	crowd_begin(7, &crowd_placed);
	for (uint32_t i = 0; i < crowd_plan.cores; i++)
		while (cores_interrupt(i))
			continue;
	crowd_pulse(0, 0);
	assert_true(cores_interrupt(0));
	assert_ptr_equal(crowd_running(0), urgent);
	before = fake_cpu_counts(0);
	for (uint32_t i = 0; i < 1000; i++) {
		crowd_pulse(1, i % 2);
		crowd_pulse(2, i % 2);
		while (crowd_interrupt(1))
			continue;
		if (crowd_running(1) != NULL && crowd_running(1)->vcpu->partition->index == 1) {
			crowd_expect_sgi(&crowd_guests[1], 1);
			cores_do(1, send_to_middle);
		}
		assert_false(crowd_interrupt(0));
		assert_ptr_equal(crowd_running(0), urgent);
	}
	assert_int_equal(fake_cpu_counts(0).switches, before.switches);
	assert_true(crowd_waiting_below(0, 7) != 0 || crowd_guests[1].sent[1] == 0);
	crowd_finish();
	assert_true(crowd_guests[1].taken + crowd_guests[2].taken + crowd_guests[3].taken != 0);
}

/* ---- a storm from another core, at an equal ---- */

#define STORM_ENDS 6000000u /* ticks: 24 turns */
#define STORM_STEP 100u     /* from SGI to SGI: less than it takes to be interrupted by one */
#define A_WHILE    2000u

/* Of the first vCPU's redistributor. */
#define REDISTRIBUTOR_ENABLE  0x10100u
#define REDISTRIBUTOR_DISABLE 0x10180u

static uint32_t storm_to; /* vCPUs of the second partition, a bit each */
static uint32_t storm_sgi = 1;
static bool storm_of_looks; /* at their wired interrupts, instead of SGIs */
static uint32_t late;       /* looks at which the last vCPU still waited */

static void storm(void)
{
	struct vcpu *from = &partition_at(1)->vcpus[1];

	fake_time(crowd_now += STORM_STEP);
	assert_in_range(crowd_now, 0, 2 * STORM_ENDS);
	late += crowd_guests[5].vcpu->run.waits;
	cores_on(1);
	for (uint32_t i = 0; i < crowd_plan.vcpus[1]; i++) {
		if ((storm_to >> i & 1) == 0)
			continue;
		if (storm_of_looks) {
			vgic_ask(from, &from->partition->vcpus[i], VGIC_ASK_EVALUATE);
			continue;
		}
		crowd_expect_sgi(&crowd_guests[1 + i], storm_sgi);
		vgic_send_sgi(from, storm_sgi << 24 | 1u << i, true);
	}
}

/* They work all the time; how long each did, beside what the storm took. */
static void work_on_first_core(uint64_t worked[CROWD_VCPUS])
{
	while (crowd_now < STORM_ENDS) {
		struct crowd_guest *guest;

		if (cores_interrupt(0))
			continue;
		guest = crowd_running(0);
		assert_non_null(guest);
		crowd_handle(guest);
		worked[guest - crowd_guests] += A_WHILE;
		fake_time(crowd_now += A_WHILE);
	}
}

static void send_to_all_of_one_class(void)
{
	/* Each core runs a vCPU that waits no more. */
	for (uint32_t i = 1; i < CROWD_VCPUS; i++)
		crowd_expect_sgi(&crowd_guests[i], 0);
	for (uint32_t p = 1; p < CROWD_PARTITIONS; p++)
		vgic_send_sgi(&partition_at(p)->vcpus[0], (1u << crowd_plan.vcpus[p]) - 1, true);
}

/* One partition has its vCPUs on the first core interrupted as fast as it can: a vCPU with turns
 * beside them there works as long as it would anyway.
 * Shows: time.storm. */
TEST(test_storm_at_an_equal)
{
	for (uint32_t i = 0; i < 6; i++) {
		uint64_t worked[CROWD_VCPUS] = {0}, began;

		crowd_begin(7, &crowd_level);
		cores_on(1);
		send_to_all_of_one_class();
		cores_exchange();
		began = crowd_now;
		storm_to = (const uint32_t[]){1, 4, 5}[i / 2];
		storm_of_looks = i % 2 != 0;
		cores_meanwhile = storm;
		work_on_first_core(worked);
		cores_meanwhile = NULL;
		assert_in_range(worked[5], (STORM_ENDS - began) / 3 / 100 * 80, STORM_ENDS);
		crowd_finish();
	}
}

/* The first core goes to that guest, which takes what there is for it, wants SGI 2 no more, and
 * waits; what storms from now on is that. */
static void begin_without(struct crowd_guest *guest)
{
	crowd_begin(7, &crowd_level);
	cores_on(1);
	send_to_all_of_one_class();
	cores_exchange();
	cores_turn_to(0, &guest->vcpu->context);
	crowd_handle(guest);
	crowd_handle(guest);
	crowd_store(guest, true, REDISTRIBUTOR_DISABLE, 1u << 2);
	cores_turn_to(0, &guest->vcpu->context);
	cores_do(0, crowd_wait);
	assert_true(seen_state(guest->vcpu) == ACCOUNT_WAITS);
	storm_to = 1;
	storm_of_looks = false;
	storm_sgi = 2;
}

/* The same at one that waits, and isn't woken by them, as it doesn't want them: what it wants wakes
 * it still, and so do they once it wants them again.
 * Shows: time.storm. */
TEST(test_storm_that_wakes_nobody)
{
	struct crowd_guest *waits = &crowd_guests[1];
	uint64_t worked[CROWD_VCPUS] = {0}, began;

	begin_without(waits);
	began = crowd_now;
	cores_meanwhile = storm;
	work_on_first_core(worked);
	cores_meanwhile = NULL;
	storm_sgi = 1;
	assert_true(seen_state(waits->vcpu) == ACCOUNT_WAITS &&
	            waits->sent[2] > STORM_ENDS / STORM_STEP / 100);
	assert_in_range(worked[5], (STORM_ENDS - began) / 2 / 100 * 80, STORM_ENDS);
	crowd_store(&crowd_guests[2], true, REDISTRIBUTOR_ENABLE, 1u << 2);
	while (cores_interrupt(0))
		continue;
	assert_true(seen_state(waits->vcpu) != ACCOUNT_WAITS);
	crowd_finish();
}

static struct vcpu *hushed;

static void hush_again(void)
{
	vgic_hush(hushed);
}

/* One that is latched no more could come: what was left of it meanwhile is taken. */
TEST(test_left_while_it_changed)
{
	struct crowd_guest *waits = &crowd_guests[1];

	begin_without(waits);
	hushed = waits->vcpu;
	storm(); /* latched */
	while (cores_interrupt(0))
		continue;
	storm(); /* left */
	storm_sgi = 1;
	assert_false(cores_interrupt(0));
	hushed->vgic.latched = 0;
	hushed->vgic.open |= 1u << 2;
	cores_do(0, hush_again);
	while (cores_interrupt(0))
		continue;
	assert_true(seen_state(hushed) != ACCOUNT_WAITS);
	crowd_finish();
}

/* One partition's vCPU has the core and is sent SGIs without end: what comes for another one, of a
 * higher number, isn't left behind that. */
TEST(test_storm_before_another_message)
{
	const struct vcpu *last;

	crowd_begin(7, &crowd_level);
	cores_on(1);
	send_to_all_of_one_class();
	cores_exchange();
	last = crowd_guests[5].vcpu;
	cores_turn_to(0, &last->context);
	crowd_handle(&crowd_guests[5]);
	crowd_handle(&crowd_guests[5]);
	cores_do(0, crowd_wait);
	cores_turn_to(0, &crowd_guests[1].vcpu->context);
	assert_ptr_equal(crowd_running(0), &crowd_guests[1]);
	assert_true(seen_state(last) == ACCOUNT_WAITS);
	storm_to = 1;
	storm_of_looks = false;
	cores_meanwhile = storm;
	cores_on(1);
	crowd_expect_sgi(&crowd_guests[5], 2);
	vgic_send_sgi(&partition_at(2)->vcpus[0], 2u << 24 | 2u, true);
	late = 0;
	(void)cores_interrupt(0);
	assert_true(seen_state(last) != ACCOUNT_WAITS);
	assert_in_range(late, 0, 10);
	cores_meanwhile = NULL;
	crowd_finish();
}
