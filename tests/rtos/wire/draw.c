/* Draws random bytes twice, and prints the first and last of them. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BYTES 200 /* several of the server's answers */

static void print(const uint8_t *bytes)
{
	for (int i = 0; i < 8; i++)
		printf("%02x", bytes[i]);
}

int main(void)
{
	static uint8_t first[BYTES], second[BYTES + 57];

	if (getentropy(first, BYTES) != 0 || getentropy(second, BYTES) != 0) {
		printf("draw: %s\n", strerror(errno));
		return 1;
	}
	if (getentropy(second, sizeof(second)) == 0 || errno != EIO) {
		printf("draw: more than 256 bytes at once\n");
		return 1;
	}
	printf("drew ");
	print(first);
	print(first + BYTES - 8);
	print(second);
	print(second + BYTES - 8);
	printf("\n");
	return 0;
}
