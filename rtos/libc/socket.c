/*
 * Sockets, by the network's server (proto/socket.h). Of the calls that this file makes to the
 * server, only SOCKET_WAIT waits. So a function that has to wait tries its call, waits with
 * SOCKET_WAIT, and tries again; other threads can use the buffer meanwhile.
 */
#include "socket.h"
#include "errors.h"
#include "lock.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <rtos/sys.h>
#include <string.h>
#include <sys/lock.h>
#include <sys/socket.h>

/* The longest piece of a stream that is sent at once. The server takes about as much, so little is
 * copied twice. */
#define SOCKET_PIECE_MOST 32768

static struct __lock socket_lock;

static struct {
	struct socket_buffer buffer;
	bool opened;
} socket_state;

int socket_error(enum socket_status status)
{
	static const int errors[] = {
	    [SOCKET_BAD] = EINVAL,
	    [SOCKET_NONE] = EBADF,
	    [SOCKET_AGAIN] = EAGAIN,
	    [SOCKET_IN_USE] = EADDRINUSE,
	    [SOCKET_NOT_CONNECTED] = ENOTCONN,
	    [SOCKET_IS_CONNECTED] = EISCONN,
	    [SOCKET_REFUSED] = ECONNREFUSED,
	    [SOCKET_RESET] = ECONNRESET,
	    [SOCKET_TIMED_OUT] = ETIMEDOUT,
	    [SOCKET_NO_ROUTE] = EHOSTUNREACH,
	    [SOCKET_NO_ROOM] = ENOBUFS,
	    [SOCKET_ENDED] = EPIPE,
	    [SOCKET_TOO_LONG] = EMSGSIZE,
	    [SOCKET_NO_NAME] = EHOSTUNREACH,
	    [SOCKET_NO_SERVER] = ENETDOWN,
	};

	return status < sizeof(errors) / sizeof(errors[0]) ? errors[status] : EIO;
}

int socket_do(uint64_t word[RTOS_WORDS])
{
	return errors_set(socket_error(socket_call(word)));
}

/* ---- waiting ---- */

static uint64_t socket_deadline(uint32_t milliseconds)
{
	return milliseconds == 0 ? 0 : sys_now() + sys_ticks(milliseconds);
}

int socket_wait(int number, bool reads, bool writes, uint64_t deadline)
{
	uint64_t word[RTOS_WORDS] = {SOCKET_WAIT, (uint64_t)reads << number,
	                             (uint64_t)writes << number, deadline};
	const enum socket_status status = socket_call(word);

	return errors_set(status == SOCKET_TIMED_OUT ? EAGAIN : socket_error(status));
}

bool socket_ready(uint32_t *reads, uint32_t *writes, uint32_t *failed, uint64_t deadline)
{
	uint64_t word[RTOS_WORDS] = {SOCKET_WAIT, *reads, *writes, deadline};
	const enum socket_status status = socket_call(word);

	*reads = status == SOCKET_OK ? (uint32_t)word[1] : 0;
	*writes = status == SOCKET_OK ? (uint32_t)word[2] : 0;
	*failed = status == SOCKET_OK ? (uint32_t)word[3] : 0;
	return status == SOCKET_OK;
}

static bool socket_waits(const struct descriptor *descriptor, int flags)
{
	return (descriptor->flags & O_NONBLOCK) == 0 && (flags & MSG_DONTWAIT) == 0;
}

/* ---- contents ---- */

/* Sends one piece. The caller has made sure that a datagram fits. */
static enum socket_status socket_give(int number, const void *from, size_t size, uint32_t most_of,
                                      uint64_t to, uint32_t *done)
{
	const struct socket_buffer *buffer = &socket_state.buffer;
	uint64_t word[RTOS_WORDS] = {SOCKET_SEND, (uint64_t)number};
	const uint32_t most = buffer->size < most_of ? buffer->size : most_of;
	const uint32_t piece = size < most ? (uint32_t)size : most;
	enum socket_status status;

	__retarget_lock_acquire(&socket_lock);
	memcpy(buffer->bytes, from, piece);
	word[2] = SOCKET_PIECE(piece, 0);
	word[3] = to;
	status = socket_call(word);
	__retarget_lock_release(&socket_lock);
	*done = status == SOCKET_OK ? (uint32_t)word[1] : 0;
	return status;
}

static enum socket_status socket_take(int number, void *to, size_t size, bool stays,
                                      uint64_t word[RTOS_WORDS])
{
	const struct socket_buffer *buffer = &socket_state.buffer;
	const uint32_t piece = size < buffer->size ? (uint32_t)size : buffer->size;
	enum socket_status status;

	__retarget_lock_acquire(&socket_lock);
	word[0] = SOCKET_RECEIVE;
	word[1] = (uint64_t)number;
	word[2] = SOCKET_PIECE(piece, 0);
	word[3] = stays;
	status = socket_call(word);
	if (status == SOCKET_OK)
		memcpy(to, buffer->bytes, word[1] < size ? word[1] : size);
	__retarget_lock_release(&socket_lock);
	return status;
}

static bool socket_is_datagram(const struct descriptor *descriptor)
{
	return descriptor->id == SOCK_DGRAM;
}

static ssize_t socket_send_to(struct descriptor *descriptor, int number, const char *from,
                              size_t size, int flags, uint64_t to)
{
	const uint64_t deadline = socket_deadline(SOCKET_SEND_MS(descriptor));
	const uint32_t most = socket_is_datagram(descriptor) ? UINT32_MAX : SOCKET_PIECE_MOST;
	size_t all = 0;
	int error = 0;

	if (socket_state.buffer.bytes == NULL ||
	    (socket_is_datagram(descriptor) && size > socket_state.buffer.size))
		return errors_set(socket_state.buffer.bytes == NULL ? EINVAL : EMSGSIZE);
	do {
		uint32_t done;

		error = socket_error(socket_give(number, from + all, size - all, most, to, &done));
		all += done;
		if (error == EAGAIN && socket_waits(descriptor, flags) &&
		    socket_wait(number, false, true, deadline) == 0)
			error = 0;
	} while (error == 0 && all < size);
	return error != 0 && all == 0 ? errors_set(error) : (ssize_t)all;
}

/* With MSG_WAITALL, this function goes on until all bytes have come, or the stream has ended. */
static ssize_t socket_receive(struct descriptor *descriptor, int number, char *to, size_t size,
                              int flags, uint64_t *from)
{
	const uint64_t deadline = socket_deadline(SOCKET_RECEIVE_MS(descriptor));
	const bool all_of_it = (flags & MSG_WAITALL) != 0 && !socket_is_datagram(descriptor);
	size_t all = 0;
	int error = 0;
	bool more = size > 0;

	if (socket_state.buffer.bytes == NULL)
		return errors_set(EINVAL);
	while (error == 0 && more) {
		uint64_t word[RTOS_WORDS] = {0};

		error = socket_error(
		    socket_take(number, to + all, size - all, (flags & MSG_PEEK) != 0, word));
		if (error == 0) {
			all += word[1];
			*from = word[2];
			more = all_of_it && word[1] != 0 && all < size;
		}
		if (error == EAGAIN && socket_waits(descriptor, flags) &&
		    socket_wait(number, true, false, deadline) == 0)
			error = 0;
	}
	return error != 0 && all == 0 ? errors_set(error) : (ssize_t)all;
}

/* ---- as descriptors ---- */

static int socket_number(const struct descriptor *descriptor);

static ssize_t socket_kind_read(struct descriptor *descriptor, void *to, size_t size)
{
	uint64_t from;

	return socket_receive(descriptor, socket_number(descriptor), to, size, 0, &from);
}

static ssize_t socket_kind_write(struct descriptor *descriptor, const void *from, size_t size)
{
	return socket_send_to(descriptor, socket_number(descriptor), from, size, 0, 0);
}

static off_t socket_kind_seek(struct descriptor *descriptor, off_t offset, int whence)
{
	(void)descriptor;
	(void)offset;
	(void)whence;
	return errors_set(ESPIPE);
}

static int socket_kind_status(struct descriptor *descriptor, struct stat *status)
{
	(void)descriptor;
	memset(status, 0, sizeof(*status));
	status->st_mode = S_IFSOCK | S_IRUSR | S_IWUSR;
	status->st_nlink = 1;
	return 0;
}

static bool socket_kind_readable(struct descriptor *descriptor, uint64_t deadline)
{
	return socket_wait(socket_number(descriptor), true, false, deadline) == 0;
}

static void socket_kind_close(struct descriptor *descriptor)
{
	uint64_t word[RTOS_WORDS] = {SOCKET_CLOSE, (uint64_t)socket_number(descriptor)};

	(void)socket_call(word);
}

const struct descriptor_kind descriptor_socket = {
    .read = socket_kind_read,
    .write = socket_kind_write,
    .seek = socket_kind_seek,
    .status = socket_kind_status,
    .readable = socket_kind_readable,
    .close = socket_kind_close,
};

static int socket_number(const struct descriptor *descriptor)
{
	return descriptor_number(descriptor);
}

struct descriptor *socket_at(int number)
{
	struct descriptor *descriptor = descriptor_at(number);

	if (descriptor == NULL || descriptor->kind == &descriptor_socket)
		return descriptor;
	errno = ENOTSOCK;
	return NULL;
}

/* ---- making, connecting, accepting ---- */

static enum socket_status socket_begin(void)
{
	enum socket_status status = SOCKET_OK;

	__retarget_lock_acquire(&socket_lock);
	if (!socket_state.opened)
		status = socket_open(&socket_state.buffer);
	socket_state.opened = status == SOCKET_OK;
	__retarget_lock_release(&socket_lock);
	return status;
}

int socket(int domain, int type, int protocol)
{
	const int flags = (type & SOCK_NONBLOCK) != 0 ? O_RDWR | O_NONBLOCK : O_RDWR;
	uint64_t word[RTOS_WORDS] = {SOCKET_MAKE};
	enum socket_status status;
	int number;

	type &= ~SOCK_NONBLOCK;
	if (domain != AF_INET)
		return errors_set(EAFNOSUPPORT);
	if ((type != SOCK_STREAM && type != SOCK_DGRAM) ||
	    (protocol != 0 && protocol != (type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP)))
		return errors_set(EPROTONOSUPPORT);
	status = socket_begin();
	if (status != SOCKET_OK)
		return errors_set(socket_error(status));
	number = descriptor_new(&descriptor_socket, flags, NULL, (uint64_t)type);
	if (number < 0)
		return -1;
	word[1] = (uint64_t)number;
	word[2] = type == SOCK_STREAM ? SOCKET_STREAM : SOCKET_DATAGRAM;
	status = socket_call(word);
	if (status == SOCKET_OK)
		return number;
	descriptor_free(number);
	return errors_set(socket_error(status));
}

/* Writes the address as one word. -1, with errno: `address` isn't a valid address. AF_UNSPEC gives
 * the word 0. */
static int socket_address(const struct sockaddr *address, socklen_t size, uint64_t *word)
{
	struct sockaddr_in in;

	*word = 0;
	if (address == NULL || size < sizeof(in))
		return errors_set(EINVAL);
	memcpy(&in, address, sizeof(in));
	if (in.sin_family == AF_UNSPEC)
		return 0;
	if (in.sin_family != AF_INET)
		return errors_set(EAFNOSUPPORT);
	*word = SOCKET_ADDRESS(ntohl(in.sin_addr.s_addr), ntohs(in.sin_port));
	return 0;
}

static void socket_tell(uint64_t word, struct sockaddr *address, socklen_t *size)
{
	const struct sockaddr_in in = {.sin_len = sizeof(in),
	                               .sin_family = AF_INET,
	                               .sin_port = htons(SOCKET_PORT(word)),
	                               .sin_addr = {htonl(SOCKET_IP(word))}};

	if (address == NULL || size == NULL)
		return;
	memcpy(address, &in, *size < sizeof(in) ? *size : sizeof(in));
	*size = sizeof(in);
}

static int socket_with_address(enum socket_operation operation, int number,
                               const struct sockaddr *address, socklen_t size)
{
	uint64_t word[RTOS_WORDS] = {operation, (uint64_t)number};

	if (socket_at(number) == NULL || socket_address(address, size, &word[2]) != 0)
		return -1;
	return socket_do(word);
}

int bind(int number, const struct sockaddr *address, socklen_t size)
{
	return socket_with_address(SOCKET_BIND, number, address, size);
}

/* A stream has connected, or failed, when the server says that it can be written. */
static int socket_connected(int number, uint64_t deadline)
{
	uint64_t word[RTOS_WORDS] = {SOCKET_STATE, (uint64_t)number};

	if (socket_wait(number, false, true, deadline) != 0)
		return errno == EAGAIN ? errors_set(EINPROGRESS) : -1;
	if (socket_do(word) != 0)
		return -1;
	return errors_set(socket_error((enum socket_status)word[3]));
}

int connect(int number, const struct sockaddr *address, socklen_t size)
{
	const struct descriptor *descriptor = socket_at(number);

	if (socket_with_address(SOCKET_CONNECT, number, address, size) == 0)
		return 0;
	if (errno != EAGAIN)
		return -1;
	if (!socket_waits(descriptor, 0))
		return errors_set(EINPROGRESS);
	return socket_connected(number, socket_deadline(SOCKET_SEND_MS(descriptor)));
}

int listen(int number, int backlog)
{
	uint64_t word[RTOS_WORDS] = {SOCKET_LISTEN, (uint64_t)number,
	                             (uint64_t)(backlog > 0 ? backlog : 1)};

	return socket_at(number) == NULL ? -1 : socket_do(word);
}

/* Makes the connection's descriptor before the call, as the descriptor's number goes with the call.
 */
int accept(int number, struct sockaddr *restrict address, socklen_t *restrict size)
{
	const struct descriptor *listener = socket_at(number);
	uint64_t deadline;
	int made;

	if (listener == NULL)
		return -1;
	deadline = socket_deadline(SOCKET_RECEIVE_MS(listener));
	made = descriptor_new(&descriptor_socket, O_RDWR, NULL, SOCK_STREAM);
	while (made >= 0) {
		uint64_t word[RTOS_WORDS] = {SOCKET_ACCEPT, (uint64_t)number, (uint64_t)made};

		if (socket_do(word) == 0) {
			socket_tell(word[1], address, size);
			return made;
		}
		if (errno != EAGAIN || !socket_waits(listener, 0) ||
		    socket_wait(number, true, false, deadline) != 0)
			break;
	}
	if (made >= 0)
		descriptor_free(made);
	return -1;
}

/* ---- send, receive ---- */

ssize_t sendto(int number, const void *from, size_t size, int flags, const struct sockaddr *address,
               socklen_t length)
{
	struct descriptor *descriptor = socket_at(number);
	uint64_t to = 0;

	if (descriptor == NULL || (address != NULL && socket_address(address, length, &to) != 0))
		return -1;
	return socket_send_to(descriptor, number, from, size, flags, to);
}

ssize_t send(int number, const void *from, size_t size, int flags)
{
	return sendto(number, from, size, flags, NULL, 0);
}

ssize_t recvfrom(int number, void *restrict to, size_t size, int flags,
                 struct sockaddr *restrict address, socklen_t *restrict length)
{
	struct descriptor *descriptor = socket_at(number);
	uint64_t from = 0;
	ssize_t done;

	if (descriptor == NULL)
		return -1;
	done = socket_receive(descriptor, number, to, size, flags, &from);
	if (done >= 0)
		socket_tell(from, address, length);
	return done;
}

ssize_t recv(int number, void *to, size_t size, int flags)
{
	return recvfrom(number, to, size, flags, NULL, NULL);
}

int shutdown(int number, int how)
{
	uint64_t word[RTOS_WORDS] = {SOCKET_SHUTDOWN, (uint64_t)number};

	if (socket_at(number) == NULL)
		return -1;
	if (how < SHUT_RD || how > SHUT_RDWR)
		return errors_set(EINVAL);
	word[2] = (how != SHUT_RD ? 1U : 0U) | (how != SHUT_WR ? 2U : 0U);
	return socket_do(word);
}

/* ---- what is known of them ---- */

static int socket_name(int number, uint32_t which, struct sockaddr *address, socklen_t *size)
{
	uint64_t word[RTOS_WORDS] = {SOCKET_STATE, (uint64_t)number};

	if (socket_at(number) == NULL || socket_do(word) != 0)
		return -1;
	if (which == 2 && word[2] == 0)
		return errors_set(ENOTCONN);
	socket_tell(word[which], address, size);
	return 0;
}

int getsockname(int number, struct sockaddr *restrict address, socklen_t *restrict size)
{
	return socket_name(number, 1, address, size);
}

int getpeername(int number, struct sockaddr *restrict address, socklen_t *restrict size)
{
	return socket_name(number, 2, address, size);
}
