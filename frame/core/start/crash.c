/*
 * The frame's own crash. If the frame can't recover from it (recover.c), this is the last thing
 * that the machine does: it prints to the UART at once, even if a guest owns the UART. While guests
 * run none of this is mapped. So stop_machine() and the vectors go through head.S, which first
 * returns to the tables of the way in.
 */
#include <frame/esr.h>
#include <frame/print.h>
#include <frame/stop.h>
#include <machine/crash.h>
#include <machine/firmware.h>
#include <machine/sysreg.h>
#include <start/recover.h>
#include <state/core.h>

static uint8_t crash_failures CORE_LOCAL; /* failures of the frame itself */

struct crash_registers crash_registers CORE_LOCAL;
uint8_t crash_stack[CRASH_STACK_SIZE] CORE_LOCAL __attribute__((aligned(16)));

/* ---- what the start looks at ---- */

static struct {
	const char *what, *remedy;
	uint64_t base, size;
} crash_look CORE_LOCAL;

void crash_expect(const char *what, const char *remedy, uint64_t base, uint64_t size)
{
	crash_look.what = what;
	crash_look.remedy = remedy;
	crash_look.base = base;
	crash_look.size = size;
}

/* True: nothing answered at the address that the start tried. Every other exception is an error of
 * the frame's own. */
static bool crash_is_absence(void)
{
	return ISS_IS_EXTERNAL(sysreg_read(esr_el2)) &&
	       sysreg_read(far_el2) - crash_look.base < crash_look.size;
}

_Noreturn void crash_missing(uint64_t address)
{
	print("kumiki: the description has %s, and at 0x%lx there is none\n", crash_look.what,
	      PRINT_X(address));
	end_machine(crash_look.remedy);
}

/* ---- an error of the frame's own ---- */

static void print_registers(const uint64_t x[31])
{
	for (uint32_t i = 0; i < 31; i++)
		print("%sx%u 0x%lx", i % 4 == 0 ? "\n  " : "  ", i, PRINT_X(x[i]));
	print("\n");
}

/* From the linker: the services and constants lie between the frame's text and the start's. */
extern const uint8_t frame_rodata[], frame_start[];

static bool is_text(uint64_t address)
{
	uint64_t data = (uint64_t)(uintptr_t)frame_rodata;
	uint64_t data_end = (uint64_t)(uintptr_t)frame_start;

	return address - LAYOUT_TEXT < LAYOUT_SLOT && address - data >= data_end - data;
}

/*
 * Finds each word of the stack that is an address in the text: these are the places where calls
 * return to. Some may be left from earlier calls, in places that no function has written since.
 */
uint32_t crash_trace(uint64_t sp, uint64_t *found, uint32_t room)
{
	uint64_t at = (sp + 7) & ~7ULL;
	uint32_t count = 0;

	if (at < LAYOUT_STACK)
		return 0;
	for (; at < LAYOUT_STACK_TOP - TRAP_FRAME_SIZE && count < room; at += 8)
		if (is_text(*(const uint64_t *)at))
			found[count++] = *(const uint64_t *)at;
	return count;
}

static void print_back_trace(uint64_t sp)
{
	uint64_t found[16];
	uint32_t count = crash_trace(sp, found, 16);

	for (uint32_t i = 0; i < count; i++)
		print(" 0x%lx", PRINT_X(found[i]));
}

_Noreturn void crash_exception(void)
{
	const struct crash_registers *r = &crash_registers;
	const char *lost = 0;

	/* A failure of the report itself comes here again: without a limit that would never end. */
	crash_failures++;
	if (crash_failures > 3)
		firmware_off();
	if (crash_failures == 3)
		end_machine_silently();
	if (crash_failures == 1)
		lost = recover_try(r);
	report_last_words();
	if (crash_failures == 2)
		end_machine("the frame failed again while it said so");
	if (crash_is_absence())
		crash_missing(sysreg_read(far_el2));
	print("\nkumiki: core %u: the frame itself failed (vector %u)\n", core.index,
	      (uint32_t)r->vector);
	print("  syndrome 0x%lx, address 0x%lx, pc 0x%lx, lr 0x%lx, sp 0x%lx",
	      PRINT_X(sysreg_read(esr_el2)), PRINT_X(sysreg_read(far_el2)),
	      PRINT_X(sysreg_read(elr_el2)), PRINT_X(r->x[30]), PRINT_X(r->sp));
	print_registers(r->x);
	print("  trace");
	print_back_trace(r->sp);
	print("\nkumiki: the frame can't recover: %s\n", lost);
	end_machine("this is an error of the frame, not of a guest");
}
