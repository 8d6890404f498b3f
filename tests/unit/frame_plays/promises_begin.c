/*
 * How a machine of promises.h begins: each guest enables its timer's interrupt. A partition's first
 * guest first opens the distributor, and then turns the others on. In the end all wait.
 */
#include "promises_parts.h"

#include <machine/activation.h>
#include <state/core.h>
#include <state/partition.h>
#include <stdlib.h>
#include <unit.h>
#include <vgic/vgic.h>

#define TIMER_PPI 27u
#define FRAME     0x20000u
#define SGI_FRAME 0x10000u
#define ON        0xc4000003u
#define STORES    3u /* the first steps of a set-up */

static bool store_done;

/* Plays the next store of a guest's set-up. */
static void store_now(void)
{
	struct vcpu *vcpu = vcpu_of(core.current);
	uint32_t frame = vcpu->index * FRAME + SGI_FRAME;

	switch (promises_guest[core.current->trace_id].steps) {
	case 0:
		store_done = vgic_own_write(vcpu, frame + 0x80, 4, ~0u);
		break;
	case 1:
		store_done = vgic_own_write(vcpu, frame + 0x100, 4, 1u << TIMER_PPI);
		break;
	default:
		store_done = vgic_dist_write(vcpu, 0, 4, VGIC_ENABLE_1);
		break;
	}
}

/* How many steps a set-up has. The first vCPU opens the distributor, and turns the others on. */
static uint32_t steps_of(const struct promises_guest *guest)
{
	return guest->vcpu->index == 0 ? STORES + guest->vcpu->partition->vcpu_count - 1
	                               : STORES - 1;
}

/* Plays a step, or tries to: a store that isn't done is executed again, as the same instruction. */
static void set_up(struct promises_guest *guest)
{
	uint32_t number = guest->vcpu->core;

	fake_activation.pc = 4 * guest->steps;
	if (guest->steps < STORES) {
		cores_do(number, store_now);
		guest->steps += store_done;
	} else {
		cores_call(number, ON, ++guest->steps - STORES, CORES_ENTRY, 0);
	}
}

static bool is_ready(const struct promises_guest *guest)
{
	return guest->steps == steps_of(guest);
}

static bool loads(uint32_t number)
{
	cores_on(number);
	return !cores_sleeps(number) && core.current->kind == CONTEXT_LOADER;
}

/* Guests that have finished their set-up wait, so that the others can finish, too. */
static void go_on(uint32_t number)
{
	struct promises_guest *guest = promises_running(number);

	if (loads(number)) {
		cores_load(number);
	} else if (guest != NULL && !is_ready(guest)) {
		set_up(guest);
	} else if (guest != NULL) {
		promises_sleep(guest);
		cores_do(number, promises_wait);
	}
	(void)cores_interrupt(number);
}

static bool all_ready(void)
{
	for (uint32_t i = 0; i < promises_vcpus; i++)
		if (!is_ready(&promises_guest[i]))
			return false;
	return true;
}

static void begin_guests(void)
{
	promises_vcpus = 0;
	for (uint32_t p = 0; p < promises_plan.partitions; p++)
		for (uint32_t i = 0; i < promises_plan.vcpus[p]; i++) {
			const uint32_t id = promises_vcpus++;

			promises_guest[id] = (struct promises_guest){
			    .vcpu = &partition_at(p)->vcpus[i],
			    .config = (const struct bundle_vcpu *)(LAYOUT_BUNDLE + 0x3000) + id,
			    .priority = promises_plan.priority[p],
			    .deadline = PROMISES_NEVER,
			};
		}
}

/* Begins the guests' work, once each guest's kind is known. */
static void begin_work(void)
{
	for (uint32_t i = 0; i < promises_vcpus; i++)
		promises_guest[i].work = promises_work(&promises_guest[i]);
}

void promises_begin(uint32_t seed, void (*plan)(void), void (*describe)(void))
{
	uint32_t times = 0;

	promises_reset(seed);
	plan();
	cores_begin(&promises_plan);
	begin_guests();
	if (describe != NULL)
		describe();
	begin_work();
	cores_load_all();
	while (!all_ready()) {
		for (uint32_t i = 0; i < promises_plan.cores; i++)
			go_on(i);
		if (promises_plan.console)
			(void)promises_serve();
		assert_in_range(++times, 1, 1000);
	}
	do
		cores_exchange();
	while (promises_plan.console && promises_serve());
	promises_heard = 0;
	for (uint32_t i = 0; i < promises_vcpus; i++) {
		struct promises_guest *guest = &promises_guest[i];

		guest->waits = guest->vcpu->run.waits;
		guest->wants = guest->waits ? PROMISES_NEVER : 0;
		guest->moves = guest->vcpu->run.account->moves;
	}
}
