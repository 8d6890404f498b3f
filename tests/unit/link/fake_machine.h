/*
 * A machine for the host command to connect to: the console service over a fake frame, in a thread,
 * behind a socket. Tests set up `fake` (service/fake_frame.h) before they start it, and look at
 * `fake` after they have stopped it.
 */
#ifndef LINK_FAKE_MACHINE_H
#define LINK_FAKE_MACHINE_H

#include <service/fake_frame.h>

/* Starts the machine; returns the socket's path. */
const char *fake_machine_start(void);

/* Stops the machine. All clients must have left. Their last bytes are read first. */
void fake_machine_stop(void);

/* The machine's thread calls this before each of its turns; NULL: nothing. */
extern void (*fake_machine_guest)(void);

#endif
