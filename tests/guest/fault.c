/*
 * A guest's own errors: it gets the exception that hardware gives, with the right syndrome and
 * address, and goes on.
 *
 * Shows: memory.refused.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/exception.h>
#include <guest/psci.h>
#include <guest/test.h>

#define HOLE     0x0bf00000ul /* between devices: nothing there */
#define MEGABYTE 0x100000ul

extern const char __attribute__((visibility("hidden"))) _start[];

/* One exception of this class came, with this address; the fault status is an external abort. */
static void fault_is_abort(const struct guest_frame *frame, uint64_t class, uint64_t address)
{
	CHECK(frame != NULL);
	if (frame == NULL)
		return;
	CHECK_EQUAL(ESR_CLASS(frame->esr), class);
	CHECK_EQUAL(ESR_FAULT_STATUS(frame->esr), ESR_EXTERNAL_ABORT);
	CHECK_EQUAL(frame->esr >> 10 & 1, 0); /* FnV: the address is valid */
	CHECK_EQUAL(frame->far, address);
	CHECK_EQUAL(frame->esr >> 25 & 1, 1); /* IL: a 32-bit instruction */
	CHECK_EQUAL(fault_count(), 1);
}

static void load_from_hole(void)
{
	uint32_t value = 0x1234;

	fault_expect();
	__asm__ volatile("ldr %w0, [%1]" : "+r"(value) : "r"(HOLE + 8) : "memory");
	fault_is_abort(fault_taken(), ESR_CLASS_ABORT, HOLE + 8);
	CHECK_EQUAL(fault_taken()->esr >> 6 & 1, 0); /* a read */
	CHECK_EQUAL(value, 0x1234);
}

static void store_to_hole(void)
{
	fault_expect();
	__asm__ volatile("strb %w0, [%1]" ::"r"(1), "r"(HOLE + 0x123) : "memory");
	fault_is_abort(fault_taken(), ESR_CLASS_ABORT, HOLE + 0x123);
	CHECK_EQUAL(fault_taken()->esr >> 6 & 1, 1); /* a write */
}

/* Without a syndrome of its own, and with a base register that must not change. */
static void pair_from_hole(void)
{
	uint64_t at = HOLE;

	fault_expect();
	__asm__ volatile("ldp x9, x10, [%0], #16" : "+r"(at)::"x9", "x10", "memory");
	fault_is_abort(fault_taken(), ESR_CLASS_ABORT, HOLE);
	CHECK_EQUAL(at, HOLE);
}

/* The first megabyte, counted from the image, that isn't there. */
static uint64_t fault_end_of_memory(void)
{
	uint64_t at = ((uintptr_t)_start & ~(MEGABYTE - 1)) + MEGABYTE;

	for (;; at += MEGABYTE) {
		fault_expect();
		board_read32(at);
		if (fault_taken() != NULL)
			return at;
	}
}

static void just_above_memory(void)
{
	uint64_t end = fault_end_of_memory();

	board_read32(end - 4);
	fault_expect();
	board_read32(end);
	fault_is_abort(fault_taken(), ESR_CLASS_ABORT, end);
	fault_expect();
	board_write32(end + 0xffc, 1);
	fault_is_abort(fault_taken(), ESR_CLASS_ABORT, end + 0xffc);
}

static void jump_above_memory(void)
{
	uint64_t end = fault_end_of_memory();

	fault_expect();
	__asm__ volatile("blr %0" ::"r"(end + 64) : "x30", "memory");
	fault_is_abort(fault_taken(), ESR_CLASS_FETCH_ABORT, end + 64);
	CHECK_EQUAL(fault_taken()->elr, end + 64);
}

static void far_away(void)
{
	fault_expect();
	board_read32(0x7ff0000000ul);
	fault_is_abort(fault_taken(), ESR_CLASS_ABORT, 0x7ff0000000ul);
}

static void fault_is_undefined(const struct guest_frame *frame)
{
	CHECK(frame != NULL);
	if (frame == NULL)
		return;
	CHECK_EQUAL(ESR_CLASS(frame->esr), ESR_CLASS_UNKNOWN);
	CHECK_EQUAL(frame->esr & 0x1ffffff, 0);
	CHECK_EQUAL(fault_count(), 1);
}

/* An instruction's text can't stand in parentheses. NOLINTBEGIN(bugprone-macro-parentheses) */
#define UNDEFINED(text)                                                                            \
	do {                                                                                       \
		fault_expect();                                                                    \
		__asm__ volatile(text ::: "x9", "memory");                                         \
		fault_is_undefined(fault_taken());                                                 \
	} while (0)

/* NOLINTEND(bugprone-macro-parentheses) */

static void undefined_registers(void)
{
	UNDEFINED("mrs x9, s3_1_c15_c7_7");
	UNDEFINED("msr s3_1_c15_c7_7, xzr");
	UNDEFINED("mrs x9, s3_2_c4_c7_5");
	UNDEFINED("mrs x9, s3_7_c9_c9_1");
}

/* Registers of exception levels that a guest doesn't have. */
static void higher_levels(void)
{
	UNDEFINED("mrs x9, s3_4_c1_c1_0"); /* HCR_EL2 */
	UNDEFINED("msr s3_4_c1_c1_0, xzr");
	UNDEFINED("mrs x9, s3_4_c2_c1_0");  /* VTTBR_EL2 */
	UNDEFINED("mrs x9, s3_4_c12_c0_0"); /* VBAR_EL2 */
	UNDEFINED("mrs x9, s3_4_c14_c0_3"); /* CNTVOFF_EL2 */
	UNDEFINED("mrs x9, s3_6_c1_c1_0");  /* SCR_EL3 */
	UNDEFINED("mrs x9, s3_4_c12_c9_5"); /* ICC_SRE_EL2 */
}

static void undefined_instructions(void)
{
	UNDEFINED("udf #0");
	UNDEFINED("udf #0xbeef");
	UNDEFINED(".inst 0xd4800000"); /* unallocated exception generation */
}

/* An access that traps for another reason keeps its own class. */
static void breakpoints_and_calls(void)
{
	fault_expect();
	__asm__ volatile("brk #0x123");
	CHECK_EQUAL(ESR_CLASS(fault_taken()->esr), ESR_CLASS_BRK);
	CHECK_EQUAL(fault_taken()->esr & 0xffff, 0x123);
	fault_expect();
	/* A call returns behind itself: the handler skips one more instruction. */
	__asm__ volatile("svc #0x77\n\tnop");
	CHECK_EQUAL(ESR_CLASS(fault_taken()->esr), 0x15);
	CHECK_EQUAL(fault_taken()->esr & 0xffff, 0x77);
}

/* An address that the guest's own tables don't have stays the guest's own affair. */
static void own_translation_fault(void)
{
	fault_expect();
	board_read32(0x8000000000ul);
	CHECK_EQUAL(ESR_CLASS(fault_taken()->esr), ESR_CLASS_ABORT);
	CHECK_EQUAL(ESR_FAULT_STATUS(fault_taken()->esr) & 0x3c, 0x04);
	CHECK_EQUAL(fault_taken()->far, 0x8000000000ul);
}

/* Many in a row: nothing wears out. */
static void ten_thousand(void)
{
	fault_expect();
	for (uint32_t i = 0; i < 10000; i++)
		board_write32(HOLE + 4 * (i % 1024), i);
	CHECK_EQUAL(ESR_CLASS(fault_taken()->esr), ESR_CLASS_ABORT);
	CHECK_EQUAL(fault_count(), 10000);
}

const struct test tests[] = {
    {"load-from-hole", load_from_hole, TEST_ANYWHERE},
    {"store-to-hole", store_to_hole, TEST_ANYWHERE},
    {"pair-from-hole", pair_from_hole, TEST_ANYWHERE},
    {"just-above-memory", just_above_memory, TEST_ANYWHERE},
    {"jump-above-memory", jump_above_memory, TEST_ANYWHERE},
    {"far-away", far_away, TEST_ANYWHERE},
    {"undefined-registers", undefined_registers, TEST_ANYWHERE},
    {"higher-levels", higher_levels, TEST_ANYWHERE},
    {"undefined-instructions", undefined_instructions, TEST_ANYWHERE},
    {"breakpoints-and-calls", breakpoints_and_calls, TEST_ANYWHERE},
    {"own-translation-fault", own_translation_fault, TEST_ANYWHERE},
    {"ten-thousand", ten_thousand, TEST_ANYWHERE},
    {0},
};
