/* Random bytes, by the port that the manifest calls "random" (proto/random.h). */
#include "errors.h"
#include <errno.h>
#include <proto/random.h>
#include <rtos/sys.h>
#include <string.h>
#include <unistd.h>

#define RANDOM_MOST 256 /* bytes of one getentropy(), as POSIX says */

/* A wrong answer of the server counts as one that failed. */
static int random_some(rtos_handle_t port, uint8_t *bytes, size_t size, size_t *got)
{
	uint64_t word[RTOS_WORDS] = {RANDOM_READ};
	const enum rtos_status status = sys_call_anew(port, word, 0);

	if (status != RTOS_OK)
		return errors_of(status);
	if (word[0] != 0 || word[1] == 0 || word[1] > RANDOM_BYTES)
		return EIO;
	*got = word[1] < size ? (size_t)word[1] : size;
	memcpy(bytes, &word[2], *got);
	return 0;
}

int getentropy(void *bytes, size_t size)
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_USE, "random", 0);
	size_t got = 0;

	if (!port)
		return errors_set(ENOSYS);
	if (size > RANDOM_MOST)
		return errors_set(EIO);
	for (size_t at = 0; at < size; at += got) {
		const int error = random_some(port->handle, (uint8_t *)bytes + at, size - at, &got);

		if (error != 0)
			return errors_set(error);
	}
	return 0;
}
