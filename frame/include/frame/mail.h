/*
 * Messages between cores: a bit and an interrupt. What a message is about lies in memory that both
 * map, or is asked for again by the receiver. Posting never waits, and posting twice is posting
 * once.
 */
#ifndef FRAME_MAIL_H
#define FRAME_MAIL_H

#include <frame/layout.h>
#include <frame/types.h>
#include <kumiki/bundle.h>
#include <kumiki/life.h>

enum mail_kind {
	MAIL_VCPU,     /* subject: index of a vCPU of the bundle: vcpu_asked() */
	MAIL_UART,     /* subject: partition: its console ring changed, uart_evaluate() */
	MAIL_CONSOLE,  /* subject: bit of the console service's events */
	MAIL_LIFE,     /* subject: partition * LIFE_MESSAGES + message: life_message() */
	MAIL_DOORBELL, /* subject: doorbell_heard() */
	MAIL_KINDS,
};

struct mailbox {
	uint64_t word[MAIL_KINDS]; /* a bit for each subject */
	uint64_t reserved[8 - MAIL_KINDS];
};

/* The one thing that all cores share for writing. */
struct shared {
	struct mailbox box[8];
	/* A ticket lock of the physical GICD_ICFGR, whose words partitions share. */
	uint32_t config_asked, config_turn;
	/* Partitions that aren't stopped, and commands to start one that are on their way. */
	uint32_t awake;
	uint32_t off;                                   /* enum life_off: when everything is said */
	uint64_t off_since;                             /* counter; with LIFE_OFF_FORCED */
	struct life_status life[BUNDLE_PARTITIONS_MAX]; /* each written by its home core */
};
#define shared_memory ((struct shared *)LAYOUT_MAIL)

/* False: that message is on its way already. */
bool mail_post(uint32_t to_core, enum mail_kind kind, uint32_t subject);

/* Before this core posts anything. */
void mail_begin(void);

/* Takes and carries out what is in this core's box. */
void mail_take(void);

#endif
