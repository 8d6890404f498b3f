/* Calls that are answered later: SOCKET_WAIT, SOCKET_PING, SOCKET_LOOKUP. After a crash they come
 * again by themselves. Each function takes the call over and returns SOCKET_OK with
 * message->identity 0, or answers at once. */
#ifndef NET_WAITS_H
#define NET_WAITS_H

#include <proto/socket.h>
#include <rtos/sys.h>

enum socket_status waits_wait(struct sys_message *message);
enum socket_status waits_ping(struct sys_message *message);
enum socket_status waits_lookup(struct sys_message *message);

/* Answers what can be answered now. */
void waits_look(void);
/* When the next of them is due; 0: none is. */
uint64_t waits_deadline(void);
/* The program has ended: nobody waits for these answers. */
void waits_forget(uint64_t badge);

#endif
