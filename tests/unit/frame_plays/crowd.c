/* See crowd.h: a machine full of guests that count their interrupts. */
#include "crowd.h"

#include <fake/gic.h>
#include <machine/activation.h>
#include <run/resident.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/vcpu.h>

#define FRAME     0x20000u
#define SGI_FRAME 0x10000u
#define ON        0xc4000003u

/* The first partition is the most urgent; the others are equals. */
const struct cores_plan crowd_placed = {
    .cores = 2,
    .partitions = CROWD_PARTITIONS,
    .vcpus = {1, 3, 2},
    .placed = true,
    .place = {{0}, {0, 1, 0}, {1, 0}},
    .priority = {200, 100, 100},
};
/* All are of one class, so nothing that comes is held back from any of them. */
const struct cores_plan crowd_level = {
    .cores = 2,
    .partitions = CROWD_PARTITIONS,
    .vcpus = {1, 3, 2},
    .placed = true,
    .place = {{0}, {0, 1, 0}, {1, 0}},
    .priority = {101, 100, 100},
    .looks = true,
};
struct cores_plan crowd_plan;

struct crowd_guest crowd_guests[CROWD_VCPUS];
/* For each SPI: whether an edge hasn't been taken yet; and how many edges may be taken, as one may
 * have come while another was on its way. */
static bool spi_owed[CROWD_PARTITIONS][2];
static uint32_t spi_edges[CROWD_PARTITIONS][2];
uint64_t crowd_now;
static uint32_t random_state;

uint32_t crowd_random(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

struct crowd_guest *crowd_guest(const struct vcpu *vcpu)
{
	return &crowd_guests[vcpu->context.trace_id];
}

/* The guest that this core runs; NULL: a service, or nothing. */
struct crowd_guest *crowd_running(uint32_t number)
{
	cores_on(number);
	if (cores_sleeps(number) || core.current->kind != CONTEXT_VCPU)
		return NULL;
	return crowd_guest(vcpu_of(core.current));
}

/* ---- a guest's actions ---- */

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
		    vgic_own_write(vcpu, access_now.offset, access_now.size, access_now.value);
	else
		access_now.done =
		    vgic_dist_write(vcpu, access_now.offset, access_now.size, access_now.value);
}

/* Plays a store. False: the guest lost its core meanwhile, or other cores haven't answered yet. */
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

/* Lets the guests that have the core meanwhile do all their work, and wait. */
static void give_way(uint32_t number, const struct crowd_guest *to)
{
	struct crowd_guest *other;

	while (cores_interrupt(number)) /* before the guest's next instruction */
		continue;
	other = crowd_running(number);
	if (other == NULL || other == to || !other->ready)
		return;
	crowd_handle(other);
	if (other->active == 0)
		cores_do(number, crowd_wait);
}

void crowd_store(struct crowd_guest *guest, bool redistributor, uint32_t offset, uint64_t value)
{
	uint32_t times = 0;

	fake_activation.pc += 4;
	while (crowd_running(guest->vcpu->core) != guest ||
	       !store(guest->vcpu->core, redistributor, offset, value)) {
		fake_time(crowd_now += 10000); /* it may have to wait for its turn elsewhere */
		for (uint32_t i = 0; i < crowd_plan.cores; i++)
			give_way(i, guest);
		assert_in_range(++times, 1, 1000);
	}
}

void crowd_wait(void)
{
	struct vcpu *vcpu = vcpu_of(core.current);

	if (!vgic_cpu_pending(vcpu))
		resident_wait(vcpu);
}

static void account(struct crowd_guest *guest, uint32_t intid)
{
	uint32_t index = guest->vcpu->partition->index;

	guest->taken++;
	guest->active = intid;
	if (intid < CROWD_SGIS) {
		assert_true(guest->sent[intid]-- > 0);
		guest->sgis &= ~(1u << intid);
	} else if (intid == CROWD_TIMER_PPI) {
		assert_true(guest->armed && guest->compare <= crowd_now);
		guest->armed = false;
		sysreg_write(cntv_ctl_el0, 0);
	} else {
		assert_in_range(intid, CORES_SPI(index), CORES_SPI(index) + 1);
		assert_true(spi_edges[index][intid - CORES_SPI(index)]-- > 0);
		spi_owed[index][intid - CORES_SPI(index)] = false;
	}
}

/* The guest does this alone: the frame doesn't see it. */
void crowd_handle(struct crowd_guest *guest)
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

/* Checks that a guest's registers are as it left them. */
static void check_registers(struct crowd_guest *guest)
{
	assert_ptr_equal(core.vcpu, guest->vcpu);
	assert_ptr_equal(core.el1, guest->vcpu);
	assert_int_equal(fake_sysregs->el1, guest->mark);
	assert_int_equal(fake_sysregs->floating, ~guest->mark);
	assert_int_equal(sysreg_read(cntv_ctl_el0), guest->armed);
	if (guest->armed)
		assert_int_equal(sysreg_read(cntv_cval_el0), guest->compare);
	guest->mark = (uint64_t)(guest - crowd_guests) << 32 | crowd_random(1u << 24);
	fake_sysregs->el1 = guest->mark;
	fake_sysregs->floating = ~guest->mark;
}

void crowd_expect_sgi(struct crowd_guest *guest, uint32_t sgi)
{
	guest->sgis |= 1u << sgi;
	guest->sent[sgi]++;
}

void crowd_pulse(uint32_t partition, uint32_t i)
{
	spi_owed[partition][i] = true;
	spi_edges[partition][i]++;
	fake_gic_pulse(CORES_SPI(partition) + i);
}

/* ---- the beginning ---- */

static void set_up_shared(struct crowd_guest *guest)
{
	uint32_t first = CORES_SPI(guest->vcpu->partition->index);
	uint32_t bits = 3u << (first - 32);

	crowd_store(guest, false, 0, VGIC_ENABLE_1);
	crowd_store(guest, false, 0x84, bits);
	crowd_store(guest, false, 0xc00 + first / 16 * 4, 0xaaaaaaaa);
	for (uint32_t i = 0; i < 2; i++)
		crowd_store(guest, false, 0x6000 + 8 * (first + i),
		            crowd_random(guest->vcpu->partition->vcpu_count));
	crowd_store(guest, false, 0x104, bits);
}

static void set_up(struct crowd_guest *guest)
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
	crowd_store(guest, true, frame + 0x80, ~0u);
	crowd_store(guest, true, frame + 0x100, 1u << CROWD_TIMER_PPI | ((1u << CROWD_SGIS) - 1));
}

static bool all_ready(void)
{
	for (uint32_t i = 0; i < CROWD_VCPUS; i++)
		if (!crowd_guests[i].ready)
			return false;
	return true;
}

static bool loads(uint32_t number)
{
	cores_on(number);
	return !cores_sleeps(number) && core.current->kind == CONTEXT_LOADER;
}

void crowd_begin(uint32_t seed, const struct cores_plan *of)
{
	uint32_t times = 0;

	crowd_plan = *of;
	random_state = seed;
	crowd_now = 1000;
	memset(crowd_guests, 0, sizeof(crowd_guests));
	memset(spi_owed, 0, sizeof(spi_owed));
	memset(spi_edges, 0, sizeof(spi_edges));
	cores_begin(&crowd_plan);
	fake_time(crowd_now);
	for (uint32_t p = 0; p < CROWD_PARTITIONS; p++)
		for (uint32_t i = 0; i < crowd_plan.vcpus[p]; i++)
			crowd_guest(&partition_at(p)->vcpus[i])->vcpu = &partition_at(p)->vcpus[i];
	cores_load_all();
	while (!all_ready()) {
		for (uint32_t i = 0; i < crowd_plan.cores; i++) {
			struct crowd_guest *guest = crowd_running(i);

			if (loads(i))
				cores_load(i);
			else if (guest != NULL && !guest->ready)
				set_up(guest);
			else if (guest != NULL)
				cores_do(i, crowd_wait);
			(void)cores_interrupt(i);
		}
		assert_in_range(++times, 1, 1000);
	}
	cores_exchange();
}

/* ---- checks ---- */

/* Each interrupt must be physically active exactly as long as one vCPU holds it. */
static void check_places(void)
{
	for (uint32_t p = 0; p < CROWD_PARTITIONS; p++)
		for (uint32_t intid = CORES_SPI(p); intid <= CORES_SPI(p) + 1; intid++) {
			uint32_t places =
			    partition_at(p)->vgic.arrived[intid / 32] >> intid % 32 & 1;

			for (uint32_t i = 0; i < crowd_plan.vcpus[p]; i++)
				places += cores_holds(&partition_at(p)->vcpus[i], intid, 4);
			assert_int_equal(places, fake_gic_active(intid));
		}
}

/* Each vCPU must be on one core, which knows of it, or on its way to one. */
static void check_cores(void)
{
	uint32_t found[CROWD_VCPUS] = {0};

	for (uint32_t i = 0; i < crowd_plan.cores; i++) {
		cores_on(i);
		for (const struct vcpu *vcpu = core.vcpus; vcpu != NULL;
		     vcpu = vcpu->run.next_here) {
			assert_int_equal(vcpu->core, i);
			assert_true(vcpu_is_here(vcpu));
			found[vcpu->context.trace_id]++;
		}
	}
	for (uint32_t i = 0; i < CROWD_VCPUS; i++) {
		const struct vcpu *vcpu = crowd_guests[i].vcpu;
		uint32_t p = vcpu->partition->index;

		assert_int_equal(found[i], vcpu->comes == 0);
		assert_true(
		    (crowd_plan.roam[p][vcpu->index] | 1u << crowd_plan.place[p][vcpu->index]) >>
		        vcpu->core &
		    1);
	}
}

void crowd_check(void)
{
	const char *breach = cores_breach();

	if (breach != NULL)
		fail_msg("%s", breach);
	check_cores();
	check_places();
	for (uint32_t i = 0; i < crowd_plan.cores; i++) {
		struct crowd_guest *guest = crowd_running(i);

		if (guest != NULL)
			check_registers(guest);
	}
}

/* ---- interrupts for less urgent guests must not come ---- */

static uint32_t class_of(uint32_t partition)
{
	return crowd_plan.priority[partition] / 32u;
}

/* The messages waiting at this core that are for guests of a class below `class`. */
uint64_t crowd_waiting_below(uint32_t number, uint32_t class)
{
	uint64_t below = 0;

	for (uint32_t i = 0; i < CROWD_VCPUS; i++)
		if (class_of(crowd_guests[i].vcpu->partition->index) < class)
			below |= 1ULL << i;
	return shared_memory->box[number].word[MAIL_VCPU] & below;
}

bool crowd_interrupt(uint32_t number)
{
	const struct crowd_guest *runs = crowd_running(number);
	uint32_t class = runs != NULL ? class_of(runs->vcpu->partition->index) : 0;
	uint64_t below = crowd_waiting_below(number, class);
	bool took = cores_interrupt(number);

	assert_int_equal(below & ~shared_memory->box[number].word[MAIL_VCPU], 0);
	for (uint32_t p = 0; p < CROWD_PARTITIONS; p++)
		if (cores_taken == CORES_SPI(p) || cores_taken == CORES_SPI(p) + 1)
			assert_true(class_of(p) >= class);
	return took;
}

static bool owes(void)
{
	for (uint32_t p = 0; p < CROWD_PARTITIONS; p++)
		if (spi_owed[p][0] || spi_owed[p][1])
			return true;
	for (uint32_t i = 0; i < CROWD_VCPUS; i++)
		if (crowd_guests[i].sgis != 0 || crowd_guests[i].armed ||
		    crowd_guests[i].active != 0)
			return true;
	return false;
}

/* Lets all guests take their interrupts and wait. Then everything must have arrived, and every core
 * sleeps. */
void crowd_finish(void)
{
	for (uint32_t round = 0; round < 3000; round++) {
		crowd_now += 1000;
		fake_time(crowd_now);
		for (uint32_t i = 0; i < crowd_plan.cores; i++) {
			struct crowd_guest *guest;

			while (crowd_interrupt(i)) /* before the guest's next instruction */
				continue;
			guest = crowd_running(i);
			if (guest == NULL)
				continue;
			crowd_handle(guest);
			if (guest->active == 0)
				cores_do(i, crowd_wait);
		}
		crowd_check();
	}
	assert_false(owes());
	for (uint32_t i = 0; i < crowd_plan.cores; i++)
		assert_true(cores_sleeps(i));
}
