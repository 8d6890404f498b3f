/* Options of sockets. */
#include "errors.h"
#include "socket.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* The option's number at the server; 0: the server doesn't have this option. */
static uint64_t option_of(int level, int option)
{
	if (level == IPPROTO_TCP)
		return option == TCP_NODELAY ? SOCKET_NO_DELAY : 0;
	if (level != SOL_SOCKET)
		return 0;
	return option == SO_KEEPALIVE   ? SOCKET_KEEP_ALIVE
	       : option == SO_BROADCAST ? SOCKET_BROADCAST
	                                : 0;
}

static int option_limit(struct descriptor *descriptor, int option, const void *value,
                        socklen_t size)
{
	struct timeval time;
	uint64_t milliseconds;

	if (size < sizeof(time))
		return errors_set(EINVAL);
	memcpy(&time, value, sizeof(time));
	if (time.tv_sec < 0 || time.tv_sec > UINT32_MAX / 2000 || time.tv_usec < 0 ||
	    time.tv_usec >= 1000000)
		return errors_set(EDOM);
	milliseconds = (uint64_t)time.tv_sec * 1000 + ((uint64_t)time.tv_usec + 999) / 1000;
	descriptor->offset = option == SO_RCVTIMEO
	                         ? SOCKET_LIMITS(milliseconds, SOCKET_SEND_MS(descriptor))
	                         : SOCKET_LIMITS(SOCKET_RECEIVE_MS(descriptor), milliseconds);
	return 0;
}

int setsockopt(int number, int level, int option, const void *value, socklen_t size)
{
	struct descriptor *descriptor = socket_at(number);
	uint64_t word[RTOS_WORDS] = {SOCKET_OPTION, (uint64_t)number, option_of(level, option)};
	int on;

	if (descriptor == NULL)
		return -1;
	if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO))
		return option_limit(descriptor, option, value, size);
	if (size < sizeof(on))
		return errors_set(EINVAL);
	if (level == SOL_SOCKET && option == SO_REUSEADDR)
		return 0;
	if (word[2] == 0)
		return errors_set(ENOPROTOOPT);
	memcpy(&on, value, sizeof(on));
	word[3] = on != 0;
	return socket_do(word);
}

int getsockopt(int number, int level, int option, void *restrict value, socklen_t *restrict size)
{
	uint64_t word[RTOS_WORDS] = {SOCKET_STATE, (uint64_t)number};
	int answer;

	if (socket_at(number) == NULL)
		return -1;
	if (*size < sizeof(answer))
		return errors_set(EINVAL);
	if (level != SOL_SOCKET ||
	    (option != SO_ERROR && option != SO_TYPE && option != SO_ACCEPTCONN))
		return errors_set(ENOPROTOOPT);
	if (socket_do(word) != 0)
		return -1;
	if (option == SO_ERROR)
		answer = socket_error((enum socket_status)word[3]);
	else
		answer = option == SO_TYPE ? (int)word[4] : (int)word[5];
	memcpy(value, &answer, sizeof(answer));
	*size = sizeof(answer);
	return 0;
}
