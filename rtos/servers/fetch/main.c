/* Fetches a document of a web server (HTTP 1.0), and tells its size and its sum (CRC-32C). This is
 * an example of a program that connects. fetch HOST PORT PATH */
#include <lib/crc32c.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FETCH_BYTES 16384

static int fetch_connect(const char *host, const char *port)
{
	struct addrinfo *found;
	const int error = getaddrinfo(host, port, NULL, &found);
	int made;

	if (error != 0) {
		printf("fetch: %s: %s\n", host, gai_strerror(error));
		return -1;
	}
	made = socket(AF_INET, SOCK_STREAM, 0);
	if (made >= 0 && connect(made, found->ai_addr, found->ai_addrlen) != 0) {
		(void)close(made);
		made = -1;
	}
	if (made < 0)
		perror("fetch: it can't connect");
	freeaddrinfo(found);
	return made;
}

static bool fetch_ask(int connection, const char *host, const char *path)
{
	char request[512];
	const int length =
	    snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", path, host);

	if (length >= (int)sizeof(request)) {
		printf("fetch: the path is too long\n");
		return false;
	}
	if (send(connection, request, (size_t)length, 0) == length)
		return true;
	perror("fetch: it can't ask");
	return false;
}

/* How many bytes there are up to the empty line behind the heads; 0: that line isn't there yet. */
static size_t fetch_head(char *bytes, size_t count)
{
	for (size_t i = 0; i + 4 <= count; i++)
		if (memcmp(bytes + i, "\r\n\r\n", 4) == 0)
			return i + 4;
	return 0;
}

/* Takes the document, until the server closes. The heads have to be within the first FETCH_BYTES.
 */
static bool fetch_take(int connection)
{
	static char bytes[FETCH_BYTES];
	size_t count = 0, head = 0;
	unsigned long all = 0;
	uint32_t crc = 0;
	ssize_t done;

	while ((done = recv(connection, bytes + count, sizeof(bytes) - count, 0)) > 0) {
		count += (size_t)done;
		if (head == 0) {
			head = fetch_head(bytes, count);
			if (head == 0 && count < sizeof(bytes))
				continue;
			printf("%.*s\n", (int)strcspn(bytes, "\r\n"), bytes);
			count -= head;
			memmove(bytes, bytes + head, count);
		}
		crc = crc32c(crc, bytes, count);
		all += count;
		count = 0;
	}
	if (done < 0) {
		perror("fetch: it can't receive");
		return false;
	}
	printf("fetched %lu bytes, CRC-32C %08lx\n", all, (unsigned long)crc);
	return true;
}

int main(int argc, char **argv)
{
	int connection;
	bool good;

	if (argc != 4) {
		printf("fetch HOST PORT PATH\n");
		return 2;
	}
	connection = fetch_connect(argv[1], argv[2]);
	if (connection < 0)
		return 1;
	good = fetch_ask(connection, argv[1], argv[3]) && fetch_take(connection);
	(void)close(connection);
	return good ? 0 : 1;
}
