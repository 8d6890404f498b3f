/* Sockets: see docs/rtos/network.md. */
#ifndef SYS_SOCKET_H
#define SYS_SOCKET_H

#include <stdint.h>
#include <sys/types.h>

typedef uint32_t socklen_t;
typedef uint8_t sa_family_t;

struct sockaddr {
	uint8_t sa_len;
	sa_family_t sa_family;
	char sa_data[14];
};

struct sockaddr_storage {
	uint8_t ss_len;
	sa_family_t ss_family;
	uint8_t ss_data[14];
};

#define AF_UNSPEC 0
#define AF_INET   2
#define PF_INET   AF_INET

#define SOCK_STREAM   1
#define SOCK_DGRAM    2
#define SOCK_NONBLOCK 0x4000 /* added to the socket's type */

#define SOL_SOCKET    0xffff
#define SO_REUSEADDR  0x0004 /* always on */
#define SO_KEEPALIVE  0x0008
#define SO_BROADCAST  0x0020
#define SO_ACCEPTCONN 0x0002
#define SO_SNDTIMEO   0x1005 /* struct timeval */
#define SO_RCVTIMEO   0x1006 /* struct timeval */
#define SO_ERROR      0x1007
#define SO_TYPE       0x1008

#define MSG_PEEK     0x02
#define MSG_DONTWAIT 0x40
#define MSG_WAITALL  0x100
#define MSG_NOSIGNAL 0x4000 /* no effect: a program gets no signals */

#define SHUT_RD   0
#define SHUT_WR   1
#define SHUT_RDWR 2

#define SOMAXCONN 32

int socket(int domain, int type, int protocol);
int bind(int number, const struct sockaddr *address, socklen_t size);
int connect(int number, const struct sockaddr *address, socklen_t size);
int listen(int number, int backlog);
int accept(int number, struct sockaddr *restrict address, socklen_t *restrict size);
ssize_t send(int number, const void *from, size_t size, int flags);
ssize_t sendto(int number, const void *from, size_t size, int flags, const struct sockaddr *address,
               socklen_t length);
ssize_t recv(int number, void *to, size_t size, int flags);
ssize_t recvfrom(int number, void *restrict to, size_t size, int flags,
                 struct sockaddr *restrict address, socklen_t *restrict length);
int shutdown(int number, int how);
int setsockopt(int number, int level, int option, const void *value, socklen_t size);
int getsockopt(int number, int level, int option, void *restrict value, socklen_t *restrict size);
int getsockname(int number, struct sockaddr *restrict address, socklen_t *restrict size);
int getpeername(int number, struct sockaddr *restrict address, socklen_t *restrict size);

#endif
