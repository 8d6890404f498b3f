/*
 * The model: a system description after all checks, with every default filled in. model_load()
 * makes it: it reads and checks the description and the board file, and decides addresses. pack,
 * draw, show and run read it. Everything in a model fits together, so code that gets a model needs
 * no more checks.
 */
#ifndef HOST_MODEL_H
#define HOST_MODEL_H

#include <host/arena.h>
#include <host/files.h>
#include <kumiki/bundle.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dts_node; /* host/dts.h: the source tree, with a place for each thing */

struct model_range {
	uint64_t base, size;
};

/* Stretches of memory of the board. */
#define MODEL_RANGES_OF_BOARD_MAX 64
struct model_ranges {
	struct model_range list[MODEL_RANGES_OF_BOARD_MAX];
	size_t count;
};

struct model_interrupt {
	uint32_t intid; /* GIC interrupt number (SPI 0 of the tree is 32) */
	bool edge;
};

/* A BAR of a PCI function: memory in the board's window. Size 0: there is no such BAR. */
struct model_bar {
	uint64_t base, size; /* a power of two; its pages hold nothing else */
	uint8_t kind;        /* enum bundle_bar_kind */
};

/* A function on bus 0 of a partition's host bridge. */
struct model_function {
	uint32_t slot; /* device << 3 | function */
	uint32_t vendor, device;
	uint32_t class_revision, subsystem; /* as in configuration space; 0: unknown */
	uint32_t pin;                       /* 1 to 4; 0: none */
	uint32_t intid;                     /* of the pin's line; 0: none */
	uint32_t stream;                    /* at the SMMU */
	uint32_t sender;                    /* at the ITS; 0: it can't send messages */
	uint32_t control;                   /* the BAR that is used to silence it */
	bool confined; /* an SMMU confines it, and it can't go around the SMMU */
	bool virtio;   /* it goes around the SMMU unless it is told not to */
	struct model_bar bars[BUNDLE_BARS];
};

/* A device of the board that a partition has, or that the frame keeps. */
struct model_device {
	const char *label;
	const struct dts_node *node; /* in the board's tree; it is copied into the owner's tree */
	struct model_range *ranges;  /* as in reg, not rounded to pages */
	size_t range_count;
	struct model_interrupt *interrupts;
	size_t interrupt_count;
	bool dma;            /* it can start memory accesses of its own */
	bool unconfined_dma; /* nothing confines these accesses, and the description accepts that */
	enum bundle_silence silence; /* how it is silenced before its owner's restart */
	/* For `kumiki run`: the device's other end in QEMU (kumiki,qemu-device,
	 * kumiki,qemu-args). */
	const char *qemu_device;
	const char *const *qemu_words; /* the last is NULL; NULL: there are none */
	/* For a PCI function; its ranges are its BARs, in their order. NULL: the device isn't a
	 * function. */
	struct model_function *function;
};

struct model_memory {
	uint64_t pa, ipa, size; /* multiples of 4 KiB; ipa != pa: remapped */
};

struct model_vcpu {
	uint32_t core;     /* index into model.cores: where it starts */
	uint64_t affinity; /* the guest's own MPIDR */
	uint32_t cores;    /* where it may run: a bit for each index */
	uint8_t priority;
	uint8_t priority_low, priority_high; /* equal: the guest may not change its priority */
	uint8_t flags;                       /* enum bundle_vcpu_flag */
	uint32_t budget_us, budget_period_us;
	uint32_t period_us, deadline_us;
	uint8_t on_miss;  /* enum bundle_on_miss */
	uint32_t work_us; /* the time of its work in each period; 0: not given */
};

/* A stretch of a partition's memory that the partition's restarts neither wipe nor overwrite. It
 * lies within one piece of memory, apart from other stretches, and from image, initrd and device
 * tree. */
struct model_keep {
	uint64_t ipa, size; /* multiples of 4 KiB */
	bool ramoops;       /* where Linux keeps its last messages */
};

/* A file that is laid out in a partition's memory. */
struct model_file {
	const char *path; /* as it was opened; NULL: there is no file */
	uint64_t size;
	uint64_t ipa;     /* where it is laid out */
	uint64_t space;   /* bytes it may use from there on (image_size of an arm64 Image) */
	bool arm64_image; /* it has the header of an arm64 Image */
};

struct model_partition {
	const char *name;
	const struct dts_node *node;
	uint32_t priority;
	uint32_t start_order;
	bool console, rtc, watchdog;
	bool manual, no_restart, hide_time, manages_power;
	struct bundle_life life;
	struct model_vcpu *vcpus;
	size_t vcpu_count;
	uint32_t may_hold;           /* a bit for each core that it may get later */
	bool moves_cores;            /* it gives or gets a core */
	struct model_memory *memory; /* memory[0] holds image, initrd and device tree */
	size_t memory_count;
	struct model_keep *keeps; /* in the order of their addresses */
	size_t keep_count;
	struct model_device **devices;
	size_t device_count;
	struct model_file image, initrd;
	struct model_file
	    dtb; /* path: the user's own; else generated: only ipa and space are set */
	/* For a partition with a core of another architecture: that core's image; `image` is its
	 * minder's. */
	const struct dts_node *remote_core; /* cpu@N of the board; NULL: none */
	uint32_t remote_number;             /* in its cluster */
	struct model_file remote;
	const char *bootargs; /* "" if none */
	uint64_t entry_ipa;
	uint64_t gicd_ipa, gicr_ipa, uart_ipa, rtc_ipa; /* an address of 0: it has no such device */
	uint64_t watchdog_ipa;                          /* control frame, refresh frame; 0: none */
	uint32_t uart_intid, rtc_intid, watchdog_intid;
	uint32_t manager_intid;       /* 0: it manages no partition, and none of its cores moves */
	struct model_function *panel; /* the emulated function; NULL: none */
	uint64_t pci_ecam_ipa;        /* 0: it has no functions */
	uint64_t message_ipa; /* the GICv2m's page, where its functions write; 0: they send none */
	uint32_t message_intid, message_count; /* the SPIs that they raise so */
	uint64_t blackbox_ipa; /* of partition n at n * BUNDLE_BLACKBOX_MEMORY; 0: manages no
	                          partition */
	/* Where it reads registers of the partition that it watches; 0: it watches none. */
	uint64_t watch_ipa;
	uint32_t watches;    /* index into model.partitions */
	bool mends;          /* it may change that one's memory, too */
	uint32_t mend_limit; /* of one that is mended: microseconds until all of it stands; or 0 */
	bool prevents;       /* it decides what that one executes and writes */
	/* Where it reads the watched partition's pieces of memory, in their order. */
	uint64_t *watched_ipa;
};

/* A partition that sees a window. */
struct model_member {
	uint32_t partition; /* index into model.partitions */
	bool read_only;
	uint64_t ipa;
};

/* Memory that partitions share. */
struct model_window {
	const char *name;
	uint64_t pa, size; /* multiples of 4 KiB */
	struct model_member *members;
	size_t member_count;
	bool uncached; /* a partition with a panel sees it */
};

#define MODEL_NO_WINDOW (~0u)

/* An interrupt that a partition raises in another partition. Its index is the number to ring. */
struct model_doorbell {
	const char *name; /* the window's name, or its own */
	uint32_t from, to;
	uint32_t intid;  /* the interrupt in `to` */
	uint32_t bit;    /* the bit in the panel of `to`, if there is one */
	uint32_t window; /* index into model.windows; MODEL_NO_WINDOW: it has none */
};

/* A channel's end: a virtio device in a partition. */
struct model_end {
	uint32_t partition; /* index into model.partitions */
	uint32_t intid;
	uint64_t ipa; /* of the registers, which have BUNDLE_END_SIZE bytes */
	uint8_t mac[BUNDLE_MAC_SIZE];
};

/* What a broker joins: docs/channels.md. */
struct model_channel {
	const char *name;
	uint32_t kind;          /* enum bundle_channel_kind */
	uint32_t flags;         /* enum bundle_channel_flag */
	uint32_t rate;          /* frames that an end may send in a second; 0: no limit */
	uint32_t wait;          /* ms that a request of a disk may wait; 0: no limit */
	struct model_end *ends; /* a disk's provider is the first */
	size_t end_count;
};

struct model_core {
	uint64_t affinity;
	const struct dts_node *node; /* cpu@N of the board */
	uint32_t speed;              /* capacity-dmips-mhz; 0: not given */
	struct bundle_milliwatts takes;
};

struct model {
	char name[BUNDLE_NAME_SIZE]; /* kumiki,system of the root, else the file's name without .dts
	                              */
	struct bundle_board board;
	const char *uart_driver;             /* frame/uart has it; NULL: there is no UART */
	uint64_t uart_at;                    /* where it is, even if a partition has it */
	const char *any_frame;               /* frame for any such board: gicv3-imx; NULL: none */
	const struct dts_node *root;         /* of the whole source tree */
	const char *qemu_machine, *qemu_cpu; /* of the board file; NULL: the board isn't QEMU's */
	uint32_t qemu_cpus;                  /* the least number of cores that the machine has */
	uint32_t qemu_serial;                /* the UART's number among QEMU's serial lines */
	bool qemu_legacy_virtio;             /* its virtio-mmio devices are legacy ones */
	uint32_t instruction_ps;             /* time of an instruction of the frame; 0: not given */
	uint32_t fastest;                    /* speed of the board's fastest core */
	struct model_core *cores;
	size_t core_count;   /* cores in use; cores[0] boots */
	uint32_t free_cores; /* a bit for each of these without a holder at the start */
	struct model_partition *partitions; /* in start order */
	size_t partition_count;
	struct model_device *frame_devices; /* GIC, UART, RTC: for the picture */
	size_t frame_device_count;
	struct model_window *windows;
	size_t window_count;
	struct model_doorbell *doorbells;
	size_t doorbell_count;
	struct model_channel *channels;
	size_t channel_count;
	uint32_t console_core;
	struct bundle_power power;
	struct bundle_shift shift;
	bool updates; /* the frame can be replaced, by the owner of this key */
	uint8_t update_key[BUNDLE_KEY_SIZE];
	bool lowers;  /* a lower version may replace the frame, too */
	bool stay_on; /* the machine stays on when the last partition has stopped */
	bool resets;  /* the machine is reset when the frame ends it */
	/* The frame's memory: image_space is the most for the packed image (checked by pack). */
	uint64_t image_base, image_space;
	uint64_t memory_base, memory_size;
	/* Of model_load_board(): all memory of the board, and what of it is reserved. */
	struct model_ranges *banks, *reserved;
	/* Warnings and notes; mistakes aren't counted here. */
	size_t warnings;
	struct arena arena; /* has everything above, and the tree */
};

/* model_load() tells all complaints to the options' ear, or prints them to `complaints` (stderr, or
 * in tests a file). It returns NULL if there was an error. */
struct model_options {
	const char *const *include_dirs;
	size_t include_dir_count;
	const struct file_access *access; /* NULL: the file system */
	const struct complaints_ear *ear; /* NULL: the complaints are printed for people */
	bool wants_frame;                 /* warns of a board whose frame isn't in the folders */
};

#include <stdio.h>
struct model *model_load(const char *path, const struct model_options *options, FILE *complaints);
/* Reads the board alone: there is no partition, and `cores` are all that the board has. */
struct model *model_load_board(const char *path, const struct model_options *options,
                               FILE *complaints);
/* The frame for the board: frame-BOARD.img, or one for any board with its interrupt controller and
 * UART. NULL: neither is in the folders. */
const char *model_find_frame(const struct model *model, const struct file_search *search,
                             struct arena *arena);
void model_free(struct model *model);

#endif
