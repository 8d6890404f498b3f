/* See rtos/socket.h. */
#include <lib/string.h>
#include <rtos/buffer.h>
#include <rtos/socket.h>
#include <rtos/sys.h>

#define SOCKET_PORT_NAME "net"

enum socket_status socket_call(uint64_t word[RTOS_WORDS])
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_USE, SOCKET_PORT_NAME, 0);

	if (!port || sys_call(port->handle, word, 0) != RTOS_OK)
		return SOCKET_NO_SERVER;
	return (enum socket_status)word[0];
}

enum socket_status socket_open(struct socket_buffer *buffer)
{
	const struct rtos_given *window = buffer_own(SOCKET_PORT_NAME);
	uint64_t word[RTOS_WORDS] = {SOCKET_OPEN};

	*buffer = (struct socket_buffer){.bytes = NULL};
	if (window) {
		buffer->bytes = (uint8_t *)window->address;
		buffer->size = (uint32_t)window->size;
	}
	return socket_call(word);
}

enum socket_status socket_lookup(const char *name, uint32_t *ip)
{
	uint64_t word[RTOS_WORDS] = {SOCKET_LOOKUP};
	const size_t length = string_length(name);
	enum socket_status status;

	if (length == 0 || length >= SOCKET_NAME)
		return SOCKET_NO_NAME;
	memcpy(&word[2], name, length);
	status = socket_call(word);
	*ip = (uint32_t)word[1];
	return status;
}

const char *socket_status_text(enum socket_status status)
{
	static const char *const texts[] = {
	    [SOCKET_OK] = "all is well",
	    [SOCKET_BAD] = "this can't be asked",
	    [SOCKET_NONE] = "there is no such socket",
	    [SOCKET_AGAIN] = "it would have to wait",
	    [SOCKET_IN_USE] = "the address is in use",
	    [SOCKET_NOT_CONNECTED] = "it isn't connected",
	    [SOCKET_IS_CONNECTED] = "it is connected already",
	    [SOCKET_REFUSED] = "nobody listens there",
	    [SOCKET_RESET] = "the connection is gone",
	    [SOCKET_TIMED_OUT] = "there is no answer",
	    [SOCKET_NO_ROUTE] = "there is no way to this address",
	    [SOCKET_NO_ROOM] = "the network's server has no room",
	    [SOCKET_ENDED] = "nothing more may be sent",
	    [SOCKET_TOO_LONG] = "it is too long",
	    [SOCKET_NO_NAME] = "nobody knows this name",
	    [SOCKET_NO_SERVER] = "there is no network",
	};

	return status < sizeof(texts) / sizeof(texts[0]) ? texts[status] : "unknown status";
}
