/*
 * Disks between partitions: what the provider of a disk and the brokers of its channel send each
 * other (docs/channels.md). The provider's end is a virtio console (device 3, virtio-mmio, modern)
 * whose bytes are records, in both directions; all numbers are little-endian.
 *
 * A record is a struct disk_record and, where it has data, so many bytes behind it. To the provider
 * a record begins with a chain of the receive queue (queue 0) of its own: it fills one chain after
 * the other, and the last one in part. So a provider whose chains take DISK_RECORD_MOST bytes has
 * each record in one chain; it may have the header and the data in two pieces. From the provider a
 * record is one chain of the send queue (queue 1): Linux makes one of each write() of up to 32 KiB.
 *
 * A driver that accepts VIRTIO_CONSOLE_F_MULTIPORT (Linux) has one port, port 0, whose name is that
 * of the channel; the provider is there while the port is open. For a driver that doesn't accept
 * it, the provider is there from DRIVER_OK on; it needs no other queue than 0 and 1.
 *
 * - First the provider sends DISK_HELLO. The broker answers DISK_HELLO, too, and a session begins:
 *   its number is in each record of the session, in both directions. A further DISK_HELLO begins a
 *   new session.
 * - The provider answers each request once, in any order, with the request's tag and session. What
 *   it answers otherwise is dropped and counted.
 * - A write is answered when the medium has it: the end of the provider's whole partition mustn't
 *   lose it. A flush covers all writes that were answered before the flush came.
 * - No request comes while an older one that it overlaps isn't answered, if one of both changes
 *   something.
 * - Requests without an answer come again in the next session, with other tags. So before
 *   DISK_HELLO nothing of an earlier session may be on its way to the medium any more.
 */
#ifndef KUMIKI_DISK_H
#define KUMIKI_DISK_H

#include <stdint.h>

#define DISK_MAGIC      0x6b73644bu /* "Kdsk" */
#define DISK_REVISION   2
#define DISK_SECTOR     512u
#define DISK_DATA_MOST  (56 * DISK_SECTOR)   /* of a record */
#define DISK_RANGE_MOST (8192 * DISK_SECTOR) /* of a request that has no data */

enum disk_operation {
	DISK_HELLO = 0,
	DISK_READ = 1,  /* the answer has the data */
	DISK_WRITE = 2, /* the request has the data */
	DISK_FLUSH = 3,
	/* Without data, of up to DISK_RANGE_MOST bytes: nobody needs what is there, and a provider
	 * may do nothing; and what is read there from now on is 0. */
	DISK_DISCARD = 4,
	DISK_ZEROES = 5,
};

enum disk_status {
	DISK_OK = 0,
	DISK_FAILED = 1,  /* the medium failed, or the request is wrong: an I/O error */
	DISK_REFUSED = 2, /* of DISK_HELLO alone: another revision, or a smaller disk than before */
};

/* In the provider's DISK_HELLO. */
enum disk_flag {
	DISK_READ_ONLY = 1u << 0, /* it takes no writes */
};

struct disk_record {
	uint32_t magic;     /* DISK_MAGIC */
	uint32_t session;   /* of the provider's DISK_HELLO 0 */
	uint64_t tag;       /* of a request and its answer; of DISK_HELLO DISK_REVISION */
	uint16_t operation; /* enum disk_operation; in an answer the request's */
	uint16_t status;    /* enum disk_status, of an answer; else 0 */
	/* Bytes of the request: whole sectors, at most DISK_DATA_MOST if it reads or writes. Of an
	 * answer: bytes that follow. Of the provider's DISK_HELLO: enum disk_flag. */
	uint32_t size;
	uint64_t sector; /* the first one; of DISK_HELLO, both ways: how many sectors there are */
};
#define DISK_RECORD_MOST (sizeof(struct disk_record) + DISK_DATA_MOST)
_Static_assert(sizeof(struct disk_record) == 32, "it is what both sides have");
_Static_assert(DISK_RECORD_MOST <= 32 * 1024, "Linux's driver takes so much in one write");

#endif
