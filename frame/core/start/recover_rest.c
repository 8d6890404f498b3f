/*
 * What a core does when it comes to rest: it undoes what it was in the middle of, and puts down
 * what it has of its vCPUs. See start/recover_rest.h.
 */
#include <frame/esr.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <life/vcpu.h>
#include <machine/contexts.h>
#include <machine/crash.h>
#include <machine/gic_cpu.h>
#include <machine/sysreg.h>
#include <run/resident.h>
#include <start/recover_rest.h>
#include <state/partition.h>
#include <state/trap_frame.h>
#include <turn/mail_take.h>
#include <turn/message_heard.h>

/* From vectors.S. */
extern const uint8_t trap_vectors[], trap_ways_back[], trap_ways_back_end[];
/* From the linker. */
extern const uint8_t frame_text[], frame_rodata[];

#define VECTOR_SIZE  128
#define TRAP_VECTORS 8

/* Where a guest's registers are: all in its context; in crash_registers, but for x0 to x3, which
 * the trap frame has; or nowhere. */
static enum rest_registers {
	REST_IN_MEMORY,
	REST_IN_CORE,
	REST_LOST,
} rest_registers CORE_LOCAL;

#define recovery   (&shared_memory->recovery)
#define last_crash (&shared_memory->accounts.crash)

/* ---- whose vCPU it is ---- */

/* True: this core maps the partition, as one of its vCPUs may run here. */
static bool is_mapped(uint32_t partition)
{
	const struct bundle_range vcpus = bundle_partitions(core_bundle)[partition].vcpus;

	for (uint32_t i = vcpus.first; i < vcpus.first + vcpus.count; i++)
		if ((bundle_vcpus(core_bundle)[i].cores >> core.index & 1) != 0)
			return true;
	return false;
}

/* True: the vCPU is here. The core that has it knows better than a place where it mayn't be. */
static bool is_here(const struct vcpu *vcpu, uint32_t cores)
{
	return vcpu->core == core.index || vcpu->core >= BUNDLE_CORES_MAX ||
	       (cores >> vcpu->core & 1) == 0;
}

uint32_t recover_name_of(const struct vcpu *vcpu, uint32_t *partition)
{
	for (uint32_t p = 0; p < core_bundle->partitions.count; p++) {
		const struct bundle_range vcpus = bundle_partitions(core_bundle)[p].vcpus;

		for (uint32_t i = 0; i < vcpus.count && is_mapped(p); i++) {
			const uint32_t id = vcpus.first + i;

			*partition = p;
			if (vcpu == &partition_at(p)->vcpus[i])
				return is_here(vcpu, bundle_vcpus(core_bundle)[id].cores) ? id + 1
				                                                          : 0;
		}
	}
	return 0;
}

/* Several cores may do this at once: each writes the same. */
static void mend_fixed(uint32_t p)
{
	uint64_t *is = (uint64_t *)((uintptr_t)partition_at(p) + PARTITION_FIXED);
	const uint64_t *was = (const uint64_t *)partition_pristine(p, index);
	bool differs = false;

	for (uint32_t i = 0; i < PARTITION_FIXED_SIZE / sizeof(uint64_t); i++) {
		differs |= is[i] != was[i];
		is[i] = was[i];
	}
	if (differs)
		__atomic_fetch_or(&last_crash->mended, 1u << p, __ATOMIC_SEQ_CST);
}

void recover_mend_fixed(void)
{
	for (uint32_t p = 0; p < core_bundle->partitions.count; p++)
		if (is_mapped(p))
			mend_fixed(p);
}

static bool is_known(const struct vcpu *vcpu)
{
	uint32_t partition;

	return resident_is_nobody(vcpu) || recover_name_of(vcpu, &partition) != 0;
}

/* ---- what it was in the middle of ---- */

/*
 * True: somebody jumped to `pc`, where nothing can be fetched, and the registers are as they were
 * there. After other instructions the core could come there in two ways: by a register that has the
 * address, or from the end of the text. A core that hangs misses its own text.
 */
static bool is_jump(uint64_t pc, const struct crash_registers *registers)
{
	const uint32_t class = ESR_CLASS(sysreg_read(esr_el2));

	for (uint32_t i = 0; i < 31; i++)
		if (registers->x[i] == pc)
			return false;
	return registers->vector != CRASH_STANDS &&
	       (class == CLASS_FETCH + 1 || class == CLASS_PC_ALIGNMENT) &&
	       pc - LAYOUT_TEXT > (uint64_t)(frame_rodata - frame_text);
}

static bool are(const uint64_t *x, uint64_t first, uint64_t second)
{
	return x[0] == first && x[1] == second;
}

/*
 * A vector was left by such a jump. x0 says that the vector had read all. x2 and x3 must be what
 * they are there once PC and PSTATE are in memory. x1 is the syndrome; after an interrupt it is the
 * guest's. The way back has a zero there: then x0 to x3 must be in memory, too.
 */
static enum rest_registers registers_after_jump(const uint64_t *x)
{
	const struct context *context = (struct context *)x[0];
	const uint64_t *own = trap_frame_own->x;
	bool copies;

	if (x[0] != sysreg_read(tpidr_el2) || !is_known((struct vcpu *)x[0]))
		return REST_LOST;
	copies = are(x + 2, own[0], own[1]) || are(x + 2, own[2], own[3]) ||
	         are(x + 2, context->pc, own[3]);
	if (are(x + 2, context->pc, context->pstate))
		return x[1] != 0 || own[1] == 0 ? REST_IN_CORE : REST_LOST;
	if (!copies || (x[1] == 0 && memcmp(context->x, own, sizeof(trap_frame_own->x)) != 0))
		return REST_LOST;
	return REST_IN_CORE;
}

/* A wild jump out of a vector leaves the registers incomplete, too: then the trap frame doesn't say
 * yet that they are whole. */
static enum rest_registers registers_behind_vectors(uint64_t pc,
                                                    const struct crash_registers *registers)
{
	if ((trap_frame_own->esr | trap_frame_own->pc) != 0 ||
	    pc - (uint64_t)(uintptr_t)trap_ways_back <
	        (uint64_t)(trap_ways_back_end - trap_ways_back))
		return REST_IN_MEMORY;
	return is_jump(pc, registers) ? registers_after_jump(registers->x) : REST_LOST;
}

/* Before that, PC and PSTATE are lost: a crash has overwritten them. */
static enum rest_registers registers_in_vector(bool interrupt, uint64_t offset)
{
	if (offset < (interrupt ? INTERRUPT_KEPT : TRAP_KEPT))
		return REST_LOST;
	return offset < (interrupt ? INTERRUPT_STORED : TRAP_STORED) ? REST_IN_CORE
	                                                             : REST_IN_MEMORY;
}

/* The vector had read PC and PSTATE, and not yet stored them. */
static void store_place(const uint64_t *x)
{
	struct context *context = (struct context *)sysreg_read(tpidr_el2);

	context->pc = x[2];
	context->pstate = x[3];
}

void recover_find_registers(uint64_t pc, const struct crash_registers *registers)
{
	const uint64_t at = pc - (uint64_t)(uintptr_t)trap_vectors, slot = at / VECTOR_SIZE;
	const bool inside = slot < TRAP_VECTORS, interrupt = inside && slot % 4 == 1;
	const uint64_t *x = registers->x;
	struct trap_frame *frame = trap_frame_own;

	rest_registers = inside ? registers_in_vector(interrupt, at % VECTOR_SIZE)
	                        : registers_behind_vectors(pc, registers);
	if (rest_registers != REST_IN_CORE || sysreg_read(tpidr_el2) == 0)
		return;
	if (inside && at % VECTOR_SIZE < (interrupt ? INTERRUPT_KEPT : TRAP_KEPT) + VECTOR_PLACE)
		store_place(x);
	if (interrupt || (!inside && x[1] == frame->x[1]))
		return;
	frame->esr = x[1];
	frame->pc = ((struct context *)sysreg_read(tpidr_el2))->pc;
}

/*
 * Undoes the trap that this core was in the middle of, so that the guest executes its instruction
 * again; or does nothing, if the trap was done. A WFI needs nothing: the guest goes on behind it,
 * or at it. The guest's PC was advanced last of all.
 */
static void undo_trap(struct context *context)
{
	const struct trap_frame *frame = trap_frame_own;
	uint32_t class = ESR_CLASS(frame->esr);

	if (frame->esr == 0 || context->kind != CONTEXT_VCPU || context->fresh)
		return;
	if (class == CLASS_HVC || class == CLASS_SMC) {
		memcpy(context->x, frame->x, sizeof(frame->x));
		context->pc = frame->pc - (class == CLASS_HVC ? 4 : 0);
	} else if (context->pc != frame->pc) {
		if (recovery->by == core.index + 1) /* not a core that crashed at the same time */
			last_crash->work = FRAME_WORK_DONE;
	} else if (class != CLASS_WFI && frame->changed != 0 && frame->changed <= 31) {
		context->x[frame->changed - 1] = frame->old;
	}
}

/* Puts messages back that this core had taken and not carried out. */
static void return_messages(void)
{
	struct mailbox *box = &shared_memory->box[core.index];

	__atomic_fetch_or(&box->word[MAIL_DOORBELL], mail_in_hand.ring, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&box->word[MAIL_LIFE], mail_in_hand.life, __ATOMIC_SEQ_CST);
}

/* An interrupt was acknowledged, and not noted yet. If it was a message, nothing else tells whose:
 * so all that this core's guests have enabled become pending. One too many does no harm. */
static void return_messages_of(struct vgic *vgic)
{
	for (uint32_t words = vgic->owned_words; words != 0; words &= words - 1) {
		uint32_t word = (uint32_t)__builtin_ctz(words);

		__atomic_fetch_or(&vgic->latched[word], vgic->sent[word] & vgic->enabled[word],
		                  __ATOMIC_SEQ_CST);
	}
}

/* Makes functions' messages pending again that this core had taken. */
static void return_sent(void)
{
	uint32_t intid = message_in_hand, owner = GIC_MESSAGE_OWNER(intid);
	uint32_t spi = GIC_MESSAGE_SPI(intid);

	for (uint32_t p = 0; p < core_bundle->partitions.count; p++) {
		if (!is_mapped(p))
			continue;
		if (gic_is_taking())
			return_messages_of(&partition_at(p)->vgic);
		if (intid >= GIC_MESSAGE_FIRST && p == owner)
			__atomic_fetch_or(&partition_at(p)->vgic.latched[spi / 32], 1u << spi % 32,
			                  __ATOMIC_SEQ_CST);
	}
}

/* The registers of this vCPU are lost: its partition ends. */
static void lose(const struct vcpu *vcpu)
{
	uint32_t partition;

	if (recover_name_of(vcpu, &partition) != 0)
		recovery->kept[partition] = KEPT_REGISTERS;
}

/* Stores what the vectors may not have stored of a guest's registers. */
static void store_rest(struct context *context)
{
	memcpy(context->x, trap_frame_own->x, sizeof(trap_frame_own->x));
	memcpy(context->x + 4, crash_registers.x + 4, 27 * sizeof(context->x[0]));
}

/* Makes requests to a vCPU again that this core was carrying out. */
static void return_requests(void)
{
	if (vcpu_in_hand.vcpu != 0 && is_known(vcpu_in_hand.vcpu))
		__atomic_fetch_or(&vcpu_in_hand.vcpu->life.asked, vcpu_in_hand.asked,
		                  __ATOMIC_SEQ_CST);
}

void recover_undo(void)
{
	struct context *context = (struct context *)sysreg_read(tpidr_el2);

	if (context != 0 && is_known(vcpu_of(context))) {
		if (rest_registers == REST_IN_CORE)
			store_rest(context);
		if (rest_registers == REST_LOST)
			lose(vcpu_of(context));
		else
			undo_trap(context);
	}
	trap_frame_own->esr = trap_frame_own->changed = 0;
	return_messages();
	return_sent();
	return_requests();
}

/* ---- its vCPUs ---- */

static bool is_any_mapped(void)
{
	for (uint32_t p = 0; p < core_bundle->partitions.count; p++)
		if (is_mapped(p))
			return true;
	return false;
}

/* Whose registers this core has isn't known: the partitions of its vCPUs end. */
static void lose_all(void)
{
	for (uint32_t p = 0; p < core_bundle->partitions.count; p++) {
		const uint32_t count = bundle_partitions(core_bundle)[p].vcpus.count;

		for (uint32_t i = 0; i < count && is_mapped(p); i++)
			if (partition_at(p)->vcpus[i].core == core.index)
				recovery->kept[p] = KEPT_REGISTERS;
	}
}

void recover_put_down(void)
{
	if (!is_any_mapped() || core.vcpu == 0) /* 0: a frame that took over hadn't come so far */
		return;
	if (is_known(core.vcpu) && is_known(core.el1) &&
	    (core.el1_whole == 0 || is_known(core.el1_whole))) {
		resident_put_down();
		return;
	}
	lose_all();
	resident_lose();
}
