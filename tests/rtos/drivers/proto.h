/* The calls that kill each driver once: a text that begins with this, or a block from this number
 * on. */
#ifndef TESTS_RTOS_DRIVERS_PROTO_H
#define TESTS_RTOS_DRIVERS_PROTO_H

#define FALLS_TEXT  '!'
#define FALLS_BLOCK 1000

#endif
