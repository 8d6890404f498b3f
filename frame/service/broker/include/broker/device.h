/* An end's device: the registers of virtio-mmio (virtio 1.2, 4.2) that the broker answers. */
#ifndef BROKER_DEVICE_H
#define BROKER_DEVICE_H

#include <broker/broker.h>

/* Features. Those below 28 differ from kind to kind. */
#define DEVICE_NET_SUMS         (1ULL << 0) /* of a network: the driver leaves sums to the device */
#define DEVICE_NET_TAKES_SUMS   (1ULL << 1) /* the driver takes frames whose sum was left out */
#define DEVICE_NET_MAC          (1ULL << 5)
#define DEVICE_NET_TAKES_TCP4   (1ULL << 7) /* it takes large TCP segments */
#define DEVICE_NET_TAKES_TCP6   (1ULL << 8)
#define DEVICE_NET_TAKES_ECN    (1ULL << 9)
#define DEVICE_NET_TCP4         (1ULL << 11) /* it leaves large TCP segments to the device */
#define DEVICE_NET_TCP6         (1ULL << 12)
#define DEVICE_NET_ECN          (1ULL << 13) /* also with explicit congestion notification */
#define DEVICE_NET_MERGES       (1ULL << 15) /* a frame may lie in several buffers */
#define DEVICE_NET_STATUS       (1ULL << 16)
#define DEVICE_CONSOLE_PORTS    (1ULL << 1) /* of a disk's provider */
#define DEVICE_DISK_PIECE_SIZE  (1ULL << 1) /* of a disk: limits of a request's pieces */
#define DEVICE_DISK_PIECE_COUNT (1ULL << 2)
#define DEVICE_DISK_READ_ONLY   (1ULL << 5)
#define DEVICE_DISK_FLUSH       (1ULL << 9)
#define DEVICE_DISK_DISCARD     (1ULL << 13)
#define DEVICE_DISK_ZEROES      (1ULL << 14)
#define DEVICE_INDIRECT         (1ULL << 28)
#define DEVICE_RING_EVENTS      (1ULL << 29)
#define DEVICE_VERSION_1        (1ULL << 32)

/* Bits of the status. */
#define DEVICE_FEATURES_OK 8u
#define DEVICE_DRIVER_OK   CHANNEL_STATUS_DRIVEN
#define DEVICE_NEEDS_RESET CHANNEL_STATUS_BROKEN

/* Carries out an access: CHANNEL_REQUEST. False: that can't be done yet, and broker_turn() comes
 * again. */
bool device_access(struct broker *broker, uint64_t what, uint64_t value, uint64_t *answer);

/* Brings the device to its state after a reset, for this life of its partition. False: another
 * broker has the queue, and broker_turn() comes again. */
bool device_reset(struct broker *broker, uint32_t life);

/* The guest of that end broke the rules of a ring. The end does nothing more until its driver
 * resets the device. The driver gets an interrupt. */
void device_break(struct broker *broker, uint32_t place);

#endif
