/*
 * The port of the template driver: a clock with alarms. Word 0 of a call is the operation, word 0
 * of the answer an enum alarm_status. Both operations are repeatable.
 */
#ifndef TEMPLATES_DRIVER_PROTO_H
#define TEMPLATES_DRIVER_PROTO_H

enum alarm_operation {
	/* Answer: word 1: seconds since 1970. */
	ALARM_TIME = 1,
	/* word 1: a second. Waits until it has begun; answered as ALARM_TIME. */
	ALARM_WAIT = 2,
};

enum alarm_status {
	ALARM_OK = 0,
	ALARM_BAD = 1,  /* no such operation, no such time: the clock has 32 bits */
	ALARM_FULL = 2, /* too many wait */
};

#endif
