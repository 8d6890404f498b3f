/*
 * The model while it is being built. The steps share one `struct build`, which each of them is
 * given. Each step complains of mistakes, leaves the wrong parts out and goes on, so that the next
 * step can look at the rest. A model with errors is thrown away at the end.
 *
 * The files of this room in their order. A file calls only earlier files, and a function's name
 * begins with the name of its file or of its part:
 *
 *   words       properties, vocabulary      which properties there are; whether their form is right
 *   helpers     build                       ranges, messages, look-ups, free places
 *   the board   pci_bridge, machine         cores, GIC, memory, PCI host bridge, SMMU
 *   files       images, qemu                images, and what else a description names by its path
 *   partitions  domains, watch              their words, their life, which one watches which
 *   between     windows, channels           shared memory, doorbells, standard devices
 *   memory      memory                      sizes, physical addresses
 *   devices     pci, dma, devices, owners   registers, interrupts, DMA, silence, owners
 *   time        remote, vcpus, cores, power whose the cores are, and which of them are on
 *   addresses   wiring, keep, layout        what each guest sees where, and what is in its memory
 *   trees       guest_dtb, guest_rtos       a user's own tree and manifest have only what is theirs
 *   Linux       cmdline                     whether the command line names what is there
 *   promises    response, promises, keeping can all times be kept?
 *   in order    load                        the steps one after the other
 */
#ifndef MODEL_BUILD_H
#define MODEL_BUILD_H

#include <host/dma.h>
#include <host/dts.h>
#include <host/model.h>

#define MODEL_PAGE                  4096ull
#define MODEL_BLOCK                 (2ull << 20) /* a block of stage 2, also Linux's alignment */
#define MODEL_WATCHDOG_SIZE         0x2000ull    /* its two frames */
#define MODEL_BOARD_CORES_MAX       64
#define MODEL_MEMORY_MAX            16  /* pieces of memory of a partition */
#define MODEL_KEEPS_MAX             8   /* stretches of its memory that restarts keep */
#define MODEL_DEVICES_MAX           128 /* of a partition */
#define MODEL_RANGES_MAX            16  /* of a device */
#define MODEL_DEVICE_INTERRUPTS_MAX 64

#define MODEL_ANY_DOMAIN "openamp,domain"
#define MODEL_DOMAIN     MODEL_ANY_DOMAIN "-v1"
#define MODEL_WATCHES    "kumiki,watches"

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
	char *rtos; /* the image, if that is one of the RTOS and was read; NULL: it isn't */
	size_t rtos_size;
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
	const struct dts_node *watchdog;   /* the board's, if the frame can feed it; NULL: none */
	const struct dts_node *uart, *rtc; /* the board's, while the frame has them; NULL: none */
	uint32_t rtc_intid;
	/* The frame's; NULL: none, or it can't drive them. */
	const struct dts_node *bridge, *smmu, *its;
	const char *no_bridge;    /* why `bridge` is NULL: the end of a sentence */
	struct build_core *cores; /* the board's, by affinity */
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

/* ---- vocabulary.c: are the properties known, and have their values the right form? ---- */

void vocabulary_check(struct build *build);
/* True if the property is there and has the form that the vocabulary says. */
bool vocabulary_good(const struct dts_node *node, const char *name);
/* True if an unknown property of a partition is probably this one, misspelt. */
bool vocabulary_misspelt(const struct dts_node *node, const char *name);
bool vocabulary_is_domain(const struct dts_node *node);

/* ---- build.c: what the steps share ---- */

/* What a guest sees at gicr_ipa, in words. */
const char *build_gic_own(const struct bundle_board *board);

bool build_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size);
bool build_inside(uint64_t base, uint64_t size, uint64_t outer, uint64_t outer_size);
/* Rounded up; ~0 if that doesn't fit into 64 bits. */
uint64_t build_round_up(uint64_t value, uint64_t align);
uint64_t build_page(uint64_t address);
/* The first page with registers of both devices. False: none. */
bool build_shared_page(const struct model_device *a, const struct model_device *b, uint64_t *page);

/* A size for people: "16 MiB", "4 KiB", "17 bytes". */
const char *build_size(struct build *build, uint64_t size);
/* True for the characters of systems' and boards' names. */
bool build_name_character(char c);

/* True if a cluster has cores of another architecture. */
bool build_is_remote(const struct dts_node *cluster);
/* The cluster of such cores in a partition's `cpus`; NULL: none. */
const struct dts_node *build_remote(const struct dts_node *domain);
/* The interrupt controller of a node with `interrupts`. */
const struct dts_node *build_interrupt_parent(const struct build *build,
                                              const struct dts_node *node);
/* True if `interrupts` of the node are the GIC's. */
bool build_at_gic(const struct build *build, const struct dts_node *node);

/* The partition of that name; NULL: none. life_unknown() complains of that. */
const struct draft *build_find(const struct build *build, const char *name);
/* Where the partition says which one it watches; NULL: nowhere. */
const struct dts_item *build_watches(const struct draft *draft);
/* The partition that this one watches; NULL: none. */
const struct draft *build_watched(const struct build *build, const struct draft *draft);
/* The partition's end of a channel; NULL: it has none. */
struct draft_end *build_end(struct draft_channel *channel, size_t appearance);
/* How many ends all channels have. */
size_t build_ends(const struct build *build);
bool build_sees(const struct draft_window *window, size_t appearance);
/* How many windows a partition sees. */
size_t build_windows_seen(const struct build *build, size_t appearance);
/* True if the partition may give or get a core. */
bool build_moves(const struct draft *draft);
/* True if the partition has a panel or other functions of PCI. */
bool build_has_functions(const struct draft *draft);
/* The kept memory at an address; NULL: none. */
const struct model_keep *build_kept_at(const struct model_partition *partition, uint64_t address);

/* The used stretches of a guest's addresses, to find a free place. */
struct span {
	uint64_t base, size;
	const char *what; /* for a message, like "the clock" */
};

struct spans {
	struct arena *arena;
	struct span *list;
	size_t count, room;
};

void spans_add(struct spans *spans, uint64_t base, uint64_t size, const char *what);
/* Adds all that the partition sees by now: memory, devices, emulated devices, and windows with an
 * address except the window of `but`. */
void spans_add_view(struct spans *spans, struct build *build, const struct draft *draft,
                    const struct draft_member *but);
/* The first span that overlaps; NULL: none. */
const struct span *spans_find(const struct spans *spans, uint64_t base, uint64_t size);
/* The first free place from `at` on. Sorts the list. False: there is none. */
bool spans_gap(struct spans *spans, uint64_t at, uint64_t size, uint64_t align, uint64_t *base);

/* The free stretches of a partition's first piece of memory. */
/* Image, device tree, initrd, kept memory and an image beside a minder leave at most so many free
 * stretches. */
#define LAYOUT_FREE_MAX (5 + MODEL_KEEPS_MAX)

struct layout {
	struct build *build;
	struct draft *draft;
	struct model_partition *partition;
	uint64_t base, size; /* the first piece of memory, as the guest sees it */
	struct model_range free[LAYOUT_FREE_MAX]; /* its free stretches, the highest first */
	size_t free_count;
};

/* Takes a place out of a free stretch. A place that is in none, as it is in another piece, is
 * ignored. */
void layout_use(struct layout *layout, uint64_t address, uint64_t size);
/* Takes whole pages off the end of the highest free stretch that is large enough. False: none
 * is. */
bool layout_high(struct layout *layout, uint64_t size, uint64_t *address);
/* The pieces of memory as a guest sees them, like "0x40000000 to 0x40ffffff, 0x80000000 to …". */
const char *layout_pieces(const struct layout *layout);

/* ---- pci_bridge.c: the PCI host bridge, the SMMU before it, and places in its window ---- */

void bridge_read(struct build *build);
/* The interrupt of a device's pin by the bridge's interrupt-map; 0: the pin has no interrupt. */
uint32_t bridge_line(const struct build *build, uint32_t device, uint32_t pin);
/* The stream of a function, by iommu-map. False: nothing confines the function. */
bool bridge_stream(const struct build *build, uint32_t slot, uint32_t *stream);

/* The function's number at the ITS; 0: it can't send messages. */
uint32_t bridge_sender(const struct build *build, uint32_t slot);
/* Where BARs lie, and where windows and black boxes lie in panels' BARs. */
void pci_place(struct build *build);

/* ---- machine.c: the board ---- */

void machine_read(struct build *build);
bool machine_is_on(const struct dts_node *node);
/* The first such device that isn't disabled. */
const struct dts_node *machine_find(const struct dts_tree *tree, const char *compatible);
/* Where a device of one page is, and its SPI; false: the frame can't drive a device there. */
bool machine_place(const struct dts_node *node, uint64_t *base, uint32_t *intid);
/* All cores of the board, and its memory: for model_load_board(). */
void machine_board(struct build *build);

/* ---- uart.c: the UART that the frame drives ---- */

void uart_read(struct build *build);

/* ---- images.c: are the files there, and are they of the right kind? ---- */

void images_read(struct build *build);
/* Finds a file that the source names at `place`: in that source's folder, in the description's,
 * then in the folders of the search. NULL, with an errno: nowhere. */
const char *images_find(struct build *build, struct dts_place place, const char *name, int *error);

/* ---- cmdline.c: a Linux's command line ---- */

/* Warns of a Linux that stands still after a panic. */
void cmdline_remark_panic(struct build *build, const struct draft *draft);
/* Warns of consoles and disks that a Linux is told of, but doesn't have. */
void cmdline_check(struct build *build);

/* ---- qemu.c: what stands behind a device in QEMU ---- */

/* The words of a device's kumiki,qemu-args, with the paths of their files; NULL ends them. */
const char *const *qemu_words(struct build *build, const struct dts_node *node);
/* Warns of a device, and of its parts, that QEMU probably doesn't have. */
void qemu_check_device(struct build *build, const struct dts_node *node);

/* ---- domains.c: the partitions ---- */

/* Names and simple properties; makes build->drafts. */
void domains_read(struct build *build);
/* What follows a partition's end, the partitions that it waits for, and the partitions that it may
 * command. life_number() puts the last two into the model as numbers, once the partitions stand in
 * their order. */
void life_read(struct build *build);
void life_number(struct build *build);
void life_unknown(struct build *build, const char *property, struct dts_place place,
                  const char *name);
/* The key that signs updates of the frame. */
void updates_read(struct build *build);
void updates_check(struct build *build);

/* ---- watch.c: which partition watches which; where it reads registers and memory ---- */

void watch_check(struct build *build);
void watch_check_prevents(struct build *build); /* when devices and channels are known */
bool watch_guards(const struct build *build, const struct draft *draft);
void watch_place(struct build *build);
void watch_number(struct build *build);
/* Whether all of this lies where a watcher reads memory or registers of the other partition. */
bool watch_shows(const struct build *build, const struct draft *draft, uint64_t base,
                 uint64_t size);
/* Where the watched partition itself has the memory that its watcher sees from there on; false:
 * none is. */
bool watch_itself(const struct build *build, const struct draft *draft, uint64_t base,
                  uint64_t *ipa);

/* ---- windows.c: shared memory and doorbells ---- */

void windows_read(struct build *build);
/* Puts them into the model, once the partitions stand in their order. */
void windows_number(struct build *build);
/* Where each partition sees its windows. */
void windows_view(struct build *build);

/* ---- channels.c: standard devices between partitions ---- */

void channels_read(struct build *build);
void channels_number(struct build *build);

/* ---- memory.c: memory that the description asks for, and its physical addresses ---- */

/* Reads kumiki,memory and memory: "512M at 0x80000000 as 0x40000000". */
void memory_read(struct build *build);
/* Places the frame and every piece of memory. */
void memory_place(struct build *build);

/* ---- pci.c: a function that a partition is given ---- */

bool pci_is_function(const struct build *build, const struct dts_node *node);
/* False after a complaint. */
bool pci_fill(struct build *build, struct model_device *device);
bool pci_goes_around(const struct model_device *device);
/* Whether it is one whose parts are known; whether it is a virtio console. */
bool pci_is_known(const struct model_function *function);
bool pci_is_console(const struct model_function *function);
/* Panels, the checks that need all partitions' functions, and the BARs' places. */
void pci_read(struct build *build);
/* Complains of two functions of different partitions on one line. */
void pci_line_shared(struct build *build, const struct draft *owner,
                     const struct model_device *device, struct dts_place place,
                     const struct draft *other_owner, const struct model_device *other);

/* ---- dma.c: which devices do DMA, and how they are silenced ---- */

void dma_check(struct build *build);
/* How the device is silenced, once its registers are known. */
enum bundle_silence silence_of(const struct model_device *device);
void silence_check(struct build *build);

/* ---- devices.c, owners.c: devices, and their owners ---- */

void devices_read(struct build *build);
/* The device's registers and interrupts. False after a complaint at `place`. */
bool device_fill(struct build *build, struct model_device *device, const struct dts_node *node,
                 struct dts_place place);
void owners_check(struct build *build);

/* ---- remote.c: cores of another architecture ---- */

void remote_take(struct build *build, struct draft *draft, const struct dts_node *cluster,
                 const struct dts_item *mask);
/* Places the image of such a core where the core begins. False after a complaint. */
bool remote_place(struct layout *layout);
void remote_check(struct build *build);

/* ---- vcpus.c: each partition's vCPUs ---- */

void vcpus_read(struct build *build);
/* Puts them into the model, once the cores have numbers. */
void vcpus_make(struct build *build, struct draft *draft);
/* Finds each vCPU's value: the first of its `width` items. The property has one value for all
 * vCPUs, or one for each. False if the property isn't there, or after a complaint. */
bool vcpus_values(struct build *build, const struct draft *draft, const char *name, size_t width,
                  const struct dts_item *values[BUNDLE_PARTITION_VCPUS_MAX]);

/* ---- cores.c: the cores' partitions; the console's core ---- */

void cores_read(struct build *build);
void cores_number(struct build *build);

/* ---- power.c: which cores are on, and cores that move without a command ---- */

void power_read(struct build *build);
void power_check(struct build *build);
/* Gives partitions without a chosen home core a home that stays on. Called only without errors. */
void power_homes(struct build *build);
void shift_read(struct build *build);

/* ---- wiring.c: what else a guest sees ---- */

/* Addresses and interrupt numbers of Kumiki's own devices: watchdogs, managers' signals,
 * doorbells. */
void wiring_choose(struct build *build);
/* True if an emulated device or signal of the partition has the number. */
bool wiring_has(const struct build *build, const struct draft *draft, uint32_t intid);
/* Where managers without a panel see black boxes. */
void blackbox_place(struct build *build);
/* Guest addresses of memory, devices and emulated devices don't overlap. */
void views_check(struct build *build);

/* ---- keep.c: memory that restarts keep ---- */

void keep_read(struct build *build);
/* Once the image has its place, the first function places kept memory with an address; later the
 * second one places the rest. False after a complaint. */
bool keep_place_fixed(struct layout *layout);
bool keep_place_others(struct layout *layout);

/* ---- layout.c: where image, initrd and device tree lie ---- */

void layout_partitions(struct build *build);

/* ---- guest_dtb.c: does a user's own tree contain only things that the partition owns? ---- */

void guest_dtb_check(struct build *build);
/* Is it the partition's? Memory and registers are at the guest's addresses. */
bool owned_registers(const struct build *build, const struct draft *draft, uint64_t base,
                     uint64_t size);
bool owned_interrupt(const struct build *build, const struct draft *draft, uint32_t intid);

/* ---- guest_rtos.c: has a manifest in an image of the RTOS only devices that are its own? ---- */

void guest_rtos_check(struct build *build);
/* And are those there that it knows by their names in the description? The partitions are in their
 * order already. */
void guest_rtos_place(struct build *build);

/* ---- keeping.c: can all promises to vCPUs be kept? ---- */

/* It needs the cores, vCPUs and partitions in the model. */
void keeping_check(struct build *build);

#endif
