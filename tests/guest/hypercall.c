/*
 * Kumiki's own calls: discovery, identity, and exact errors for everything else.
 *
 * Shows: guests.hypercalls.
 */
#include <guest/cpu.h>
#include <guest/priority.h>
#include <guest/psci.h>
#include <guest/test.h>
#include <kumiki/hypercall.h>
#include <kumiki/life.h>

static void unknown_on_bare_machine(void)
{
	if (guest_under_kumiki())
		return;
	CHECK_EQUAL((uint32_t)psci_call4(KUMIKI_CALL_UID, 0, 0, 0).x[0], 0xffffffff);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_NOP, 0, 0, 0).x[0], ~0ul);
}

static void revision(void)
{
	struct psci_result result = psci_call4(KUMIKI_CALL_REVISION, 0, 0, 0);

	CHECK_EQUAL(result.x[0], KUMIKI_ABI_MAJOR);
	CHECK_EQUAL(result.x[1], KUMIKI_ABI_MINOR);
}

static void identity(void)
{
	struct psci_result self = psci_call4(KUMIKI_CALL_SELF, 0, 0, 0);

	CHECK(self.x[0] < 8);
	CHECK_EQUAL(self.x[1], cpu_number());
	CHECK_EQUAL(self.x[2], cpu_count());
}

/* ---- since 1.1: as a partition that manages nobody and rings nothing, alone or among others ----
 */

static uint64_t hypercall_own_index(void)
{
	return psci_call4(KUMIKI_CALL_SELF, 0, 0, 0).x[0];
}

static void starts(void)
{
	CHECK(psci_call4(KUMIKI_CALL_SELF, 0, 0, 0).x[3] >= 1);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_SELF, 0, 0, 0).x[3],
	            psci_call4(KUMIKI_CALL_STATE, hypercall_own_index(), 0, 0).x[2]);
}

static void partitions(void)
{
	struct psci_result all = psci_call4(KUMIKI_CALL_PARTITIONS, 0, 0, 0);

	CHECK(all.x[0] >= 1 && all.x[0] <= 8);
	CHECK(hypercall_own_index() < all.x[0]);
	CHECK_EQUAL(all.x[1], 0);
}

static void own_state(void)
{
	struct psci_result own = psci_call4(KUMIKI_CALL_STATE, hypercall_own_index(), 0, 0);

	CHECK_EQUAL(own.x[0], LIFE_RUNNING);
	CHECK_EQUAL(own.x[1], STOP_NONE);
}

/*
 * A call about a missing thing is denied like one about an existing thing, so that the answer tells
 * nothing.
 */
static void lives_of_others_are_denied(void)
{
	for (uint64_t i = 0; i < 70; i++) {
		if (i != hypercall_own_index())
			CHECK_EQUAL(psci_call4(KUMIKI_CALL_STATE, i, 0, 0).x[0], KUMIKI_DENIED);
		for (uint64_t command = 0; command < 10; command++)
			CHECK_EQUAL(psci_call4(KUMIKI_CALL_COMMAND, i, command, 0).x[0],
			            KUMIKI_DENIED);
	}
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_STATE, ~0ul, 0, 0).x[0], KUMIKI_DENIED);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_COMMAND, 1ul << 32, LIFE_STOP, 0).x[0], KUMIKI_DENIED);
}

/*
 * A partition that doesn't manage itself may not move its own vCPU either. A missing vCPU is
 * denied, too.
 */
static void moves_are_denied(void)
{
	const uint64_t own = hypercall_own_index();
	static const uint64_t odd[] = {0, 1, 7, 8, 63, 64, 1ul << 32, ~0ul};

	for (unsigned int i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		CHECK_EQUAL(psci_call4(KUMIKI_CALL_MOVE, odd[i], 0, 0).x[0], KUMIKI_DENIED);
		CHECK_EQUAL(psci_call4(KUMIKI_CALL_MOVE, own, odd[i], 0).x[0], KUMIKI_DENIED);
		CHECK_EQUAL(psci_call4(KUMIKI_CALL_MOVE, own, 0, odd[i]).x[0], KUMIKI_DENIED);
	}
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_SELF, 0, 0, 0).x[1], cpu_number());
}

/* Nothing described: which cores are on is nothing that it may change, or know. */
static void policies_are_denied(void)
{
	for (uint64_t policy = 0; policy < 8; policy++)
		CHECK_EQUAL(psci_call4(KUMIKI_CALL_POWER, policy, 0, 0).x[0], KUMIKI_DENIED);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_POWER, KUMIKI_POWER_SAME, 0, 0).x[0], KUMIKI_DENIED);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_POWER, 1ul << 32, 0, 0).x[0], KUMIKI_DENIED);
}

/* Nothing described: it may tell what it has, which is one of these, and nothing else. */
static void priority_is_as_described(void)
{
	unsigned int good = 0;

	for (uint64_t priority = 0; priority < 300; priority++) {
		int64_t answer = priority_tell(priority);

		CHECK(answer == 0 || answer == KUMIKI_INVALID_PARAMETERS);
		good += answer == 0;
	}
	CHECK_EQUAL(good, 1);
	CHECK_EQUAL(priority_tell(1ul << 32), KUMIKI_INVALID_PARAMETERS);
	CHECK_EQUAL(priority_tell(~0ul), KUMIKI_INVALID_PARAMETERS);
}

static void names_of_all(void)
{
	const uint64_t own = hypercall_own_index();
	const uint64_t count = psci_call4(KUMIKI_CALL_PARTITIONS, 0, 0, 0).x[0];

	for (uint64_t offset = 0; offset < 32; offset += 8)
		CHECK_EQUAL(psci_call4(KUMIKI_CALL_NAME_OF, own, offset, 0).x[0],
		            psci_call4(KUMIKI_CALL_NAME, offset, 0, 0).x[0]);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_NAME_OF, own, 4, 0).x[0], KUMIKI_INVALID_PARAMETERS);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_NAME_OF, own, 32, 0).x[0], KUMIKI_INVALID_PARAMETERS);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_NAME_OF, count, 0, 0).x[0], KUMIKI_INVALID_PARAMETERS);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_NAME_OF, ~0ul, 0, 0).x[0], KUMIKI_INVALID_PARAMETERS);
}

static void no_doorbells(void)
{
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_RING, 0, 0, 0).x[0], KUMIKI_INVALID_PARAMETERS);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_RING, 32, 0, 0).x[0], KUMIKI_INVALID_PARAMETERS);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_RING, ~0ul, 0, 0).x[0], KUMIKI_INVALID_PARAMETERS);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_RING, 1ul << 32, 0, 0).x[0], KUMIKI_INVALID_PARAMETERS);
}

static struct psci_result hypercall_other_self;
static volatile uint32_t hypercall_done;

static void hypercall_on_other(void)
{
	hypercall_other_self = psci_call4(KUMIKI_CALL_SELF, 0, 0, 0);
	hypercall_done = 1;
	cpu_sev();
}

static void identity_of_other_cpu(void)
{
	if (!guest_under_kumiki())
		return;
	CHECK_EQUAL(cpu_start(1, hypercall_on_other), PSCI_SUCCESS);
	cpu_wait_for(&hypercall_done, 1);
	CHECK_EQUAL(hypercall_other_self.x[1], 1);
	CHECK_EQUAL(hypercall_other_self.x[2], cpu_count());
}

/* Letters, digits, '-' and '_', at least one, then zeros to the end. */
static void name(void)
{
	bool ended = false;

	for (uint64_t offset = 0; offset < 32; offset += 8) {
		uint64_t part = psci_call4(KUMIKI_CALL_NAME, offset, 0, 0).x[0];

		for (unsigned int i = 0; i < 8; i++) {
			uint8_t c = (uint8_t)(part >> 8 * i);

			CHECK(!ended || c == 0);
			CHECK(c == 0 || c == '-' || c == '_' || (c >= '0' && c <= '9') ||
			      (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
			ended = ended || c == 0;
			CHECK(offset + i != 0 || c != 0);
		}
	}
	CHECK(ended);
}

static void name_errors(void)
{
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_NAME, 4, 0, 0).x[0], KUMIKI_INVALID_PARAMETERS);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_NAME, 32, 0, 0).x[0], KUMIKI_INVALID_PARAMETERS);
	CHECK_EQUAL(psci_call4(KUMIKI_CALL_NAME, ~0ul, 0, 0).x[0], KUMIKI_INVALID_PARAMETERS);
}

static void unknown_calls(void)
{
	CHECK_EQUAL(psci_call4(0xc600ffff, 0, 0, 0).x[0], ~0ul);
	CHECK_EQUAL(psci_call4(0xc6000123, 1, 2, 3).x[0], ~0ul);
	CHECK_EQUAL((uint32_t)psci_call4(0x86000000, 0, 0, 0).x[0], 0xffffffff);
	CHECK_EQUAL((uint32_t)psci_call4(0x8600ff00, 0, 0, 0).x[0], 0xffffffff);
	CHECK_EQUAL((uint32_t)psci_call4(0x06000000, 0, 0, 0).x[0], 0xffffffff);
}

/* SMC is as good as HVC. */
static void by_smc(void)
{
	register uint64_t x0 __asm__("x0") = KUMIKI_CALL_UID;
	register uint64_t x1 __asm__("x1") = 0;
	register uint64_t x2 __asm__("x2") = 0;
	register uint64_t x3 __asm__("x3") = 0;

	__asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
	uint64_t first = x0, last = x3; /* the registers don't outlive the next call */
	CHECK_EQUAL((uint32_t)first, KUMIKI_UID_0);
	CHECK_EQUAL((uint32_t)last, KUMIKI_UID_3);
}

/* Another number in the instruction is not the calling convention; the crash's is HVC's alone. */
static void other_immediates(void)
{
	register uint64_t x0 __asm__("x0") = PSCI_VERSION;

	__asm__ volatile("hvc #1" : "+r"(x0)::"x1", "x2", "x3", "memory");
	CHECK_EQUAL(x0, ~0ul);
	x0 = PSCI_VERSION;
	__asm__ volatile("smc #1" : "+r"(x0)::"x1", "x2", "x3", "memory");
	CHECK_EQUAL(x0, ~0ul);
	x0 = PSCI_VERSION;
	__asm__ volatile("smc %1" : "+r"(x0) : "i"(KUMIKI_HVC_CRASH) : "x1", "x2", "x3", "memory");
	CHECK_EQUAL(x0, ~0ul);
}

static void nothing_ten_thousand_times(void)
{
	for (uint32_t i = 0; i < 10000; i++)
		if (!CHECK_EQUAL(psci_call4(KUMIKI_CALL_NOP, i, 0, 0).x[0], 0))
			return;
}

const struct test tests[] = {
    {"unknown-on-bare-machine", unknown_on_bare_machine, TEST_ANYWHERE},
    {"revision", revision, TEST_KUMIKI},
    {"identity", identity, TEST_KUMIKI},
    {"identity-of-other-cpu", identity_of_other_cpu, TEST_SMP},
    {"name", name, TEST_KUMIKI},
    {"name-errors", name_errors, TEST_KUMIKI},
    {"starts", starts, TEST_KUMIKI},
    {"partitions", partitions, TEST_KUMIKI},
    {"own-state", own_state, TEST_KUMIKI},
    {"lives-of-others-are-denied", lives_of_others_are_denied, TEST_KUMIKI},
    {"moves-are-denied", moves_are_denied, TEST_KUMIKI},
    {"policies-are-denied", policies_are_denied, TEST_KUMIKI},
    {"names-of-all", names_of_all, TEST_KUMIKI},
    {"priority-is-as-described", priority_is_as_described, TEST_KUMIKI},
    {"no-doorbells", no_doorbells, TEST_KUMIKI},
    {"unknown-calls", unknown_calls, TEST_KUMIKI},
    {"by-smc", by_smc, TEST_KUMIKI},
    {"other-immediates", other_immediates, TEST_KUMIKI},
    {"nothing-ten-thousand-times", nothing_ten_thousand_times, TEST_KUMIKI},
    {0},
};
