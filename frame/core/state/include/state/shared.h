/* The memory that all cores may write: the mailboxes, and words that each core writes for the
 * others. */
#ifndef STATE_SHARED_H
#define STATE_SHARED_H

#include <frame/layout.h>
#include <frame/types.h>
#include <kumiki/account.h>
#include <kumiki/watch.h>
#include <state/last_words.h>
#include <state/recovery.h>
#include <state/update.h>

enum mail_kind {
	MAIL_VCPU,    /* subject: index of a vCPU of the bundle: vcpu_asked() */
	MAIL_UART,    /* subject: partition whose console ring changed: uart_evaluate() */
	MAIL_SERVICE, /* subject: bit of the services' events (SERVICE_EVENT_…), or one of these */
	MAIL_LIFE,    /* subject: partition * LIFE_MESSAGES + message: life_message() */
	MAIL_DOORBELL, /* subject: doorbell_heard(); for an end ends_heard() */
	MAIL_KINDS,
};
#define MAIL_SERVICE_TRACES 63 /* for any core: stop your trace, or go on */
#define MAIL_SERVICE_POWER  62 /* for any core: look at `told` */
#define MAIL_SERVICE_HOLD   61 /* for any core: call hold_look() */
#define MAIL_SERVICE_REST   60 /* for any core: come to rest, for a recovery; the highest class */
#define MAIL_SERVICE_ASK    59 /* for any core: take this; the highest class: run/hang.c */

struct mailbox {
	uint64_t word[MAIL_KINDS]; /* a bit for each subject */
	uint64_t left; /* doorbells whose bit stays in their word on purpose: mail_leave() */
	uint32_t dark; /* the core is off, or nearly: it writes this itself; power.h */
	uint32_t told; /* enum service_power; the console's core writes it */
	uint64_t reserved[6 - MAIL_KINDS];
};

/* What cores show each other of a channel: when its brokers run, and which ends leave.
 * run/broker.h. */
struct shared_channel {
	uint32_t epoch;   /* changes when an end leaves; from 1 on */
	uint32_t leaving; /* ends that leave and wait for brokers, a bit each */
	/* The epoch that each broker runs in; 0: it doesn't run. Its core writes it. */
	uint32_t runs[BUNDLE_CHANNEL_ENDS_MAX];
};

/* Word for an end: a bit each. */
enum end_signal {
	/* The guest gets an interrupt, with the same bit in InterruptStatus (virtio 1.2, 4.2.2). */
	END_QUEUES = 1u << 0,  /* the guest is to look at its queues */
	END_CHANGED = 1u << 1, /* the device's status or configuration has changed */
	/* The broker is to look. */
	END_LOOK = 1u << 2,
};
#define END_INTERRUPTS (END_QUEUES | END_CHANGED)

struct shared {
	struct mailbox box[8];
	/* A ticket lock for the physical GICD_ICFGR registers, whose words partitions share. */
	uint32_t config_asked, config_turn;
	/* The number of partitions that aren't stopped and of start commands on their way. */
	uint32_t awake;
	uint32_t ran;                    /* partitions that have run, a bit each */
	uint32_t off;                    /* enum life_off, done when everything is printed */
	uint64_t off_since;              /* counter; with LIFE_OFF_FORCED */
	uint32_t traces_held;            /* written by the console's core: trace.c */
	uint8_t move[BUNDLE_VCPUS_MAX];  /* where a vCPU is to go; atomically: move.c */
	uint32_t load[BUNDLE_CORES_MAX]; /* each is written by its core: move.c */
	/* Nonzero: the warden wants to hear when cores are needed. The core that clears this tells
	 * it. */
	uint32_t need;
	uint32_t policy; /* the enum power_policy that holds: power.md, Who changes it */
	/* The minute up to which the warden has followed the day's schedule. */
	uint64_t policy_minute;
	struct life_status life[BUNDLE_PARTITIONS_MAX]; /* its home core writes each */
	struct accounts accounts; /* the core that an account is about writes it */
	/* From the bundle, a bit for each partition: the `managers` of a partition hear of its
	 * state, and its `followers` wait with their start until it runs. Each core writes the same
	 * values when it starts. */
	uint8_t managers[BUNDLE_PARTITIONS_MAX], followers[BUNDLE_PARTITIONS_MAX];
	struct shared_channel channel[BUNDLE_CHANNELS_MAX];
	uint32_t signal[BUNDLE_ENDS_MAX]; /* enum end_signal; atomically: word/channel.c */
	/* Of each vCPU of the bundle, for its watcher; the vCPU's core writes it: devices/watch.c
	 */
	struct watch_record watch[BUNDLE_VCPUS_MAX];
	uint32_t looks[BUNDLE_CORES_MAX]; /* its core counts each: run/hang.c */
	uint32_t fed; /* atomically; cores that have looked since the last feeding: run/feed.c */
	struct recovery recovery;
	struct update update;
	struct last_words last_words;
};
_Static_assert(BUNDLE_PARTITIONS_MAX <= 8, "managers and followers have a bit for each");
#define shared_memory ((struct shared *)LAYOUT_MAIL)

/* Subjects of MAIL_DOORBELL: first the bundle's doorbells, then a signal to each manager, then word
 * for each end. */
#define DOORBELL_MANAGER 32
#define DOORBELL_END     (DOORBELL_MANAGER + BUNDLE_PARTITIONS_MAX) /* the first end */
_Static_assert(DOORBELL_END + BUNDLE_ENDS_MAX <= 64, "each has a bit");

#endif
