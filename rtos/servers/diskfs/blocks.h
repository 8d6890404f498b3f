/* The disk that the manifest gives the server, by the port "block" (proto/block.h). */
#ifndef DISKFS_BLOCKS_H
#define DISKFS_BLOCKS_H

#include "disk.h"

/* What is wrong; NULL: nothing. Requests of an earlier life of this server are over then. */
const char *blocks_open(struct disk *disk);

#endif
