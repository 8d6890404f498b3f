/* An end's device: the registers of virtio-mmio (virtio 1.2, 4.2) that the broker answers. */
#ifndef BROKER_DEVICE_H
#define BROKER_DEVICE_H

#include <broker/broker.h>

/* Features. */
#define DEVICE_NET_MAC     (1ULL << 5)  /* of a network */
#define DEVICE_NET_MERGES  (1ULL << 15) /* a frame may lie in several buffers */
#define DEVICE_NET_STATUS  (1ULL << 16)
#define DEVICE_INDIRECT    (1ULL << 28)
#define DEVICE_RING_EVENTS (1ULL << 29)
#define DEVICE_VERSION_1   (1ULL << 32)

/* Of its status. */
#define DEVICE_FEATURES_OK 8u
#define DEVICE_DRIVER_OK   CHANNEL_STATUS_DRIVEN
#define DEVICE_NEEDS_RESET CHANNEL_STATUS_BROKEN

/* Carries out an access: CHANNEL_REQUEST. False: it can't be yet; broker_turn() comes again. */
bool device_access(struct broker *broker, uint64_t what, uint64_t value, uint64_t *answer);

/* The device as after a reset, for this life of its partition. False: as above. */
bool device_reset(struct broker *broker, uint32_t life);

/* The guest of that end broke the rules of a ring: the end does nothing more until its driver
 * resets it, and the driver gets an interrupt. */
void device_break(struct broker *broker, uint32_t place);

#endif
