/*
 * What both pictures show, before it has a form: cores, memory and devices in their order, each
 * with its owner. Made from a model.
 */
#ifndef DRAW_PICTURE_H
#define DRAW_PICTURE_H

#include <host/arena.h>
#include <host/model.h>

/* An owner is a partition's number, or one of these. */
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
	int owner;        /* of several the most urgent that starts there */
	const char *kind; /* "cortex-a57" */
	uint64_t guest_affinity;
	bool remote;  /* of another architecture: its owner's, with no CPU of the frame's there */
	bool console; /* runs the console service */
	/* Who takes turns there, the most urgent first. None: it is its owner's, who has one vCPU
	 * there, and stays. */
	struct picture_vcpu *vcpus;
	size_t vcpu_count;
};

struct picture_block {
	uint64_t base, size;
	int owner;
	const char *label;  /* what it is for */
	const char *detail; /* "" if there is nothing more to say */
};

struct picture_device {
	const char *label; /* of the board */
	const char *title; /* "virtio_mmio31 (blk)": the label, and what QEMU has behind it */
	const char *place; /* "0xa003e00, 512 bytes, interrupt 79" */
	uint64_t
	    order; /* among its owner's: by address, then what is on the bus, by its place there */
	int owner;
	bool unconfined;
};

struct picture {
	const struct model *model;
	struct arena *arena;
	struct picture_core *cores; /* of the board, by affinity */
	size_t core_count;
	const char *moves;            /* how cores move of their own accord; "" if they don't */
	struct picture_block *blocks; /* all of the RAM, by address */
	size_t block_count;
	struct picture_device *devices; /* by owner (the frame last), then by address */
	size_t device_count;
	const char *idle_devices; /* labels of those that nobody has, "" if none */
	size_t unconfined_count;
};

void picture_make(struct picture *picture, const struct model *model, struct arena *arena);

const char *picture_owner_name(const struct picture *picture, int owner);
/* The devices of the board that nobody has: "pl061, virtio_mmio0–22". */
const char *picture_idle(const struct picture *picture);
/* What the frame shows a partition beside its devices: "GIC, console, clock". */
const char *picture_emulated(const struct picture *picture, int owner);
/* "2 cores, 512 MiB" */
const char *picture_summary(const struct picture *picture, int owner);
/* What is done when it ends by itself: "restart at a crash; …" */
const char *picture_policy(const struct picture *picture, int owner);
/* "starts when it is told to; manages linux": what is out of the ordinary, "" if nothing. */
const char *picture_others(const struct picture *picture, int owner);
/* The labels of the devices whose DMA nothing confines. */
const char *picture_unconfined(const struct picture *picture);

#endif
