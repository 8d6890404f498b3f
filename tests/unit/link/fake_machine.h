/*
 * The console service over a fake frame, behind a socket, in a thread: a machine for the host
 * command to attach to. Tests set up `fake` (service/fake_frame.h) before they start it, and look
 * at it after they stopped it.
 */
#ifndef LINK_FAKE_MACHINE_H
#define LINK_FAKE_MACHINE_H

#include <service/fake_frame.h>

/* The socket's path. */
const char *fake_machine_start(void);

/* Once all clients have left; what they sent has been read then. */
void fake_machine_stop(void);

/* Run in the machine's thread before each of its turns; NULL: nothing. */
extern void (*fake_machine_guest)(void);

#endif
