/*
 * What a watcher reads of the partition that it watches (docs/watching.md): a page of registers,
 * each of 64 bits. Other widths, and registers that aren't listed, read 0. Part of the contract
 * with guests.
 */
/* SPDX-License-Identifier: MIT-0 */
#ifndef KUMIKI_WATCH_H
#define KUMIKI_WATCH_H

#include <stdint.h>

/* Write, any value: if the partition runs, each vCPU that is on writes its record anew, soon. */
#define WATCH_ASK 0x000u
/* Read: the partition's state (enum life_state), the number of its starts, its number of vCPUs. */
#define WATCH_STATE  0x000u
#define WATCH_STARTS 0x008u
#define WATCH_VCPUS  0x010u
/*
 * For a partition with kumiki,mends. Write: a number of changes, from 1 on: the watched partition's
 * memory gets the first so many of them, or none. Read: what came of that: enum watch_mended in
 * bits 7:0. In 15:8 is the index of the change that it is about; with WATCH_MEND_DONE the number of
 * words that have other values now.
 */
#define WATCH_MEND 0x018u
/*
 * For a partition that manages the watched one (kumiki,manages). Write, any value: if the watched
 * partition runs, it is restarted. Read: 1 if that is so; else 0.
 */
#define WATCH_RESTART 0x020u
/* Read: how many deadlines the partition's vCPUs have missed, ever. */
#define WATCH_MISSES 0x030u
/* Read: a struct watch_record. */
#define WATCH_RECORD(vcpu) (0x100u + (vcpu)*WATCH_RECORD_SIZE)
#define WATCH_RECORD_SIZE  64u

/* Read: enum watch_guard. */
#define WATCH_GUARD 0x028u
/* For a partition with kumiki,prevents. Read: a struct watch_fault. Write: its last eight words. */
#define WATCH_FAULT(vcpu) (0x400u + (vcpu)*WATCH_FAULT_SIZE)
#define WATCH_FAULT_SIZE  128u

/* Write: a struct watch_change, word by word. While a mend is going on, nothing is written. */
#define WATCH_CHANGE(index) (0x800u + (index)*WATCH_CHANGE_SIZE)
#define WATCH_CHANGE_SIZE   32u
#define WATCH_CHANGES       64u

/* A vCPU's registers as they were when it was asked. */
struct watch_record {
	uint64_t changes; /* odd: it is being written; 0: never. The same before and after reading
	                   * the others: they belong together */
	uint64_t ttbr1, tcr, vbar, sctlr, sp_el0; /* of EL1 */
	uint64_t reserved[2];
};
_Static_assert(sizeof(struct watch_record) == WATCH_RECORD_SIZE, "guests rely on it");

/* A change of 8 bytes, or a look at them if `value` is `expected`. No bit that a mend changes is in
 * two of its changes. */
struct watch_change {
	/* The watched partition's own, a multiple of 8; or WATCH_VBAR, WATCH_SCTLR. */
	uint64_t address;
	uint64_t mask; /* the bits that it is about */
	uint64_t expected, value;
};
_Static_assert(sizeof(struct watch_change) == WATCH_CHANGE_SIZE, "guests rely on it");

/* In place of an address: VBAR_EL1, SCTLR_EL1 of a vCPU that is on. */
#define WATCH_VBAR(vcpu)  ((vcpu)*8ull + 1)
#define WATCH_SCTLR(vcpu) ((vcpu)*8ull + 2)

enum watch_guard {
	WATCH_GUARD_NOTHING = 0, /* the partition has no kumiki,prevents */
	WATCH_GUARD_CANT = 1,    /* the CPU can't tell EL0 from EL1 (FEAT_XNX) */
	WATCH_GUARD_PAGES = 2,   /* each page of the watched partition's memory has rights */
};

/* What a vCPU of a guarded partition may not do by the rights of a page. It executes the
 * instruction again and again, and takes its interrupts, until there is an answer. */
struct watch_fault {
	uint64_t changes;  /* odd: it is being written, or an allowed store is carried out; the same
	                    * before and after reading the others: they belong together */
	uint64_t syndrome; /* as in ESR_EL2; 0: the answer was taken */
	uint64_t address;  /* the partition's own physical one */
	uint64_t at;       /* the virtual one */
	uint64_t pc, pstate;
	uint64_t value; /* of a store of 32 bits whose syndrome is valid */
	uint64_t since; /* counter */
	/* Of the first vCPU: not 0: a fault at EL1 without an answer for WATCH_FAULT_MS is
	 * refused. 0: it waits. The partition's start clears it. */
	uint64_t refuses;
	/* Of the first vCPU: these pages of the partition aren't written for it by channels,
	 * either: how many in 63:36, the first one's number in 35:8. The partition's start clears
	 * it. */
	uint64_t fixed;
	/* Of the first vCPU: where the watched kernel's text begins, a page's address; and the
	 * table of its own changes (below). The partition's start clears the second. */
	uint64_t text, sites;
	uint64_t note[2]; /* the watcher's own words, which outlive it */
	/* Written by the watcher; nothing else is, but for these five. An answer is `changes` in
	 * 63:8, enum watch_verdict in 7:0. 0 takes it back: if `changes` is even then, no store
	 * follows. */
	uint64_t answer;
	/* First these pages have other rights: how many in 63:36, the first one's number in 35:8,
	 * enum watch_rights in 7:0, or-ed with WATCH_RIGHT_DEVICES or not. Without a fault a vCPU
	 * changes them when it writes its record. The last pages come first; 63:36 is how many are
	 * left. */
	uint64_t allow;
};
_Static_assert(sizeof(struct watch_fault) == WATCH_FAULT_SIZE, "guests rely on it");

enum watch_verdict {
	WATCH_FAULT_AGAIN = 1, /* the rights are others: it executes the instruction again */
	WATCH_FAULT_STORE = 2, /* a store of 32 bits is carried out; the rights stay as they are */
	/* It gets a permission fault, if it is at EL1 and accesses data at an upper address; else
	 * an external abort. So it does, at EL1, without an answer (`refuses`). */
	WATCH_FAULT_REFUSE = 3,
	WATCH_FAULT_SKIP = 4, /* it goes on behind the instruction, and nothing is stored */
};
#define WATCH_FAULT_MS 1000

/* The table has a word for each word of so many pages of text: a store there of this word, or of a
 * NOP, is carried out without a question; where it has 0, no store is. `sites` is the number of
 * pages, and the table's address, a multiple of a page, in the watcher's own first memory. */
#define WATCH_SITES_NOP 0xd503201fu

#define WATCH_ALLOW_PAGE  8
#define WATCH_ALLOW_PAGES 36
#define WATCH_ALLOW_MASK  0xfffffffu /* of each of the two */

enum watch_rights {
	WATCH_RIGHT_ALL = 0, /* read, write, execute */
	WATCH_RIGHT_START =
	    1, /* read, write; EL1 executes; what all pages have at the machine's start */
	WATCH_RIGHT_DATA = 2,     /* read, write; EL0 executes */
	WATCH_RIGHT_CODE = 3,     /* read; EL1 executes */
	WATCH_RIGHT_CONSTANT = 4, /* read; EL0 executes */
	WATCH_RIGHTS,
};
/* The partition's devices, too, may write such pages where it may, or only read them. */
#define WATCH_RIGHT_DEVICES 0x80u

enum watch_mended {
	WATCH_MEND_NOTHING = 0, /* the partition has no kumiki,mends */
	WATCH_MEND_READY = 1,   /* nothing was asked yet */
	WATCH_MEND_ASKED = 2,   /* the answer comes soon */
	WATCH_MEND_DONE = 3,
	WATCH_MEND_DIFFERS = 4, /* this change doesn't find what it expects; nothing was changed */
	/* Nothing was changed: this change is nowhere in the partition's memory and registers, or
	 * the number of changes is wrong. */
	WATCH_MEND_WRONG = 5,
	/* Nothing was changed: the partition doesn't run, or a debugger has it. */
	WATCH_MEND_REFUSED = 6,
	WATCH_MEND_LATE = 7,   /* nothing was changed: not all vCPUs stood still in time */
	WATCH_MEND_FAILED = 8, /* an error of Kumiki's own; some words may be changed */
};

#endif
