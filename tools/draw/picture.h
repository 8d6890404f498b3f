/*
 * The contents of both pictures: cores, memory and devices in their order, each with its owner.
 * They are made from a model.
 */
#ifndef DRAW_PICTURE_H
#define DRAW_PICTURE_H

#include <host/arena.h>
#include <host/model.h>

/* An owner is a partition's number, or one of these numbers. */
#define PICTURE_FRAME  (-1)
#define PICTURE_FREE   (-2)
#define PICTURE_SHARED (-3) /* the memory is a window */

/* A vCPU that may run on a core. */
struct picture_vcpu {
	int owner;
	size_t index; /* its number in its partition */
	uint8_t priority;
	bool starts; /* it starts on this core */
};

struct picture_core {
	uint64_t affinity;
	int owner;        /* of several vCPUs that start there: the most urgent one's */
	const char *kind; /* such as "cortex-a57" */
	uint64_t guest_affinity;
	bool remote;  /* of another architecture, without a vCPU of the frame */
	bool console; /* runs the console service */
	/* The vCPUs that take turns on the core, the most urgent first. None: the owner has one
	 * vCPU on the core, which stays. */
	struct picture_vcpu *vcpus;
	size_t vcpu_count;
};

struct picture_block {
	uint64_t base, size;
	int owner;
	const char *label;  /* its purpose */
	const char *detail; /* "": there is nothing more to say */
};

struct picture_device {
	const char *label; /* the board's */
	const char *title; /* such as "virtio_mmio31 (blk)": the label, then QEMU's device */
	const char *place; /* such as "0xa003e00, 512 bytes, interrupt 79" */
	uint64_t order; /* among its owner's devices: by address; then devices on the bus, by their
	                   places */
	int owner;
	bool unconfined;
};

struct picture {
	const struct model *model;
	struct arena *arena;
	struct picture_core *cores; /* the board's, by affinity */
	size_t core_count;
	const char *moves;            /* how cores move without a command; "": they don't */
	struct picture_block *blocks; /* the whole RAM, by address */
	size_t block_count;
	struct picture_device *devices; /* by owner (the frame last), then by address */
	size_t device_count;
	const char *idle_devices; /* labels of free devices; "": there are none */
	size_t unconfined_count;
};

void picture_make(struct picture *picture, const struct model *model, struct arena *arena);

const char *picture_owner_name(const struct picture *picture, int owner);
/* The board's free devices, like "pl061, virtio_mmio0–22". */
const char *picture_idle(const struct picture *picture);
/* A partition's emulated devices, like "GIC, console, clock". */
const char *picture_emulated(const struct picture *picture, int owner);
/* Words like "2 cores, 512 MiB". */
const char *picture_summary(const struct picture *picture, int owner);
/* What follows the partition's end, like "restart at a crash; …". "": picture_policy_usual() says
 * it. */
const char *picture_policy(const struct picture *picture, int owner);
/* The policy that most partitions share, and which partitions these are. "": no two share one. */
const char *picture_policy_usual(const struct picture *picture);
/* The owners of a core's vCPUs: a bit for each. */
uint32_t picture_core_owners(const struct picture_core *core);
/* Special properties, like "starts when it is told to; manages linux". "": it has none. */
const char *picture_others(const struct picture *picture, int owner);
/* The labels of the devices whose DMA nothing confines. */
const char *picture_unconfined(const struct picture *picture);

#endif
