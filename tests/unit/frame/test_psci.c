/*
 * PSCI and SMCCC: each call, each answer that the specifications name, in both calling conventions.
 *
 * Shows: guests.psci.
 */
#include <fake/machine.h>
#include <pure/psci.h>
#include <string.h>
#include <unit.h>

#define SMC64 0x40000000u

#define VERSION      0x84000000u
#define SUSPEND      0x84000001u
#define OFF          0x84000002u
#define ON           0x84000003u
#define INFO         0x84000004u
#define MIGRATE      0x84000005u
#define MIGRATE_TYPE 0x84000006u
#define MIGRATE_UP   0x84000007u
#define SYSTEM_OFF   0x84000008u
#define RESET        0x84000009u
#define FEATURES     0x8400000au
#define RESET2       0x84000012u
#define SMCCC        0x80000000u
#define ARCH         0x80000001u
#define WORKAROUND_1 0x80008000u
#define WORKAROUND_2 0x80007fffu
#define WORKAROUND_3 0x80003fffu
#define PV_FEATURES  0xc5000020u
#define PV_STOLEN    0xc5000021u

#define RAM      0x40000000ULL
#define RAM_SIZE 0x200000ULL
#define HIGH     0x4000000000ULL /* RAM beyond 32 bits */
#define DEVICE   0x09000000ULL
#define VCPUS    4

static _Alignas(4096) uint8_t tables[16][4096];
static struct page_pool pool;
static struct stage2 memory;
/* Two clusters, and one far away. */
static const uint64_t affinities[VCPUS] = {0x0, 0x1, 0x100, 0x200000003};
static int32_t states[VCPUS];
static struct psci_guest guest;
static const int8_t workarounds[3] = {1, PSCI_NOT_SUPPORTED, 0};

static void setup(void)
{
	fake_reset(tables, pa_at(0x50000000), 16);
	page_pool_init(&pool, tables, pa_at(0x50000000), 16);
	assert_int_equal(stage2_init(&memory, &pool, 1), STAGE2_OK);
	assert_int_equal(stage2_map(&memory, ipa_at(RAM), pa_at(RAM), RAM_SIZE, STAGE2_RAM), 0);
	assert_int_equal(stage2_map(&memory, ipa_at(HIGH), pa_at(HIGH), RAM_SIZE, STAGE2_RAM), 0);
	assert_int_equal(stage2_map(&memory, ipa_at(DEVICE), pa_at(DEVICE), 4096, STAGE2_DEVICE),
	                 0);
	guest = (struct psci_guest){.vcpus = VCPUS,
	                            .affinities = affinities,
	                            .states = states,
	                            .memory = &memory,
	                            .workarounds = workarounds};
	for (uint32_t i = 0; i < VCPUS; i++)
		states[i] = i % 2 != 0 ? PSCI_VCPU_ON : PSCI_VCPU_STARTING; /* of a former life */
	psci_begin(&guest);
}

const struct unit_fixture unit_each = {setup, NULL};

static struct psci_action call(uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct psci_call it = {.function = function, .x1 = x1, .x2 = x2, .x3 = x3};

	return psci_decide(&guest, &it);
}

static int64_t answered(uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct psci_action action = call(function, x1, x2, x3);

	assert_int_equal(action.kind, PSCI_ANSWER);
	return action.answer;
}

static int kind(uint32_t function, uint64_t x1, uint64_t x2)
{
	return (int)call(function, x1, x2, 0).kind;
}

TEST(test_begin)
{
	assert_int_equal(states[0], PSCI_VCPU_ON);
	for (int i = 1; i < VCPUS; i++)
		assert_int_equal(states[i], PSCI_VCPU_OFF);
}

TEST(test_versions)
{
	assert_int_equal(answered(VERSION, 0, 0, 0), 0x10001);
	assert_int_equal(answered(SMCCC, 0, 0, 0), 0x10001);
	assert_int_equal(answered(MIGRATE_TYPE, 0, 0, 0), 2);
}

TEST(test_features)
{
	static const uint32_t there[] = {
	    VERSION, SUSPEND,        SUSPEND | SMC64, OFF,        ON,    ON | SMC64,
	    INFO,    INFO | SMC64,   MIGRATE_TYPE,    SYSTEM_OFF, RESET, FEATURES,
	    RESET2,  RESET2 | SMC64, SMCCC,
	};

	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		assert_int_equal(answered(FEATURES, there[i], 0, 0), PSCI_SUCCESS);
	for (uint32_t number = 0; number < 0x40; number++) {
		for (uint32_t wide = 0; wide <= SMC64; wide += SMC64) {
			uint32_t function = (VERSION + number) | wide;
			bool found = false;

			for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
				found |= there[i] == function;
			assert_int_equal(answered(FEATURES, function, 0, 0),
			                 found ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
		}
	}
	assert_int_equal(answered(FEATURES, WORKAROUND_1, 0, 0), PSCI_NOT_SUPPORTED);
	/* A uint32_t argument of an SMC32 call: the upper bits don't count. */
	assert_int_equal(answered(FEATURES, 0xdead00000000 | RESET, 0, 0), PSCI_SUCCESS);
}

TEST(test_cpu_on_starts_once)
{
	struct psci_action action = call(ON | SMC64, 0x100, HIGH + 0x1000, 0x123456789abc);

	assert_int_equal(action.kind, PSCI_CPU_ON);
	assert_int_equal(action.vcpu, 2);
	assert_int_equal(action.answer, PSCI_SUCCESS);
	assert_int_equal(action.entry, HIGH + 0x1000);
	assert_int_equal(action.context, 0x123456789abc);
	assert_int_equal(states[2], PSCI_VCPU_STARTING);
	assert_int_equal(answered(ON | SMC64, 0x100, RAM, 0), PSCI_ALREADY_ON);
	psci_started(&guest, 2);
	assert_int_equal(answered(ON | SMC64, 0x100, RAM, 0), PSCI_ALREADY_ON);
	assert_int_equal(answered(ON, 0x100, RAM, 0), PSCI_ALREADY_ON);
	assert_false(psci_went_off(&guest, 2));
	assert_int_equal(kind(ON, 0x100, RAM), PSCI_CPU_ON);
}

TEST(test_cpu_on_in_32_bits)
{
	struct psci_action action =
	    call(ON, 0xffffffff00000001, 0x5500000000 | (RAM + 8), 0x123456789abc);

	assert_int_equal(action.kind, PSCI_CPU_ON);
	assert_int_equal(action.vcpu, 1);
	assert_int_equal(action.entry, RAM + 8);
	assert_int_equal(action.context, 0x56789abc);
	/* A vCPU with an Aff3 can't be named in 32 bits. */
	assert_int_equal(answered(ON, affinities[3], RAM, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(kind(ON | SMC64, affinities[3], RAM), PSCI_CPU_ON);
}

TEST(test_cpu_on_refusals)
{
	static const uint64_t nobody[] = {2,           0x101, 0x80000001, 0x40000001, 0x10000000001,
	                                  0x300000003, ~0ULL};
	static const uint64_t nowhere[] = {0,       RAM - 4, RAM + RAM_SIZE, DEVICE,
	                                   RAM + 1, RAM + 2, 1ULL << 39,     ~0ULL & ~3ULL};

	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		assert_int_equal(answered(ON | SMC64, nobody[i], RAM, 0), PSCI_INVALID_PARAMETERS);
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++)
		assert_int_equal(answered(ON | SMC64, 1, nowhere[i], 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(answered(ON | SMC64, 0, 0, 0), PSCI_ALREADY_ON);
	assert_int_equal(states[1], PSCI_VCPU_OFF);
	assert_int_equal(kind(ON | SMC64, 1, RAM + RAM_SIZE - 4), PSCI_CPU_ON);
}

TEST(test_off)
{
	assert_int_equal(kind(OFF, 0, 0), PSCI_CPU_OFF);
	assert_int_equal(states[0], PSCI_VCPU_ON); /* until it is really gone */
	assert_int_equal(kind(ON, 1, RAM), PSCI_CPU_ON);
	assert_false(psci_went_off(&guest, 0)); /* 1 is on its way */
	psci_started(&guest, 1);
	assert_int_equal(answered(INFO, 0, 0, 0), 1);
	assert_int_equal(kind(ON, 0, RAM), PSCI_CPU_ON);
	psci_started(&guest, 0);
	assert_false(psci_went_off(&guest, 1));
	assert_true(psci_went_off(&guest, 0));
	assert_int_equal(answered(OFF | SMC64, 0, 0, 0), PSCI_NOT_SUPPORTED);
}

TEST(test_suspend)
{
	struct psci_action action;

	action = call(SUSPEND | SMC64, 0x1234, 0, 0);
	assert_int_equal(action.kind, PSCI_STANDBY);
	assert_int_equal(action.answer, PSCI_SUCCESS);
	action = call(SUSPEND | SMC64, 0x10000, HIGH, 77);
	assert_int_equal(action.kind, PSCI_POWERDOWN);
	assert_int_equal(action.entry, HIGH);
	assert_int_equal(action.context, 77);
	action = call(SUSPEND, 0x10000, RAM, 0xf00000001);
	assert_int_equal(action.kind, PSCI_POWERDOWN);
	assert_int_equal(action.context, 1);
	assert_int_equal(kind(SUSPEND | SMC64, 0xffffffff00000000, 0), PSCI_STANDBY);
	assert_int_equal(answered(SUSPEND, 0x10000, DEVICE, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(answered(SUSPEND, 0x10000, RAM + 2, 0), PSCI_INVALID_ADDRESS);
	for (uint32_t bit = 17; bit < 32; bit++)
		assert_int_equal(answered(SUSPEND, 1u << bit, RAM, 0), PSCI_INVALID_PARAMETERS);
}

TEST(test_affinity_info)
{
	assert_int_equal(answered(INFO | SMC64, 0, 0, 0), 0);
	assert_int_equal(answered(INFO | SMC64, 1, 0, 0), 1);
	assert_int_equal(answered(INFO | SMC64, affinities[3], 0, 0), 1);
	assert_int_equal(answered(INFO, affinities[3], 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(answered(INFO, 2, 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(answered(INFO, 0, 4, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(answered(INFO, 0, 0x100000000, 0), 0);
	assert_int_equal(answered(INFO | SMC64, 0x80000000, 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(answered(INFO | SMC64, 1ULL << 40, 3, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(kind(ON, 0x100, RAM), PSCI_CPU_ON);
	assert_int_equal(answered(INFO, 0x100, 0, 0), 2);
}

TEST(test_affinity_info_of_nodes)
{
	assert_int_equal(answered(INFO, 0x77, 1, 0), 0); /* cluster 0 has vCPU 0 */
	assert_int_equal(answered(INFO, 0x1ff, 1, 0), 1);
	assert_int_equal(answered(INFO, 0x200, 1, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(answered(INFO, 0x0ffff, 2, 0), 0);
	assert_int_equal(answered(INFO | SMC64, 0x200000000, 3, 0), 1);
	assert_int_equal(kind(ON | SMC64, affinities[3], RAM), PSCI_CPU_ON);
	assert_int_equal(answered(INFO | SMC64, 0x200abcdef, 3, 0), 2);
	psci_started(&guest, 3);
	assert_int_equal(answered(INFO | SMC64, 0x200000000, 3, 0), 0);
	assert_int_equal(answered(INFO | SMC64, 0x300000000, 3, 0), PSCI_INVALID_PARAMETERS);
}

TEST(test_system)
{
	assert_int_equal(kind(SYSTEM_OFF, 0, 0), PSCI_SYSTEM_OFF);
	assert_int_equal(kind(RESET, 0, 0), PSCI_SYSTEM_RESET);
	assert_int_equal(kind(RESET2, 0, 0), PSCI_SYSTEM_RESET);
	assert_int_equal(kind(RESET2 | SMC64, 0, 5), PSCI_SYSTEM_RESET);
	assert_int_equal(answered(RESET2, 1, 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(answered(RESET2 | SMC64, 0x80000000, 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(answered(SYSTEM_OFF | SMC64, 0, 0, 0), PSCI_NOT_SUPPORTED);
	assert_int_equal(answered(RESET | SMC64, 0, 0, 0), PSCI_NOT_SUPPORTED);
}

TEST(test_arch_features)
{
	assert_int_equal(answered(ARCH, SMCCC, 0, 0), 0);
	assert_int_equal(answered(ARCH, ARCH, 0, 0), 0);
	assert_int_equal(answered(ARCH, WORKAROUND_1, 0, 0), 1);
	assert_int_equal(answered(ARCH, WORKAROUND_2, 0, 0), PSCI_NOT_SUPPORTED);
	assert_int_equal(answered(ARCH, WORKAROUND_3, 0, 0), 0);
	assert_int_equal(answered(ARCH, 0x80000002, 0, 0), PSCI_NOT_SUPPORTED);
	assert_int_equal(answered(ARCH, VERSION, 0, 0), PSCI_NOT_SUPPORTED);
	assert_int_equal(answered(WORKAROUND_1, 0, 0, 0), PSCI_SUCCESS);
	assert_int_equal(answered(WORKAROUND_2, 0, 0, 0), PSCI_NOT_SUPPORTED);
	assert_int_equal(kind(WORKAROUND_3, 0, 0), PSCI_FORWARD);
}

TEST(test_stolen_time)
{
	assert_int_equal(answered(ARCH, PV_FEATURES, 0, 0), 0);
	assert_int_equal(answered(ARCH, PV_STOLEN, 0, 0), PSCI_NOT_SUPPORTED);
	assert_int_equal(answered(PV_FEATURES, PV_FEATURES, 0, 0), 0);
	assert_int_equal(answered(PV_FEATURES, PV_STOLEN, 0, 0), 0);
	assert_int_equal(answered(PV_FEATURES, 1ULL << 32 | PV_STOLEN, 0, 0), 0);
	assert_int_equal(answered(PV_FEATURES, PV_STOLEN + 1, 0, 0), PSCI_NOT_SUPPORTED);
	assert_int_equal(answered(PV_FEATURES, 0, 0, 0), PSCI_NOT_SUPPORTED);
	assert_int_equal(kind(PV_STOLEN, 0, 0), PSCI_STOLEN);
	/* Not in the 32-bit convention. */
	assert_int_equal(kind(PV_FEATURES & ~SMC64, PV_STOLEN, 0), PSCI_FOREIGN);
	assert_int_equal(kind(PV_STOLEN & ~SMC64, 0, 0), PSCI_FOREIGN);
}

TEST(test_unknown_functions)
{
	static const uint32_t unknown[] = {
	    MIGRATE,
	    MIGRATE | SMC64,
	    MIGRATE_UP,
	    MIGRATE_UP | SMC64,
	    0x8400000b,
	    0x8400000e,
	    0xc400000e,
	    0x84000050,
	    0x8400ff01,
	    0x80000002,
	    0xc0000000,
	    0x80008001,
	    VERSION | SMC64,
	    0,
	    1,
	    0x04000000,
	    0x44000000,
	    0x06000000,
	    0x95c1ba5e & 0x7fffffff,
	};
	static const uint32_t foreign[] = {0x8600ff01, 0xc6000000, 0x82000000,
	                                   0x85000000, 0xb0000000, 0xffffffff};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_int_equal(answered(unknown[i], 0, 0, 0), PSCI_NOT_SUPPORTED);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		assert_int_equal(kind(foreign[i], 0, 0), PSCI_FOREIGN);
}

/*
 * After random calls the states are valid, and only an accepted CPU_ON has changed them.
 * Shows: hostile.calls.
 */
TEST(test_random_calls)
{
	uint64_t seed = 3;

	for (int i = 0; i < 300000; i++) {
		uint64_t random[4];
		int32_t before[VCPUS];

		for (int k = 0; k < 4; k++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			random[k] = seed >> (seed >> 59);
		}
		memcpy(before, states, sizeof(before));
		struct psci_action action =
		    call(i % 3 == 0 ? (uint32_t)random[0]
		                    : (uint32_t)(VERSION | (random[0] & (SMC64 | 0x1f))),
		         random[1] & (i & 8 ? ~0ULL : 3), i & 16 ? random[2] : RAM, random[3]);
		assert_in_range(action.kind, PSCI_ANSWER, PSCI_FOREIGN);
		for (uint32_t v = 0; v < VCPUS; v++) {
			bool started = action.kind == PSCI_CPU_ON && action.vcpu == v;

			assert_int_equal(states[v], started ? PSCI_VCPU_STARTING : before[v]);
			assert_true(!started || before[v] == PSCI_VCPU_OFF);
		}
		if (action.kind == PSCI_CPU_ON && (seed & 1))
			psci_started(&guest, action.vcpu);
		else if ((seed & 6) == 0)
			(void)psci_went_off(&guest, (uint32_t)(seed >> 62));
	}
}

/* Off for everybody, and not to be switched on; a new life changes nothing of it.
 * Shows: cores.away. */
TEST(test_a_vcpu_that_is_away_stays_off)
{
	states[1] = PSCI_VCPU_AWAY;
	assert_int_equal(answered(ON | SMC64, affinities[1], RAM, 0), PSCI_DENIED);
	assert_int_equal(answered(INFO, affinities[1], 0, 0), 1);
	assert_int_equal(answered(INFO, affinities[0], 3, 0), 0); /* another one is on */
	psci_begin(&guest);
	assert_int_equal(states[1], PSCI_VCPU_AWAY);
	assert_true(psci_went_off(&guest, 0));
	assert_true(psci_went_off(&guest, 1));
	assert_int_equal(states[1], PSCI_VCPU_AWAY);
	assert_int_equal(answered(INFO, affinities[0], 3, 0), 1);
}
