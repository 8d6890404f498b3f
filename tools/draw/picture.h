/*
 * The contents of both pictures: cores, memory and devices in their order, each with its owner.
 * Made from a model.
 */
#ifndef DRAW_PICTURE_H
#define DRAW_PICTURE_H

#include <host/arena.h>
#include <host/model.h>

/* An owner is a partition's number, or one of these numbers. */
#define PICTURE_FRAME  (-1)
#define PICTURE_FREE   (-2)
#define PICTURE_SHARED (-3) /* a window */

/* A vCPU that may run on a core. */
struct picture_vcpu {
	int owner;
	size_t index; /* in its partition */
	uint8_t priority;
	bool starts; /* there */
};

struct picture_core {
	uint64_t affinity;
	int owner;        /* of several, the owner of the most urgent vCPU that starts there */
	const char *kind; /* "cortex-a57" */
	uint64_t guest_affinity;
	bool remote;  /* of another architecture, without a vCPU of the frame */
	bool console; /* runs the console service */
	/* The vCPUs that take turns there, the most urgent first. None: the owner has one vCPU
	 * there, which stays. */
	struct picture_vcpu *vcpus;
	size_t vcpu_count;
};

struct picture_block {
	uint64_t base, size;
	int owner;
	const char *label;  /* its purpose */
	const char *detail; /* "" if there are none */
};

struct picture_device {
	const char *label; /* of the board */
	const char *title; /* "virtio_mmio31 (blk)": the label, and QEMU's device behind it */
	const char *place; /* "0xa003e00, 512 bytes, interrupt 79" */
	uint64_t order; /* among its owner's devices: by address; then devices on the bus, by their
	                   places */
	int owner;
	bool unconfined;
};

struct picture {
	const struct model *model;
	struct arena *arena;
	struct picture_core *cores; /* of the board, by affinity */
	size_t core_count;
	const char *moves;            /* how cores move by themselves; "" if they don't */
	struct picture_block *blocks; /* all of the RAM, by address */
	size_t block_count;
	struct picture_device *devices; /* by owner (the frame last), then by address */
	size_t device_count;
	const char *idle_devices; /* labels of free devices, "" if none */
	size_t unconfined_count;
};

void picture_make(struct picture *picture, const struct model *model, struct arena *arena);

const char *picture_owner_name(const struct picture *picture, int owner);
/* The free devices of the board: "pl061, virtio_mmio0–22". */
const char *picture_idle(const struct picture *picture);
/* A partition's emulated devices: "GIC, console, clock". */
const char *picture_emulated(const struct picture *picture, int owner);
/* "2 cores, 512 MiB" */
const char *picture_summary(const struct picture *picture, int owner);
/* The answer to its end, "restart at a crash; …", unless picture_policy_usual() says it. */
const char *picture_policy(const struct picture *picture, int owner);
/* The answer that most partitions share, with whose it is; "" if no two share one. */
const char *picture_policy_usual(const struct picture *picture);
/* The owners of a core's vCPUs, a bit each. */
uint32_t picture_core_owners(const struct picture_core *core);
/* Special properties: "starts when it is told to; manages linux"; "" if none. */
const char *picture_others(const struct picture *picture, int owner);
/* The labels of the devices whose DMA nothing confines. */
const char *picture_unconfined(const struct picture *picture);

#endif
