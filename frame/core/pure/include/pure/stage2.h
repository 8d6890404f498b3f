/*
 * Stage 2 of one partition or service: the tables by which the hardware turns its guest-physical
 * addresses into physical ones. 4 KiB granule, 39 bits, start at level 1: a root page of 512
 * entries of 1 GiB each. Blocks of 1 GiB and 2 MiB where both addresses allow, pages elsewhere. The
 * start of partitions and services calls this: one caller at a time for one `struct stage2` and its
 * pool (the walkers on other cores may run meanwhile).
 *
 * Each call checks everything first and then commits in steps that cannot fail. stage2.c has the
 * order of the steps, docs/inside/ownership.md the formats.
 */
#ifndef PURE_STAGE2_H
#define PURE_STAGE2_H

#include <frame/types.h>

#define STAGE2_IPA_BITS 39
#define STAGE2_IPA_SIZE ((uint64_t)1 << STAGE2_IPA_BITS)
#define STAGE2_PA_SIZE  ((uint64_t)1 << 48)

/* Pages for tables: a fixed run of memory, taken from its beginning on. */
struct page_pool {
	uint8_t *base; /* where the frame maps it, page-aligned */
	pa_t base_pa;
	uint32_t count; /* pages in all */
	uint32_t used;  /* pages that are tables now */
};

struct stage2 {
	uint64_t *root;
	pa_t root_pa;
	struct page_pool *pool;
	uint16_t vmid;
	bool guarded; /* its memory is RAM in pages, or of the kinds from STAGE2_RAM_EL1 on */
};

enum stage2_kind {
	STAGE2_NOTHING = 0,           /* a lookup's answer: not mapped */
	STAGE2_RAM = 1,               /* normal memory: read, write, execute */
	STAGE2_TEXT = 2,              /* normal memory: read, execute */
	STAGE2_DATA = 3,              /* normal memory: read, write */
	STAGE2_CONSTANT = 4,          /* normal memory: read */
	STAGE2_DEVICE = 5,            /* Device-nGnRE: read, write */
	STAGE2_UNCACHED = 6,          /* normal memory, non-cacheable: read, write */
	STAGE2_UNCACHED_CONSTANT = 7, /* normal memory, non-cacheable: read */
	/* For tables that only an SMMU uses, as a stage 1: normal memory, read and write. */
	STAGE2_DMA = 8,
	/* For memory of a guarded partition (kumiki/watch.h), always in pages: normal memory that
	 * one exception level alone may execute (needs FEAT_XNX). */
	STAGE2_RAM_EL1 = 9,       /* read, write, EL1 executes */
	STAGE2_RAM_EL0 = 10,      /* read, write, EL0 executes */
	STAGE2_TEXT_EL1 = 11,     /* read, EL1 executes */
	STAGE2_CONSTANT_EL0 = 12, /* read, EL0 executes */
	/* For the same tables as STAGE2_DMA, always in pages: normal memory, read only. */
	STAGE2_DMA_CONSTANT = 13,
	/* For the same tables: Device-nGnRE, read and write. */
	STAGE2_DMA_DEVICE = 14,
};

enum stage2_status {
	STAGE2_OK = 0,
	STAGE2_UNALIGNED,    /* an address or the size is no multiple of 4 KiB, or the size is 0 */
	STAGE2_OUT_OF_RANGE, /* beyond 39 bits guest-physical, 48 bits physical */
	STAGE2_BAD_KIND,
	STAGE2_OCCUPIED, /* something in the range is mapped already */
	STAGE2_NO_PAGES, /* the pool can't give the tables that this needs */
};

struct stage2_place {
	pa_t pa; /* of the address that was asked for */
	enum stage2_kind kind;
};

void page_pool_init(struct page_pool *pool, void *base, pa_t base_pa, uint32_t count);

/* Makes an empty stage 2. Takes one page (or returns STAGE2_NO_PAGES). */
enum stage2_status stage2_init(struct stage2 *s2, struct page_pool *pool, uint16_t vmid);

/* Maps [ipa, ipa + size) to [pa, pa + size). The tables may be in use; the call ends with the
 * barrier that makes the mapping usable. */
enum stage2_status stage2_map(struct stage2 *s2, ipa_t ipa, pa_t pa, uint64_t size,
                              enum stage2_kind kind);

struct stage2_place stage2_lookup(const struct stage2 *s2, ipa_t ipa);

/* Returns how many tables, at most, this range can need, without the root. The sum over a
 * partition's regions gives the size of its pool. */
uint32_t stage2_tables_for(ipa_t ipa, pa_t pa, uint64_t size, enum stage2_kind kind);

/* True: memory of a partition, or of its functions; false: a window or a device, for example. */
bool stage2_is_ram(enum stage2_kind kind);

/* Gives pages of a guarded partition's memory other rights: STAGE2_RAM, or a kind from STAGE2_DMA
 * on. What isn't memory in pages stays as it is. The caller invalidates translations by the old
 * rights. Cores may call it at the same time. */
void stage2_allow(struct stage2 *s2, ipa_t ipa, uint32_t pages, enum stage2_kind kind);

/* True: these pages have such rights; for the same pages and kinds. */
bool stage2_allows(const struct stage2 *s2, ipa_t ipa, uint32_t pages, enum stage2_kind kind);

/* Returns the value of VTTBR_EL2 for the tables. */
static inline uint64_t stage2_vttbr(const struct stage2 *s2)
{
	return s2->root_pa.at | (uint64_t)s2->vmid << 48;
}

/* Returns the value of VTCR_EL2 for a core with this ID_AA64MMFR0_EL1.PARange. */
uint64_t stage2_vtcr(uint64_t pa_range);

#endif
