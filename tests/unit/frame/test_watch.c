/*
 * The registers of a watched partition: reads and requests of its watcher, and writes of a vCPU.
 * Each offset shows only the watched partition's records. Beside that, changes that the watcher
 * asks for. Shows: watch.registers.
 */
#include <devices/manager.h>
#include <devices/watch.h>
#include <fake/cpu.h>
#include <kumiki/watch.h>
#include <lib/bundle.h>
#include <machine/sysreg.h>
#include <state/core.h>
#include <state/partition.h>
#include <string.h>
#include <unit.h>
#include <word/life.h>
#include <word/mend.h>
#include <word/vcpu.h>

#define WATCHED 1u
#define FIRST   3u /* of the watched vCPUs, among all; two others come behind them */
#define VCPUS   2u
#define ALL     (FIRST + VCPUS + 2u)

struct core core;
static union {
	struct partition partition;
	char room[sizeof(struct partition) + VCPUS * sizeof(struct vcpu)];
} watched;
static struct partition watcher;
static uint32_t asked, told, mends, restarts;
static bool runs;

void life_tell(uint32_t partition, uint32_t message)
{
	assert_int_equal(partition, WATCHED);
	asked += message == LIFE_SHOW;
	mends += message == LIFE_LOOK;
	assert_true(message == LIFE_SHOW || message == LIFE_LOOK);
}

int64_t manager_command(const struct partition *asker, uint64_t index, uint64_t command)
{
	assert_ptr_equal(asker, &watcher);
	assert_int_equal(index, WATCHED);
	assert_int_equal(command, LIFE_RESTART);
	restarts++;
	return 0;
}

bool life_runs(const struct partition *partition)
{
	assert_ptr_equal(partition, &watched.partition);
	return runs;
}

void vcpu_tell_later(const struct vcpu *vcpu)
{
	told |= 1u << (vcpu - watched.partition.vcpus);
}

static void set_up_bundle(void)
{
	struct bundle_header *bundle = (struct bundle_header *)LAYOUT_BUNDLE;
	struct bundle_partition *partitions =
	    (struct bundle_partition *)(LAYOUT_BUNDLE + sizeof(*bundle));

	bundle->partitions = (struct bundle_table){.offset = sizeof(*bundle), .count = 3};
	partitions[0] = (struct bundle_partition){.vcpus = {0, FIRST}, .watches = WATCHED};
	partitions[WATCHED] = (struct bundle_partition){.vcpus = {FIRST, VCPUS}};
	partitions[2] = (struct bundle_partition){.vcpus = {FIRST + VCPUS, 2}};
	watcher.config = &partitions[0];
}

static void set_up(void)
{
	fake_cpu_reset((struct fake_hooks){0});
	set_up_bundle();
	memset(&watched, 0, sizeof(watched));
	watched.partition.vcpu_count = VCPUS;
	for (uint32_t i = 0; i < VCPUS; i++)
		watched.partition.vcpus[i].context.trace_id = (uint8_t)(FIRST + i);
	for (uint32_t i = 0; i < ALL; i++) {
		shared_memory->watch[i] = (struct watch_record){.changes = 2, .vbar = 100 + i};
		shared_memory->accounts.vcpu[i].misses = 4u << i;
	}
	shared_memory->life[WATCHED] = (struct life_status){.state = LIFE_RUNNING, .starts = 7};
	asked = told = mends = restarts = 0;
	runs = true;
}

static uint64_t read_at(uint32_t offset)
{
	return watch_read(&watcher, offset, sizeof(uint64_t));
}

TEST_WITH(test_reads_of_the_watched_alone, set_up, NULL)
{
	assert_int_equal(read_at(WATCH_STATE), LIFE_RUNNING);
	assert_int_equal(read_at(WATCH_STARTS), 7);
	assert_int_equal(read_at(WATCH_VCPUS), VCPUS);
	for (uint32_t i = 0; i < VCPUS; i++)
		assert_int_equal(read_at(WATCH_RECORD(i) + offsetof(struct watch_record, vbar)),
		                 100 + FIRST + i);
	assert_int_equal(read_at(WATCH_MISSES), 0x20 + 0x40);
	for (uint32_t offset = 0x18; offset < 0x1000; offset += 8)
		if (offset != WATCH_MISSES &&
		    (offset < WATCH_RECORD(0) || offset >= WATCH_RECORD(VCPUS)))
			assert_int_equal(read_at(offset), 0);
}

TEST_WITH(test_other_widths_read_nothing, set_up, NULL)
{
	assert_int_equal(watch_read(&watcher, WATCH_STATE, 4), 0);
	assert_int_equal(watch_read(&watcher, WATCH_STARTS + 4, 8), 0);
	assert_int_equal(watch_read(&watcher, WATCH_RECORD(0) + 1, 1), 0);
}

TEST_WITH(test_only_the_first_register_asks, set_up, NULL)
{
	for (uint32_t offset = 1; offset < 0x1000; offset++)
		watch_write(&watcher, offset, 8, 1);
	assert_int_equal(asked, 0);
	watch_write(&watcher, WATCH_ASK, 8, 1);
	assert_int_equal(asked, 1);
}

/* The home core of a partition that was stopped may be off. */
TEST_WITH(test_only_a_running_partition_is_asked, set_up, NULL)
{
	for (uint32_t life = 0; life < 16; life++) {
		shared_memory->life[WATCHED].state = life;
		asked = 0;
		watch_write(&watcher, WATCH_ASK, 8, 1);
		assert_int_equal(asked, life == LIFE_RUNNING);
	}
}

TEST_WITH(test_vcpus_that_are_on_are_asked, set_up, NULL)
{
	watched.partition.psci_states[1] = PSCI_VCPU_ON;
	watch_ask(&watched.partition);
	assert_int_equal(told, 1u << 1);
	assert_int_equal(watched.partition.vcpus[1].life.asked, VCPU_SHOW);
	assert_int_equal(watched.partition.vcpus[0].life.asked, 0);
	runs = false;
	told = 0;
	watch_ask(&watched.partition);
	assert_int_equal(told, 0);
}

TEST_WITH(test_a_vcpu_writes_its_own_record, set_up, NULL)
{
	*fake_sysregs = (struct fake_sysregs){
	    .ttbr1_el1 = 1, .tcr_el1 = 2, .vbar_el1 = 3, .sctlr_el1 = 4, .sp_el0 = 5};
	memset(&core, 0, sizeof(core));
	core.el1 = &watched.partition.vcpus[0];
	watched.partition.vcpus[0].context.fresh = 1; /* its registers are another one's yet */
	watch_show(&watched.partition.vcpus[0]);
	assert_int_equal(read_at(WATCH_RECORD(0)), 2);
	core.el1 = &watched.partition.vcpus[1];
	watch_show(&watched.partition.vcpus[1]);
	assert_int_equal(read_at(WATCH_RECORD(1)), 4);
	for (uint32_t i = 1; i <= 5; i++)
		assert_int_equal(read_at(WATCH_RECORD(1) + 8 * i), i);
	assert_int_equal(shared_memory->watch[FIRST + VCPUS].vbar, 100 + FIRST + VCPUS);
}

/* The frame failed as it wrote: the next one ends it. */
TEST_WITH(test_a_record_is_whole_again, set_up, NULL)
{
	memset(&core, 0, sizeof(core));
	core.el1 = &watched.partition.vcpus[1];
	watched.partition.vcpus[1].context.fresh = 0;
	shared_memory->watch[FIRST + 1].changes = 3;
	watch_show(&watched.partition.vcpus[1]);
	assert_int_equal(read_at(WATCH_RECORD(1)), 4);
}

/*
 * Of a shared core another vCPU may hold EL1: then the registers are in their saved place,
 * whichever vCPU runs.
 */
TEST_WITH(test_saved_registers_are_shown, set_up, NULL)
{
	static struct context service = {.kind = CONTEXT_CONSOLE};

	*fake_sysregs = (struct fake_sysregs){
	    .ttbr1_el1 = 90, .tcr_el1 = 91, .vbar_el1 = 92, .sctlr_el1 = 93, .sp_el0 = 94};
	memset(&core, 0, sizeof(core));
	core.el1 = &watched.partition.vcpus[0];
	core.current = &service;
	core.service_sctlr = 95;
	core.service_sp = 96;
	watched.partition.vcpus[1].saved.el1 =
	    (struct resident_el1){.ttbr1 = 1, .tcr = 2, .vbar = 3, .sctlr = 4, .sp_el0 = 5};
	watch_show(&watched.partition.vcpus[1]);
	assert_int_equal(read_at(WATCH_RECORD(1)), 4);
	for (uint32_t i = 1; i <= 5; i++)
		assert_int_equal(read_at(WATCH_RECORD(1) + 8 * i), i);
}

/* A service has its own SCTLR_EL1 and SP_EL0 meanwhile. */
TEST_WITH(test_a_service_hides_two_registers, set_up, NULL)
{
	static struct context service = {.kind = CONTEXT_CONSOLE};

	*fake_sysregs = (struct fake_sysregs){.vbar_el1 = 3, .sctlr_el1 = 90, .sp_el0 = 91};
	memset(&core, 0, sizeof(core));
	core.el1 = &watched.partition.vcpus[0];
	core.current = &service;
	core.service_sctlr = 4;
	core.service_sp = 5;
	watch_show(&watched.partition.vcpus[0]);
	for (uint32_t i = 3; i <= 5; i++)
		assert_int_equal(read_at(WATCH_RECORD(0) + 8 * i), i);
}

/* ---- registers that a mend may change. Shows: watch.mended-registers. ---- */

static struct console_ring console;

static struct vcpu *standing(uint32_t index)
{
	struct vcpu *vcpu = &watched.partition.vcpus[index];

	memset(&core, 0, sizeof(core));
	memset(&console, 0, sizeof(console));
	watched.partition.console = &console;
	vcpu->partition = &watched.partition;
	vcpu->index = (uint8_t)index;
	vcpu->life.parked = VCPU_PARKED;
	return vcpu;
}

/* In the core: they come back as the loader left them, and the record is new. */
TEST_WITH(test_a_vcpu_goes_on_with_changed_registers, set_up, NULL)
{
	struct vcpu *vcpu = standing(1);

	core.el1 = vcpu;
	fake_sysregs->vbar_el1 = 3;
	fake_sysregs->sctlr_el1 = 4;
	watch_lay_down(vcpu);
	assert_int_equal(console.registers[1].vbar, 3);
	assert_int_equal(console.registers[1].sctlr, 4);
	console.registers[1] = (struct mend_registers){5, 6};
	watch_lay_down(vcpu); /* told once more to stand */
	watch_take_up(vcpu);
	fake_sysregs->sctlr_el1 = 4; /* the frame crashed, and its next one does it again */
	watch_take_up(vcpu);
	assert_int_equal(fake_sysregs->vbar_el1, 5);
	assert_int_equal(fake_sysregs->sctlr_el1, 6);
	assert_int_equal(read_at(WATCH_RECORD(1) + offsetof(struct watch_record, vbar)), 5);
	assert_int_equal(read_at(WATCH_RECORD(1) + offsetof(struct watch_record, sctlr)), 6);
}

/* A service has its own SCTLR_EL1 then. */
TEST_WITH(test_a_service_keeps_its_own, set_up, NULL)
{
	static struct context service = {.kind = CONTEXT_CONSOLE};
	struct vcpu *vcpu = standing(0);

	core.el1 = vcpu;
	core.current = &service;
	core.service_sctlr = 4;
	fake_sysregs->sctlr_el1 = 90;
	watch_lay_down(vcpu);
	assert_int_equal(console.registers[0].sctlr, 4);
	console.registers[0].sctlr = 6;
	watch_take_up(vcpu);
	assert_int_equal(fake_sysregs->sctlr_el1, 90);
	assert_int_equal(core.service_sctlr, 6);
}

/* Another vCPU may have EL1. */
TEST_WITH(test_saved_registers_are_changed, set_up, NULL)
{
	struct vcpu *vcpu = standing(1);

	core.el1 = &watched.partition.vcpus[0];
	fake_sysregs->vbar_el1 = fake_sysregs->sctlr_el1 = 90;
	vcpu->saved.el1.vbar = 3;
	vcpu->saved.el1.sctlr = 4;
	watch_lay_down(vcpu);
	assert_int_equal(console.registers[1].vbar, 3);
	assert_int_equal(console.registers[1].sctlr, 4);
	console.registers[1] = (struct mend_registers){5, 6};
	watch_take_up(vcpu);
	assert_int_equal(vcpu->saved.el1.vbar, 5);
	assert_int_equal(vcpu->saved.el1.sctlr, 6);
	assert_int_equal(fake_sysregs->vbar_el1, 90);
	assert_int_equal(fake_sysregs->sctlr_el1, 90);
}

TEST_WITH(test_a_vcpu_that_is_off_has_none, set_up, NULL)
{
	struct vcpu *vcpu = standing(0);

	vcpu->life.parked = VCPU_UNPARKED;
	vcpu->saved.el1.vbar = 3;
	console.registers[0] = (struct mend_registers){7, 8}; /* of before */
	watch_lay_down(vcpu);
	assert_int_equal(console.registers[0].vbar, 0);
	assert_int_equal(console.registers[0].sctlr, 0);
	assert_int_equal(vcpu->life.parked, VCPU_UNPARKED);
}

/* ---- mends. Shows: watch.mends. ---- */

static struct mend_box *box(void)
{
	return mend_box_of(WATCHED);
}

static void set_up_mender(void)
{
	set_up();
	((struct bundle_partition *)(uintptr_t)watcher.config)->flags = BUNDLE_MENDS;
}

static void write_at(uint32_t offset, uint64_t value)
{
	watch_write(&watcher, offset, sizeof(value), value);
}

static bool is_empty(uint32_t partition)
{
	const uint8_t *bytes = (const uint8_t *)mend_box_of(partition);
	uint8_t any = 0;

	for (size_t i = 0; i < sizeof(struct mend_box); i++)
		any |= bytes[i];
	return any == 0;
}

TEST_WITH(test_without_the_right_nothing_is_written, set_up, NULL)
{
	for (uint32_t offset = 0; offset < 0x1000; offset += 8)
		write_at(offset, ~0ull);
	for (uint32_t i = 0; i < 3; i++)
		assert_true(is_empty(i));
	assert_int_equal(mends, 0);
	assert_int_equal(read_at(WATCH_MEND), WATCH_MEND_NOTHING);
}

TEST_WITH(test_changes_are_written, set_up_mender, NULL)
{
	for (uint32_t offset = WATCH_RECORD(0); offset < 0x1000; offset += 8)
		write_at(offset, offset);
	for (uint32_t i = 0; i < WATCH_CHANGES; i++) {
		const uint32_t at = WATCH_CHANGE(i);
		const struct watch_change change = box()->change[i];

		assert_int_equal(change.address, at);
		assert_int_equal(change.mask, at + 8);
		assert_int_equal(change.expected, at + 16);
		assert_int_equal(change.value, at + 24);
	}
	assert_int_equal(box()->asked + box()->count, 0);
	assert_true(is_empty(0));
	assert_true(is_empty(2));
	assert_int_equal(read_at(WATCH_CHANGE(3)), 0);
}

TEST_WITH(test_other_widths_write_nothing, set_up_mender, NULL)
{
	for (uint32_t offset = 8; offset < 0x1000; offset++)
		for (uint32_t size = 1; size < 8; size *= 2)
			watch_write(&watcher, offset, size, ~0ull);
	for (uint32_t offset = 9; offset < 0x1000; offset += 8)
		watch_write(&watcher, offset, 8, ~0ull);
	assert_true(is_empty(WATCHED));
}

/* From the question to the answer the box stays as it is. */
TEST_WITH(test_a_mend_is_asked_once, set_up_mender, NULL)
{
	assert_int_equal(read_at(WATCH_MEND), WATCH_MEND_READY);
	write_at(WATCH_CHANGE(0), 0x77);
	write_at(WATCH_MEND, 1);
	assert_int_equal(mends, 1);
	assert_int_equal(read_at(WATCH_MEND), WATCH_MEND_ASKED);
	write_at(WATCH_CHANGE(0), 0x78);
	write_at(WATCH_MEND, 2);
	assert_int_equal(mends, 1);
	assert_int_equal(box()->count, 1);
	assert_int_equal(box()->change[0].address, 0x77);
	box()->answer = WATCH_MEND_DIFFERS | 5 << 8;
	box()->answered = box()->asked;
	assert_int_equal(read_at(WATCH_MEND), WATCH_MEND_DIFFERS | 5 << 8);
	write_at(WATCH_MEND, 2);
	assert_int_equal(mends, 2);
	assert_int_equal(box()->count, 2);
}

/* Of a fault the watcher reads all and writes its own words, if the partition is guarded.
 * Shows: prevent.rights. */
TEST_WITH(test_faults_are_read_and_answered, set_up_mender, NULL)
{
	const uint32_t at = WATCH_FAULT(1);

	box()->fault[1] = (struct watch_fault){.changes = 2, .syndrome = 3, .value = 9};
	box()->guard = WATCH_GUARD_CANT;
	write_at(at + offsetof(struct watch_fault, answer), 7);
	assert_int_equal(read_at(at), 0);
	assert_int_equal(box()->fault[1].answer, 0);
	assert_int_equal(read_at(WATCH_GUARD), WATCH_GUARD_CANT);
	box()->guard = WATCH_GUARD_PAGES;
	assert_int_equal(read_at(WATCH_GUARD), WATCH_GUARD_PAGES);
	assert_int_equal(read_at(at), 2);
	assert_int_equal(read_at(at + offsetof(struct watch_fault, value)), 9);
	for (uint32_t offset = 0; offset < WATCH_FAULT_SIZE; offset += 8)
		write_at(at + offset, 0x50 + offset);
	assert_int_equal(box()->fault[1].changes, 2);
	assert_int_equal(box()->fault[1].since, 0);
	assert_int_equal(box()->fault[1].refuses, 0x50 + 8 * 8);
	assert_int_equal(box()->fault[1].fixed, 0x50 + 9 * 8);
	assert_int_equal(box()->fault[1].text, 0x50 + 10 * 8);
	assert_int_equal(box()->fault[1].sites, 0x50 + 11 * 8);
	assert_int_equal(box()->fault[1].note[0], 0x50 + 12 * 8);
	assert_int_equal(box()->fault[1].answer, 0x50 + 14 * 8);
	assert_int_equal(box()->fault[1].allow, 0x50 + 15 * 8);
	assert_int_equal(box()->fault[0].answer + box()->fault[2].answer, 0);
}

/* Nothing stands for it. */
TEST_WITH(test_a_wrong_count_is_answered_at_once, set_up_mender, NULL)
{
	static const uint64_t counts[] = {0, WATCH_CHANGES + 1, 1ull << 32 | 1, ~0ull};

	for (uint32_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		write_at(WATCH_MEND, counts[i]);
		assert_int_equal(read_at(WATCH_MEND), WATCH_MEND_WRONG);
	}
	assert_int_equal(mends, 0);
	write_at(WATCH_MEND, WATCH_CHANGES);
	assert_int_equal(mends, 1);
}

TEST_WITH(test_a_change_of_a_stopped_partition_is_refused_at_once, set_up_mender, NULL)
{
	for (uint32_t life = 0; life < 16; life++) {
		if (life == LIFE_RUNNING)
			continue;
		shared_memory->life[WATCHED].state = life;
		write_at(WATCH_MEND, 1);
		assert_int_equal(read_at(WATCH_MEND), WATCH_MEND_REFUSED);
	}
	assert_int_equal(mends, 0);
}

/* manager_command() looks whether the watcher has the right. */
TEST_WITH(test_a_restart_is_asked, set_up, NULL)
{
	assert_int_equal(read_at(WATCH_RESTART), 0);
	for (uint32_t life = 0; life < 16; life++) {
		shared_memory->life[WATCHED].state = life;
		restarts = 0;
		write_at(WATCH_RESTART, 1);
		assert_int_equal(restarts, life == LIFE_RUNNING);
	}
	((struct bundle_partition *)(uintptr_t)watcher.config)->life.manages = 5;
	assert_int_equal(read_at(WATCH_RESTART), 0);
	((struct bundle_partition *)(uintptr_t)watcher.config)->life.manages = 1u << WATCHED;
	assert_int_equal(read_at(WATCH_RESTART), 1);
}
