/*
 * The system calls as C functions (docs/reference/reference.md), and a program's start page. Each
 * function returns an enum rtos_status; further results go through pointers.
 */
#ifndef RTOS_SYS_H
#define RTOS_SYS_H

#include <kumiki/rtos/call.h>
#include <kumiki/rtos/image.h>
#include <kumiki/rtos/program.h>
#include <rtos/message.h>
#include <rtos/svc.h>
#include <stdbool.h>
#include <stddef.h>

/* ---- start ---- */

/* The start page. init has sys_first, all other programs have sys_program; the other pointer is
 * NULL. */
extern const struct rtos_program_start *sys_program;
extern const struct rtos_start *sys_first;

/* The given thing with this kind, name (NULL: any name) and index. NULL: there is none. */
const struct rtos_given *sys_given(enum rtos_given_kind kind, const char *name, uint32_t index);

/* The program's arguments, one string behind the other. */
const char *sys_arguments(uint32_t *count);

_Noreturn void sys_exit(uint64_t value);

/* ---- messages ---- */

/* Makes a call with the words. The answer's words take their place. */
static inline enum rtos_status sys_call(rtos_handle_t port, uint64_t word[RTOS_WORDS],
                                        uint64_t deadline)
{
	register uint64_t x0 __asm__("x0");
	register uint64_t x1 __asm__("x1");
	register uint64_t x2 __asm__("x2");
	register uint64_t x3 __asm__("x3");
	register uint64_t x4 __asm__("x4");
	register uint64_t x5 __asm__("x5");
	register uint64_t x6 __asm__("x6");
	register uint64_t x7 __asm__("x7");
	register uint64_t x8 __asm__("x8");
	register uint64_t x9 __asm__("x9");
	register uint64_t x10 __asm__("x10");
	register uint64_t x11 __asm__("x11");

	x0 = word[0];
	x1 = word[1];
	x2 = word[2];
	x3 = word[3];
	x4 = word[4];
	x5 = word[5];
	x6 = word[6];
	x7 = word[7];
	x8 = RTOS_CALL;
	x9 = port;
	x10 = deadline;
	x11 = 0;
	__asm__ volatile("svc #0"
	                 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6),
	                   "+r"(x7), "+r"(x8), "+r"(x11)
	                 : "r"(x9), "r"(x10)
	                 : "memory");
	word[0] = x0;
	word[1] = x1;
	word[2] = x2;
	word[3] = x3;
	word[4] = x4;
	word[5] = x5;
	word[6] = x6;
	word[7] = x7;
	return (enum rtos_status)x8;
}

/*
 * Answers the call in `message` with its words (identity 0: no call), then receives the next call
 * into `message`, with the payloads that it accepts (RTOS_ACCEPT_…). RTOS_SIGNALLED: no call came;
 * word[0] has bits of the bound notification.
 */
static inline enum rtos_status sys_reply_wait_accepting(rtos_handle_t port,
                                                        struct sys_message *message,
                                                        uint64_t accepts, uint64_t deadline)
{
	register uint64_t x0 __asm__("x0");
	register uint64_t x1 __asm__("x1");
	register uint64_t x2 __asm__("x2");
	register uint64_t x3 __asm__("x3");
	register uint64_t x4 __asm__("x4");
	register uint64_t x5 __asm__("x5");
	register uint64_t x6 __asm__("x6");
	register uint64_t x7 __asm__("x7");
	register uint64_t x8 __asm__("x8");
	register uint64_t x9 __asm__("x9");
	register uint64_t x10 __asm__("x10");
	register uint64_t x11 __asm__("x11");
	register uint64_t x12 __asm__("x12");
	register uint64_t x13 __asm__("x13");

	x0 = message->word[0];
	x1 = message->word[1];
	x2 = message->word[2];
	x3 = message->word[3];
	x4 = message->word[4];
	x5 = message->word[5];
	x6 = message->word[6];
	x7 = message->word[7];
	x8 = RTOS_REPLY_WAIT;
	x9 = port;
	x10 = deadline;
	x11 = accepts;
	x12 = message->identity;
	x13 = message->token;
	__asm__ volatile("svc #0"
	                 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6),
	                   "+r"(x7), "+r"(x8), "+r"(x9), "+r"(x10), "+r"(x11), "+r"(x12), "+r"(x13)
	                 :
	                 : "memory");
	*message = (struct sys_message){.word = {x0, x1, x2, x3, x4, x5, x6, x7}};
	if (x8 == RTOS_OK) {
		message->badge = x9;
		message->deliveries = RTOS_DELIVERIES(x10);
		if (accepts != 0)
			message->payload = x11;
		message->identity = x12;
		message->token = x13;
	}
	return (enum rtos_status)x8;
}

static inline enum rtos_status sys_reply_wait(rtos_handle_t port, struct sys_message *message,
                                              uint64_t deadline)
{
	return sys_reply_wait_accepting(port, message, 0, deadline);
}

/* Like sys_call(), for a client that remembers nothing of its server: if the server lost what it
 * kept, this function makes the call again. */
static inline enum rtos_status sys_call_anew(rtos_handle_t port, uint64_t word[RTOS_WORDS],
                                             uint64_t deadline)
{
	const enum rtos_status status = sys_call(port, word, deadline);

	return status == RTOS_NEW_EPOCH ? sys_call(port, word, deadline) : status;
}

/* Like sys_call() and sys_call_anew(), with payloads: *payload goes along with the call, then
 * becomes the answer's. */
enum rtos_status sys_call_with(rtos_handle_t port, uint64_t word[RTOS_WORDS], uint64_t *payload,
                               uint64_t deadline);
enum rtos_status sys_call_anew_with(rtos_handle_t port, uint64_t word[RTOS_WORDS],
                                    uint64_t *payload, uint64_t deadline);
/* Like sys_reply_wait(), with the payloads that the receiver accepts (RTOS_ACCEPT_…). */
enum rtos_status sys_reply_wait_with(rtos_handle_t port, struct sys_message *message,
                                     uint64_t accepts, uint64_t deadline);

/* Shows pages in the window that the open call offers; `pages` as RTOS_SHOW has them. */
enum rtos_status sys_show(rtos_handle_t region, uint32_t first, uint32_t count,
                          const uint64_t pages[RTOS_WORDS], uint64_t identity, uint64_t token);

/* Gives a call back, so that it comes again as it was made. RTOS_BUSY: it was given back before. */
enum rtos_status sys_again(uint64_t identity, uint64_t token);

/* Answers a call with the words of `message`. */
enum rtos_status sys_reply(const struct sys_message *message);
/* Answers a call with the words of `message` and a payload. */
enum rtos_status sys_reply_with(const struct sys_message *message, uint64_t payload);

/* ---- notifications and time ---- */

enum rtos_status sys_signal(rtos_handle_t notification);
/* Waits for bits, and clears them. 0: none came before the deadline. */
uint64_t sys_wait(rtos_handle_t notification, uint64_t deadline);

/* A deadline in the past, for calls that mustn't wait. */
#define SYS_AT_ONCE 1

uint64_t sys_now(void);   /* in ticks of the counter */
uint64_t sys_hertz(void); /* ticks in a second */
uint64_t sys_ticks(uint64_t milliseconds);
uint64_t sys_milliseconds(void); /* since the machine was started */
void sys_sleep(uint64_t milliseconds);

/* Tells the supervisor that all is well, if a heartbeat is expected. */
void sys_beat(void);
/* A program calls this before it receives for the first time: it says that it can serve. The
 * supervisor waits for this signal only from a version that takes its program's place
 * (docs/rtos/replace.md). */
void sys_well(void);
/* When the next heartbeat is to be given: after half of its time. 0: no heartbeat is expected. */
uint64_t sys_beat_deadline(void);

/* For a thread that is never idle: gives the heartbeat when half of its time has passed since the
 * last one. *next is 0 at the beginning, then says when the next heartbeat is to be given. */
static inline void sys_beat_when_due(uint64_t *next)
{
	if (sys_program->heartbeat_ms == 0 || sys_now() < *next)
		return;
	sys_beat();
	*next = sys_beat_deadline();
}

#endif
