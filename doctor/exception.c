/*
 * What ends an attempt: an exception, or a driver of the frame that can't go on. Their words are
 * the defect's.
 */
#include <doctor/doctor.h>
#include <doctor/interrupts.h>
#include <frame/esr.h>
#include <frame/stop.h>
#include <machine/local.h>

struct exception exception_last CORE_LOCAL;

void exception_taken(uint64_t kind, uint64_t esr, uint64_t far, uint64_t answer);

/* An attempt is being made; else the doctor itself is wrong, and only says so. */
_Noreturn static void exception_end(void)
{
	if (sysreg_read(tpidr_el2) != 0)
		attempt_leave();
	print("doctor: ");
	exception_tell();
	print("; this is a fault of the doctor's own: please report it\n");
	for (;;)
		__asm__ volatile("wfe");
}

/* From vectors.S. */
void exception_taken(uint64_t kind, uint64_t esr, uint64_t far, uint64_t answer)
{
	if (kind == EXCEPTION_INTERRUPTED)
		interrupts_take();
	exception_last = (struct exception){kind, esr, far, sysreg_read(elr_el2), answer, 0};
	exception_end();
}

_Noreturn void stop_machine(const char *why)
{
	exception_last = (struct exception){.kind = EXCEPTION_FRAME, .frame = why};
	exception_end();
}

/* The frame's words go to the UART at once. */
void report_last_words(void)
{
}

static void tell_synchronous(void)
{
	const uint32_t class = ESR_CLASS(exception_last.esr);

	if (class == CLASS_DATA + 1)
		print("nothing answers at 0x%lx (data abort", PRINT_X(exception_last.far));
	else if (class == CLASS_UNKNOWN)
		print("an instruction is unknown to this CPU, or not allowed (undefined");
	else
		print("an exception came (class 0x%lx", PRINT_X(class));
	print(", ESR_EL2 0x%lx, at 0x%lx)", PRINT_X(exception_last.esr),
	      PRINT_X(exception_last.elr));
}

/* Of EL1 what that exception was; of an HVC, what the code at EL1 had met before. */
static void tell_guest(void)
{
	if (ESR_CLASS(exception_last.esr) == CLASS_HVC)
		print("the code at EL1 meets an exception (ESR_EL1 0x%lx, FAR_EL1 0x%lx)",
		      PRINT_X(sysreg_read(esr_el1)), PRINT_X(sysreg_read(far_el1)));
	else
		print("the code at EL1 meets an exception (ESR_EL2 0x%lx, at 0x%lx)",
		      PRINT_X(exception_last.esr), PRINT_X(exception_last.elr));
}

void exception_tell(void)
{
	switch (exception_last.kind) {
	case EXCEPTION_FRAME:
		print("the frame's driver stops: %s", exception_last.frame);
		break;
	case EXCEPTION_FIQ:
		print("an FIQ came, and every interrupt is in group 1");
		break;
	case EXCEPTION_SERROR:
		print("an error of the memory system came (SError, ESR_EL2 0x%lx)",
		      PRINT_X(exception_last.esr));
		break;
	case EXCEPTION_INTERRUPTED:
		print("the code at EL1 doesn't come to its end (it was at 0x%lx)",
		      PRINT_X(exception_last.elr));
		break;
	case EXCEPTION_GUEST:
		tell_guest();
		break;
	default:
		tell_synchronous();
		break;
	}
}
