/* picolibc's <time.h>, which names pid_t without its header in Debian 13. */
#ifndef RTOS_LIBC_TIME_H
#define RTOS_LIBC_TIME_H

#include <sys/types.h>
#include_next <time.h>

#endif
