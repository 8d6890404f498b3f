/* The kinds of channels: which devices their ends are, and how each carries what a guest sends. */
#ifndef BROKER_KIND_H
#define BROKER_KIND_H

#include <broker/ring.h>

enum kind_result {
	KIND_DONE,  /* the chain is to be given back to its driver */
	KIND_LATER, /* not yet: who can say when wakes this broker, or it has itself look again */
};

struct kind {
	uint64_t features; /* that are offered, beside those of all kinds */
	uint32_t device;   /* virtio's number for such devices */
	uint32_t config_size;
	/* A byte of the device's configuration, below its size. */
	uint8_t (*config)(const struct broker *broker, uint32_t offset);
	/* Carries a chain of the guest's send queue. After a crash it is called again for the same
	 * chain: channel_sending says what is done of it. */
	enum kind_result (*carry)(struct broker *broker, const struct chain *chain);
};

extern const struct kind kind_network, kind_console;

/* Of the channel's kind, which the bundle's reader has checked. */
const struct kind *kind_of(enum bundle_channel_kind kind);

#endif
