/*
 * Several vCPUs, of several partitions, on each of two cores: interrupts of every kind come for
 * those that are resident and those that are saved, guests wait, take them and end them, at random.
 * At any time each interrupt is in one place, each vCPU finds its registers as it left them, what
 * runs is the most urgent, and in the end nothing was lost.
 */
#include "cores.h"

#include <fake/gic.h>
#include <frame/gic.h>
#include <frame/listreg.h>
#include <frame/mail.h>
#include <frame/move.h>
#include <frame/resident.h>
#include <frame/sched.h>
#include <frame/vgic_deliver.h>
#include <kumiki/hypercall.h>
#include <machine/activation.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PARTITIONS 3u
#define VCPUS      6u
#define SGIS       4u
#define TIMER_PPI  27u
#define FRAME      0x20000u
#define SGI_FRAME  0x10000u
#define ON         0xc4000003u

/* The first partition is the most urgent; the others are equals. */
static const struct cores_plan placed = {
    .cores = 2,
    .partitions = PARTITIONS,
    .vcpus = {1, 3, 2},
    .placed = true,
    .place = {{0}, {0, 1, 0}, {1, 0}},
    .priority = {200, 100, 100},
};
/* The same on three cores, on which some may run everywhere, one on two of them, one where it is.
 */
static const struct cores_plan roaming = {
    .cores = 3,
    .partitions = PARTITIONS,
    .vcpus = {1, 3, 2},
    .placed = true,
    .place = {{0}, {0, 1, 0}, {1, 0}},
    .roam = {{6}, {7, 5, 7}, {7, 0}},
    .priority = {200, 100, 100},
};
/* All are of one class, so nothing that comes is held back from any of them. */
static const struct cores_plan level = {
    .cores = 2,
    .partitions = PARTITIONS,
    .vcpus = {1, 3, 2},
    .placed = true,
    .place = {{0}, {0, 1, 0}, {1, 0}},
    .priority = {101, 100, 100},
    .looks = true,
};
static struct cores_plan plan;

/* A guest's program: what it knows of itself. */
static struct guest {
	struct vcpu *vcpu;
	bool ready; /* it has set up its interrupts */
	uint64_t mark, compare;
	bool armed;
	uint32_t sgis; /* sent to it and not taken since */
	uint32_t sent[SGIS];
	uint32_t active; /* what it is handling: 0: nothing */
	uint32_t taken;
} guests[VCPUS];
/* Of an SPI: an edge that nobody has taken since; how many may be taken, as one may have come while
 * another was on its way. */
static bool spi_owed[PARTITIONS][2];
static uint32_t spi_edges[PARTITIONS][2];
static uint64_t now;
static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static struct guest *guest_of(const struct vcpu *vcpu)
{
	return &guests[vcpu->context.trace_id];
}

/* What this core runs; NULL: a service, or nothing. */
static struct guest *running(uint32_t number)
{
	cores_on(number);
	if (cores_sleeps(number) || core.current->kind != CONTEXT_VCPU)
		return NULL;
	return guest_of(vcpu_of(core.current));
}

/* ---- what a guest does ---- */

static struct {
	bool redistributor, done;
	uint32_t offset;
	uint64_t value;
	uint32_t size;
} access_now;

static void access_once(void)
{
	struct vcpu *vcpu = vcpu_of(core.current);

	if (access_now.redistributor)
		access_now.done =
		    vgic_redist_write(vcpu, access_now.offset, access_now.size, access_now.value);
	else
		access_now.done =
		    vgic_dist_write(vcpu, access_now.offset, access_now.size, access_now.value);
}

/* True: done; false: it lost its core meanwhile, or others didn't answer yet. */
static bool store(uint32_t number, bool redistributor, uint32_t offset, uint64_t value)
{
	access_now.redistributor = redistributor;
	access_now.offset = offset;
	access_now.value = value;
	access_now.size = !redistributor && offset >= 0x6000 ? 8 : 4;
	access_now.done = false;
	cores_do(number, access_once);
	return access_now.done;
}

static void handle(struct guest *guest);
static void wait_now(void);

/* Who has the core meanwhile does what there is to do, and waits. */
static void give_way(uint32_t number, const struct guest *to)
{
	struct guest *other;

	while (cores_interrupt(number)) /* before its next instruction */
		continue;
	other = running(number);
	if (other == NULL || other == to || !other->ready)
		return;
	handle(other);
	if (other->active == 0)
		cores_do(number, wait_now);
}

static void store_at_last(struct guest *guest, bool redistributor, uint32_t offset, uint64_t value)
{
	uint32_t times = 0;

	fake_activation.pc += 4;
	while (running(guest->vcpu->core) != guest ||
	       !store(guest->vcpu->core, redistributor, offset, value)) {
		fake_time(now += 10000); /* it may have to wait for its turn elsewhere */
		for (uint32_t i = 0; i < plan.cores; i++)
			give_way(i, guest);
		assert_in_range(++times, 1, 1000);
	}
}

static void wait_now(void)
{
	struct vcpu *vcpu = vcpu_of(core.current);

	if (!vgic_cpu_pending(vcpu))
		resident_wait(vcpu);
}

static uint32_t sgi;
static uint32_t sgi_to;

static void send_now(void)
{
	vgic_send_sgi(vcpu_of(core.current), sgi << 24 | 1u << sgi_to, true);
}

static void send(struct guest *from)
{
	const struct partition *partition = from->vcpu->partition;

	sgi = random_below(SGIS);
	sgi_to = random_below(partition->vcpu_count);
	guest_of(&partition->vcpus[sgi_to])->sgis |= 1u << sgi;
	guest_of(&partition->vcpus[sgi_to])->sent[sgi]++;
	cores_do(from->vcpu->core, send_now);
}

static void account(struct guest *guest, uint32_t intid)
{
	uint32_t index = guest->vcpu->partition->index;

	guest->taken++;
	guest->active = intid;
	if (intid < SGIS) {
		assert_true(guest->sent[intid]-- > 0);
		guest->sgis &= ~(1u << intid);
	} else if (intid == TIMER_PPI) {
		assert_true(guest->armed && guest->compare <= now);
		guest->armed = false;
		sysreg_write(cntv_ctl_el0, 0);
	} else {
		assert_in_range(intid, CORES_SPI(index), CORES_SPI(index) + 1);
		assert_true(spi_edges[index][intid - CORES_SPI(index)]-- > 0);
		spi_owed[index][intid - CORES_SPI(index)] = false;
	}
}

/* Below EL2: nothing of the frame sees it. */
static void handle(struct guest *guest)
{
	uint32_t intid;

	if (guest->active != 0) {
		fake_guest_end(guest->active - 1);
		guest->active = 0;
		return;
	}
	intid = fake_guest_acknowledge();
	if (intid == FAKE_GIC_SPURIOUS)
		return;
	account(guest, intid);
	guest->active = intid + 1;
}

static void arm(struct guest *guest)
{
	if (guest->armed)
		return;
	guest->armed = true;
	guest->compare = now + random_below(200);
	sysreg_write(cntv_cval_el0, guest->compare);
	sysreg_write(cntv_ctl_el0, 1);
}

/* Its registers are as it left them. */
static void check_registers(struct guest *guest)
{
	assert_ptr_equal(core.vcpu, guest->vcpu);
	assert_ptr_equal(core.el1, guest->vcpu);
	assert_int_equal(fake_sysregs->el1, guest->mark);
	assert_int_equal(fake_sysregs->floating, ~guest->mark);
	assert_int_equal(sysreg_read(cntv_ctl_el0), guest->armed);
	if (guest->armed)
		assert_int_equal(sysreg_read(cntv_cval_el0), guest->compare);
	guest->mark = (uint64_t)(guest - guests) << 32 | random_below(1u << 24);
	fake_sysregs->el1 = guest->mark;
	fake_sysregs->floating = ~guest->mark;
}

/* ---- the beginning ---- */

static void set_up_shared(struct guest *guest)
{
	uint32_t first = CORES_SPI(guest->vcpu->partition->index);
	uint32_t bits = 3u << (first - 32);

	store_at_last(guest, false, 0, VGIC_ENABLE_1);
	store_at_last(guest, false, 0x84, bits);
	store_at_last(guest, false, 0xc00 + first / 16 * 4, 0xaaaaaaaa);
	for (uint32_t i = 0; i < 2; i++)
		store_at_last(guest, false, 0x6000 + 8 * (first + i),
		              random_below(guest->vcpu->partition->vcpu_count));
	store_at_last(guest, false, 0x104, bits);
}

static void set_up(struct guest *guest)
{
	uint32_t frame = guest->vcpu->index * FRAME + SGI_FRAME;

	guest->ready = true;
	fake_sysregs->el1 = guest->mark;
	fake_sysregs->floating = ~guest->mark;
	if (guest->vcpu->index == 0) {
		set_up_shared(guest);
		for (uint32_t i = 1; i < guest->vcpu->partition->vcpu_count; i++)
			cores_call(guest->vcpu->core, ON, i, CORES_ENTRY, 0);
	}
	store_at_last(guest, true, frame + 0x80, ~0u);
	store_at_last(guest, true, frame + 0x100, 1u << TIMER_PPI | ((1u << SGIS) - 1));
}

static bool all_ready(void)
{
	for (uint32_t i = 0; i < VCPUS; i++)
		if (!guests[i].ready)
			return false;
	return true;
}

static bool loads(uint32_t number)
{
	cores_on(number);
	return !cores_sleeps(number) && core.current->kind == CONTEXT_LOADER;
}

static void begin(uint32_t seed, const struct cores_plan *of)
{
	uint32_t times = 0;

	plan = *of;
	random_state = seed;
	now = 1000;
	memset(guests, 0, sizeof(guests));
	memset(spi_owed, 0, sizeof(spi_owed));
	memset(spi_edges, 0, sizeof(spi_edges));
	cores_begin(&plan);
	fake_time(now);
	for (uint32_t p = 0; p < PARTITIONS; p++)
		for (uint32_t i = 0; i < plan.vcpus[p]; i++)
			guest_of(&partition_at(p)->vcpus[i])->vcpu = &partition_at(p)->vcpus[i];
	cores_load_all();
	while (!all_ready()) {
		for (uint32_t i = 0; i < plan.cores; i++) {
			struct guest *guest = running(i);

			if (loads(i))
				cores_load(i);
			else if (guest != NULL && !guest->ready)
				set_up(guest);
			else if (guest != NULL)
				cores_do(i, wait_now);
			(void)cores_interrupt(i);
		}
		assert_in_range(++times, 1, 1000);
	}
	cores_exchange();
}

/* ---- what must be so ---- */

static uint64_t list_register(const struct vcpu *vcpu, uint32_t index)
{
	cores_on(vcpu->core);
	if (core.vcpu == vcpu)
		return fake_gic_list_register(vcpu->core, index);
	return (vcpu->saved.gic.used >> index & 1) != 0 ? vcpu->saved.gic.lr[index] : 0;
}

static uint32_t places_at(const struct vcpu *vcpu, uint32_t intid)
{
	uint32_t places = vcpu->vgic.waiting.all[intid / 32] >> intid % 32 & 1;

	places += vcpu->vgic.evicted.all[intid / 32] >> intid % 32 & 1;
	for (uint32_t i = 0; i < 4; i++) {
		uint64_t lr = list_register(vcpu, i);

		places += (lr & LR_STATE) != 0 && LR_INTID(lr) == intid;
	}
	return places;
}

/* Physically active for exactly as long as one vCPU holds it. */
static void check_places(void)
{
	for (uint32_t p = 0; p < PARTITIONS; p++)
		for (uint32_t intid = CORES_SPI(p); intid <= CORES_SPI(p) + 1; intid++) {
			uint32_t places =
			    partition_at(p)->vgic.arrived[intid / 32] >> intid % 32 & 1;

			for (uint32_t i = 0; i < plan.vcpus[p]; i++)
				places += places_at(&partition_at(p)->vcpus[i], intid);
			assert_int_equal(places, fake_gic_active(intid));
		}
}

/* Each is on one core, which knows of it, or on its way to it. */
static void check_cores(void)
{
	uint32_t found[VCPUS] = {0};

	for (uint32_t i = 0; i < plan.cores; i++) {
		cores_on(i);
		for (const struct vcpu *vcpu = core.vcpus; vcpu != NULL; vcpu = vcpu->next_here) {
			assert_int_equal(vcpu->core, i);
			assert_true(vcpu_is_here(vcpu));
			found[vcpu->context.trace_id]++;
		}
	}
	for (uint32_t i = 0; i < VCPUS; i++) {
		const struct vcpu *vcpu = guests[i].vcpu;
		uint32_t p = vcpu->partition->index;

		assert_int_equal(found[i], vcpu->comes == 0);
		assert_true((plan.roam[p][vcpu->index] | 1u << plan.place[p][vcpu->index]) >>
		                vcpu->core &
		            1);
	}
}

static void check(void)
{
	const char *breach = cores_breach();

	if (breach != NULL)
		fail_msg("%s", breach);
	check_cores();
	check_places();
	for (uint32_t i = 0; i < plan.cores; i++) {
		struct guest *guest = running(i);

		if (guest != NULL)
			check_registers(guest);
	}
}

/* ---- what is for somebody less urgent than what runs doesn't come ---- */

static uint32_t class_of(uint32_t partition)
{
	return plan.priority[partition] / 32u;
}

/* Messages for those who are less urgent than class, of all that wait at this core. */
static uint64_t waiting_below(uint32_t number, uint32_t class)
{
	uint64_t below = 0;

	for (uint32_t i = 0; i < VCPUS; i++)
		if (class_of(guests[i].vcpu->partition->index) < class)
			below |= 1ULL << i;
	return shared_memory->box[number].word[MAIL_VCPU] & below;
}

static bool interrupt(uint32_t number)
{
	const struct guest *runs = running(number);
	uint32_t class = runs != NULL ? class_of(runs->vcpu->partition->index) : 0;
	uint64_t below = waiting_below(number, class);
	bool took = cores_interrupt(number);

	assert_int_equal(below & ~shared_memory->box[number].word[MAIL_VCPU], 0);
	for (uint32_t p = 0; p < PARTITIONS; p++)
		if (cores_taken == CORES_SPI(p) || cores_taken == CORES_SPI(p) + 1)
			assert_true(class_of(p) >= class);
	return took;
}

/* ---- at random ---- */

static void pulse(void)
{
	uint32_t p = random_below(PARTITIONS), i = random_below(2);

	spi_owed[p][i] = true;
	spi_edges[p][i]++;
	fake_gic_pulse(CORES_SPI(p) + i);
}

static void route(struct guest *guest)
{
	uint32_t intid = CORES_SPI(guest->vcpu->partition->index) + random_below(2);

	store_at_last(guest, false, 0x6000 + 8 * intid,
	              random_below(guest->vcpu->partition->vcpu_count));
}

static void guest_step(struct guest *guest)
{
	uint32_t number = guest->vcpu->core;

	switch (random_below(16)) {
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
			cores_do(number, wait_now);
		break;
	case 7:
		if (random_below(4) == 0)
			route(guest);
		break;
	default:
		handle(guest);
		break;
	}
}

/* By an operator, who may ask for anything. */
static void ask_to_move(void)
{
	uint32_t p = random_below(PARTITIONS + 1), index = random_below(4);
	uint32_t to = random_below(plan.cores + 1);
	bool known = p < PARTITIONS && index < plan.vcpus[p] && to < plan.cores;
	int64_t answer;

	cores_on(random_below(plan.cores));
	answer = move_ask(p, index, to);
	if (!known)
		assert_int_equal(answer, KUMIKI_INVALID_PARAMETERS);
	else if (((plan.roam[p][index] | 1u << plan.place[p][index]) >> to & 1) == 0)
		assert_int_equal(answer, KUMIKI_DENIED);
	else
		assert_int_equal(answer, 0);
}

/* The timer's line rose for a moment, with the registers of one and the other half exchanged, or
 * fell too late: account() would see an interrupt that nobody's timer asked for. */
static void glitch(uint32_t number)
{
	cores_on(number);
	gic_set_pending(gic_private(), 1u << TIMER_PPI);
}

static void step(void)
{
	uint32_t number = random_below(plan.cores);
	struct guest *guest;

	if (random_below(8) == 0)
		ask_to_move();
	if (random_below(8) == 0)
		pulse();
	if (random_below(16) == 0)
		glitch(number);
	if (random_below(4) == 0) {
		now += random_below(64) == 0 ? 300000 : random_below(2000);
		fake_time(now);
	}
	if (random_below(2) == 0)
		(void)interrupt(number);
	guest = running(number);
	if (guest != NULL)
		guest_step(guest);
}

static bool owes(void)
{
	for (uint32_t p = 0; p < PARTITIONS; p++)
		if (spi_owed[p][0] || spi_owed[p][1])
			return true;
	for (uint32_t i = 0; i < VCPUS; i++)
		if (guests[i].sgis != 0 || guests[i].armed || guests[i].active != 0)
			return true;
	return false;
}

/* Everybody takes what there is and waits: then all has arrived, and every core sleeps. */
static void finish(void)
{
	for (uint32_t round = 0; round < 3000; round++) {
		now += 1000;
		fake_time(now);
		for (uint32_t i = 0; i < plan.cores; i++) {
			struct guest *guest;

			while (interrupt(i)) /* before its next instruction */
				continue;
			guest = running(i);
			if (guest == NULL)
				continue;
			handle(guest);
			if (guest->active == 0)
				cores_do(i, wait_now);
		}
		check();
	}
	assert_false(owes());
	for (uint32_t i = 0; i < plan.cores; i++)
		assert_true(cores_sleeps(i));
}

static uint32_t moves;

static void run(const struct cores_plan *of)
{
	uint32_t taken = 0;

	for (uint32_t seed = 1; seed <= 30; seed++) {
		begin(seed, of);
		for (uint32_t i = 0; i < 3000; i++) {
			step();
			check();
		}
		finish();
		for (uint32_t i = 0; i < VCPUS; i++) {
			taken += guests[i].taken;
			moves += shared_memory->accounts.vcpu[i].moves;
		}
	}
	assert_true(taken > 30 * 300);
}

static void test_random(void **state)
{
	(void)state;
	run(&placed);
	assert_int_equal(moves, 0);
}

static void test_random_of_one_class(void **state)
{
	(void)state;
	run(&level);
	assert_int_equal(moves, 0);
}

static void test_random_with_moves(void **state)
{
	(void)state;
	run(&roaming);
	assert_in_range(moves, 30 * 40, ~0u);
}

static void send_to_middle(void)
{
	vgic_send_sgi(vcpu_of(core.current), 1u << 24 | 1u, true);
}

/* The most urgent one spins: of what comes for the others it notices nothing, and they have it when
 * it waits. */
static void test_storm(void **state)
{
	struct guest *urgent = &guests[0];
	struct fake_cpu_counts before;

	(void)state;
	begin(7, &placed);
	for (uint32_t i = 0; i < plan.cores; i++)
		while (cores_interrupt(i))
			continue;
	spi_owed[0][0] = true;
	spi_edges[0][0]++;
	fake_gic_pulse(CORES_SPI(0));
	assert_true(cores_interrupt(0));
	assert_ptr_equal(running(0), urgent);
	before = fake_cpu_counts(0);
	for (uint32_t i = 0; i < 1000; i++) {
		spi_owed[1][i % 2] = spi_owed[2][i % 2] = true;
		spi_edges[1][i % 2]++;
		spi_edges[2][i % 2]++;
		fake_gic_pulse(CORES_SPI(1) + i % 2);
		fake_gic_pulse(CORES_SPI(2) + i % 2);
		while (interrupt(1))
			continue;
		if (running(1) != NULL && running(1)->vcpu->partition->index == 1) {
			guests[1].sgis |= 2;
			guests[1].sent[1]++;
			cores_do(1, send_to_middle);
		}
		assert_false(interrupt(0));
		assert_ptr_equal(running(0), urgent);
	}
	assert_int_equal(fake_cpu_counts(0).switches, before.switches);
	assert_true(waiting_below(0, 7) != 0 || guests[1].sent[1] == 0);
	finish();
	assert_true(guests[1].taken + guests[2].taken + guests[3].taken != 0);
}

/* ---- a storm from another core, at an equal ---- */

#define STORM_ENDS 6000000u /* ticks: 24 turns */
#define STORM_STEP 100u     /* from SGI to SGI: less than it takes to be interrupted by one */
#define A_WHILE    2000u

static uint32_t storm_to;   /* vCPUs of the second partition, a bit each */
static bool storm_of_looks; /* at their wired interrupts, instead of SGIs */
static uint32_t late;       /* looks at which the last vCPU still waited */

static void storm(void)
{
	struct vcpu *from = &partition_at(1)->vcpus[1];

	fake_time(now += STORM_STEP);
	assert_in_range(now, 0, 2 * STORM_ENDS);
	late += guests[5].vcpu->waits;
	cores_on(1);
	for (uint32_t i = 0; i < plan.vcpus[1]; i++) {
		if ((storm_to >> i & 1) == 0)
			continue;
		if (storm_of_looks) {
			vgic_ask(from, &from->partition->vcpus[i], VGIC_ASK_EVALUATE);
			continue;
		}
		guests[1 + i].sgis |= 2;
		guests[1 + i].sent[1]++;
		vgic_send_sgi(from, 1u << 24 | 1u << i, true);
	}
}

/* They work all the time; how long each did, beside what the storm took. */
static void work_on_first_core(uint64_t worked[VCPUS])
{
	while (now < STORM_ENDS) {
		struct guest *guest;

		if (cores_interrupt(0))
			continue;
		guest = running(0);
		assert_non_null(guest);
		handle(guest);
		worked[guest - guests] += A_WHILE;
		fake_time(now += A_WHILE);
	}
}

static void send_to_all_of_one_class(void)
{
	/* Each core runs somebody, who waits no more. */
	for (uint32_t i = 1; i < VCPUS; i++) {
		guests[i].sgis |= 1;
		guests[i].sent[0]++;
	}
	for (uint32_t p = 1; p < PARTITIONS; p++)
		vgic_send_sgi(&partition_at(p)->vcpus[0], (1u << plan.vcpus[p]) - 1, true);
}

/* One partition has its vCPUs on the first core interrupted as fast as it can: who has turns beside
 * them there works as long as it would anyway. */
static void test_storm_at_an_equal(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		uint64_t worked[VCPUS] = {0}, began;

		begin(7, &level);
		cores_on(1);
		send_to_all_of_one_class();
		cores_exchange();
		began = now;
		storm_to = (const uint32_t[]){1, 4, 5}[i / 2];
		storm_of_looks = i % 2 != 0;
		cores_meanwhile = storm;
		work_on_first_core(worked);
		cores_meanwhile = NULL;
		assert_in_range(worked[5], (STORM_ENDS - began) / 3 / 100 * 80, STORM_ENDS);
		finish();
	}
}

/* One partition's vCPU has the core and is sent SGIs without end: what comes for another one, of a
 * higher number, isn't left behind that. */
static void test_storm_before_another_message(void **state)
{
	const struct vcpu *last;

	(void)state;
	begin(7, &level);
	cores_on(1);
	send_to_all_of_one_class();
	cores_exchange();
	last = guests[5].vcpu;
	cores_turn_to(0, &last->context);
	handle(&guests[5]);
	handle(&guests[5]);
	cores_do(0, wait_now);
	cores_turn_to(0, &guests[1].vcpu->context);
	assert_ptr_equal(running(0), &guests[1]);
	assert_true(last->waits);
	storm_to = 1;
	storm_of_looks = false;
	cores_meanwhile = storm;
	cores_on(1);
	guests[5].sgis |= 4;
	guests[5].sent[2]++;
	vgic_send_sgi(&partition_at(2)->vcpus[0], 2u << 24 | 2u, true);
	late = 0;
	(void)cores_interrupt(0);
	assert_false(last->waits);
	assert_in_range(late, 0, 10);
	cores_meanwhile = NULL;
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_storm),
	    cmocka_unit_test(test_storm_at_an_equal),
	    cmocka_unit_test(test_storm_before_another_message),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_random_of_one_class),
	    cmocka_unit_test(test_random_with_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
