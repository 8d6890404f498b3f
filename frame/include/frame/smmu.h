/*
 * The board's SMMU (SMMUv3, Arm IHI 0070), as the frame drives it: registers at LAYOUT_SMMU, tables
 * and queues in the memory at LAYOUT_SMMU_MEMORY. frame/dev/smmuv3.c is behind it, smmuv3_start.c
 * behind what only the start needs. Whose a stream is, and when it may be open, core/dma.c decides.
 *
 * Any core may change streams, one at a time: smmu_take(). Events and errors are the console's
 * core's.
 */
#ifndef FRAME_SMMU_H
#define FRAME_SMMU_H

#include <frame/types.h>
#include <kumiki/bundle.h>

struct stage2;

#define SMMU_COMMANDS 256u /* powers of two */
#define SMMU_EVENTS   128u

/* What the SMMU reads and writes, and what those who drive it share. */
struct smmu_memory {
	uint64_t stream[BUNDLE_STREAMS][8]; /* the table of streams: first, it is aligned */
	uint64_t command[SMMU_COMMANDS][2];
	uint64_t event[SMMU_EVENTS][4];
	uint64_t context[BUNDLE_PARTITIONS_MAX][8]; /* stage-1 contexts */
	uint32_t taken;                             /* by who has the command queue; atomically */
	uint32_t produced;                          /* CMDQ_PROD */
};
#define smmu_own ((struct smmu_memory *)LAYOUT_SMMU_MEMORY)

/* How a partition's streams are opened, and what is cached of them forgotten: made at start. */
struct smmu_domain {
	uint64_t open;   /* first word of its streams' entries while they are open */
	uint64_t forget; /* the command */
};

enum smmu_event_kind {
	SMMU_NOT_MAPPED, /* there is nothing for it at this address */
	SMMU_NOT_ALLOWED,
	SMMU_BROKEN, /* the tables or the SMMU itself: nobody's access should find this */
};

struct smmu_event {
	enum smmu_event_kind kind;
	uint32_t stream;
	uint64_t address; /* as the device said it */
	bool write;
};

/* The command queue. False: another core has it; come again. */
bool smmu_take(void);
void smmu_give(void);

/* For who has it; what a stream did by its old entry is over when smmu_done() says so. */
void smmu_open(uint32_t stream, const struct smmu_domain *domain);
void smmu_close(uint32_t stream);

/* Nothing of the domain stays cached, and a mark behind all of this: for smmu_done(). */
uint32_t smmu_finish(const struct smmu_domain *domain);

/* By anybody, as often as it takes: everything up to the mark is done. */
bool smmu_done(uint32_t mark);

/* The next refused access; false: there is none. */
bool smmu_next_event(struct smmu_event *event);

/* The interrupt of global errors: 0, or why the SMMU can't be relied on any more. */
const char *smmu_error(void);

/* Lets what else has gone wrong (lost events) be told again. */
void smmu_acknowledge(void);

/* ---- the start, while physical memory lies where it is ---- */

/* Why the frame can't work with the SMMU at this address; 0: it can. */
const char *smmu_unfit(va_t base);

/* It translates by tables of stage 2; else by those of stage 1. */
bool smmu_has_stage2(va_t base);

/* Every stream refused, all of this machine's DMA behind it from now on; `memory` is zero. */
void smmu_init(va_t base, struct smmu_memory *memory);

/* The partition's context and domain, and the entry of one of its streams, closed still. */
void smmu_init_domain(va_t base, struct smmu_memory *memory, uint32_t partition,
                      const struct stage2 *tables, struct smmu_domain *domain);
void smmu_init_stream(va_t base, struct smmu_memory *memory, uint32_t stream,
                      const struct stage2 *tables);

#endif
