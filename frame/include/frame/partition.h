/*
 * A partition and its vCPUs, as the frame keeps them: in the partition's own slot of memory, mapped
 * by the cores that may run it and by nobody else.
 */
#ifndef FRAME_PARTITION_H
#define FRAME_PARTITION_H

#include <frame/context.h>
#include <frame/keep.h>
#include <frame/pl011.h>
#include <frame/pl031.h>
#include <frame/psci.h>
#include <frame/stage2.h>
#include <frame/vgic.h>
#include <kumiki/bundle.h>
#include <kumiki/console.h>
#include <kumiki/service.h>
#include <kumiki/trace.h>

enum partition_state {
	PARTITION_STOPPED,
	PARTITION_LOADING, /* the loader lays out its images */
	PARTITION_RUNNING,
	PARTITION_STOPPING, /* its vCPUs go off one by one */
};

struct vcpu {
	/* ---- kept (keep.h), but for what struct context says is derived ---- */
	struct context context; /* first: a context of kind CONTEXT_VCPU is a vCPU */
	/* Written by the caller of CPU_ON before asked_to_start. */
	uint64_t entry, argument;
	/* Set by another core, which then sends MAIL_VCPU. */
	uint8_t asked_to_stop;
	uint8_t asked_to_start;
	struct vgic_cpu vgic;

	/* ---- derived from the bundle ---- */
	struct partition *partition;
	uint64_t affinity; /* MPIDR_EL1 without bit 31 */
	uint8_t index;     /* in its partition */
	uint8_t core;
};

struct partition {
	/* ---- kept (keep.h) ---- */
	struct keep_header keep;
	uint32_t state; /* enum partition_state; atomically */
	uint32_t alive; /* vCPUs not yet off, while stopping; atomically */
	uint32_t psci_states[BUNDLE_PARTITION_VCPUS_MAX];
	struct vgic vgic;
	struct pl011 uart;
	struct pl031 rtc;
	uint8_t seed[32];     /* where each start's seeds come from; changes with each */
	uint32_t device_lock; /* of uart and rtc */

	/* ---- derived from the bundle ---- */
	uint32_t index;
	uint32_t vcpu_count;
	const struct bundle_partition *config; /* in the bundle as this core maps it */
	struct stage2 stage2;
	struct page_pool pool;
	struct psci_guest psci;
	uint64_t affinities[BUNDLE_PARTITION_VCPUS_MAX];
	struct console_ring *console; /* with the report of its end */

	/* The loader of this partition, on its first vCPU's core. */
	struct context loader;
	struct stage2 loader_stage2;
	struct loader_info *loader_info;

	struct vcpu vcpus[];
};

/* Partition n in this core's address space; only if this core may run it. */
struct partition *partition_at(uint32_t index);

/* Begins: the loader lays out the images, then the first vCPU starts. On its first vCPU's core. */
void partition_start(struct partition *partition);
/* The loader's answer. */
void partition_loaded(struct partition *partition, uint64_t status);

/* Stops all of its vCPUs, wherever they are; from any of its cores. */
void partition_stop(struct partition *partition, enum stop_reason reason);

/* The same for an error that can't be given back to the guest; the trap's registers are current. */
void partition_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome,
                     uint64_t address);

/* Its loader failed, by itself. */
void partition_loader_failed(struct partition *partition, uint64_t syndrome, uint64_t address);

/* The vCPU on this core begins at its entry, and ends. */
void vcpu_start(struct vcpu *vcpu);
void vcpu_stop(struct vcpu *vcpu);

/* The running vCPU goes on at its entry after a power-down by CPU_SUSPEND; its GIC state is kept.
 */
void vcpu_resume(struct vcpu *vcpu);

/* Another core left a message for it: SGIs, CPU_ON, stop. */
void vcpu_asked(struct vcpu *vcpu);

/* Tells the core of the vCPU to look at it: vcpu_asked(), at once if it's this core. */
void vcpu_tell(struct vcpu *vcpu);

static inline struct vcpu *vcpu_of(struct context *context)
{
	return (struct vcpu *)context;
}

/* The emulated UART: registers and interrupt line. */
uint64_t uart_read(struct partition *partition, uint32_t offset);
void uart_write(struct partition *partition, uint32_t offset, uint64_t value);
void uart_evaluate(struct partition *partition);
uint64_t rtc_read(struct partition *partition, uint32_t offset);
void rtc_write(struct partition *partition, uint32_t offset, uint64_t value);
void rtc_evaluate(struct partition *partition);
void rtc_begin(struct partition *partition);

#endif
