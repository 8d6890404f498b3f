/* The kinds of channels: which devices their ends are, and how each carries what a guest sends. */
#ifndef BROKER_KIND_H
#define BROKER_KIND_H

#include <broker/ring.h>

enum kind_result {
	KIND_DONE,  /* the chain is to be given back to its driver */
	KIND_LATER, /* not yet: this broker is woken when it can be, or has asked to look again */
};

struct kind {
	/* Features besides those of all kinds; `read_only` in addition, if the channel is
	 * read-only. */
	uint64_t features, read_only;
	uint32_t device; /* virtio's number for such devices */
	uint32_t queues;
	bool requests; /* its first queue isn't for reception: from the start the driver notifies */
	uint32_t config_size;
	/* A byte of the device's configuration, below its size. */
	uint8_t (*config)(const struct broker *broker, uint32_t offset);
	/* Whether the device exists at all; if not, its number is 0. NULL: it exists. */
	bool (*exists)(const struct broker *broker);
	/* Whether the configuration is known yet: until then a reader waits. NULL: it is known. */
	bool (*is_known)(struct broker *broker);
	/* The broker begins anew, after receive_recover(). NULL: nothing to do. */
	void (*start)(struct broker *broker);
	/* Does what there is to do for the guest's queues. */
	void (*turn)(struct broker *broker);
	/* The device, or one of its queues, begins anew. The broker has the queue. NULL: nothing to
	 * do. */
	void (*reset)(struct broker *broker);
	/* Steps of a delivery to an end. `noted`: the delivery is open, and the guest can't see it
	 * yet. `given`: its buffers are given back, and it is open still. After a crash each step
	 * may be done again. NULL: nothing to do. */
	void (*noted)(struct broker *broker, uint32_t to);
	void (*given)(struct broker *broker, uint32_t to);
	/* Carries a chain of the guest's send queue. After a crash it is called again for the same
	 * chain: channel_sending says what is done already. NULL: the kind has no send queue. */
	enum kind_result (*carry)(struct broker *broker, const struct chain *chain);
};

extern const struct kind kind_network, kind_console, kind_disk, kind_provider, kind_entropy;

/* The kind of an end: by the channel's kind, which the bundle's reader has checked, and by the
 * end's place in it. */
const struct kind *kind_of(const struct broker_info *info);

#endif
