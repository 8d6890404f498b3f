/*
 * Sends its input by TCP in large pieces (/bin/flow of the Linux guests): `flow ADDRESS PORT`, with
 * an IPv4 address. BusyBox's nc writes a KiB at a time, which makes small packets. The exit status
 * is the error's number, or 0.
 */
#include <linux/user.h>

enum { SYS_READ = 63, SYS_WRITE = 64, SYS_SOCKET = 198, SYS_CONNECT = 203 };
enum { FLOW_IPV4 = 2, FLOW_STREAM = 1, FLOW_USAGE = 200 };

#define PIECE 65536

struct flow_address {
	uint16_t family;
	uint8_t port[2], address[4], zero[8];
};

static const char *behind_number(const char *text)
{
	while (*text >= '0' && *text <= '9')
		text++;
	return *text == '.' ? text + 1 : text;
}

static struct flow_address address_of(const char *address, const char *port)
{
	const long number = user_number(port);
	struct flow_address found = {.family = FLOW_IPV4,
	                             .port = {(uint8_t)(number >> 8), (uint8_t)number}};

	for (int i = 0; i < 4; i++, address = behind_number(address))
		found.address[i] = (uint8_t)user_number(address);
	return found;
}

static void send_all(long to, const uint8_t *from, long size)
{
	while (size > 0) {
		long sent = user_must(SYS_WRITE, to, (long)from, size, 0);

		from += sent;
		size -= sent;
	}
}

void user_main(const uint64_t *stack)
{
	static uint8_t piece[PIECE];
	struct flow_address address;
	long to, size;

	if (stack[0] != 3)
		user_exit(FLOW_USAGE);
	address = address_of((const char *)stack[2], (const char *)stack[3]);
	to = user_must(SYS_SOCKET, FLOW_IPV4, FLOW_STREAM, 0, 0);
	user_must(SYS_CONNECT, to, (long)&address, sizeof(address), 0);
	while ((size = user_must(SYS_READ, 0, (long)piece, PIECE, 0)) != 0)
		send_all(to, piece, size);
	user_exit(0);
}
