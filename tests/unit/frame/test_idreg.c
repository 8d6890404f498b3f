/*
 * The guests' view of the ID registers: known cores, features that must never show, and rules for
 * any hardware value.
 *
 * Shows: guests.id-registers.
 */
#include <pure/idreg.h>
#include <stdlib.h>
#include <unit.h>

#define ONES 0xffffffffffffffff

static void check(uint32_t crm, uint32_t op2, uint64_t hardware, uint64_t wanted)
{
	if (idreg_view(crm, op2, hardware) != wanted)
		fail_msg("S3_0_C0_C%u_%u: %#llx, not %#llx", crm, op2,
		         (unsigned long long)idreg_view(crm, op2, hardware),
		         (unsigned long long)wanted);
}

TEST(test_cortex_a57)
{
	check(4, 0, 0x01002222, 0x01000012); /* PFR0: no EL2, EL3 */
	check(4, 1, 0, 0);
	check(5, 0, 0x10305106, 0x10305106); /* DFR0 */
	check(6, 0, 0x00011120, 0x00011120); /* ISAR0: AES, SHA, CRC32 */
	check(7, 0, 0x00001124, 0x00000122); /* MMFR0: 40 bits */
	check(7, 1, 0, 0);
	check(1, 0, 0x00000131, 0x00000131); /* PFR0 */
	check(1, 1, 0x00011011, 0x00010001); /* PFR1: timer, no security */
	check(1, 2, 0x03010066, 0x03000006); /* DFR0 */
	check(1, 4, 0x10201105, 0x10201105);
	check(2, 5, 0x00011121, 0x00011121);
	check(3, 1, 0x12111111, 0x12111111);
}

TEST(test_neoverse_n1)
{
	/* PFR0: CSV3, CSV2, RAS, GIC, AdvSIMD and FP with half precision */
	check(4, 0, 0x1100000011112222, 0x1100000001110012);
	check(4, 1, 0x0000000000000020, 0x20); /* SSBS */
	/* DFR0: statistical profiling never, PMUv3p1 and debug v8.2 */
	check(5, 0, 0x0000000110305408, 0x0000000010305408);
	check(6, 0, 0x0000100010211120, 0x0000100010211120);
	check(6, 1, 0x0000000000100001, 0x0000000000100001);
	check(7, 0, 0x0000000000101125, 0x0000000000100122);
	/* MMFR1: HAFDBS, HPDS, PAN; not VMID16, VHE, LORegions, XNX */
	check(7, 1, 0x0000000010212122, 0x0000000000202002);
	check(7, 2, 0x0000000000001011, 0x0000000000000011); /* IESB */
}

/* Fields that say "not there" by f must not be turned into a number. */
TEST(test_signed_fields_pass)
{
	check(4, 0, 0x00ff0011, 0x00ff0011);     /* no FP, no AdvSIMD */
	check(7, 0, 0xff000000, 0xff000000);     /* no 4 KiB, no 64 KiB */
	check(5, 0, 0xf000000f06, 0xf000000006); /* no DoubleLock, unknown PMU */
	check(1, 2, 0x0f000006, 0x00000006);
}

struct field {
	const char *name;
	uint8_t crm, op2, shift;
};

static void expect_hidden(const struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct field *f = &fields[i];

		if ((idreg_view(f->crm, f->op2, ONES) >> f->shift & 0xf) != 0)
			fail_msg("%s shows", f->name);
	}
}

TEST(test_some_features_never_show)
{
	static const struct field fields[] = {
	    {"EL2", 4, 0, 8},          {"EL3", 4, 0, 12},
	    {"RAS", 4, 0, 28},         {"SVE", 4, 0, 32},
	    {"SEL2", 4, 0, 36},        {"MPAM", 4, 0, 40},
	    {"AMU", 4, 0, 44},         {"RME", 4, 0, 52},
	    {"MTE", 4, 1, 8},          {"RAS_frac", 4, 1, 12},
	    {"MPAM_frac", 4, 1, 16},   {"SME", 4, 1, 24},
	    {"CSV2_frac", 4, 1, 32},   {"NMI", 4, 1, 36},
	    {"GCS", 4, 1, 44},         {"ZFR0", 4, 4, 0},
	    {"SMFR0", 4, 5, 32},       {"TraceVer", 5, 0, 4},
	    {"PMSVer", 5, 0, 32},      {"TraceFilt", 5, 0, 40},
	    {"TraceBuffer", 5, 0, 44}, {"BRBE", 5, 0, 52},
	    {"ExtTrcBuff", 5, 0, 56},  {"TME", 6, 0, 24},
	    {"LS64", 6, 1, 60},        {"WFxT", 6, 2, 0},
	    {"MOPS", 6, 2, 16},        {"FGT", 7, 0, 56},
	    {"ECV", 7, 0, 60},         {"VMIDBits", 7, 1, 4},
	    {"VH", 7, 1, 8},           {"LO", 7, 1, 16},
	    {"XNX", 7, 1, 28},         {"TWED", 7, 1, 32},
	    {"HCX", 7, 1, 40},         {"NV", 7, 2, 24},
	    {"FWB", 7, 2, 40},         {"EVT", 7, 2, 56},
	    {"TCRX", 7, 3, 0},         {"Virtualization", 1, 1, 12},
	    {"Security", 1, 1, 4},     {"AArch32 RAS", 1, 0, 28},
	    {"AArch32 AMU", 1, 0, 20}, {"AArch32 EVT", 2, 6, 28},
	};

	expect_hidden(fields, sizeof(fields) / sizeof(fields[0]));
}

/* PMUv3p9 is more than the frame switches, PMUv3p8 isn't. */
TEST(test_newer_counters)
{
	check(5, 0, 0x0000090b, 0x00000809);
	check(5, 0, 0x00000809, 0x00000809);
	check(1, 2, 0x0900000b, 0x08000009);
}

TEST(test_pointer_authentication_stays)
{
	check(6, 1, 0x0000000011000110, 0x0000000011000110);
	check(6, 2, 0x0000000001001100, 0x0000000001001100);
}

TEST(test_unknown_registers_read_zero)
{
	static const uint8_t none[][2] = {{0, 1}, {0, 7}, {2, 8}, {3, 3}, {3, 7},    {4, 2},
	                                  {4, 3}, {4, 6}, {5, 1}, {5, 3}, {5, 7},    {6, 3},
	                                  {6, 7}, {7, 4}, {7, 7}, {8, 0}, {255, 255}};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		check(none[i][0], none[i][1], ONES, 0);
}

/* No digit of the view exceeds the hardware's, and reading twice changes nothing. */
TEST(test_any_hardware)
{
	uint64_t seed = 5;

	for (int i = 0; i < 20000; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		uint64_t hardware = seed ^ seed >> 29;
		uint32_t crm = (uint32_t)(seed >> 40) % 8;
		uint32_t op2 = (uint32_t)(seed >> 50) % 8;
		uint64_t view = idreg_view(crm, op2, hardware);

		for (uint32_t shift = 0; shift < 64; shift += 4)
			assert_true((view >> shift & 0xf) <= (hardware >> shift & 0xf));
		assert_int_equal(idreg_view(crm, op2, view), view);
	}
}
