/* What a partition's life asks of the partition's memory, its devices and its loader; on its home
 * core. */
#ifndef LIFE_LAY_OUT_H
#define LIFE_LAY_OUT_H

#include <frame/types.h>
#include <kumiki/service.h>

struct partition;

/* partition_reset() makes everything as after reset. partition_load() starts the loader. `again`:
 * this is a further life, before which the loader wipes memory, too. */
void partition_reset(struct partition *partition, bool again);
void partition_load(struct partition *partition, bool again);

/* Has the loader examine the partition, which has ended. Its vCPUs stand still. */
void partition_examine(struct partition *partition);

/* The partition has ended: has the loader silence its devices. False: it has no devices to silence.
 */
bool partition_silence(struct partition *partition);

/* Has the loader, which has nothing else to do, look at the debug box. */
void partition_debug(struct partition *partition);

/* Has the loader make a watcher's changes: LOADER_MEND or LOADER_MEND_AGAIN. */
void partition_mend(struct partition *partition, enum loader_task task);

/* Ends the loader where it is. */
void partition_unload(struct partition *partition);

/* Starts the first vCPU, on the core that it is on. */
void partition_run(struct partition *partition);

#endif
