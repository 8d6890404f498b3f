/* The disk that the manifest gives the server, by the port "block" (proto/block.h). */
#ifndef DISKFS_BLOCKS_H
#define DISKFS_BLOCKS_H

#include "disk.h"

/* Opens the disk. Returns NULL, or what is wrong. Requests of this server's earlier life are over
 * then. */
const char *blocks_open(struct disk *disk);

/* The file system is mounted: from now on the disk's answers are no heartbeats. */
void blocks_mounted(void);

#endif
