/*
 * A core fails in a vector, or jumps out of it to nowhere: whether a recovery finds the guest's
 * registers. The test carries out a vector (vectors.S) instruction by instruction, and stops it
 * before each. The guest goes on with its own registers, or its partition ends.
 *
 * Shows: frame.kept.
 */
#include <fake/cpu.h>
#include <frame/esr.h>
#include <life/vcpu.h>
#include <machine/crash.h>
#include <machine/sysreg.h>
#include <run/resident.h>
#include <start/recover_rest.h>
#include <state/core.h>
#include <state/partition.h>
#include <state/trap_frame.h>
#include <stdlib.h>
#include <string.h>
#include <turn/mail_take.h>
#include <unit.h>

#define WILD   0x123456789000
#define GUEST  0x40001000u
#define PSTATE 0x3c5u
#define TRAP   (ESR_OF(CLASS_DATA) | 7)
#define SLOT   128 /* of a vector */
#define REST   13  /* pairs of registers in the second part */

static struct {
	struct bundle_header header;
	struct bundle_core cores[1];
	struct bundle_partition partitions[1];
	struct bundle_vcpu vcpus[1];
} * bundle;

static struct partition *partition;
static struct context *context;
static uint64_t x[31];   /* of the core */
static uint64_t was[31]; /* the guest's */
static uint64_t old[2];  /* PC and PSTATE that the context has from before */

/* ---- further parts of the frame ---- */

const uint8_t trap_vectors[8 * SLOT], trap_ways_back[64], frame_text[64];
__asm__(".globl trap_ways_back_end, frame_rodata\n\t"
        ".set trap_ways_back_end, trap_ways_back + 64\n\t"
        ".set frame_rodata, frame_text + 64");

struct crash_registers crash_registers;
struct mail_in_hand mail_in_hand;
uint32_t message_in_hand;
struct vcpu_in_hand vcpu_in_hand;

struct partition *partition_at(uint32_t index)
{
	(void)index;
	return partition;
}

bool resident_is_nobody(const struct vcpu *vcpu)
{
	(void)vcpu;
	return false;
}

void resident_put_down(void)
{
	fail();
}

void resident_lose(void)
{
	fail();
}

/* ---- the vectors ---- */

static void store_pair(uint64_t *to, uint32_t number)
{
	to[0] = x[number];
	to[1] = x[number + 1];
}

/* An instruction at the begin of both vectors, up to the read of the place. */
static void read_place(uint32_t step)
{
	if (step < 2)
		store_pair(&trap_frame_own->x[2 * step], 2 * step);
	if (step == 2)
		x[2] = GUEST;
	if (step == 3)
		x[3] = PSTATE;
}

static void store_rest(uint32_t step)
{
	if (step < REST)
		store_pair(&context->x[4 + 2 * step], 4 + 2 * step);
	else
		context->x[30] = x[30];
}

static void store_all(uint32_t step)
{
	if (step == 0)
		x[0] = sysreg_read(tpidr_el2);
	if (step == 1)
		store_pair(&context->pc, 2);
	if (step == 2 || step == 4)
		memcpy(&x[2], &trap_frame_own->x[step - 2], 16);
	if (step == 3 || step == 5)
		store_pair(&context->x[step - 3], 2);
	if (step >= 6)
		store_rest(step - 6);
}

#define ALL (7 + REST)

static void trap_step(uint32_t step)
{
	if (step < 4)
		read_place(step);
	else if (step == 4)
		x[1] = TRAP;
	else if (step < 5 + ALL)
		store_all(step - 5);
	else if (step == 5 + ALL)
		x[2] = GUEST;
	else
		store_pair(&trap_frame_own->esr, 1);
}

static void interrupt_step(uint32_t step)
{
	if (step < 4)
		read_place(step);
	else if (step < 4 + ALL)
		store_all(step - 4);
	else
		trap_frame_own->pc = x[0];
}

/* ---- crashes ---- */

static void describe(void)
{
	bundle = (void *)LAYOUT_BUNDLE;
	bundle->header.cores =
	    (struct bundle_table){(uint32_t)((uintptr_t)bundle->cores - LAYOUT_BUNDLE), 1};
	bundle->header.partitions =
	    (struct bundle_table){(uint32_t)((uintptr_t)bundle->partitions - LAYOUT_BUNDLE), 1};
	bundle->header.vcpus =
	    (struct bundle_table){(uint32_t)((uintptr_t)bundle->vcpus - LAYOUT_BUNDLE), 1};
	bundle->partitions[0].vcpus = (struct bundle_range){0, 1};
	bundle->vcpus[0].cores = 1;
}

static void begin(void)
{
	fake_cpu_reset((struct fake_hooks){0});
	describe();
	memset(&core, 0, sizeof(core));
	partition = (struct partition *)LAYOUT_PARTITION;
	context = &partition->vcpus[0].context;
	core.vcpu = &partition->vcpus[0];
	fake_sysregs->tpidr_el2 = (uintptr_t)context;
	memcpy(&context->pc, old, sizeof(old));
	for (uint32_t i = 0; i < 31; i++)
		x[i] = was[i] = 0x1111111100 + i;
}

/* The core stops before this instruction of a vector, at `pc`. True: the guest's registers are
 * found, and they are right. */
static bool recovers(uint32_t vector, void (*step)(uint32_t), uint32_t stops, uint64_t pc)
{
	uint64_t told;

	begin();
	for (uint32_t i = 0; i < stops; i++)
		step(i);
	memcpy(crash_registers.x, x, sizeof(x));
	fake_sysregs->esr_el2 = ESR_OF(CLASS_FETCH + 1);
	recover_find_registers(pc != 0 ? pc : (uintptr_t)trap_vectors + vector * SLOT + 4 * stops,
	                       &crash_registers);
	told = trap_frame_own->esr;
	recover_undo();
	if (shared_memory->recovery.kept[0] == KEPT_REGISTERS)
		return false;
	assert_int_equal(told, vector % 4 == 0 ? TRAP : 0); /* the registers to restore */
	assert_memory_equal(context->x, was, sizeof(was));
	assert_int_equal(context->pc, GUEST);
	assert_int_equal(context->pstate, PSTATE);
	return true;
}

/* After a wild jump PC and PSTATE must be in memory, too. */
static void stops_everywhere(uint32_t vector, void (*step)(uint32_t), uint32_t kept,
                             uint32_t stored)
{
	for (uint32_t stops = 0; stops <= stored / 4; stops++) {
		assert_int_equal(recovers(vector, step, stops, 0), stops >= kept / 4);
		assert_int_equal(recovers(vector, step, stops, WILD),
		                 stops >= (kept + VECTOR_PLACE) / 4);
	}
}

TEST(test_a_trap)
{
	stops_everywhere(0, trap_step, TRAP_KEPT, TRAP_STORED);
	stops_everywhere(4, trap_step, TRAP_KEPT, TRAP_STORED);
}

TEST(test_an_interrupt)
{
	stops_everywhere(1, interrupt_step, INTERRUPT_KEPT, INTERRUPT_STORED);
	stops_everywhere(5, interrupt_step, INTERRUPT_KEPT, INTERRUPT_STORED);
}

/* To where a register says, or to where something is: other instructions may have come since. */
TEST(test_a_jump_that_says_nothing)
{
	assert_true(recovers(0, trap_step, 12, WILD));
	assert_false(recovers(0, trap_step, 12, was[30]));
	assert_false(recovers(0, trap_step, 12, LAYOUT_TEXT + 4));
}

/* The context has older values that look like this trap's or interrupt's. */
TEST(test_a_jump_past_values_that_look_right)
{
	static const uint64_t same_place[] = {GUEST, PSTATE + 1};
	const uint32_t place = VECTOR_PLACE / 4;

	for (uint32_t stops = 0; stops < 10; stops++) {
		const bool trap = stops >= TRAP_KEPT / 4 + place,
		           interrupt = stops >= INTERRUPT_KEPT / 4 + place;

		memcpy(old, was, sizeof(old));
		assert_int_equal(recovers(0, trap_step, stops, WILD), trap);
		old[0] = was[1], old[1] = was[0];
		assert_int_equal(recovers(1, interrupt_step, stops, WILD), interrupt);
		memcpy(old, same_place, sizeof(old));
		assert_int_equal(recovers(0, trap_step, stops, WILD), trap);
		assert_int_equal(recovers(1, interrupt_step, stops, WILD), interrupt);
	}
	memset(old, 0, sizeof(old));
}

/* From the end of the way back, which has a zero in x1: x0 to x3 may have changed since. */
TEST(test_a_jump_from_the_way_back)
{
	for (uint32_t changed = 0; changed < 2; changed++) {
		begin();
		for (uint32_t i = 0; i < TRAP_STORED / 4; i++)
			trap_step(i);
		trap_frame_own->esr = trap_frame_own->pc = 0;
		context->x[0] += changed;
		x[1] = 0;
		memcpy(&x[2], &context->x[2], 16);
		memcpy(crash_registers.x, x, sizeof(x));
		fake_sysregs->esr_el2 = ESR_OF(CLASS_FETCH + 1);
		recover_find_registers(WILD, &crash_registers);
		recover_undo();
		assert_int_equal(shared_memory->recovery.kept[0],
		                 changed ? KEPT_REGISTERS : KEPT_HOLDS);
	}
}

/* All registers are in memory until the way back has loaded nearly all of them. */
TEST(test_on_the_way_back)
{
	assert_true(recovers(0, trap_step, TRAP_STORED / 4, (uintptr_t)trap_ways_back));
	assert_true(recovers(0, trap_step, TRAP_STORED / 4, LAYOUT_TEXT + 4));
}

/* Shows: frame.derived. */
TEST(test_what_never_changes_of_a_partition_is_made_anew)
{
	uint8_t *fixed, *copy;

	begin();
	fixed = (uint8_t *)&partition->index;
	copy = (uint8_t *)(LAYOUT_PARTITION + LAYOUT_FIXED + PARTITION_FIXED);
	for (uint32_t i = 0; i < PARTITION_FIXED_SIZE; i++)
		copy[i] = (uint8_t)(i * 7 + 1);
	memcpy(fixed, copy, PARTITION_FIXED_SIZE);
	recover_mend_fixed();
	assert_int_equal(shared_memory->accounts.crash.mended, 0);
	memset(fixed, 0xff, PARTITION_FIXED_SIZE);
	recover_mend_fixed();
	assert_int_equal(shared_memory->accounts.crash.mended, 1);
	assert_memory_equal(fixed, copy, PARTITION_FIXED_SIZE);
}

/* Shows: guests.messages. */
TEST(test_a_message_in_hand_comes_again)
{
	begin();
	partition->vgic.latched[2] = 0;
	message_in_hand = GIC_MESSAGE(0, 70);
	recover_undo();
	assert_int_equal(partition->vgic.latched[2], 1u << 6);
	message_in_hand = GIC_MESSAGE(1, 71); /* its partition isn't here */
	recover_undo();
	message_in_hand = 0;
	recover_undo();
	assert_int_equal(partition->vgic.latched[2], 1u << 6);
}

/* Shows: guests.messages. */
TEST(test_any_message_may_have_been_acknowledged)
{
	begin();
	partition->vgic.owned_words = 1u << 2;
	partition->vgic.sent[2] = 0xff0;
	partition->vgic.enabled[2] = 0x7f;
	partition->vgic.latched[2] = 0;
	recover_undo();
	assert_int_equal(partition->vgic.latched[2], 0);
	fake_sysregs->taking = true;
	recover_undo();
	assert_int_equal(partition->vgic.latched[2], 0x70);
}
