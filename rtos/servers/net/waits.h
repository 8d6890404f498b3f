/* Calls that are answered later: SOCKET_WAIT, SOCKET_PING, SOCKET_LOOKUP. After a crash the calls
 * come again by themselves. Each function answers at once; or it keeps the call, returns SOCKET_OK,
 * and sets message->identity to 0. */
#ifndef NET_WAITS_H
#define NET_WAITS_H

#include <proto/socket.h>
#include <rtos/sys.h>

enum socket_status waits_wait(struct sys_message *message);
enum socket_status waits_ping(struct sys_message *message);
enum socket_status waits_lookup(struct sys_message *message);

/* Answers what can be answered now. */
void waits_look(void);
/* When the next call is due; 0: none is. */
uint64_t waits_deadline(void);
/* The program has ended, so nobody waits for these answers. */
void waits_forget(uint64_t badge);

#endif
