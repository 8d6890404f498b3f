/*
 * A whole machine of several cores that runs frame/core, from core_main() on, over the fake
 * machine: its interrupts are taken and its guests' calls made when a test says so, in any order,
 * by one thread; so a seed repeats a run.
 */
#ifndef UNIT_FRAME_CORES_H
#define UNIT_FRAME_CORES_H

#include <fake/cpu.h>
#include <state/vcpu.h>

#define CORES_RAM            0x40000000ULL /* of every guest; entry and device tree are in it */
#define CORES_RAM_SIZE       0x200000ULL
#define CORES_ENTRY          (CORES_RAM + 0x80000)
#define CORES_DTB            (CORES_RAM + 0x100000)
#define CORES_STOLEN         0x7fffff0000ULL
#define CORES_SPI(n)         (40 + 2 * (n)) /* of partition n, and the one behind it */
#define CORES_END            0xa000000ULL
#define CORES_END_SPI        200u
#define CORES_UART_SPI       33u /* the frame's own */
#define CORES_PRIORITY       10
#define CORES_VMID(n)        ((uint16_t)(1 + (n)))
#define CORES_PARTITIONS_MAX 8

/* With `dma`: functions of the first partition, one of which can sleep; what they wrote is in
 * cores_space, by number and word. The SMMU is the fake one. */
#define CORES_FUNCTIONS   2u
#define CORES_STREAM(n)   (8 * (1 + (n)))
#define CORES_SMMU_EVENTS 106u
#define CORES_POWER       0x40u /* where the first one's power management is */
extern uint32_t cores_space[CORES_FUNCTIONS][1024];

/* Partitions have their cores one after the other, from core 0 on; the rest serves nobody. */
struct cores_plan {
	uint32_t cores;
	uint32_t partitions;
	uint32_t vcpus[CORES_PARTITIONS_MAX];
	bool placed; /* each vCPU has its core by `place`, and cores are shared */
	uint8_t place[CORES_PARTITIONS_MAX][BUNDLE_PARTITION_VCPUS_MAX];
	/* Where else it may run, a bit each. */
	uint8_t roam[CORES_PARTITIONS_MAX][BUNDLE_PARTITION_VCPUS_MAX];
	/* Partitions that may hold a core, a bit each; the first of them does at first. */
	uint8_t holders[BUNDLE_CORES_MAX];
	uint16_t speed[BUNDLE_CORES_MAX]; /* 0: BUNDLE_SPEED_FASTEST */
	uint8_t free; /* of these cores, those that nobody has at first: a bit each */
	uint8_t priority[CORES_PARTITIONS_MAX]; /* 0: CORES_PRIORITY */
	bool last[CORES_PARTITIONS_MAX];        /* its priority is 0 */
	/* Budgets, deadlines, how far priorities reach above it; the rest is filled in. */
	struct bundle_vcpu promise[CORES_PARTITIONS_MAX][BUNDLE_PARTITION_VCPUS_MAX];
	bool console; /* there is a UART, and a service for it */
	uint32_t console_core;
	bool stay_on;
	bool looks;   /* for what waits before a choice, as a core does; else it comes later */
	bool dma;     /* the first partition has two functions behind an SMMU */
	bool channel; /* a channel joins all partitions; each has its end at CORES_END */
	uint32_t list_registers; /* 0: as many as most have */
	uint32_t
	    flags[CORES_PARTITIONS_MAX]; /* enum bundle_partition_flag, beside console and RTC */
	struct bundle_life
	    life[CORES_PARTITIONS_MAX]; /* nothing: as a description that says nothing */
};

/* What a description that says nothing means; and what never restarts by itself. */
#define CORES_LIFE                                                                                 \
	{                                                                                          \
		.at_limit = LIFE_DO_STOP, .limit = 5, .window = 60000, .delay = 100                \
	}
#define CORES_LIFE_ONCE                                                                            \
	{                                                                                          \
		.on_crash = LIFE_DO_STOP, .at_limit = LIFE_DO_STOP                                 \
	}

/* As it began. */
extern struct cores_plan cores_plan;

/* Every core starts, and runs or sleeps. */
void cores_begin(const struct cores_plan *plan);

/* What follows is done by this core; `core` is its own then. */
void cores_on(uint32_t number);

/* One trap of what this core runs, or an interrupt of its sleep: what the frame does, then the
 * vectors' choice. */
void cores_do(uint32_t number, void (*what)(void));

/* A guest's HVC; a service's SVC. What they are answered is in core.current->x afterwards. */
void cores_call(uint32_t number, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3);
void cores_service(uint32_t number, uint64_t call, uint64_t x0);

/* What the console service, on core `number`, says of cores that go off and come (SERVICE_POWER_…).
 */
int64_t cores_power(uint32_t number, uint64_t subject, uint64_t what);

/* Core `by` leaves word of a command at a partition's home core. */
void cores_tell(uint32_t by, uint32_t partition, enum life_command command);

/* A core that is off takes none; one that comes on begins with core_main(). What the firmware
 * answers when a core goes off or comes on; and what happens just before it is off. */
bool cores_is_dark(uint32_t number);
extern int64_t cores_firmware;
extern void (*cores_late)(void);

/* What other cores do meanwhile, each time that this one looks for what is pending. */
extern void (*cores_meanwhile)(void);

/* Takes one interrupt; false: there is none. All cores take all there are. What was taken last: a
 * physical interrupt, or 0. */
bool cores_interrupt(uint32_t number);
extern uint32_t cores_taken;
void cores_exchange(void);

/* The same, and every examination of a partition is answered with cores_examination; what is to be
 * silenced is silent; and loaders look at what a debugger wants, if cores_debugs, which is so at
 * first. */
void cores_settle(void);
extern bool cores_debugs;
extern uint64_t cores_examination;
bool cores_examines(uint32_t partition);
void cores_examine(uint32_t partition);
bool cores_silences(uint32_t partition);

/* The guest's store to a word of its distributor; false: another core has to do its part first. */
bool cores_store(uint32_t number, uint32_t offset, uint64_t value);

/* The guest on this core lets its partition's physical interrupts in, for its first vCPU. */
void cores_open_interrupts(uint32_t number);

bool cores_sleeps(uint32_t number);
bool cores_are_off(void); /* the firmware turned the machine off */

/* If this core runs the console service, that has said everything and waits. */
void cores_quiet(uint32_t number);

/* On a shared core: its equals give their turns away until this one runs. Not ready: nothing. */
void cores_turn_to(uint32_t number, const struct context *context);

/* Of a partition: its loader, on core number, answers that all is well, and what it leads to. */
void cores_load(uint32_t number);
enum life_state cores_state(uint32_t partition);

/* The core of a partition's life. */
uint32_t cores_home(uint32_t partition);

/* Each partition whose loader runs is loaded; until nothing is left to do. */
void cores_load_all(void);

/* In how many places a vCPU has an interrupt, of so many list registers. */
uint32_t cores_holds(const struct vcpu *vcpu, uint32_t intid, uint32_t lists);

/* What must be so between two traps; and what must be so when nothing is on its way. The first
 * breach in words, or 0. */
const char *cores_breach(void);
const char *cores_breach_settled(void);

#endif
