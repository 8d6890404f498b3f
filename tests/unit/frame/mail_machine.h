/*
 * What tests of messages between cores begin with: four cores, of which this one is SELF, with one
 * vCPU of one partition; and what came of the messages that it took.
 */
#ifndef UNIT_FRAME_MAIL_MACHINE_H
#define UNIT_FRAME_MAIL_MACHINE_H

#include <state/shared.h>

#define CORES   4
#define SELF    1 /* this core */
#define SUBJECT 7 /* its vCPU */
#define INDEX   2 /* its partition */

struct mail_machine {
	uint32_t asked, evaluated; /* the vCPU, its partition's UART */
	uint64_t events;           /* the console service's */
	uint32_t lives, last_life;
	uint32_t rings, last_ring;
	uint32_t looks;
	bool shared;             /* the partition is here, among others */
	bool pending;            /* something has come besides */
	uint32_t armed;          /* the timers of who is urgent, before a look for that */
	bool again;              /* a vCPU's message is to come again */
	uint32_t rank;           /* the class of the interrupt that arrived last */
	uint32_t woken;          /* dark cores of which the console service heard, a bit each */
	uint32_t told;           /* lives' messages of which nothing more comes */
	void (*meanwhile)(void); /* done by somebody else while a message is carried out */
	void (*looked)(void);    /* and while it is looked whether something has come besides */
};
extern struct mail_machine came;

int mail_machine_setup(void **state);
void mail_machine_class(enum mail_kind kind, uint32_t subject, uint32_t rank); /* as described */
uint32_t mail_machine_interrupts(uint32_t to_core);                            /* since the setup */
bool mail_machine_arrives(uint32_t at_core); /* an interrupt does; it is taken by that */
void mail_machine_take(void); /* what is of the last one's class, or of any before the first one */

#endif
