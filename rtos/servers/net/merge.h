/*
 * Merges segments of one stream that follow each other into one: lwIP's work for each segment is
 * more than a copy of its bytes. Only segments whose merging loses nothing are merged: whole
 * segments with right sums and with contents, without options, of the same connection and in order.
 * lwIP sees a segment that one sender could have sent. No system call is in here.
 */
#ifndef NET_MERGE_H
#define NET_MERGE_H

#include <lwip/pbuf.h>
#include <stdbool.h>

/* Keeps a frame (behind NIC_PAD; its sums were right) to merge it, instead of giving it to lwIP. If
 * the frame doesn't continue what is kept, `give` gets that first. False: the frame can't be
 * merged, and nothing is kept now. */
bool merge_keep(struct pbuf *frame, void (*give)(struct pbuf *frame));
/* Gives the frame that is kept, if there is one. */
void merge_give(void (*give)(struct pbuf *frame));

#endif
