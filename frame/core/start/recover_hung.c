/*
 * Brings a core to rest that hangs (run/hang.h): takes the frame's text away from it, at first all
 * but the first two pages: the boot's and the vectors'. The core's next instruction can't be
 * fetched, so the core crashes, and recovers as after any crash. A core that has got on meanwhile
 * crashes at its next trap: this does a guest no harm.
 */
#include <frame/print.h>
#include <frame/stop.h>
#include <machine/crash.h>
#include <machine/mail_interrupt.h>
#include <machine/sysreg.h>
#include <machine/wait.h>
#include <start/recover.h>
#include <state/core.h>
#include <word/power.h>
#include <word/timer.h>

/* From the linker: the end of the pages that a crash needs, and of the text. */
extern const uint8_t frame_crash_end[], frame_rodata[];

#define FIRST (((uintptr_t)frame_crash_end - LAYOUT_TEXT) / PAGE_SIZE)
#define END   (((uintptr_t)frame_rodata - LAYOUT_TEXT) / PAGE_SIZE)

#define recovery (&shared_memory->recovery)

/* The leaf table of a core's text, in the tables with which it runs guests. */
static volatile uint64_t *text_of(uint32_t index)
{
	return (volatile uint64_t *)(LAYOUT_TEXT_TABLES + (uint64_t)index * PAGE_SIZE);
}

/* An entry becomes invalid, so nothing else has to come first (break-before-make). */
static void take_text(uint32_t cores, uint64_t first)
{
	for (; cores != 0; cores &= cores - 1)
		for (uint64_t i = first; i < END; i++)
			text_of((uint32_t)__builtin_ctz(cores))[i] = 0;
	__asm__ volatile("dsb ishst; tlbi alle2is; dsb ish; isb" ::: "memory");
}

/* All cores map the same text. No TLB keeps an entry that was invalid. */
static void give_text(uint32_t cores, uint64_t end)
{
	const volatile uint64_t *own = text_of(core.index);

	for (; cores != 0; cores &= cores - 1)
		for (uint64_t i = 0; i < end; i++)
			text_of((uint32_t)__builtin_ctz(cores))[i] = own[i];
	__asm__ volatile("dsb ishst" ::: "memory");
}

void recover_take_text(uint32_t cores)
{
	take_text(cores, FIRST);
}

void recover_give_text(uint32_t cores)
{
	give_text(cores, END);
}

_Noreturn static void give_up(uint32_t index)
{
	report_last_words();
	print("\nkumiki: core %u hangs in the frame, and nothing brings it to rest\n", index);
	end_machine("this is an error of the frame, not of a guest");
}

/* True: a core has crashed, or this one has gone off. */
static bool has_crashed(uint32_t index)
{
	const uint64_t end = timer_now() + timer_ticks(RECOVER_PATIENCE_NS);

	while (__atomic_load_n(&recovery->by, __ATOMIC_SEQ_CST) == 0 && !power_is_dark(index)) {
		if (timer_now() > end)
			return false;
		wait_pause();
	}
	return true;
}

/* The core loops in the pages that a crash needs. Without them it takes one exception after the
 * other, and executes nothing. It crashes when it has them again. */
static void take_all(uint32_t index)
{
	take_text(1u << index, 0);
	(void)has_crashed(index);
	give_text(1u << index, FIRST);
	if (!has_crashed(index))
		give_up(index);
}

/* One core at a time does this. The core that crashes takes its name out of `hung`: note(). A core
 * that gets on may go off before it misses its text. */
void recover_hung(uint64_t index)
{
	const uint32_t at = (uint32_t)index, name = at + 1;
	uint32_t nobody = 0;

	if (__atomic_load_n(&recovery->by, __ATOMIC_SEQ_CST) != 0 ||
	    !__atomic_compare_exchange_n(&recovery->hung, &nobody, name, false, __ATOMIC_SEQ_CST,
	                                 __ATOMIC_SEQ_CST))
		return;
	recover_take_text(1u << at);
	mail_interrupt(core.mail_target[at], GIC_CLASSES - 1);
	if (!has_crashed(at))
		take_all(at);
	recover_give_text(1u << at);
	if (__atomic_load_n(&recovery->by, __ATOMIC_SEQ_CST) != name)
		__atomic_store_n(&recovery->hung, 0, __ATOMIC_SEQ_CST);
}
