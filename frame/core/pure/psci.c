/*
 * PSCI and SMCCC as guests see them; see pure/psci.h. The functions are a table: a row has a
 * function's identifier, and the answer or what gives it. Arguments of SMC32 calls are cut to 32
 * bits first.
 */
#include <kumiki/psci.h>
#include <pure/psci.h>

#define FN_FAST        0x80000000u
#define FN_OWNER       0x3f000000u
#define OWNER_ARCH     0x00000000u /* Arm architecture calls */
#define OWNER_STANDARD 0x04000000u /* standard secure services: PSCI */

#define PSCI_1_1  0x10001
#define SMCCC_1_1 0x10001

#define AFFINITY_FIELDS 0xff00ffffffULL /* Aff3, Aff2, Aff1, Aff0 */

#define MIGRATE_NOT_NEEDED 2

/* power_state, original format: level in 25:24, type in 16, an identifier in 15:0; the rest is 0.
 */
#define POWER_STATE_ALLOWED   0x0301ffffu
#define POWER_STATE_LEVEL     0x03000000u
#define POWER_STATE_POWERDOWN 0x00010000u

#define NOBODY (~0u)

static struct psci_action answer(int64_t value)
{
	return (struct psci_action){.kind = PSCI_ANSWER, .answer = value};
}

static struct psci_action act(enum psci_action_kind kind)
{
	return (struct psci_action){.kind = kind};
}

static int32_t psci_state_of(const struct psci_guest *guest, uint32_t vcpu)
{
	return __atomic_load_n(&guest->states[vcpu], __ATOMIC_SEQ_CST);
}

/* ---- CPU_ON, CPU_OFF, CPU_SUSPEND ---- */

static uint32_t find_vcpu(const struct psci_guest *guest, uint64_t affinity)
{
	for (uint32_t i = 0; i < guest->vcpus; i++) {
		if (guest->affinities[i] == affinity)
			return i;
	}
	return NOBODY;
}

static bool is_entry(const struct psci_guest *guest, uint64_t entry)
{
	enum stage2_kind kind = stage2_lookup(guest->memory, ipa_at(entry)).kind;

	return is_aligned(entry, 4) && stage2_is_ram(kind);
}

/* The answer for a vCPU that isn't off. ON_PENDING isn't used, as guests of KVM never meet it
 * either. The state may also be PSCI_VCPU_OFF, if the vCPU went off just now. */
static int64_t already(int32_t state)
{
	return state == PSCI_VCPU_AWAY ? PSCI_DENIED : PSCI_ALREADY_ON;
}

static struct psci_action cpu_on(const struct psci_guest *guest, const struct psci_call *call)
{
	uint32_t vcpu = find_vcpu(guest, call->x1);
	int32_t state = PSCI_VCPU_OFF;

	if (vcpu == NOBODY)
		return answer(PSCI_INVALID_PARAMETERS);
	if (psci_state_of(guest, vcpu) != PSCI_VCPU_OFF)
		return answer(already(psci_state_of(guest, vcpu)));
	if (!is_entry(guest, call->x2))
		return answer(PSCI_INVALID_ADDRESS);
	/* Of several callers one starts the vCPU. The others are answered as if they had come
	 * later. */
	if (!__atomic_compare_exchange_n(&guest->states[vcpu], &state, PSCI_VCPU_STARTING, false,
	                                 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return answer(already(state));
	return (struct psci_action){.kind = PSCI_CPU_ON,
	                            .vcpu = vcpu,
	                            .answer = PSCI_SUCCESS,
	                            .entry = call->x2,
	                            .context = call->x3};
}

static struct psci_action cpu_suspend(const struct psci_guest *guest, const struct psci_call *call)
{
	uint32_t power_state = (uint32_t)call->x1;

	/* There is no power domain above a vCPU. */
	if ((power_state & ~POWER_STATE_ALLOWED) != 0 || (power_state & POWER_STATE_LEVEL) != 0)
		return answer(PSCI_INVALID_PARAMETERS);
	if ((power_state & POWER_STATE_POWERDOWN) == 0)
		return act(PSCI_STANDBY);
	if (!is_entry(guest, call->x2))
		return answer(PSCI_INVALID_ADDRESS);
	return (struct psci_action){.kind = PSCI_POWERDOWN, .entry = call->x2, .context = call->x3};
}

/* ---- AFFINITY_INFO ---- */

/* AFFINITY_INFO's answers: 0 on, 1 off, 2 on the way. */
static int64_t affinity_answer(int32_t state)
{
	static const int8_t answers[] = {
	    [PSCI_VCPU_OFF] = 1, [PSCI_VCPU_STARTING] = 2, [PSCI_VCPU_ON] = 0};

	return answers[state];
}

/* At a level above 0 the most awake of all vCPUs below that node counts. */
static struct psci_action affinity_info(const struct psci_guest *guest,
                                        const struct psci_call *call)
{
	static const uint64_t masks[] = {AFFINITY_FIELDS, 0xff00ffff00, 0xff00ff0000, 0xff00000000};
	uint32_t level = (uint32_t)call->x2;
	int32_t most = PSCI_VCPU_OFF; /* away counts as off */
	bool found = false;

	if (level > 3 || (call->x1 & ~AFFINITY_FIELDS) != 0)
		return answer(PSCI_INVALID_PARAMETERS);
	for (uint32_t i = 0; i < guest->vcpus; i++) {
		int32_t state = psci_state_of(guest, i);

		if (((guest->affinities[i] ^ call->x1) & masks[level]) != 0)
			continue;
		found = true;
		most = state > most ? state : most;
	}
	return answer(found ? affinity_answer(most) : PSCI_INVALID_PARAMETERS);
}

/* ---- the system ---- */

static struct psci_action system_reset2(const struct psci_guest *guest,
                                        const struct psci_call *call)
{
	(void)guest;
	/* 0 is the warm reset. Other types are reserved, or a vendor's (bit 31), of which none
	 * exists. */
	if ((uint32_t)call->x1 != 0)
		return answer(PSCI_INVALID_PARAMETERS);
	return act(PSCI_SYSTEM_RESET);
}

/* ---- features ---- */

static uint32_t workaround_number(uint32_t function)
{
	switch (function) {
	case SMCCC_FN_ARCH_WORKAROUND_1:
		return 0;
	case SMCCC_FN_ARCH_WORKAROUND_2:
		return 1;
	case SMCCC_FN_ARCH_WORKAROUND_3:
		return 2;
	default:
		return NOBODY;
	}
}

static struct psci_action arch_features(const struct psci_guest *guest,
                                        const struct psci_call *call)
{
	uint32_t function = (uint32_t)call->x1;
	uint32_t number = workaround_number(function);

	if (function == SMCCC_FN_VERSION || function == SMCCC_FN_ARCH_FEATURES ||
	    function == PV_TIME_FN_FEATURES)
		return answer(PSCI_SUCCESS);
	return answer(number == NOBODY ? PSCI_NOT_SUPPORTED : guest->workarounds[number]);
}

static struct psci_action time_features(const struct psci_guest *guest,
                                        const struct psci_call *call)
{
	uint32_t function = (uint32_t)call->x1;
	bool known = function == PV_TIME_FN_FEATURES || function == PV_TIME_FN_ST;

	(void)guest;
	return answer(known ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

static struct psci_action workaround(const struct psci_guest *guest, const struct psci_call *call)
{
	int8_t known = guest->workarounds[workaround_number(call->function)];

	if (known == 0)
		return act(PSCI_FORWARD);
	return answer(known > 0 ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

/* ---- the table ---- */

typedef struct psci_action decide(const struct psci_guest *guest, const struct psci_call *call);
static decide psci_features;

/* A function, and what decides about a call of it: `decide`, or if that is 0 the action's kind and
 * answer. */
struct row {
	uint32_t function;
	uint32_t kind : 7;
	uint32_t wide : 1; /* has an SMC64 form, too */
	uint32_t answer : 24;
	decide *decide;
};

/* The functions that are called most come first. */
static const struct row rows[] = {
    {PSCI_FN_VERSION, PSCI_ANSWER, 0, PSCI_1_1, 0},
    {PSCI_FN_CPU_SUSPEND, 0, 1, 0, cpu_suspend},
    {SMCCC_FN_ARCH_WORKAROUND_1, 0, 0, 0, workaround},
    {SMCCC_FN_ARCH_WORKAROUND_2, 0, 0, 0, workaround},
    {SMCCC_FN_ARCH_WORKAROUND_3, 0, 0, 0, workaround},
    {SMCCC_FN_ARCH_FEATURES, 0, 0, 0, arch_features},
    {PSCI_FN_CPU_OFF, PSCI_CPU_OFF, 0, 0, 0},
    {PSCI_FN_CPU_ON, 0, 1, 0, cpu_on},
    {PSCI_FN_AFFINITY_INFO, 0, 1, 0, affinity_info},
    {PSCI_FN_MIGRATE_INFO_TYPE, PSCI_ANSWER, 0, MIGRATE_NOT_NEEDED, 0},
    {PSCI_FN_SYSTEM_OFF, PSCI_SYSTEM_OFF, 0, 0, 0},
    {PSCI_FN_SYSTEM_RESET, PSCI_SYSTEM_RESET, 0, 0, 0},
    {PSCI_FN_SYSTEM_RESET2, 0, 1, 0, system_reset2},
    {PSCI_FN_FEATURES, 0, 0, 0, psci_features},
    {SMCCC_FN_VERSION, PSCI_ANSWER, 0, SMCCC_1_1, 0},
    {PV_TIME_FN_FEATURES, 0, 0, 0, time_features},
    {PV_TIME_FN_ST, PSCI_STOLEN, 0, 0, 0},
};

static const struct row *find_row(uint32_t function)
{
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].function == function ||
		    (rows[i].wide && (rows[i].function | PSCI_FN_64) == function))
			return &rows[i];
	}
	return NULL;
}

/* PSCI_FEATURES: all functions of PSCI, with no flags set; of other functions only SMCCC_VERSION.
 */
static struct psci_action psci_features(const struct psci_guest *guest,
                                        const struct psci_call *call)
{
	uint32_t function = (uint32_t)call->x1;
	bool asked = (function & FN_OWNER) == OWNER_STANDARD || function == SMCCC_FN_VERSION;

	(void)guest;
	return answer(asked && find_row(function) != NULL ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

static bool is_foreign(uint32_t function)
{
	uint32_t owner = function & FN_OWNER;

	return (function & FN_FAST) != 0 && owner != OWNER_ARCH && owner != OWNER_STANDARD;
}

struct psci_action psci_decide(const struct psci_guest *guest, const struct psci_call *call)
{
	const struct row *row = find_row(call->function);
	uint64_t mask = (call->function & PSCI_FN_64) != 0 ? ~0ULL : 0xffffffff;
	struct psci_call narrow = {call->function, call->x1 & mask, call->x2 & mask,
	                           call->x3 & mask};

	if (row != NULL && row->decide == NULL)
		return (struct psci_action){.kind = row->kind, .answer = row->answer};
	if (row != NULL)
		/* cppcheck-suppress returnDanglingLifetime ; what comes back is a copy */
		return row->decide(guest, &narrow);
	return is_foreign(call->function) ? act(PSCI_FOREIGN) : answer(PSCI_NOT_SUPPORTED);
}

/* ---- states ---- */

void psci_begin(const struct psci_guest *guest)
{
	__atomic_store_n(&guest->states[0], PSCI_VCPU_ON, __ATOMIC_SEQ_CST);
	for (uint32_t i = 1; i < guest->vcpus; i++) {
		int32_t state = psci_state_of(guest, i);

		/* A CPU_ON of the former life came late. The vCPU's core may find that at the same
		 * time, or the core may be given away. */
		if (state > PSCI_VCPU_OFF)
			(void)__atomic_compare_exchange_n(&guest->states[i], &state, PSCI_VCPU_OFF,
			                                  false, __ATOMIC_SEQ_CST,
			                                  __ATOMIC_SEQ_CST);
	}
}

void psci_started(const struct psci_guest *guest, uint32_t vcpu)
{
	__atomic_store_n(&guest->states[vcpu], PSCI_VCPU_ON, __ATOMIC_SEQ_CST);
}

bool psci_went_off(const struct psci_guest *guest, uint32_t vcpu)
{
	if (psci_state_of(guest, vcpu) > PSCI_VCPU_OFF)
		__atomic_store_n(&guest->states[vcpu], PSCI_VCPU_OFF, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < guest->vcpus; i++) {
		if (psci_state_of(guest, i) > PSCI_VCPU_OFF)
			return false;
	}
	return true;
}
