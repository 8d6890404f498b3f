/*
 * The recovery from a crash of the frame, from the crash until all cores go on;
 * docs/proof/recovery.md has the steps. The core that crashed calls the others to rest. Each core
 * puts its vCPUs down into memory, enters the way in, and starts as at boot, but adopts what was
 * kept. A crash meanwhile, or a core that doesn't follow in time, ends the machine.
 */
#include <frame/image.h>
#include <frame/print.h>
#include <frame/stop.h>
#include <frame/tables.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <machine/crash.h>
#include <machine/mail_interrupt.h>
#include <machine/sysreg.h>
#include <machine/wait.h>
#include <run/blame.h>
#include <run/hang.h>
#include <run/progress.h>
#include <start/power.h>
#include <start/pristine.h>
#include <start/recover.h>
#include <start/recover_rest.h>
#include <start/service_text.h>
#include <start/start.h>
#include <start/update.h>
#include <state/partition.h>
#include <state/trap_frame.h>
#include <turn/trap.h>
#include <vgic/vgic.h>
#include <word/power.h>
#include <word/recover.h>
#include <word/timer.h>

#define MANY_NS  60000000000ULL
#define AFFINITY 0xff00ffffffULL /* of MPIDR_EL1 */

/* From the linker. */
extern const uint8_t frame_core_end[], frame_text[], frame_rodata[];

static bool recover_undoes CORE_LOCAL;              /* this core has left something in the middle */
static enum tables_found recover_tables CORE_LOCAL; /* its tables, when it crashed */

#define recovery    (&shared_memory->recovery)
#define last_crash  (&shared_memory->accounts.crash)
#define last_tables (&shared_memory->accounts.tables)

static uint32_t own_bit(void)
{
	return 1u << core.index;
}

/* True: this core has crashed. */
static bool is_by_this(void)
{
	return recovery->by == core.index + 1;
}

static uint32_t home_of(uint32_t partition)
{
	const uint32_t first = bundle_partitions(core_bundle)[partition].vcpus.first;

	return bundle_vcpus(core_bundle)[first].core;
}

/* Returns the cores that may run the partition, but for those that are off, a bit each. */
static uint32_t cores_on_of(uint32_t partition)
{
	const struct bundle_range vcpus = bundle_partitions(core_bundle)[partition].vcpus;
	uint32_t cores = 0;

	for (uint32_t i = vcpus.first; i < vcpus.first + vcpus.count; i++)
		cores |= bundle_vcpus(core_bundle)[i].cores;
	return cores & ~recovery->off;
}

/* If all of these cores are off, no core cares for the partition: nobody has touched what is kept
 * of it. */
bool recover_cares_for(uint32_t partition)
{
	const uint32_t home = 1u << home_of(partition), cores = cores_on_of(partition);
	const uint32_t first = cores & -cores;

	return ((recovery->off & home) == 0 ? home : first) == own_bit();
}

/* ---- the end, after all ---- */

_Noreturn static void recover_fail(const char *subject, const char *why)
{
	const struct frame_crash *crash = last_crash;

	report_last_words();
	print("\nkumiki: core %u: the frame itself failed, and couldn't recover: %s%s\n",
	      crash->core, subject, why);
	print("  syndrome 0x%lx, address 0x%lx, pc 0x%lx, lr 0x%lx\n  trace",
	      PRINT_X(crash->syndrome), PRINT_X(crash->address), PRINT_X(crash->pc),
	      PRINT_X(crash->lr));
	for (uint32_t i = 0; i < FRAME_CRASH_TRACE && crash->trace[i] != 0; i++)
		print(" 0x%lx", PRINT_X(crash->trace[i]));
	print("\n");
	end_machine("this is an error of the frame, not of a guest");
}

/* ---- the crash ---- */

/* Finds this core by what the hardware says. */
static uint32_t index_of_this(void)
{
	uint64_t affinity = sysreg_read(mpidr_el1) & AFFINITY;

	for (uint32_t i = 0; i < core_bundle->cores.count; i++)
		if (bundle_cores(core_bundle)[i].affinity == affinity)
			return i;
	return BUNDLE_CORES_MAX;
}

static bool is_recent(uint32_t number, uint64_t now)
{
	return now - recovery->last[number % RECOVERIES].at < timer_ticks(MANY_NS);
}

/* True: a crash now is one too many. */
static bool too_often(uint64_t now)
{
	return recovery->count >= RECOVERIES && is_recent(recovery->count, now);
}

/* True: it crashed at this place, at work for one of these vCPUs, a short time ago. */
static bool is_again(uint64_t place, uint32_t first, uint32_t vcpus, uint64_t now)
{
	const uint32_t count = recovery->count < RECOVERIES ? recovery->count : RECOVERIES;

	for (uint32_t i = 0; i < count; i++)
		if (recovery->last[i].pc == place && is_recent(i, now) &&
		    recovery->last[i].vcpu - first < vcpus)
			return true;
	return false;
}

static bool is_again_for(uint64_t place, uint32_t partition, uint64_t now)
{
	const struct bundle_range vcpus = bundle_partitions(core_bundle)[partition].vcpus;

	return is_again(place, vcpus.first + 1, vcpus.count, now);
}

/* True: the partition has a life that can end. */
static bool is_running(uint32_t partition)
{
	const uint32_t state = shared_memory->life[partition].state;

	return state >= LIFE_RUNNING && state < LIFE_STOPPING;
}

/* Returns where it failed, as it is compared with other crashes: a loop has many places, and a wild
 * jump leads anywhere. */
static uint64_t place_of(const struct frame_crash *crash)
{
	if (crash->hung)
		return 0;
	return crash->pc - LAYOUT_TEXT < (uint64_t)(frame_rodata - frame_text) ? crash->pc
	                                                                       : crash->lr;
}

bool recover_is_called(void)
{
	return __atomic_load_n(&recovery->by, __ATOMIC_SEQ_CST) != 0 && !is_by_this() &&
	       (__atomic_load_n(&recovery->rested, __ATOMIC_SEQ_CST) & own_bit()) == 0;
}

/* Notes the crash for the console service. */
static void note(const struct crash_registers *registers, uint64_t pc)
{
	struct frame_crash *crash = last_crash;
	const bool stands = registers->vector == CRASH_STANDS;

	memset(crash->trace, 0, sizeof(crash->trace));
	crash->core = core.index;
	crash->hung = stands || recovery->hung == core.index + 1;
	if (recovery->hung == core.index + 1)
		recovery->hung = 0;
	crash->count = recovery->count + 1;
	crash->syndrome = stands ? 0 : sysreg_read(esr_el2);
	crash->address = stands ? pc : sysreg_read(far_el2);
	crash->pc = pc;
	crash->lr = registers->x[30];
	crash->began = recovery->began;
	crash->work = crash->vcpu = crash->given_up = crash->damaged = crash->mended = 0;
	crash_trace(registers->sp, crash->trace, FRAME_CRASH_TRACE);
}

/* Calls another core to rest. False: it is off, and takes no part. It may be coming on just now:
 * then it waits for RECOVERY_CALLED. */
static bool call_other(uint32_t core_index)
{
	struct mailbox *box = &shared_memory->box[core_index];

	__atomic_fetch_or(&box->word[MAIL_SERVICE], 1ULL << MAIL_SERVICE_REST, __ATOMIC_SEQ_CST);
	if (power_is_dark(core_index)) {
		__atomic_fetch_and(&box->word[MAIL_SERVICE], ~(1ULL << MAIL_SERVICE_REST),
		                   __ATOMIC_SEQ_CST);
		return false;
	}
	mail_interrupt(mail_target(bundle_cores(core_bundle)[core_index].affinity),
	               GIC_CLASSES - 1);
	return true;
}

void recover_call_others(void)
{
	uint32_t off = RECOVERY_CALLED;

	for (uint32_t i = 0; i < core_bundle->cores.count; i++)
		if (i != core.index && !call_other(i))
			off |= 1u << i;
	__atomic_store_n(&recovery->off, off, __ATOMIC_SEQ_CST);
}

void recover_take_over(uint64_t now)
{
	recovery->began = now;
	recovery->rested = recovery->mended = 0;
	recovery->adopted = recovery->gone_on = 0;
	recovery->refill = 0;
	recovery->given_up = 0; /* an earlier recovery's, which didn't come so far */
	memset(recovery->kept, KEPT_HOLDS, sizeof(recovery->kept));
	__atomic_store_n(&recovery->by, core.index + 1, __ATOMIC_SEQ_CST);
	recover_undoes = true;
}

bool recover_claim(uint64_t now)
{
	uint32_t nobody = 0;

	if (recovery->started != recover_all_cores() ||
	    !__atomic_compare_exchange_n(&recovery->by, &nobody, core.index + 1, false,
	                                 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return false;
	last_tables->mended = last_tables->lost = last_tables->hung = 0;
	recover_take_over(now);
	return true;
}

/* Notes what the core was at work for: a trap's vCPU, or else the vCPU that was resident; nobody if
 * the frame looked at itself. Returns that vCPU's partition. */
static uint32_t note_work(void)
{
	struct frame_crash *crash = last_crash;
	struct context *context = (struct context *)sysreg_read(tpidr_el2);
	const bool trap = trap_frame_own->esr != 0;
	uint32_t partition = 0;

	if (!hang_is_looking())
		crash->vcpu = recover_name_of(trap ? vcpu_of(context) : core.vcpu, &partition);
	if (crash->vcpu != 0)
		crash->work = trap ? FRAME_WORK_TRAP : FRAME_WORK_HERE;
	return partition;
}

/* If the frame failed there before, at work for this partition, it is given up, unless text or
 * tables were damaged. */
static void give_up(uint32_t partition, uint64_t place)
{
	struct frame_crash *crash = last_crash;

	if (crash->vcpu == 0 || crash->text != 0 || recover_tables != TABLES_WHOLE ||
	    !is_running(partition) || !is_again_for(place, partition, recovery->began))
		return;
	crash->given_up = 1u << partition;
	__atomic_fetch_or(&recovery->given_up, crash->given_up, __ATOMIC_SEQ_CST);
}

/* If a look found the same lost interrupts before, none are looked for any more. */
static void stop_looks(uint64_t found)
{
	if (found != 0 && is_again(found, 0, 1, recovery->began))
		recovery->blind = 1;
}

/* If a trap met damage to its partition's stage 2, this stage 2 is filled anew. */
static void ask_refill(uint32_t partition)
{
	if (last_crash->work == FRAME_WORK_TRAP && inject_met_damage)
		recovery->refill = 1u << partition;
}

/* For later crashes: too_often(), is_again(). */
static void remember(uint64_t place)
{
	const uint32_t number = recovery->count % RECOVERIES;

	recovery->last[number].at = recovery->began;
	recovery->last[number].pc = place;
	recovery->last[number].vcpu = last_crash->vcpu;
	recovery->count++;
}

/* Judges the crash that was noted. No partition is given up for another frame that fails. */
static void judge(bool turns)
{
	const uint64_t found = hang_found(), place = found != 0 ? found : place_of(last_crash);
	const uint32_t partition = note_work();

	if (!turns)
		give_up(partition, place);
	stop_looks(found);
	ask_refill(partition);
	remember(place);
}

/* Damage to the services' images crashes no core but one that looks. */
static uint64_t mend_text(void)
{
	const uint64_t found = pristine_mend();

	return found == 0 && hang_is_looking() ? service_text_mend_all() : found;
}

/* True: this core's bit is set. */
static bool has_own(const uint32_t *bits)
{
	return (__atomic_load_n(bits, __ATOMIC_SEQ_CST) & own_bit()) != 0;
}

/* A core that looked off to the recovery takes no part: it waits for the end. One that is about to
 * go off, or just comes on, and takes part, says that it is on. */
static void rest_if_called(void)
{
	const uint32_t off = __atomic_load_n(&recovery->off, __ATOMIC_SEQ_CST);

	if (!recover_is_called() || (off & RECOVERY_CALLED) == 0 || (off & own_bit()) != 0)
		return;
	power_crashed();
	rest_in_start();
}

/*
 * Begins the recovery; or comes to rest for that of another core that has crashed at the same time,
 * as cores do at damaged text; or first waits for the end of a recovery that this core has left
 * already. Returns why there is no recovery; 0: this core has begun it.
 */
static const char *take_part(const struct crash_registers *registers, uint64_t pc, uint64_t now)
{
	const uint64_t patience = timer_ticks(RECOVER_PATIENCE_NS);
	uint64_t end = timer_now() + patience;
	uint32_t before = 0;

	while (timer_now() <= end) {
		const uint32_t by = __atomic_load_n(&recovery->by, __ATOMIC_SEQ_CST);

		if (by != before) /* another recovery has begun, or one has ended */
			end = timer_now() + patience;
		before = by;
		if (by == 0) {
			if (too_often(now))
				return "it failed too often in a minute";
			if (recover_claim(now)) {
				last_crash->text = mend_text();
				return 0;
			}
		} else if (is_by_this() ||
		           (has_own(&recovery->rested) && !has_own(&recovery->gone_on))) {
			return "it recovered from another crash";
		}
		rest_if_called();
		wait_pause();
	}
	note(registers, pc);
	recover_fail("", "another core's recovery neither called it nor ended");
}

const char *recover_try(const struct crash_registers *registers)
{
	static const char starting[] = "the machine was starting";
	uint64_t pc = sysreg_read(elr_el2), now = timer_now();
	const char *why;
	bool turns;

	if (core.root == 0)
		return starting; /* neither bundle nor shared memory are mapped yet */
	recover_tables = tables_mend();
	core.index = index_of_this();
	if (core.index == BUNDLE_CORES_MAX || recovery->started != recover_all_cores())
		return starting;
	if (registers->vector != CRASH_SYNCHRONOUS && registers->vector != CRASH_STANDS)
		return "the exception isn't one of an instruction";
	recover_find_registers(pc, registers);
	recover_undoes = true;
	turns = update_crashed(now);
	why = turns ? 0 : take_part(registers, pc, now);
	if (why != 0)
		return why;
	if (turns)
		last_crash->text = 0;
	note(registers, pc);
	if (last_crash->hung && recover_tables == TABLES_MENDED)
		recover_tables = TABLES_WHOLE; /* it missed its text */
	judge(turns);
	power_crashed();
	recover_call_others();
	if (turns)
		update_turn();
	rest_in_start();
}

/* ---- together ---- */

/* Returns the cores that take part and haven't arrived, a bit each. */
static uint32_t missing(const uint32_t *arrived)
{
	return recover_all_cores() & ~recovery->off & ~__atomic_load_n(arrived, __ATOMIC_SEQ_CST);
}

/* Waits until all cores but these have arrived; or time is over: false. In a new frame that takes
 * over: or comes to rest with the others. */
static bool have_arrived(const uint32_t *arrived, uint32_t but, uint64_t nanoseconds)
{
	const uint64_t end = timer_now() + timer_ticks(nanoseconds);

	while ((missing(arrived) & ~but) != 0) {
		progress_wait();
		if (core.recovers && update_is_turning())
			rest_in_start();
		if (timer_now() > end)
			return false;
		wait_pause();
	}
	return true;
}

static void await(const uint32_t *arrived, uint32_t but, const char *why)
{
	if (!have_arrived(arrived, but, RECOVER_PATIENCE_NS))
		recover_fail("", why);
}

static void arrive(uint32_t *arrived)
{
	__atomic_fetch_or(arrived, own_bit(), __ATOMIC_SEQ_CST);
}

/* ---- rest ---- */

/* Checks and mends a partition. If its kept state doesn't hold, or the frame gives it up, its life
 * ends. */
static void check_partition(struct partition *partition, uint32_t p)
{
	if (recovery->kept[p] == KEPT_HOLDS)
		recovery->kept[p] = (uint8_t)recover_check(partition, p);
	if (recovery->kept[p] != KEPT_HOLDS) {
		__atomic_fetch_or(&last_crash->damaged, 1u << p, __ATOMIC_SEQ_CST);
		recover_lose(partition, p);
		if (recover_check(partition, p) != KEPT_HOLDS)
			recover_fail(bundle_partitions(core_bundle)[p].name,
			             ": its state can't be made anew");
	}
	/* A guarded one's watcher has changed rights, which end with its life. */
	if (recovery->refill == 1u << p &&
	    (!partition->stage2.guarded || (recovery->given_up >> p & 1) != 0))
		start_refill_stage2(partition);
	if ((recovery->given_up >> p & 1) != 0 && !blame_claim(partition, STOP_FRAME))
		__atomic_fetch_and(&recovery->given_up, ~(1u << p), __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		vgic_mend(&partition->vcpus[i]);
	vgic_agree(partition);
}

static void check_partitions(void)
{
	for (uint32_t p = 0; p < core_bundle->partitions.count; p++)
		if (recover_cares_for(p))
			check_partition(partition_at(p), p);
}

/* Makes this core's tables as they were, and notes for the console service whether they were. */
static void mend_tables(void)
{
	enum tables_found found = tables_mend();

	core.index = index_of_this();
	if (found == TABLES_WHOLE)
		found = recover_tables;
	if (found == TABLES_MENDED && !has_own(&last_tables->hung)) /* else it missed its text */
		arrive(&last_tables->mended);
	if (found == TABLES_LOST)
		arrive(&last_tables->lost);
}

/* A core that hangs, or that waits for what the crashed core had taken, misses its text after half
 * of the time. */
static void await_rest(void)
{
	uint32_t late = 0;

	if (is_by_this() && !have_arrived(&recovery->rested, 0, RECOVER_PATIENCE_NS / 2)) {
		late = missing(&recovery->rested);
		last_tables->hung = late;
		recover_take_text(late);
	}
	await(&recovery->rested, 0, "a core didn't come to rest");
	recover_give_text(late);
}

void recover_core(void)
{
	const char *why;

	mend_tables();
	__atomic_fetch_and(&shared_memory->box[core.index].word[MAIL_SERVICE],
	                   ~(1ULL << MAIL_SERVICE_REST), __ATOMIC_SEQ_CST);
	core.recovers = 0;
	recover_mend_fixed();
	if (recover_undoes)
		recover_undo();
	recover_put_down();
	__atomic_fetch_and(&recovery->adopted, ~own_bit(), __ATOMIC_SEQ_CST);
	arrive(&recovery->rested);
	await_rest();
	if (is_by_this())
		shared_memory->config_turn = shared_memory->config_asked;
	check_partitions();
	why = core.index == core_bundle->console_core ? update_unfit() : 0;
	if (why != 0)
		recover_fail("", why);
	arrive(&recovery->mended);
	await(&recovery->mended, 0, "a core didn't check what it keeps");
	arrive(&recovery->again);
	update_enter();
}

/* ---- the start again ---- */

bool recover_is_on(void)
{
	return (__atomic_load_n(&recovery->again, __ATOMIC_SEQ_CST) >> index_of_this() & 1) != 0;
}

void recover_forget(void)
{
	memset((void *)LAYOUT_LOCAL, 0, (uintptr_t)frame_core_end - LAYOUT_LOCAL);
	core.index = index_of_this();
	core.root = sysreg_read(ttbr0_el2) & ~(uint64_t)PAGE_SIZE; /* beside the way in's: head.S */
	core.recovers = 1;
	/* An interrupt may come before timer_begin(). */
	core.look = (uint32_t)timer_ticks(TIMER_LOOK_NS);
}

static const char adopt_failed[] = "a core didn't adopt its vCPUs";

void recover_adopt(void)
{
	recover_adopt_vcpus();
	recover_adopt_partitions();
}

void recover_go_on(void)
{
	uint64_t now;

	if (is_by_this()) {
		await(&recovery->adopted, own_bit(), adopt_failed);
		now = timer_now();
		if (update_end(now))
			last_crash->ended = now;
	}
	arrive(&recovery->adopted);
	await(&recovery->adopted, 0, adopt_failed);
	__atomic_fetch_and(&recovery->again, ~own_bit(), __ATOMIC_SEQ_CST);
	core.recovers = 0;
	arrive(&recovery->gone_on);
	if (!is_by_this())
		return;
	await(&recovery->gone_on, 0, adopt_failed);
	/* In this order: recover_is_called(), take_part(). */
	__atomic_store_n(&recovery->off, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&recovery->rested, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&recovery->by, 0, __ATOMIC_SEQ_CST);
}

void recover_started(void)
{
	__atomic_fetch_or(&recovery->started, own_bit(), __ATOMIC_SEQ_CST);
}
