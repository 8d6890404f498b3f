/*
 * The supervisor's question to a server that declares a probe (rtos/probe.h). It comes to the
 * server's first port, among the clients' calls. No protocol of a server uses this word 0.
 */
#ifndef PROTO_PROBE_H
#define PROTO_PROBE_H

#define PROBE_ASK 0xfe45424f52500001ULL /* word 0; word 1: a number. Repeatable */

/* Word 0 of the answer; word 1 is PROBE_OF() of the number. Any other answer counts as wrong. */
enum probe_found {
	PROBE_RIGHT = 1,
	PROBE_WRONG = 2,   /* a call with a known answer got another one */
	PROBE_UNSOUND = 3, /* the server finds its own state damaged */
};
#define PROBE_OF(number) (~(number))

#endif
