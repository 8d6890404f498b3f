/*
 * See vgic_machine.h. This carries messages between the frame's cores, and calls the virtual GIC as
 * traps and accesses do. machine_breach() finds an interrupt that is lost, or is in two places.
 */
#include "vgic_machine.h"
#include "vgic_deliver.h"

#include <fake/cpu.h>
#include <frame/listreg.h>
#include <life/vcpu.h>
#include <machine/gic_cpu.h>
#include <state/core.h>
#include <state/partition.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/mail.h>
#include <word/vcpu.h>

#define CORES MACHINE_VCPUS

struct core core;
struct partition *machine_partition;
uint32_t machine_again;

uint32_t machine_rings;

static bool machine_mail[CORES];
static uint64_t machine_rung, machine_left; /* the mailbox: a bit for each doorbell */
static bool machine_is_off[CORES];

/* ---- the functions that the virtual GIC needs ---- */

void mail_leave(uint32_t doorbell)
{
	assert_int_equal(core.index, 0);
	machine_left |= 1ULL << doorbell;
	machine_rung |= 1ULL << doorbell;
}

void mail_listen(uint32_t at_core, uint64_t doorbells)
{
	assert_int_equal(at_core, 0);
	machine_left &= ~doorbells;
	machine_rung &= ~doorbells;
}

void vcpu_tell(struct vcpu *vcpu)
{
	assert_ptr_not_equal(vcpu, core.vcpu);
	machine_mail[vcpu->index] = true;
}

void vcpu_tell_later(const struct vcpu *vcpu)
{
	assert_int_equal(vcpu->core, vcpu->index);
	machine_mail[vcpu->index] = true;
}

bool vcpu_is_here(const struct vcpu *vcpu)
{
	return vcpu->core == core.index && !vcpu->comes;
}

struct vcpu *machine_on(uint32_t index)
{
	core.index = index;
	core.vcpu = &machine_partition->vcpus[index];
	core.partition = machine_partition;
	fake_gic_on(index);
	return core.vcpu;
}

/* ---- beginnings and ends ---- */

static void own(uint32_t first, uint32_t last)
{
	struct vgic *vgic = &machine_partition->vgic;

	for (uint32_t intid = first; intid <= last; intid++) {
		vgic->owned[intid / 32] |= 1u << intid % 32;
		vgic->owned_words |= 1u << intid / 32;
	}
}

void machine_start(uint32_t list_registers)
{
	const size_t size = sizeof(struct partition) + MACHINE_VCPUS * sizeof(struct vcpu);
	struct vgic *vgic;

	fake_cpu_reset((struct fake_hooks){0});
	free(machine_partition);
	machine_partition = aligned_alloc(VCPU_ROOM, size);
	memset(machine_partition, 0, size);
	memset(machine_mail, 0, sizeof(machine_mail));
	memset(&core, 0, sizeof(core));
	core.list_registers = list_registers;
	core.lists = (1u << list_registers) - 1;
	core.privates = 1u << MACHINE_TIMER;
	machine_again = machine_rings = 0;
	machine_rung = machine_left = 0;
	machine_partition->vcpu_count = MACHINE_VCPUS;
	vgic = &machine_partition->vgic;
	own(32, 40);
	own(64, MACHINE_LAST);
	vgic->rung[1] = 3u << (MACHINE_BELLS - 32);
	vgic->bell[MACHINE_BELLS + 1] = 1;
	vgic->sent[1] = 1u << (MACHINE_SENT - 32);
	vgic->wired[1] =
	    vgic->sent[1] | 1u << (MACHINE_UART - 32) | 1u << (MACHINE_RTC - 32) | vgic->rung[1];
	vgic->wired_words = 2;
	vgic->physical = 1u << MACHINE_TIMER;
	vgic->plain = true;
	fake_gic_reset(list_registers, vgic->owned);
	for (uint32_t i = 0; i < MACHINE_VCPUS; i++) {
		struct vcpu *vcpu = &machine_partition->vcpus[i];

		vcpu->partition = machine_partition;
		vcpu->index = vcpu->core = vcpu->context.trace_id = (uint8_t)i;
		vcpu->affinity = vgic->cores[i] = i;
		machine_is_off[i] = true;
	}
	machine_on(0);
	machine_silence();
	vgic_reset(machine_partition);
	machine_settle();
	machine_vcpu_on(0);
}

void machine_silence(void)
{
	for (uint32_t word = 1; word < VGIC_WORDS; word++)
		vgic_silence(machine_partition, word);
}

void machine_vcpu_on(uint32_t index)
{
	struct vcpu *vcpu = machine_on(index);

	if (!machine_is_off[index])
		return;
	machine_is_off[index] = false;
	vgic_cpu_reset(vcpu);
}

void machine_vcpu_off(uint32_t index)
{
	struct vcpu *vcpu = machine_on(index);

	if (machine_is_off[index])
		return;
	machine_is_off[index] = true;
	vgic_cpu_stop(vcpu);
}

/* ---- interrupts ---- */

bool machine_interrupt(uint32_t index)
{
	struct vcpu *vcpu = machine_on(index);
	uint32_t intid;

	if (machine_mail[index]) {
		machine_mail[index] = false;
		vgic_asked(vcpu);
		return true;
	}
	if (fake_gic_maintenance()) {
		vgic_maintain(vcpu);
		return true;
	}
	intid = fake_gic_take();
	if (intid == FAKE_GIC_SPURIOUS)
		return false;
	vgic_arrived(vcpu, intid);
	return true;
}

void machine_settle(void)
{
	uint32_t turns = 0;
	bool any;

	do {
		any = false;
		for (uint32_t i = 0; i < CORES; i++)
			while (machine_interrupt(i)) {
				any = true;
				if (++turns > 100000)
					fail_msg("interrupts never end");
			}
	} while (any);
}

/* ---- registers ---- */

/* Before the next attempt all cores, with this one, take their waiting interrupts. */
static void again(uint32_t index)
{
	machine_again++;
	for (uint32_t i = 0; i < CORES; i++)
		machine_interrupt(i);
	machine_on(index);
}

static void begin(void)
{
	static uint64_t pc;

	fake_activation.pc = pc += 4;
}

static void access_of(uint32_t index, bool dist, bool write, uint32_t offset, uint32_t size,
                      uint64_t *value)
{
	begin();
	for (uint32_t i = 0; i < 1000; i++) {
		struct vcpu *vcpu = machine_on(index);
		bool done;

		if (write)
			done = dist ? vgic_dist_write(vcpu, offset, size, *value)
			            : vgic_own_write(vcpu, offset, size, *value);
		else
			done = dist ? vgic_dist_read(vcpu, offset, size, value)
			            : vgic_own_read(vcpu, offset, size, value);
		if (done)
			return;
		again(index);
	}
	fail_msg("an access to %#x is executed again for ever", offset);
}

uint64_t machine_read(uint32_t index, uint32_t offset)
{
	uint64_t value = 0;

	access_of(index, true, false, offset, 4, &value);
	return value;
}

void machine_write(uint32_t index, uint32_t offset, uint64_t value)
{
	access_of(index, true, true, offset, 4, &value);
}

uint64_t machine_private_read(uint32_t index, uint32_t of, uint32_t offset)
{
	uint64_t value = 0;

	access_of(index, false, false, of * 0x20000 + 0x10000 + offset, 4, &value);
	return value;
}

void machine_private_write(uint32_t index, uint32_t of, uint32_t offset, uint32_t value)
{
	uint64_t wide = value;

	access_of(index, false, true, of * 0x20000 + 0x10000 + offset, 4, &wide);
}

void machine_route(uint32_t index, uint32_t intid, uint64_t value)
{
	access_of(index, true, true, 0x6000 + 8 * intid, 8, &value);
}

void machine_priority(uint32_t index, uint32_t intid, uint8_t priority)
{
	uint64_t value = priority;

	if (intid < VGIC_PRIVATE)
		access_of(index, false, true, index * 0x20000 + 0x10400 + intid, 1, &value);
	else
		access_of(index, true, true, 0x400 + intid, 1, &value);
}

void machine_sgi(uint32_t index, uint32_t intid, uint32_t targets)
{
	vgic_send_sgi(machine_on(index), (uint64_t)intid << 24 | targets, true);
}

/* ---- the CPU interface ---- */

uint32_t machine_acknowledge(uint32_t index)
{
	machine_on(index);
	return fake_guest_acknowledge();
}

void machine_end(uint32_t index, uint32_t intid)
{
	machine_on(index);
	fake_guest_end(intid);
}

void machine_deactivate(uint32_t index, uint32_t intid)
{
	struct vcpu *vcpu = machine_on(index);

	if (fake_guest_deactivate(intid))
		vgic_deactivate(vcpu, intid);
}

void machine_line(uint32_t index, uint32_t intid, bool level)
{
	machine_on(index);
	vgic_set_line(machine_partition, intid, level);
}

/* ---- doorbells ---- */

void machine_ring(uint32_t intid)
{
	uint64_t bit = 1ULL << machine_partition->vgic.bell[intid];

	if ((machine_rung & bit) == 0)
		machine_rings++;
	machine_rung |= bit;
}

void machine_send(uint32_t index)
{
	machine_on(index);
	vgic_message(machine_partition, MACHINE_SENT);
}

static void machine_hear_one(uint32_t bell)
{
	machine_rung &= ~(1ULL << bell);
	vgic_pulse(machine_partition, MACHINE_BELLS + bell);
}

void machine_hear(void)
{
	machine_on(0);
	for (uint64_t bells = machine_rung & ~machine_left; bells != 0; bells &= bells - 1)
		machine_hear_one((uint32_t)__builtin_ctzll(bells));
}

/* ---- each interrupt in one place ---- */

static uint32_t places(const struct vcpu *vcpu, uint32_t intid)
{
	uint32_t word = intid / 32, bit = intid % 32, count;

	count =
	    (vcpu->vgic.waiting.all[word] >> bit & 1) + (vcpu->vgic.evicted.all[word] >> bit & 1);
	for (uint32_t i = 0; i < core.list_registers; i++) {
		uint64_t lr = fake_gic_list_register(vcpu->index, i);
		bool ended = (lr & (LR_STATE | LR_HW)) == 0 && (lr & LR_EOI) != 0;

		count += ((lr & LR_STATE) != 0 || ended) && LR_INTID(lr) == intid;
	}
	return count;
}

static const char *breach_of(uint32_t intid)
{
	static char text[100];
	const struct vgic *vgic = &machine_partition->vgic;
	bool wired = (vgic->wired[intid / 32] >> intid % 32 & 1) != 0;
	bool taken =
	    wired ? (vgic->taken[intid / 32] >> intid % 32 & 1) != 0 : fake_gic_active(intid);
	uint32_t held = 0;

	for (uint32_t i = 0; i < MACHINE_VCPUS; i++)
		held += places(&machine_partition->vcpus[i], intid);
	if (held == taken)
		return NULL;
	snprintf(text, sizeof(text), "interrupt %u is %s and in %u places", intid,
	         taken ? "taken" : "not taken", held);
	return text;
}

const char *machine_breach(void)
{
	const struct vgic *vgic = &machine_partition->vgic;
	const char *breach = fake_complaints() != 0 ? fake_complaint() : NULL;

	for (uint32_t intid = 32; intid <= MACHINE_LAST && breach == NULL; intid++)
		if ((vgic_known(vgic, intid / 32) >> intid % 32 & 1) != 0)
			breach = breach_of(intid);
	for (uint32_t i = 0; i < MACHINE_VCPUS && breach == NULL; i++) {
		for (uint32_t intid = 0; intid < 32; intid++)
			if (places(&machine_partition->vcpus[i], intid) > 1)
				breach = "a private interrupt is in two places";
		(void)machine_on(i);
		if (vgic_lost_private(gic_active(gic_private())) != 0)
			breach = "a private interrupt is lost";
	}
	return breach;
}

/* ---- expectations of tests ---- */

void machine_expect_taken(uint32_t index, uint32_t intid)
{
	machine_settle();
	assert_int_equal(machine_acknowledge(index), intid);
	machine_end(index, intid);
	machine_settle();
}

void machine_expect_nothing(uint32_t index)
{
	machine_settle();
	assert_int_equal(machine_acknowledge(index), FAKE_GIC_SPURIOUS);
}

void machine_judge(void)
{
	if (machine_breach() != NULL)
		fail_msg("%s", machine_breach());
}
