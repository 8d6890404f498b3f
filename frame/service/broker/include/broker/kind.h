/* The kinds of channels: which devices their ends are, and how each carries what a guest sends. */
#ifndef BROKER_KIND_H
#define BROKER_KIND_H

#include <broker/ring.h>

enum kind_result {
	KIND_DONE,  /* the chain is to be given back to its driver */
	KIND_LATER, /* not yet: who can say when wakes this broker, or it has itself look again */
};

struct kind {
	/* Offered beside those of all kinds; `read_only` in addition, if the channel is. */
	uint64_t features, read_only;
	uint32_t device; /* virtio's number for such devices */
	uint32_t queues;
	bool requests; /* its first queue isn't for reception: the driver notifies from the start */
	uint32_t config_size;
	/* A byte of the device's configuration, below its size. */
	uint8_t (*config)(const struct broker *broker, uint32_t offset);
	/* Whether there is such a device at all; else its number is 0. NULL: there is. */
	bool (*exists)(const struct broker *broker);
	/* Whether the configuration is known yet: until then its reader waits. NULL: it is. */
	bool (*is_known)(struct broker *broker);
	/* The broker begins anew, after receive_recover(). NULL: nothing to do. */
	void (*start)(struct broker *broker);
	/* What there is to do for the guest's queues. */
	void (*turn)(struct broker *broker);
	/* The device, or one of its queues, begins anew. The broker has the queue. NULL: nothing
	 * to do. */
	void (*reset)(struct broker *broker);
	/* A delivery to that end is open, and not yet to be seen; and its buffers are given back,
	 * but it is open still. Both are done again after a crash. NULL: nothing to do. */
	void (*noted)(struct broker *broker, uint32_t to);
	void (*given)(struct broker *broker, uint32_t to);
	/* Carries a chain of the guest's send queue. After a crash it is called again for the same
	 * chain: channel_sending says what is done of it. NULL: it sends nothing. */
	enum kind_result (*carry)(struct broker *broker, const struct chain *chain);
};

extern const struct kind kind_network, kind_console, kind_disk, kind_provider, kind_entropy;

/* Of the channel's kind, which the bundle's reader has checked, and of the end's part in it. */
const struct kind *kind_of(const struct broker_info *info);

#endif
