/*
 * The board's SMMU (SMMUv3, Arm IHI 0070), as the frame drives it: registers at LAYOUT_SMMU, tables
 * and queues in the memory at LAYOUT_SMMU_MEMORY. frame/dev/smmuv3.c is the driver; smmuv3_start.c
 * has what only the start needs. core/dma/dma.c decides when a stream may be open.
 *
 * Any core may change streams, but only one at a time: smmu_take(). Only the console's core reads
 * events and errors.
 */
#ifndef FRAME_SMMU_H
#define FRAME_SMMU_H

#include <frame/types.h>
#include <kumiki/bundle.h>

struct stage2;

#define SMMU_COMMANDS 256u /* powers of two */
#define SMMU_EVENTS   128u

/* What the SMMU reads and writes, and what the cores that drive it share. */
struct smmu_memory {
	uint64_t stream[BUNDLE_STREAMS][8]; /* the table of streams; first, as it is aligned */
	uint64_t command[SMMU_COMMANDS][2];
	uint64_t event[SMMU_EVENTS][4];
	uint64_t context[BUNDLE_PARTITIONS_MAX][8]; /* stage-1 contexts */
	uint32_t taken;    /* nonzero: a core has the command queue; atomically */
	uint32_t produced; /* CMDQ_PROD */
};
#define smmu_own ((struct smmu_memory *)LAYOUT_SMMU_MEMORY)

/* How a partition's streams are opened, and how the SMMU forgets what it has cached of them. Made
 * at start. */
struct smmu_domain {
	uint64_t open;   /* first word of its streams' entries while they are open */
	uint64_t forget; /* the command by which the SMMU forgets */
};

enum smmu_event_kind {
	SMMU_NOT_MAPPED, /* the device has nothing at this address */
	SMMU_NOT_ALLOWED,
	SMMU_BROKEN, /* an error of the tables or of the SMMU itself, which no access should find */
};

struct smmu_event {
	enum smmu_event_kind kind;
	uint32_t stream;
	uint64_t address; /* as the device uses it */
	bool write;
};

/* Take and give back the command queue. False: another core has it, and the caller tries again
 * later. */
bool smmu_take(void);
void smmu_give(void);

/* For the core that has the queue. A stream's accesses by its old entry are over when smmu_done()
 * says so. */
void smmu_open(uint32_t stream, const struct smmu_domain *domain);
void smmu_close(uint32_t stream);

/* Has the SMMU forget all that it has cached of the domain. Returns a mark behind all commands
 * until now, for smmu_done(). */
uint32_t smmu_finish(const struct smmu_domain *domain);

/* True: everything up to the mark is done. Any core may ask this, again and again. */
bool smmu_done(uint32_t mark);

/* Takes the next record of a refused access. False: there is none. */
bool smmu_next_event(struct smmu_event *event);

/* For the interrupt of global errors: returns why the SMMU can't be relied on any more; 0: it can.
 */
const char *smmu_error(void);

/* Lets the SMMU report other errors (lost events) again. */
void smmu_acknowledge(void);

/* ---- the start, while memory is mapped at its physical addresses ---- */

/* Returns why the frame can't work with the SMMU at this address; 0: it can. */
const char *smmu_unfit(va_t base);

/* True: the SMMU translates by tables of stage 2; otherwise by those of stage 1. */
bool smmu_has_stage2(va_t base);

/* Sets up the SMMU so that it refuses every stream. `memory` is zero before. */
void smmu_init(va_t base, struct smmu_memory *memory);

/* smmu_init_domain() makes a partition's context and domain; smmu_init_stream() the entry of one of
 * its streams, which stays closed. */
void smmu_init_domain(va_t base, struct smmu_memory *memory, uint32_t partition,
                      const struct stage2 *tables, struct smmu_domain *domain);
void smmu_init_stream(va_t base, struct smmu_memory *memory, uint32_t stream,
                      const struct stage2 *tables);

#endif
