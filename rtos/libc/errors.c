/* See errors.h. */
#include "errors.h"
#include <errno.h>

int errors_of(enum rtos_status status)
{
	switch (status) {
	case RTOS_OK:
	case RTOS_SIGNALLED:
		return 0;
	case RTOS_TIMED_OUT:
		return ETIMEDOUT;
	case RTOS_NO_MEMORY:
		return ENOMEM;
	case RTOS_NO_HANDLE:
	case RTOS_NO_ROOM:
		return EAGAIN;
	case RTOS_DENIED:
		return EPERM;
	case RTOS_BAD_ARGUMENT:
		return EINVAL;
	case RTOS_BUSY:
		return EBUSY;
	case RTOS_NOT_BUILT:
	case RTOS_BAD_CALL:
		return ENOSYS;
	default: /* the server is missing or given up, or this call makes it crash */
		return EIO;
	}
}

int errors_set(int error)
{
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}
