/*
 * The port of the template server: counters. A server's interface is a header like this in
 * rtos/proto: each operation with its words, and of which kind it is
 * (docs/reference/rtos-messages.md). Word 0 of a call is the operation, word 0 of the answer an
 * enum counter_status.
 */
#ifndef TEMPLATES_SERVER_PROTO_H
#define TEMPLATES_SERVER_PROTO_H

#define COUNTERS 8

enum counter_operation {
	/* word 1: a counter's number. Answer: word 1: its value. Repeatable. */
	COUNTER_READ = 1,
	/* word 1: a counter's number; word 2: the number to add. Answer: word 1: the value before.
	 * Once only. */
	COUNTER_ADD = 2,
};

enum counter_status {
	COUNTER_OK = 0,
	COUNTER_BAD = 1, /* no such operation, no such counter */
};

#endif
