/* Registers of i.MX's watchdog, each of 16 bits. */
#ifndef DEV_WATCHDOG_H
#define DEV_WATCHDOG_H

#define WATCHDOG_CONTROL   0x0
#define WATCHDOG_HALVES    8         /* in control, from this bit on: half seconds, less one */
#define WATCHDOG_NO_SIGNAL (1u << 5) /* the line to outside isn't pulled */
#define WATCHDOG_NO_RESET  (1u << 4) /* no reset at once */
#define WATCHDOG_ON        (1u << 2)
#define WATCHDOG_SERVICE   0x2
#define WATCHDOG_FIRST     0x5555 /* to service, one after the other */
#define WATCHDOG_SECOND    0xaaaa
#define WATCHDOG_STATUS    0x4
#define WATCHDOG_TIMEOUT   (1u << 1)
#define WATCHDOG_MISC      0x8 /* 0 stops a counter of its own, which runs from power-on */

#endif
