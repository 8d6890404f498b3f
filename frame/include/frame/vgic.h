/*
 * The virtual GICv3 of a partition. A physical interrupt that the partition owns is taken at EL2,
 * dropped in priority and put into a list register linked to it, so that the guest's own
 * deactivation ends it; its enable and pending bits are the physical ones, through a mask, and it
 * is physically active for exactly as long as a vCPU holds it. Interrupts of emulated devices
 * ("wired") and SGIs exist in here alone. docs/interrupts.md.
 *
 * `struct vgic` is shared by the cores that run the partition: bits are changed atomically, bytes
 * are written whole. `struct vgic_cpu` belongs to the core that runs the vCPU, but for the words by
 * which others reach it. No locks. What one vCPU can't know or do about another one it asks for in
 * a request; until that is answered, its access is executed again and again.
 */
#ifndef FRAME_VGIC_H
#define FRAME_VGIC_H

#include <frame/types.h>
#include <kumiki/bundle.h>
#include <machine/activation.h>

#define VGIC_INTIDS   1024
#define VGIC_WORDS    (VGIC_INTIDS / 32)
#define VGIC_PRIVATE  32 /* SGIs 0 to 15, PPIs 16 to 31 */
#define VGIC_LEVELS   32 /* GICv3 with five priority bits */
#define VGIC_ENABLE_0 1u
#define VGIC_ENABLE_1 2u

struct partition;
struct vcpu;

struct vgic {
	/* Constant after start. */
	uint32_t owned[VGIC_WORDS]; /* physical SPIs of the partition */
	uint32_t wired[VGIC_WORDS]; /* SPIs of emulated devices */
	uint32_t owned_words;       /* words with anything in them */
	uint32_t wired_words;
	uint32_t physical;                           /* PPIs that are the hardware's: timers, PMU */
	uint8_t urgency[BUNDLE_PARTITION_VCPUS_MAX]; /* of each vCPU: physical priority */
	bool plain;                                  /* each vCPU's affinity is its index */

	/* Written by any of the partition's cores. */
	uint64_t cores[BUNDLE_PARTITION_VCPUS_MAX]; /* affinity of the core that each vCPU is on */
	uint32_t arrived[VGIC_WORDS]; /* at a core that their vCPU isn't on: physically active */
	uint32_t epoch;               /* which life of the partition this is */
	uint32_t fresh; /* words whose routes and triggers aren't as after reset yet */
	uint32_t stale; /* words whose physical enable bits have to be made again */
	uint32_t ctlr;  /* VGIC_ENABLE_… */
	uint32_t enabled[VGIC_WORDS];
	uint32_t group[VGIC_WORDS]; /* 1: group 1, an IRQ; 0: group 0, an FIQ */
	uint32_t edge[VGIC_WORDS];
	uint32_t open[VGIC_WORDS];    /* owned, and wanted: what vgic_sync() made of the others */
	uint32_t by_hand[VGIC_WORDS]; /* made active by a write: no vCPU holds them, or gets them */
	uint32_t parked[VGIC_WORDS];  /* came for a vCPU that is off: pending until that changes */
	uint32_t line[VGIC_WORDS];    /* of wired interrupts: the device's output */
	uint32_t latched[VGIC_WORDS]; /* pending by software, or by an edge of a wired one */
	uint32_t carried[VGIC_WORDS]; /* held, and was latched: is again if it comes back */
	uint32_t taken[VGIC_WORDS];   /* wired ones that a vCPU holds */
	uint32_t any[VGIC_WORDS];     /* IROUTER.Interrupt_Routing_Mode */
	uint8_t target[VGIC_INTIDS];  /* index of the vCPU */
	uint8_t priority[VGIC_INTIDS];

	/* Constant after start: the wired ones that are doorbells, and the subjects of
	 * MAIL_DOORBELL that they are. */
	uint32_t rung[VGIC_WORDS];
	uint8_t bell[VGIC_INTIDS];
};

/* Of what is hushed: the SGIs; those, and to look at what should be pending. */
#define VGIC_SGIS   0xffffu
#define VGIC_HUSHED (~0u)

/* Interrupts that wait for a list register: a bit set for each priority level. */
struct vgic_waiting {
	union {
		struct {
			uint32_t levels; /* levels with anything in them */
			uint32_t hushed; /* kept: SGIs, or VGIC_HUSHED; see vgic_hush() */
		};
		uint64_t returns; /* both; 0: it is resident again without further ado */
	};
	uint32_t words[VGIC_LEVELS]; /* words of the level with anything in them */
	uint32_t bits[VGIC_LEVELS][VGIC_WORDS];
	uint32_t all[VGIC_WORDS]; /* of all levels */
};

/* Active interrupts that had to leave their list register to pending ones. */
struct vgic_evicted {
	uint32_t words; /* words with anything in them */
	uint32_t all[VGIC_WORDS];
	/* The last one of each level: the guest ends those that it hasn't dropped in this order. */
	uint32_t levels;
	uint16_t at[VGIC_LEVELS];
};

/* What a vCPU asks of others. Written by its own core while `left` is 0. */
enum vgic_request_kind {
	VGIC_REQUEST_LOOK,   /* which of the bits do you hold? */
	VGIC_REQUEST_RECALL, /* give back those of the bits that you hold pending */
	VGIC_REQUEST_DROP,   /* those of the bits that you hold pending aren't any more */
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
	uint32_t taken;           /* of LOOK: what was held by anybody when it was made */
	uint32_t unasked;         /* vCPUs that it was not brought to yet */
	/* Changed by those who answer, atomically. */
	uint32_t left;    /* vCPUs that haven't answered */
	uint32_t pending; /* what they hold; of READ: the value */
	uint32_t active;
};
#define VGIC_REQUEST_SIZE 20

struct vgic_cpu {
	/* Reached by other cores, atomically; they send MAIL_VCPU after it. */
	uint32_t incoming; /* SGIs */
	uint32_t asked;    /* enum vgic_ask */
	uint32_t requests; /* those that want an answer of this vCPU: a bit for each number */
	/* This vCPU's requests, of even and of odd places: a pair of loads may need two at once. */
	struct vgic_request request[2];

	/* This core's; others may look at `group`. */
	bool online;   /* the vCPU is on */
	uint32_t open; /* what may be delivered: what vgic_sync_private() made of the following */
	uint32_t epoch;
	uint32_t enabled, group, edge; /* of the private interrupts */
	uint32_t by_hand, carried;     /* as in struct vgic */
	uint32_t latched;              /* pending and in no list register; not the hardware's own */
	uint32_t waker;
	uint8_t priority[VGIC_PRIVATE];
	uint32_t answering; /* a request that is carried out in part: its number + 1, or 0 */
	uint32_t remaining; /* its bits that are still to do */
	/* A round through the wired interrupts: words to come, the present one and what is left of
	 * it, and whether another round follows. */
	uint32_t round_words, round_word, round_bits;
	bool round_again;
	uint32_t unasked; /* vCPUs that are to look at theirs, too: a bit each */
	uint32_t route; /* it has moved: from here on, routes of its interrupts don't follow yet */
	struct vgic_waiting waiting;
	struct vgic_evicted evicted;
	uint8_t level[VGIC_INTIDS]; /* of those in the waiting or the evicted set */
};

enum vgic_ask {
	VGIC_ASK_EVALUATE = 1u << 0, /* look at what should be pending for you */
	VGIC_ASK_REQUEST = 1u << 1,  /* a vCPU's request wants your answer */
	VGIC_ASK_WORDS = 1u << 2,    /* vgic.fresh and vgic.stale: a step of them */
	VGIC_ASK_ROUND = 1u << 3,    /* the wired interrupts: a step of their round */
	VGIC_ASK_OTHERS = 1u << 4,   /* ask some of `unasked` */
	VGIC_ASK_MOVED = 1u << 5,    /* vgic.arrived, and a step of the routes */
};

/* Sets up what the bundle says; before any vCPU runs. */
void vgic_init(struct partition *partition, const struct bundle_header *from);

/*
 * The distributor as after reset; on the first vCPU's core while none of the vCPUs runs. Routes and
 * triggers follow in steps between which interrupts are taken.
 */
void vgic_reset(struct partition *partition);

/* A vCPU starts with a redistributor as after reset, on this core. */
void vgic_cpu_reset(struct vcpu *vcpu);

/*
 * A vCPU ends. As with a core that is turned off, SPIs that were pending for it stay pending and
 * those that were active stay so; its private interrupts are gone.
 */
void vgic_cpu_stop(struct vcpu *vcpu);

/* A word of physical interrupts of a partition off, none pending or active. */
void vgic_silence(struct partition *partition, uint32_t word);

/* A physical interrupt of the current vCPU arrived and was dropped in priority. */
void vgic_arrived(struct vcpu *vcpu, uint32_t intid);

/* The same for one that isn't resident: an SPI; if it is a simple case, an SGI or a doorbell's. It
 * lies in its list registers in memory from then on, or waits. */
void vgic_noted(struct vcpu *vcpu, uint32_t intid);
bool vgic_noted_sgi(struct vcpu *vcpu);
bool vgic_noted_pulse(struct vcpu *vcpu, uint32_t intid);

/* It is resident again, and something waits for its list registers; or it was hushed, and heeds
 * again what comes. */
void vgic_returned(struct vcpu *vcpu);

/*
 * Unless it waits, or isn't as urgent as an interrupt makes it, nothing that comes for it changes
 * anything until it runs: of SGIs, and of what it is to look at, nobody tells its core any more. So
 * a vCPU that is sent them without end takes nothing from others there. Until vgic_returned(): it
 * is about to run, or to end. One that waits isn't told of those SGIs that are latched already, as
 * they can't be delivered: another one makes no difference, unless that has changed meanwhile, and
 * then what came of them is seen here.
 */
void vgic_hush(struct vcpu *vcpu);

/* The same at a core that the vCPU which it is routed to isn't on: it is brought there. */
void vgic_strayed(struct vcpu *to, uint32_t intid);

/* A vCPU, whose GIC state is saved, goes to a core of this affinity: its interrupts follow it, in
 * steps. */
void vgic_move(struct vcpu *vcpu, uint64_t affinity);

/* The maintenance interrupt: list registers are to be refilled or sampled again. */
void vgic_maintain(struct vcpu *vcpu);

/* The words by which others reach this vCPU changed; it may be off. */
void vgic_asked(struct vcpu *vcpu);

/* The guest wrote ICC_DIR_EL1 while that traps. */
void vgic_deactivate(struct vcpu *vcpu, uint32_t intid);

/* A wired interrupt's line changed; any core of the partition. */
void vgic_set_line(struct partition *partition, uint32_t intid, bool level);

/*
 * A doorbell's interrupt, an event without a line; on the partition's home core, which took the
 * message. What a vCPU can't have at once is pending until one takes it, behind what is taken
 * already; until then the doorbell is left (mail_leave()).
 */
void vgic_pulse(struct partition *partition, uint32_t intid);

/* A write of ICC_SGI1R_EL1 (group 1) or ICC_SGI0R_EL1 (group 0) by the vCPU. */
void vgic_send_sgi(struct vcpu *vcpu, uint64_t value, bool group1);

/*
 * Registers, by offset from gicd_ipa and gicr_ipa. Size is 1, 2, 4 or 8. False: another core has to
 * do its part first; the access is to be executed again, from its beginning.
 */
bool vgic_dist_read(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value);
bool vgic_dist_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value);
bool vgic_redist_read(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value);
bool vgic_redist_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value);

/* Is anything pending for it that its interface would deliver: may it sleep? */
bool vgic_cpu_pending(const struct vcpu *vcpu);

#endif
