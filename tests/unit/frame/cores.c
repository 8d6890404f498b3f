/*
 * See cores.h. Owns the bundle and the partitions' slots as the start would have left them, each
 * core's own memory, and the way through a trap, which is trap.c's and the vectors'.
 */
#include "cores.h"

#include <fake/device.h>
#include <fake/gic.h>
#include <fake/machine.h>
#include <fake/smmu.h>
#include <frame/gic.h>
#include <frame/mail.h>
#include <frame/promise.h>
#include <frame/report.h>
#include <frame/resident.h>
#include <frame/sched.h>
#include <frame/service.h>
#include <frame/trap.h>
#include <lib/bundle.h>
#include <machine/contexts.h>
#include <machine/gic_cpu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

uint64_t cores_examination;

#define TABLE_PAGES 16
#define TABLES      ((uint64_t)(uintptr_t)tables) /* the fake SMMU reads by pointers */
#define GUEST_UART  38u                           /* wired: the same for every guest */
#define GUEST_RTC   39u

static _Alignas(4096) uint8_t tables[TABLE_PAGES][4096];
static struct page_pool pool;
static struct stage2 memory; /* every guest's */

struct cores_plan cores_plan;
static struct core own[BUNDLE_CORES_MAX]; /* of the cores that nothing is done by now */
static bool asleep[BUNDLE_CORES_MAX];
static uint32_t here;
static bool off;

/* How the frame was left. */
enum way { LEFT, SLEEPS, OFF };
static enum way how;
static jmp_buf away;

/* ---- what the frame finds beneath it ---- */

static void leave(enum way by)
{
	how = by;
	longjmp(away, 1);
}

/* With nothing to run, a core sleeps in the frame; else a guest waits, and may always go on. */
static void on_wait(void)
{
	if (core.ready == NULL)
		leave(SLEEPS);
}

static void on_off(void)
{
	leave(OFF);
}

static void on_enter(struct context *next)
{
	if ((core.el1 != vcpu_of(next) || next->fresh) && resident_enter_el1(vcpu_of(next)))
		resident_forget_translations();
}

static void on_leave(void)
{
	leave(LEFT);
}

void core_idle_interrupt(void);

void core_idle_interrupt(void)
{
	fail_msg("a sleeping core goes on before its interrupt");
}

_Noreturn void stop_machine(const char *why)
{
	fail_msg("the frame stopped the machine: %s", why);
	abort();
}

static struct stop_report *report_of(struct partition *partition, enum stop_reason reason)
{
	struct stop_report *report = &partition->console->report;

	report->sequence += 2;
	report->reason = reason;
	return report;
}

void report_stop(struct vcpu *vcpu, enum stop_reason reason)
{
	report_of(vcpu->partition, reason)->vcpu = vcpu->index;
}

void report_loader(struct partition *partition, uint64_t syndrome, uint64_t address)
{
	struct stop_report *report = report_of(partition, STOP_FAULT);

	report->fault = REPORT_LOADER;
	report->syndrome = syndrome;
	report->address = address;
}

void report_image(struct partition *partition, uint32_t load)
{
	report_of(partition, STOP_IMAGE)->load = load;
}

void report_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome, uint64_t address)
{
	struct stop_report *report = report_of(vcpu->partition, STOP_FAULT);

	report->fault = fault;
	report->vcpu = vcpu->index;
	report->syndrome = syndrome;
	report->address = address;
}

/* ---- the bundle, and the partitions' slots ---- */

static struct bundle_header *header(void)
{
	return (struct bundle_header *)LAYOUT_BUNDLE;
}

static void *table(struct bundle_table *where, uint32_t count, uint32_t offset)
{
	*where = (struct bundle_table){.offset = offset, .count = count};
	return (void *)(LAYOUT_BUNDLE + offset);
}

static struct bundle_life life_of(uint32_t index)
{
	return cores_plan.life[index].at_limit != 0 ? cores_plan.life[index]
	                                            : (struct bundle_life)CORES_LIFE;
}

static uint32_t priority_of(uint32_t partition)
{
	return cores_plan.priority[partition] != 0 ? cores_plan.priority[partition]
	                                           : CORES_PRIORITY;
}

static uint32_t core_of(uint32_t partition, uint32_t index, uint32_t global)
{
	return cores_plan.placed ? cores_plan.place[partition][index] : global;
}

uint32_t cores_home(uint32_t partition)
{
	return core_of(partition, 0, partition_at(partition)->config->vcpus.first);
}

static void fill_config(struct bundle_partition *config, uint32_t index, uint32_t first)
{
	*config = (struct bundle_partition){
	    .flags = BUNDLE_CONSOLE | BUNDLE_RTC | cores_plan.flags[index] |
	             (cores_plan.placed ? 0u : (uint32_t)BUNDLE_OWN_PMU),
	    .life = life_of(index),
	    .priority = priority_of(index),
	    .vcpus = {.first = first, .count = cores_plan.vcpus[index]},
	    .interrupts = {.first = 2 * index, .count = 2},
	    .entry_ipa = CORES_ENTRY,
	    .dtb_ipa = CORES_DTB,
	    .uart_intid = GUEST_UART,
	    .rtc_intid = GUEST_RTC,
	};
	snprintf(config->name, sizeof(config->name), "partition-%u", index);
}

static struct bundle_vcpu config_of(uint32_t partition, uint32_t vcpu, uint32_t where)
{
	const uint8_t priority = (uint8_t)priority_of(partition);

	struct bundle_vcpu config = cores_plan.promise[partition][vcpu];

	config.affinity = vcpu;
	config.core = where;
	config.cores = 1u << where | cores_plan.roam[partition][vcpu];
	config.priority = config.priority_low = priority;
	config.priority_high = (uint8_t)(priority + config.priority_high);
	return config;
}

static void fill_bundle(void)
{
	struct bundle_header *h = header();
	struct bundle_core *cores = table(&h->cores, cores_plan.cores, 0x1000);
	struct bundle_partition *partitions = table(&h->partitions, cores_plan.partitions, 0x2000);
	struct bundle_vcpu *vcpus = table(&h->vcpus, BUNDLE_VCPUS_MAX, 0x3000);
	struct bundle_interrupt *interrupts =
	    table(&h->interrupts, 2 * cores_plan.partitions, 0x4000);
	uint32_t next = 0;

	h->console_core = (uint16_t)cores_plan.console_core;
	h->flags = cores_plan.stay_on ? BUNDLE_STAY_ON : 0;
	h->board.uart_base = cores_plan.console ? 0x9000000 : 0;
	h->board.uart_intid = CORES_UART_SPI;
	h->board.rtc_base = 0x9010000;
	h->board.gic_maintenance_intid = 25;
	h->board.hyp_timer_intid = 26;
	h->board.virtual_timer_intid = 27;
	h->board.physical_timer_intid = 30;
	for (uint32_t i = 0; i < cores_plan.cores; i++)
		cores[i].affinity = i;
	for (uint32_t p = 0; p < cores_plan.partitions; p++) {
		fill_config(&partitions[p], p, next);
		interrupts[2 * p].intid = CORES_SPI(p);
		interrupts[2 * p + 1].intid = CORES_SPI(p) + 1;
		for (uint32_t i = 0; i < cores_plan.vcpus[p]; i++, next++)
			vcpus[next] = config_of(p, i, core_of(p, i, next));
	}
	h->vcpus.count = next;
}

static void fill_vcpu(struct partition *partition, uint32_t index)
{
	struct vcpu *vcpu = &partition->vcpus[index];
	uint32_t global = partition->config->vcpus.first + index;

	vcpu->partition = partition;
	vcpu->affinity = partition->affinities[index] = index;
	vcpu->index = (uint8_t)index;
	vcpu->core = (uint8_t)core_of(partition->index, index, global);
	context_init_vcpu(&vcpu->context, &memory, global, priority_of(partition->index));
	promise_init(vcpu, &bundle_vcpus(header())[global], sysreg_read(cntfrq_el0));
}

/* As start.c: those that start by themselves are awake from the beginning. */
static void fill_life(struct partition *partition)
{
	bool manual = (partition->config->flags & BUNDLE_MANUAL) != 0;
	uint32_t first = manual ? LIFE_STOPPED : LIFE_WAITING;

	partition->life.status.state = first;
	shared_memory->life[partition->index].state = first;
	shared_memory->awake += !manual;
}

static const int32_t workarounds[3] = {0, 1, -1};

static void fill_partition(uint32_t index)
{
	struct partition *partition = partition_at(index);
	uint64_t slot = LAYOUT_PARTITION + index * LAYOUT_SLOT;

	partition->config = (const struct bundle_partition *)(LAYOUT_BUNDLE + 0x2000) + index;
	partition->index = index;
	partition->vcpu_count = cores_plan.vcpus[index];
	partition->stage2.vmid = CORES_VMID(index);
	partition->console = (struct console_ring *)(slot + 0x80000);
	partition->loader_info = (struct loader_info *)(slot + 0x90000);
	partition->stolen = (struct stolen_record *)(slot + 0xa0000);
	partition->stolen_ipa = CORES_STOLEN;
	partition->tick = 1ULL << 32;
	partition->psci = (struct psci_guest){
	    .vcpus = cores_plan.vcpus[index],
	    .affinities = partition->affinities,
	    .states = partition->psci_states,
	    .memory = &memory,
	    .workarounds = workarounds,
	};
	partition->loader_info->vcpus = cores_plan.vcpus[index];
	partition->loader_info->debug = (uintptr_t)&partition->console->debug;
	partition->loader_info->report = (uintptr_t)&partition->console->report;
	memset(partition->seed, (int)index + 1, sizeof(partition->seed));
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		fill_vcpu(partition, i);
	context_init_service(&partition->loader, CONTEXT_LOADER, &memory, TRACE_LOADER,
	                     priority_of(index));
	vgic_init(partition, header());
	fill_life(partition);
}

static void fill_memory(void)
{
	fake_reset(tables, pa_at(TABLES), TABLE_PAGES);
	page_pool_init(&pool, tables, pa_at(TABLES), TABLE_PAGES);
	assert_int_equal(stage2_init(&memory, &pool, 1), STAGE2_OK);
	assert_int_equal(
	    stage2_map(&memory, ipa_at(CORES_RAM), pa_at(CORES_RAM), CORES_RAM_SIZE, STAGE2_RAM),
	    STAGE2_OK);
}

static void fill_gic(void)
{
	uint32_t mine[32] = {0};

	mine[CORES_UART_SPI / 32] |= 1u << CORES_UART_SPI % 32;
	mine[CORES_SMMU_EVENTS / 32] |= 1u << CORES_SMMU_EVENTS % 32;
	for (uint32_t p = 0; p < cores_plan.partitions; p++)
		mine[1] |= 3u << (CORES_SPI(p) - 32);
	fake_gic_reset(cores_plan.list_registers != 0 ? cores_plan.list_registers : 4, mine);
}

/* ---- functions and the SMMU ---- */

uint32_t cores_space[CORES_FUNCTIONS][1024];

static uint32_t read_first(uint64_t offset)
{
	return cores_space[0][offset / 4];
}

static uint32_t read_second(uint64_t offset)
{
	return cores_space[1][offset / 4];
}

static void write_first(uint64_t offset, uint32_t value)
{
	cores_space[0][offset / 4] = value;
}

static void write_second(uint64_t offset, uint32_t value)
{
	cores_space[1][offset / 4] = value;
}

static void fill_spaces(void)
{
	static uint32_t (*const read[])(uint64_t) = {read_first, read_second};
	static void (*const write[])(uint64_t, uint32_t) = {write_first, write_second};

	memset(cores_space, 0, sizeof(cores_space));
	for (uint32_t i = 0; i < CORES_FUNCTIONS; i++)
		fake_device_add(&(struct fake_device){LAYOUT_PCI + CORES_STREAM(i) * PAGE_SIZE,
		                                      PAGE_SIZE, read[i], write[i]});
}

static void fill_functions(void)
{
	struct bundle_header *h = header();
	struct bundle_function *functions = table(&h->functions, CORES_FUNCTIONS, 0x5000);
	struct bundle_partition *partitions = (void *)(LAYOUT_BUNDLE + 0x2000);

	h->board.smmu_base = LAYOUT_SMMU;
	h->board.smmu_event_intid = CORES_SMMU_EVENTS;
	partitions[0].functions.count = CORES_FUNCTIONS;
	for (uint32_t i = 0; i < CORES_FUNCTIONS; i++) {
		functions[i].kind = BUNDLE_FUNCTION_REAL;
		functions[i].slot = (uint16_t)CORES_STREAM(i);
		functions[i].stream = CORES_STREAM(i);
		functions[i].bar[i] = 0x10000000 + 0x10000 * i;
		functions[i].bar_size[i] = 0x10000;
	}
}

/* As start_dma.c, but that the tables are every guest's. */
static void fill_dma(void)
{
	static const struct fake_smmu_plan plan = {.base = LAYOUT_SMMU, .coherent = true};
	struct partition *partition = partition_at(0);

	fake_devices_reset();
	if (!cores_plan.dma)
		return;
	fill_functions();
	fill_spaces();
	fake_smmu_reset(&plan);
	smmu_init((va_t){LAYOUT_SMMU}, smmu_own);
	fake_smmu_pace(1);
	assert_int_equal(stage2_init(&partition->dma_tables, &pool, CORES_VMID(0)), STAGE2_OK);
	assert_int_equal(stage2_map(&partition->dma_tables, ipa_at(CORES_RAM), pa_at(CORES_RAM),
	                            CORES_RAM_SIZE, STAGE2_DMA),
	                 STAGE2_OK);
	smmu_init_domain((va_t){LAYOUT_SMMU}, smmu_own, 0, &partition->dma_tables,
	                 &partition->dma.domain);
	for (uint32_t i = 0; i < CORES_FUNCTIONS; i++)
		smmu_init_stream((va_t){LAYOUT_SMMU}, smmu_own, CORES_STREAM(i),
		                 &partition->dma_tables);
	partition->real[0].power = CORES_POWER;
}

/* ---- a core's way through the frame ---- */

void cores_on(uint32_t number)
{
	own[here] = core;
	core = own[number];
	here = number;
	fake_cpu_on(number);
	fake_gic_on(number);
}

/* Until it is left by one of the hooks, or returns. */
static void through(uint32_t number, void (*what)(void))
{
	cores_on(number);
	assert_false(off);
	how = LEFT;
	if (setjmp(away) == 0)
		what();
	asleep[number] = how == SLEEPS;
	off = how == OFF;
}

void cores_begin(const struct cores_plan *of)
{
	cores_plan = *of;
	memset(&core, 0, sizeof(core));
	memset(own, 0, sizeof(own));
	memset(asleep, 0, sizeof(asleep));
	here = 0;
	cores_examination = LOADER_OK;
	cores_debugs = true;
	off = false;
	fake_cpu_reset((struct fake_hooks){
	    .wait = on_wait, .off = on_off, .leave = on_leave, .enter = on_enter});
	fill_memory();
	fill_gic();
	fill_bundle();
	for (uint32_t p = 0; p < cores_plan.partitions; p++)
		fill_partition(p);
	fill_dma();
	context_init_service(&console_own->context, CONTEXT_CONSOLE, &memory, TRACE_CONSOLE,
	                     CORES_PRIORITY);
	*(uint32_t *)LAYOUT_RTC = 1700000000;
	for (uint32_t i = 0; i < cores_plan.cores; i++) {
		cores_on(i);
		core.index = i;
		through(i, core_main);
	}
}

/* As the vectors do it. */
static void choose(void)
{
	while (core.ready == NULL || core.reschedule != 0)
		sched_choose();
}

static void (*deed)(void);

static void do_then_choose(void)
{
	deed();
	choose();
}

void cores_do(uint32_t number, void (*what)(void))
{
	deed = what;
	through(number, do_then_choose);
}

static uint64_t argument[4];

static void call(void)
{
	assert_int_equal(core.current->kind, CONTEXT_VCPU);
	memcpy(core.current->x, argument, sizeof(argument));
	call_guest(core.vcpu);
}

void cores_call(uint32_t number, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	assert_false(asleep[number]);
	memcpy(argument, (uint64_t[]){function, x1, x2, x3}, sizeof(argument));
	cores_do(number, call);
}

void cores_tell(uint32_t by, uint32_t partition, enum life_command command)
{
	cores_on(by);
	life_tell(partition, command);
}

static void serve(void)
{
	assert_int_not_equal(core.current->kind, CONTEXT_VCPU);
	core.current->x[8] = argument[0];
	core.current->x[0] = argument[1];
	service_call(core.current);
}

void cores_service(uint32_t number, uint64_t call_number, uint64_t x0)
{
	assert_false(asleep[number]);
	argument[0] = call_number;
	argument[1] = x0;
	cores_do(number, serve);
}

void cores_quiet(uint32_t number)
{
	cores_on(number);
	while (!off && !asleep[number] && core.current->kind == CONTEXT_CONSOLE)
		cores_service(number, SERVICE_WAIT, SERVICE_FOREVER);
}

static void end_turn(void)
{
	sched_end_turn(core.current);
}

void cores_turn_to(uint32_t number, const struct context *context)
{
	cores_on(number);
	for (uint32_t i = 0; i < 20 && context->state == CONTEXT_READY && !off && !asleep[number] &&
	                     core.current != context;
	     i++)
		cores_do(number, end_turn);
}

void cores_load(uint32_t number)
{
	struct partition *partition;

	cores_quiet(number);
	while (asleep[number] || core.current->kind != CONTEXT_LOADER) {
		assert_true(cores_interrupt(number)); /* it is about to begin */
		cores_quiet(number);
	}
	assert_int_equal(core.current->kind, CONTEXT_LOADER);
	partition =
	    (struct partition *)((uintptr_t)core.current - offsetof(struct partition, loader));
	cores_service(number, SERVICE_DONE, LOADER_OK);
	while (partition->life.status.state == LIFE_LOADING && cores_interrupt(number))
		continue;
	/* Else somebody more urgent has the core, and the rest waits for that one to wait. */
	assert_true(partition->life.status.state == LIFE_RUNNING ||
	            (cores_plan.placed && core.urgency != 0));
}

enum life_state cores_state(uint32_t partition)
{
	return (enum life_state)partition_at(partition)->life.status.state;
}

/* ---- interrupts ---- */

static bool timer_is_due(void)
{
	return sysreg_read(cnthp_ctl_el2) == 1 &&
	       sysreg_read(cnthp_cval_el2) <= sysreg_read(cntpct_el0);
}

/* As in trap.c. */
static void guest_interrupt(uint32_t intid)
{
	if (core.only == 0) {
		resident_interrupt(intid);
		return;
	}
	vgic_arrived(core.vcpu, intid);
	if (core.current != &core.vcpu->context && core.current != NULL)
		sched_interrupt(core.current, &core.vcpu->context);
}

static void physical_interrupt(uint32_t intid)
{
	if (intid < GIC_MAIL + GIC_CLASSES) {
		gic_deactivate(intid);
		mail_take();
	} else if ((core.own[intid / 32] >> intid % 32 & 1) != 0) {
		core.uart_masked = 1;
		console_event(CONSOLE_EVENT_UART);
	} else {
		guest_interrupt(intid);
	}
}

/* The lines of the guest's timers are levels. */
static void sample_timers(void)
{
	uint64_t now = sysreg_read(cntpct_el0);

	fake_gic_private_line(27, (sysreg_read(cntv_ctl_el0) & 3) == 1 &&
	                              sysreg_read(cntv_cval_el0) <= now - sysreg_read(cntvoff_el2));
	fake_gic_private_line(30, (sysreg_read(cntp_ctl_el0) & 3) == 1 &&
	                              sysreg_read(cntp_cval_el0) <= now);
}

uint32_t cores_taken;

static bool take(void)
{
	uint32_t intid;

	cores_taken = 0;
	sample_timers();
	if (fake_mail_arrives(here)) {
		mail_take();
		return true;
	}
	if (timer_is_due()) {
		timer_interrupt();
		return true;
	}
	if (fake_gic_maintenance()) {
		vgic_maintain(core.vcpu);
		return true;
	}
	intid = fake_gic_take();
	if (intid != FAKE_GIC_SPURIOUS) {
		cores_taken = intid;
		physical_interrupt(intid);
	}
	return intid != FAKE_GIC_SPURIOUS;
}

static bool took;

static void interrupt(void)
{
	took = take();
	if (core.only == 0)
		resident_look();
	choose();
}

bool cores_interrupt(uint32_t number)
{
	took = false;
	through(number, interrupt);
	if (!took && !off) /* the choice may have armed a timer that is over */
		through(number, interrupt);
	return took || off; /* nobody comes back from that one */
}

void cores_exchange(void)
{
	uint32_t turns = 0;
	bool any;

	do {
		any = false;
		for (uint32_t i = 0; i < cores_plan.cores && !off; i++)
			while (!off && cores_interrupt(i)) {
				any = true;
				if (++turns > 100000)
					fail_msg("interrupts never end");
			}
	} while (any);
}

void cores_load_all(void)
{
	bool any;

	do {
		any = false;
		cores_settle();
		for (uint32_t p = 0; p < cores_plan.partitions && !off; p++) {
			uint32_t home = cores_home(p);

			cores_quiet(home);
			if (cores_plan.placed)
				cores_turn_to(home, &partition_at(p)->loader);
			if (off || asleep[home] || core.current != &partition_at(p)->loader)
				continue;
			cores_load(home);
			any = true;
		}
	} while (any);
}

/* ---- a guest's registers ---- */

static struct {
	uint32_t offset;
	uint64_t value;
	bool done;
} store;

static void store_now(void)
{
	store.done = vgic_dist_write(core.vcpu, store.offset, 4, store.value);
}

bool cores_store(uint32_t number, uint32_t offset, uint64_t value)
{
	store.offset = offset;
	store.value = value;
	store.done = false;
	cores_do(number, store_now);
	return store.done;
}

static void store_at_last(uint32_t number, uint32_t offset, uint64_t value)
{
	uint32_t times = 1;

	fake_activation.pc += 4;
	for (; !cores_store(number, offset, value); times++) {
		assert_in_range(times, 1, 10);
		cores_settle();
	}
	cores_settle();
}

void cores_open_interrupts(uint32_t number)
{
	uint32_t bits;

	cores_on(number);
	bits = 3u << (CORES_SPI(core.partition->index) - 32);
	store_at_last(number, 0, 2);
	store_at_last(number, 0x84, bits);
	store_at_last(number, 0x104, bits);
}

/* ---- looking ---- */

bool cores_sleeps(uint32_t number)
{
	return asleep[number];
}

bool cores_are_off(void)
{
	return off;
}
