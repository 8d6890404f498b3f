/*
 * The firmware, and the other cores: each is started, makes its own checks while the first core
 * waits, and goes off again as far as it can.
 */
#include <doctor/doctor.h>
#include <doctor/interrupts.h>
#include <doctor/places.h>
#include <frame/tables.h>
#include <machine/firmware.h>
#include <machine/local.h>
#include <machine/smc.h>
#include <machine/wait.h>
#include <state/core.h>

#define COMES_US    100000
#define FINISHES_US 3000000
#define LEVEL_EL2   (2 << 2)

/* From head.S. */
extern const uint8_t other_entry[], other_words[];
void cores_other(void);

static struct {
	uint64_t began;   /* the counter, when the core was started */
	uint32_t waiting; /* index of the core that is being started */
	uint32_t done;    /* nonzero: it has made its checks */
	uint64_t root;
	uint64_t midr;  /* of the first core */
	uint64_t sound; /* checks_of_core that found no defect there: a bit for each */
} cores CORE_LOCAL;

bool cores_spin(void)
{
	for (uint32_t i = 0; i < told_facts->bundle.cores.count; i++)
		if (told_facts->release[i] != 0)
			return true;
	return false;
}

void firmware_kind(void)
{
	int64_t version;

	if (cores_spin()) {
		report_note("a spin table: no core goes off, and no program turns the board off");
		return;
	}
	version = smc_call(PSCI_VERSION, 0, 0, 0);
	if (version < 2)
		report_defect(
		    "PSCI's version is 0x%lx; the frame needs PSCI 0.2, or a spin table in "
		    "the cpus of the board file",
		    PRINT_X(version));
	else
		report_good("PSCI %u.%u", (uint32_t)(version >> 16), (uint32_t)(version & 0xffff));
}

/* ---- the first core's part ---- */

static volatile uint64_t *word_at(uint64_t offset)
{
	return (volatile uint64_t *)(uintptr_t)(doctor_place_of(other_words) + offset);
}

/* The core reads and writes it past the caches. */
static void tell(volatile uint64_t *word, uint64_t value)
{
	*word = value;
	hw_clean_invalidate_to_poc((const void *)word, sizeof(*word));
}

static int64_t call_core(uint32_t index)
{
	const uint64_t entry = doctor_place_of(other_entry);

	if (told_facts->release[index] == 0)
		return firmware_cpu_on(told_facts->cores[index].affinity, entry, 0);
	tell((volatile uint64_t *)(uintptr_t)told_facts->release[index], entry);
	__asm__ volatile("sev");
	return 0;
}

/* Returns the level at which the core came, as CurrentEL has it; 0: it didn't. */
static uint64_t wait_level(void)
{
	struct wait wait = wait_for(COMES_US);
	uint64_t level;

	do {
		wait_pause();
		hw_clean_invalidate_to_poc((const void *)word_at(DOCTOR_OTHER_LEVEL),
		                           sizeof(uint64_t));
		level = *word_at(DOCTOR_OTHER_LEVEL);
	} while (level == 0 && wait_goes_on(&wait));
	return level;
}

static bool wait_done(void)
{
	struct wait wait = wait_for(FINISHES_US);

	while (__atomic_load_n(&cores.done, __ATOMIC_ACQUIRE) == 0) {
		wait_pause();
		if (!wait_goes_on(&wait))
			return false;
	}
	return true;
}

static bool start_core(uint32_t index)
{
	int64_t status;
	uint64_t level;

	cores.waiting = index;
	cores.done = 0;
	tell(word_at(DOCTOR_OTHER_ROOT), cores.root);
	tell(word_at(DOCTOR_OTHER_STACK), doctor_stack(index));
	tell(word_at(DOCTOR_OTHER_LEVEL), 0);
	cores.began = wait_now();
	status = call_core(index);
	if (status != 0) {
		report_defect("core %u (affinity 0x%lx): the firmware answers -%u; are there fewer "
		              "cores than in the board file?",
		              index, PRINT_X(told_facts->cores[index].affinity), (uint32_t)-status);
		return false;
	}
	level = wait_level();
	if (level == LEVEL_EL2)
		return true;
	if (level == 0)
		report_defect("core %u (affinity 0x%lx) doesn't come; correct its reg, its "
		              "enable-method or cpu-release-addr in the board file",
		              index, PRINT_X(told_facts->cores[index].affinity));
	else
		report_defect("core %u comes at EL%u; the firmware has to start it at EL2", index,
		              (uint32_t)level >> 2);
	return false;
}

void cores_start(void)
{
	const uint32_t own = interrupts_own_index();

	for (uint32_t i = 0; i < checks_of_core_count; i++)
		if (report_is_sound(checks_of_core[i].name))
			cores.sound |= 1ull << i;
	cores.midr = sysreg_read(midr_el1);
	cores.root = sysreg_read(ttbr0_el2);
	for (uint32_t i = 0; i < told_facts->bundle.cores.count; i++) {
		if (i == own || !start_core(i) || wait_done())
			continue;
		report_of_first();
		report_defect("core %u doesn't finish its checks; see its last line above", i);
		return;
	}
	core.index = own;
}

/* ---- the other core's part ---- */

static void compare_affinity(void)
{
	const uint64_t own = cpu_affinity(), affinity = told_facts->cores[cores.waiting].affinity;

	if (own != affinity)
		report_defect(
		    "its affinity is 0x%lx, and the board file says 0x%lx; correct its reg",
		    PRINT_X(own), PRINT_X(affinity));
	else
		report_good("its affinity is the board file's");
}

static void compare_counter(void)
{
	const uint64_t now = wait_now();

	if (now < cores.began)
		report_defect("its counter is behind the first core's; the firmware has to start "
		              "both together");
	else
		report_good("its counter is the first core's");
}

/* The first core has told what such a core has: of an equal one, defects alone are told. What it
 * lacks isn't looked for again. */
static void check_core(void *nothing)
{
	static const struct check own[] = {{"core", "the core can't be used", 0, compare_affinity},
	                                   {"core", "the core can't be used", 0, compare_counter}};
	const uint32_t before = report_checks();
	uint32_t defects = 0;

	(void)nothing;
	report_of_other(cores.waiting, sysreg_read(midr_el1) == cores.midr);
	for (uint32_t i = 0; i < 2; i++)
		defects += report_check(&own[i]);
	for (uint32_t i = 0; i < checks_of_core_count; i++)
		if (cores.sound >> i & 1)
			defects += report_check(&checks_of_core[i]);
	report_of_first();
	if (defects == 0)
		report_good("core %u starts, at EL2, and %u checks of it are good", cores.waiting,
		            report_checks() - before);
}

static void go_off(void *nothing)
{
	(void)nothing;
	(void)firmware_cpu_off();
}

/* From head.S: this core is at EL2, with the tables and a stack. */
void cores_other(void)
{
	doctor_settle();
	(void)attempt(check_core, 0);
	__atomic_store_n(&cores.done, 1, __ATOMIC_RELEASE);
	if (told_facts->release[cores.waiting] == 0)
		(void)attempt(go_off, 0);
	for (;;)
		__asm__ volatile("wfe");
}
