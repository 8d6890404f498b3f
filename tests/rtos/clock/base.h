/* Numbers that the programs of the clock's test share. */
#ifndef TESTS_RTOS_CLOCK_BASE_H
#define TESTS_RTOS_CLOCK_BASE_H

#define BASE_TIME   1893553445 /* 2030-01-02 03:04:05, when the machine is started */
#define BASE_STARTS 200        /* starts of the clock until its restarter rests */

#endif
