/*
 * The bundle: flat tables and images that `kumiki pack` appends to the frame.
 *
 * The host command writes it once. One function, in lib/bundle.c, verifies it on the host and again
 * in the frame at start. After that nothing writes it. The frame trusts only what lib/bundle.c has
 * checked. All numbers are little-endian; offsets count from the bundle's first byte. A table's
 * entries are as long as their struct here; the revision changes with any of them.
 *
 * The file: the frame's image (an arm64 Image whose header `kumiki pack` completes), padded to
 * BUNDLE_ALIGN; then the bundle: header, tables, padded to BUNDLE_ALIGN; then the parts (images,
 * initrds, device trees), each aligned to BUNDLE_ALIGN.
 */
#ifndef KUMIKI_BUNDLE_H
#define KUMIKI_BUNDLE_H

#include <kumiki/life.h>
#include <kumiki/power.h>
#include <stdint.h>

#define BUNDLE_MAGIC        0x454c444e55424d4bULL /* "KMBUNDLE" */
#define BUNDLE_REVISION     21
#define BUNDLE_ALIGN        4096
#define BUNDLE_NAME_SIZE    32 /* with the closing NUL */
#define BUNDLE_LABEL_SIZE   32
#define BUNDLE_VERSION_SIZE 32

#define BUNDLE_CORES_MAX               8
#define BUNDLE_PARTITIONS_MAX          8
#define BUNDLE_VCPUS_MAX               32 /* of the whole machine; a partition has at most 8 */
#define BUNDLE_PARTITION_VCPUS_MAX     8
#define BUNDLE_REGIONS_MAX             512
#define BUNDLE_INTERRUPTS_MAX          992
#define BUNDLE_LOADS_MAX               64
#define BUNDLE_PARTITION_LOADS_MAX     8
#define BUNDLE_PARTITION_REGIONS_MAX   64
#define BUNDLE_PARTS_MAX               64
#define BUNDLE_WINDOWS_MAX             16
#define BUNDLE_DOORBELLS_MAX           32
#define BUNDLE_FUNCTIONS_MAX           32
#define BUNDLE_PARTITION_FUNCTIONS_MAX 8
#define BUNDLE_CHANNELS_MAX            8
#define BUNDLE_CHANNEL_ENDS_MAX        8
#define BUNDLE_PARTITION_ENDS_MAX      4
#define BUNDLE_ENDS_MAX                24  /* of all channels */
#define BUNDLE_STREAMS                 256 /* SMMU stream IDs that functions may have */

/* Interrupt numbers of shared peripherals: 32 to 1019. */
#define BUNDLE_SPI_FIRST 32
#define BUNDLE_SPI_LAST  1019

/* Physical and guest-physical addresses that the frame can map: 39 bits. */
#define BUNDLE_ADDRESS_LIMIT (1ULL << 39)

/* Bus 0 of PCI: 32 devices of 8 functions, a page of configuration space each. */
#define BUNDLE_ECAM_SIZE 0x100000u
#define BUNDLE_SMMU_SIZE 0x20000u

/*
 * Messages (MSIs) of PCI functions. The ITS has its control registers in its first 64 KiB, and
 * where functions write in its second. A guest sees that second part as the page of a GICv2m, whose
 * SETSPI register is where the ITS has its own. A function writes the number of an SPI of its
 * partition there: that is the event.
 */
#define BUNDLE_ITS_SIZE        0x20000u
#define BUNDLE_ITS_WRITTEN     0x10000u /* where the part begins that functions write */
#define BUNDLE_MESSAGES_MAX    64       /* of a partition */
#define BUNDLE_MESSAGE_DEVICES 0x200u   /* DeviceIDs that functions may have */

/* A slot of virtio-mmio. */
#define BUNDLE_VIRTIO_SIZE 0x200u

/* The frame's memory behind the image, beside the parts: see bundle_frame_memory(). */
#define BUNDLE_FRAME_MEMORY     (1024 * 1024)
#define BUNDLE_PARTITION_MEMORY (128 * 1024)
#define BUNDLE_TRACE_MEMORY     (128 * 1024) /* for each core: its trace ring */
#define BUNDLE_CONSOLE_MEMORY   (16 * 1024)  /* for each partition: its console ring */
#define BUNDLE_BLACKBOX_MEMORY  (112 * 1024) /* for each partition: include/kumiki/blackbox.h */
#define BUNDLE_CHANNEL_MEMORY   (32 * 1024)  /* for each channel: include/kumiki/channel.h */
#define BUNDLE_MEND_MEMORY      (4 * 1024)   /* for each partition, if any is mended */
#define BUNDLE_END_MEMORY       (56 * 1024)  /* for each end: its broker, without its tables */
/* For messages of functions, if there are any: for each core; for each function that sends. */
#define BUNDLE_MESSAGE_MEMORY        (256 * 1024)
#define BUNDLE_MESSAGE_CORE_MEMORY   (64 * 1024)
#define BUNDLE_MESSAGE_SENDER_MEMORY (16 * 1024)
#define BUNDLE_UPDATE_MEMORY                                                                       \
	(512 * 1024) /* with an update key: the spare area, the updater's data */

/* A public key on the curve P-256: x and y, the most significant byte first. */
#define BUNDLE_KEY_SIZE 64

struct bundle_table {
	uint32_t offset; /* of the first entry, 8-byte aligned, inside tables_size */
	uint32_t count;
};

/* The devices of the board that the frame drives itself. */
struct bundle_board {
	char name[BUNDLE_NAME_SIZE]; /* equals the frame image's board name */
	uint64_t ram_base;           /* where the boot loader counts from */
	uint64_t ram_size;
	uint64_t gicd_base; /* the GIC's distributor: bundle_gicd_size() */
	/* What each core has of its own: a GICv3's redistributors, 128 KiB for each core, found by
	 * their affinity; or a GICv2's CPU interface, at one address for all. */
	uint64_t gicr_base;
	uint64_t gicr_size;
	uint64_t uart_base; /* a page; 0: given to a partition, the frame has none */
	uint64_t rtc_base;  /* PL031; 0: none */
	uint32_t uart_intid;
	uint32_t gic_maintenance_intid; /* PPI */
	uint32_t hyp_timer_intid;       /* PPI of CNTHP */
	uint32_t virtual_timer_intid;   /* PPI of CNTV */
	uint32_t physical_timer_intid;  /* PPI of CNTP */
	uint32_t pmu_intid;             /* PPI; 0: none */
	uint64_t pci_ecam;   /* configuration space of bus 0, BUNDLE_ECAM_SIZE; 0: none */
	uint64_t pci_window; /* memory for the BARs of functions, real and emulated, below 4 GiB */
	uint64_t pci_window_size;
	uint64_t smmu_base;        /* SMMUv3, BUNDLE_SMMU_SIZE; 0: none */
	uint32_t smmu_event_intid; /* SPI of its event queue; 0: none */
	uint32_t smmu_error_intid; /* SPI of its global errors; 0: none */
	/* virtio-mmio: slots of BUNDLE_VIRTIO_SIZE, one behind the other. A slot that isn't a
	 * partition's reads as an empty one there. */
	uint64_t virtio_base;
	uint32_t virtio_slots;   /* 0: none */
	uint32_t virtio_version; /* of an empty slot: 2, or 1 for legacy devices */
	uint64_t gich_base;      /* a GICv2's list registers, a page; 0: it is a GICv3 */
	uint64_t gicv_base;      /* and what guests have as their CPU interface, a page */
	uint64_t its_base;       /* of a GICv3: BUNDLE_ITS_SIZE; 0: none, or it isn't used */
	uint64_t watchdog_base;  /* i.MX's, a page, which the frame feeds; 0: none */
	uint32_t uart_registers; /* how a 16550's lie: BUNDLE_UART_...; other kinds: 0 */
	uint32_t reserved;
};

/* A 16550's register n is at n << shift. It is a byte, or a word. */
#define BUNDLE_UART_SHIFT     0x1f
#define BUNDLE_UART_SHIFT_MAX 4
#define BUNDLE_UART_WORDS     0x20 /* registers are accessed as words of 32 bits */
#define BUNDLE_UART_TI        0x40 /* it is TI's, which has an SCR (register 16) */
#define BUNDLE_UART_ALL       0x7f

enum bundle_flag {
	BUNDLE_STAY_ON = 1u << 0, /* the machine stays on when the last partition has stopped */
	BUNDLE_RESETS = 1u << 1,  /* the machine is reset when the frame ends it */
	BUNDLE_LOWERS = 1u << 2,  /* the frame may be replaced by a lower version */
};

#define BUNDLE_SPEED_FASTEST 1024
#define BUNDLE_POWER_CHANGES 8

/* Which cores are on (docs/power.md). */
struct bundle_power {
	uint8_t policy;  /* enum power_policy, at start */
	uint8_t changes; /* of the policy each day, in order of time */
	uint8_t reserved[6];
	struct bundle_power_change {
		uint16_t minute; /* of the day, UTC */
		uint8_t policy;  /* enum power_policy */
		uint8_t reserved;
	} change[BUNDLE_POWER_CHANGES];
};

#define BUNDLE_SHIFT_CHANGES 8

/* Cores that move between partitions by themselves (docs/power.md). */
struct bundle_shift {
	uint8_t by_load; /* 1: a partition with too few cores gets one of a partition with too
	                  * many */
	uint8_t changes; /* each day, in order of time */
	uint8_t reserved[6];
	uint8_t least[BUNDLE_PARTITIONS_MAX]; /* cores that each partition keeps */
	struct bundle_shift_change {
		uint16_t minute; /* of the day, UTC */
		uint8_t core;
		uint8_t to; /* partition */
	} change[BUNDLE_SHIFT_CHANGES];
};

struct bundle_header {
	uint64_t magic;
	uint32_t revision;
	uint32_t header_size; /* sizeof(struct bundle_header) */
	uint32_t tables_size; /* header and tables: what tables_crc covers, a multiple of 8 */
	uint32_t tables_crc;  /* CRC-32C with this field taken as 0 */
	uint64_t bundle_size; /* header to last part, a multiple of BUNDLE_ALIGN */
	char system[BUNDLE_NAME_SIZE];

	/* The memory that no guest may own: the image where it was packed to be loaded (a multiple
	 * of 2 MiB from ram_base), then the frame's working memory. Both multiples of BUNDLE_ALIGN.
	 */
	uint64_t image_base;
	uint64_t image_size; /* frame image and bundle */
	uint64_t memory_base;
	uint64_t memory_size;

	struct bundle_board board;
	uint16_t console_core; /* index of the core that runs the console service */
	uint16_t flags;        /* enum bundle_flag */
	/* CRC-32C of what stands before the bundle in the file: the frame's image as appended,
	 * padding included, with text_offset, image_size and flags of its arm64 Image header as
	 * packed. The frame compares it before it runs anything else of its image. Only an
	 * update writes to that image (docs/proof/recovery.md); until then the sum holds. */
	uint32_t frame_crc;
	struct bundle_power power;
	struct bundle_shift shift;
	/* Of each core: 1 to BUNDLE_SPEED_FASTEST, the speed of the board's fastest core. */
	uint16_t speed[BUNDLE_CORES_MAX];
	/* Signs what the frame may be replaced with (docs/update.md); all 0: with nothing. */
	uint8_t update_key[BUNDLE_KEY_SIZE];

	struct bundle_table cores;      /* struct bundle_core, [0] boots */
	struct bundle_table partitions; /* struct bundle_partition, in start order */
	struct bundle_table vcpus;      /* struct bundle_vcpu, each partition's together */
	struct bundle_table regions;    /* struct bundle_region, each partition's together */
	struct bundle_table interrupts; /* struct bundle_interrupt, each partition's together */
	struct bundle_table loads;      /* struct bundle_load, each partition's together */
	struct bundle_table parts;      /* struct bundle_part */
	struct bundle_table windows;    /* struct bundle_window */
	struct bundle_table doorbells;  /* struct bundle_doorbell */
	struct bundle_table functions;  /* struct bundle_function, each partition's together */
	struct bundle_table channels;   /* struct bundle_channel */
	struct bundle_table ends;       /* struct bundle_end, each channel's together */
};

/* A core's power, for an estimate; all 0: not known. */
struct bundle_milliwatts {
	uint16_t busy, idle, off;
};

struct bundle_core {
	uint64_t affinity; /* Aff3 in 39:32, Aff2 to Aff0 in 23:0, as in MPIDR_EL1 */
	uint8_t holders;   /* partitions that may hold it, a bit each; 0: it never moves */
	uint8_t holder;    /* the holder at the machine's start, or HOLD_NOBODY; 0 if the core never
	                      moves */
	struct bundle_milliwatts takes;
};

/* A partition's entries of another table: [first, first + count). */
struct bundle_range {
	uint32_t first;
	uint32_t count;
};

enum bundle_partition_flag {
	BUNDLE_CONSOLE = 1u << 0,    /* has an emulated PL011 at uart_ipa */
	BUNDLE_RTC = 1u << 1,        /* has an emulated PL031 at rtc_ipa */
	BUNDLE_MANUAL = 1u << 3,     /* starts only by command */
	BUNDLE_NO_RESTART = 1u << 4, /* the frame can't silence one of its devices */
	BUNDLE_WATCHDOG = 1u << 6,   /* has an emulated SBSA watchdog at watchdog_ipa */
	BUNDLE_HIDE_TIME = 1u << 5,  /* its virtual counter stands still while it is suspended */
	BUNDLE_PANEL = 1u << 7,      /* has the emulated function of kumiki/panel.h */
	BUNDLE_UNCONFINED =
	    1u << 8, /* has a device whose DMA nothing confines, by its description */
	BUNDLE_MANAGES_POWER = 1u << 9, /* may set the power policy: KUMIKI_CALL_POWER */
	BUNDLE_NO_SUSPEND = 1u << 10,   /* it has a core that can't be halted */
	BUNDLE_MENDS =
	    1u << 11, /* changes memory of the partition that it watches: kumiki/mend.h */
	/* Decides what the partition that it watches executes and writes: kumiki/watch.h. Only
	 * with BUNDLE_MENDS. */
	BUNDLE_PREVENTS = 1u << 12,
};

#define BUNDLE_DELAY_MAX 3600000 /* milliseconds */
#define BUNDLE_MEND_MAX  100000  /* microseconds */

/* The answer to an end without a command; times in milliseconds. */
struct bundle_life {
	uint8_t on_crash; /* enum life_policy: restart, stop, hold */
	uint8_t at_limit; /* enum life_policy: stop, hold, off */
	uint8_t after;    /* starts when these partitions run: a bit for each index */
	uint8_t manages;  /* may command these partitions: a bit for each index */
	uint32_t limit;   /* restarts in a window */
	uint32_t window;
	uint32_t delay; /* before a window's second restart; each further delay is doubled */
};

struct bundle_partition {
	char name[BUNDLE_NAME_SIZE]; /* letters, digits, '-', '_'; NUL-padded */
	uint32_t flags;              /* enum bundle_partition_flag */
	uint32_t priority;           /* 0 to 255, higher runs first */
	struct bundle_range vcpus;   /* the first one starts; the others wait for CPU_ON */
	struct bundle_range regions;
	struct bundle_range interrupts;
	struct bundle_range loads;
	uint64_t entry_ipa;  /* first instruction */
	uint64_t dtb_ipa;    /* x0 at start, 0: none */
	uint64_t gicd_ipa;   /* the emulated distributor */
	uint64_t gicr_ipa;   /* the emulated redistributors, 128 KiB for each vCPU; or a GICv2's CPU
	                        interface */
	uint64_t uart_ipa;   /* a 4 KiB page; 0 without BUNDLE_CONSOLE */
	uint64_t rtc_ipa;    /* a 4 KiB page; 0 without BUNDLE_RTC */
	uint32_t uart_intid; /* an SPI, but none of the partition's physical SPIs */
	uint32_t rtc_intid;
	uint32_t manager_intid; /* raised when a managed partition's life or a core's holder
	                           changes; 0: none. With a panel: the panel's */
	uint32_t watchdog_intid;
	uint64_t watchdog_ipa; /* two pages: control frame, refresh frame */
	struct bundle_life life;
	struct bundle_range functions;
	uint64_t pci_ecam_ipa; /* configuration space of its own bus 0, BUNDLE_ECAM_SIZE, emulated;
	                        * 0 without functions */
	/* A manager of partition n reads its black box at blackbox_ipa + n *
	 * BUNDLE_BLACKBOX_MEMORY, as normal non-cacheable memory; 0: the partition reads none.
	 */
	uint64_t blackbox_ipa;
	/* A partition that watches another one: where it reads that one's registers
	 * (kumiki/watch.h), a page, emulated; and which one it watches. Its BUNDLE_WATCHED regions
	 * are that one's memory. Both 0: it watches none. */
	uint64_t watch_ipa;
	uint32_t watches; /* index of the watched partition */
	/* For a mend of this partition: all of its vCPUs have to stand within so many microseconds,
	 * or nothing is changed; 0: nobody mends it. */
	uint32_t mend_limit;
	/* The SPIs that its functions raise by messages, none of them physical: so many from the
	 * first one on. Where the partition sees the page of its GICv2m, which is where functions
	 * write. All 0: it has no messages. */
	uint16_t message_intid, message_count;
	uint32_t reserved;
	uint64_t message_ipa;
};

enum bundle_vcpu_flag {
	/* Its budget is guaranteed, at its priority; it may have more when no other vCPU wants the
	 * core. Without this flag it never gets more. */
	BUNDLE_VCPU_GUARANTEE = 1u << 0,
	BUNDLE_VCPU_REALTIME = 1u << 1, /* the balancer never moves it */
};

/* The answer to a missed deadline, beside its record. */
enum bundle_on_miss {
	BUNDLE_MISS_LOG = 0,  /* nothing */
	BUNDLE_MISS_TELL = 1, /* its managers get their interrupt */
	BUNDLE_MISS_RESTART = 2,
};

/* The shortest period of budgets and deadlines, in microseconds. */
#define BUNDLE_PERIOD_LEAST 100

struct bundle_vcpu {
	uint64_t affinity; /* what the guest reads in MPIDR_EL1; bit 31 is added */
	uint32_t core;     /* index into cores: where it starts */
	uint32_t cores;    /* where it may run: a bit for each index, `core` included */
	uint8_t priority;  /* 0 to 255, higher runs first */
	uint8_t priority_low, priority_high; /* bounds for KUMIKI_CALL_PRIORITY, around `priority`;
	                                        equal: it may change nothing */
	uint8_t flags;                       /* enum bundle_vcpu_flag */
	/* Microseconds; 0: none. Budget and deadline are no longer than their periods, and a
	 * deadline has a period. */
	uint32_t budget_us, budget_period_us;
	uint32_t period_us, deadline_us;
	uint8_t on_miss; /* enum bundle_on_miss */
	uint8_t reserved[11];
};

enum bundle_region_kind {
	BUNDLE_RAM = 1,         /* normal memory, read, write, execute */
	BUNDLE_DEVICE = 2,      /* device memory, read, write */
	BUNDLE_KEPT = 3,        /* as BUNDLE_RAM, but never laid out or wiped by a restart */
	BUNDLE_WINDOW = 4,      /* all of a window (struct bundle_window): read, write */
	BUNDLE_WINDOW_READ = 5, /* the same, read only */
	BUNDLE_WATCHED = 6,     /* memory of the partition that it watches: read */
};

/* How the device behind a region is silenced before a restart. */
enum bundle_silence {
	BUNDLE_SILENCE_UNKNOWN = 0, /* the partition can't be restarted */
	BUNDLE_SILENCE_NOTHING = 1, /* starts nothing by itself; also all memory */
	BUNDLE_SILENCE_VIRTIO = 2,  /* virtio-mmio, a device each 512 bytes */
	BUNDLE_SILENCE_PL011 = 3,
	BUNDLE_SILENCE_PL031 = 4,
	BUNDLE_SILENCE_PL061 = 5,
	/* PCI functions, by the BAR that has their control registers. */
	BUNDLE_SILENCE_VIRTIO_PCI = 6, /* modern; the common configuration at the BAR's beginning */
	BUNDLE_SILENCE_NVME = 7,
	BUNDLE_SILENCE_XHCI = 8,
	BUNDLE_SILENCE_E1000E = 9,
	BUNDLE_SILENCE_AHCI = 10,
	BUNDLE_SILENCE_CFI = 11,        /* flash, at the page that takes its commands */
	BUNDLE_SILENCE_VERSAL_RPU = 12, /* the Cortex-R5F cores, by their reset in CRL */
};

/* A stretch of the partition's stage 2. Physical ranges never overlap, not even within a partition;
 * windows may, and what is watched is another partition's. ipa, pa and size are multiples of 4 KiB.
 * ipa != pa is a remapped view. */
struct bundle_region {
	uint64_t ipa;
	uint64_t pa;
	uint64_t size;
	uint32_t kind;                 /* enum bundle_region_kind */
	uint32_t silence;              /* enum bundle_silence */
	char label[BUNDLE_LABEL_SIZE]; /* for reports: a device's label, "memory" */
};

enum bundle_interrupt_flag {
	BUNDLE_EDGE = 1u << 0, /* edge-triggered by the board's description, else level */
};

struct bundle_interrupt {
	uint32_t intid; /* SPI, the same for the guest; owned by one partition */
	uint32_t flags; /* enum bundle_interrupt_flag */
};

enum bundle_window_flag {
	/* Normal non-cacheable in stage 2 of all its sides. Every window of a partition with a
	 * panel has this flag: it lies in a BAR there, which Linux maps so. */
	BUNDLE_WINDOW_UNCACHED = 1u << 0,
};

/* Memory that several partitions share. Each has a region of kind BUNDLE_WINDOW or
 * BUNDLE_WINDOW_READ. It is never wiped. */
struct bundle_window {
	char name[BUNDLE_NAME_SIZE];
	uint64_t pa;
	uint64_t size;
	uint32_t flags; /* enum bundle_window_flag */
	uint32_t reserved;
};

/* An interrupt that a partition raises in another partition by KUMIKI_CALL_RING. */
struct bundle_doorbell {
	uint32_t from, to; /* indices of partitions */
	uint32_t intid;    /* an SPI of `to`, no physical one; the panel's, if `to` has a panel */
	uint32_t bit; /* in the panel's PENDING register, 0 to 30, each once; 0 without a panel */
};
#define BUNDLE_PANEL_BITS 31 /* bit 31 is the manager's */

enum bundle_channel_kind {
	BUNDLE_NETWORK = 1,         /* a switch between its ends */
	BUNDLE_CHANNEL_CONSOLE = 2, /* a line between two ends */
	BUNDLE_CHANNEL_DISK = 3,    /* of the first end, for the others */
	BUNDLE_CHANNEL_ENTROPY = 4, /* random bytes for its only end */
};

enum bundle_channel_flag {
	BUNDLE_CHANNEL_READ_ONLY = 1u << 0, /* a disk; without it there is one other end */
};

/* A standard device of several partitions that a broker joins (docs/channels.md). */
struct bundle_channel {
	char name[BUNDLE_NAME_SIZE];
	uint32_t kind;            /* enum bundle_channel_kind */
	uint32_t flags;           /* enum bundle_channel_flag */
	struct bundle_range ends; /* bundle_channel_ends_min() to bundle_channel_ends_max() */
	uint32_t rate;            /* frames a second that each end of a network may send; 0: all */
	uint32_t wait; /* milliseconds that a request of a disk waits at most; 0: for ever */
};
#define BUNDLE_RATE_MAX 1000000u
#define BUNDLE_WAIT_MAX 3600000u

#define BUNDLE_END_SIZE 0x1000u /* of an end's registers */
#define BUNDLE_MAC_SIZE 6

/* What a partition has of a channel: a virtio device with registers of virtio-mmio. */
struct bundle_end {
	uint32_t partition;
	uint32_t intid;               /* an SPI of the partition, no physical one; level */
	uint64_t ipa;                 /* of its registers: BUNDLE_END_SIZE */
	uint8_t mac[BUNDLE_MAC_SIZE]; /* of a network's end, else 0 */
	uint8_t reserved[2];
};

enum bundle_function_kind {
	BUNDLE_FUNCTION_PANEL = 1, /* emulated: kumiki/panel.h */
	BUNDLE_FUNCTION_REAL = 2,  /* the board's, on its bus 0 */
};

enum bundle_function_flag {
	BUNDLE_FUNCTION_UNCONFINED = 1u << 0, /* nothing confines its DMA, and that is accepted */
};

enum bundle_bar_kind {
	BUNDLE_BAR_64 = 1u << 0, /* takes the next BAR, too, which is 0 here */
	BUNDLE_BAR_PREFETCH = 1u << 1,
};
#define BUNDLE_BARS 6

/*
 * A PCI function as its partition finds it on its own bus 0. A BAR begins on a page of its own in
 * the board's window. Each BAR of a real function is also a region of the partition: kind
 * BUNDLE_DEVICE, whole pages, the BAR's ipa and pa, the function's label. The region with the
 * control registers has the class of silence.
 */
struct bundle_function {
	uint64_t bar[BUNDLE_BARS];
	uint64_t bar_size[BUNDLE_BARS]; /* as the function says: powers of two from 16; 0: none */
	uint8_t bar_kind[BUNDLE_BARS];  /* enum bundle_bar_kind */
	uint8_t pin;                    /* 1 to 4: INTA to INTD; 0: none */
	uint8_t kind;                   /* enum bundle_function_kind */
	uint16_t slot;                  /* device << 3 | function, the same on the real bus */
	uint16_t vendor, device;
	uint16_t reserved;
	uint32_t class_revision; /* as at offset 0x08 of the configuration space */
	uint32_t subsystem;      /* as at 0x2c; of a real function 0: whatever it says */
	uint32_t intid;  /* SPI of its pin: a real function's is one of the partition's, level; the
	                    panel's is no physical SPI; 0 without a pin */
	uint32_t stream; /* a real function's stream at the SMMU */
	uint32_t flags;  /* enum bundle_function_flag */
	char label[BUNDLE_LABEL_SIZE];
	uint32_t sender; /* a real function's DeviceID at the ITS; 0 if it sends no messages */
};

enum bundle_part_kind { BUNDLE_IMAGE = 1, BUNDLE_INITRD = 2, BUNDLE_DTB = 3 };

/* A pristine image. Two partitions that use the same file share its part. */
struct bundle_part {
	char name[BUNDLE_NAME_SIZE]; /* file name without folders, cut if long */
	uint64_t offset;             /* multiple of BUNDLE_ALIGN */
	uint64_t size;               /* bytes; the rest up to BUNDLE_ALIGN is zero */
	uint32_t crc;                /* CRC-32C over size bytes */
	uint32_t kind;               /* enum bundle_part_kind */
	uint8_t sha256[32];
};

/*
 * A part laid out in a partition's memory at each of its starts. Only device trees have seeds. A
 * seed here is the offset, inside the part, of a property's value (a multiple of 4; 0: none). Fresh
 * random bytes replace the value. Where the machine has no source of them, FDT_NOP replaces the
 * property (the value and the three words before it).
 */
struct bundle_load {
	uint32_t part; /* index into parts */
	uint32_t reserved;
	uint64_t pa; /* where, inside one BUNDLE_RAM region of the partition, 8-byte aligned */
	uint64_t
	    space; /* bytes that the image may use from pa on (Image: image_size); >= part size */
	uint32_t kaslr_seed; /* 8 bytes */
	uint32_t rng_seed;   /* BUNDLE_RNG_SEED_SIZE bytes */
};
#define BUNDLE_RNG_SEED_SIZE 32

/*
 * It stands in the frame's own image right behind the arm64 Image header (offset 64). The packer
 * tells by it whether board and revision fit.
 */
#define FRAME_HEADER_MAGIC 0x454d4152464d4bULL /* "KMFRAME" */
#define FRAME_ANY          "any-"
struct frame_header {
	uint64_t magic;
	uint32_t bundle_revision;
	uint32_t image_size; /* bytes of the frame's image; the bundle follows, aligned */
	/* `kumiki,board` of the board's file, and where the frame prints before it has read the
	 * bundle. A frame for any board has no UART's place, and FRAME_ANY, controller and UART as
	 * its name (any-gicv2-imx): the packer fills both in. */
	char board[BUNDLE_NAME_SIZE];
	uint64_t uart_base;      /* 0: the frame has no UART */
	uint32_t uart_registers; /* as the board's */
	uint32_t reserved;
	char version[BUNDLE_VERSION_SIZE]; /* the frame's, for people; with the closing NUL */
	/* Only a frame with the same three can take this one's place while it runs (lib/update.h).
	 */
	uint32_t layout; /* the image's fixed places; 0: it has none */
	uint32_t keep;   /* revision of what guests' state means */
	uint64_t state;  /* a sum over the layout of all that stays in memory */
};

/* The arm64 Image header (Linux Documentation/arm64/booting). */
struct arm64_image_header {
	uint32_t code0, code1;
	uint64_t text_offset; /* from a 2 MiB aligned base */
	uint64_t image_size;  /* effective size, memory behind the file included */
	uint64_t flags; /* 0: little-endian; 2:1 page size (1: 4 KiB); 3: anywhere in memory */
	uint64_t reserved[3];
	uint32_t magic; /* ARM64_IMAGE_MAGIC */
	uint32_t reserved2;
};
#define ARM64_IMAGE_MAGIC 0x644d5241u /* "ARM\x64" */

_Static_assert(sizeof(struct bundle_board) == 208, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_power) == 40, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_shift) == 48, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_header) == 576, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_core) == 16, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_partition) == 216, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_vcpu) == 48, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_region) == 64, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_part) == 88, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_window) == 56, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_doorbell) == 16, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_channel) == 56, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_end) == 24, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_function) == 168, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct bundle_load) == 32, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct frame_header) == 112, "layout is fixed by BUNDLE_REVISION");
_Static_assert(sizeof(struct arm64_image_header) == 64, "layout is fixed by Linux");

#endif
