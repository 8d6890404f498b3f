/*
 * A crowd of guests at random: interrupts of every kind come for those that are resident and those
 * that are saved, guests wait, take them and end them, and some are moved: the trace says from
 * where to where, when they leave and when they have come.
 */
#include "crowd.h"
#include "seeds.h"

#include <fake/gic.h>
#include <kumiki/hypercall.h>
#include <run/move.h>
#include <state/core.h>
#include <state/partition.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>

#define SEEDS 10u
#define STEPS 3000u

/* The first partition is the most urgent; three cores, on which some may run everywhere, one on two
 * of them, one where it is.
 */
static const struct cores_plan roaming = {
    .cores = 3,
    .partitions = CROWD_PARTITIONS,
    .vcpus = {1, 3, 2},
    .placed = true,
    .place = {{0}, {0, 1, 0}, {1, 0}},
    .roam = {{6}, {7, 5, 7}, {7, 0}},
    .priority = {200, 100, 100},
};
/* The same on cores that differ. */
static struct cores_plan roaming_unlike;
static uint32_t sgi;
static uint32_t sgi_to;

static void send_now(void)
{
	vgic_send_sgi(vcpu_of(core.current), sgi << 24 | 1u << sgi_to, true);
}

static void send(struct crowd_guest *from)
{
	const struct partition *partition = from->vcpu->partition;

	sgi = crowd_random(CROWD_SGIS);
	sgi_to = crowd_random(partition->vcpu_count);
	crowd_expect_sgi(crowd_guest(&partition->vcpus[sgi_to]), sgi);
	cores_do(from->vcpu->core, send_now);
}

static void arm(struct crowd_guest *guest)
{
	if (guest->armed)
		return;
	guest->armed = true;
	guest->compare = crowd_now + crowd_random(200);
	sysreg_write(cntv_cval_el0, guest->compare);
	sysreg_write(cntv_ctl_el0, 1);
}

/* ---- at random ---- */

static void route(struct crowd_guest *guest)
{
	uint32_t intid = CORES_SPI(guest->vcpu->partition->index) + crowd_random(2);

	crowd_store(guest, false, 0x6000 + 8 * intid,
	            crowd_random(guest->vcpu->partition->vcpu_count));
}

static void guest_step(struct crowd_guest *guest)
{
	uint32_t number = guest->vcpu->core;

	switch (crowd_random(16)) {
	case 0:
	case 1:
		send(guest);
		break;
	case 2:
	case 3:
		arm(guest);
		break;
	case 4:
	case 5:
	case 6:
		if (guest->active == 0)
			cores_do(number, crowd_wait);
		break;
	case 7:
		if (crowd_random(4) == 0)
			route(guest);
		break;
	default:
		crowd_handle(guest);
		break;
	}
}

/* By an operator, who may ask for anything. */
static void ask_to_move(void)
{
	uint32_t p = crowd_random(CROWD_PARTITIONS + 1), index = crowd_random(4);
	uint32_t to = crowd_random(crowd_plan.cores + 1);
	bool known = p < CROWD_PARTITIONS && index < crowd_plan.vcpus[p] && to < crowd_plan.cores;
	int64_t answer;

	cores_on(crowd_random(crowd_plan.cores));
	answer = move_ask(p, index, to);
	if (!known)
		assert_int_equal(answer, KUMIKI_INVALID_PARAMETERS);
	else if (((crowd_plan.roam[p][index] | 1u << crowd_plan.place[p][index]) >> to & 1) == 0)
		assert_int_equal(answer, KUMIKI_DENIED);
	else
		assert_int_equal(answer, 0);
}

/* The timer's line rose for a moment, with the registers of one and the other half exchanged, or
 * fell too late: account() would see an interrupt that nobody's timer asked for. */
static void glitch(uint32_t number)
{
	cores_on(number);
	gic_set_pending(gic_private(), 1u << CROWD_TIMER_PPI);
}

static void pulse(void)
{
	uint32_t partition = crowd_random(CROWD_PARTITIONS);

	crowd_pulse(partition, crowd_random(2));
}

/* ---- what the trace says of it ---- */

/* Of each vCPU, from where to where it is under way; 0: it is on its core. The rings are one here.
 */
static uint64_t under_way[CROWD_VCPUS], told;

static void judge_move(uint32_t id, uint64_t from_to)
{
	assert_int_not_equal(from_to >> 32, (uint32_t)from_to);
	if (under_way[id] != 0)
		assert_int_equal(from_to, under_way[id]);
	under_way[id] = under_way[id] != 0 ? 0 : from_to;
}

static void judge_trace(void)
{
	for (; told != core_ring->next; told++) {
		const struct trace_event *event = &core_ring->events[told % TRACE_RING_EVENTS];

		if (TRACE_TYPE(event) == TRACE_MOVE)
			judge_move(TRACE_VCPU(event), event->data);
	}
}

static void step(void)
{
	uint32_t number = crowd_random(crowd_plan.cores);
	struct crowd_guest *guest;

	if (crowd_random(8) == 0)
		ask_to_move();
	if (crowd_random(8) == 0)
		pulse();
	if (crowd_random(16) == 0)
		glitch(number);
	if (crowd_random(4) == 0) {
		crowd_now += crowd_random(64) == 0 ? 300000 : crowd_random(2000);
		fake_time(crowd_now);
	}
	if (crowd_random(2) == 0)
		(void)crowd_interrupt(number);
	guest = crowd_running(number);
	if (guest != NULL)
		guest_step(guest);
}

static void run(const struct cores_plan *of)
{
	const struct seeds seeds = seeds_asked(SEEDS);
	uint32_t taken = 0, moves = 0;

	for (seeds_now = seeds.first; seeds_now != seeds.end; seeds_now++) {
		crowd_begin(seeds_now, of);
		told = core_ring->next;
		memset(under_way, 0, sizeof(under_way));
		for (uint32_t i = 0; i < STEPS; i++) {
			step();
			crowd_check();
			judge_trace();
		}
		crowd_finish();
		for (uint32_t i = 0; i < CROWD_VCPUS; i++) {
			taken += crowd_guests[i].taken;
			moves += shared_memory->accounts.vcpu[i].moves;
		}
	}
	assert_true(taken > (seeds.end - seeds.first) * 300);
	if (of == &roaming || of == &roaming_unlike)
		assert_true(moves > (seeds.end - seeds.first) * 40);
	else
		assert_int_equal(moves, 0);
	seeds_now = 0;
}

const struct unit_fixture unit_each = {NULL, seeds_tell};

/* Shows: time.registers, realtime.nothing-lost. */
TEST(test_random)
{
	run(&crowd_placed);
}

/* Shows: realtime.nothing-lost. */
TEST(test_random_of_one_class)
{
	run(&crowd_level);
}

/* Shows: moves.keeps. */
TEST(test_random_with_moves)
{
	run(&roaming);
}

TEST(test_random_on_unlike_cores)
{
	roaming_unlike = roaming;
	memcpy(roaming_unlike.speed, (uint16_t[]){512, 1024, 100}, 3 * sizeof(uint16_t));
	run(&roaming_unlike);
}
