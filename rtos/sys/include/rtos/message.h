/* A message as its receiver has it: what was sent, and who sent it. */
#ifndef RTOS_MESSAGE_H
#define RTOS_MESSAGE_H

#include <kumiki/rtos/call.h>
#include <stdint.h>

struct sys_message {
	uint64_t word[RTOS_WORDS];
	uint64_t badge;      /* the caller's */
	uint32_t deliveries; /* before this one */
	uint64_t identity, token;
	uint64_t payload; /* what came along, if the receiver accepts payloads */
};

#endif
