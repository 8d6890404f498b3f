/*
 * Segments of one stream that follow each other become one: lwIP's work for each is more than a
 * copy of its bytes. Only what loses nothing is merged: whole segments whose sums are right,
 * without options, with contents, of the same connection and in order. What lwIP sees is a segment
 * that one sender could have sent. No system call is in it.
 */
#ifndef NET_MERGE_H
#define NET_MERGE_H

#include <lwip/pbuf.h>
#include <stdbool.h>

/* Keeps a frame (behind NIC_PAD; its sums were right) for a merge, instead of handing it to lwIP.
 * `give` gets what was kept before, if the frame doesn't continue that. False: the frame can't be
 * merged, and nothing is kept now. */
bool merge_keep(struct pbuf *frame, void (*give)(struct pbuf *frame));
/* Gives what is kept. */
void merge_give(void (*give)(struct pbuf *frame));

#endif
