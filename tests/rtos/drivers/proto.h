/* What each driver falls over, once: a text that begins with this, a block from there on. */
#ifndef TESTS_RTOS_DRIVERS_PROTO_H
#define TESTS_RTOS_DRIVERS_PROTO_H

#define FALLS_TEXT  '!'
#define FALLS_BLOCK 1000

#endif
