/*
 * The way into the kernel and out of it: handles the exception, under the lock, and returns to the
 * thread that runs next. While no thread is ready, the CPU waits here for an interrupt.
 */
#include <kernel/call.h>
#include <kernel/interrupt.h>
#include <kernel/trace.h>
#include <machine/cpu.h>
#include <machine/gic.h>
#include <machine/lock.h>
#include <machine/offsets.h>
#include <machine/start.h>

struct ticket_lock lock_kernel;
uint32_t trap_timer;

_Static_assert(offsetof(struct ticket_lock, wanted) == 4 &&
                   offsetof(struct ticket_lock, resting) == 8,
               "lock_take() knows it");

_Static_assert(offsetof(struct cpu, stack) == CPU_STACK && offsetof(struct cpu, index) == CPU_INDEX,
               "the assembler knows it");
_Static_assert(offsetof(struct thread, registers) == THREAD_REGISTERS &&
                   offsetof(struct registers, sp) == 248 &&
                   offsetof(struct thread, tpidr) == THREAD_REGISTERS + 272,
               "the assembler knows it");

#define SYNDROME_CLASS(syndrome) ((syndrome) >> 26 & 0x3f)
#define CLASS_SVC                0x15

/* Compiled into each caller, traced or not, so that neither pays for the other. */
#define INLINE static inline __attribute__((always_inline))

/* Clears `wanted` first, then looks at the tickets. A CPU sets `wanted` after it took its ticket,
 * so if its mark is cleared here, its ticket is found. */
bool lock_has_waiter(void)
{
	uint32_t both;

	__atomic_store_n(&lock_kernel.wanted, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	both = __atomic_load_n(&lock_kernel.both, __ATOMIC_RELAXED);
	if ((both - (both << 16)) >> 16 == 1)
		return false;
	__atomic_store_n(&lock_kernel.wanted, 1, __ATOMIC_RELAXED);
	return true;
}

extern const char vectors[], vectors_traced[];

/* The CPU takes no exception before the return to EL0, and that is the barrier. */
static void use_vectors(void)
{
	sysreg_write(vbar_el1, trace_is_on() ? vectors_traced : vectors);
}

void machine_follow_trace(void)
{
	use_vectors();
	for (uint32_t i = 0; i < cpu_count; i++)
		if (&cpus[i] != machine_cpu())
			machine_kick(i);
}

static void take_kick(struct cpu *cpu)
{
	if (lock_kernel.resting != 0)
		crash_rest();
	use_vectors();
	gic_deactivate(GIC_KICK);
	interrupt_deactivate_done(cpu);
	cpu->programmed = 0;
	sched_program(cpu);
}

INLINE void take_interrupt(struct cpu *cpu, bool traced)
{
	uint32_t number = gic_acknowledge();

	if (number >= GIC_NONE)
		return;
	gic_drop(number);
	if (traced)
		trace_process(RTOS_EVENT_INTERRUPT, NULL, 0, number);
	if (number == trap_timer) {
		sched_handle_due(cpu);
		gic_deactivate(number);
	} else if (number == GIC_KICK) {
		take_kick(cpu);
	} else {
		interrupt_take(cpu, number);
	}
}

/* A function of its own, like handle_traced() and leave_with_fp(): if it were inline, each call
 * would save its registers (ipc.call, ipc.reply: 13 and 25 instructions). */
__attribute__((noinline)) static void handle_interrupt(struct cpu *cpu)
{
	take_interrupt(cpu, false);
}

__attribute__((noinline)) static void handle_traced(struct cpu *cpu)
{
	take_interrupt(cpu, true);
}

/* Waits until a thread is ready. */
INLINE struct thread *wait_for_thread(struct cpu *cpu, bool traced)
{
	do {
		bool sleeps = !cpu->choose;

		lock_release();
		if (sleeps)
			__asm__ volatile("dsb sy\n\twfi" ::: "memory");
		lock_take();
		if (!sleeps && !machine_interrupt_pending())
			continue;
		if (traced)
			handle_traced(cpu);
		else
			handle_interrupt(cpu);
	} while (cpu->choose ? sched_choose(cpu) == NULL : cpu->current == NULL);
	return cpu->current;
}

static struct thread *leave(struct cpu *cpu)
{
	struct thread *next = cpu->current;

	if (cpu->choose)
		next = sched_choose(cpu);
	if (next == NULL)
		next = wait_for_thread(cpu, false);
	lock_release();
	return next;
}

INLINE void handle_sync(struct thread *self, uint64_t syndrome)
{
	if (SYNDROME_CLASS(syndrome) == CLASS_SVC)
		call_handle(self);
	else
		call_handle_fault(self, syndrome, sysreg_read(far_el1));
}

static struct thread *take_long_way(struct cpu *cpu, struct thread *self, uint64_t syndrome)
{
	handle_sync(self, syndrome);
	return leave(cpu);
}

/* Ends a short way where FP registers change hands. Mostly they go from the thread that has them to
 * another thread. */
__attribute__((noinline)) static struct thread *leave_with_fp(struct cpu *cpu)
{
	struct thread *next = cpu->current, *last = cpu->fp;

	if ((next->flags & RTOS_THREAD_FP) == 0 || !cpu->fp_is_open || last == NULL ||
	    last == next) {
		sched_exchange_fp(cpu, next);
		return leave(cpu);
	}
	cpu->fp = next;
	machine_fp_exchange(&last->fp, &next->fp);
	lock_release();
	return next;
}

/* The short ways call other functions only at their end, so no register has to be kept. */
struct thread *trap_sync(struct cpu *cpu, struct thread *self)
{
	uint64_t syndrome = sysreg_read(esr_el1);
	struct thread *next;

	lock_take();
	if (SYNDROME_CLASS(syndrome) != CLASS_SVC || cpu->choose || !call_go_short(cpu, self))
		return take_long_way(cpu, self, syndrome);
	next = cpu->current;
	if (sched_needs_fp(cpu, next))
		return leave_with_fp(cpu);
	lock_release();
	return next;
}

struct thread *trap_irq(struct cpu *cpu, struct thread *self)
{
	(void)self;
	lock_take();
	handle_interrupt(cpu);
	return leave(cpu);
}

/* ---- a CPU that is traced ---- */

static struct thread *leave_traced(struct cpu *cpu, const struct thread *self)
{
	struct thread *next = cpu->choose ? sched_choose(cpu) : cpu->current;

	if (next == NULL) {
		trace_goes_on(NULL);
		next = wait_for_thread(cpu, true);
		self = NULL;
	}
	if (next != self)
		trace_goes_on(next);
	lock_release();
	return next;
}

/* A traced CPU goes no short way. The long ways leave the same state, and have trace points. */
struct thread *trap_sync_traced(struct cpu *cpu, struct thread *self)
{
	uint64_t syndrome = sysreg_read(esr_el1);

	lock_take();
	if (SYNDROME_CLASS(syndrome) == CLASS_SVC)
		trace_svc(self);
	handle_sync(self, syndrome);
	return leave_traced(cpu, self);
}

struct thread *trap_irq_traced(struct cpu *cpu, struct thread *self)
{
	lock_take();
	handle_traced(cpu);
	return leave_traced(cpu, self);
}

struct thread *trap_begin(struct cpu *cpu)
{
	lock_take();
	cpu->choose = true;
	return leave(cpu);
}
