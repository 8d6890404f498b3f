/* What a partition's life asks of its memory, its devices and its loader; on its home core. */
#ifndef LIFE_LAY_OUT_H
#define LIFE_LAY_OUT_H

#include <frame/types.h>

struct partition;

/* Everything as after reset; then the loader is at work; `again`: it wipes, too. On its home core.
 */
void partition_reset(struct partition *partition, bool again);
void partition_load(struct partition *partition, bool again);

/* The loader looks where it was when it ended: its vCPUs stand still. On its home core. */
void partition_examine(struct partition *partition);

/* The loader silences its devices: it ended, or stands still. False: it has none of that kind. */
bool partition_silence(struct partition *partition);

/* The loader looks at the debug box: it has nothing else to do. On its home core. */
void partition_debug(struct partition *partition);

/* Ends the loader where it is. */
void partition_unload(struct partition *partition);

/* Its first vCPU starts, on the core that it is on. */
void partition_run(struct partition *partition);

#endif
