/*
 * A vCPU loses its core while it has fewer interrupts in its list registers than find room there,
 * and others wait: as it comes back, the first of these goes in with the switch, and the next with
 * a message, so that the switch isn't as long as there are.
 */
#include "cores.h"
#include "seen.h"

#include <fake/gic.h>
#include <run/resident.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>

#define SGIS 3u /* as many as there are list registers */

/* Both on the first core, and the second one a guest that looks on. */
static const struct cores_plan two = {
    .cores = 1,
    .partitions = 2,
    .vcpus = {1, 1},
    .placed = true,
    .place = {{0}, {0}},
    .priority = {200, 100},
    .list_registers = SGIS,
};

static struct vcpu *urgent, *victim;

static void wait_now(void)
{
	resident_wait(vcpu_of(core.current));
}

static void wake_victim(void)
{
	resident_wake(victim);
}

static void take_all(void)
{
	while (cores_interrupt(0))
		continue;
}

/* Each has set itself up and waits; then the less urgent one runs. */
static void begin(void)
{
	cores_begin(&two);
	urgent = &partition_at(0)->vcpus[0];
	victim = &partition_at(1)->vcpus[0];
	for (uint32_t i = 0; i < 20 && !(urgent->run.waits && victim->run.waits); i++) {
		cores_settle();
		cores_on(0);
		if (cores_sleeps(0))
			continue;
		if (core.current->kind == CONTEXT_LOADER)
			cores_load(0);
		else
			cores_do(0, wait_now);
	}
	assert_true(seen_state(urgent) == ACCOUNT_WAITS && seen_state(victim) == ACCOUNT_WAITS);
	cores_do(0, wake_victim);
	take_all();
}

static void send_sgis(void)
{
	for (uint32_t sgi = 0; sgi < SGIS; sgi++) {
		vgic_send_sgi(victim, (uint64_t)sgi << 24 | 1u, false);
		take_all();
	}
}

static uint32_t waiting(void)
{
	return (uint32_t)__builtin_popcount(victim->vgic.waiting.all[CORES_SPI(1) / 32]);
}

static void fill(void)
{
	begin();
	assert_ptr_equal(seen_running(), &victim->context);
	cores_open_interrupts(0);
	take_all();
	victim->vgic.open |= (1u << SGIS) - 1;
	send_sgis();
	for (uint32_t i = 0; i < 2; i++) {
		fake_gic_pulse(CORES_SPI(1) + i);
		take_all();
	}
	assert_int_equal(waiting(), 2);
}

/* The guest, without a trap; its core is taken before anybody can look. */
static void end_two(void)
{
	for (uint32_t i = 0; i < 2; i++)
		fake_guest_end(fake_guest_acknowledge());
	resident_wake(urgent);
}

TEST(test_one_goes_in_with_the_switch)
{
	fill();
	cores_do(0, end_two);
	assert_ptr_equal(seen_running(), &urgent->context);
	assert_int_equal(waiting(), 2);
	cores_do(0, wait_now);
	assert_ptr_equal(seen_running(), &victim->context);
	assert_int_equal(waiting(), 1);
	take_all();
	assert_int_equal(waiting(), 0);
	for (uint32_t i = 0; i < SGIS; i++)
		fake_guest_end(fake_guest_acknowledge());
	assert_int_equal(fake_guest_acknowledge(), FAKE_GIC_SPURIOUS);
}
