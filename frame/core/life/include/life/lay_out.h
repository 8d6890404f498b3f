/* What a partition's life asks of its memory, its devices and its loader; on its home core. */
#ifndef LIFE_LAY_OUT_H
#define LIFE_LAY_OUT_H

#include <frame/types.h>

struct partition;

/* Makes everything as after reset; then starts the loader. `again`: for a further life, before
 * which the loader wipes memory, too. On its home core. */
void partition_reset(struct partition *partition, bool again);
void partition_load(struct partition *partition, bool again);

/* Has the loader look at the partition as it ended: its vCPUs stand still. On its home core. */
void partition_examine(struct partition *partition);

/* Has the loader silence the partition's devices: it has ended, or stands still. False: it has no
 * such devices. */
bool partition_silence(struct partition *partition);

/* Has the loader, which has nothing else to do, look at the debug box. On its home core. */
void partition_debug(struct partition *partition);

/* Ends the loader where it is. */
void partition_unload(struct partition *partition);

/* Starts the first vCPU, on the core that it is on. */
void partition_run(struct partition *partition);

#endif
