/*
 * The virtual GICv3 of a partition. A physical interrupt that the partition owns is taken at EL2,
 * and its priority is dropped. It goes into a list register that is linked to it, so the guest's
 * own deactivation ends it. Its pending bit is the physical one, through a mask; the physical
 * enable and trigger bits and the route are made from those here. It is physically active as long
 * as a vCPU holds it, or while it is on its way to a vCPU that has moved (`arrived`). Interrupts of
 * emulated devices ("wired") and SGIs exist in the virtual GIC alone. docs/inside/interrupts.md.
 *
 * The cores that run the partition share `struct vgic`: they change bits atomically, and write
 * bytes whole. `struct vgic_cpu` belongs to the core that the vCPU is on, except the words by which
 * other cores reach that core. There are no locks. A vCPU that has to know or change another vCPU's
 * state makes a request. It executes its access again and again until the request is answered.
 */
#ifndef STATE_VGIC_H
#define STATE_VGIC_H

#include <frame/types.h>
#include <kumiki/bundle.h>
#include <machine/activation.h>

#define VGIC_INTIDS        1024
#define VGIC_WORDS         (VGIC_INTIDS / 32)
#define VGIC_PRIVATE       32 /* SGIs 0 to 15, PPIs 16 to 31 */
#define VGIC_LEVELS        32 /* GICv3 with five priority bits, as the list registers have */
#define VGIC_PRIORITY_BITS 0xf8
#define VGIC_ENABLE_0      1u
#define VGIC_ENABLE_1      2u

struct vgic {
	/* Constant after start. */
	uint32_t owned[VGIC_WORDS]; /* physical SPIs of the partition */
	uint32_t wired[VGIC_WORDS]; /* SPIs of emulated devices */
	uint32_t sent[VGIC_WORDS];  /* of these, messages of PCI functions */
	uint32_t owned_words;       /* words of `owned` or `sent` that aren't 0, a bit each */
	uint32_t wired_words;
	uint32_t physical; /* PPIs that are physical interrupts: timers, PMU */
	uint8_t urgency[BUNDLE_PARTITION_VCPUS_MAX]; /* of each vCPU: physical priority */
	bool plain;                                  /* each vCPU's affinity is its index */

	/* Written by any of the partition's cores. */
	uint64_t cores[BUNDLE_PARTITION_VCPUS_MAX]; /* affinity of the core that each vCPU is on */
	uint32_t arrived[VGIC_WORDS]; /* came to a core that their vCPU isn't on; active there */
	uint32_t epoch;               /* number of the partition's life */
	uint32_t fresh; /* words whose routes and triggers aren't as after reset yet */
	uint32_t stale; /* words whose physical enable bits have to be made again */
	uint32_t ctlr;  /* VGIC_ENABLE_… */
	uint32_t enabled[VGIC_WORDS];
	uint32_t group[VGIC_WORDS]; /* 1: group 1, an IRQ; 0: group 0, an FIQ */
	uint32_t edge[VGIC_WORDS];
	uint32_t open[VGIC_WORDS];    /* owned or sent, and wanted: vgic_sync() computes it */
	uint32_t by_hand[VGIC_WORDS]; /* made active by a write: no vCPU holds them or gets them */
	uint32_t parked[VGIC_WORDS];  /* came for a vCPU that is off; pending until it is on */
	uint32_t line[VGIC_WORDS];    /* of wired interrupts: the device's output */
	uint32_t latched[VGIC_WORDS]; /* pending by software, or by a wired interrupt's edge */
	uint32_t carried[VGIC_WORDS]; /* held, and latched again if they are put back */
	uint32_t taken[VGIC_WORDS];   /* wired interrupts that a vCPU holds */
	uint32_t any[VGIC_WORDS];     /* IROUTER.Interrupt_Routing_Mode */
	uint8_t target[VGIC_INTIDS];  /* index of the vCPU */
	uint8_t priority[VGIC_INTIDS];

	/* Constant after start: the wired interrupts that are doorbells, and the subject of
	 * MAIL_DOORBELL of each. */
	uint32_t rung[VGIC_WORDS];
	uint8_t bell[VGIC_INTIDS];
};

/* Values of `hushed`: the SGIs; or the SGIs and VGIC_ASK_EVALUATE. */
#define VGIC_SGIS   0xffffu
#define VGIC_HUSHED (~0u)

/* Interrupts that wait for a list register: for each priority level a set of bits. */
struct vgic_waiting {
	uint32_t levels;             /* levels with anything in them */
	uint32_t hushed;             /* kept: a set of SGIs, or VGIC_HUSHED; see vgic_hush() */
	uint32_t words[VGIC_LEVELS]; /* words of the level with anything in them */
	uint32_t bits[VGIC_LEVELS][VGIC_WORDS];
	uint32_t all[VGIC_WORDS]; /* of all levels */
};

/* Active interrupts that had to leave their list register to pending ones. */
struct vgic_evicted {
	uint32_t words; /* words with anything in them */
	uint32_t all[VGIC_WORDS];
	/* For each level the interrupt that was evicted last. If the guest ends an interrupt that
	 * is in no list register, it is that of the most urgent level. */
	uint32_t levels;
	uint16_t at[VGIC_LEVELS];
};

/* A vCPU's requests to other vCPUs. Its own core writes one while `left` is 0. */
enum vgic_request_kind {
	VGIC_REQUEST_LOOK,   /* which of the bits do you hold? */
	VGIC_REQUEST_RECALL, /* give back those of the bits that you hold pending */
	VGIC_REQUEST_DROP,   /* those of the bits that you hold pending are to be pending no more */
	VGIC_REQUEST_END,    /* those of the bits that you hold active are ended */
	VGIC_REQUEST_SETTLE, /* groups were enabled or disabled */
	VGIC_REQUEST_READ,   /* a register of your redistributor */
	VGIC_REQUEST_WRITE,
};

struct vgic_request {
	uint32_t kind;  /* enum vgic_request_kind */
	uint32_t place; /* word; of READ and WRITE: offset, and size above VGIC_REQUEST_SIZE */
	uint32_t bits;  /* or the value to write */
	uint32_t epoch;
	struct activation origin; /* the access that asks */
	uint32_t taken;           /* of LOOK: the bits that vCPUs held when the request was made */
	uint32_t unasked;         /* vCPUs that haven't been told of the request yet */
	/* The vCPUs that answer change these, atomically. */
	uint32_t left;    /* vCPUs that haven't answered */
	uint32_t pending; /* what they hold; of READ: the value */
	uint32_t active;
};
#define VGIC_REQUEST_SIZE 20

struct vgic_cpu {
	/* Other cores change these atomically, and send MAIL_VCPU then. */
	uint32_t incoming; /* SGIs */
	uint32_t asked;    /* enum vgic_ask */
	uint32_t requests; /* requests that this vCPU has to answer: a bit for each number */
	/* This vCPU's requests, one for even and one for odd places: a pair of loads may need both
	 * at once. */
	struct vgic_request request[2];

	/* The vCPU's core alone uses these; others may read `group`. */
	bool online;   /* the vCPU is on */
	uint32_t open; /* may be delivered: vgic_sync_private() computes it from the following */
	uint32_t epoch;
	uint32_t enabled, group, edge; /* of the private interrupts */
	uint32_t by_hand, carried;     /* as in struct vgic */
	uint32_t latched;              /* pending in no list register and not in the hardware */
	uint32_t waker;
	uint8_t priority[VGIC_PRIVATE];
	uint32_t answering; /* the request that is carried out in part: its number + 1, or 0 */
	uint32_t remaining; /* bits of that request that are still to do */
	/* A round through the wired interrupts: the words that are left, the present word, its bits
	 * that are left, and whether another round follows. */
	uint32_t round_words, round_word, round_bits;
	bool round_again;
	uint32_t unasked; /* vCPUs that are still to be sent VGIC_ASK_EVALUATE: a bit each */
	uint32_t route; /* after a move: interrupts from this one on still have their old routes */
	struct vgic_waiting waiting;
	struct vgic_evicted evicted;
	uint8_t level[VGIC_INTIDS]; /* of the interrupts in the waiting or the evicted set */
};

enum vgic_ask {
	VGIC_ASK_EVALUATE = 1u << 0, /* look at what should be pending for you */
	VGIC_ASK_REQUEST = 1u << 1,  /* a vCPU's request wants your answer */
	VGIC_ASK_WORDS = 1u << 2,    /* do a step of vgic.fresh or vgic.stale */
	VGIC_ASK_ROUND = 1u << 3,    /* do a step of the round through the wired interrupts */
	VGIC_ASK_OTHERS = 1u << 4,   /* ask some of `unasked` */
	VGIC_ASK_MOVED = 1u << 5,    /* do a step of vgic.arrived or of the routes */
};

#endif
