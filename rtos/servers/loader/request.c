/* See request.h. */
#include "request.h"
#include <kumiki/rtos/manifest.h>
#include <lib/string.h>

static bool request_take_arguments(struct request *request, const char *lent)
{
	if (request->bytes == 0)
		return true;
	if (!lent || request->bytes > LOADER_ARGUMENTS)
		return false;
	memcpy(request->arguments, lent, request->bytes);
	for (uint32_t i = 0; i < request->bytes; i++)
		request->count += request->arguments[i] == '\0';
	return request->arguments[request->bytes - 1] == '\0' &&
	       request->count <= RTOS_ARGUMENTS_MAX;
}

bool request_take(struct request *request, const uint64_t word[RTOS_WORDS], const char *lent)
{
	memcpy(request->path, &word[2], LOADER_PATH);
	request->slot = LOADER_WHAT_SLOT(word[1]);
	request->bytes = LOADER_WHAT_BYTES(word[1]);
	request->count = 0;
	request->lays = word[0] == LOADER_LAY;
	return (request->lays || word[0] == LOADER_RUN) && request->path[LOADER_PATH - 1] == '\0' &&
	       request_take_arguments(request, lent);
}

bool request_is_right(struct request *request)
{
	uint64_t word[RTOS_WORDS] = {LOADER_RUN};

	memset(&word[2], '/', LOADER_PATH - 1);
	if (!request_take(request, word, NULL))
		return false;
	memset(&word[2], '/', LOADER_PATH);
	return !request_take(request, word, NULL);
}
