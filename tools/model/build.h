/*
 * The model while it is being built: the data that the steps of load.c share. Each step complains
 * of mistakes, leaves the wrong parts out and goes on, so that the next step can look at the rest.
 * A model with errors is thrown away at the end.
 */
#ifndef MODEL_BUILD_H
#define MODEL_BUILD_H

#include <host/dma.h>
#include <host/dts.h>
#include <host/model.h>

#define MODEL_PAGE                  4096ull
#define MODEL_BLOCK                 (2ull << 20) /* a block of stage 2, also Linux's alignment */
#define MODEL_GICD_SIZE             0x10000ull
#define MODEL_GICR_SIZE             0x20000ull /* of one core or vCPU */
#define MODEL_WATCHDOG_SIZE         0x2000ull  /* its two frames */
#define MODEL_BOARD_CORES_MAX       64
#define MODEL_MEMORY_MAX            16  /* pieces of memory of a partition */
#define MODEL_KEEPS_MAX             8   /* stretches of its memory that restarts keep */
#define MODEL_DEVICES_MAX           128 /* of a partition */
#define MODEL_RANGES_MAX            16  /* of a device */
#define MODEL_DEVICE_INTERRUPTS_MAX 64

/* A core of the board. */
struct build_core {
	const struct dts_node *node;
	const struct dts_node *cluster;
	uint64_t affinity;
	unsigned bit;   /* of the cluster's mask */
	uint32_t speed; /* relative to other cores; 0: not given */
	struct bundle_milliwatts takes;
	struct draft *owner;    /* the first owner, if the core is shared */
	struct dts_place place; /* where the owner's `cpus` names the core */
	bool moves;             /* other partitions may hold it, too */
	bool free; /* no partition holds it at the start; `place`: where the description says so */
	size_t vcpu_count; /* vCPUs that may run on it */
	uint32_t index;    /* in model.cores; cores_number() sets it */
};

/* A piece of memory as the description asks for it. */
struct draft_memory {
	struct dts_place place;
	const char *text; /* as in the source */
	uint64_t size, pa, ipa;
	bool fixed;  /* pa is given */
	bool viewed; /* ipa is given */
	bool placed;
};

/* A stretch of memory that restarts keep, as the description asks for it. */
struct draft_keep {
	struct dts_place place;
	const char *text; /* as in the source */
	uint64_t size, ipa;
	bool fixed; /* ipa is given */
	bool ramoops;
};

/* A partition that a window names. */
struct draft_member {
	struct dts_place place;
	const char *text;    /* as in the source */
	uint32_t appearance; /* of the partition's draft */
	uint64_t ipa;
	bool viewed; /* ipa is given */
	bool panel;  /* ipa lies in its panel's memory */
	bool read_only;
};

/* Memory that partitions share. */
struct draft_window {
	const char *name;
	struct draft_memory memory; /* size 0: the source has no valid size */
	struct draft_member members[BUNDLE_PARTITIONS_MAX];
	size_t member_count;
};

struct draft_doorbell {
	const char *name;
	uint32_t from, to; /* appearances */
	uint32_t intid, bit;
	uint32_t window; /* index, or MODEL_NO_WINDOW */
};

/* A channel's end, and the channel. */
struct draft_end {
	struct dts_place place;
	uint32_t appearance; /* of the partition's draft */
	uint64_t ipa;        /* 0: not chosen yet */
	uint32_t intid;
	uint8_t mac[BUNDLE_MAC_SIZE]; /* the given one; all 0: none is given */
};

struct draft_channel {
	const char *name;
	uint32_t kind;       /* enum bundle_channel_kind */
	uint32_t flags;      /* enum bundle_channel_flag */
	uint32_t rate, wait; /* as in struct model_channel */
	struct draft_end ends[BUNDLE_CHANNEL_ENDS_MAX];
	size_t end_count;
};

/* A file in the description. */
struct draft_file {
	struct dts_place place;
	const char *path; /* NULL: none, or not found */
	uint64_t size;
	bool header; /* the file is an arm64 Image, and `image` its header */
	struct arm64_image_header image;
};

/* A vCPU as the description asks for it. */
struct draft_vcpu {
	struct build_core *core; /* where it starts */
	uint64_t may_run;        /* a bit for each core, by the board's numbers */
	struct model_vcpu told;  /* its priorities and times */
};

/* A partition being built. */
struct draft {
	struct model_partition *partition;
	const struct dts_node *node;
	const char *name;
	size_t appearance;
	struct build_core **cores;
	size_t core_count;
	size_t kind_count; /* how many cores in its masks are of the wanted kind */
	bool kind_lacks;   /* there is no such core; this was complained of */
	uint64_t may_hold; /* cores that it may get later: a bit for each, by the board's numbers */
	bool shares_cores; /* with other partitions that say so, too */
	struct draft_vcpu *vcpus;
	size_t vcpu_count;
	struct draft_memory *memory;
	size_t memory_count;
	struct draft_keep *keeps;
	size_t keep_count;
	struct dts_place *device_places; /* parallel to partition->devices */
	struct draft_file image, initrd, dtb;
	struct draft_file remote; /* for a core of another architecture; `image`: its minder */
	bool memory_broken;       /* a piece of it isn't valid */
	bool second_remote; /* another partition has its core's cluster; this was complained of */
};

struct build {
	struct model *model;
	struct arena *arena;
	struct complaints complaints;
	struct file_search search;
	struct dts_tree *tree;
	const struct dts_node *gic;
	const struct dts_node *uart, *rtc; /* the board's, while the frame has them; NULL: none */
	uint32_t rtc_intid;
	const struct dts_node *bridge, *smmu; /* the frame's; NULL: none, or it can't drive them */
	const char *no_bridge;                /* why `bridge` is NULL: the end of a sentence */
	struct build_core *cores;             /* the board's, by affinity */
	size_t core_count;
	struct draft *drafts; /* in the source's order */
	size_t draft_count;
	struct draft_window *windows;
	size_t window_count;
	struct draft_doorbell *doorbells;
	size_t doorbell_count;
	struct draft_channel *channels;
	size_t channel_count;
	bool wants_frame; /* warn of a board whose frame isn't in the folders */
	bool machine;     /* the board is known well enough to go on */
	size_t aside;     /* mistakes that don't concern cores, devices and time */
};

/* ---- ranges ---- */

bool build_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size);
bool build_inside(uint64_t base, uint64_t size, uint64_t outer, uint64_t outer_size);
/* Rounded up; ~0 if that doesn't fit into 64 bits. */
uint64_t build_round_up(uint64_t value, uint64_t align);
/* A size for people: "16 MiB", "4 KiB", "17 bytes". */
const char *build_size(struct build *build, uint64_t size);
/* True for the characters of systems' and boards' names. */
bool build_name_character(char c);
/* "line 7", with the file's name if `there` is in another file. */
const char *build_where(struct build *build, struct dts_place here, struct dts_place there);

/* ---- the steps; load.c has their order ---- */

/* vocabulary.c: are the properties known, and have their values the right form? */
void vocabulary_check(struct build *build);
/* True if the property is there and has the form that the vocabulary says. */
bool vocabulary_good(const struct dts_node *node, const char *name);

/* True if an unknown property of a partition is probably this one, misspelt. */
bool vocabulary_misspelt(const struct dts_node *node, const char *name);

/* machine.c: the board. */
void machine_read(struct build *build);

/* pci_bridge.c: the board's PCI host bridge and the SMMU before it. */
void bridge_read(struct build *build);
/* The interrupt of a device's pin by the bridge's interrupt-map; 0: the pin has no interrupt. */
uint32_t bridge_line(const struct build *build, uint32_t device, uint32_t pin);
/* The stream of a function, by iommu-map. False: nothing confines the function. */
bool bridge_stream(const struct build *build, uint32_t slot, uint32_t *stream);

/* pci.c: a function that a partition is given. pci_fill() is false after a complaint. */
bool pci_is_function(const struct build *build, const struct dts_node *node);
bool pci_fill(struct build *build, struct model_device *device);
bool pci_goes_around(const struct model_device *device);
/* Panels, the checks that need all partitions' functions, and the BARs' places. */
void pci_read(struct build *build);
/* Complains of two functions of different partitions on one line. */
void pci_line_shared(struct build *build, const struct draft *owner,
                     const struct model_device *device, struct dts_place place,
                     const struct draft *other_owner, const struct model_device *other);
const char *pci_slot(struct build *build, const struct model_function *function);
bool pci_has_functions(const struct draft *draft);

/* pci_place.c: where BARs lie, and where windows and black boxes lie in panels' BARs. */
void pci_place(struct build *build);

/* watch.c: which partition watches which; where a watcher reads the other partition's registers and
 * memory. */
void watch_check(struct build *build);
void watch_check_prevents(struct build *build); /* when devices and channels are known */
bool watch_guards(const struct build *build, const struct draft *draft);
void watch_place(struct build *build);
void watch_number(struct build *build);
/* The partition that this one watches; NULL: none. */
const struct draft *watch_of(const struct build *build, const struct draft *draft);
/* Whether all of this lies where a watcher reads memory or registers of the other partition. */
bool watch_shows(const struct build *build, const struct draft *draft, uint64_t base,
                 uint64_t size);
/* Where the watched partition itself has the memory that its watcher sees from there on; false:
 * none is. */
bool watch_itself(const struct build *build, const struct draft *draft, uint64_t base,
                  uint64_t *ipa);

/* blackbox.c: where managers without a panel see black boxes. */
void blackbox_place(struct build *build);

/* domains.c: the partitions' names and simple properties; makes build->drafts. */
void domains_read(struct build *build);
bool domains_is_domain(const struct dts_node *node);

/* life.c: what follows a partition's end, the partitions that it waits for, and the partitions that
 * it may command. life_number() (below) puts the last two into the model as numbers, once the
 * partitions stand in their order. */
void life_read(struct build *build);

/* shift.c: cores that move without a command. */
void shift_read(struct build *build);

/* updates.c: the key that signs updates of the frame. */
void updates_read(struct build *build);
void updates_check(struct build *build);

/* power.c: which cores are on. */
void power_read(struct build *build);
void power_check(struct build *build);
/* Gives partitions without a chosen home core a home that stays on. Called only without errors. */
void power_homes(struct build *build);
/* life.c: names as numbers, and messages about unknown names. */
void life_number(struct build *build);
/* The partition of that name; NULL: none. life_unknown() complains of that. */
const struct draft *life_find(const struct build *build, const char *name);
void life_unknown(struct build *build, const char *property, struct dts_place place,
                  const char *name);

/* windows.c: shared memory and doorbells. windows_number() puts them into the model, once the
 * partitions stand in their order. */
void windows_read(struct build *build);
void windows_number(struct build *build);
bool windows_has(const struct draft_window *window, size_t appearance);
/* How many windows a partition sees. */
size_t windows_seen(const struct build *build, size_t appearance);

/* channels.c: standard devices between partitions. channels_number() puts them into the model. */
void channels_read(struct build *build);
void channels_number(struct build *build);
/* The partition's end of a channel; NULL: it has none. */
struct draft_end *channels_end(struct draft_channel *channel, size_t appearance);
/* How many ends all channels have. */
size_t channels_ends(const struct build *build);

/* wiring.c: addresses and interrupt numbers of Kumiki's own devices: watchdogs, managers' signals,
 * doorbells. */
void wiring_choose(struct build *build);
/* True if an emulated device or signal of the partition has the number. */
bool wiring_has(const struct build *build, const struct draft *draft, uint32_t intid);

/* cores.c: the cores' partitions; the console's core. */
void cores_read(struct build *build);
void cores_number(struct build *build);
/* True if the partition may give or get a core. */
bool cores_move(const struct draft *draft);

/* remote.c: cores of another architecture. */
bool remote_is_cluster(const struct dts_node *cluster);
/* The cluster of such cores in a partition's `cpus`; NULL: none. */
const struct dts_node *remote_asked(const struct dts_node *domain);
void remote_take(struct build *build, struct draft *draft, const struct dts_node *cluster,
                 const struct dts_item *mask);
void remote_check(struct build *build);

/* vcpus.c, times.c: each partition's vCPUs. vcpus_make() puts them into the model, once the cores
 * have numbers. */
void vcpus_read(struct build *build);
void vcpus_make(struct build *build, struct draft *draft);
void times_read(struct build *build, struct draft *draft);
/* Finds each vCPU's value: the first of its `width` items. The property has one value for all
 * vCPUs, or one for each. False if the property isn't there, or after a complaint. */
bool vcpus_values(struct build *build, const struct draft *draft, const char *name, size_t width,
                  const struct dts_item *values[BUNDLE_PARTITION_VCPUS_MAX]);

/* keeping.c: can all promises to vCPUs be kept? It needs the cores, vCPUs and partitions in the
 * model. */
void keeping_check(struct build *build);
const struct draft *keeping_draft(const struct build *build,
                                  const struct model_partition *partition);
/* A core's number on the board. */
unsigned keeping_core_number(const struct build *build, uint32_t core);

/* remarks.c: facts about shared cores and time that are no mistakes, but perhaps not what the
 * author wants. `cores`: the rivals on each of the model's cores. */
struct promises;
void remarks_check(struct build *build, const struct promises *cores);

/* sizes.c: reads kumiki,memory and memory: "512M at 0x80000000 as 0x40000000". */
void memory_read(struct build *build);

/* keep.c: reads kumiki,keep and kumiki,ramoops; layout.c places them. */
void keep_read(struct build *build);

/* devices.c, owners.c, dma.c, silence.c: devices, their owners, their DMA, and how they are
 * silenced. */
void devices_read(struct build *build);
void owners_check(struct build *build);
enum bundle_silence dma_silence(const struct dts_node *node);
void dma_check(struct build *build);
/* How the device is silenced, once its registers are known. */
enum bundle_silence silence_of(const struct model_device *device);
void silence_check(struct build *build);
/* The first page with registers of both devices. False: none. */
bool owners_device_page(const struct model_device *a, const struct model_device *b, uint64_t *page);
/* True if `interrupts` of the node are the GIC's. */
bool device_at_gic(const struct build *build, const struct dts_node *node);
/* The device's registers and interrupts. False after a complaint at `place`. */
bool device_fill(struct build *build, struct model_device *device, const struct dts_node *node,
                 struct dts_place place);

/* images.c: are the files there, and are they of the right kind? */
void images_read(struct build *build);
/* Finds a file that the source names at `place`: in that source's folder, in the description's,
 * then in the folders of the search. NULL, with an errno: nowhere. */
const char *images_find(struct build *build, struct dts_place place, const char *name, int *error);

/* qemu.c: the words of a device's kumiki,qemu-args, with the paths of their files; NULL ends them.
 */
const char *const *qemu_words(struct build *build, const struct dts_node *node);

/* foreign.c: the kind of a file that is no image, and how to make an image of it. It is the end of
 * a sentence that begins with the file's name. NULL: not known. */
const char *foreign_kind(struct build *build, const char *path, const char *name);
/* The same for an image of a core of another architecture. */
const char *foreign_kind_remote(struct build *build, const char *path, const char *name);

/* memory.c: physical addresses for the frame and every piece of memory. */
void memory_place(struct build *build);
/* views.c: guest addresses of memory, devices and emulated devices don't overlap. */
void views_check(struct build *build);

/* window_views.c: where each partition sees its windows. */
void windows_view(struct build *build);

/* layout.c: where image, initrd and device tree lie. */
void layout_partitions(struct build *build);

/* trees.c: can the partitions' device trees be made? Needs a whole model. */
void trees_check(const struct model *model, struct complaints *complaints);

/* owned.c: is it the partition's? Memory and registers are at the guest's addresses. */
bool owned_memory(const struct draft *draft, uint64_t base, uint64_t size);
bool owned_registers(const struct build *build, const struct draft *draft, uint64_t base,
                     uint64_t size);
bool owned_interrupt(const struct build *build, const struct draft *draft, uint32_t intid);

/* guest_dtb.c: does a user's own tree contain only things that the partition owns? */
void guest_dtb_check(struct build *build);

/* guest_rtos.c: does the manifest in an image of the RTOS have only devices that the partition
 * owns? */
void guest_rtos_check(struct build *build);

#endif
