/*
 * A watcher's mend of the partition that it watches (docs/watching.md), between the frame and that
 * partition's loader. The watcher's changes lie in the partition's struct mend_box, which the
 * loader reads. The changes stay as they are until the answer is there, so they are the mend's
 * journal, too: if the loader fails, its next run makes the mend whole. The loader answers with
 * SERVICE_DONE what the watcher reads from WATCH_MEND.
 */
#ifndef KUMIKI_MEND_H
#define KUMIKI_MEND_H

#include <kumiki/bundle.h>
#include <kumiki/watch.h>

/* Written by the watcher's core while no mend goes on, but for the last two. */
struct mend_box {
	struct watch_change change[WATCH_CHANGES];
	uint32_t asked; /* mends, ever; atomically, behind all else */
	uint32_t count; /* changes of the last one */
	/* Written by the home core of the watched partition; the answer to what that core isn't
	 * asked, by the watcher's core. */
	uint32_t answer;
	uint32_t answered; /* equal to `asked`: the answer is there; atomically */

	uint32_t guard; /* enum watch_guard */
	/* Of a guarded partition: its watcher's first memory, where tables of sites may lie. */
	uint64_t table_ipa, table_pa, table_size;
	/* By the index of the partition's vCPUs. Each is written by its vCPU's core, but for the
	 * watcher's words. */
	struct watch_fault fault[BUNDLE_PARTITION_VCPUS_MAX];
};

/* What a mend may change of a vCPU's registers. The vCPU's core lays them down as the vCPU comes to
 * stand, and takes them up as it goes on; the loader changes them in between. */
struct mend_registers {
	uint64_t vbar, sctlr;
};

/* What the console service says of mends. Written by the same home core. */
struct mend_log {
	uint32_t mends; /* that were done, ever; written last */
	uint32_t words; /* that they changed */
};

#endif
