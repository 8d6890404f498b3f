/*
 * A whole machine of several cores that runs frame/core, from core_main() on, over the fake
 * machine. Cores take interrupts and guests make calls when a test says so, in any order. One
 * thread plays all of it, so a seed repeats a run.
 */
#ifndef UNIT_FRAME_CORES_H
#define UNIT_FRAME_CORES_H

#include <fake/cpu.h>
#include <state/vcpu.h>

#define CORES_MEND_LIMIT     500u          /* microseconds */
#define CORES_RAM            0x40000000ULL /* each guest's memory, with entry and device tree */
#define CORES_RAM_SIZE       0x200000ULL
#define CORES_ENTRY          (CORES_RAM + 0x80000)
#define CORES_DTB            (CORES_RAM + 0x100000)
#define CORES_STOLEN         0x7fffff0000ULL
#define CORES_SPI(n)         (40 + 2 * (n)) /* partition n's first SPI; it also has the next one */
#define CORES_END            0xa000000ULL
#define CORES_END_SPI        200u
#define CORES_UART_SPI       33u /* the frame's UART */
#define CORES_PRIORITY       10
#define CORES_VMID(n)        ((uint16_t)(1 + (n)))
#define CORES_PARTITIONS_MAX 8

/* With `dma`: PCI functions of the first partition, one of which can sleep. Their configuration
 * spaces are in cores_space, by number and word. The SMMU is the fake one. */
#define CORES_FUNCTIONS   2u
#define CORES_STREAM(n)   (8 * (1 + (n)))
#define CORES_SMMU_EVENTS 106u
#define CORES_POWER       0x40u /* where the first function's power management is */
extern uint32_t cores_space[CORES_FUNCTIONS][1024];

/* Unless `placed`, each partition has the next cores, from core 0 on. The other cores have no
 * partition. */
struct cores_plan {
	uint32_t cores;
	uint32_t partitions;
	uint32_t vcpus[CORES_PARTITIONS_MAX];
	bool placed; /* each vCPU has its core by `place`, and cores are shared */
	uint8_t place[CORES_PARTITIONS_MAX][BUNDLE_PARTITION_VCPUS_MAX];
	/* The other cores on which a vCPU may run: a bit for each. */
	uint8_t roam[CORES_PARTITIONS_MAX][BUNDLE_PARTITION_VCPUS_MAX];
	/* The partitions that may hold a core: a bit for each. The first of these holds it at
	 * first. */
	uint8_t holders[BUNDLE_CORES_MAX];
	uint16_t speed[BUNDLE_CORES_MAX]; /* 0: BUNDLE_SPEED_FASTEST */
	uint8_t free; /* the cores that have no holder at first: a bit for each */
	uint8_t priority[CORES_PARTITIONS_MAX]; /* 0: CORES_PRIORITY */
	bool last[CORES_PARTITIONS_MAX];        /* its priority is 0 */
	/* Budgets, deadlines, and how far priorities go above the partition's; cores_fill() sets
	 * the rest. */
	struct bundle_vcpu promise[CORES_PARTITIONS_MAX][BUNDLE_PARTITION_VCPUS_MAX];
	bool console; /* there is a UART, and a service for it */
	uint32_t console_core;
	bool stay_on;
	bool looks;     /* a core looks for pending interrupts before a choice */
	bool dma;       /* the first partition has two functions behind an SMMU, */
	bool dma_pages; /* which reach single pages, and write none yet */
	bool mended;    /* a watcher may change each partition's memory: CORES_MEND_LIMIT */
	bool channel;   /* a channel joins all partitions; each has its end at CORES_END */
	uint32_t list_registers; /* 0: the usual number */
	uint32_t
	    flags[CORES_PARTITIONS_MAX]; /* enum bundle_partition_flag; console and RTC are added */
	struct bundle_life life[CORES_PARTITIONS_MAX]; /* all zero: CORES_LIFE */
};

/* The life of a partition whose description says nothing about it; and a life without restarts. */
#define CORES_LIFE                                                                                 \
	{                                                                                          \
		.at_limit = LIFE_DO_STOP, .limit = 5, .window = 60000, .delay = 100                \
	}
#define CORES_LIFE_ONCE                                                                            \
	{                                                                                          \
		.on_crash = LIFE_DO_STOP, .at_limit = LIFE_DO_STOP                                 \
	}

/* The plan with which the machine began. */
extern struct cores_plan cores_plan;

/* Begins a machine: every core starts, and runs or sleeps. */
void cores_begin(const struct cores_plan *plan);

/* From now on this core does everything, and `core` is its own. */
void cores_on(uint32_t number);

/*
 * Plays a trap of the context on this core, or an interrupt of its sleep: `what` is the frame's
 * function, and then comes the vectors' choice.
 */
void cores_do(uint32_t number, void (*what)(void));

/* Plays a guest's HVC, or a service's SVC. The answer is in core.current->x afterwards. */
void cores_call(uint32_t number, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3);
void cores_service(uint32_t number, uint64_t call, uint64_t x0);

/* Lets the console service, on core `number`, say something about cores that go off and come on
 * (SERVICE_POWER_…). */
int64_t cores_power(uint32_t number, uint64_t subject, uint64_t what);

/* Lets core `by` send a command to a partition's home core. */
void cores_tell(uint32_t by, uint32_t partition, enum life_command command);

/* Whether a core is off: it then takes no interrupt, and begins with core_main() when it comes on.
 * cores_firmware is the firmware's answer when a core goes off or comes on; cores_late is called
 * just before it is off. */
bool cores_is_dark(uint32_t number);
extern int64_t cores_firmware;
extern void (*cores_late)(void);

/* Plays other cores each time that this core looks for pending interrupts. */
extern void (*cores_meanwhile)(void);

/* Takes one interrupt of a core; false: there is none. cores_taken is the last one if it was
 * physical, otherwise 0. cores_exchange() lets all cores take all interrupts. */
bool cores_interrupt(uint32_t number);
extern uint32_t cores_taken;
void cores_exchange(void);

/* The same, with the work of loaders: each examination of a partition is answered with
 * cores_examination, devices to be silenced are silent, and if cores_debugs is true, as it is at
 * first, loaders look at a debugger's requests. A mend is answered with cores_mended: one word at
 * first; 0: not at all. */
void cores_settle(void);
extern bool cores_debugs;
extern uint64_t cores_mended;
extern uint64_t cores_examination;
bool cores_examines(uint32_t partition);
void cores_examine(uint32_t partition);
bool cores_silences(uint32_t partition);

/* Plays a guest's store to a word of its distributor. False: another core has to do its part
 * first. */
bool cores_store(uint32_t number, uint32_t offset, uint64_t value);

/* Lets the guest on this core enable its partition's physical interrupts, for its first vCPU. */
void cores_open_interrupts(uint32_t number);

bool cores_sleeps(uint32_t number);
bool cores_are_off(void); /* the firmware turned the machine off */

/* If this core runs the console service, the service has said everything, and waits from now on. */
void cores_quiet(uint32_t number);

/* On a shared core: its equals give their turns away until this context runs. If it isn't ready,
 * nothing happens. */
void cores_turn_to(uint32_t number, const struct context *context);

/* Lets the loader on this core answer that all is well, and plays what follows. */
void cores_load(uint32_t number);
enum life_state cores_state(uint32_t partition);

/* A partition's home core. */
uint32_t cores_home(uint32_t partition);

/* Lets all running loaders finish, until no loader has work left. */
void cores_load_all(void);

/* In how many places a vCPU has an interrupt, with this number of list registers. */
uint32_t cores_holds(const struct vcpu *vcpu, uint32_t intid, uint32_t lists);

/* Checks what must be true between two traps, and what must be true when nothing is on its way.
 * Returns the first breach in words; NULL: there is none. */
const char *cores_breach(void);
const char *cores_breach_settled(void);

#endif
