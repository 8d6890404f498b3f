/*
 * Channels: what the frame, the brokers of a channel and the console share (docs/channels.md). Each
 * end has a broker, a service context that works for the end's partition. All brokers of a channel
 * write the channel's memory, which survives each of them.
 */
#ifndef KUMIKI_CHANNEL_H
#define KUMIKI_CHANNEL_H

#include <kumiki/bundle.h>
#include <kumiki/report.h>
#include <stdint.h>

/* ---- frame to brokers: a page of each channel, read-only for them ---- */

struct channel_told {
	/* Of each end: the number of its partition's present life. 0: the partition doesn't run,
	 * and no broker touches its memory. */
	uint32_t life[BUNDLE_CHANNEL_ENDS_MAX];
};

/* ---- the channel's memory ---- */

#define CHANNEL_QUEUE_MOST 256 /* entries */
enum channel_queue_number {
	CHANNEL_RECEIVE,
	CHANNEL_SEND,
	CHANNEL_CONTROL_RECEIVE, /* of a disk's provider: messages of its console's ports */
	CHANNEL_CONTROL_SEND,
	CHANNEL_QUEUES,
	CHANNEL_REQUESTS = CHANNEL_RECEIVE, /* of a disk's user: its only queue */
};

struct channel_queue {
	uint64_t descriptors, driver, device; /* the guest's addresses */
	uint32_t size;
	uint32_t ready;
	uint16_t next; /* of the driver's ring: the next entry to be taken */
	uint16_t used; /* of the device's ring: the next entry to be written */
	uint16_t seen; /* of a receive queue: the driver's index when buffers were last too few */
	uint16_t reserved;
};

/*
 * What was sent is in its receiver's buffers, and they are to be given back: entries from `used`
 * on, then the index. Written before the first of these stores. Whoever has the receiver's queue
 * carries it out, and may do so again.
 */
#define CHANNEL_BUFFERS_MOST 48
struct channel_delivery {
	uint32_t open; /* 1: all of the following is valid, and isn't carried out yet */
	uint16_t from; /* the sender's place */
	uint16_t count;
	uint16_t used, next; /* of the queue, before it */
	uint32_t reserved;
	uint64_t number; /* of the chain, as its sender counts: channel_sending */
	/* Channel_sending's behind it; a disk's: DISK_TAKEN of the request. */
	uint64_t taken;
	struct {
		uint32_t id, length;
	} buffer[CHANNEL_BUFFERS_MOST];
};

/* A large TCP segment goes to a receiver as several frames. Until the last one, `taken` says which
 * receiver that is, and how many it has. */
#define CHANNEL_MORE                 (1ULL << 63)
#define CHANNEL_FRAMES(place, count) (CHANNEL_MORE | (uint64_t)(place) << 32 | (count))

/* What its sender keeps of the chain that it sends: a frame, bytes of a console, an answer of a
 * disk's provider. */
struct channel_sending {
	uint64_t number; /* grows with each chain */
	uint64_t taken;  /* so many bytes of a console's chain the other end has; CHANNEL_FRAMES */
	uint32_t done;   /* ends that have it, or for which it was dropped: a bit each */
	uint32_t close;  /* 1: it is to be given back to its driver */
	uint32_t id;
	uint16_t used, next; /* of the queue, before that */
	uint32_t charged;    /* 1: its end was charged for it: rate.h */
	uint32_t reserved;
};

/* Of frames; of a console CHANNEL_SENT and CHANNEL_RECEIVED are of bytes, of a disk of requests and
 * answers. */
enum channel_counter {
	CHANNEL_SENT,
	CHANNEL_RECEIVED,
	CHANNEL_REPLAYED, /* deliveries that another run of a broker had begun */
	/* Frames that were dropped, and why. */
	CHANNEL_AWAY,      /* the receiver isn't there */
	CHANNEL_NO_BUFFER, /* it has no buffer */
	CHANNEL_TOO_LONG,  /* its buffers are too small */
	CHANNEL_BAD,       /* it broke the rules of its ring */
	CHANNEL_SHORT,     /* what is sent is no frame, or no bytes */
	/* Of a disk. */
	CHANNEL_WRONG,  /* the provider's answers that fit no request */
	CHANNEL_FAILED, /* requests that their provider didn't survive again and again */
	CHANNEL_LATE,   /* requests that waited as long as the description allows */
	CHANNEL_COUNTERS,
};

/* Of an end's status, as virtio has them. */
#define CHANNEL_STATUS_DRIVEN 4u
#define CHANNEL_STATUS_BROKEN 64u

/* An end, as its device stands. */
struct channel_end {
	uint32_t life; /* the life of its partition that this is about */
	uint32_t status;
	uint32_t offered_word, accepted_word, queue_selected;
	uint32_t starved;  /* the ends whose brokers wait until this one has buffers, a bit each */
	uint64_t features; /* accepted */
	struct channel_queue queue[CHANNEL_QUEUES];
	/* The place + 1 of the end whose broker has the receive queue; and the ends whose brokers
	 * wait for it, a bit each. The other fields of that queue, and `delivery`, are the
	 * owner's. */
	uint32_t owner;
	uint32_t waiters;
	struct channel_delivery delivery;
	struct channel_sending sending;
	uint64_t busy_until; /* with an interval: when all that it sent would be over */
	uint64_t counters[CHANNEL_COUNTERS]; /* atomically: each is one broker's or several' */
	struct service_report failure;       /* of its broker, the last one; the broker copies it */
};

/* ---- disks ---- */

/* The provider's place; all others are users. */
#define CHANNEL_PROVIDER 0u

enum channel_request_state {
	REQUEST_FREE,
	REQUEST_TAKEN,    /* from its driver's ring */
	REQUEST_ORPHANED, /* the provider has it, but its driver waits for it no more */
};

/*
 * A request of a user. While its `session` is the channel's, the provider has a part of it: up to
 * `end`, by a record with the number `serial`. Else that part is to be sent, or sent again.
 */
struct channel_request {
	uint64_t number; /* in order of arrival: channel_user */
	uint64_t serial;
	uint64_t sector;
	uint64_t due;  /* with a limit: when it has waited long enough */
	uint32_t size; /* bytes */
	uint32_t done; /* bytes that are answered */
	uint32_t end;
	uint32_t session;  /* 0: it isn't sent */
	uint32_t id;       /* of its chain */
	uint8_t state;     /* enum channel_request_state, atomically: others look at it */
	uint8_t operation; /* enum disk_operation; 0: the provider isn't asked */
	uint8_t result;    /* of such a request */
	uint8_t deaths;    /* sessions that ended while the provider had it */
};

/* In the word that is behind a request's delivery, and behind an answer's. The session of an answer
 * is 0, unless the request stays as an orphan of that session. */
#define DISK_TAKEN(index, session) ((uint64_t)(index) << 32 | (session))

/* A record's tag: the user's place, the request, and the record's number there. */
#define DISK_TAG(place, index, serial)                                                             \
	((uint64_t)(place) << 56 | (uint64_t)(index) << 48 | ((serial) & ((1ULL << 48) - 1)))
#define DISK_TAG_PLACE(tag) ((uint32_t)((tag) >> 56))
#define DISK_TAG_INDEX(tag) ((uint32_t)((tag) >> 48) & 0xffu)

#define CHANNEL_REQUESTS_MOST 32
/* One more: what the provider gets no more is answered from here. */
#define CHANNEL_REQUEST_SPARE CHANNEL_REQUESTS_MOST
#define CHANNEL_REQUESTS_ALL  (CHANNEL_REQUESTS_MOST + 1)
/* A user's side. Guarded by the end's `owner`. */
struct channel_user {
	uint64_t count; /* requests that were taken */
	uint64_t base;  /* `count` when its queue was at entry 0 */
	uint64_t asked; /* when its driver began to wait for the size of the disk; 0: it doesn't */
	uint32_t waits; /* 1: its broker looks again when an answer has come */
	uint32_t sizeless; /* 1: its driver has read that the disk has no sectors */
	/* The request that last failed as the provider didn't survive it; the console names it. */
	struct {
		uint64_t sector;
		uint32_t size;
		uint32_t operation; /* enum disk_operation */
	} deadly;
	struct channel_request request[CHANNEL_REQUESTS_ALL];
};

/* Guarded by the provider's `owner`, but `user`. */
struct channel_disk {
	uint64_t sectors;  /* as the first provider said; 0: none has come yet */
	uint32_t session;  /* 0: there was none yet */
	uint32_t attached; /* 1: the session goes on */
	uint32_t clean;    /* the session in which no request of an earlier one is left */
	uint32_t opened;   /* 1: the provider's program has its port open */
	uint32_t owed;     /* messages for its driver, a bit each: port.c */
	uint32_t reserved;
	struct channel_user user[BUNDLE_CHANNEL_ENDS_MAX];
};

/* ---- entropy ---- */

#define CHANNEL_KEY_SIZE 32
struct channel_entropy {
	uint32_t seeded; /* 0: the machine had no seed */
	uint32_t which;  /* of the keys: the one that counts; the other one is being made, or 0 */
	uint8_t key[2][CHANNEL_KEY_SIZE];
};

#define CHANNEL_STATIONS 128
struct channel_memory {
	struct channel_end end[BUNDLE_CHANNEL_ENDS_MAX];
	/* Learnt: a MAC address in bits 47:0, its end's place + 1 above. Of each hash one. */
	uint64_t station[CHANNEL_STATIONS];
	struct channel_disk disk;
	struct channel_entropy entropy;
};
_Static_assert(sizeof(struct channel_memory) <= BUNDLE_CHANNEL_MEMORY - BUNDLE_ALIGN,
               "the frame keeps so much for it");

/* ---- a broker ---- */

/* What there is to do, as SERVICE_REST returns it: a bit each. */
enum channel_work {
	CHANNEL_WORK_QUEUE = 1u << 0, /* its guest has notified it, or its end's life has changed */
	CHANNEL_WORK_REQUEST = 1u << 1, /* the guest waits in an access: x1, x2 */
	CHANNEL_WORK_JOINED = 1u << 2,  /* its end is there now: others may have waited for it */
	CHANNEL_WORK_UNTIL = 1u << 4,   /* it takes no more queues from a time on: x3 */
};

/* An access to the end's registers, as SERVICE_REST returns it in x1. */
#define CHANNEL_REQUEST(offset, size, write)                                                       \
	((uint64_t)(offset) | (uint64_t)(size) << 16 | (uint64_t)(write) << 24)
#define CHANNEL_REQUEST_OFFSET(request) ((uint32_t)(request)&0xffffu)
#define CHANNEL_REQUEST_SIZE(request)   ((uint32_t)((request) >> 16) & 0xffu)
#define CHANNEL_REQUEST_WRITE(request)  (((request) >> 24 & 1) != 0)

/* Memory of an end: the partition sees it at `ipa`, the broker at `at`. */
struct broker_range {
	uint64_t ipa, at, size;
	uint32_t place; /* of the end */
	uint32_t reserved;
};
#define BROKER_RANGES_MAX 96

/* The info page of a broker. */
struct broker_info {
	uint32_t place; /* of its end in the channel */
	uint32_t ends;
	uint32_t kind;  /* enum bundle_channel_kind */
	uint32_t flags; /* enum bundle_channel_flag */
	uint32_t ranges, reserved;
	uint64_t second;   /* counter ticks */
	uint64_t interval; /* of a network: ticks between two frames that its end sends; 0: none */
	uint64_t wait;     /* of a disk: ticks that a request waits at most; 0: for ever */
	char name[BUNDLE_NAME_SIZE]; /* of the channel */
	uint64_t told, memory;       /* addresses of struct channel_told, struct channel_memory */
	uint8_t mac[BUNDLE_CHANNEL_ENDS_MAX][8];
	/* Of an end with a guarded partition: the address of struct watch_fault's `fixed`; or 0. */
	uint64_t fixed[BUNDLE_CHANNEL_ENDS_MAX];
	struct broker_range range[BROKER_RANGES_MAX];
	struct service_report failure; /* why it was started again, if it was */
};
_Static_assert(sizeof(struct broker_info) <= 4096, "it is one page");

#endif
