/*
 * The world of tests about messages between cores: four cores, of which this one is SELF, with a
 * vCPU of a partition; and counts of the effects of messages that it took.
 */
#ifndef UNIT_FRAME_MAIL_MACHINE_H
#define UNIT_FRAME_MAIL_MACHINE_H

#include <state/shared.h>

#define CORES   4
#define SELF    1 /* this core */
#define SUBJECT 7 /* its vCPU */
#define INDEX   2 /* its partition */

struct mail_machine {
	uint32_t asked, evaluated; /* counts of vcpu_asked() and uart_evaluate() */
	uint64_t events;           /* the events that the console service heard */
	uint32_t lives, last_life;
	uint32_t rings, last_ring;
	uint32_t looks;
	uint32_t hangs;          /* how often it was asked whether it hangs */
	bool shared;             /* the core is shared, and the partition is on it */
	bool pending;            /* something else is pending */
	uint32_t armed;          /* how often a choice's timers were armed before a look for more */
	bool again;              /* vCPUs' messages aren't taken, and come again */
	uint32_t rank;           /* the class of the interrupt that arrived last */
	uint32_t woken;          /* the dark cores that were reported as needed: a bit for each */
	uint32_t told;           /* how many messages about lives came to an end */
	void (*meanwhile)(void); /* another core's work while a message is carried out */
	void (*looked)(void);    /* its work while this core looks for more */
};
extern struct mail_machine came;

void mail_machine_setup(void);
/* Sets the class of a message, as a description does. */
void mail_machine_class(enum mail_kind kind, uint32_t subject, uint32_t rank);
/* How many interrupts were sent to a core since the setup. */
uint32_t mail_machine_interrupts(uint32_t to_core);
/* Lets a message's interrupt arrive at a core. False: there is none. */
bool mail_machine_arrives(uint32_t at_core);
/* Takes messages of the last interrupt's class; of all classes, before the first interrupt. */
void mail_machine_take(void);

#endif
